//! The statements of the record. Both read the index of the days, or of one official, or of the tickets of
//! a file, and nothing before.

use super::record::{Called, Ending, Figures, What};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// Which attempts are looked at; `None` narrows nothing.
#[derive(Default)]
pub(super) struct Asked {
    pub span: (Timestamp, Timestamp),
    pub units: Option<Vec<Uuid>>,
    pub staff: Option<StaffId>,
    pub tickets: Option<Vec<Uuid>>,
    /// By unit instead of by official.
    pub by_unit: bool,
}

struct FiguresRow {
    key: Option<Uuid>,
    whole: bool,
    calls: i64,
    attempts: i64,
    phone: i64,
    desk: i64,
    accepted: i64,
    passed_up: i64,
    heard_not_accepted: i64,
    not_answered: i64,
    busy: i64,
    rejected: i64,
    unreachable: i64,
    running: i64,
    taken: i64,
    engaged: i64,
    no_network: i64,
    nobody: i64,
    no_channel: i64,
    withdrawn: i64,
    tickets: i64,
    answer_median_s: Option<i64>,
    answer_p90_s: Option<i64>,
    accept_median_s: Option<i64>,
    accept_p90_s: Option<i64>,
}

impl From<FiguresRow> for Figures {
    fn from(row: FiguresRow) -> Self {
        Self {
            calls: row.calls,
            attempts: row.attempts,
            phone: row.phone,
            desk: row.desk,
            accepted: row.accepted,
            passed_up: row.passed_up,
            heard_not_accepted: row.heard_not_accepted,
            not_answered: row.not_answered,
            busy: row.busy,
            rejected: row.rejected,
            unreachable: row.unreachable,
            running: row.running,
            taken: row.taken,
            engaged: row.engaged,
            no_network: row.no_network,
            nobody: row.nobody,
            no_channel: row.no_channel,
            withdrawn: row.withdrawn,
            tickets: row.tickets,
            answer_median_s: row.answer_median_s,
            answer_p90_s: row.answer_p90_s,
            accept_median_s: row.accept_median_s,
            accept_p90_s: row.accept_p90_s,
        }
    }
}

/// Figures by unit or official, and of all together.
pub(super) async fn figures(cx: &mut Cx, asked: Asked) -> Result<(Vec<(Uuid, Figures)>, Figures)> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        FiguresRow,
        r#"with timed as (
             select c.*, case when $7::boolean then unit_id else staff_id end as key,
                    case when ending in ('accepted', 'passed_up') then
                         greatest(0, floor(extract(epoch from answered_at - coalesce(invited_at, started_at))))::bigint end as answer_s,
                    case when ending = 'accepted' then
                         greatest(0, floor(extract(epoch from accepted_at - coalesce(invited_at, started_at))))::bigint end as accept_s
             from vx_called($1, $2, $3, $4, $5, $6) c)
           select key as "key?", grouping(key) = 1 as "whole!", count(*) as "calls!",
                  coalesce(sum(attempts), 0)::bigint as "attempts!",
                  count(*) filter (where phone) as "phone!", count(*) filter (where desk) as "desk!",
                  count(*) filter (where ending = 'accepted') as "accepted!",
                  count(*) filter (where ending = 'passed_up') as "passed_up!",
                  count(*) filter (where ending = 'heard_not_accepted') as "heard_not_accepted!",
                  count(*) filter (where ending = 'not_answered') as "not_answered!",
                  count(*) filter (where ending = 'busy') as "busy!",
                  count(*) filter (where ending = 'rejected') as "rejected!",
                  count(*) filter (where ending = 'unreachable') as "unreachable!",
                  count(*) filter (where ending = 'running') as "running!",
                  count(*) filter (where ending = 'taken') as "taken!",
                  count(*) filter (where ending = 'engaged') as "engaged!",
                  count(*) filter (where ending = 'no_network') as "no_network!",
                  count(*) filter (where ending = 'nobody') as "nobody!",
                  count(*) filter (where ending = 'no_channel') as "no_channel!",
                  count(*) filter (where ending = 'withdrawn') as "withdrawn!",
                  count(distinct ticket_id) as "tickets!",
                  percentile_disc(0.5) within group (order by answer_s) as "answer_median_s?",
                  percentile_disc(0.9) within group (order by answer_s) as "answer_p90_s?",
                  percentile_disc(0.5) within group (order by accept_s) as "accept_median_s?",
                  percentile_disc(0.9) within group (order by accept_s) as "accept_p90_s?"
           from timed where key is not null group by grouping sets ((key), ()) order by key"#,
        tenant,
        asked.span.0.to_sqlx(),
        asked.span.1.to_sqlx(),
        asked.units as Option<Vec<Uuid>>,
        asked.staff.map(Uuid::from),
        asked.tickets as Option<Vec<Uuid>>,
        asked.by_unit
    )
    .fetch_all(cx.conn())
    .await?;
    let mut lines = Vec::with_capacity(rows.len());
    let mut whole = Figures::default();
    for row in rows {
        match (row.key, row.whole) {
            (_, true) => whole = row.into(),
            (Some(key), false) => lines.push((key, row.into())),
            (None, false) => {}
        }
    }
    Ok((lines, whole))
}

/// The calls themselves, the newest first.
pub(super) async fn calls(
    cx: &mut Cx,
    asked: Asked,
    what: What,
    limit: i64,
    skip: i64,
) -> Result<Vec<Called>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select c.ticket_id as "ticket_id!", t.code as "code!", c.level as "level!", c.round as "round!",
                  c.unit_id as "unit_id?", c.staff_id as "staff_id?", c.started_at as "started_at!",
                  c.invited_at as "invited_at?", c.ringing_at as "ringing_at?", c.answered_at as "answered_at?",
                  c.ended_at as "ended_at?", c.phone as "phone!", c.desk as "desk!", c.ending as "ending!"
           from vx_called($1, $2, $3, $4, $5, $6) c
           join tickets t on t.tenant_id = $1 and t.id = c.ticket_id
           where ($7::text[] is null or c.ending = any($7))
             and case $8::text when 'phone' then c.phone when 'desk' then c.desk else true end
           order by c.started_at desc, c.ticket_id, c.level desc, c.staff_id limit $9 offset $10"#,
        tenant,
        asked.span.0.to_sqlx(),
        asked.span.1.to_sqlx(),
        asked.units as Option<Vec<Uuid>>,
        asked.staff.map(Uuid::from),
        asked.tickets as Option<Vec<Uuid>>,
        what.endings() as Option<Vec<String>>,
        what.as_str(),
        limit,
        skip
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Called {
                ticket: row.ticket_id.into(),
                code: row.code,
                level: row.level,
                round: row.round,
                unit: row.unit_id.map(UnitId),
                staff: row.staff_id.map(StaffId),
                started_at: row.started_at.to_jiff(),
                invited_at: row.invited_at.map(jiff_sqlx::Timestamp::to_jiff),
                ringing_at: row.ringing_at.map(jiff_sqlx::Timestamp::to_jiff),
                answered_at: row.answered_at.map(jiff_sqlx::Timestamp::to_jiff),
                ended_at: row.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
                phone: row.phone,
                desk: row.desk,
                ending: Ending::named(&row.ending)
                    .ok_or_else(|| Error::internal(format!("not an ending: {}", row.ending)))?,
            })
        })
        .collect()
}
