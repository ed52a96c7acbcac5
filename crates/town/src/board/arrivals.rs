//! When data sets arrived, asked of the tables and of the record.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::Result;
use std::collections::BTreeMap;
use store::Cx;

fn jiff(at: Option<jiff_sqlx::Timestamp>) -> Option<Timestamp> {
    at.map(jiff_sqlx::Timestamp::to_jiff)
}

/// When the event with this number in the chain happened.
pub(super) async fn sealed_at(cx: &mut Cx, seq: i64) -> Result<Option<Timestamp>> {
    let tenant = cx.tenant().uuid();
    let at = sqlx::query_scalar!(
        "select e.at from seals s join events e on e.tenant_id = $1 and e.id = s.event_id
         where s.tenant_id = $1 and s.seq = $2",
        tenant,
        seq
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(jiff(at))
}

/// When something was last handed over to an outside channel.
pub(super) async fn handed_over_at(cx: &mut Cx, channel: &str) -> Result<Option<Timestamp>> {
    let tenant = cx.tenant().uuid();
    let at = sqlx::query_scalar!(
        "select greatest(
             (select handed_over_at from messages
              where tenant_id = $1 and channel = $2 and handed_over_at is not null order by id desc limit 1),
             (select handed_over_at from texts
              where tenant_id = $1 and $2 = 'sms' and handed_over_at is not null
              order by created_at desc, id desc limit 1)) as at",
        tenant,
        channel
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(jiff(at))
}

/// The last of each kind of event about the tenant as a whole.
pub(super) async fn last_events(cx: &mut Cx, kinds: &[&str]) -> Result<BTreeMap<String, Timestamp>> {
    let tenant = cx.tenant().uuid();
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let rows = sqlx::query!(
        r#"select kind, max(at) as "at!" from events
           where tenant_id = $1 and object_id = $1 and kind = any($2) group by kind"#,
        tenant,
        &kinds
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.at.to_jiff())).collect())
}

/// Reports of one channel since a day.
pub(super) struct Channel {
    pub channel: String,
    pub reports: i64,
    pub last: Timestamp,
}

pub(super) async fn reports(cx: &mut Cx, since: Timestamp) -> Result<Vec<Channel>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select channel, count(*) as "reports!", max(received_at) as "last!" from reports
           where tenant_id = $1 and received_at >= $2 group by channel order by channel"#,
        tenant,
        since.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Channel { channel: row.channel, reports: row.reports, last: row.last.to_jiff() })
        .collect())
}

/// Officials in service, and plans of duty with the hours that stand empty.
pub(super) struct Kept {
    pub staff: i64,
    pub plans: i64,
    pub planned_at: Option<Timestamp>,
    pub gaps: i64,
}

pub(super) async fn kept(cx: &mut Cx) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select (select count(*) from staff where tenant_id = $1) as "staff!",
                  (select count(*) from roster_plans where tenant_id = $1 and undone_at is null) as "plans!",
                  (select max(created_at) from roster_plans where tenant_id = $1) as planned_at,
                  (select count(*) from roster_gaps where tenant_id = $1 and closed_at is null) as "gaps!""#,
        tenant
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(Kept { staff: row.staff, plans: row.plans, planned_at: jiff(row.planned_at), gaps: row.gaps })
}

/// When the district last wrote a version of a rule of its own.
pub(super) async fn rules_at(cx: &mut Cx) -> Result<Option<Timestamp>> {
    let tenant = cx.tenant().uuid();
    let at = sqlx::query_scalar!("select max(created_at) from rule_versions where tenant_id = $1", tenant)
        .fetch_one(cx.conn())
        .await?;
    Ok(jiff(at))
}
