use super::{
    model::{By, Colour, Direction},
    scan::hour,
    whose::Mark,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{GateId, Result};
use sqlx::types::Uuid;
use store::Cx;

/// A scan as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub key: Uuid,
    pub gate: GateId,
    pub device: Option<Uuid>,
    pub at: Timestamp,
    pub doubted: bool,
    pub direction: Direction,
    pub by: By,
    pub colour: Colour,
    pub mark: Option<Mark>,
    /// The numbers of its reasons.
    pub reasons: Option<Vec<u8>>,
    pub rules: Option<String>,
    pub picked_of: Option<i16>,
}

/// Writes rows and what is to be looked at afterwards; the keys that were new. The rows stand in order of their
/// keys, so that two writers of the same keys wait for each other and never in a circle.
pub(super) async fn insert(cx: &mut Cx, batch: Uuid, rows: &[Row]) -> Result<Vec<Uuid>> {
    let n = rows.len();
    let (mut keys, mut gates, mut devices) =
        (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut times, mut hours, mut doubted) =
        (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut directions, mut bys, mut colours) =
        (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut numbers, mut reasons) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut rules, mut picked) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for row in rows {
        keys.push(row.key);
        gates.push(row.gate.uuid());
        devices.push(row.device);
        times.push(row.at.to_sqlx());
        hours.push(hour(row.at));
        doubted.push(row.doubted);
        directions.push(row.direction.as_str());
        bys.push(row.by.as_str());
        colours.push(row.colour.as_str());
        numbers.push(row.mark.as_ref().map(|mark| mark.number.as_slice()));
        reasons.push(row.reasons.as_deref());
        rules.push(row.rules.as_deref());
        picked.push(row.picked_of);
    }
    let tenant = cx.tenant().uuid();
    // A hundred keys a row: more would be put aside into a table of its own.
    let new = sqlx::query_scalar!(
        r#"with added as (
               insert into checkins (tenant_id, id, gate_id, device_id, at, hour, doubted, direction, by, colour, number,
                                     reasons, rules, picked_of)
               select $1, s.*
               from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::int[], $8::bool[], $9::text[],
                           $10::text[], $11::text[], $12::bytea[], $13::bytea[], $14::text[], $15::smallint[]) as s
               on conflict do nothing
               returning id),
           noted as (
               insert into checkin_batches (tenant_id, id, part, keys)
               select $1, $2, (n.at - 1) / 100, array_agg(n.id)
               from (select id, row_number() over () as at from added) as n
               group by (n.at - 1) / 100)
           select id as "id!" from added"#,
        tenant,
        batch,
        &keys,
        &gates,
        &devices as _,
        &times as _,
        &hours,
        &doubted,
        &directions as _,
        &bys as _,
        &colours as _,
        &numbers as _,
        &reasons as _,
        &rules as _,
        &picked as _
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(new)
}

/// The oldest key of the tenant.
pub(super) async fn oldest(cx: &mut Cx) -> Result<Option<Uuid>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!("select id from checkins where tenant_id = $1 order by id limit 1", tenant)
        .fetch_optional(cx.conn())
        .await?)
}

/// Deletes the keys from one up to, and without, another; how many they were.
pub(super) async fn delete(cx: &mut Cx, from: Uuid, before: Uuid) -> Result<u64> {
    let tenant = cx.tenant().uuid();
    let deleted = sqlx::query!(
        "delete from checkins where tenant_id = $1 and id >= $2 and id < $3",
        tenant,
        from,
        before
    )
    .execute(cx.conn())
    .await?;
    Ok(deleted.rows_affected())
}
