//! Lockdown points in force, as they are announced: where, by which decision, until when. In words that
//! name no household, no house number and nobody.

use crate::{home::Visit, report::ward_name};
use askama::Template;
use axum::{Router, extract::Path, routing::get};
use duty::units::{self, Tree};
use health::lockdowns::{self, Public};
use kernel::{Actor, LockdownId, UnitId, dates::shown_date};
use pages::{App, Outcome, Portal, html};

pub fn routes() -> Router<App> {
    Router::new().route("/{tenant}/lockdowns", get(list)).route("/{tenant}/lockdowns/{id}", get(one))
}

struct Point {
    href: String,
    place: String,
    words: String,
    /// "Quyết định số 12 ngày 25/09/2021, Chủ tịch …"
    decision: String,
    until: Option<String>,
    lifted: Option<String>,
}

#[derive(Template)]
#[template(path = "lockdowns.html")]
struct List {
    p: Portal,
    points: Vec<Point>,
}

#[derive(Template)]
#[template(path = "lockdown.html")]
struct One {
    p: Portal,
    point: Point,
}

impl Point {
    fn new(visit: &Visit, tree: &Tree, one: &Public) -> Self {
        let w = visit.w;
        let name = |id: UnitId| tree.get(id).map(|unit| ward_name(unit, w.lang()).to_owned());
        let place = one.quarter.and_then(name).or_else(|| name(one.ward)).unwrap_or_default();
        Self {
            href: visit.frame().at(format_args!("lockdowns/{}", one.id)),
            place,
            words: w.lang().pick(&one.words_vi, &one.words_en).to_owned(),
            decision: w.lockdown_decision(
                one.number.as_str(),
                shown_date(one.decision_on),
                one.signer_title.as_str(),
            ),
            until: one.planned_until.map(shown_date),
            lifted: one
                .lifted
                .as_ref()
                .map(|(number, on)| w.lockdown_lifted(shown_date(*on), number.as_str())),
        }
    }
}

/// `GET /{tenant}/lockdowns`
async fn list(visit: Visit) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let tree = units::tree(&mut cx).await?;
    let points = lockdowns::in_force(&mut cx).await?;
    let page =
        List { points: points.iter().map(|one| Point::new(&visit, &tree, one)).collect(), p: visit.frame() };
    Ok(visit.keep_language(html(&page)?))
}

/// `GET /{tenant}/lockdowns/{id}`: also one that has been lifted, for whoever has noted its address.
async fn one(visit: Visit, Path((_, id)): Path<(String, String)>) -> Outcome {
    let id: LockdownId = id.parse()?;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let tree = units::tree(&mut cx).await?;
    let known = lockdowns::announced(&mut cx, id).await?;
    let page = One { point: Point::new(&visit, &tree, &known), p: visit.frame() };
    Ok(visit.keep_language(html(&page)?))
}
