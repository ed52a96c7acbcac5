//! Whether a paper stands.

use super::doorway::Asker;
use askama::Template;
use axum::extract::Path;
use health::care::papers::{self, Checked};
use kernel::{Actor, dates};
use pages::{Outcome, Portal, html};

#[derive(Template)]
#[template(path = "check.html")]
struct Page {
    p: Portal,
    /// "Giấy xác nhận hoàn thành cách ly"
    kind: String,
    stands: bool,
    replaced: bool,
    /// When it was taken back; empty while it stands.
    withdrawn: String,
    facts: Vec<(String, String)>,
}

/// `GET /{tenant}/check/{code}`
pub(super) async fn page(asker: Asker, Path((_, code)): Path<(String, String)>) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let checked = match papers::check(&mut cx, &code).await {
        Ok(checked) => checked,
        Err(error) => return asker.refuse(&code, error),
    };
    let p = visit.frame();
    let page = Page {
        kind: visit.w.by_key(&format!("paper-kind-{}", checked.kind.as_str().replace('_', "-"))),
        stands: checked.withdrawn_at.is_none(),
        replaced: checked.replaced,
        withdrawn: checked.withdrawn_at.map_or_else(String::new, |at| p.clock.full(at)),
        facts: facts(&p, &checked),
        p,
    };
    Ok(visit.keep_language(html(&page)?))
}

fn facts(p: &Portal, checked: &Checked) -> Vec<(String, String)> {
    let w = p.w;
    let mut facts = vec![
        (w.check_number(), checked.symbol.clone()),
        (w.check_issuer(), checked.issuer.clone()),
        (w.check_issued_on(), dates::shown_date(checked.issued_on)),
    ];
    if let Some(initials) = &checked.initials {
        facts.push((w.check_initials(), initials.clone()));
    }
    if let Some((from, to)) = checked.from_on.zip(checked.to_on) {
        facts.push((w.check_days(), w.follow_from_to(dates::shown_date(from), dates::shown_date(to))));
    }
    facts
}
