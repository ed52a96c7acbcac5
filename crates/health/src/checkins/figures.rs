//! What the board shows of the gates. Every figure can be asked for gate by gate.

use super::{
    inside::day_start,
    law::Law,
    model::{REASONS, Reason},
    sql_board, sql_counts,
};
use crate::{
    cards,
    gates::{self, Gate},
};
use duty::{
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::Timestamp;
use kernel::{Error, GateId, Result, UnitId};
use store::Cx;

/// Scans of one minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minute {
    pub at: Timestamp,
    pub n: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colours {
    pub green: i64,
    pub yellow: i64,
    pub red: i64,
}

/// A gate that should scan and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    pub gate: GateId,
    pub name: String,
    /// Who answers for it.
    pub unit: UnitId,
    /// `None` when it never has.
    pub last_at: Option<Timestamp>,
}

/// Scans of one gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtGate {
    pub gate: GateId,
    pub name: String,
    /// Who answers for it.
    pub unit: UnitId,
    pub colours: Colours,
}

/// What a figure of the board counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Scans in the hours that begin from `from` up to and without `to`.
    Hours { from: Timestamp, to: Timestamp },
    /// Scans of the minute that begins then.
    Minute(Timestamp),
    /// Red scans of these hours beside which a reason stood.
    Refused { reason: Reason, from: Timestamp, to: Timestamp },
}

/// How full a gate is.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    pub gate: Gate,
    pub inside: u32,
    /// By the rules of today; `None` for as many as come.
    pub limit: Option<i64>,
}

/// Gates of one answer.
const MOST: i64 = 500;
/// Rooms that a board shows.
const ROOMS: i64 = 50;

fn permit(cx: &Cx) -> Result<()> {
    cx.permit_sight(Action::BoardSee, Scope::Tenant)
}

/// Scans of all gates, minute by minute; minutes without any are left out. Minutes are known for two days.
pub async fn per_minute(cx: &mut Cx, from: Timestamp, to: Timestamp) -> Result<Vec<Minute>> {
    permit(cx)?;
    let minutes = sql_counts::minutes(cx, from, to).await?;
    Ok(minutes.into_iter().map(|(at, n)| Minute { at, n }).collect())
}

/// Scans by colour in the hours that begin from `from` up to and without `to`.
pub async fn by_colour(cx: &mut Cx, from: Timestamp, to: Timestamp) -> Result<Colours> {
    permit(cx)?;
    let (green, yellow, red) = sql_counts::colours(cx, from, to).await?;
    Ok(Colours { green, yellow, red })
}

/// Why people were turned away in these hours, the most frequent reason first. One scan may have several.
pub async fn refusals(cx: &mut Cx, from: Timestamp, to: Timestamp) -> Result<Vec<(Reason, i64)>> {
    permit(cx)?;
    sql_counts::reasons(cx, from, to).await
}

/// Gates of today that have scanned nobody for as long as the rule `checkins.alerts` says (an hour).
pub async fn silent(cx: &mut Cx) -> Result<Vec<Silent>> {
    permit(cx)?;
    let (law, today) = (Law::today(cx).await?, units::today(cx).await?);
    let gates = gates::active(cx, today).await?;
    let ids: Vec<GateId> = gates.iter().map(|(id, ..)| *id).collect();
    let standings = sql_counts::standings(cx, &ids).await?;
    let since = cx.now() - law.silent_after;
    Ok(gates
        .into_iter()
        .map(|(gate, name, unit)| {
            let last_at = standings.get(&gate).map(|standing| standing.walk.last_at);
            Silent { gate, name, unit, last_at }
        })
        .filter(|silent| silent.last_at.is_none_or(|last| last < since))
        .collect())
}

/// Gate by gate what a figure counts, the busiest first.
pub async fn by_gate(cx: &mut Cx, part: Part) -> Result<Vec<AtGate>> {
    permit(cx)?;
    match part {
        Part::Hours { from, to } => sql_board::hours(cx, from, to, MOST).await,
        Part::Minute(at) => sql_board::minute(cx, at, MOST).await,
        Part::Refused { reason, from, to } => sql_board::refused(cx, reason, from, to, MOST).await,
    }
}

/// The reason of a key that somebody sends. Errors: `NotFound` for one that is none.
pub fn reason_of(key: &str) -> Result<Reason> {
    if REASONS.contains(&key) { Ok(Reason::of(key)) } else { Err(Error::NotFound) }
}

/// The gates inside which somebody is, the fullest first.
pub async fn rooms(cx: &mut Cx) -> Result<Vec<Room>> {
    permit(cx)?;
    let (today, zone) = (units::today(cx).await?, units::timezone(cx).await?);
    let day = day_start(cx.now(), &zone)?;
    let counts = sql_board::fullest(cx, day, ROOMS).await?;
    let ids: Vec<GateId> = counts.iter().map(|(gate, _)| *gate).collect();
    let (mut known, law) = (gates::of(cx, &ids).await?, cards::pack_on(cx, today).await?);
    let room = |(id, inside): (GateId, u32)| {
        let gate = known.remove(&id)?;
        Some(Room { limit: gates::limit(law.as_ref(), &gate), gate, inside })
    };
    let mut rooms: Vec<Room> = counts.into_iter().filter_map(room).collect();
    rooms.sort_by(|one, other| other.filled().total_cmp(&one.filled()));
    Ok(rooms)
}

impl Room {
    /// How much of what may be inside is; nothing where as many may as come.
    fn filled(&self) -> f64 {
        self.limit.map_or(0.0, |limit| f64::from(self.inside) / limit.max(1) as f64)
    }

    pub fn is_over(&self) -> bool {
        self.limit.is_some_and(|limit| i64::from(self.inside) > limit)
    }
}

/// When scans were last counted; `None` while there has been none.
pub async fn counted_at(cx: &mut Cx) -> Result<Option<Timestamp>> {
    permit(cx)?;
    sql_board::folded_at(cx).await
}
