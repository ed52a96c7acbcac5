//! What rings now: at the desks of units, and on telephones.

use super::attempts::Attempt;
use jiff::Timestamp;
use kernel::{AttemptId, Result, StaffId, TicketId, UnitId};
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

/// The calls that have not ended.
pub async fn running_calls(cx: &mut Cx) -> Result<Vec<AttemptId>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        "select id from attempts where tenant_id = $1 and ended_at is null and channel = 'call' order by id",
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(AttemptId).collect())
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
