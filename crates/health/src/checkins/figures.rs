//! What the board shows of the gates.

use super::{gate, law::Law, model::Reason, sql_counts};
use duty::{
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::Timestamp;
use kernel::{GateId, Result};
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
    /// `None` when it never has.
    pub last_at: Option<Timestamp>,
}

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
    let gates = gate::active(cx, today).await?;
    let ids: Vec<GateId> = gates.iter().map(|(id, _)| *id).collect();
    let standings = sql_counts::standings(cx, &ids).await?;
    let since = cx.now() - law.silent_after;
    Ok(gates
        .into_iter()
        .map(|(gate, name)| {
            let last_at = standings.get(&gate).map(|standing| standing.last_at);
            Silent { gate, name, last_at }
        })
        .filter(|silent| silent.last_at.is_none_or(|last| last < since))
        .collect())
}
