//! What turns passes, as the record has it: isolations, who lives where, places that are closed off or stopped,
//! businesses that have ended.

use duty::units::shape;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{HouseholdId, LockdownId, OrganisationId, PersonId, PlaceId, PlanId, Result, UnitId};
use serde_json::Value;
use sqlx::types::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use store::Cx;

/// The earliest running isolation of each of these records as an F1.
pub(super) async fn isolations(cx: &mut Cx, records: &[Uuid]) -> Result<BTreeMap<PersonId, PlanId>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select person_id, id from follow_plans
         where tenant_id = $1 and person_id = any($2) and closed_at is null and subject = 'f1'
         order by person_id, id desc",
        tenant,
        records
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.person_id.into(), row.id.into())).collect())
}

/// The earliest isolation of an F1 that goes on in each of these households, or in the one that it has become.
pub(super) async fn isolations_at(
    cx: &mut Cx,
    homes: &[HouseholdId],
) -> Result<BTreeMap<HouseholdId, PlanId>> {
    let (tenant, homes) = (cx.tenant().uuid(), uuids(homes));
    let rows = sqlx::query!(
        r#"select distinct on (h.id) h.id, f.id as "plan!" from households h
           join follow_plans f on f.tenant_id = h.tenant_id and f.household_id = coalesce(h.joined_into, h.id)
                and f.closed_at is null and f.subject = 'f1'
           where h.tenant_id = $1 and h.id = any($2) order by h.id, f.id"#,
        tenant,
        &homes
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.plan.into())).collect())
}

/// Whose the plans are.
pub(super) async fn followed_by(cx: &mut Cx, plans: &[Uuid]) -> Result<Vec<PersonId>> {
    let tenant = cx.tenant().uuid();
    let people = sqlx::query_scalar!(
        "select person_id from follow_plans where tenant_id = $1 and id = any($2)",
        tenant,
        plans
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(people.into_iter().map(PersonId).collect())
}

/// Who lives in each of these households, or in the one that it has become.
pub(super) async fn members(cx: &mut Cx, homes: &[HouseholdId]) -> Result<Vec<(HouseholdId, PersonId)>> {
    let (tenant, homes) = (cx.tenant().uuid(), uuids(homes));
    let rows = sqlx::query!(
        "select h.id, m.person_id from households h
         join household_members m on m.tenant_id = h.tenant_id and m.household_id = coalesce(h.joined_into, h.id)
              and m.left_at is null
         where h.tenant_id = $1 and h.id = any($2) order by h.id, m.person_id",
        tenant,
        &homes
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.person_id.into())).collect())
}

/// Where these records live.
pub(super) async fn homes_of(cx: &mut Cx, records: &[Uuid]) -> Result<Vec<HouseholdId>> {
    let tenant = cx.tenant().uuid();
    let homes = sqlx::query_scalar!(
        "select household_id from household_members
         where tenant_id = $1 and person_id = any($2) and left_at is null",
        tenant,
        records
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(homes.into_iter().map(HouseholdId).collect())
}

/// These households with those that they have become, and those that have become one with them.
pub(super) async fn same_homes(cx: &mut Cx, homes: &[HouseholdId]) -> Result<Vec<Uuid>> {
    let (tenant, homes) = (cx.tenant().uuid(), uuids(homes));
    Ok(sqlx::query_scalar!(
        r#"with stay as (select coalesce(joined_into, id) as id from households
                         where tenant_id = $1 and id = any($2))
           select id as "id!" from stay
           union
           select h.id from stay join households h on h.tenant_id = $1 and h.joined_into = stay.id"#,
        tenant,
        &homes
    )
    .fetch_all(cx.conn())
    .await?)
}

fn uuids(homes: &[HouseholdId]) -> Vec<Uuid> {
    homes.iter().map(|home| home.uuid()).collect()
}

/// A place that is closed off and has not been lifted.
pub(super) struct Point {
    pub id: LockdownId,
    pub ward: UnitId,
    pub quarter: Option<UnitId>,
    pub place: Option<PlaceId>,
    /// GeoJSON of its boundary.
    pub area: Option<Value>,
}

pub(super) async fn points(cx: &mut Cx) -> Result<Vec<Point>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, ward_id, quarter_id, place_id, area from lockdowns
         where tenant_id = $1 and lifted_at is null order by id",
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Point {
            id: row.id.into(),
            ward: row.ward_id.into(),
            quarter: row.quarter_id.map(UnitId),
            place: row.place_id.map(PlaceId),
            area: row.area,
        })
        .collect())
}

/// Where something of a business is: a place of tracing, or a gate.
pub(super) struct Spot {
    pub organisation: OrganisationId,
    pub place: Option<PlaceId>,
    /// Longitude and latitude.
    pub at: Option<(f64, f64)>,
}

pub(super) async fn spots(cx: &mut Cx, businesses: &[Uuid], today: Date) -> Result<Vec<Spot>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"with mine as (select organisation_id, place_id, lon, lat from gates
                         where tenant_id = $1 and organisation_id = any($2)
                           and (active_until is null or active_until >= $3))
           select organisation_id as "organisation!", id as "place?", lon as "lon?", lat as "lat?" from places
           where tenant_id = $1 and organisation_id = any($2)
           union all
           select organisation_id, place_id, lon, lat from mine
           union all
           select m.organisation_id, p.id, p.lon, p.lat from mine m
           join places p on p.tenant_id = $1 and p.id = m.place_id"#,
        tenant,
        businesses,
        today.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Spot {
            organisation: row.organisation.into(),
            place: row.place.map(PlaceId),
            at: row.lon.zip(row.lat),
        })
        .collect())
}

