//! The day's robot calls to households under care: how far they are, whom they reached, who is people's now.
//! Each number is a list; each household shows every try with its time.

mod act;
mod home;
mod row;

use crate::{
    Me,
    frame::{self, Frame},
    households::Sent,
    rounds, tries,
};
use askama::Template;
use axum::{
    Router,
    extract::Query,
    routing::{get, post},
};
use duty::{
    permissions::{Action, Scope, permits},
    staff,
};
use health::{
    care_calls::{self, Campaign, Counts, Part, Shown},
    followups,
};
use jiff::{Timestamp, civil::Date};
use kernel::{Error, Result, StaffId, UnitId, dates};
use pages::{App, Desk, Outcome, Words, html};
use row::Row;
use serde::Deserialize;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/care-calls", get(list))
        .route("/{tenant}/desk/care-calls/campaign", post(act::steer))
        .route("/{tenant}/desk/care-calls/households/{id}", get(home::page))
        .route("/{tenant}/desk/care-calls/households/{id}/{act}", post(act::home))
}

/// All units that the reader sees.
const ALL: &str = "all";

/// What the page shows; the same words stand in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Empty: the reader's own; `all`: every unit that he sees.
    unit: String,
    /// Empty: today.
    day: String,
    /// Empty: the newest of the day.
    window: String,
    only: String,
    /// Pages are counted from 0.
    page: i64,
    /// What the form that led here came to.
    done: String,
}

/// One of the numbers above the list.
struct View {
    label: String,
    href: String,
    here: bool,
    count: i64,
}

/// What is shown, as the forms of the page carry it back.
struct Here {
    unit: String,
    day: String,
    window: String,
    only: String,
    page: i64,
}

/// What is wrong, and where it is mended.
struct Warning {
    text: String,
    /// Label and address.
    mend: Option<(String, String)>,
}

/// The campaign that is shown.
struct Head {
    id: String,
    /// "Đang gọi", "Đã tạm dừng"
    state: String,
    /// "Xong 40/120 hộ, đang nói chuyện 5"
    progress: String,
    over: i64,
    all: i64,
    /// What can be pressed: code and label.
    acts: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "care_calls.html")]
struct Page {
    d: Desk,
    address: String,
    /// Whose households; empty for all.
    unit: String,
    /// "25/09/2021"
    day: String,
    here: Here,
    message: String,
    /// What keeps households from being called, or makes the call a stranger's.
    warnings: Vec<Warning>,
    /// Id, name, chosen; empty where there is nothing to choose.
    units: Vec<(String, String, bool)>,
    /// Label, address, chosen.
    windows: Vec<(String, String, bool)>,
    head: Option<Head>,
    views: Vec<View>,
    rows: Vec<Row>,
    day_before: Option<(String, String)>,
    today: Option<String>,
    before: Option<String>,
    next: Option<String>,
}

