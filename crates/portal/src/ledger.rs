//! The sealed record, as anyone may see it: where its chain ends today and where it ended on each
//! day before. Whoever notes a line down can prove later whether the record was rewritten.

use crate::home::Visit;
use askama::Template;
use kernel::Actor;
use pages::{Outcome, Portal, html};
use store::ledger::{self, Head, Publication};

#[derive(Template)]
#[template(path = "ledger.html")]
struct Page {
    p: Portal,
    head: Option<Head>,
    key: String,
    days: Vec<Publication>,
}

/// `GET /{tenant}/ledger`
pub async fn page(visit: Visit) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let page = Page {
        head: ledger::head(&mut cx).await?,
        key: ledger::public_key(&cx)?,
        days: ledger::publications(&mut cx, 60).await?,
        p: visit.frame(),
    };
    Ok(visit.keep_language(html(&page)?))
}
