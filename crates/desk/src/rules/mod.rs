//! The rules in force: every threshold and deadline with its source, since when, until when, and
//! whether somebody has read that source; and the holidays of a year.

mod values;
mod year;

use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Router, extract::Path, routing::get};
use duty::rules::{self, Listed, Origin, Version};
use kernel::{Error, dates};
use pages::{App, Desk, Outcome, Words, html};
use values::Line;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/rules", get(list))
        .route("/{tenant}/desk/rules/calendar", get(year::page))
        .route("/{tenant}/desk/rules/{code}", get(detail))
}

/// A rule as its list shows it.
struct Row {
    href: String,
    title: String,
    code: String,
    now: Option<VersionView>,
    versions: usize,
    /// Days that no version covers.
    missing: Vec<String>,
}

/// One version, in words.
struct VersionView {
    number: i32,
    validity: String,
    citation: String,
    verified: bool,
    note: Option<String>,
    own: bool,
    in_force: bool,
    values: Vec<Line>,
}

#[derive(Template)]
#[template(path = "rules.html")]
struct ListPage {
    d: Desk,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "rules_one.html")]
struct Page {
    d: Desk,
    back: String,
    row: Row,
    all: Vec<VersionView>,
    calendar: bool,
}

/// `GET /{tenant}/desk/rules`
pub async fn list(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, "rules").await?;
    let listed = rules::list(&mut frame.cx).await?;
    let page = ListPage { rows: listed.iter().map(|rule| row(&me, rule)).collect(), d: frame.d };
    html(&page)
}

/// `GET /{tenant}/desk/rules/{code}`: all versions of one.
pub async fn detail(me: Me, Path((_, code)): Path<(String, String)>) -> Outcome {
    let mut frame = Frame::new(&me, "rules").await?;
    let listed = rules::list(&mut frame.cx).await?;
    let rule = listed.iter().find(|rule| rule.head.code == code).ok_or(Error::NotFound)?;
    let page = Page {
        back: me.at("rules"),
        row: row(&me, rule),
        all: rule.versions.iter().rev().map(|version| view(me.w, rule, version)).collect(),
        calendar: code == year::CODE,
        d: frame.d,
    };
    html(&page)
}

fn row(me: &Me, rule: &Listed) -> Row {
    let now = rule.versions.iter().find(|version| Some(version.version) == rule.in_force);
    Row {
        href: me.at(format!("rules/{}", rule.head.code)),
        title: me.w.lang().pick(&rule.head.title_vi, &rule.head.title_en).to_owned(),
        code: rule.head.code.clone(),
        now: now.map(|version| view(me.w, rule, version)),
        versions: rule.versions.len(),
        missing: rule
            .missing
            .iter()
            .map(|(first, last)| me.w.rule_missing(dates::shown_date(*first), dates::shown_date(*last)))
            .collect(),
    }
}

fn view(w: Words, rule: &Listed, version: &Version) -> VersionView {
    let from = dates::shown_date(version.valid_from);
    VersionView {
        number: version.version,
        validity: match version.valid_to {
            Some(to) => w.rule_valid_until(from, dates::shown_date(to)),
            None => w.rule_valid_from(from),
        },
        citation: version.citation.clone(),
        verified: version.verified,
        note: version.note.clone(),
        own: version.origin == Origin::Tenant,
        in_force: rule.in_force == Some(version.version),
        values: values::lines(w, &version.values),
    }
}
