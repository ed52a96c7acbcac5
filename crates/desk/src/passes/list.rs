//! The passes that the reader gives out, the newest first.

use super::words;
use crate::{
    Me, cases,
    frame::{self, Frame},
    questions::Choice,
    session::quoted,
};
use askama::Template;
use axum::extract::Query;
use duty::permissions::Action;
use health::passes::{self, Filter, Line, Standing};
use kernel::PassId;
use pages::{Desk, Outcome, html};
use pass::{Force, Kind};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    kind: String,
    force: String,
    ward: String,
    standing: String,
    organisation: String,
    after: String,
}

struct Row {
    href: String,
    name: String,
    born: String,
    what: String,
    ward: String,
    standing: String,
    tone: &'static str,
    issued: String,
}

#[derive(Template)]
#[template(path = "passes.html")]
struct Page {
    d: Desk,
    kinds: Vec<Choice>,
    forces: Vec<Choice>,
    wards: Vec<Choice>,
    standings: Vec<Choice>,
    organisation: String,
    /// Something was asked for: nothing found does not mean that there is nothing.
    narrowed: bool,
    /// What the page shows, for the next look at it.
    address: String,
    rows: Vec<Row>,
    /// The passes of this page, for a sheet of cards; empty where none holds.
    ids: String,
    /// Of how many of them no card is printed; empty where of all.
    left: String,
    more: Option<String>,
}

/// `GET /{tenant}/desk/passes?kind=&force=&ward=&standing=&organisation=&after=`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "passes").await?;
    let w = me.w;
    let filter = Filter {
        kind: Kind::ALL.into_iter().find(|kind| kind.name() == asked.kind),
        force: Force::ALL.into_iter().find(|force| force.name() == asked.force),
        ward: asked.ward.parse().ok(),
        organisation: asked.organisation.parse().ok(),
        standing: asked.standing.parse::<Standing>().ok(),
    };
    let after = asked.after.parse::<PassId>().ok();
    let found = passes::list(&mut frame.cx, &filter, after).await?;
    let ids: Vec<String> = found.lines.iter().map(|line| line.pass.to_string()).collect();
    let good = found.lines.iter().filter(|line| line.standing == Standing::Good).count();
    let left = ids.len() - good;
    let choice = |value: &str, label: String, asked: &str| (value.to_owned(), label, value == asked);
    let page = Page {
        kinds: Kind::ALL.iter().map(|one| choice(one.name(), words::kind(w, *one), &asked.kind)).collect(),
        forces: Force::ALL
            .iter()
            .map(|one| choice(one.name(), words::force(w, *one), &asked.force))
            .collect(),
        wards: wards(&me, &frame, &asked.ward),
        standings: Standing::ALL
            .iter()
            .map(|one| choice(one.as_str(), words::standing(w, *one), &asked.standing))
            .collect(),
        narrowed: filter.kind.is_some()
            || filter.force.is_some()
            || filter.ward.is_some()
            || filter.organisation.is_some()
            || filter.standing.is_some(),
        address: address(&me, &asked, &asked.after),
        rows: found.lines.iter().map(|line| row(&me, &frame, line)).collect(),
        ids: if good == 0 { String::new() } else { ids.join(" ") },
        left: if left == 0 { String::new() } else { w.passes_left_here(left.to_string()) },
        more: found.next.map(|next| address(&me, &asked, &next.to_string())),
        organisation: asked.organisation,
        d: frame.d,
    };
    html(&page)
}

fn address(me: &Me, asked: &Asked, after: &str) -> String {
    let parts = [
        ("kind", asked.kind.as_str()),
        ("force", asked.force.as_str()),
        ("ward", asked.ward.as_str()),
        ("standing", asked.standing.as_str()),
        ("organisation", asked.organisation.as_str()),
        ("after", after),
    ];
    let parts = parts.into_iter().filter(|(_, value)| !value.is_empty());
    let parts: Vec<String> = parts.map(|(name, value)| format!("{name}={}", quoted(value))).collect();
    me.at(format!("passes?{}", parts.join("&")))
}

/// Wards in which the reader gives out passes.
pub(super) fn wards(me: &Me, frame: &Frame, chosen: &str) -> Vec<Choice> {
    let wards = frame.tree.wards().filter(|ward| cases::may(me, frame, Action::PassIssue, Some(ward.id)));
    let mut wards: Vec<Choice> = wards
        .map(|ward| {
            let id = ward.id.to_string();
            let here = id == chosen;
            (id, frame::short(&frame.tree, &frame.d, Some(ward.id)), here)
        })
        .collect();
    wards.sort_by_cached_key(|(_, name, _)| kernel::text::search_key(name));
    wards
}

fn row(me: &Me, frame: &Frame, line: &Line) -> Row {
    let w = me.w;
    Row {
        href: me.at(format!("passes/{}", line.pass)),
        name: if line.name.is_empty() { w.passes_nameless() } else { line.name.clone() },
        born: line.birth_year.map(|year| year.to_string()).unwrap_or_default(),
        what: words::whose(w, line.whose),
        ward: frame::short(&frame.tree, &frame.d, line.ward),
        standing: words::standing(w, line.standing),
        tone: words::tone(line.standing),
        issued: frame.d.clock.short(line.issued_at),
    }
}
