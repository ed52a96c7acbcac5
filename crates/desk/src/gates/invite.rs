//! An invite for one telephone: a QR of the address at which it becomes a gate's, and the letters for whoever types.

use crate::{Me, frame::Frame, questions::Typed};
use askama::Template;
use axum::{Form, extract::Path};
use health::gates;
use kernel::{Error, GateId};
use pages::{Desk, Outcome, html, qr};

/// Pixels.
const QR: u16 = 280;

#[derive(Template)]
#[template(path = "gate_invite.html")]
struct Page {
    d: Desk,
    back: String,
    name: String,
    action: String,
    qr: String,
    /// The code in its groups of four.
    groups: Vec<String>,
    /// Where the letters are typed.
    address: String,
    until: String,
    /// Why there is none.
    refused: String,
}

/// `POST /{tenant}/desk/gates/{id}/invite`: the invite is the answer to the form itself; there is no address at
/// which it would be seen again.
pub async fn show(
    me: Me,
    Path((_, id)): Path<(String, GateId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    me.check(Typed(pairs).of("csrf"))?;
    let mut frame = Frame::new(&me, "gates").await?;
    let gate = gates::find(&mut frame.cx, id).await?.gate;
    let (invite, refused) = match gates::invite(&mut frame.cx, id).await {
        Ok(invite) => (Some(invite), String::new()),
        Err(Error::Conflict(key)) => (None, me.w.by_key(key)),
        Err(other) => return Err(other.into()),
    };
    let address = format!("{}/{}/gate/", me.app.place().public_url, me.tenant.slug);
    let code = invite.as_ref().map(|invite| invite.code.to_string()).unwrap_or_default();
    let page = Page {
        back: me.at(format!("gates/{id}")),
        name: gate.name,
        action: me.at(format!("gates/{id}/invite")),
        qr: if code.is_empty() {
            String::new()
        } else {
            qr::svg(&format!("{address}#invite={code}"), QR, &me.w.gate_invite_qr())?
        },
        groups: code.split('-').filter(|group| !group.is_empty()).map(str::to_owned).collect(),
        address,
        until: invite.map(|invite| frame.d.clock.time(invite.expires_at)).unwrap_or_default(),
        refused,
        d: frame.d.clone(),
    };
    let response = html(&page)?;
    // Nobody sees an invite before its making is on record.
    frame.cx.commit().await?;
    Ok(response)
}
