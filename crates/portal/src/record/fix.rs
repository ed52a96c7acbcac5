//! Asking for one thing to be put right: what it should be, and a photo of the paper that shows it.

use super::{doorway::Asker, page};
use crate::report::Answers;
use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
};
use duty::units;
use health::corrections::{self, Field, NewCorrection, Own};
use kernel::{Actor, Error, Result, SecretCode};
use pages::{Outcome, Portal, forms::Errors, html, see_other};
use serde::Deserialize;
use town::files::{self, Owner, Purpose};
use uuid::Uuid;

/// Of what was typed so many characters are shown again.
const SHOWN: usize = 400;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    field: String,
    object: String,
}

impl Asked {
    /// What is wrong, and which of several. `None` for what nobody can ask.
    fn read(&self) -> Option<(Field, Option<Uuid>)> {
        let field = self.field.parse::<Field>().ok()?;
        let object = if self.object.is_empty() { None } else { Some(self.object.parse::<Uuid>().ok()?) };
        Some((field, object))
    }
}

#[derive(Template)]
#[template(path = "record_fix.html")]
struct Page {
    p: Portal,
    back: String,
    action: String,
    field: Field,
    label: String,
    /// What stands there now, masked; may be empty.
    now: String,
    wanted: String,
    on_day: String,
    dose: String,
    errors: Errors,
}

impl Page {
    fn is(&self, field: &str) -> bool {
        self.field.as_str() == field
    }

    fn is_wanted(&self, value: &str) -> bool {
        self.wanted == value
    }

    fn has_day(&self) -> bool {
        self.field.has_day()
    }
}

/// `GET /{tenant}/record/{code}/fix?field=&object=`
pub(super) async fn form(
    asker: Asker,
    Path((_, code)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let own = match page::open(&mut cx, &code).await {
        Ok((_, own)) => own,
        Err(error) => return asker.refuse(&code, error),
    };
    let Some((field, object)) = asked.read() else { return Err(Error::NotFound.into()) };
    let page = shown(&asker, &code, &own, field, object, &Answers::default(), Errors::default())?;
    Ok(visit.keep_language(html(&page)?))
}

/// `POST /{tenant}/record/{code}/fix?field=&object=`
pub(super) async fn send(
    asker: Asker,
    Path((_, code)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    mut answers: Answers,
) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let (person, own) = match page::open(&mut cx, &code).await {
        Ok(opened) => opened,
        Err(error) => return asker.refuse(&code, error),
    };
    let Some((field, object)) = asked.read() else { return Err(Error::NotFound.into()) };
    let mut errors = Errors::default();
    answers.tell_unreadable(visit.w, &mut errors);
    let text = |name: &str| answers.get(name).unwrap_or_default().to_owned();
    let mut new = NewCorrection {
        object,
        on_day: text("on_day"),
        dose: text("dose").trim().parse().ok(),
        ..NewCorrection::of(field, text("wanted"))
    };
    let today = units::today(&mut cx).await?;
    for fault in new.faults(today) {
        errors.add(fault.field, visit.w.by_key(fault.key));
    }
    // A photo is taken only of what may be asked: a form that must be mended keeps nothing.
    if errors.is_empty() {
        let kept =
            answers.keep_photos(&mut cx, visit.app.vault(), Purpose::Report, 1, visit.w, &mut errors).await?;
        new.file = kept.first().copied();
    }
    if errors.is_empty() {
        match corrections::ask(&mut cx, person, &new).await {
            Ok(id) => {
                let owner = Owner { kind: "correction", id: id.uuid() };
                files::bind(&mut cx, new.file.as_slice(), Purpose::Report, owner).await?;
                cx.commit().await?;
                let code = SecretCode::parse(&code)?;
                return Ok(see_other(&visit.frame().at(format_args!("record/{code}?sent=1"))));
            }
            Err(Error::Conflict("error-correction-open")) => {
                errors.add("wanted", visit.w.by_key("error-correction-open"));
            }
            Err(error @ Error::Invalid { .. }) => errors.take(visit.w, error)?,
            Err(other) => return Err(other.into()),
        }
    }
    let page = shown(&asker, &code, &own, field, object, &answers, errors)?;
    let mut response = html(&page)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(visit.keep_language(response))
}

fn shown(
    asker: &Asker,
    code: &str,
    own: &Own,
    field: Field,
    object: Option<Uuid>,
    answers: &Answers,
    errors: Errors,
) -> Result<Page> {
    let (visit, code) = (&asker.visit, SecretCode::parse(code)?);
    let p = visit.frame();
    let text = |name: &str| answers.get(name).unwrap_or_default().chars().take(SHOWN).collect();
    let object_query = object.map(|id| format!("&object={id}")).unwrap_or_default();
    Ok(Page {
        back: p.at(format_args!("record/{code}")),
        action: p.at(format_args!("record/{code}/fix?field={}{object_query}", field.as_str())),
        label: page::field_word(p.w, field),
        now: page::shown(p.w, field, &now(own, field, object)),
        wanted: text("wanted"),
        on_day: text("on_day"),
        dose: text("dose"),
        field,
        errors,
        p,
    })
}

/// What stands there now, masked as on the record itself.
fn now(own: &Own, field: Field, object: Option<Uuid>) -> String {
    let known = match field {
        Field::Name => Some(own.full_name.clone()),
        Field::Birth => own.birth.clone(),
        Field::Sex => own.sex.map(|sex| sex.as_str().to_owned()),
        Field::CitizenId => own.citizen_id.clone(),
        Field::Address => own.address.clone(),
        Field::Phone => {
            own.phones.iter().find(|(id, _)| Some(*id) == object).map(|(_, masked)| masked.clone())
        }
        Field::Vaccination | Field::Test | Field::Recovery => None,
    };
    known.unwrap_or_default()
}
