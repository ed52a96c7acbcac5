use super::model::{Described, Gate, Setting};
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{Error, GateId, OrganisationId, PlaceId, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

pub(super) struct Row {
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub place_id: Option<Uuid>,
    pub organisation_id: Option<Uuid>,
    pub unit_id: Uuid,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub capacity: Option<i32>,
    pub role: String,
    pub sample_of: Option<i32>,
    pub poster: String,
    pub active_from: jiff_sqlx::Date,
    pub active_until: Option<jiff_sqlx::Date>,
    pub zone: Option<String>,
    pub level: Option<i16>,
}

impl TryFrom<Row> for Gate {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            kind: row.kind.parse()?,
            place: row.place_id.map(PlaceId),
            organisation: row.organisation_id.map(OrganisationId),
            unit: row.unit_id.into(),
            point: row.lat.zip(row.lon),
            capacity: row.capacity,
            role: row.role.parse()?,
            sample_of: row.sample_of,
            poster: row.poster,
            active_from: row.active_from.to_jiff(),
            active_until: row.active_until.map(jiff_sqlx::Date::to_jiff),
            setting: Setting { zone: row.zone.map(|zone| zone.parse()).transpose()?, level: row.level },
        })
    }
}

pub(super) async fn insert(
    cx: &mut Cx,
    id: GateId,
    new: &Described,
    organisation: Option<OrganisationId>,
    poster: &str,
) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let (lat, lon) = new.point.unzip();
    sqlx::query!(
        "insert into gates (tenant_id, id, name, search, kind, place_id, organisation_id, unit_id, lat, lon, capacity,
                            role, sample_of, poster, active_from, active_until, made_at, made_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        tenant,
        id.uuid(),
        new.name,
        new.search,
        new.kind.as_str(),
        new.place.map(PlaceId::uuid),
        organisation.map(OrganisationId::uuid),
        new.unit.uuid(),
        lat,
        lon,
        new.capacity,
        new.role.as_str(),
        new.sample_of,
        poster,
        new.active_from.to_sqlx(),
        new.active_until.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn save(
    cx: &mut Cx,
    id: GateId,
    new: &Described,
    organisation: Option<OrganisationId>,
) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let (lat, lon) = new.point.unzip();
    sqlx::query!(
        "update gates
         set name = $3, search = $4, kind = $5, place_id = $6, organisation_id = $7, unit_id = $8, lat = $9, lon = $10,
             capacity = $11, role = $12, sample_of = $13, active_from = $14, active_until = $15
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        new.name,
        new.search,
        new.kind.as_str(),
        new.place.map(PlaceId::uuid),
        organisation.map(OrganisationId::uuid),
        new.unit.uuid(),
        lat,
        lon,
        new.capacity,
        new.role.as_str(),
        new.sample_of,
        new.active_from.to_sqlx(),
        new.active_until.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_poster(cx: &mut Cx, id: GateId, code: &str) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("update gates set poster = $3 where tenant_id = $1 and id = $2", tenant, id.uuid(), code)
        .execute(cx.conn())
        .await?;
    Ok(())
}

pub(super) async fn set_zone(cx: &mut Cx, id: GateId, setting: Setting, from: Date) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "insert into gate_zones (tenant_id, gate_id, valid_from, zone, level, set_at, set_by)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (tenant_id, gate_id, valid_from)
         do update set zone = excluded.zone, level = excluded.level, set_at = excluded.set_at, set_by = excluded.set_by",
        tenant,
        id.uuid(),
        from.to_sqlx(),
        setting.zone.map(super::Zone::as_str),
        setting.level,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Every zone and level that was set, the newest day first.
pub(super) async fn zones(cx: &mut Cx, id: GateId) -> Result<Vec<(Date, Setting)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select valid_from, zone, level from gate_zones where tenant_id = $1 and gate_id = $2 order by valid_from desc",
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let zone = row.zone.map(|zone| zone.parse()).transpose()?;
            Ok((row.valid_from.to_jiff(), Setting { zone, level: row.level }))
        })
        .collect()
}

/// Gates by id, with what holds there on a day.
pub(super) async fn of_ids(cx: &mut Cx, ids: &[Uuid], day: Date) -> Result<BTreeMap<GateId, Gate>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select g.id, g.name, g.kind, g.place_id, g.organisation_id, g.unit_id, g.lat, g.lon, g.capacity, g.role,
                  g.sample_of, g.poster, g.active_from, g.active_until, z.zone as "zone?", z.level as "level?"
           from gates g
           left join lateral (select zone, level from gate_zones
                              where tenant_id = $1 and gate_id = g.id and valid_from <= $3
                              order by valid_from desc limit 1) z on true
           where g.tenant_id = $1 and g.id = any($2)"#,
        tenant,
        ids,
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((row.id.into(), Gate::try_from(row)?))).collect()
}

pub(super) async fn one(cx: &mut Cx, id: GateId) -> Result<Gate> {
    let today = duty::units::today(cx).await?;
    of_ids(cx, &[id.uuid()], today).await?.remove(&id).ok_or(Error::NotFound)
}

/// The same, locked: whoever changes a gate takes turns at it.
pub(super) async fn lock(cx: &mut Cx, id: GateId) -> Result<Gate> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("select id from gates where tenant_id = $1 and id = $2 for update", tenant, id.uuid())
        .fetch_optional(cx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    one(cx, id).await
}

