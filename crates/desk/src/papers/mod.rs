//! A paper of home care on the screen and on A4, as it was issued. Certificates carry the address at
//! which anybody asks whether they stand.

mod pdf;

use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Router, extract::Path, routing::get};
use health::care::papers::{self, Body, Kind, Opened, SheetLine};
use kernel::PaperId;
use pages::{App, Desk, Outcome, Words, html, qr};

/// Pixels.
const QR: u16 = 128;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/papers/{id}", get(page))
        .route("/{tenant}/desk/papers/{id}/pdf", get(pdf::file))
}

/// "Quyết định cách ly tại nhà"
pub fn kind(w: Words, one: Kind) -> String {
    w.by_key(&format!("paper-kind-{}", one.as_str().replace('_', "-")))
}

#[derive(Template)]
#[template(path = "care_paper.html")]
struct Page {
    d: Desk,
    back: String,
    pdf_href: String,
    name: String,
    body: Body,
    /// It no longer stands.
    withdrawn: bool,
    replaced: bool,
    /// Where it is checked, and the same as a picture; empty on what nobody is shown.
    check: String,
    qr: String,
}

impl Page {
    /// A line of the sheet that is filled in by hand.
    fn blank(&self, line: &SheetLine) -> bool {
        line.breaths.is_empty() && line.temperature.is_empty() && line.spo2.is_empty()
    }
}

/// Where anybody asks whether the paper stands; `None` for what nobody is shown.
fn check_at(me: &Me, opened: &Opened) -> Option<String> {
    let shown = opened.kept.kind.is_certificate();
    shown.then(|| format!("{}/{}/check", me.app.place().public_url, me.tenant.slug))
}

/// `GET /{tenant}/desk/papers/{id}`: on record, because it names somebody in full
async fn page(me: Me, Path((_, id)): Path<(String, PaperId)>) -> Outcome {
    let mut frame = Frame::new(&me, "rounds").await?;
    let opened = papers::open(&mut frame.cx, id).await?;
    let (check, code) = match check_at(&me, &opened) {
        Some(check) => {
            let picture = qr::svg(&format!("{check}/{}", opened.body.code), QR, &me.w.paper_qr())?;
            (check, picture)
        }
        None => (String::new(), String::new()),
    };
    let page = Page {
        back: me.at(format!("households/{}/papers", opened.kept.household)),
        pdf_href: me.at(format!("papers/{id}/pdf")),
        name: kind(me.w, opened.kept.kind),
        withdrawn: opened.kept.withdrawn.is_some(),
        replaced: opened.kept.replaced_by.is_some(),
        check,
        qr: code,
        body: opened.body,
        d: frame.d.clone(),
    };
    let response = html(&page)?;
    frame.cx.commit().await?;
    Ok(response)
}
