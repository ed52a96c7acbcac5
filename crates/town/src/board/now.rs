//! What stands open now, asked of the open tickets through their partial indexes: the cost goes
//! with what is open, never with what has been.

use super::{model::Bands, view::View};
use duty::tickets::{Severity, State, ladder::LadderSpec};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use kernel::{Error, MatterId, Result, TicketId, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// News that rings and that nobody has accepted.
#[derive(Clone, Debug)]
pub struct RingingLine {
    pub ticket: TicketId,
    pub matter: MatterId,
    pub code: String,
    pub kind: String,
    /// By language: what is to be done.
    pub task: serde_json::Value,
    pub unit: Option<UnitId>,
    pub ward: Option<UnitId>,
    pub opened_at: Timestamp,
    /// 0 is the first.
    pub level: i16,
    pub levels: usize,
    /// How often the ladder has been used up.
    pub round: i16,
    /// Who is called on this level, as the ladder says it.
    pub whom: Option<String>,
    pub climbs_at: Option<Timestamp>,
}

impl RingingLine {
    /// Seconds until the next level is called; 0 when it is about to be.
    pub fn seconds_left(&self, now: Timestamp) -> Option<i64> {
        self.climbs_at.map(|at| at.duration_since(now).as_secs().max(0))
    }
}

/// The longest waiting first.
pub(super) async fn ringing(cx: &mut Cx, view: &View, limit: i64) -> Result<Vec<RingingLine>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select t.id, t.matter_id, t.code, t.kind, t.task, t.unit_id, m.ward_id, t.opened_at, t.ladder, t.level, t.round,
                  t.climbs_at
           from (select * from tickets
                 where tenant_id = $1 and state = 'open' and severity = 'emergency'
                   and ($2::uuid[] is null or unit_id = any($2))
                 order by level_started_at limit $3) t
           join matters m on m.tenant_id = $1 and m.id = t.matter_id
           order by t.opened_at, t.id"#,
        tenant,
        view.ids() as Option<Vec<Uuid>>,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let ladder: LadderSpec = serde_json::from_value(row.ladder).map_err(Error::internal)?;
            let level = usize::try_from(row.level).unwrap_or(0);
            Ok(RingingLine {
                ticket: row.id.into(),
                matter: row.matter_id.into(),
                code: row.code,
                kind: row.kind,
                task: row.task,
                unit: row.unit_id.map(UnitId),
                ward: row.ward_id.map(UnitId),
                opened_at: row.opened_at.to_jiff(),
                level: row.level,
                levels: ladder.levels.len(),
                round: row.round,
                whom: ladder.levels.get(level).map(|level| level.whom.to_string()),
                climbs_at: row.climbs_at.map(jiff_sqlx::Timestamp::to_jiff),
            })
        })
        .collect()
}

/// A ticket that stands open, as a brief keeps it.
pub(super) struct Standing {
    pub ticket: TicketId,
    pub unit: UnitId,
    pub late: bool,
    pub ringing: bool,
}

/// Every open ticket, at most `limit`; the unit of zeros stands for organisations.
pub(super) async fn standing(cx: &mut Cx, now: Timestamp, limit: i64) -> Result<Vec<Standing>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select id, unit_id, state = 'open' and severity = 'emergency' as "ringing!",
                  overdue_at is not null or (state <> 'paused' and due_at <= $2) as "late!"
           from tickets where tenant_id = $1 and state in ('open', 'accepted', 'paused')
           order by due_at, id limit $3"#,
        tenant,
        now.to_sqlx(),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Standing {
            ticket: row.id.into(),
            unit: UnitId(row.unit_id.unwrap_or_default()),
            late: row.late,
            ringing: row.ringing,
        })
        .collect())
}

