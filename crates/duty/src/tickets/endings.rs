//! How attempts end when a ticket moves on. Each ending hands back the attempts as they then are,
//! and the event of the move carries them ([`stated`]): so every second of a call is under seal,
//! and the row in the table can be held against it.

use super::{
    attempts::{Attempt, Outcome, Row},
    sql::NewAttempt,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AttemptId, Result, StaffId, TicketId, UnitId};
use serde_json::{Value, json};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// An attempt as an event states it; times that never came are left out.
pub(super) fn stated(attempt: &Attempt) -> Value {
    let mut data = json!({
        "attempt": attempt.id, "level": attempt.level, "round": attempt.round, "unit": attempt.unit,
        "staff": attempt.staff, "channel": attempt.channel, "tone": attempt.tone,
        "outcome": attempt.outcome, "started_at": attempt.started_at,
    });
    let times = [
        ("invited_at", attempt.invited_at),
        ("ringing_at", attempt.ringing_at),
        ("answered_at", attempt.answered_at),
        ("message_ended_at", attempt.message_ended_at),
        ("ended_at", attempt.ended_at),
    ];
    for (name, at) in times {
        if let Some(at) = at {
            data[name] = json!(at);
        }
    }
    if let Some(code) = attempt.sip_code {
        data["sip_code"] = json!(code);
    }
    if let Some(keys) = &attempt.keys {
        data["keys"] = json!(keys);
    }
    data
}

/// The attempt that ends as it begins, because the roster had nobody or there was no way to him.
pub(super) fn vain(attempt: &NewAttempt, outcome: Outcome, now: Timestamp) -> Value {
    json!({
        "attempt": attempt.id, "level": attempt.level, "round": attempt.round, "unit": attempt.unit,
        "staff": attempt.staff, "channel": attempt.channel, "tone": attempt.tone, "outcome": outcome.as_str(),
        "started_at": now, "ended_at": now,
    })
}

pub(super) fn all_stated(attempts: &[Attempt]) -> Value {
    attempts.iter().map(stated).collect()
}

/// A level that is over.
pub(super) struct Level {
    pub ticket: TicketId,
    /// 0 is the first.
    pub index: i16,
    pub round: i16,
    /// A reopened ticket goes through the same levels again: only what began since then counts.
    pub since: Timestamp,
}

/// Ends what still runs for the given tickets as missed: an answered call was heard but not
/// accepted, one that no network ever let ring reached nobody, anything else was not answered.
/// Hands back all attempts of the levels that are over, those with an earlier end too, by ticket in
/// the order in which they began.
pub(super) async fn missed(cx: &mut Cx, levels: &[Level]) -> Result<BTreeMap<TicketId, Vec<Attempt>>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let tickets: Vec<Uuid> = levels.iter().map(|l| l.ticket.uuid()).collect();
    let numbers: Vec<i16> = levels.iter().map(|l| l.index).collect();
    let rounds: Vec<i16> = levels.iter().map(|l| l.round).collect();
    let since: Vec<i64> = levels.iter().map(|l| l.since.as_microsecond()).collect();
    // The second half sees the table as it was before the update: nothing comes twice.
    let rows = sqlx::query_as!(
        Row,
        r#"with ended as (
             update attempts
             set ended_at = $5,
                 outcome = case when answered_at is not null then 'heard_not_accepted'
                                when channel = 'call' and ringing_at is null then 'unreachable' else 'not_answered' end
             where tenant_id = $1 and ticket_id = any($2) and ended_at is null
             returning id, ticket_id, level, round, unit_id, staff_id, whom, channel, tone, started_at, invited_at, ringing_at,
                       answered_at, message_ended_at, ended_at, outcome, sip_code, keys)
           select id as "id!", ticket_id as "ticket_id!", level as "level!", round as "round!", unit_id, staff_id,
                  whom as "whom!", channel as "channel!", tone as "tone!", started_at as "started_at!", invited_at, ringing_at,
                  answered_at, message_ended_at, ended_at, outcome, sip_code, keys
           from ended
           union all
           select a.id, a.ticket_id, a.level, a.round, a.unit_id, a.staff_id, a.whom, a.channel, a.tone, a.started_at,
                  a.invited_at, a.ringing_at, a.answered_at, a.message_ended_at, a.ended_at, a.outcome, a.sip_code, a.keys
           from unnest($2::uuid[], $3::smallint[], $4::smallint[], $6::bigint[]) as l (ticket_id, level, round, since)
           join attempts a on a.tenant_id = $1 and a.ticket_id = l.ticket_id and a.level = l.level and a.round = l.round
                        and a.started_at >= timestamptz 'epoch' + l.since * interval '1 microsecond'
           where a.ended_at is not null and a.channel <> 'none'"#,
        tenant,
        &tickets,
        &numbers,
        &rounds,
        now,
        &since
    )
    .fetch_all(cx.conn())
    .await?;
    let mut before: BTreeMap<TicketId, Vec<Attempt>> = BTreeMap::new();
    for attempt in rows.into_iter().map(Attempt::from) {
        before.entry(attempt.ticket).or_default().push(attempt);
    }
    for attempts in before.values_mut() {
        attempts.sort_by_key(|attempt| (attempt.started_at, attempt.id));
    }
    Ok(before)
}

