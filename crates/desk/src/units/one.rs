//! One unit: what it is today, what it was called and under whom it stood before, and the dated
//! changes that its keeper may make. A unit that is no more keeps its page.

use super::{change, codes, href, keeps, kind, table};
use crate::{
    Me,
    board::{
        grid::{Cell, Grid},
        voice,
    },
    frame::Frame,
};
use askama::Template;
use axum::{extract::Path, http::StatusCode};
use duty::{
    permissions::{Action, Permit, Scope, permits},
    rosters, staff,
    units::{self, History, Line, Succession, Unit},
};
use jiff::civil::Date;
use kernel::{Result, StaffId, UnitId, dates, numbers};
use pages::{Desk, Outcome, Words, forms::Errors, html};
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "units_one.html")]
struct Page {
    d: Desk,
    title: String,
    back: String,
    here: String,
    /// Why nobody can be on duty there today: closed, or not yet begun.
    away: Option<String>,
    queue_href: Option<String>,
    board_href: Option<String>,
    roster_href: String,
    facts: Vec<(String, String)>,
    above: Vec<(String, Vec<(String, String)>)>,
    duty: Vec<String>,
    until: Option<String>,
    posts: Option<Grid>,
    successions: Vec<String>,
    names: Grid,
    parents: Grid,
    below: Grid,
    edits: bool,
    closes: bool,
    reform_href: String,
    codes: Vec<(String, String)>,
    typed: change::Typed,
    /// The form that came back with something wrong.
    wrong: &'static str,
    errors: Errors,
}

/// `GET /{tenant}/desk/units/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, UnitId)>) -> Outcome {
    show(&me, id, None, Errors::default()).await
}

