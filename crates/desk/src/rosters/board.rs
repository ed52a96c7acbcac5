//! `GET /{tenant}/desk/rosters`: a unit's duty now and in the coming two weeks.

use super::{
    Asked, Choice, at,
    cells::{Cells, Row},
    changes::kind_word,
    feeds::FeedLine,
    names, post_word, unit_of,
};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::extract::Query;
use duty::{
    calendars,
    permissions::{Action, Scope, permits},
    rosters::{self, Asked as Change, Conflict, ConflictKind, Gap, Plan, Post, StoredPlan},
    staff,
};
use jiff::{ToSpan, civil::Date};
use kernel::{Error, Phone, Result, StaffId, UnitId, dates};
use pages::{Desk, Outcome, html};
use std::collections::{BTreeMap, BTreeSet};

/// How many days the table shows, and how far ahead gaps are looked for.
const DAYS: u16 = 14;

/// Somebody on duty now.
struct Standing {
    post: String,
    name: String,
    title: String,
    /// As people read it, and as a telephone dials it.
    phone: Option<(String, String)>,
}

struct GapLine {
    text: String,
    post: String,
    why: String,
    soon: bool,
    href: Option<String>,
}

/// A gap in the list over all units.
struct WatchLine {
    unit: String,
    href: String,
    when: String,
    post: String,
    nobody: bool,
    soon: bool,
}

struct WaitingLine {
    id: String,
    text: String,
    missing: String,
    may_agree: bool,
    may_refuse: bool,
}

struct AwayLine {
    id: String,
    text: String,
    may_end: bool,
}

struct PlanLine {
    text: String,
    /// A table handed in that can be taken back.
    undo: Option<String>,
}

#[derive(Template)]
#[template(path = "roster.html")]
struct Page {
    d: Desk,
    unit: String,
    unit_id: String,
    units: Vec<(String, String, bool)>,
    now: Vec<Standing>,
    until: String,
    heads: Vec<(String, String)>,
    rows: Vec<Row>,
    gaps: Vec<GapLine>,
    /// The gaps of all units, for whoever watches over more than his own.
    watch: Option<Vec<WatchLine>>,
    conflicts: Vec<String>,
    waiting: Vec<WaitingLine>,
    away: Vec<AwayLine>,
    plans: Vec<PlanLine>,
    feeds: Vec<FeedLine>,
    manages: bool,
    address: String,
    before: String,
    after: String,
    month: String,
}

pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    if !permits(&me.actor, Action::RosterSee, Scope::Tenant) {
        return Err(Error::NotFound.into());
    }
    let mut frame = Frame::new(&me, "rosters").await?;
    let unit = unit_of(&frame, asked.unit)?;
    let today = frame.d.clock.today();
    let first = asked.from.unwrap_or(today);
    let manages = rosters::manages(&mut frame.cx, unit).await?;
    let now = standing(&mut frame, unit).await?;
    let until = rosters::on_duty(&mut frame.cx, unit).await?.until;
    let duty = coming(&mut frame, unit, first).await?;
    let gaps = rosters::gaps_ahead(&mut frame.cx, unit, DAYS).await?;
    let watch = watched(&me, &mut frame).await?;
    let waiting = rosters::waiting(&mut frame.cx, unit).await?;
    let away = rosters::absences_ahead(&mut frame.cx, unit).await?;
    let plans = rosters::plans(&mut frame.cx, unit).await?;
    let mut ids: BTreeSet<StaffId> = duty.shifts.iter().flat_map(|s| [s.staff, s.owner]).flatten().collect();
    ids.extend(duty.shifts.iter().filter_map(|s| s.vacated).map(|v| v.staff));
    ids.extend(gaps.iter().filter_map(|gap| gap.vacated).map(|v| v.staff));
    ids.extend(away.iter().map(|(_, absence)| absence.staff));
    ids.extend(waiting.iter().flat_map(|w| [w.first_staff, Some(w.second_staff)]).flatten());
    let ids: Vec<StaffId> = ids.into_iter().collect();
    let names = names(&mut frame, &ids).await?;
    let feeds = super::feeds::lines(&me, &mut frame, unit, manages).await?;
    let calendar = calendars::of(&mut frame.cx).await?;
    let cells = Cells { frame: &frame, calendar: &calendar, names: &names, me: me.staff };
    let (heads, rows) = cells.table(&duty.shifts, first, i32::from(DAYS));
    let part = |from: Date| format!("{}&from={from}", at(&me, "", unit));
    let page = Page {
        unit: frame.unit(unit),
        unit_id: unit.to_string(),
        units: units(&me, &frame, unit),
        now,
        until: until.map(|at| frame.d.clock.short(at)).unwrap_or_default(),
        heads,
        rows,
        watch,
        gaps: gaps.iter().map(|gap| gap_line(&me, &frame, gap, &names, manages)).collect(),
        conflicts: duty.conflicts.iter().map(|conflict| conflict_line(&frame, conflict, &names)).collect(),
        waiting: waiting
            .iter()
            .map(|change| waiting_line(&me, &frame, change, &duty.shifts, &names, manages))
            .collect(),
        away: away
            .iter()
            .map(|(id, absence)| away_line(&me, &frame, *id, absence, &names, manages))
            .collect(),
        plans: plans.iter().filter_map(|plan| plan_line(&frame, plan, today, manages)).collect(),
        feeds,
        manages,
        address: part(first),
        before: part(first.saturating_sub(i32::from(DAYS).days())),
        after: part(first.saturating_add(i32::from(DAYS).days())),
        month: format!("{}&month={}", at(&me, "/form", unit), first.strftime("%Y-%m")),
        d: frame.d,
    };
    html(&page)
}

/// All units may be looked at; one's own stand first.
fn units(me: &Me, frame: &Frame, here: UnitId) -> Vec<(String, String, bool)> {
    let lang = me.w.lang();
    let mut list: Vec<_> = frame
        .tree
        .iter()
        .map(|unit| (!frame.units.contains(&unit.id), unit.name_in(lang.as_str()).to_owned(), unit.id))
        .collect();
    list.sort();
    list.into_iter().map(|(_, name, id)| (id.to_string(), name, id == here)).collect()
}

async fn standing(frame: &mut Frame, unit: UnitId) -> Result<Vec<Standing>> {
    let duty = rosters::on_duty(&mut frame.cx, unit).await?;
    let ids: Vec<StaffId> = duty.in_order().collect();
    let badges = staff::badges(&mut frame.cx, &ids).await?;
    let mut contacts = staff::contacts(&mut frame.cx, &ids).await?;
    if !rosters::reads_phones(&mut frame.cx, unit).await? {
        contacts.clear();
    }
    let w = frame.d.w;
    let posts = duty.primary.map(|_| Post::Primary).into_iter().chain((1..=u8::MAX).map(Post::Backup));
    Ok(ids
        .iter()
        .zip(posts)
        .filter_map(|(id, post)| {
            let badge = badges.get(id)?;
            let phone =
                contacts.iter().find(|contact| contact.id == *id).and_then(|contact| contact.phone.clone());
            Some(Standing {
                post: post_word(w, post),
                name: badge.full_name.clone(),
                title: w.lang().pick(&badge.title, &badge.title_en).to_owned(),
                phone: phone
                    .map(|e164| (Phone::parse(&e164).map_or_else(|_| e164.clone(), |p| p.to_string()), e164)),
            })
        })
        .collect())
}

async fn coming(frame: &mut Frame, unit: UnitId, first: Date) -> Result<rosters::UnitRoster> {
    let zone = frame.d.clock.zone.clone();
    let edge = |day: Date| {
        zone.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| Error::invalid("from", "error-date-none"))
    };
    let (from, to) = (edge(first)?, edge(first.saturating_add(i32::from(DAYS).days()))?);
    rosters::roster(&mut frame.cx, unit, from, to).await
}

