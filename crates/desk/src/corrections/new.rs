//! A request as somebody tells it to staff, at the station or on the telephone.

use super::{must_decide, owner, words};
use crate::{
    Me,
    frame::Frame,
    questions::{Question, Typed},
};
use askama::Template;
use axum::{
    extract::{
        Multipart, Query,
        multipart::{Field as Part, MultipartError},
    },
    http::StatusCode,
};
use health::{
    corrections::{self, Field, NewCorrection},
    people,
};
use kernel::{CorrectionId, Error, PersonId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use town::files::{self, Purpose};

#[derive(Debug, Deserialize)]
pub struct Asked {
    person: PersonId,
}

#[derive(Template)]
#[template(path = "correction_new.html")]
struct Page {
    d: Desk,
    name: String,
    back: String,
    action: String,
    questions: Vec<Question>,
    errors: Errors,
}

/// The form as it came: its texts, and the photo where one was chosen.
#[derive(Default)]
struct Sent {
    typed: Typed,
    file: Vec<u8>,
}

impl Sent {
    async fn read(&mut self, mut form: Multipart) -> Result<(), MultipartError> {
        while let Some(part) = form.next_field().await? {
            self.take(part).await?;
        }
        Ok(())
    }

    async fn take(&mut self, part: Part<'_>) -> Result<(), MultipartError> {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            self.file = part.bytes().await?.to_vec();
        } else {
            let text = part.text().await?;
            self.typed.0.push((name, text));
        }
        Ok(())
    }
}

/// `GET /{tenant}/desk/corrections/new?person=`
pub async fn form(me: Me, Query(asked): Query<Asked>) -> Outcome {
    must_decide(&me)?;
    show(&me, asked.person, &Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/corrections/new?person=`, `multipart/form-data`
pub async fn save(me: Me, Query(asked): Query<Asked>, form: Multipart) -> Outcome {
    let mut sent = Sent::default();
    let arrived = sent.read(form).await;
    me.check(sent.typed.of("csrf"))?;
    must_decide(&me)?;
    let mut errors = Errors::default();
    if let Err(error) = &arrived {
        let key = if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            "error-file-too-big"
        } else {
            "error-file-broken"
        };
        errors.add("file", me.w.by_key(key));
    }
    let done = ask(&me, asked.person, &mut sent, &mut errors).await;
    match done {
        Ok(Some(id)) => Ok(see_other(&me.at(format!("corrections/{id}?done=new")))),
        Ok(None) => show(&me, asked.person, &sent.typed, errors).await,
        Err(Error::Conflict("error-correction-open")) => {
            errors.add("field", me.w.by_key("error-correction-open"));
            show(&me, asked.person, &sent.typed, errors).await
        }
        Err(error) => {
            errors.take(me.w, error)?;
            show(&me, asked.person, &sent.typed, errors).await
        }
    }
}

/// `None` when something must be mended first, which `errors` then tell.
async fn ask(
    me: &Me,
    person: PersonId,
    sent: &mut Sent,
    errors: &mut Errors,
) -> Result<Option<CorrectionId>> {
    let typed = &sent.typed;
    let mut cx = me.begin().await?;
    let today = duty::units::today(&mut cx).await?;
    let Ok(field) = typed.of("field").parse::<Field>() else {
        errors.add("field", me.w.error_choose());
        return Ok(None);
    };
    let mut new = NewCorrection {
        on_day: typed.of("on_day").to_owned(),
        dose: typed.of("dose").trim().parse().ok(),
        ..NewCorrection::of(field, typed.of("wanted"))
    };
    for fault in new.faults(today) {
        errors.add(fault.field, me.w.by_key(fault.key));
    }
    if !errors.is_empty() {
        return Ok(None);
    }
    if !sent.file.is_empty() {
        let bytes = std::mem::take(&mut sent.file);
        new.file = Some(files::keep(&mut cx, me.app.vault(), bytes, Purpose::Proof).await?);
    }
    let id = corrections::ask(&mut cx, person, &new).await?;
    files::bind(&mut cx, new.file.as_slice(), Purpose::Proof, owner(id)).await?;
    cx.commit().await?;
    Ok(Some(id))
}

async fn show(me: &Me, person: PersonId, typed: &Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "corrections").await?;
    let brief = people::brief(&mut frame.cx, person).await?;
    let w = me.w;
    let chosen = typed.of("field");
    let fields = Field::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), words::field(w, *one), one.as_str() == chosen))
        .collect();
    let wrong = !errors.is_empty();
    let page = Page {
        name: brief.full_name,
        back: me.at("corrections"),
        action: me.at(format!("corrections/new?person={person}")),
        questions: vec![
            Question::choice("field", w.correction_field(), fields),
            Question::line("wanted", w.correction_wanted(), typed.of("wanted"))
                .hint(w.correction_wanted_hint()),
            Question::line("on_day", w.correction_day(), typed.of("on_day")).hint(w.correction_day_hint()),
            Question::line("dose", w.correction_dose(), typed.of("dose")).hint(w.correction_dose_hint()),
        ],
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}