/// `GET /{tenant}/desk/care-calls?unit=&day=&window=&only=&page=`
async fn list(me: Me, Query(asked): Query<Asked>) -> Outcome {
    if !permits(&me.actor, Action::CareSee, Scope::Tenant) {
        return Err(Error::Forbidden(Action::CareSee.as_str()).into());
    }
    let mut frame = Frame::new(&me, "rounds").await?;
    let lists = followups::lists(&mut frame.cx).await?;
    let unit = chosen(&asked.unit, &frame, &lists)?;
    let mut day = match asked.day.as_str() {
        "" => frame.d.clock.today(),
        day => day.parse::<Date>().map_err(|_| Error::NotFound)?,
    };
    let window = match asked.window.as_str() {
        "" => None,
        window => Some(window.parse::<i16>().map_err(|_| Error::NotFound)?),
    };
    let page = asked.page.max(0);
    let part = part_of(&asked.only)?;
    let mut shown = care_calls::day(&mut frame.cx, day, window, unit, part, page).await?;
    let bare = [&asked.unit, &asked.day, &asked.window, &asked.only].iter().all(|text| text.is_empty());
    if let Some(before) = shown.before.filter(|_| bare && shown.here.is_none()) {
        // Before the first call of a day the last one's are still worked off.
        day = before;
        shown = care_calls::day(&mut frame.cx, day, None, unit, part, page).await?;
    }
    let next = match &shown.here {
        Some(here) if shown.counts.is_empty() => {
            let after = here.opens_at.max(frame.d.clock.now);
            care_calls::next_window(&mut frame.cx, after).await?
        }
        _ => None,
    };
    let unit_word = unit.map_or_else(|| ALL.to_owned(), |unit| unit.to_string());
    let window_word = shown.here.as_ref().map_or_else(String::new, |here| here.window.to_string());
    let there = |day: &str, window: &str, only: Part, page: i64| {
        address(&me, &unit_word, day, window, only.as_str(), page)
    };
    let day_word = day.to_string();
    let today = frame.d.clock.today();
    let tellers: Vec<StaffId> = shown.lines.iter().filter_map(|line| line.told).map(|(_, by)| by).collect();
    let tellers = staff::of(&mut frame.cx, &tellers).await?;
    let named = |by: StaffId| tellers.get(&by).map_or_else(String::new, |one| one.full_name.clone());
    let rows = shown
        .lines
        .iter()
        .map(|line| {
            let told = line.told.map(|(at, by)| (at, named(by)));
            Row::new(&me, &frame, line, shown.announces, told)
        })
        .collect();
    let page = Page {
        address: there(&day_word, &window_word, part, page),
        unit: unit.map_or_else(String::new, |unit| frame::short(&frame.tree, &frame.d, Some(unit))),
        day: dates::shown_date(day),
        message: message(me.w, &asked.done),
        warnings: warnings(&me, &shown, there(&day_word, &window_word, Part::Untold, 0)),
        units: units(&me, &frame, &lists, unit),
        windows: windows(&frame, &shown)
            .into_iter()
            .map(|(label, window, here)| (label, there(&day_word, &window, part, 0), here))
            .collect(),
        head: shown.here.as_ref().map(|here| head(&me, &frame, here, shown.counts, next)),
        views: Part::ALL
            .iter()
            .filter(|one| **one != Part::Untold || shown.announces)
            .map(|one| View {
                label: tries::part(me.w, *one),
                href: there(&day_word, &window_word, *one, 0),
                here: *one == part,
                count: shown.counts.of(*one),
            })
            .collect(),
        rows,
        day_before: shown
            .before
            .map(|before| (dates::shown_date(before), there(&before.to_string(), "", part, 0))),
        today: (day != today).then(|| there("", "", part, 0)),
        before: (page > 0).then(|| there(&day_word, &window_word, part, page - 1)),
        next: shown.more.then(|| there(&day_word, &window_word, part, page + 1)),
        here: Here {
            unit: unit_word.clone(),
            day: day_word.clone(),
            window: window_word.clone(),
            only: part.as_str().to_owned(),
            page,
        },
        d: frame.d,
    };
    html(&page)
}

/// Whose households: those of the unit that was asked for, else the reader's own, else all that he sees.
fn chosen(asked: &str, frame: &Frame, lists: &[UnitId]) -> Result<Option<UnitId>> {
    match asked {
        ALL => Ok(None),
        "" => Ok(frame.units.iter().find(|unit| lists.contains(unit)).copied()),
        _ => rounds::chosen(asked, frame, lists),
    }
}

fn units(me: &Me, frame: &Frame, lists: &[UnitId], here: Option<UnitId>) -> Vec<(String, String, bool)> {
    let mut choices = rounds::units(frame, lists, here);
    if !choices.is_empty() {
        choices.insert(0, (ALL.to_owned(), me.w.care_calls_all_units(), here.is_none()));
    }
    choices
}

/// A part that is none of the page's own is not found: the address was changed by hand.
fn part_of(text: &str) -> Result<Part> {
    if text.is_empty() {
        return Ok(Part::Listed);
    }
    Part::ALL.iter().copied().find(|one| one.as_str() == text).ok_or(Error::NotFound)
}

/// The windows of the day to choose from: label, place, chosen.
fn windows(frame: &Frame, shown: &Shown) -> Vec<(String, String, bool)> {
    let clock = &frame.d.clock;
    let here = shown.here.as_ref().map(|here| here.id);
    let label = |one: &Campaign| {
        let hours = format!("{}–{}", clock.time(one.opens_at), clock.time(one.closes_at));
        (hours, one.window.to_string(), here == Some(one.id))
    };
    shown.campaigns.iter().map(label).collect()
}

