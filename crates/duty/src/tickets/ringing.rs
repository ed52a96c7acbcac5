//! What rings now: at the desks of units, and on telephones.

use super::attempts::Attempt;
use crate::staff;
use jiff::Timestamp;
use kernel::{AttemptId, Error, Result, StaffId, TicketId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// A ring or a notice that stands at a duty desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ringing {
    pub attempt: AttemptId,
    pub ticket: TicketId,
    pub level: i16,
    /// `ring` or `notice`.
    pub tone: String,
    pub ringing_at: Option<Timestamp>,
    /// When its level climbs, as things stand: an answer on the telephone moves it.
    pub until: Option<Timestamp>,
}

/// A notice may stand open for days: only the newest are shown at a desk; rings always are.
const NOTICES: i64 = 20;

/// What rings now at the desks of `units`: emergencies first, all of them, then the newest notices.
pub async fn ringing(cx: &mut Cx, units: &[UnitId]) -> Result<Vec<Ringing>> {
    let (tenant, ids) = (cx.tenant().uuid(), units.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        r#"with shown as (
             (select id, ticket_id, level, tone, ringing_at, started_at from attempts
              where tenant_id = $1 and unit_id = any($2) and ended_at is null and channel = 'desk' and tone = 'ring')
             union all
             (select id, ticket_id, level, tone, ringing_at, started_at from attempts
              where tenant_id = $1 and unit_id = any($2) and ended_at is null and channel = 'desk' and tone = 'notice'
              order by started_at desc limit $3))
           select s.id as "id!", s.ticket_id as "ticket_id!", s.level as "level!", s.tone as "tone!", s.ringing_at, t.climbs_at
           from shown s join tickets t on t.tenant_id = $1 and t.id = s.ticket_id
           order by s.tone = 'ring' desc, s.started_at desc, s.id"#,
        tenant,
        &ids,
        NOTICES
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Ringing {
            attempt: row.id.into(),
            ticket: row.ticket_id.into(),
            level: row.level,
            tone: row.tone,
            ringing_at: row.ringing_at.map(jiff_sqlx::Timestamp::to_jiff),
            until: row.climbs_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// The calls that have not ended, each with when it was heard of last: that it began, or left.
pub async fn running_calls(cx: &mut Cx) -> Result<Vec<(AttemptId, Timestamp)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select id, greatest(started_at, invited_at) as "at!" from attempts
           where tenant_id = $1 and ended_at is null and channel = 'call' order by id"#,
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (AttemptId(row.id), row.at.to_jiff())).collect())
}

/// Whether the person whom this attempt calls is talking to us about another ticket just now, or is in another call
/// of ours, or rung by it: a doctor who is fetched to a family talks to it, and misses nothing.
pub async fn talks_about_another(cx: &mut Cx, attempt: &Attempt) -> Result<bool> {
    let (tenant, staff) = (cx.tenant().uuid(), attempt.staff.map(Uuid::from));
    Ok(sqlx::query_scalar!(
        r#"select exists (select from attempts
                          where tenant_id = $1 and staff_id = $2 and ended_at is null and channel = 'call'
                            and answered_at is not null and id <> $3)
                  or exists (select from calls where tenant_id = $1 and staff_id = $2 and ended_at is null) as "talks!""#,
        tenant,
        staff,
        attempt.id.uuid()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// What a call of a ladder is placed with.
pub struct Ring {
    /// When it was heard of last: that it began, or left.
    pub at: Timestamp,
    /// It climbed or was accepted meanwhile.
    pub is_over: bool,
    /// Whoever it calls talks to us about something else, as [`talks_about_another`] has it.
    pub is_engaged: bool,
    /// The number of whoever it calls, opened; `None` where there is none on record.
    pub number: Option<String>,
    pub code: String,
    pub ladder: String,
    pub ward: Option<UnitId>,
}

/// Read at once: two hundred calls a second may leave. `NotFound` in another tenant.
pub async fn ring(cx: &mut Cx, attempt: AttemptId) -> Result<Ring> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select a.staff_id, greatest(a.started_at, a.invited_at) as "at!", a.ended_at is not null as "is_over!", t.code, t.ladder ->> 'name_vi' as "ladder!",
                  m.ward_id, f.phone as "phone?",
                  exists (select from attempts o
                          where o.tenant_id = $1 and o.staff_id = a.staff_id and o.ended_at is null
                            and o.channel = 'call' and o.answered_at is not null and o.id <> $2)
                  or exists (select from calls c
                             where c.tenant_id = $1 and c.staff_id = a.staff_id and c.ended_at is null) as "is_engaged!"
           from attempts a
           join tickets t on t.tenant_id = $1 and t.id = a.ticket_id
           join matters m on m.tenant_id = $1 and m.id = t.matter_id
           left join staff f on f.tenant_id = $1 and f.id = a.staff_id
           where a.tenant_id = $1 and a.id = $2"#,
        tenant,
        attempt.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let number = match row.staff_id.zip(row.phone) {
        Some((id, sealed)) => Some(staff::opened_phone(cx, StaffId(id), &sealed)?),
        None => None,
    };
    Ok(Ring {
        at: row.at.to_jiff(),
        is_over: row.is_over,
        is_engaged: row.is_engaged,
        number,
        code: row.code,
        ladder: row.ladder,
        ward: row.ward_id.map(UnitId),
    })
}

/// Whether a ladder rings the telephone of this person now, or talks with him.
pub async fn is_rung(cx: &mut Cx, staff: StaffId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from attempts
                          where tenant_id = $1 and staff_id = $2 and ended_at is null and channel = 'call'
                            and (invited_at is not null or ringing_at is not null or answered_at is not null)) as "rung!""#,
        tenant,
        staff.uuid()
    )
    .fetch_one(cx.conn())
    .await?)
}
