//! The people of the district's offices: the list, one person with his posts, taking on and
//! letting go, who acts for whom, and lists brought in from a spreadsheet.

mod delegations;
mod import;
mod person;
mod taking_on;

use crate::{
    Me,
    frame::{self, Frame},
    session::quoted,
};
use askama::Template;
use axum::{
    Router,
    extract::Query,
    routing::{get, post},
};
use duty::{
    permissions::{Action, Scope, allowed_units, permits},
    staff::{self, Filter},
};
use kernel::{Error, Role, StaffId, UnitId};
use pages::{App, Desk, Outcome, Words, html};
use serde::Deserialize;

pub fn routes() -> Router<App> {
    let at = |path: &str| format!("/{{tenant}}/desk/staff{path}");
    Router::new()
        .route(&at(""), get(list))
        .route(&at("/new"), get(taking_on::page).post(taking_on::take_on))
        .route(&at("/import"), get(import::page).post(import::import))
        .route(&at("/delegations"), get(delegations::page).post(delegations::make))
        .route(&at("/delegations/{id}/end"), post(delegations::end))
        .route(&at("/{staff}"), get(person::page))
        .route(&at("/{staff}/edit"), get(taking_on::edit_page).post(taking_on::edit))
        .route(&at("/{staff}/posts"), post(person::appoint))
        .route(&at("/{staff}/posts/{post}/end"), post(person::end_post))
        .route(&at("/{staff}/leave"), post(person::leave))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    unit: String,
    left: Option<String>,
    skip: i64,
}

struct Row {
    name: String,
    href: String,
    code: String,
    title: String,
    unit: String,
    left: Option<String>,
}

#[derive(Template)]
#[template(path = "staff.html")]
struct Page {
    d: Desk,
    q: String,
    units: Vec<(String, String)>,
    unit: String,
    left: bool,
    rows: Vec<Row>,
    more: Option<String>,
    edits: bool,
}

/// `GET /{tenant}/desk/staff?q=&unit=&left=`
pub async fn list(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "staff").await?;
    let filter = Filter {
        text: asked.q.clone(),
        unit: asked.unit.parse().ok(),
        left: asked.left.is_some(),
        skip: asked.skip,
    };
    let mut found = staff::find(&mut frame.cx, &filter).await?;
    let page = usize::try_from(staff::PAGE).unwrap_or(usize::MAX);
    let more = (found.len() > page).then(|| {
        let left = if filter.left { "left=1&" } else { "" };
        let (q, skip) = (quoted(&asked.q), asked.skip.max(0) + staff::PAGE);
        me.at(format!("staff?q={q}&unit={}&{left}skip={skip}", quoted(&asked.unit)))
    });
    found.truncate(page);
    let ids: Vec<StaffId> = found.iter().map(|person| person.id).collect();
    let badges = staff::badges(&mut frame.cx, &ids).await?;
    let rows = found
        .into_iter()
        .map(|person| {
            let badge = badges.get(&person.id);
            Row {
                href: me.at(format!("staff/{}", person.id)),
                title: badge.map_or_else(String::new, |b| me.w.lang().pick(&b.title, &b.title_en).to_owned()),
                unit: frame::name(&frame.tree, &frame.d, badge.and_then(|badge| badge.unit)),
                left: person.left_on.map(kernel::dates::shown_date),
                name: person.full_name,
                code: person.code,
            }
        })
        .collect();
    let page = Page {
        q: asked.q,
        units: units(&frame, &me, Action::StaffSee),
        unit: asked.unit,
        left: filter.left,
        rows,
        more,
        edits: permits(&me.actor, Action::StaffEdit, Scope::Tenant),
        d: frame.d,
    };
    html(&page)
}

/// Units in which the person may do something, for a choice.
fn units(frame: &Frame, me: &Me, action: Action) -> Vec<(String, String)> {
    let own = allowed_units(&me.actor, action);
    let mut units: Vec<(String, String)> = frame
        .tree
        .iter()
        .filter(|unit| own.as_ref().is_none_or(|own| own.contains(&unit.id)))
        .map(|unit| (unit.id.to_string(), unit.name_in(me.w.lang().as_str()).to_owned()))
        .collect();
    units.sort_by_cached_key(|(_, name)| kernel::text::search_key(name));
    units
}

/// Pages that only those who keep the list may see.
fn keeper(me: &Me) -> Result<(), Error> {
    if permits(&me.actor, Action::StaffEdit, Scope::Tenant) { Ok(()) } else { Err(Error::NotFound) }
}

fn role_word(w: Words, role: Role) -> String {
    w.by_key(&format!("role-{}", role.as_str().replace('_', "-")))
}

/// The roles, for a choice.
fn roles(w: Words) -> Vec<(&'static str, String)> {
    Role::ALL.into_iter().map(|role| (role.as_str(), role_word(w, role))).collect()
}

fn chosen_unit(text: &str) -> Result<UnitId, Error> {
    text.parse().map_err(|_| Error::invalid("unit", "error-choose"))
}