fn head(me: &Me, frame: &Frame, here: &Campaign, counts: Counts, next: Option<Timestamp>) -> Head {
    let (w, now) = (me.w, frame.d.clock.now);
    if counts.is_empty() {
        return nobody(me, frame, here, next);
    }
    let state = match (here.stopped_at, here.paused_at) {
        (Some(at), _) => w.care_calls_stopped(frame.d.clock.short(at)),
        _ if now >= here.closes_at => w.care_calls_closed(),
        (None, Some(at)) => w.care_calls_paused(frame.d.clock.short(at)),
        (None, None) => w.care_calls_running(),
    };
    let may = permits(&me.actor, Action::CareAssign, Scope::Units(&[frame.tree.director()]));
    let mut acts = Vec::new();
    if may && here.stopped_at.is_none() && now < here.closes_at {
        acts.push(match here.paused_at {
            Some(_) => ("resume", w.care_calls_do_resume()),
            None => ("pause", w.care_calls_do_pause()),
        });
        acts.push(("stop", w.care_calls_do_stop()));
    }
    let (over, all) = (counts.over(), counts.all());
    Head {
        id: here.id.to_string(),
        state,
        progress: w.care_calls_progress(over.to_string(), all.to_string(), counts.calling.to_string()),
        over,
        all,
        acts,
    }
}

/// A window in which nobody owed anything: said in words, with the next.
fn nobody(me: &Me, frame: &Frame, here: &Campaign, next: Option<Timestamp>) -> Head {
    let (w, clock) = (me.w, &frame.d.clock);
    let next = next.map(|next| {
        if clock.day(next) == clock.today() {
            w.care_calls_next_today(clock.time(next))
        } else {
            w.care_calls_next_day(clock.time(next), clock.date(next))
        }
    });
    Head {
        id: here.id.to_string(),
        state: w.care_calls_nobody(clock.time(here.opens_at), clock.time(here.closes_at)),
        progress: next.unwrap_or_default(),
        over: 0,
        all: 0,
        acts: Vec::new(),
    }
}

fn address(me: &Me, unit: &str, day: &str, window: &str, only: &str, page: i64) -> String {
    let day = if day.is_empty() { String::new() } else { format!("&day={day}") };
    let window = if window.is_empty() { String::new() } else { format!("&window={window}") };
    let page = if page > 0 { format!("&page={page}") } else { String::new() };
    format!("{}?unit={unit}{day}{window}&only={only}{page}", me.at("care-calls"))
}

/// The part of the page from which a form was sent, with what came of it.
fn address_of(me: &Me, sent: &Sent, done: &str) -> String {
    let unit = sent.of("unit").parse::<UnitId>().map_or_else(|_| ALL.to_owned(), |unit| unit.to_string());
    let day = sent.of("day").parse::<Date>().map_or_else(|_| String::new(), |day| day.to_string());
    let window = sent.of("window").parse::<i16>().map_or_else(|_| String::new(), |one| one.to_string());
    let only = part_of(sent.of("only")).unwrap_or(Part::Listed);
    let page = sent.of("page").parse::<i64>().unwrap_or_default();
    format!("{}&done={done}", address(me, &unit, &day, &window, only.as_str(), page))
}

/// The rule that names the numbers that call.
const RULE: &str = "care.calls";

fn warnings(me: &Me, shown: &Shown, untold: String) -> Vec<Warning> {
    let w = me.w;
    let sees_rules = permits(&me.actor, Action::RuleSee, Scope::Tenant);
    let nameless = shown.nameless.then(|| Warning {
        text: w.care_calls_nameless(),
        mend: sees_rules.then(|| (w.care_calls_nameless_mend(), me.at(format!("rules/{RULE}")))),
    });
    let count = shown.counts.untold;
    let untold = (count > 0).then(|| Warning {
        text: w.care_calls_untold(count.to_string()),
        mend: Some((w.care_calls_untold_mend(), untold)),
    });
    nameless.into_iter().chain(untold).collect()
}

/// What the form that led here came to.
fn message(w: Words, done: &str) -> String {
    match done {
        "paused" => w.care_calls_done_paused(),
        "resumed" => w.care_calls_done_resumed(),
        "stopped" => w.care_calls_done_stopped(),
        "over" => w.care_calls_done_over(),
        "visit" => w.care_calls_done_visit(),
        "told" => w.care_calls_done_told(),
        "no-number" => w.error_call_no_number(),
        "home-paused" => w.care_calls_done_home_paused(),
        "home-resumed" => w.care_calls_done_home_resumed(),
        _ => String::new(),
    }
}
