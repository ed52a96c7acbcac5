//! One point: its decision, its guards, who is inside and what is asked for.

use super::{late, place, supply};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::extract::{Path, Query};
use health::{
    lockdowns::{self, Asked, Inside, Lockdown},
    places,
};
use kernel::{Error, LockdownId, dates::shown_date};
use pages::{Desk, Outcome, Words, html};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Looked {
    done: String,
    find: String,
}

struct Home {
    id: String,
    code: String,
    href: String,
    address: String,
    people: i64,
    followed: i16,
}

struct Wanted {
    id: String,
    kind: String,
    words: String,
    asked: String,
    met: String,
}

#[derive(Template)]
#[template(path = "lockdown.html")]
struct Page {
    d: Desk,
    address: String,
    name: String,
    state: String,
    message: String,
    late: Option<String>,
    open: bool,
    decides: bool,
    roster_href: String,
    public_href: String,
    buttons: Vec<(String, &'static str, String)>,
    facts: Vec<(String, String)>,
    /// The outbreak place it was decided for, where the reader may open it: address and name.
    outbreak: Option<(String, String)>,
    guards: String,
    gaps: Vec<String>,
    supplies: Vec<Wanted>,
    inside: Vec<Home>,
    find: String,
    found: Vec<(String, String, String)>,
}

/// `GET /{tenant}/desk/lockdowns/{id}?find=`
pub async fn page(me: Me, Path((_, id)): Path<(String, LockdownId)>, Query(asked): Query<Looked>) -> Outcome {
    let mut frame = Frame::new(&me, "lockdowns").await?;
    let point = lockdowns::find(&mut frame.cx, id).await?;
    let open = point.kept.lifted.is_none();
    let found = if point.decides && open && !asked.find.trim().is_empty() {
        lockdowns::search(&mut frame.cx, id, &asked.find).await?
    } else {
        Vec::new()
    };
    let outbreak = match point.kept.place {
        Some(place) => match places::find(&mut frame.cx, place).await {
            Ok(at) => Some((me.at(format!("places/{place}")), at.place.name)),
            Err(Error::NotFound) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let (w, kept, clock) = (me.w, &point.kept, frame.d.clock.clone());
    let late = late(w, kept.planned_until, !open, clock.today());
    let page = Page {
        address: me.at(format!("lockdowns/{id}")),
        name: kept.name.clone(),
        state: if open { w.lockdown_in_force() } else { w.lockdown_over() },
        message: message(w, &asked.done),
        late: (!late.is_empty()).then(|| w.lockdown_is_late(late)),
        open,
        decides: point.decides,
        roster_href: me.at(format!("rosters?unit={}", kept.unit)),
        public_href: format!("/{}/lockdowns/{id}", me.tenant.slug),
        buttons: buttons(&me, &point),
        facts: facts(&me, &frame, &point),
        outbreak,
        guards: if open { w.lockdown_guarded() } else { w.lockdown_no_guards() },
        gaps: point
            .gaps
            .iter()
            .map(|gap| w.lockdown_gap(clock.short(gap.period.start()), clock.short(gap.period.end())))
            .collect(),
        supplies: point.supplies.iter().map(|one| wanted(&me, &frame, one)).collect(),
        inside: point.inside.iter().map(|one| home(&me, one)).collect(),
        find: asked.find.chars().take(80).collect(),
        found: found
            .into_iter()
            .map(|one| (one.id.to_string(), one.code, one.address.unwrap_or_default()))
            .collect(),
        d: frame.d,
    };
    html(&page)
}

fn message(w: Words, done: &str) -> String {
    match done {
        "decided" | "announce" | "replan" | "lift" | "ask" | "meet" | "add" | "remove" | "known"
        | "private" => w.by_key(&format!("lockdown-done-{done}")),
        _ => String::new(),
    }
}

fn buttons(me: &Me, point: &Lockdown) -> Vec<(String, &'static str, String)> {
    if point.kept.lifted.is_some() {
        return Vec::new();
    }
    let w = me.w;
    let href = |act: &str| me.at(format!("lockdowns/{}/{act}", point.kept.id));
    let mut buttons = vec![(href("ask"), "basket", w.lockdown_do_ask())];
    if point.decides {
        buttons.extend([
            (href("replan"), "calendar-event", w.lockdown_do_replan()),
            (href("announce"), "message", w.lockdown_do_announce()),
            (href("lift"), "lock-open", w.lockdown_do_lift()),
        ]);
    }
    buttons
}

fn facts(me: &Me, frame: &Frame, point: &Lockdown) -> Vec<(String, String)> {
    let (w, kept, clock) = (me.w, &point.kept, &frame.d.clock);
    let dash = || "–".to_owned();
    let mut facts = vec![
        (w.lockdown_place(), place(frame, kept.ward, kept.quarter)),
        (w.lockdown_number(), kept.number.clone()),
        (w.lockdown_decision_on(), shown_date(kept.decision_on)),
        (w.lockdown_signer(), format!("{} · {}", kept.signer_title, kept.signer)),
        (w.lockdown_from(), clock.full(kept.from_at)),
        (w.lockdown_until(), kept.planned_until.map_or_else(dash, shown_date)),
        (w.lockdown_tests_due(), kept.tests_due.map_or_else(dash, shown_date)),
        (w.lockdown_area(), if kept.area.is_some() { w.lockdown_area_yes() } else { w.lockdown_area_none() }),
        (w.lockdown_words_vi(), kept.words_vi.clone()),
        (w.lockdown_words_en(), kept.words_en.clone()),
    ];
    if let Some((_, number, on)) = &kept.lifted {
        facts.push((w.lockdown_over(), w.lockdown_lifted(shown_date(*on), number.as_str())));
    }
    facts
}

fn wanted(me: &Me, frame: &Frame, one: &Asked) -> Wanted {
    let clock = &frame.d.clock;
    Wanted {
        id: one.id.to_string(),
        kind: supply(me.w, one.kind),
        words: one.words.clone().unwrap_or_default(),
        asked: clock.short(one.asked_at),
        met: one.met_at.map(|at| clock.short(at)).unwrap_or_default(),
    }
}

fn home(me: &Me, one: &Inside) -> Home {
    Home {
        id: one.id.to_string(),
        code: one.code.clone(),
        href: me.at(format!("households/{}", one.id)),
        address: one.address.clone().unwrap_or_default(),
        people: one.people,
        followed: one.followed,
    }
}
