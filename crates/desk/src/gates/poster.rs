//! The poster of a gate, to be printed and hung up: a QR of its public page.

use crate::{Me, frame::Frame, paper, questions::Typed};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
};
use health::gates;
use kernel::GateId;
use pages::{
    Desk, Outcome, html,
    pass_paper::{self, Venue},
    qr, see_other,
};
use papers::Format;
use serde::Deserialize;

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
    pdf: String,
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
        pdf: me.at(format!("gates/{id}/poster.pdf")),
        qr: qr::svg(&format!("{address}/{code}"), QR, &me.w.gate_poster_qr())?,
        code: code.split_at_checked(4).map_or_else(|| code.clone(), |(one, two)| format!("{one}-{two}")),
        name: one.gate.name,
        address,
        d: frame.d,
    };
    html(&page)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    size: String,
}

/// `GET /{tenant}/desk/gates/{id}/poster.pdf?size=a3`: for a printer, in both languages.
pub async fn pdf(me: Me, Path((_, id)): Path<(String, GateId)>, Query(asked): Query<Wanted>) -> Outcome {
    let mut frame = Frame::new(&me, "gates").await?;
    let gate = gates::find(&mut frame.cx, id).await?.gate;
    let venue = Venue {
        link: format!("{}/{}/v/{}", me.app.place().public_url, me.tenant.slug, gate.poster),
        name: gate.name,
        issuer: frame.unit(gate.unit),
        format: if asked.size == "a3" { Format::A3 } else { Format::A4 },
    };
    let poster = pass_paper::poster(me.w, &venue)?;
    paper::saved(move || papers::poster(&poster), "bang-ma-qr").await
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
