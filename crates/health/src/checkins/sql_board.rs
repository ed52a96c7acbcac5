//! What a figure of the board counts, gate by gate.

use super::{
    figures::{AtGate, Colours},
    model::Reason,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{GateId, Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

struct Row {
    gate_id: Uuid,
    name: String,
    unit_id: Uuid,
    green: i64,
    yellow: i64,
    red: i64,
}

impl From<Row> for AtGate {
    fn from(row: Row) -> Self {
        let colours = Colours { green: row.green, yellow: row.yellow, red: row.red };
        Self { gate: GateId(row.gate_id), name: row.name, unit: UnitId(row.unit_id), colours }
    }
}

pub(super) async fn hours(cx: &mut Cx, from: Timestamp, to: Timestamp, most: i64) -> Result<Vec<AtGate>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select g.id as gate_id, g.name, g.unit_id, h.green as "green!", h.yellow as "yellow!", h.red as "red!"
           from (select gate_id, sum(green) as green, sum(yellow) as yellow, sum(red) as red from checkin_hours
                 where tenant_id = $1 and hour >= $2 and hour < $3 group by gate_id) h
           join gates g on g.tenant_id = $1 and g.id = h.gate_id
           order by h.green + h.yellow + h.red desc, g.search, g.id limit $4"#,
        tenant,
        from.to_sqlx(),
        to.to_sqlx(),
        most
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(AtGate::from).collect())
}

pub(super) async fn minute(cx: &mut Cx, at: Timestamp, most: i64) -> Result<Vec<AtGate>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select g.id as gate_id, g.name, g.unit_id, m.green::bigint as "green!", m.yellow::bigint as "yellow!",
                  m.red::bigint as "red!"
           from checkin_minutes m
           join gates g on g.tenant_id = $1 and g.id = m.gate_id
           where m.tenant_id = $1 and m.minute = $2
           order by m.green + m.yellow + m.red desc, g.search, g.id limit $3"#,
        tenant,
        at.to_sqlx(),
        most
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(AtGate::from).collect())
}

/// Red scans beside which a reason stood.
pub(super) async fn refused(
    cx: &mut Cx,
    reason: Reason,
    from: Timestamp,
    to: Timestamp,
    most: i64,
) -> Result<Vec<AtGate>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select g.id as gate_id, g.name, g.unit_id, 0::bigint as "green!", 0::bigint as "yellow!", r.n as "red!"
           from (select gate_id, sum(n) as n from checkin_refusals
                 where tenant_id = $1 and hour >= $2 and hour < $3 and reason = $4 group by gate_id) r
           join gates g on g.tenant_id = $1 and g.id = r.gate_id
           order by r.n desc, g.search, g.id limit $5"#,
        tenant,
        from.to_sqlx(),
        to.to_sqlx(),
        i16::from(reason.number()),
        most
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(AtGate::from).collect())
}

/// Which gates have somebody inside since the day began, the fullest by their room first.
pub(super) async fn fullest(cx: &mut Cx, day: Timestamp, most: i64) -> Result<Vec<(GateId, u32)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select c.gate_id, c.inside
         from checkin_gates c
         join gates g on g.tenant_id = $1 and g.id = c.gate_id
         where c.tenant_id = $1 and c.day_from = $2 and c.inside > 0
         order by c.inside::float8 / g.capacity desc nulls last, c.inside desc, g.id limit $3",
        tenant,
        day.to_sqlx(),
        most
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (GateId(row.gate_id), u32::try_from(row.inside).unwrap_or(0))).collect())
}

pub(super) async fn folded_at(cx: &mut Cx) -> Result<Option<Timestamp>> {
    let tenant = cx.tenant().uuid();
    let at = sqlx::query_scalar!("select folded_at from checkin_folds where tenant_id = $1", tenant)
        .fetch_optional(cx.conn())
        .await?;
    Ok(at.map(jiff_sqlx::Timestamp::to_jiff))
}
