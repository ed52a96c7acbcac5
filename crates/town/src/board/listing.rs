//! The list behind a figure: the tickets, calls or cases that it counts.

use super::{
    brief, happened,
    happened::When,
    model::Band,
    now,
    opens::{List, Opens},
    view::View,
};
use duty::{
    permissions::Action,
    tickets::{Severity, State},
    units,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use jiff_sqlx::ToSqlx;
use kernel::{AttemptId, Error, MatterId, Result, StaffId, TicketId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// One ticket of a list.
#[derive(Clone, Debug)]
pub struct TicketLine {
    pub id: TicketId,
    pub matter: MatterId,
    pub code: String,
    pub kind: String,
    pub severity: Severity,
    pub task: serde_json::Value,
    pub unit: Option<UnitId>,
    pub ward: Option<UnitId>,
    pub state: State,
    pub opened_at: Timestamp,
    pub due_at: Timestamp,
    pub overdue: bool,
    pub accepted_at: Option<Timestamp>,
    pub accepted_by: Option<StaffId>,
    pub level: i16,
    /// How often its ladder has been used up.
    pub round: i16,
    pub climbs_at: Option<Timestamp>,
}

/// One call to a person that he missed; desk and telephone rung at once are one call, and what he
/// heard weighs more than what rang in vain.
#[derive(Clone, Debug)]
pub struct MissedCall {
    pub attempt: AttemptId,
    pub ticket: TicketId,
    pub matter: MatterId,
    pub code: String,
    pub unit: Option<UnitId>,
    pub staff: Option<StaffId>,
    pub channel: String,
    pub level: i16,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub outcome: String,
}

/// The cases that one matter rang for in one ward, and how far its tickets are.
#[derive(Clone, Debug)]
pub struct NewsLine {
    /// `None` for cases that rang for nobody.
    pub matter: Option<MatterId>,
    pub code: Option<String>,
    pub ward: UnitId,
    /// When the first of them became an F0.
    pub since: Timestamp,
    pub cases: i64,
    pub tickets: i64,
    pub accepted: i64,
    pub resolved: i64,
    pub overdue: i64,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub enum Listed {
    Tickets(Vec<TicketLine>),
    Missed(Vec<MissedCall>),
    News(Vec<NewsLine>),
}

/// Lines of a page.
pub const LINES: i64 = 200;

/// The list that a figure opens, at most [`LINES`] lines from `skip` on. The actor sees what the board
/// itself would count for him.
pub async fn listed(cx: &mut Cx, opens: &Opens, skip: u32) -> Result<Listed> {
    let tree = units::tree(cx).await?;
    let mut view = View::of(cx, &tree, Action::BoardSee, opens.unit)?;
    if opens.list == List::F0 {
        view = view.with_wards(&tree);
    }
    if let Some(unit) = opens.unit.filter(|_| opens.alone) {
        if !view.covers(unit) {
            return Err(Error::NotFound);
        }
        view.units = Some([unit].into());
    }
    let today = units::today(cx).await?;
    let days = (opens.from.unwrap_or(today), opens.to.unwrap_or(today));
    let skip = i64::from(skip);
    if let Some((day, slot)) = opens.day.zip(opens.slot) {
        let stood = brief::stood(cx, day, slot, opens, &view).await?;
        return stood_then(cx, &stood, skip).await.map(Listed::Tickets);
    }
    match opens.list {
        List::Missed => {
            let span = span(cx, opens, days).await?;
            happened::missed(cx, &view, span, opens.outcome.as_deref(), LINES, skip).await.map(Listed::Missed)
        }
        List::F0 => {
            let when = match opens.since.zip(opens.until) {
                Some((since, until)) => When::Span(since, until),
                None => When::Days(days.0, days.1),
            };
            happened::news(cx, &view, when, LINES, skip).await.map(Listed::News)
        }
        List::Accepted => {
            let span = span(cx, opens, days).await?;
            happened::accepted(cx, &view, opens, span, skip).await.map(Listed::Tickets)
        }
        List::Ringing | List::Open | List::Directives => {
            tickets(cx, &view, opens, skip).await.map(Listed::Tickets)
        }
    }
}

/// The span of a list; days run from the first midnight to the one after the last day.
async fn span(cx: &mut Cx, opens: &Opens, (from, to): (Date, Date)) -> Result<(Timestamp, Timestamp)> {
    if let Some(span) = opens.since.zip(opens.until) {
        return Ok(span);
    }
    let zone = units::timezone(cx).await?;
    let midnight = |day: Date, zone: &TimeZone| -> Result<Timestamp> {
        Ok(day.to_zoned(zone.clone()).map_err(|_| Error::invalid("from", "error-date-none"))?.timestamp())
    };
    let after = to.tomorrow().map_err(|_| Error::invalid("to", "error-date-none"))?;
    Ok((midnight(from, &zone)?, midnight(after, &zone)?))
}

pub(super) struct Row {
    pub id: Uuid,
    pub matter_id: Uuid,
    pub code: String,
    pub kind: String,
    pub severity: String,
    pub task: serde_json::Value,
    pub unit_id: Option<Uuid>,
    pub ward_id: Option<Uuid>,
    pub state: String,
    pub opened_at: jiff_sqlx::Timestamp,
    pub due_at: jiff_sqlx::Timestamp,
    pub overdue: bool,
    pub accepted_at: Option<jiff_sqlx::Timestamp>,
    pub accepted_by: Option<Uuid>,
    pub level: i16,
    pub round: i16,
    pub climbs_at: Option<jiff_sqlx::Timestamp>,
}

impl TryFrom<Row> for TicketLine {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            matter: row.matter_id.into(),
            code: row.code,
            kind: row.kind,
            severity: row.severity.parse()?,
            task: row.task,
            unit: row.unit_id.map(UnitId),
            ward: row.ward_id.map(UnitId),
            state: row.state.parse()?,
            opened_at: row.opened_at.to_jiff(),
            due_at: row.due_at.to_jiff(),
            overdue: row.overdue,
            accepted_at: row.accepted_at.map(jiff_sqlx::Timestamp::to_jiff),
            accepted_by: row.accepted_by.map(StaffId),
            level: row.level,
            round: row.round,
            climbs_at: row.climbs_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

async fn tickets(cx: &mut Cx, view: &View, opens: &Opens, skip: i64) -> Result<Vec<TicketLine>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let (soon, day) = now::band_edges(now);
    let units = view.ids();
    // The unit of zeros stands for organisations.
    let outside = opens.unit.is_some_and(|unit| unit.uuid().is_nil());
    let rows = if opens.list == List::Ringing {
        sqlx::query_as!(
            Row,
            r#"select t.id, t.matter_id, t.code, t.kind, t.severity, t.task, t.unit_id, m.ward_id, t.state, t.opened_at,
                  t.due_at, t.overdue_at is not null as "overdue!", t.accepted_at, t.accepted_by, t.level, t.round,
                  t.climbs_at
               from tickets t join matters m on m.tenant_id = $1 and m.id = t.matter_id
               where t.tenant_id = $1 and t.state = 'open' and t.severity = 'emergency'
                 and ($2::uuid[] is null or t.unit_id = any($2) or ($3 and t.unit_id is null))
               order by t.level_started_at, t.id limit $4 offset $5"#,
            tenant,
            units as Option<Vec<Uuid>>,
            outside,
            LINES,
            skip
        )
        .fetch_all(cx.conn())
        .await?
    } else {
        let directives = opens.list == List::Directives;
        let band = if directives { Some(Band::Late) } else { opens.band };
        let band = band.map(|band| match band {
            Band::Late => 0,
            Band::Paused => 1,
            Band::Soon => 2,
            Band::Today => 3,
            Band::More => 4,
        });
        sqlx::query_as!(
            Row,
            r#"select t.id, t.matter_id, t.code, t.kind, t.severity, t.task, t.unit_id, m.ward_id, t.state, t.opened_at,
                  t.due_at, t.overdue_at is not null as "overdue!", t.accepted_at, t.accepted_by, t.level, t.round,
                  t.climbs_at
               from tickets t join matters m on m.tenant_id = $1 and m.id = t.matter_id
               where t.tenant_id = $1 and t.state in ('open', 'accepted', 'paused')
                 and (not $3 or t.kind = 'directive')
                 and ($2::uuid[] is null or t.unit_id = any($2) or ($4 and t.unit_id is null)
                      or ($3 and t.given_by_unit_id = any($2)))
                 and ($5::integer is null
                      or $5 = case when t.overdue_at is not null then 0 when t.state = 'paused' then 1
                                   when t.due_at <= $6 then 0 when t.due_at < $7 then 2 when t.due_at < $8 then 3
                                   else 4 end)
               order by t.due_at, t.id limit $9 offset $10"#,
            tenant,
            units as Option<Vec<Uuid>>,
            directives,
            outside,
            band,
            now.to_sqlx(),
            soon.to_sqlx(),
            day.to_sqlx(),
            LINES,
            skip
        )
        .fetch_all(cx.conn())
        .await?
    };
    rows.into_iter().map(TicketLine::try_from).collect()
}

/// Tickets that stood in a brief, as they are today.
async fn stood_then(cx: &mut Cx, ids: &[TicketId], skip: i64) -> Result<Vec<TicketLine>> {
    let tenant = cx.tenant().uuid();
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select t.id, t.matter_id, t.code, t.kind, t.severity, t.task, t.unit_id, m.ward_id, t.state, t.opened_at,
                  t.due_at, t.overdue_at is not null as "overdue!", t.accepted_at, t.accepted_by, t.level, t.round,
                  t.climbs_at
           from tickets t join matters m on m.tenant_id = $1 and m.id = t.matter_id
           where t.tenant_id = $1 and t.id = any($2)
           order by t.due_at, t.id limit $3 offset $4"#,
        tenant,
        &ids,
        LINES,
        skip
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(TicketLine::try_from).collect()
}
