//! What is asked of a gate here: where it stands and who answers for it.

use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{GateId, OrganisationId, PlaceId, Result, UnitId};
use sqlx::{Row, types::Uuid};
use std::collections::BTreeMap;
use store::Cx;

#[derive(Clone, Debug)]
pub(super) struct Gate {
    pub name: String,
    /// Whose shop it is, if it is one.
    pub organisation: Option<OrganisationId>,
    pub unit: UnitId,
    pub place: Option<PlaceId>,
    pub point: Option<(f64, f64)>,
}

/// These gates, as far as they are there.
pub(super) async fn gates(cx: &mut Cx, ids: &[GateId]) -> Result<BTreeMap<GateId, Gate>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query(
        "select id, name, organisation_id, unit_id, place_id, lat, lon
         from gates where tenant_id = $1 and id = any ($2)",
    )
    .bind(cx.tenant().uuid())
    .bind(ids)
    .fetch_all(cx.conn())
    .await?;
    let mut gates = BTreeMap::new();
    for row in rows {
        let gate = Gate {
            name: row.try_get("name")?,
            organisation: row.try_get::<Option<Uuid>, _>("organisation_id")?.map(OrganisationId),
            unit: UnitId(row.try_get("unit_id")?),
            place: row.try_get::<Option<Uuid>, _>("place_id")?.map(PlaceId),
            point: row.try_get::<Option<f64>, _>("lat")?.zip(row.try_get("lon")?),
        };
        gates.insert(GateId(row.try_get("id")?), gate);
    }
    Ok(gates)
}

/// The gates of a place, also those that have ended: somebody was there.
pub(super) async fn at_place(cx: &mut Cx, place: PlaceId) -> Result<Vec<GateId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar("select id from gates where tenant_id = $1 and place_id = $2")
        .bind(cx.tenant().uuid())
        .bind(place.uuid())
        .fetch_all(cx.conn())
        .await?;
    Ok(ids.into_iter().map(GateId).collect())
}

/// The gates that are there on a day, by name, each with the unit that answers for it.
pub(super) async fn active(cx: &mut Cx, day: Date) -> Result<Vec<(GateId, String, UnitId)>> {
    let rows: Vec<(Uuid, String, Uuid)> = sqlx::query_as(
        "select id, name, unit_id from gates
         where tenant_id = $1 and active_from <= $2 and (active_until is null or active_until >= $2)
         order by search, id",
    )
    .bind(cx.tenant().uuid())
    .bind(day.to_sqlx())
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|(id, name, unit)| (GateId(id), name, UnitId(unit))).collect())
}

/// Gates of some units by a part of their name, those that have ended too; each with its place.
pub(super) async fn found(
    cx: &mut Cx,
    units: &[UnitId],
    text: &str,
    most: i64,
) -> Result<Vec<(GateId, String, Option<PlaceId>)>> {
    let units: Vec<Uuid> = units.iter().map(|unit| unit.uuid()).collect();
    let rows: Vec<(Uuid, String, Option<Uuid>)> = sqlx::query_as(
        "select id, name, place_id from gates
         where tenant_id = $1 and unit_id = any ($2) and strpos(search, $3) > 0
         order by search, id limit $4",
    )
    .bind(cx.tenant().uuid())
    .bind(units)
    .bind(text)
    .bind(most)
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|(id, name, place)| (GateId(id), name, place.map(PlaceId))).collect())
}
