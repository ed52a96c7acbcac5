//! Units: who exists, under whom in both lines, where, and who is on duty there now.

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
    extract::{Path, Query},
    routing::get,
};
use duty::{
    permissions::{Action, Permit, Scope, permits},
    rosters, staff,
    units::{self, Line, Succession, Tree, Unit},
};
use kernel::{Result, StaffId, UnitId, dates, numbers, text::search_key};
use pages::{App, Desk, Outcome, Words, html};
use serde::Deserialize;
use std::collections::BTreeSet;

pub fn routes() -> Router<App> {
    Router::new().route("/{tenant}/desk/units", get(page)).route("/{tenant}/desk/units/{id}", get(one))
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
}

#[derive(Template)]
#[template(path = "units_one.html")]
struct One {
    d: Desk,
    title: String,
    back: String,
    queue_href: Option<String>,
    board_href: Option<String>,
    roster_href: String,
    facts: Vec<(String, String)>,
    above: Vec<(String, Vec<(String, String)>)>,
    duty: Vec<String>,
    until: Option<String>,
    posts: Option<Grid>,
    successions: Vec<String>,
    below: Grid,
}

/// `GET /{tenant}/desk/units?q=…&line=professional`
async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let frame = Frame::new(&me, "units").await?;
    frame.cx.permit_sight(Action::UnitSee, Scope::Tenant)?;
    let line =
        if asked.line == Line::Professional.as_str() { Line::Professional } else { Line::Administrative };
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
    let tab = |line: Line, label: String| {
        (
            label,
            me.at(format!("units?line={}", line.as_str())),
            wanted.is_empty() && line.as_str() == line_of(&asked),
        )
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
        d: frame.d,
    };
    html(&page)
}

fn line_of(asked: &Asked) -> &'static str {
    if asked.line == Line::Professional.as_str() { "professional" } else { "administrative" }
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

fn kind(w: Words, unit: &Unit) -> String {
    w.by_key(&format!("unit-kind-{}", unit.kind.as_str().replace('_', "-")))
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
                Cell::text(kind(me.w, unit)),
                named(unit.ward.filter(|ward| *ward != unit.id)),
                named(unit.administrative),
                named(unit.professional),
            ]
        })
        .collect();
    grid
}

/// `GET /{tenant}/desk/units/{id}`
async fn one(me: Me, Path((_, id)): Path<(String, UnitId)>) -> Outcome {
    let mut frame = Frame::new(&me, "units").await?;
    frame.cx.permit_sight(Action::UnitSee, Scope::Tenant)?;
    let tree = frame.tree.clone();
    let unit = tree.unit(id)?;
    let w = me.w;
    let on_duty = rosters::on_duty(&mut frame.cx, id).await?;
    let people: Vec<StaffId> = on_duty.in_order().collect();
    let badges = staff::badges(&mut frame.cx, &people).await?;
    let may = |action| permits(&me.actor, action, Scope::Units(&[id]));
    let duty = people
        .iter()
        .filter_map(|person| badges.get(person))
        .map(|badge| format!("{} · {}", w.lang().pick(&badge.title, &badge.title_en), badge.full_name))
        .collect();
    let successions = units::successions_of(&mut frame.cx, id).await?;
    let posts = if may(Action::StaffSee) { Some(posts(&me, &mut frame, id).await?) } else { None };
    let children: Vec<(usize, &Unit)> = tree
        .iter()
        .filter(|child| child.administrative == Some(id) || child.professional == Some(id))
        .map(|child| (0, child))
        .collect();
    let page = One {
        title: unit.name_in(w.lang().as_str()).to_owned(),
        back: me.at("units"),
        queue_href: may(Action::TicketSee).then(|| me.at(format!("tickets?unit={id}"))),
        board_href: may(Action::BoardSee).then(|| me.at(format!("board?unit={id}"))),
        roster_href: me.at(format!("rosters?unit={id}")),
        facts: facts(w, &frame, unit),
        above: [
            (Line::Administrative, w.units_administrative()),
            (Line::Professional, w.units_professional()),
        ]
        .into_iter()
        .map(|(line, label)| {
            let chain =
                tree.above(id, line).into_iter().map(|above| (frame.unit(above), href(&me, above))).collect();
            (label, chain)
        })
        .collect(),
        duty,
        until: on_duty.until.map(|until| w.units_duty_until(frame.d.clock.short(until))),
        posts,
        successions: successions.iter().map(|row| succession(w, &frame, id, row)).collect(),
        below: table(&me, &frame, &children),
        d: frame.d,
    };
    html(&page)
}

fn facts(w: Words, frame: &Frame, unit: &Unit) -> Vec<(String, String)> {
    let mut facts = vec![(w.units_code(), unit.code.clone()), (w.units_kind(), kind(w, unit))];
    facts.extend(unit.admin_code.clone().map(|code| (w.units_admin_code(), code)));
    facts.extend(unit.ward.filter(|ward| *ward != unit.id).map(|ward| (w.units_ward(), frame.unit(ward))));
    if let Some(place) = &unit.place {
        facts.push((w.units_place(), format!("{:.5}, {:.5}", place.lat, place.lon)));
        facts.extend(place.area_km2.map(|km2| {
            let area = numbers::decimal(km2, 2);
            (w.units_area(), format!("{area} km²"))
        }));
        facts.extend(place.population.map(|n| (w.units_population(), numbers::grouped(n.into()))));
        let boundary =
            if place.boundary.is_some() { w.units_boundary_real() } else { w.units_boundary_none() };
        facts.push((w.units_boundary(), boundary));
        if let Some(source) = &place.source {
            let checked = if place.verified { w.units_verified() } else { w.units_unverified() };
            facts.push((w.units_source(), format!("{source} ({checked})")));
        }
    }
    facts
}

async fn posts(me: &Me, frame: &mut Frame, unit: UnitId) -> Result<Grid> {
    let posts = staff::posts_at(&mut frame.cx, &[unit]).await?;
    let ids: Vec<StaffId> = posts.iter().map(|post| post.staff).collect();
    let people = staff::of(&mut frame.cx, &ids).await?;
    let say = |key: &str| me.w.by_key(key);
    let mut grid =
        Grid::new(&voice(frame, &say), &["units-post", "units-person", "units-role", "units-on-call"]);
    grid.rows = posts
        .iter()
        .map(|post| {
            let title = me.w.lang().pick(&post.title, &post.title_en);
            let title = if post.head { format!("{title} ({})", me.w.units_head()) } else { title.to_owned() };
            vec![
                Cell::text(title),
                Cell::text(people.get(&post.staff).map_or("", |person| person.full_name.as_str())),
                Cell::text(me.w.by_key(&format!("role-{}", post.role.as_str().replace('_', "-")))),
                Cell::text(if post.on_call { me.w.units_yes() } else { String::new() }),
            ]
        })
        .collect();
    Ok(grid)
}

fn succession(w: Words, frame: &Frame, unit: UnitId, row: &Succession) -> String {
    let day = dates::shown_date(row.on);
    if row.from != unit {
        return w.units_took_over(day, frame.unit(row.from));
    }
    let heir = match (row.to, &row.to_name) {
        (Some(to), _) => frame.unit(to),
        (None, Some(name)) => match &row.to_code {
            Some(code) => format!("{name} ({code})"),
            None => name.clone(),
        },
        (None, None) => "–".to_owned(),
    };
    if row.whole { w.units_passed_whole(day, heir) } else { w.units_passed_part(day, heir) }
}
