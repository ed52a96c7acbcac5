use super::{Place, Unit, UnitSpec};
use jiff::{civil::Date, tz::TimeZone};
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, UnitId};
use serde::Serialize;
use sqlx::types::Uuid;
use std::sync::Arc;
use store::Cx;

/// What a transaction has learnt of its tenant.
const VERSION: &str = "units.version";

pub(super) struct Version {
    pub version: i64,
    pub duty_leader: String,
    pub director: String,
    pub tz: String,
}

impl Version {
    pub fn timezone(&self) -> Result<TimeZone> {
        TimeZone::get(&self.tz).map_err(Error::internal)
    }
}

pub(super) async fn version(cx: &mut Cx) -> Result<Arc<Version>> {
    if let Some(known) = cx.known(VERSION) {
        return Ok(known);
    }
    let tenant = cx.tenant().uuid();
    let version = sqlx::query_as!(
        Version,
        r#"select version, duty_leader as "duty_leader!", director as "director!", timezone as "tz!"
           from tenants where id = $1"#,
        tenant
    )
    .fetch_one(cx.conn())
    .await?;
    let version = Arc::new(version);
    cx.learn(VERSION, version.clone());
    Ok(version)
}

/// Today on the wall of the district.
pub async fn today(cx: &mut Cx) -> Result<Date> {
    let zone = timezone(cx).await?;
    Ok(cx.now().to_zoned(zone).date())
}

/// The tenant's time zone.
pub async fn timezone(cx: &mut Cx) -> Result<TimeZone> {
    version(cx).await?.timezone()
}

/// Its name as the database knows it, for statements that turn days into moments.
pub async fn zone_name(cx: &mut Cx) -> Result<String> {
    Ok(timezone(cx).await?.iana_name().unwrap_or("UTC").to_owned())
}

/// Says that units, posts or settings have changed: other processes read them again.
pub async fn touch(cx: &mut Cx) -> Result<()> {
    // A number that no rolled back transaction can leave to another: what this one has built and
    // kept under its number must not be taken for somebody else's.
    let (tenant, step) = (cx.tenant().uuid(), 1 + cx.rng().below(1 << 32) as i64);
    sqlx::query!("update tenants set version = version + $2 where id = $1", tenant, step)
        .execute(cx.conn())
        .await?;
    cx.unlearn(VERSION);
    Ok(())
}

/// How far the names of units are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    pub names: i64,
    /// In use though nobody has held them against a decision.
    pub unverified: i64,
}

pub async fn facts(cx: &mut Cx) -> Result<Facts> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_as!(
        Facts,
        r#"select count(*) as "names!", count(*) filter (where not verified) as "unverified!"
           from unit_names where tenant_id = $1"#,
        tenant
    )
    .fetch_one(cx.conn())
    .await?)
}

/// The units that are there on a day, by code.
pub async fn units_on(cx: &mut Cx, day: Date) -> Result<Vec<Unit>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select u.id, u.code, u.kind, u.ward_id, n.name, n.short, n.name_en, n.admin_code,
                  a.parent_id as "administrative?", p.parent_id as "professional?",
                  g.lat as "lat?", g.lon as "lon?", g.area_km2, g.population, g.source, g.verified as "verified?",
                  g.boundary
           from units u
           join unit_names n on n.tenant_id = u.tenant_id and n.unit_id = u.id
                            and n.valid_from <= $2 and (n.valid_to is null or n.valid_to >= $2)
           left join unit_lines a on a.tenant_id = u.tenant_id and a.unit_id = u.id and a.line = 'administrative'
                            and a.valid_from <= $2 and (a.valid_to is null or a.valid_to >= $2)
           left join unit_lines p on p.tenant_id = u.tenant_id and p.unit_id = u.id and p.line = 'professional'
                            and p.valid_from <= $2 and (p.valid_to is null or p.valid_to >= $2)
           left join unit_places g on g.tenant_id = u.tenant_id and g.unit_id = u.id
           where u.tenant_id = $1 and u.valid_from <= $2 and (u.valid_to is null or u.valid_to >= $2)
           order by u.code"#,
        tenant,
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Unit {
                id: row.id.into(),
                kind: row.kind.parse()?,
                code: row.code,
                ward: row.ward_id.map(UnitId),
                name: row.name,
                short: row.short,
                name_en: row.name_en,
                admin_code: row.admin_code,
                administrative: row.administrative.map(UnitId),
                professional: row.professional.map(UnitId),
                place: row.lat.zip(row.lon).map(|(lat, lon)| Place {
                    lat,
                    lon,
                    area_km2: row.area_km2,
                    population: row.population,
                    source: row.source,
                    verified: row.verified.unwrap_or(false),
                    boundary: row.boundary,
                }),
            })
        })
        .collect()
}

/// A unit about to be written: what the pack or an import says, with the ids it refers to.
#[derive(Serialize)]
pub struct NewUnit<'a> {
    pub id: UnitId,
    #[serde(flatten)]
    pub spec: &'a UnitSpec,
    #[serde(rename = "ward_id")]
    pub ward: Option<UnitId>,
    #[serde(rename = "administrative_id")]
    pub administrative: Option<UnitId>,
    #[serde(rename = "professional_id")]
    pub professional: Option<UnitId>,
}

/// Puts in units with their first names, lines and places, all at once: they may refer to each
/// other in any order.
pub async fn insert(cx: &mut Cx, units: &[NewUnit<'_>]) -> Result<()> {
    let rows = serde_json::to_value(units).map_err(Error::internal)?;
    sqlx::query!(
        "with given as (
             select * from jsonb_to_recordset($2) as given(
                 id uuid, code text, kind text, ward_id uuid, administrative_id uuid, professional_id uuid,
                 valid_from date, valid_to date, name text, short text, name_en text, admin_code text,
                 citation text, verified boolean, place jsonb)),
         put as (
             insert into units (tenant_id, id, code, kind, ward_id, valid_from, valid_to)
             select $1, id, code, kind, ward_id, valid_from, valid_to from given),
         named as (
             insert into unit_names (tenant_id, unit_id, valid_from, valid_to, name, short, name_en, admin_code, citation, verified)
             select $1, id, valid_from, valid_to, name, short, name_en, admin_code, citation, verified from given),
         lined as (
             insert into unit_lines (tenant_id, unit_id, line, valid_from, valid_to, parent_id)
             select $1, id, line, valid_from, valid_to, parent_id
             from given, lateral (values ('administrative', administrative_id), ('professional', professional_id)) as up(line, parent_id)
             where parent_id is not null)
         insert into unit_places (tenant_id, unit_id, lat, lon, area_km2, population, source, verified)
         select $1, id, (place->>'lat')::float8, (place->>'lon')::float8, (place->>'area_km2')::float8,
                (place->>'population')::integer, place->>'source', (place->>'verified')::boolean
         from given where jsonb_typeof(place) = 'object'",
        cx.tenant().uuid(),
        rows
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub async fn insert_succession(
    cx: &mut Cx,
    from: Option<UnitId>,
    to: Option<UnitId>,
    spec: &super::SuccessionSpec,
) -> Result<()> {
    let (tenant, id) = (cx.tenant().uuid(), cx.id::<Uuid>());
    sqlx::query!(
        "insert into unit_successions (tenant_id, id, from_id, from_code, from_name, to_id, to_code, to_name, on_date, share, citation)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tenant,
        id,
        from.map(Uuid::from),
        spec.from_code,
        spec.from_name,
        to.map(Uuid::from),
        spec.to_code,
        spec.to_name,
        spec.on.to_sqlx(),
        spec.share,
        spec.citation
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
