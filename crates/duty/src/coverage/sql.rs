use super::model::Held;
use crate::{rosters::Period, units};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, Role, UnitId};
use serde_json::Value;
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// Who is on duty at units in a span, as the call engine will find them.
pub(super) async fn on_duty(cx: &mut Cx, at: &[UnitId], span: Period) -> Result<BTreeMap<UnitId, Vec<Held>>> {
    let (tenant, ids) = (cx.tenant().uuid(), at.iter().map(|unit| unit.uuid()).collect::<Vec<Uuid>>());
    let zone = units::zone_name(cx).await?;
    let rows = sqlx::query!(
        r#"select s.unit_id, s.starts_at,
                  least(s.ends_at, f.left_on::timestamp at time zone $5) as "ends_at!",
                  f.phone is not null as "has_phone!"
           from shifts s join staff f on f.tenant_id = $1 and f.id = s.staff_id
           where s.tenant_id = $1 and s.unit_id = any($2) and s.ends_at > $3 and s.starts_at < $4"#,
        tenant,
        &ids,
        span.start().to_sqlx(),
        span.end().to_sqlx(),
        zone
    )
    .fetch_all(cx.conn())
    .await?;
    let mut held: BTreeMap<UnitId, Vec<Held>> = BTreeMap::new();
    for row in rows {
        // Hours after the day on which somebody leaves are nobody's.
        if let Ok(period) = Period::new(row.starts_at.to_jiff(), row.ends_at.to_jiff()) {
            held.entry(row.unit_id.into()).or_default().push(Held { period, has_phone: row.has_phone });
        }
    }
    Ok(held)
}

/// A post at a unit, with the hours for which somebody holds it.
pub(super) struct PostHeld {
    pub unit: UnitId,
    pub role: Role,
    pub head: bool,
    pub held: Held,
}

pub(super) async fn posts(cx: &mut Cx, units: &[UnitId], tz: &TimeZone) -> Result<Vec<PostHeld>> {
    let (tenant, ids) = (cx.tenant().uuid(), units.iter().map(|unit| unit.uuid()).collect::<Vec<Uuid>>());
    let today = cx.now().to_zoned(tz.clone()).date().to_sqlx();
    let rows = sqlx::query!(
        r#"select p.unit_id, p.role, p.head, p.valid_from, p.valid_to, f.left_on, f.phone is not null as "has_phone!"
           from posts p join staff f on f.tenant_id = $1 and f.id = p.staff_id
           where p.tenant_id = $1 and p.unit_id = any($2)
             and (p.valid_to is null or p.valid_to >= $3)"#,
        tenant,
        &ids,
        today
    )
    .fetch_all(cx.conn())
    .await?;
    let midnight = |day: Date| tz.to_timestamp(day.at(0, 0, 0, 0)).map_err(Error::internal);
    let mut posts = Vec::with_capacity(rows.len());
    for row in rows {
        let end = row.valid_to.and_then(|last| last.to_jiff().tomorrow().ok());
        let left = row.left_on.map(jiff_sqlx::Date::to_jiff);
        let end = [end, left].into_iter().flatten().min().map(midnight).transpose()?;
        let Ok(period) = Period::new(midnight(row.valid_from.to_jiff())?, end.unwrap_or(Timestamp::MAX))
        else {
            continue;
        };
        posts.push(PostHeld {
            unit: row.unit_id.into(),
            role: row.role.parse()?,
            head: row.head,
            held: Held { period, has_phone: row.has_phone },
        });
    }
    Ok(posts)
}

/// The parts of the tenant's pack that open tickets: categories, matters, heartbeats.
pub(super) async fn openings(cx: &mut Cx) -> Result<(Value, Value, Value)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select config -> 'categories' as "categories!", config -> 'matters' as "matters!",
                  config -> 'heartbeats' as "heartbeats!"
           from tenants where id = $1"#,
        tenant
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.categories, row.matters, row.heartbeats))
}