async fn watched(me: &Me, frame: &mut Frame) -> Result<Option<Vec<WatchLine>>> {
    if !permits(&me.actor, Action::RosterWatch, Scope::Tenant) {
        return Ok(None);
    }
    let open = rosters::gaps_watched(&mut frame.cx).await?;
    let clock = &frame.d.clock;
    let day = jiff::SignedDuration::from_hours(24);
    let line = |gap: &rosters::OpenGap| WatchLine {
        unit: frame.unit(gap.unit),
        href: at(me, "", gap.unit),
        when: format!("{} – {}", clock.full(gap.period.start()), clock.full(gap.period.end())),
        post: post_word(me.w, gap.post),
        nobody: gap.nobody,
        soon: gap.period.start().duration_since(clock.now) < day,
    };
    Ok(Some(open.iter().map(line).collect()))
}

fn gap_line(me: &Me, frame: &Frame, gap: &Gap, names: &BTreeMap<StaffId, String>, manages: bool) -> GapLine {
    let (w, clock) = (me.w, &frame.d.clock);
    let (from, to) = (clock.full(gap.period.start()), clock.full(gap.period.end()));
    let text = if gap.nobody { w.roster_gap_nobody(from, to) } else { w.roster_gap_post(from, to) };
    let why = gap.vacated.map(|vacated| {
        let name = names.get(&vacated.staff).cloned().unwrap_or_default();
        format!("{}: {name}", kind_word(w, vacated.kind))
    });
    let day = jiff::SignedDuration::from_hours(24);
    GapLine {
        text,
        post: post_word(w, gap.post),
        why: why.unwrap_or_default(),
        soon: gap.period.start().duration_since(clock.now) < day,
        href: gap
            .shift
            .filter(|_| manages)
            .map(|shift| format!("{}&shift={shift}", at(me, "/do/cover", gap.unit))),
    }
}

fn conflict_line(frame: &Frame, conflict: &Conflict, names: &BTreeMap<StaffId, String>) -> String {
    let (w, clock) = (frame.d.w, &frame.d.clock);
    let name = |id: StaffId| names.get(&id).cloned().unwrap_or_default();
    let (from, to) = (clock.full(conflict.period.start()), clock.full(conflict.period.end()));
    match conflict.kind {
        ConflictKind::TwoUnits { staff, units: [a, b] } => {
            w.roster_conflict_units(name(staff), frame.unit(a), frame.unit(b), from, to)
        }
        ConflictKind::Twice { staff, .. } => w.roster_conflict_twice(name(staff), from, to),
        ConflictKind::SamePost { post, staff: [a, b], .. } => {
            w.roster_conflict_post(name(a), name(b), post_word(w, post), from, to)
        }
    }
}

fn waiting_line(
    me: &Me,
    frame: &Frame,
    change: &Change,
    shifts: &[rosters::Shift],
    names: &BTreeMap<StaffId, String>,
    manages: bool,
) -> WaitingLine {
    let (w, clock) = (me.w, &frame.d.clock);
    let name =
        |id: Option<StaffId>| id.and_then(|id| names.get(&id).cloned()).unwrap_or_else(|| w.roster_open());
    let when = |id: kernel::ShiftId| {
        let shift = shifts.iter().find(|shift| shift.id == id);
        shift.map_or_else(|| w.roster_later_shift(), |shift| clock.full(shift.planned.start()))
    };
    let (giver, taker) = (name(change.first_staff), name(Some(change.second_staff)));
    let text = match change.change {
        rosters::Change::Swap(swap) => {
            w.roster_asks_swap(giver.clone(), when(swap.first), taker.clone(), when(swap.second))
        }
        rosters::Change::Cover(cover) => w.roster_asks_cover(
            taker.clone(),
            giver.clone(),
            clock.full(cover.period.start()),
            clock.full(cover.period.end()),
        ),
    };
    let mut missing = Vec::new();
    if !change.first_consent {
        missing.push(giver);
    }
    if !change.second_consent {
        missing.push(taker);
    }
    let mine = Some(me.staff);
    let open_consent = (change.first_staff == mine && !change.first_consent)
        || (Some(change.second_staff) == mine && !change.second_consent);
    WaitingLine {
        id: change.id.to_string(),
        text,
        missing: w.roster_waits_for(missing.join(", ")),
        may_agree: manages || open_consent,
        may_refuse: manages
            || [change.first_staff, Some(change.second_staff), change.asked_by].contains(&mine),
    }
}

