//! What has happened, for the lists behind figures: acceptances, calls missed, cases that became F0s.

use super::{
    listing::{LINES, MissedCall, NewsLine, Row, TicketLine},
    opens::Opens,
    view::View,
};
use duty::tickets::Severity;
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{MatterId, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// What a list is asked for in time: days by the case's own day, or a span to the second.
#[derive(Clone, Copy)]
pub(super) enum When {
    Days(Date, Date),
    Span(Timestamp, Timestamp),
}

/// Acceptances as the record has them: one that was forwarded or opened again later is still one, of
/// the unit that it was then.
pub(super) async fn accepted(
    cx: &mut Cx,
    view: &View,
    opens: &Opens,
    (from, to): (Timestamp, Timestamp),
    skip: i64,
) -> Result<Vec<TicketLine>> {
    let tenant = cx.tenant().uuid();
    let outside = opens.unit.is_some_and(|unit| unit.uuid().is_nil());
    let rows = sqlx::query_as!(
        Row,
        r#"select t.id, t.matter_id, t.code, t.kind, t.severity, t.task, e.unit_id, m.ward_id, t.state, t.opened_at,
                  t.due_at, t.overdue_at is not null as "overdue!", e.at as "accepted_at?", t.accepted_by, t.level,
                  t.round, t.climbs_at
           from events e
           join tickets t on t.tenant_id = $1 and t.id = e.object_id
           join matters m on m.tenant_id = $1 and m.id = t.matter_id
           where e.tenant_id = $1 and e.kind in ('ticket.accepted', 'ticket.resolved') and e.at >= $3 and e.at < $4
             and (e.kind = 'ticket.accepted' or e.data ->> 'accepting' = 'true')
             and ($2::uuid[] is null or e.unit_id = any($2) or ($5 and e.unit_id is null))
             and ($6::text is null or e.data ->> 'severity' = $6)
           order by e.at desc, e.id limit $7 offset $8"#,
        tenant,
        view.ids() as Option<Vec<Uuid>>,
        from.to_sqlx(),
        to.to_sqlx(),
        outside,
        opens.severity.map(Severity::as_str),
        LINES,
        skip
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(TicketLine::try_from).collect()
}

/// F0s by the matter that rang for them and by ward, the newest first: what `health::cases` counts by
/// day.
pub(super) async fn news(
    cx: &mut Cx,
    view: &View,
    when: When,
    limit: i64,
    skip: i64,
) -> Result<Vec<NewsLine>> {
    let tenant = cx.tenant().uuid();
    let (days, span) = match when {
        When::Days(from, to) => (Some((from.to_sqlx(), to.to_sqlx())), None),
        When::Span(since, until) => (None, Some((since.to_sqlx(), until.to_sqlx()))),
    };
    let ((from, to), (since, until)) = (days.unzip(), span.unzip());
    let rows = sqlx::query!(
        r#"select c.matter_id, c.ward_id, c.since as "since!", c.n as "cases!", m.code as "code?",
                  t.n as "tickets!", t.accepted as "accepted!", t.resolved as "resolved!", t.overdue as "overdue!"
           from (select matter_id, ward_id, min(classified_at) as since, count(*) as n from cases
                 where tenant_id = $1 and confirmed_on is not null and withdrawn_at is null
                   and ($3::date is null or confirmed_on between $3 and $4)
                   and ($5::timestamptz is null or (classified_at >= $5 and classified_at < $6))
                   and ($2::uuid[] is null or ward_id = any($2))
                 group by matter_id, ward_id
                 order by since desc, matter_id, ward_id limit $7 offset $8) c
           left join matters m on m.tenant_id = $1 and m.id = c.matter_id
           cross join lateral (select count(*) as n, count(accepted_at) as accepted, count(resolved_at) as resolved,
                                      count(overdue_at) as overdue
                               from tickets
                               where tenant_id = $1 and matter_id = c.matter_id and kind <> 'directive') t
           order by c.since desc, c.matter_id, c.ward_id"#,
        tenant,
        view.ids() as Option<Vec<Uuid>>,
        from as Option<jiff_sqlx::Date>,
        to as Option<jiff_sqlx::Date>,
        since as Option<jiff_sqlx::Timestamp>,
        until as Option<jiff_sqlx::Timestamp>,
        limit,
        skip
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| NewsLine {
            matter: row.matter_id.map(MatterId),
            code: row.code,
            ward: row.ward_id.into(),
            since: row.since.to_jiff(),
            cases: row.cases,
            tickets: row.tickets,
            accepted: row.accepted,
            resolved: row.resolved,
            overdue: row.overdue,
        })
        .collect())
}

/// How many became F0s in a span, by ward.
pub(super) async fn f0_between(
    cx: &mut Cx,
    view: &View,
    (since, until): (Timestamp, Timestamp),
) -> Result<BTreeMap<UnitId, i64>> {
    let mut wards = BTreeMap::new();
    for line in news(cx, view, When::Span(since, until), i64::MAX, 0).await? {
        *wards.entry(line.ward).or_default() += line.cases;
    }
    Ok(wards)
}

/// How many calls were missed in a span, by the unit called; the unit of zeros stands for none.
pub(super) async fn missed_between(
    cx: &mut Cx,
    view: &View,
    span: (Timestamp, Timestamp),
) -> Result<BTreeMap<UnitId, i64>> {
    let mut units = BTreeMap::new();
    for call in missed(cx, view, span, None, i64::MAX, 0).await? {
        *units.entry(call.unit.unwrap_or(UnitId(Uuid::nil()))).or_default() += 1;
    }
    Ok(units)
}

/// Calls of levels that went by without being accepted, rings only: what `duty::tickets::missed_in`
/// counts, one line for each person, by the last of his tries to end.
pub(super) async fn missed(
    cx: &mut Cx,
    view: &View,
    (from, to): (Timestamp, Timestamp),
    outcome: Option<&str>,
    limit: i64,
    skip: i64,
) -> Result<Vec<MissedCall>> {
    let tenant = cx.tenant().uuid();
    let outside = view.covers(UnitId(Uuid::nil()));
    let rows = sqlx::query!(
        r#"with rung as not materialized (
               -- a call that our side of the network did not let ring says nothing of the person, nor does a bell that
               -- no desk showed beside it (`tickets::missed`)
               select * from attempts r
               where tenant_id = $1 and tone = 'ring' and channel not in ('email', 'sms', 'push') and outcome is distinct from 'no_network'
                 and (channel = 'call' and ringing_at is null
                      and (outcome = 'unreachable' and sip_code is null
                           or outcome in ('unreachable', 'rejected')
                              and (sip_code in (401, 403, 407, 408, 488) or sip_code between 500 and 599))) is not true
                 and (channel = 'desk' and ringing_at is null and outcome = 'not_answered'
                      and exists (select from attempts n
                                  where n.tenant_id = $1 and n.ticket_id = r.ticket_id and n.started_at = r.started_at
                                    and n.level = r.level and n.unit_id is not distinct from r.unit_id
                                    and n.staff_id is not distinct from r.staff_id
                                    and n.channel = 'call' and n.ringing_at is null
                                    and (n.outcome = 'no_network'
                                         or n.outcome = 'unreachable' and n.sip_code is null and n.invited_at is not null
                                         or n.outcome in ('unreachable', 'rejected')
                                            and (n.sip_code in (401, 403, 407, 408, 488)
                                                 or n.sip_code between 500 and 599)))) is not true)
           select a.id as "id!", a.ticket_id as "ticket_id!", t.matter_id, t.code, a.unit_id, a.staff_id,
                  w.channel as "channel!", a.level as "level!", a.started_at as "started_at!",
                  a.ended_at as "ended_at!", w.outcome as "outcome!"
           from rung a
           join tickets t on t.tenant_id = $1 and t.id = a.ticket_id
           cross join lateral (
               select b.outcome, b.channel from rung b
               where b.ticket_id = a.ticket_id and b.started_at = a.started_at and b.level = a.level
                 and b.unit_id is not distinct from a.unit_id and b.staff_id is not distinct from a.staff_id
               order by array_position('{heard_not_accepted,rejected,busy,unreachable,not_answered}'::text[], b.outcome),
                        b.channel limit 1) w
           where a.ended_at >= $3 and a.ended_at < $4
             and a.outcome in ('not_answered', 'heard_not_accepted', 'busy', 'rejected', 'unreachable')
             and ($2::uuid[] is null or a.unit_id = any($2) or ($5 and a.unit_id is null))
             and ($6::text is null or w.outcome = $6)
             and not exists (
                 select from attempts b
                 where b.tenant_id = $1 and b.ticket_id = a.ticket_id and b.started_at = a.started_at and b.level = a.level
                   and (b.ended_at is null or b.outcome in ('accepted', 'taken')))
             and not exists (
                 select from rung b
                 where b.ticket_id = a.ticket_id and b.started_at = a.started_at and b.level = a.level
                   and b.unit_id is not distinct from a.unit_id and b.staff_id is not distinct from a.staff_id
                   and (b.outcome not in ('not_answered', 'heard_not_accepted', 'busy', 'rejected', 'unreachable')
                        or (b.ended_at, b.id) > (a.ended_at, a.id)))
           order by a.ended_at desc, a.id limit $7 offset $8"#,
        tenant,
        view.ids() as Option<Vec<Uuid>>,
        from.to_sqlx(),
        to.to_sqlx(),
        outside,
        outcome,
        limit,
        skip
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| MissedCall {
            attempt: row.id.into(),
            ticket: row.ticket_id.into(),
            matter: row.matter_id.into(),
            code: row.code,
            unit: row.unit_id.map(UnitId),
            staff: row.staff_id.map(StaffId),
            channel: row.channel,
            level: row.level,
            started_at: row.started_at.to_jiff(),
            ended_at: row.ended_at.to_jiff(),
            outcome: row.outcome,
        })
        .collect())
}
