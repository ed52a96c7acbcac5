//! The poster of a gate, to be printed and hung up: a QR of its public page.

use crate::{Me, frame::Frame, questions::Typed};
use askama::Template;
use axum::{Form, extract::Path};
use health::gates;
use kernel::GateId;
use pages::{Desk, Outcome, html, qr, see_other};

/// Pixels.
const QR: u16 = 420;

#[derive(Template)]
#[template(path = "gate_poster.html")]
struct Page {
    d: Desk,
    back: String,
    name: String,
    action: String,
    edits: bool,
    qr: String,
    /// The code in two groups of four.
    code: String,
    /// Where the code is typed.
    address: String,
}

/// `GET /{tenant}/desk/gates/{id}/poster`
pub async fn page(me: Me, Path((_, id)): Path<(String, GateId)>) -> Outcome {
    let mut frame = Frame::new(&me, "gates").await?;
    let one = gates::find(&mut frame.cx, id).await?;
    let address = format!("{}/{}/v", me.app.place().public_url, me.tenant.slug);
    let code = &one.gate.poster;
    let page = Page {
        back: me.at(format!("gates/{id}")),
        action: me.at(format!("gates/{id}/poster")),
        edits: one.edits,
        qr: qr::svg(&format!("{address}/{code}"), QR, &me.w.gate_poster_qr())?,
        code: code.split_at_checked(4).map_or_else(|| code.clone(), |(one, two)| format!("{one}-{two}")),
        name: one.gate.name,
        address,
        d: frame.d,
    };
    html(&page)
}

/// `POST /{tenant}/desk/gates/{id}/poster`: another code; the old one opens nothing from now on.
pub async fn renew(
    me: Me,
    Path((_, id)): Path<(String, GateId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    me.check(Typed(pairs).of("csrf"))?;
    let mut cx = me.begin().await?;
    gates::new_poster(&mut cx, id).await?;
    cx.commit().await?;
    Ok(see_other(&me.at(format!("gates/{id}?done=poster"))))
}
