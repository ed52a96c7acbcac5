//! Links that wait for a second person: whoever may answer for them sees them here, whether or not he
//! manages accounts.

use crate::{Me, account::Bare, frame::Frame};
use askama::Template;
use axum::{Form, extract::Path};
use duty::{
    accounts::{self, Purpose},
    staff,
};
use kernel::StaffId;
use pages::{Desk, Outcome, html, see_other};
use uuid::Uuid;

struct Row {
    id: Uuid,
    name: String,
    purpose: String,
    made: String,
    made_by: String,
    until: String,
    /// Somebody else has to answer for this one.
    own: bool,
}

#[derive(Template)]
#[template(path = "account_links.html")]
struct Page {
    d: Desk,
    rows: Vec<Row>,
}

/// `GET /{tenant}/desk/accounts/links`
pub async fn page(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, "accounts/links").await?;
    let waiting = accounts::waiting_links(&mut frame.cx).await?;
    let ids: Vec<StaffId> =
        waiting.iter().flat_map(|link| [Some(link.staff), link.made_by]).flatten().collect();
    let names = staff::of(&mut frame.cx, &ids).await?;
    let name = |id: StaffId| names.get(&id).map(|person| person.full_name.clone()).unwrap_or_default();
    let rows = waiting
        .into_iter()
        .map(|link| Row {
            id: link.id,
            name: name(link.staff),
            purpose: match link.purpose {
                Purpose::Recovery => me.w.links_purpose_recovery(),
                Purpose::Invite | Purpose::FirstAdministrator => me.w.links_purpose_invite(),
            },
            made: frame.d.clock.full(link.made_at),
            made_by: link.made_by.map(name).unwrap_or_default(),
            until: frame.d.clock.full(link.expires_at),
            own: link.staff == me.staff || link.made_by == Some(me.staff),
        })
        .collect();
    html(&Page { rows, d: frame.d })
}

/// `POST /{tenant}/desk/accounts/links/{id}/release`
pub async fn release(me: Me, Path((_, id)): Path<(String, Uuid)>, Form(typed): Form<Bare>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    accounts::release(&mut cx, id).await?;
    cx.commit().await?;
    Ok(see_other(&me.at("accounts/links")))
}

/// `POST /{tenant}/desk/accounts/links/{id}/withdraw`
pub async fn withdraw(me: Me, Path((_, id)): Path<(String, Uuid)>, Form(typed): Form<Bare>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    accounts::withdraw_link(&mut cx, id).await?;
    cx.commit().await?;
    Ok(see_other(&me.at("accounts/links")))
}
