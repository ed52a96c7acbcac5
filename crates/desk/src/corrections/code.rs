//! The code with which somebody sees his own record: printed at the station, made worthless at once.

use super::must_decide;
use crate::{Me, frame::Frame, questions::Typed};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
};
use health::{corrections, people};
use kernel::{Error, PersonId, Result};
use pages::{Desk, Outcome, html, qr, see_other};
use serde::Deserialize;

/// Pixels.
const QR: u16 = 240;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct After {
    done: String,
}

#[derive(Template)]
#[template(path = "correction_code.html")]
struct Page {
    d: Desk,
    action: String,
    new_href: String,
    given_name: String,
    groups: Vec<String>,
    qr: String,
    portal: String,
    until: String,
    replaced: bool,
}

/// `GET /{tenant}/desk/corrections/codes/{person}`: the code, made when there is none. On record then.
pub async fn page(
    me: Me,
    Path((_, person)): Path<(String, PersonId)>,
    Query(after): Query<After>,
) -> Outcome {
    must_decide(&me)?;
    let mut frame = Frame::new(&me, "corrections").await?;
    let (secret, until) = corrections::issue_code(&mut frame.cx, person).await?;
    let brief = people::brief(&mut frame.cx, person).await?;
    let secret = secret.to_string();
    let portal = format!("{}/{}/record", me.app.place().public_url, me.tenant.slug);
    let page = Page {
        action: me.at(format!("corrections/codes/{person}")),
        new_href: me.at(format!("corrections/new?person={person}")),
        given_name: brief.given_name().to_owned(),
        qr: qr::svg(&format!("{portal}/{secret}"), QR, &me.w.correction_code_qr())?,
        groups: secret.split('-').map(str::to_owned).collect(),
        until: frame.d.clock.full(until),
        portal,
        replaced: after.done == "revoked",
        d: frame.d.clone(),
    };
    let response = html(&page)?;
    frame.cx.commit().await?;
    Ok(response)
}

/// `POST /{tenant}/desk/corrections/codes/{person}`: the code is worth nothing any more; the next one
/// stands on the page to which this leads.
pub async fn revoke(
    me: Me,
    Path((_, person)): Path<(String, PersonId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    me.check(Typed(pairs).of("csrf"))?;
    must_decide(&me)?;
    take_away(&me, person).await?;
    Ok(see_other(&me.at(format!("corrections/codes/{person}?done=revoked"))))
}

async fn take_away(me: &Me, person: PersonId) -> Result<()> {
    let mut cx = me.begin().await?;
    // Only who corrects people of this ward may know whether there is a code.
    corrections::issue_code(&mut cx, person).await?;
    match corrections::revoke_code(&mut cx, person).await {
        // Pressed twice, it is gone once.
        Ok(()) | Err(Error::NotFound) => cx.commit().await,
        Err(other) => Err(other),
    }
}
