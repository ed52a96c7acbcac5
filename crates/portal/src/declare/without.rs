//! For whoever has no telephone, or declares for somebody else.

use crate::home::Visit;
use askama::Template;
use pages::{Outcome, Portal, html};

#[derive(Template)]
#[template(path = "declare_without.html")]
struct Page {
    p: Portal,
}

/// `GET /{tenant}/declare/without`
pub(super) async fn page(visit: Visit) -> Outcome {
    let response = html(&Page { p: visit.frame() })?;
    Ok(visit.keep_language(response))
}
