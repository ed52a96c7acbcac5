//! The morning list of a station, a mobile station or a care team: whom to call first, with what is
//! the matter said in words. The order is the list's own: danger, then silence, then what is owed.

mod balance;
mod row;

use crate::{
    Me, cases,
    frame::{self, Frame},
    households::Rights,
};
use askama::Template;
use axum::{Router, extract::Query, routing::get};
use duty::permissions::{Action, Scope, permits};
use health::followups::{self, Counts, Morning, Only};
use kernel::{Error, Result, UnitId};
use pages::{App, Desk, Outcome, html};
use row::Row;
use serde::Deserialize;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/rounds", get(list))
        .route("/{tenant}/desk/rounds/balance", get(balance::page).post(balance::give))
}

/// What the list shows; the same words stand in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Empty: the reader's own.
    unit: String,
    only: String,
    /// Pages are counted from 0.
    page: i64,
}

/// Whose list is shown and which page of it.
struct Here {
    unit: String,
    page: i64,
}

/// One of the tabs above the list.
struct View {
    label: String,
    href: String,
    here: bool,
    count: i64,
}

#[derive(Template)]
#[template(path = "rounds.html")]
struct Page {
    d: Desk,
    address: String,
    /// Whose list it is; empty where the reader has none.
    unit: String,
    /// Whose list, which part and which page, as a row's own form carries them back.
    here: Here,
    only: String,
    /// Where the loads of the ward are weighed, for those who place its households.
    balance_href: Option<String>,
    /// Id, name, chosen; empty where there is nothing to choose.
    units: Vec<(String, String, bool)>,
    views: Vec<View>,
    rows: Vec<Row>,
    /// Nobody at all is followed, not only in this part.
    nobody: bool,
    before: Option<String>,
    next: Option<String>,
}

/// The parts of the list in the order of the tabs, and their words in the address.
const PARTS: [(Only, &str); 5] = [
    (Only::Flagged, "flagged"),
    (Only::Silent, "silent"),
    (Only::Owed, "owed"),
    (Only::Done, "done"),
    (Only::All, "all"),
];

/// `GET /{tenant}/desk/rounds?unit=&only=&page=`
async fn list(me: Me, Query(asked): Query<Asked>) -> Outcome {
    if !permits(&me.actor, Action::CareSee, Scope::Tenant) {
        return Err(Error::Forbidden(Action::CareSee.as_str()).into());
    }
    let mut frame = Frame::new(&me, "rounds").await?;
    let lists = followups::lists(&mut frame.cx).await?;
    let only = part(&asked.only)?;
    let unit = chosen(&asked.unit, &frame, &lists)?;
    let page = asked.page.max(0);
    let morning = match unit {
        Some(unit) => followups::morning(&mut frame.cx, unit, only, page).await?,
        // A rapid team, say, is called by tickets and has no list of its own.
        None => Morning { rounds: Vec::new(), counts: Counts::default(), more: false },
    };
    let there = |only: &str, page: i64| address(&me, unit, only, page);
    let rights = Rights::of(&me, unit.as_slice());
    let counts = morning.counts;
    let page = Page {
        address: there(word(only), page),
        unit: unit.map_or_else(String::new, |unit| frame::short(&frame.tree, &frame.d, Some(unit))),
        here: Here { unit: unit.map_or_else(String::new, |unit| unit.to_string()), page },
        balance_href: balances(&me, &frame, unit),
        only: word(only).to_owned(),
        units: units(&frame, &lists, unit),
        views: PARTS
            .iter()
            .map(|&(one, word)| View {
                label: label(&me, one),
                href: there(word, 0),
                here: one == only,
                count: count(counts, one),
            })
            .collect(),
        nobody: count(counts, Only::All) == 0,
        rows: morning.rounds.iter().map(|round| Row::new(&me, &frame, round, rights)).collect(),
        before: (page > 0).then(|| there(word(only), page - 1)),
        next: morning.more.then(|| there(word(only), page + 1)),
        d: frame.d,
    };
    html(&page)
}

/// Where what the units of the list's ward carry is weighed.
fn balances(me: &Me, frame: &Frame, unit: Option<UnitId>) -> Option<String> {
    let wards = cases::wards(me, frame, Action::CareAssign);
    let ward = unit.and_then(|unit| frame.tree.get(unit)).and_then(|unit| unit.ward.or(Some(unit.id)));
    let ward = ward.filter(|ward| wards.contains(ward)).or_else(|| wards.first().copied())?;
    Some(me.at(format!("rounds/balance?ward={ward}")))
}

/// A part that is none of the list's own is not found: the address was changed by hand.
fn part(text: &str) -> Result<Only> {
    if text.is_empty() {
        return Ok(Only::All);
    }
    PARTS.iter().find(|(_, word)| *word == text).map(|(only, _)| *only).ok_or(Error::NotFound)
}

fn word(only: Only) -> &'static str {
    PARTS.iter().find(|(one, _)| *one == only).map_or("all", |(_, word)| *word)
}

/// Whose list: the one that was asked for, else the first of the reader's own units that has one,
/// else the first that he may see. Another's is not there.
pub fn chosen(asked: &str, frame: &Frame, lists: &[UnitId]) -> Result<Option<UnitId>> {
    if asked.is_empty() {
        let own = frame.units.iter().find(|unit| lists.contains(unit));
        return Ok(own.or(lists.first()).copied());
    }
    let unit = asked.parse::<UnitId>()?;
    if lists.contains(&unit) { Ok(Some(unit)) } else { Err(Error::NotFound) }
}

/// The lists to choose from, none where there is nothing to choose: id, name, chosen.
pub fn units(frame: &Frame, lists: &[UnitId], here: Option<UnitId>) -> Vec<(String, String, bool)> {
    if lists.len() < 2 {
        return Vec::new();
    }
    let choice = |unit: &UnitId| {
        (unit.to_string(), frame::short(&frame.tree, &frame.d, Some(*unit)), here == Some(*unit))
    };
    let mut choices: Vec<_> = lists.iter().map(choice).collect();
    choices.sort_by_cached_key(|(_, name, _)| kernel::text::search_key(name));
    choices
}

fn address(me: &Me, unit: Option<UnitId>, only: &str, page: i64) -> String {
    let unit = unit.map_or_else(String::new, |unit| format!("unit={unit}&"));
    let page = if page > 0 { format!("&page={page}") } else { String::new() };
    format!("{}?{unit}only={only}{page}", me.at("rounds"))
}

fn label(me: &Me, only: Only) -> String {
    let w = me.w;
    match only {
        Only::Flagged => w.rounds_view_flagged(),
        Only::Silent => w.rounds_view_silent(),
        Only::Owed => w.rounds_view_owed(),
        Only::Done => w.rounds_view_done(),
        Only::All => w.rounds_view_all(),
    }
}

fn count(counts: Counts, only: Only) -> i64 {
    match only {
        Only::Flagged => counts.flagged,
        Only::Silent => counts.silent,
        Only::Owed => counts.owed,
        Only::Done => counts.done,
        Only::All => counts.flagged + counts.silent + counts.owed + counts.done,
    }
}