/// Of these businesses those at one of whose places it was ordered that nothing goes on, and not since that it may.
/// A place is theirs by its own record, and by a gate of theirs that stands there.
pub(super) async fn stopped(
    cx: &mut Cx,
    businesses: &[Uuid],
    today: Date,
) -> Result<BTreeMap<OrganisationId, PlaceId>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select o.organisation_id as "organisation!", o.id as "place!"
           from (select distinct on (p.id, p.organisation_id) p.id, p.organisation_id, m.kind
                 from (select id, organisation_id from places
                       where tenant_id = $1 and organisation_id = any($2)
                       union
                       select place_id, organisation_id from gates
                       where tenant_id = $1 and organisation_id = any($2) and place_id is not null
                         and (active_until is null or active_until >= $3)) p
                 join place_measures m on m.tenant_id = $1 and m.place_id = p.id
                      and m.kind in ('stopped', 'reopened')
                 order by p.id, p.organisation_id, m.on_day desc, m.at desc, m.id desc) o
           where o.kind = 'stopped' order by o.id desc"#,
        tenant,
        businesses,
        today.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.organisation.into(), row.place.into())).collect())
}

/// Whose the places are, and whose gates stand there.
pub(super) async fn owners(cx: &mut Cx, places: &[Uuid]) -> Result<Vec<OrganisationId>> {
    let tenant = cx.tenant().uuid();
    let owners = sqlx::query_scalar!(
        r#"select organisation_id as "organisation!" from places
           where tenant_id = $1 and id = any($2) and organisation_id is not null
           union
           select organisation_id from gates
           where tenant_id = $1 and place_id = any($2) and organisation_id is not null"#,
        tenant,
        places
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(owners.into_iter().map(OrganisationId).collect())
}

/// Of these businesses those that have ended.
pub(super) async fn ended(cx: &mut Cx, businesses: &[Uuid], today: Date) -> Result<BTreeSet<OrganisationId>> {
    let tenant = cx.tenant().uuid();
    let ended = sqlx::query_scalar!(
        "select id from organisations where tenant_id = $1 and id = any($2) and active_until < $3",
        tenant,
        businesses,
        today.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ended.into_iter().map(OrganisationId).collect())
}

/// Businesses that have ended and whose pass is good still.
pub(super) async fn lapsed(cx: &mut Cx, today: Date) -> Result<Vec<Uuid>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select o.id from passes p
         join organisations o on o.tenant_id = p.tenant_id and o.id = p.organisation_id and o.active_until < $2
         where p.tenant_id = $1 and p.kind = 3 and p.revoked_at is null and p.suspended_at is null",
        tenant,
        today.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?)
}

/// Neighbourhoods that have a pass.
pub(super) async fn neighbourhoods(cx: &mut Cx) -> Result<Vec<UnitId>> {
    let tenant = cx.tenant().uuid();
    let areas = sqlx::query_scalar!(
        r#"select unit_id as "unit!" from passes
           where tenant_id = $1 and unit_id is not null and revoked_at is null"#,
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(areas.into_iter().map(UnitId).collect())
}

/// Businesses that have a pass and are at this place, or have a spot in this box. A gate that is there no more counts
/// too: who is named is only asked about.
pub(super) async fn within(
    cx: &mut Cx,
    place: Option<PlaceId>,
    around: Option<(shape::Point, shape::Point)>,
) -> Result<Vec<OrganisationId>> {
    let tenant = cx.tenant().uuid();
    let (low, high) = around.unzip();
    let ((west, south), (east, north)) = (low.unzip(), high.unzip());
    let businesses = sqlx::query_scalar!(
        r#"select distinct s.organisation_id as "organisation!"
           from (select organisation_id, id as place_id, lon, lat from places
                 where tenant_id = $1 and organisation_id is not null
                 union all
                 select organisation_id, place_id, lon, lat from gates
                 where tenant_id = $1 and organisation_id is not null
                 union all
                 select g.organisation_id, p.id, p.lon, p.lat from gates g
                 join places p on p.tenant_id = g.tenant_id and p.id = g.place_id
                 where g.tenant_id = $1 and g.organisation_id is not null) s
           join passes x on x.tenant_id = $1 and x.organisation_id = s.organisation_id and x.kind = 3
                and x.revoked_at is null
           where s.place_id = $2 or (s.lon between $3 and $4 and s.lat between $5 and $6)"#,
        tenant,
        place.map(PlaceId::uuid),
        west,
        east,
        south,
        north
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(businesses.into_iter().map(OrganisationId).collect())
}

/// The neighbourhoods and the businesses whose passes these lockdowns keep turned back.
pub(super) async fn kept_by(cx: &mut Cx, lockdowns: &[Uuid]) -> Result<(Vec<UnitId>, Vec<OrganisationId>)> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select unit_id, organisation_id from passes
         where tenant_id = $1 and revoked_at is null and suspended_by = 'lockdown' and suspended_for = any($2)",
        tenant,
        lockdowns
    )
    .fetch_all(cx.conn())
    .await?;
    let areas = rows.iter().filter_map(|row| row.unit_id.map(UnitId)).collect();
    Ok((areas, rows.iter().filter_map(|row| row.organisation_id.map(OrganisationId)).collect()))
}