/// How many ring, by unit; the unit of zeros stands for organisations.
pub(super) async fn ringing_by_unit(cx: &mut Cx, view: &View) -> Result<BTreeMap<UnitId, i64>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select unit_id, count(*) as "n!" from tickets
           where tenant_id = $1 and state = 'open' and severity = 'emergency'
             and ($2::uuid[] is null or unit_id = any($2))
           group by unit_id"#,
        tenant,
        view.ids() as Option<Vec<Uuid>>
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (UnitId(row.unit_id.unwrap_or_default()), row.n)).collect())
}

const SOON: SignedDuration = SignedDuration::from_hours(6);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// When each band begins, from `now`.
pub(super) fn band_edges(now: Timestamp) -> (Timestamp, Timestamp) {
    (now + SOON, now + DAY)
}

/// What a unit has open, and since when its oldest late ticket is due.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Open {
    pub bands: Bands,
    pub oldest_due: Option<Timestamp>,
}

/// Open tickets by responsible unit and time left; the unit of zeros stands for organisations.
pub(super) async fn open(cx: &mut Cx, view: &View, now: Timestamp) -> Result<BTreeMap<UnitId, Open>> {
    let tenant = cx.tenant().uuid();
    let (soon, day) = band_edges(now);
    let rows = sqlx::query!(
        r#"select unit_id,
                  count(*) filter (where band = 0) as "late!", count(*) filter (where band = 1) as "paused!",
                  count(*) filter (where band = 2) as "soon!", count(*) filter (where band = 3) as "today!",
                  count(*) filter (where band = 4) as "more!", min(due_at) filter (where band = 0) as oldest_due
           from (select unit_id, due_at,
                        case when overdue_at is not null then 0 when state = 'paused' then 1 when due_at <= $3 then 0
                             when due_at < $4 then 2 when due_at < $5 then 3 else 4 end as band
                 from tickets
                 where tenant_id = $1 and state in ('open', 'accepted', 'paused')
                   and ($2::uuid[] is null or unit_id = any($2))) t
           group by unit_id"#,
        tenant,
        view.ids() as Option<Vec<Uuid>>,
        now.to_sqlx(),
        soon.to_sqlx(),
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let bands = Bands {
                late: row.late,
                soon: row.soon,
                today: row.today,
                more: row.more,
                paused: row.paused,
            };
            let open = Open { bands, oldest_due: row.oldest_due.map(jiff_sqlx::Timestamp::to_jiff) };
            (UnitId(row.unit_id.unwrap_or_default()), open)
        })
        .collect())
}

/// A directive whose answer is late.
#[derive(Clone, Debug)]
pub struct DirectiveLine {
    pub ticket: TicketId,
    pub matter: MatterId,
    pub code: String,
    /// The unit that must answer.
    pub unit: Option<UnitId>,
    pub given_by: Option<UnitId>,
    pub state: State,
    pub severity: Severity,
    pub opened_at: Timestamp,
    pub due_at: Timestamp,
}

/// Directives past their due time, the oldest first.
pub(super) async fn directives_overdue(
    cx: &mut Cx,
    view: &View,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<DirectiveLine>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, matter_id, code, unit_id, given_by_unit_id, state, severity, opened_at, due_at from tickets
         where tenant_id = $1 and kind = 'directive' and state in ('open', 'accepted', 'paused')
           and (overdue_at is not null or (state <> 'paused' and due_at <= $3))
           and ($2::uuid[] is null or unit_id = any($2) or given_by_unit_id = any($2))
         order by due_at, id limit $4",
        tenant,
        view.ids() as Option<Vec<Uuid>>,
        now.to_sqlx(),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(DirectiveLine {
                ticket: row.id.into(),
                matter: row.matter_id.into(),
                code: row.code,
                unit: row.unit_id.map(UnitId),
                given_by: row.given_by_unit_id.map(UnitId),
                state: row.state.parse()?,
                severity: row.severity.parse()?,
                opened_at: row.opened_at.to_jiff(),
                due_at: row.due_at.to_jiff(),
            })
        })
        .collect()
}