fn away_line(
    me: &Me,
    frame: &Frame,
    id: uuid::Uuid,
    absence: &rosters::Absence,
    names: &BTreeMap<StaffId, String>,
    manages: bool,
) -> AwayLine {
    let (w, clock) = (me.w, &frame.d.clock);
    let name = names.get(&absence.staff).cloned().unwrap_or_default();
    let kind = kind_word(w, absence.kind);
    let from = clock.full(absence.from);
    AwayLine {
        id: id.to_string(),
        text: match absence.until {
            Some(until) => w.roster_away_until(name, kind, from, clock.full(until)),
            None => w.roster_away_open(name, kind, from),
        },
        may_end: (manages || absence.staff == me.staff) && absence.kind != rosters::AbsenceKind::Departed,
    }
}

fn plan_line(frame: &Frame, plan: &StoredPlan, today: Date, manages: bool) -> Option<PlanLine> {
    if plan.valid_to.is_some_and(|to| to <= today) {
        return None;
    }
    let w = frame.d.w;
    let from = dates::shown_date(plan.valid_from);
    let text = match &plan.plan {
        Plan::Weekly(pattern) => w.roster_plan_weekly(pattern.slots.len().to_string(), from),
        Plan::Rotation(rotation) => {
            let name = if rotation.name.is_empty() { w.roster_rotation() } else { rotation.name.clone() };
            w.roster_plan_rotation(name, rotation.staff.len().to_string(), from)
        }
        Plan::Sheet(shifts) => {
            let last = plan.valid_to.and_then(|to| to.yesterday().ok()).unwrap_or(plan.valid_from);
            w.roster_plan_sheet(shifts.len().to_string(), from, dates::shown_date(last))
        }
    };
    let undo = (manages && matches!(plan.plan, Plan::Sheet(_))).then(|| plan.id.to_string());
    Some(PlanLine { text, undo })
}

/// The shifts of a unit that have not ended, as choices.
pub async fn shift_choices(frame: &mut Frame, unit: UnitId, of: Option<StaffId>) -> Result<Vec<Choice>> {
    let now = frame.d.clock.now;
    let to = now + jiff::SignedDuration::from_hours(35 * 24);
    let duty = rosters::roster(&mut frame.cx, unit, now, to).await?;
    let mut seen = BTreeSet::new();
    let shifts: Vec<_> = duty
        .shifts
        .into_iter()
        .filter(|shift| of.is_none() || shift.owner == of)
        .filter(|shift| seen.insert(shift.id))
        .collect();
    let ids: Vec<StaffId> = shifts.iter().filter_map(|shift| shift.owner).collect();
    let names = names(frame, &ids).await?;
    let (w, clock) = (frame.d.w, &frame.d.clock);
    Ok(shifts
        .iter()
        .map(|shift| {
            let who = shift.owner.and_then(|id| names.get(&id).cloned()).unwrap_or_else(|| w.roster_open());
            let day = clock.day(shift.planned.start());
            let hours = format!("{}–{}", clock.time(shift.planned.start()), clock.time(shift.planned.end()));
            let date = format!("{} {}", super::weekday_word(w, day.weekday()), dates::shown_date(day));
            (shift.id.to_string(), format!("{date} · {hours} · {} · {who}", post_word(w, shift.post)))
        })
        .collect())
}
