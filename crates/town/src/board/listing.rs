//! The list behind a figure: the tickets, calls or news that it counts.

use super::{fold, model::Band, now, view::View};
use duty::{
    permissions::Action,
    tickets::{Severity, State},
    units,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use jiff_sqlx::ToSqlx;
use kernel::{AttemptId, Error, MatterId, Result, StaffId, TicketId, UnitId};
use serde::{Deserialize, Serialize};
use sqlx::types::Uuid;
use store::Cx;

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// Emergencies that nobody has accepted, the longest waiting first.
    Ringing,
    /// News of F0, the newest first.
    F0,
    /// Open tickets, least time left first; a band narrows it.
    Open,
    /// Tickets accepted in the days given, the newest first.
    Accepted,
    /// Calls missed in the days given, the newest first.
    Missed,
    /// Directives past their due time, the oldest first.
    Directives,
}

/// What a figure opens; its fields are the query of the list's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opens {
    pub list: List,
    /// This unit and all below it; the unit of zeros is every organisation.
    pub unit: Option<UnitId>,
    /// The unit alone.
    #[serde(default)]
    pub alone: bool,
    pub band: Option<Band>,
    /// Days of the district, both included.
    pub from: Option<Date>,
    pub to: Option<Date>,
}

impl Opens {
    /// The query of the list's address, without `?`.
    pub fn query(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        let fields = ["list", "unit", "band", "from", "to"];
        let mut said: Vec<String> =
            fields.iter().filter_map(|name| Some(format!("{name}={}", value[*name].as_str()?))).collect();
        if self.alone {
            said.push("alone=true".into());
        }
        said.join("&")
    }
}

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
    pub climbs_at: Option<Timestamp>,
}

/// One try to reach a person that was missed. Desk and telephone stand apart here and count as one
/// call in the figure.
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

/// One piece of news and how far its tickets are.
#[derive(Clone, Debug)]
pub struct NewsLine {
    pub matter: MatterId,
    pub code: String,
    pub kind: String,
    pub ward: Option<UnitId>,
    pub opened_at: Timestamp,
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
const PAGE: i64 = 200;

/// The list that a figure opens, at most 200 lines from `skip` on. The actor sees what the board
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
    let (from, to) = span(cx, opens).await?;
    match opens.list {
        List::Missed => missed(cx, &view, from, to, skip).await.map(Listed::Missed),
        List::F0 => news(cx, &view, from, to, skip).await.map(Listed::News),
        _ => tickets(cx, &view, opens, (from, to), skip).await.map(Listed::Tickets),
    }
}

/// The days of a list as times: from the first midnight to the one after the last day.
async fn span(cx: &mut Cx, opens: &Opens) -> Result<(Timestamp, Timestamp)> {
    let zone = units::timezone(cx).await?;
    let today = units::today(cx).await?;
    let midnight = |day: Date, zone: &TimeZone| -> Result<Timestamp> {
        Ok(day.to_zoned(zone.clone()).map_err(|_| Error::invalid("from", "error-date-none"))?.timestamp())
    };
    let (from, to) = (opens.from.unwrap_or(today), opens.to.unwrap_or(today));
    let after = to.tomorrow().map_err(|_| Error::invalid("to", "error-date-none"))?;
    Ok((midnight(from, &zone)?, midnight(after, &zone)?))
}

