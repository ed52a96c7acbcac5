//! What is not taken as a report because the law gives it a way of its own.

use super::question::first_call;
use crate::home::Visit;
use askama::Template;
use axum::extract::Path;
use duty::{
    tenants::pack::{Category, CategoryKind},
    units,
};
use kernel::{Actor, Error};
use pages::{Outcome, Portal, html};

#[derive(Template)]
#[template(path = "report_elsewhere.html")]
struct Page {
    p: Portal,
    category: Category,
    /// Where to go instead.
    unit: Option<String>,
}

impl Page {
    fn first_call(&self) -> Option<(&str, String)> {
        first_call(&self.p, &self.category)
    }
}

/// `GET /{tenant}/report/elsewhere/{category}`
pub(super) async fn page(visit: Visit, Path((_, code)): Path<(String, String)>) -> Outcome {
    let category = visit.tenant.pack.category(&code).filter(|category| category.kind == CategoryKind::Redirect);
    let category = category.cloned().ok_or(Error::NotFound)?;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let tree = units::tree(&mut cx).await?;
    let unit = category.lead.resolve(&tree, None, None).and_then(|unit| tree.get(unit));
    let unit = unit.map(|unit| unit.name_in(visit.w.lang().as_str()).to_owned());
    Ok(visit.keep_language(html(&Page { p: visit.frame(), category, unit })?))
}
