//! The clusters of which the reader sees a case, the latest first.

use crate::{
    Me,
    frame::{self, Frame},
    traces::{Tab, tabs},
};
use askama::Template;
use axum::extract::Query;
use duty::permissions::{Action, Scope, permits};
use health::clusters;
use kernel::{Error, dates};
use pages::{Desk, Outcome, html};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    page: i64,
}

struct Row {
    href: String,
    code: String,
    ward: String,
    first: String,
    last: String,
    cases: i32,
}

#[derive(Template)]
#[template(path = "clusters.html")]
struct Page {
    d: Desk,
    tabs: Vec<Tab>,
    address: String,
    rows: Vec<Row>,
    before: Option<String>,
    next: Option<String>,
}

/// `GET /{tenant}/desk/clusters`
pub async fn list(me: Me, Query(asked): Query<Asked>) -> Outcome {
    if !permits(&me.actor, Action::CaseSee, Scope::Tenant) {
        return Err(Error::Forbidden(Action::CaseSee.as_str()).into());
    }
    let mut frame = Frame::new(&me, "contacts").await?;
    let (found, more) = clusters::list(&mut frame.cx, asked.page).await?;
    let address = |page: i64| format!("{}?page={page}", me.at("clusters"));
    let page = Page {
        tabs: tabs(&me, "clusters"),
        address: address(asked.page),
        rows: found
            .iter()
            .map(|cluster| Row {
                href: me.at(format!("clusters/{}", cluster.id)),
                code: cluster.code.clone(),
                ward: match cluster.ward {
                    Some(ward) => frame::short(&frame.tree, &frame.d, Some(ward)),
                    None => me.w.cluster_wards(),
                },
                first: dates::shown_date(cluster.first_on),
                last: dates::shown_date(cluster.last_on),
                cases: cluster.cases,
            })
            .collect(),
        before: (asked.page > 0).then(|| address(asked.page - 1)),
        next: more.then(|| address(asked.page + 1)),
        d: frame.d.clone(),
    };
    html(&page)
}