/// The page, with the form that was just sent when something in it was wrong.
pub async fn show(
    me: &Me,
    id: UnitId,
    sent: Option<(&'static str, change::Typed)>,
    errors: Errors,
) -> Outcome {
    let mut frame = Frame::new(me, "units").await?;
    frame.cx.permit_sight(Action::UnitSee, Scope::Tenant)?;
    let (tree, today, w) = (frame.tree.clone(), frame.d.clock.today(), me.w);
    let history = units::history(&mut frame.cx, id).await?;
    let unit = tree.get(id);
    let successions = units::successions_of(&mut frame.cx, id).await?;
    let called = Called::of(&mut frame, &history, &successions).await?;
    let may = |action| unit.is_some() && permits(&me.actor, action, Scope::Units(&[id]));
    let (mut duty, mut until) = (Vec::new(), None);
    if unit.is_some() {
        let on_duty = rosters::on_duty(&mut frame.cx, id).await?;
        let people: Vec<StaffId> = on_duty.in_order().collect();
        let badges = staff::badges(&mut frame.cx, &people).await?;
        let word = |badge: &staff::Badge| {
            format!("{} · {}", w.lang().pick(&badge.title, &badge.title_en), badge.full_name)
        };
        duty = people.iter().filter_map(|person| badges.get(person)).map(word).collect();
        until = on_duty.until.map(|until| w.units_duty_until(frame.d.clock.short(until)));
    }
    let posts = if may(Action::StaffSee) { Some(posts(me, &mut frame, id).await?) } else { None };
    let children: Vec<(usize, &Unit)> = tree
        .iter()
        .filter(|child| child.administrative == Some(id) || child.professional == Some(id))
        .map(|child| (0, child))
        .collect();
    let edits = keeps(me) && history.last.is_none_or(|last| last >= today);
    let name = history.name_on(today);
    let wrong = sent.as_ref().map_or("", |(act, _)| *act);
    let typed = sent.map_or_else(|| change::Typed::as_is(&history, today), |(_, typed)| typed);
    let page = Page {
        title: name.map_or_else(String::new, |name| w.lang().pick(&name.name, &name.name_en).to_owned()),
        back: me.at("units"),
        here: href(me, id),
        away: away(w, &history, today),
        queue_href: may(Action::TicketSee).then(|| me.at(format!("tickets?unit={id}"))),
        board_href: may(Action::BoardSee).then(|| me.at(format!("board?unit={id}"))),
        roster_href: me.at(format!("rosters?unit={id}")),
        facts: facts(w, &frame, &history, unit, &called),
        above: [
            (Line::Administrative, w.units_administrative()),
            (Line::Professional, w.units_professional()),
        ]
        .into_iter()
        .filter(|_| unit.is_some())
        .map(|(line, label)| {
            let chain =
                tree.above(id, line).into_iter().map(|above| (frame.unit(above), href(me, above))).collect();
            (label, chain)
        })
        .collect(),
        duty,
        until,
        posts,
        successions: successions.iter().map(|row| succession(w, id, row, &called)).collect(),
        names: names(me, &frame, &history),
        parents: parents(me, &frame, &history, &called),
        below: table(me, &frame, &children),
        edits,
        closes: edits && history.last.is_none(),
        reform_href: me.at(format!("units/reform?from={}", crate::session::quoted(&history.code))),
        codes: if edits { codes(&frame) } else { Vec::new() },
        typed,
        wrong,
        errors,
        d: frame.d,
    };
    let mut response = html(&page)?;
    if !wrong.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn away(w: Words, history: &History, today: Date) -> Option<String> {
    match history.last {
        _ if history.first > today => Some(w.units_not_yet(dates::shown_date(history.first))),
        Some(last) if last < today => Some(w.units_ended(dates::shown_date(last))),
        Some(last) => Some(w.units_ending(dates::shown_date(last))),
        None => None,
    }
}

/// What units are called that this page speaks of, those that are no more by their last name.
struct Called(BTreeMap<UnitId, String>);

impl Called {
    async fn of(frame: &mut Frame, history: &History, successions: &[Succession]) -> Result<Self> {
        let parents = history.parents.iter().map(|row| row.parent);
        let others = successions.iter().flat_map(|row| [row.from, row.to]).flatten();
        let ids: Vec<UnitId> = parents.chain(others).chain(history.ward).collect();
        let lang = frame.d.w.lang();
        let mut called: BTreeMap<UnitId, String> = units::last_names(&mut frame.cx, &ids)
            .await?
            .into_iter()
            .map(|(id, (name, name_en))| (id, lang.pick(&name, &name_en).to_owned()))
            .collect();
        for id in ids {
            if let Some(unit) = frame.tree.get(id) {
                called.insert(id, unit.name_in(lang.as_str()).to_owned());
            }
        }
        Ok(Self(called))
    }

    fn unit(&self, id: UnitId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| "–".to_owned())
    }
}

fn facts(
    w: Words,
    frame: &Frame,
    history: &History,
    unit: Option<&Unit>,
    called: &Called,
) -> Vec<(String, String)> {
    let mut facts = vec![(w.units_code(), history.code.clone()), (w.units_kind(), kind(w, history.kind))];
    let code = history.name_on(frame.d.clock.today()).and_then(|name| name.admin_code.clone());
    facts.extend(code.map(|code| (w.units_admin_code(), code)));
    facts.extend(
        history.ward.filter(|ward| *ward != history.id).map(|ward| (w.units_ward(), called.unit(ward))),
    );
    facts.push((w.units_first_day(), dates::shown_date(history.first)));
    if let Some(place) = unit.and_then(|unit| unit.place.as_ref()) {
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

/// "từ 01/09/2021 đến 30/06/2025"; an open end is left out.
fn span(from: Date, to: Option<Date>) -> [Cell; 2] {
    [Cell::text(dates::shown_date(from)), Cell::text(to.map_or_else(String::new, dates::shown_date))]
}

/// Newest first.
fn names(me: &Me, frame: &Frame, history: &History) -> Grid {
    let say = |key: &str| me.w.by_key(key);
    let mut grid = Grid::new(
        &voice(frame, &say),
        &["units-name", "units-admin-code", "units-from", "units-to", "units-reason"],
    );
    grid.rows = history
        .names
        .iter()
        .rev()
        .map(|name| {
            let [from, to] = span(name.from, name.to);
            let mut reason = name.citation.clone().unwrap_or_default();
            if !name.verified {
                let note = me.w.units_unverified();
                reason = if reason.is_empty() { note } else { format!("{reason} ({note})") };
            }
            let shown = me.w.lang().pick(&name.name, &name.name_en);
            let code = name.admin_code.clone().unwrap_or_default();
            vec![Cell::text(shown), Cell::text(code), from, to, Cell::text(reason)]
        })
        .collect();
    grid
}

fn parents(me: &Me, frame: &Frame, history: &History, called: &Called) -> Grid {
    let say = |key: &str| me.w.by_key(key);
    let mut grid = Grid::new(&voice(frame, &say), &["units-line", "units-parent", "units-from", "units-to"]);
    grid.rows = history
        .parents
        .iter()
        .rev()
        .map(|row| {
            let line = match row.line {
                Line::Administrative => me.w.units_administrative(),
                Line::Professional => me.w.units_professional(),
            };
            let [from, to] = span(row.from, row.to);
            vec![Cell::text(line), Cell::text(called.unit(row.parent)).to(href(me, row.parent)), from, to]
        })
        .collect();
    grid
}

fn succession(w: Words, unit: UnitId, row: &Succession, called: &Called) -> String {
    let day = dates::shown_date(row.on);
    let side = |id: Option<UnitId>, code: &Option<String>, name: &Option<String>| match (id, name, code) {
        (Some(id), ..) => called.unit(id),
        (None, Some(name), Some(code)) => format!("{name} ({code})"),
        (None, Some(name), None) => name.clone(),
        (None, None, _) => "–".to_owned(),
    };
    let line = if row.from == Some(unit) {
        let heir = side(row.to, &row.to_code, &row.to_name);
        if row.whole { w.units_passed_whole(day, heir) } else { w.units_passed_part(day, heir) }
    } else {
        let past = side(row.from, &row.from_code, &row.from_name);
        if row.whole { w.units_took_over(day, past) } else { w.units_took_over_part(day, past) }
    };
    match &row.citation {
        Some(citation) => format!("{line} ({citation})"),
        None => line,
    }
}
