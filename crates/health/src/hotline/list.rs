//! The hotline as its page shows it: who waits, and what callers are owed.

use super::{
    model::{Owing, Topic},
    orders::Asked,
    sql, sql_orders, sql_owed,
};
use crate::households;
use duty::{
    calls,
    permissions::{Action, Permit, Scope, allowed_units},
    tickets::{self, Ticket},
};
use jiff::Timestamp;
use kernel::{CallId, Error, HouseholdId, RecordingId, Result, StaffId, UnitId};
use serde_json::Value;
use std::collections::BTreeMap;
use store::Cx;
use uuid::Uuid;

/// Callers and promises that a page shows.
const MOST: i64 = 200;

/// Somebody who is on the line now.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub call: CallId,
    pub topic: Option<Topic>,
    /// `0903 ··· 456`; none for a withheld number.
    pub number_masked: Option<String>,
    pub since: Timestamp,
    /// He waits for an operator, and has no one yet.
    pub waits: bool,
    pub operator: Option<StaffId>,
    /// Somebody talks with him, or has.
    pub served: bool,
    /// He is held meanwhile.
    pub held: bool,
    /// What the desk asked of the call last, while it is not done, or where it could not be done.
    pub asked: Option<Asked>,
    /// Households that have this number, with their codes, as far as the reader sees them. It proves nothing.
    pub households: Vec<(HouseholdId, String)>,
}

/// What somebody who called is owed.
#[derive(Clone, Debug)]
pub struct Owed {
    pub id: Uuid,
    pub call: CallId,
    pub kind: Owing,
    pub topic: Topic,
    pub number_masked: Option<String>,
    pub ward: Option<UnitId>,
    pub unit: UnitId,
    /// What he told by keys: symptoms and readings.
    pub told: Option<Value>,
    pub recording: Option<RecordingId>,
    pub ticket: Ticket,
    /// How often he has called in vain that day.
    pub times: i32,
    pub opened_at: Timestamp,
}

/// Callers on the line, in the order of the line; nobody for those who do not see the calls of the district.
pub async fn waiting(cx: &mut Cx) -> Result<Vec<Waiting>> {
    if !calls::may(cx, Action::CallSee, None) {
        return Ok(Vec::new());
    }
    let mut waiting = Vec::new();
    let open = sql::open(cx, MOST).await?;
    let ids: Vec<CallId> = open.iter().map(|kept| kept.call).collect();
    let mut asked: BTreeMap<CallId, Asked> =
        sql_orders::latest(cx, &ids).await?.into_iter().map(|asked| (asked.call, asked)).collect();
    for kept in open {
        let number = kept.number(cx)?;
        let known = match &number {
            Some(number) => households::seen_at_number(cx, number).await?,
            None => Vec::new(),
        };
        waiting.push(Waiting {
            call: kept.call,
            topic: kept.topic,
            number_masked: number.map(|number| number.masked()),
            since: kept.waits_from.unwrap_or(kept.taken_at),
            waits: kept.waits_from.is_some() && kept.operator.is_none() && kept.served_at.is_none(),
            operator: kept.operator,
            served: kept.served_at.is_some(),
            held: kept.served_at.is_some() && held(cx, kept.call).await?,
            asked: asked.remove(&kept.call).filter(|asked| asked.done_at.is_none() || asked.fault.is_some()),
            households: known,
        });
    }
    Ok(waiting)
}

/// Whether what happened last to a call that talks was that it is held.
async fn held(cx: &mut Cx, call: CallId) -> Result<bool> {
    let happened = store::events::of_object(cx, call.uuid()).await?;
    let last = happened.iter().rev().find(|event| {
        matches!(event.kind.as_str(), "call.held" | "call.resumed" | "call.bridged" | "call.transferred")
    });
    Ok(last.is_some_and(|event| event.kind == "call.held"))
}

/// What callers are owed by the units whose calls the actor sees; the oldest first.
///
/// Errors: `Forbidden` for those who see no calls.
pub async fn owed(cx: &mut Cx) -> Result<Vec<Owed>> {
    cx.permit(Action::CallSee, Scope::Tenant)?;
    let units: Option<Vec<Uuid>> =
        allowed_units(&cx.actor, Action::CallSee).map(|units| units.into_iter().map(UnitId::uuid).collect());
    let kept = sql_owed::open(cx, units.as_deref(), MOST).await?;
    let ids: Vec<_> = kept.iter().map(|one| one.ticket).collect();
    let mut tickets: BTreeMap<_, Ticket> =
        tickets::tickets(cx, &ids).await?.into_iter().map(|ticket| (ticket.id, ticket)).collect();
    let mut owed = Vec::with_capacity(kept.len());
    for one in kept {
        let Some(ticket) = tickets.remove(&one.ticket) else { continue };
        let told = one.told(cx)?.map(|told| serde_json::from_str(&told)).transpose();
        owed.push(Owed {
            number_masked: one.number(cx)?.map(|number| number.masked()),
            told: told.map_err(Error::internal)?,
            id: one.id,
            call: one.call,
            kind: one.kind,
            topic: one.topic,
            ward: one.ward,
            unit: one.unit,
            recording: one.recording,
            ticket,
            times: one.times,
            opened_at: one.opened_at,
        });
    }
    Ok(owed)
}