/// Ends what still runs for a ticket that somebody has taken up: his own attempts as accepted, the
/// others as taken by someone else. `None` where the ticket went elsewhere (forwarded, merged):
/// nobody has missed anything.
pub(super) async fn taken(
    cx: &mut Cx,
    ticket: TicketId,
    by: Option<StaffId>,
    own: Option<AttemptId>,
) -> Result<Vec<Attempt>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let rows = sqlx::query_as!(
        Row,
        "update attempts
         set ended_at = $4, answered_at = case when staff_id = $3 or id = $5 then coalesce(answered_at, $4) else answered_at end,
             outcome = case when staff_id = $3 or id = $5 then 'accepted' else 'taken' end
         where tenant_id = $1 and ticket_id = $2 and ended_at is null
         returning id, ticket_id, level, round, unit_id, staff_id, whom, channel, tone, started_at, invited_at,
                   ringing_at, answered_at, message_ended_at, ended_at, outcome, sip_code, keys",
        tenant,
        ticket.uuid(),
        by.map(Uuid::from),
        now,
        own.map(Uuid::from)
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(Attempt::from).collect())
}

/// Ends the attempts of the person who passes a ticket up at the desk, and the bell of his unit's
/// desk: he has answered, if only to say that it goes higher.
pub(super) async fn passed_up(
    cx: &mut Cx,
    ticket: TicketId,
    by: StaffId,
    units: &[UnitId],
) -> Result<Vec<Attempt>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let units: Vec<Uuid> = units.iter().map(|unit| unit.uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        "update attempts
         set ended_at = $4, answered_at = coalesce(answered_at, $4), outcome = 'passed_up'
         where tenant_id = $1 and ticket_id = $2 and ended_at is null
           and (staff_id = $3 or (channel = 'desk' and unit_id = any($5)))
         returning id, ticket_id, level, round, unit_id, staff_id, whom, channel, tone, started_at, invited_at,
                   ringing_at, answered_at, message_ended_at, ended_at, outcome, sip_code, keys",
        tenant,
        ticket.uuid(),
        by.uuid(),
        now,
        &units
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(Attempt::from).collect())
}

/// Ends the attempts of a ticket whose cause has gone: nobody failed to answer.
pub(super) async fn withdrawn(cx: &mut Cx, ticket: TicketId) -> Result<Vec<Attempt>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let rows = sqlx::query_as!(
        Row,
        "update attempts set ended_at = $3, outcome = 'withdrawn'
         where tenant_id = $1 and ticket_id = $2 and ended_at is null
         returning id, ticket_id, level, round, unit_id, staff_id, whom, channel, tone, started_at, invited_at,
                   ringing_at, answered_at, message_ended_at, ended_at, outcome, sip_code, keys",
        tenant,
        ticket.uuid(),
        now
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(Attempt::from).collect())
}
