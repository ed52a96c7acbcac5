//! Units: who exists, under whom in both lines, where, who is on duty there now; and, for who keeps
//! the list, new ones, lists from a spreadsheet, dated changes and reforms.

mod add;
mod change;
mod import;
mod one;
mod reform;

use crate::{
    Me,
    board::{
        grid::{Cell, Grid},
        map::WardMap,
        voice,
    },
    frame::Frame,
};
use askama::Template;
use axum::{
    Router,
    extract::Query,
    routing::{get, post},
};
use duty::{
    permissions::{Action, Permit, Scope, permits},
    units::{Line, Tree, Unit, UnitKind},
};
use kernel::{Error, UnitId, text::search_key};
use pages::{App, Desk, Outcome, Words, html};
use serde::Deserialize;
use std::collections::BTreeSet;

pub fn routes() -> Router<App> {
    let at = |path: &str| format!("/{{tenant}}/desk/units{path}");
    Router::new()
        .route(&at(""), get(page))
        .route(&at("/new"), get(add::page).post(add::add))
        .route(&at("/import"), get(import::page).post(import::import))
        .route(&at("/reform"), get(reform::page).post(reform::plan))
        .route(&at("/{id}"), get(one::page))
        .route(&at("/{id}/{act}"), post(change::change))
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    line: String,
}

#[derive(Template)]
#[template(path = "units.html")]
struct Page {
    d: Desk,
    q: String,
    line: &'static str,
    /// Label, address, whether it is this one.
    lines: Vec<(String, String, bool)>,
    found: String,
    grid: Grid,
    map: Option<WardMap>,
    edits: bool,
}

/// Pages that only those who keep the list may see.
fn keeper(me: &Me) -> Result<(), Error> {
    if keeps(me) { Ok(()) } else { Err(Error::NotFound) }
}

fn keeps(me: &Me) -> bool {
    permits(&me.actor, Action::UnitEdit, Scope::Tenant)
}

/// Codes and names of the units of today, for fields in which a unit is named by its code.
fn codes(frame: &Frame) -> Vec<(String, String)> {
    let name = |unit: &Unit| unit.name_in(frame.d.w.lang().as_str()).to_owned();
    let mut codes: Vec<_> = frame.tree.iter().map(|unit| (unit.code.clone(), name(unit))).collect();
    codes.sort();
    codes
}

/// `GET /{tenant}/desk/units?q=…&line=professional`
async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let frame = Frame::new(&me, "units").await?;
    frame.cx.permit_sight(Action::UnitSee, Scope::Tenant)?;
    let line = asked.line.parse().unwrap_or(Line::Administrative);
    let wanted = search_key(&asked.q);
    let hit = |unit: &Unit| {
        [&unit.name, &unit.short, &unit.name_en, &unit.code]
            .into_iter()
            .any(|text| search_key(text).contains(&wanted))
            || unit.admin_code.as_deref().is_some_and(|code| code == asked.q.trim())
    };
    let ordered: Vec<(usize, &Unit)> = if wanted.is_empty() {
        in_order(&frame.tree, line)
    } else {
        let mut hits: Vec<_> = frame.tree.iter().filter(|unit| hit(unit)).map(|unit| (0, unit)).collect();
        hits.sort_by(|a, b| a.1.name.cmp(&b.1.name));
        hits
    };
    let grid = table(&me, &frame, &ordered);
    let tab = |of: Line, label: String| {
        (label, me.at(format!("units?line={}", of.as_str())), wanted.is_empty() && of == line)
    };
    let page = Page {
        lines: vec![
            tab(Line::Administrative, me.w.units_administrative()),
            tab(Line::Professional, me.w.units_professional()),
        ],
        found: me.w.units_found(grid.rows.len().to_string()),
        map: wanted
            .is_empty()
            .then(|| WardMap::new(&frame, me.w.units_map(), |_| None, |ward| Some(href(&me, ward))))
            .filter(|map| !map.wards.is_empty()),
        q: asked.q,
        line: line.as_str(),
        grid,
        edits: keeps(&me),
        d: frame.d,
    };
    html(&page)
}

fn href(me: &Me, unit: UnitId) -> String {
    me.at(format!("units/{unit}"))
}

/// Every unit under its parent in one line; who has none in it stands on top.
fn in_order(tree: &Tree, line: Line) -> Vec<(usize, &Unit)> {
    fn below<'a>(
        tree: &'a Tree,
        line: Line,
        unit: &'a Unit,
        depth: usize,
        seen: &mut BTreeSet<UnitId>,
        out: &mut Vec<(usize, &'a Unit)>,
    ) {
        if !seen.insert(unit.id) {
            return;
        }
        out.push((depth, unit));
        for child in sorted(tree.iter().filter(|child| child.parent(line) == Some(unit.id))) {
            below(tree, line, child, depth + 1, seen, out);
        }
    }
    fn sorted<'a>(units: impl Iterator<Item = &'a Unit>) -> Vec<&'a Unit> {
        let mut units: Vec<_> = units.collect();
        units.sort_by_key(|unit| (unit.kind, unit.code.as_str()));
        units
    }
    let (mut seen, mut out) = (BTreeSet::new(), Vec::new());
    for top in
        sorted(tree.iter().filter(|unit| unit.parent(line).is_none_or(|parent| tree.get(parent).is_none())))
    {
        below(tree, line, top, 0, &mut seen, &mut out);
    }
    out
}

fn kind(w: Words, kind: UnitKind) -> String {
    w.by_key(&format!("unit-kind-{}", kind.as_str().replace('_', "-")))
}

fn table(me: &Me, frame: &Frame, units: &[(usize, &Unit)]) -> Grid {
    let say = |key: &str| me.w.by_key(key);
    let mut grid = Grid::new(
        &voice(frame, &say),
        &[
            "units-name",
            "units-code",
            "units-kind",
            "units-ward",
            "units-administrative",
            "units-professional",
        ],
    );
    let named = |id: Option<UnitId>| match id {
        Some(id) => Cell::text(crate::frame::short(&frame.tree, &frame.d, Some(id))).to(href(me, id)),
        None => Cell::default(),
    };
    grid.rows = units
        .iter()
        .map(|(depth, unit)| {
            vec![
                Cell::text(unit.name_in(me.w.lang().as_str())).to(href(me, unit.id)).below(*depth),
                Cell::text(&unit.code),
                Cell::text(kind(me.w, unit.kind)),
                named(unit.ward.filter(|ward| *ward != unit.id)),
                named(unit.administrative),
                named(unit.professional),
            ]
        })
        .collect();
    grid
}