struct Row {
    id: Uuid,
    matter_id: Uuid,
    code: String,
    kind: String,
    severity: String,
    task: serde_json::Value,
    unit_id: Option<Uuid>,
    ward_id: Option<Uuid>,
    state: String,
    opened_at: jiff_sqlx::Timestamp,
    due_at: jiff_sqlx::Timestamp,
    overdue: bool,
    accepted_at: Option<jiff_sqlx::Timestamp>,
    accepted_by: Option<Uuid>,
    level: i16,
    climbs_at: Option<jiff_sqlx::Timestamp>,
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
            climbs_at: row.climbs_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

async fn tickets(
    cx: &mut Cx,
    view: &View,
    opens: &Opens,
    (from, to): (Timestamp, Timestamp),
    skip: u32,
) -> Result<Vec<TicketLine>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let (soon, day) = now::band_edges(now);
    let units = view.ids();
    // The unit of zeros stands for organisations.
    let outside = opens.unit.is_some_and(|unit| unit.uuid().is_nil());
    let skip = i64::from(skip);
    let rows = match opens.list {
        List::Ringing => {
            sqlx::query_as!(
                Row,
                r#"select t.id, t.matter_id, t.code, t.kind, t.severity, t.task, t.unit_id, m.ward_id, t.state, t.opened_at,
                          t.due_at, t.overdue_at is not null as "overdue!", t.accepted_at, t.accepted_by, t.level, t.climbs_at
                   from tickets t join matters m on m.tenant_id = $1 and m.id = t.matter_id
                   where t.tenant_id = $1 and t.state = 'open' and t.severity = 'emergency'
                     and ($2::uuid[] is null or t.unit_id = any($2) or ($3 and t.unit_id is null))
                   order by t.level_started_at, t.id limit $4 offset $5"#,
                tenant,
                units as Option<Vec<Uuid>>,
                outside,
                PAGE,
                skip
            )
            .fetch_all(cx.conn())
            .await?
        }
        List::Accepted => {
            sqlx::query_as!(
                Row,
                r#"select t.id, t.matter_id, t.code, t.kind, t.severity, t.task, t.unit_id, m.ward_id, t.state, t.opened_at,
                          t.due_at, t.overdue_at is not null as "overdue!", t.accepted_at, t.accepted_by, t.level, t.climbs_at
                   from tickets t join matters m on m.tenant_id = $1 and m.id = t.matter_id
                   where t.tenant_id = $1 and t.accepted_at >= $3 and t.accepted_at < $4
                     and ($2::uuid[] is null or t.unit_id = any($2) or ($5 and t.unit_id is null))
                   order by t.accepted_at desc, t.id limit $6 offset $7"#,
                tenant,
                units as Option<Vec<Uuid>>,
                from.to_sqlx(),
                to.to_sqlx(),
                outside,
                PAGE,
                skip
            )
            .fetch_all(cx.conn())
            .await?
        }
        List::Open | List::Directives | List::Missed | List::F0 => {
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
                          t.due_at, t.overdue_at is not null as "overdue!", t.accepted_at, t.accepted_by, t.level, t.climbs_at
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
                PAGE,
                skip
            )
            .fetch_all(cx.conn())
            .await?
        }
    };
    rows.into_iter().map(TicketLine::try_from).collect()
}

async fn news(cx: &mut Cx, view: &View, from: Timestamp, to: Timestamp, skip: u32) -> Result<Vec<NewsLine>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select m.id, m.code, m.kind, m.ward_id, m.opened_at, count(t.id) as "tickets!",
                  count(t.accepted_at) as "accepted!", count(t.resolved_at) as "resolved!", count(t.overdue_at) as "overdue!"
           from (select * from matters
                 where tenant_id = $1 and opened_at >= $3 and opened_at < $4 and kind = any($7)
                   and ($2::uuid[] is null or ward_id = any($2))
                 order by opened_at desc, id limit $5 offset $6) m
           left join tickets t on t.tenant_id = $1 and t.matter_id = m.id and t.kind <> 'directive'
           group by m.id, m.code, m.kind, m.ward_id, m.opened_at
           order by m.opened_at desc, m.id"#,
        tenant,
        view.ids() as Option<Vec<Uuid>>,
        from.to_sqlx(),
        to.to_sqlx(),
        PAGE,
        i64::from(skip),
        &fold::F0_NEWS.map(str::to_owned)
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| NewsLine {
            matter: row.id.into(),
            code: row.code,
            kind: row.kind,
            ward: row.ward_id.map(UnitId),
            opened_at: row.opened_at.to_jiff(),
            tickets: row.tickets,
            accepted: row.accepted,
            resolved: row.resolved,
            overdue: row.overdue,
        })
        .collect())
}

/// Tries that ended without an acceptance, rings only, of levels that went by: what
/// `duty::tickets::missed_in` counts, one line a try.
async fn missed(
    cx: &mut Cx,
    view: &View,
    from: Timestamp,
    to: Timestamp,
    skip: u32,
) -> Result<Vec<MissedCall>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select a.id, a.ticket_id, t.matter_id, t.code, a.unit_id, a.staff_id, a.channel, a.level, a.started_at,
                  a.ended_at as "ended_at!", a.outcome as "outcome!"
           from attempts a join tickets t on t.tenant_id = $1 and t.id = a.ticket_id
           where a.tenant_id = $1 and a.ended_at >= $3 and a.ended_at < $4
             and a.outcome in ('not_answered', 'heard_not_accepted', 'busy', 'rejected', 'unreachable')
             and a.tone = 'ring' and a.channel <> 'email'
             and not (a.outcome = 'unreachable' and a.channel = 'call' and a.ringing_at is null and a.sip_code is null)
             and ($2::uuid[] is null or a.unit_id = any($2))
             and not exists (select from attempts b
                             where b.tenant_id = $1 and b.ticket_id = a.ticket_id and b.started_at = a.started_at
                               and b.level = a.level
                               and (b.ended_at is null or b.outcome in ('accepted', 'taken')
                                    or (b.outcome = 'passed_up' and b.unit_id is not distinct from a.unit_id
                                        and b.staff_id is not distinct from a.staff_id)))
           order by a.ended_at desc, a.id limit $5 offset $6"#,
        tenant,
        view.ids() as Option<Vec<Uuid>>,
        from.to_sqlx(),
        to.to_sqlx(),
        PAGE,
        i64::from(skip)
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
