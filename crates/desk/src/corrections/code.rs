//! The code with which somebody sees his own record: shown by one press with its reason, printed at the
//! station, made worthless at once.

use super::must_decide;
use crate::{Me, frame::Frame, questions::Typed};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
    response::Response,
};
use health::{corrections, people};
use kernel::{Error, PersonId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, html, qr, see_other};
use serde::Deserialize;

/// Pixels.
const QR: u16 = 240;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct After {
    done: String,
}

/// The sheet as it is printed.
struct Sheet {
    groups: Vec<String>,
    qr: String,
    portal: String,
    until: String,
}

#[derive(Template)]
#[template(path = "correction_code.html")]
struct Page {
    d: Desk,
    action: String,
    new_href: String,
    given_name: String,
    /// Until when the code works that there is; empty where there is none.
    until: String,
    why: String,
    revoked: bool,
    /// What the press came to.
    sheet: Option<Sheet>,
    errors: Errors,
}

/// `GET /{tenant}/desk/corrections/codes/{person}`: whether there is a code, and the press that shows it
pub async fn page(
    me: Me,
    Path((_, person)): Path<(String, PersonId)>,
    Query(after): Query<After>,
) -> Outcome {
    must_decide(&me)?;
    let why = me.w.correction_code_why_usual();
    let mut page = ask(&me, person, &why, Errors::default()).await?;
    page.revoked = after.done == "revoked";
    html(&page)
}

/// `POST /{tenant}/desk/corrections/codes/{person}`: with `do` = `revoke` the code is worth nothing any
/// more; otherwise the code is the answer to the form itself, made when there is none, once `why` is said.
/// There is no address at which it would be seen again unpressed.
pub async fn act(
    me: Me,
    Path((_, person)): Path<(String, PersonId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    must_decide(&me)?;
    if typed.of("do") == "revoke" {
        take_away(&me, person).await?;
        return Ok(see_other(&me.at(format!("corrections/codes/{person}?done=revoked"))));
    }
    match show(&me, person, typed.of("why")).await {
        Ok(response) => Ok(response),
        Err(Error::Invalid { key, .. }) => {
            let mut errors = Errors::default();
            let text = match key {
                "error-text-too-long" => me.w.case_text_too_long("200"),
                key => me.w.by_key(key),
            };
            errors.add("why", text);
            form_page(&ask(&me, person, typed.of("why"), errors).await?, true)
        }
        Err(other) => Err(other.into()),
    }
}

async fn ask(me: &Me, person: PersonId, why: &str, errors: Errors) -> Result<Page> {
    let mut frame = Frame::new(me, "corrections").await?;
    let until = corrections::code_until(&mut frame.cx, person).await?;
    let brief = people::brief(&mut frame.cx, person).await?;
    Ok(Page {
        action: me.at(format!("corrections/codes/{person}")),
        new_href: me.at(format!("corrections/new?person={person}")),
        given_name: brief.given_name().to_owned(),
        until: until.map_or_else(String::new, |at| frame.d.clock.full(at)),
        why: why.to_owned(),
        revoked: false,
        sheet: None,
        errors,
        d: frame.d,
    })
}

async fn show(me: &Me, person: PersonId, why: &str) -> Result<Response> {
    let mut frame = Frame::new(me, "corrections").await?;
    let (secret, until) = corrections::issue_code(&mut frame.cx, person, why).await?;
    let brief = people::brief(&mut frame.cx, person).await?;
    let secret = secret.to_string();
    let portal = format!("{}/{}/record", me.app.place().public_url, me.tenant.slug);
    let until = frame.d.clock.full(until);
    let sheet = Sheet {
        qr: qr::svg(&format!("{portal}/{secret}"), QR, &me.w.correction_code_qr())?,
        groups: secret.split('-').map(str::to_owned).collect(),
        until: until.clone(),
        portal,
    };
    let page = Page {
        action: me.at(format!("corrections/codes/{person}")),
        new_href: me.at(format!("corrections/new?person={person}")),
        given_name: brief.given_name().to_owned(),
        until,
        why: String::new(),
        revoked: false,
        sheet: Some(sheet),
        errors: Errors::default(),
        d: frame.d.clone(),
    };
    let response = html(&page).map_err(|fault| fault.0)?;
    // Nobody sees the code before its showing is on record.
    frame.cx.commit().await?;
    Ok(response)
}

async fn take_away(me: &Me, person: PersonId) -> Result<()> {
    let mut cx = me.begin().await?;
    // Only who corrects people of this ward may know whether there is a code.
    corrections::code_until(&mut cx, person).await?;
    match corrections::revoke_code(&mut cx, person).await {
        // Pressed twice, it is gone once.
        Ok(()) | Err(Error::NotFound) => cx.commit().await,
        Err(other) => Err(other),
    }
}
