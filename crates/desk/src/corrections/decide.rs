//! One request: what stands in the record, what should, the photo, and the decision.

use super::{owner, words};
use crate::{Me, attachments, frame, frame::Frame, questions::Typed};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
};
use duty::staff;
use health::corrections::{self, State};
use kernel::{CorrectionId, Error, FileId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use town::files;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct After {
    done: String,
}

#[derive(Template)]
#[template(path = "correction.html")]
struct Page {
    d: Desk,
    address: String,
    name: String,
    field: String,
    before: String,
    wanted: String,
    /// The photo's address, and whether it is a picture to be seen here.
    file: Option<(String, bool)>,
    facts: Vec<(String, String)>,
    open: bool,
    answer: String,
    message: String,
    errors: Errors,
}

/// `GET /{tenant}/desk/corrections/{id}`
pub async fn page(
    me: Me,
    Path((_, id)): Path<(String, CorrectionId)>,
    Query(after): Query<After>,
) -> Outcome {
    show(&me, id, &after.done, "", Errors::default()).await
}

/// `POST /{tenant}/desk/corrections/{id}/{act}`: `accept` or `refuse`, with `answer`.
pub async fn act(
    me: Me,
    Path((_, id, act)): Path<(String, CorrectionId, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    let done = match decide(&me, id, &act, typed.of("answer")).await {
        Ok(()) => act.as_str(),
        // Two at once: the first has decided.
        Err(Error::Conflict("error-correction-decided")) => "known",
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            return show(&me, id, "", typed.of("answer"), errors).await;
        }
    };
    Ok(see_other(&me.at(format!("corrections/{id}?done={done}"))))
}

async fn decide(me: &Me, id: CorrectionId, act: &str, answer: &str) -> Result<()> {
    let mut cx = me.begin().await?;
    match act {
        "accept" => corrections::accept(&mut cx, id, answer).await?,
        "refuse" => corrections::refuse(&mut cx, id, answer).await?,
        _ => return Err(Error::NotFound),
    }
    cx.commit().await
}

async fn show(me: &Me, id: CorrectionId, done: &str, answer: &str, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "corrections").await?;
    let one = corrections::find(&mut frame.cx, id).await?;
    let (w, clock) = (me.w, frame.d.clock.clone());
    let file = match one.file {
        Some(file) => {
            let kept = files::of(&mut frame.cx, owner(id)).await?.into_iter().find(|kept| kept.id == file);
            let address = me.at(format!("corrections/{id}/files/{file}"));
            kept.map(|kept| (address, kept.media_type.starts_with("image/")))
        }
        None => None,
    };
    let mut facts = vec![
        (w.correction_asked(), clock.full(one.asked_at)),
        (
            w.correction_asked_by(),
            match one.asked_by {
                Some(staff) => badge(&mut frame, staff).await?,
                None => w.correction_by_himself(),
            },
        ),
        (w.correction_unit(), frame.unit(one.unit)),
        (w.correction_state(), words::state(w, one.state)),
    ];
    if let Some(at) = one.due_at {
        facts.push((w.rounds_due(), format!("{} ({})", clock.full(at), clock.left(w, at))));
    }
    if let (Some(at), Some(by)) = (one.decided_at, one.decided_by) {
        let by = badge(&mut frame, by).await?;
        facts.push((w.correction_decided(), format!("{} · {by}", clock.full(at))));
    }
    if let Some(answer) = &one.answer {
        facts.push((w.correction_answer(), answer.clone()));
    }
    let wrong = !errors.is_empty();
    let page = Page {
        address: me.at(format!("corrections/{id}")),
        name: one.person.full_name.clone(),
        field: words::field(w, one.field),
        before: words::value(w, one.field, &one.before),
        wanted: words::value(w, one.field, &one.wanted),
        file,
        facts,
        open: one.state == State::Asked,
        answer: answer.to_owned(),
        message: match done {
            "accept" | "refuse" | "known" | "new" => w.by_key(&format!("correction-done-{done}")),
            _ => String::new(),
        },
        errors,
        d: frame.d.clone(),
    };
    let response = form_page(&page, wrong)?;
    // That it was opened is on record.
    frame.cx.commit().await?;
    Ok(response)
}

async fn badge(frame: &mut Frame, id: kernel::StaffId) -> Result<String> {
    let badge = staff::badges(&mut frame.cx, &[id]).await?.remove(&id);
    Ok(badge.map_or_else(
        || "–".to_owned(),
        |badge| {
            let unit = frame::short(&frame.tree, &frame.d, badge.unit);
            format!("{unit} · {} · {}", frame.d.w.lang().pick(&badge.title, &badge.title_en), badge.full_name)
        },
    ))
}

/// `GET /{tenant}/desk/corrections/{id}/files/{file}`: the photo, for whoever decides.
pub async fn file(
    me: Me,
    Path((_, id, file)): Path<(String, CorrectionId, FileId)>,
    Query(asked): Query<attachments::Asked>,
) -> Outcome {
    let mut cx = me.begin().await?;
    corrections::find(&mut cx, id).await?;
    let (media_type, bytes) = files::read(&mut cx, me.app.vault(), owner(id), file, asked.size()).await?;
    // Who looked is on record, of the picture too.
    cx.commit().await?;
    Ok(attachments::sent(file, media_type, bytes))
}
