//! The answer to a ticket: what was done, and a picture or paper as proof. A file that has arrived is
//! kept even when the words were refused, so that it is sent once.

use crate::{Me, frame::Frame};
use askama::Template;
use axum::{
    extract::{
        Multipart, Path, Query,
        multipart::{Field, MultipartError},
    },
    http::{StatusCode, header},
    response::IntoResponse,
};
use duty::{permissions::Action, tickets};
use kernel::{Error, FileId, TicketId};
use pages::{Desk, Outcome, forms::Errors, html, see_other};
use serde::Deserialize;
use town::files::{self, Owner, Purpose, Size};

/// The form as it came.
#[derive(Default)]
struct Typed {
    csrf: String,
    text: String,
    /// A proof that arrived with an earlier try.
    kept: Option<FileId>,
    file: Vec<u8>,
}

#[derive(Template)]
#[template(path = "ticket_resolve.html")]
struct Page {
    d: Desk,
    back: String,
    code: String,
    task: String,
    text: String,
    kept: Option<String>,
    errors: Errors,
}

/// What is proved by a file of a ticket belongs to that ticket.
pub(super) const fn owner(id: TicketId) -> Owner {
    Owner { kind: "ticket", id: id.0 }
}

/// `GET /{tenant}/desk/tickets/{id}/resolve`
pub async fn resolve_form(me: Me, Path((_, id)): Path<(String, TicketId)>) -> Outcome {
    page(&me, id, Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/tickets/{id}/resolve`, `multipart/form-data`
pub async fn resolve(me: Me, Path((_, id)): Path<(String, TicketId)>, form: Multipart) -> Outcome {
    let mut typed = Typed::default();
    let arrived = typed.read(form).await;
    // A body that broke off before its first field proves nothing and changes nothing.
    me.check(&typed.csrf)?;
    let done = match arrived {
        Ok(()) => give(&me, id, &mut typed).await,
        Err(error) => Err(refused(&error)),
    };
    let Err(error) = done else { return Ok(see_other(&me.at(format!("tickets/{id}")))) };
    let mut errors = Errors::default();
    if matches!(error, Error::Conflict("error-file-gone")) {
        typed.kept = None;
        errors.add("file", me.w.by_key("error-file-gone"));
    } else {
        errors.take(me.w, error)?;
    }
    let mut response = page(&me, id, typed, errors).await?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

async fn give(me: &Me, id: TicketId, typed: &mut Typed) -> Result<(), Error> {
    if !typed.file.is_empty() {
        let mut cx = me.begin().await?;
        let (ticket, _) = tickets::ticket(&mut cx, id).await?;
        super::act::permitted(me, &mut cx, &ticket, Action::TicketResolve).await?;
        ticket.still_owed()?;
        let bytes = std::mem::take(&mut typed.file);
        let kept = files::keep(&mut cx, me.app.vault(), bytes, Purpose::Proof).await?;
        cx.commit().await?;
        typed.kept = Some(kept);
    }
    let mut cx = me.begin().await?;
    tickets::resolve(&mut cx, id, &typed.text, typed.kept).await?;
    files::bind(&mut cx, typed.kept.as_slice(), Purpose::Proof, owner(id)).await?;
    cx.commit().await
}

impl Typed {
    /// Takes the fields as they come; what came before a failure stays.
    async fn read(&mut self, mut form: Multipart) -> Result<(), MultipartError> {
        while let Some(field) = form.next_field().await? {
            self.take(field).await?;
        }
        Ok(())
    }

    async fn take(&mut self, field: Field<'_>) -> Result<(), MultipartError> {
        match field.name().unwrap_or_default() {
            "csrf" => self.csrf = field.text().await?,
            "text" => self.text = field.text().await?,
            "kept" => self.kept = field.text().await?.parse().ok(),
            "file" => self.file = field.bytes().await?.to_vec(),
            _ => {}
        }
        Ok(())
    }
}

fn refused(error: &MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Error::invalid("file", "error-file-too-big")
    } else {
        Error::invalid("file", "error-file-broken")
    }
}

async fn page(me: &Me, id: TicketId, typed: Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "tickets").await?;
    let (ticket, _) = tickets::ticket(&mut frame.cx, id).await?;
    super::act::permitted(me, &mut frame.cx, &ticket, Action::TicketResolve).await?;
    if ticket.is_closed() {
        return Ok(see_other(&me.at(format!("tickets/{id}"))));
    }
    let page = Page {
        back: me.at(format!("tickets/{id}")),
        task: me.w.lang().of(&ticket.task).to_owned(),
        code: ticket.code,
        text: typed.text,
        kept: typed.kept.map(|id| id.to_string()),
        errors,
        d: frame.d,
    };
    html(&page)
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    size: String,
}

/// `GET /{tenant}/desk/tickets/{id}/files/{file}`: a proof, for whoever may see the ticket;
/// `?size=thumbnail` for the small picture. What is no picture is saved, never opened in the page's
/// own name.
pub async fn file(
    me: Me,
    Path((_, id, file)): Path<(String, TicketId, FileId)>,
    Query(asked): Query<Asked>,
) -> Outcome {
    let mut cx = me.begin().await?;
    tickets::ticket(&mut cx, id).await?;
    let size = if asked.size == "thumbnail" { Size::Thumbnail } else { Size::Whole };
    let (media_type, bytes) = files::read(&mut cx, me.app.vault(), owner(id), file, size).await?;
    let disposition = if media_type.starts_with("image/") {
        "inline".to_owned()
    } else {
        format!("attachment; filename=\"{file}.pdf\"")
    };
    Ok(([(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, disposition)], bytes)
        .into_response())
}