pub(super) async fn by_poster(cx: &mut Cx, code: &str) -> Result<GateId> {
    let tenant = cx.tenant().uuid();
    let id = sqlx::query_scalar!("select id from gates where tenant_id = $1 and poster = $2", tenant, code)
        .fetch_optional(cx.conn())
        .await?;
    id.map(GateId).ok_or(Error::NotFound)
}

/// The gates of a ward that has passed into another are the other's.
pub async fn move_to_ward(cx: &mut Cx, from: UnitId, to: UnitId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update gates set unit_id = $3 where tenant_id = $1 and unit_id = $2",
        tenant,
        from.uuid(),
        to.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What a list asks for.
pub(super) struct Query {
    /// Units that the reader sees; `None`: all.
    pub own: Option<Vec<Uuid>>,
    /// Units whose gates are asked for; `None`: all that are seen.
    pub units: Option<Vec<Uuid>>,
    /// As `kernel::text::search_key` folds it; empty means all.
    pub text: String,
    pub silent: bool,
    pub ended: bool,
    pub today: Date,
    /// Heard of after this, a gate is not silent.
    pub heard_after: jiff::Timestamp,
    pub skip: i64,
    pub limit: i64,
}

pub(super) struct Line {
    pub id: GateId,
    pub devices: i64,
    pub seen_at: Option<jiff::Timestamp>,
    /// The worst clock of its devices, as it lacks to ours.
    pub clock_add_ms: Option<i64>,
}

/// The silent ones first, then by name. Silent is a gate that has devices, none of which was heard of lately.
pub(super) async fn list(cx: &mut Cx, asked: &Query) -> Result<Vec<Line>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select id as "id!", devices as "devices!", seen_at, clock_add_ms
           from (select g.id, g.search, count(d.id) as devices, max(coalesce(d.seen_at, d.enrolled_at)) as heard_at,
                        max(d.seen_at) as seen_at,
                        (array_agg(d.clock_add_ms order by abs(d.clock_add_ms) desc nulls last))[1] as clock_add_ms
                 from gates g
                 left join gate_devices d on d.tenant_id = $1 and d.gate_id = g.id and d.revoked_at is null
                 where g.tenant_id = $1 and ($2::uuid[] is null or g.unit_id = any($2))
                   and ($3::uuid[] is null or g.unit_id = any($3))
                   and ($4::text = '' or g.search like '%' || $4 || '%')
                   and (g.active_until is not null and g.active_until < $5) = $6
                 group by g.tenant_id, g.id) q
           where not $7 or heard_at < $8
           order by (heard_at is not null and heard_at < $8) desc, search, id offset $9 limit $10"#,
        tenant,
        asked.own.as_deref(),
        asked.units.as_deref(),
        asked.text,
        asked.today.to_sqlx(),
        asked.ended,
        asked.silent,
        asked.heard_after.to_sqlx(),
        asked.skip,
        asked.limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Line {
            id: row.id.into(),
            devices: row.devices,
            seen_at: row.seen_at.map(jiff_sqlx::Timestamp::to_jiff),
            clock_add_ms: row.clock_add_ms,
        })
        .collect())
}

/// Gates that are there, those of them that are silent, and those with a clock that is further off than this.
pub(super) async fn numbers(
    cx: &mut Cx,
    own: Option<&[Uuid]>,
    today: Date,
    heard_after: jiff::Timestamp,
    tolerated_ms: i64,
) -> Result<(i64, i64, i64)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select count(*) as "gates!", count(*) filter (where heard_at < $4) as "silent!",
                  count(*) filter (where off_ms > $5) as "off!"
           from (select max(coalesce(d.seen_at, d.enrolled_at)) as heard_at, max(abs(d.clock_add_ms)) as off_ms
                 from gates g
                 left join gate_devices d on d.tenant_id = $1 and d.gate_id = g.id and d.revoked_at is null
                 where g.tenant_id = $1 and ($2::uuid[] is null or g.unit_id = any($2))
                   and g.active_from <= $3 and (g.active_until is null or g.active_until >= $3)
                 group by g.id) q"#,
        tenant,
        own,
        today.to_sqlx(),
        heard_after.to_sqlx(),
        tolerated_ms
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.gates, row.silent, row.off))
}

/// The gates of a place, also those that have ended: somebody was there.
pub(crate) async fn at_place(cx: &mut Cx, place: PlaceId) -> Result<Vec<GateId>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        "select id from gates where tenant_id = $1 and place_id = $2",
        tenant,
        place.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(GateId).collect())
}

/// The gates that are there on a day, by name, each with the unit that answers for it.
pub(crate) async fn active(cx: &mut Cx, day: Date) -> Result<Vec<(GateId, String, UnitId)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, name, unit_id from gates
         where tenant_id = $1 and active_from <= $2 and (active_until is null or active_until >= $2)
         order by search, id",
        tenant,
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (GateId(row.id), row.name, UnitId(row.unit_id))).collect())
}

/// Gates of some units by a part of their name, those that have ended too; each with its place.
pub(crate) async fn by_name(
    cx: &mut Cx,
    units: &[UnitId],
    text: &str,
    most: i64,
) -> Result<Vec<(GateId, String, Option<PlaceId>)>> {
    let (tenant, units) = (cx.tenant().uuid(), units.iter().map(|unit| unit.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select id, name, place_id from gates
         where tenant_id = $1 and unit_id = any ($2) and strpos(search, $3) > 0
         order by search, id limit $4",
        tenant,
        &units,
        text,
        most
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (GateId(row.id), row.name, row.place_id.map(PlaceId))).collect())
}
