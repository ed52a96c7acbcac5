use super::model::{Private, Supply, Told};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{Error, HouseholdId, LockdownId, PlaceId, Result, StaffId, SupplyId, UnitId, text::search_key};
use serde_json::Value;
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

const SUPPLIES: &str = "lockdown_supplies";

/// A point as it lies in its row.
#[derive(Clone, Debug)]
pub struct Kept {
    pub id: LockdownId,
    /// Its own unit, whose roster is the guards'.
    pub unit: UnitId,
    pub ward: UnitId,
    pub quarter: Option<UnitId>,
    pub name: String,
    pub number: String,
    pub decision_on: Date,
    pub signer_title: String,
    pub signer: String,
    pub area: Option<Value>,
    pub from_at: Timestamp,
    pub planned_until: Option<Date>,
    pub tests_due: Option<Date>,
    pub words_vi: String,
    pub words_en: String,
    pub decided_by: Option<StaffId>,
    /// When, by which decision and of which day it was lifted.
    pub lifted: Option<(Timestamp, String, Date)>,
    /// The outbreak place it was decided for.
    pub place: Option<PlaceId>,
}

struct Row {
    id: Uuid,
    unit_id: Uuid,
    ward_id: Uuid,
    quarter_id: Option<Uuid>,
    name: String,
    decision_number: String,
    decision_on: jiff_sqlx::Date,
    signer_title: String,
    signer: String,
    area: Option<Value>,
    from_at: jiff_sqlx::Timestamp,
    planned_until: Option<jiff_sqlx::Date>,
    tests_due: Option<jiff_sqlx::Date>,
    words_vi: String,
    words_en: String,
    decided_by: Option<Uuid>,
    lifted_at: Option<jiff_sqlx::Timestamp>,
    lift_number: Option<String>,
    lift_on: Option<jiff_sqlx::Date>,
    place_id: Option<Uuid>,
}

impl From<Row> for Kept {
    fn from(row: Row) -> Self {
        let lifted = row.lifted_at.zip(row.lift_number).zip(row.lift_on);
        Self {
            id: row.id.into(),
            unit: row.unit_id.into(),
            ward: row.ward_id.into(),
            quarter: row.quarter_id.map(UnitId),
            name: row.name,
            number: row.decision_number,
            decision_on: row.decision_on.to_jiff(),
            signer_title: row.signer_title,
            signer: row.signer,
            area: row.area,
            from_at: row.from_at.to_jiff(),
            planned_until: row.planned_until.map(jiff_sqlx::Date::to_jiff),
            tests_due: row.tests_due.map(jiff_sqlx::Date::to_jiff),
            words_vi: row.words_vi,
            words_en: row.words_en,
            decided_by: row.decided_by.map(StaffId),
            lifted: lifted.map(|((at, number), on)| (at.to_jiff(), number, on.to_jiff())),
            place: row.place_id.map(PlaceId),
        }
    }
}

pub(super) async fn insert(
    cx: &mut Cx,
    id: LockdownId,
    unit: UnitId,
    ward: UnitId,
    quarter: Option<UnitId>,
    told: &Told,
) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "insert into lockdowns (tenant_id, id, unit_id, ward_id, quarter_id, name, decision_number, decision_on,
                                signer_title, signer, area, from_at, planned_until, tests_due, words_vi, words_en,
                                decided_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        tenant,
        id.uuid(),
        unit.uuid(),
        ward.uuid(),
        quarter.map(UnitId::uuid),
        told.name,
        told.number,
        told.decision_on.to_sqlx(),
        told.signer_title,
        told.signer,
        told.area,
        now,
        told.planned_until.to_sqlx(),
        told.tests_due.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>,
        told.words_vi,
        told.words_en,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// One point.
pub(super) async fn find(cx: &mut Cx, id: LockdownId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query_as!(
        Row,
        "select id, unit_id, ward_id, quarter_id, name, decision_number, decision_on, signer_title, signer, area, from_at,
                planned_until, tests_due, words_vi, words_en, decided_by, lifted_at, lift_number, lift_on, place_id
         from lockdowns where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(row.into())
}

/// The same, locked: whoever changes a point takes turns at it.
pub(super) async fn lock(cx: &mut Cx, id: LockdownId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("select id from lockdowns where tenant_id = $1 and id = $2 for update", tenant, id.uuid())
        .fetch_optional(cx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    find(cx, id).await
}

/// Points in force, and those lifted since `since`: of these wards or points (`None`: everywhere); the
/// one whose planned day comes first stands first.
pub(super) async fn list(
    cx: &mut Cx,
    seen: Option<&[Uuid]>,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, unit_id, ward_id, quarter_id, name, decision_number, decision_on, signer_title, signer, area, from_at,
                planned_until, tests_due, words_vi, words_en, decided_by, lifted_at, lift_number, lift_on, place_id
         from lockdowns
         where tenant_id = $1 and (lifted_at is null or lifted_at >= $3)
           and ($2::uuid[] is null or ward_id = any($2) or unit_id = any($2))
         order by (lifted_at is not null), planned_until, id limit $4",
        tenant,
        seen,
        since.to_sqlx(),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(Kept::from).collect())
}

pub(super) async fn set_words(cx: &mut Cx, id: LockdownId, vi: &str, en: &str) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update lockdowns set words_vi = $3, words_en = $4 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        vi,
        en
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_days(cx: &mut Cx, id: LockdownId, until: Date, tests: Option<Date>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update lockdowns set planned_until = $3, tests_due = $4 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        until.to_sqlx(),
        tests.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn lift(cx: &mut Cx, id: LockdownId, number: &str, on: Date) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update lockdowns set lifted_at = $3, lifted_by = $4, lift_number = $5, lift_on = $6
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        now,
        by,
        number,
        on.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The households of a ward with these codes; one that has become one with another is that other.
pub(super) async fn by_codes(
    cx: &mut Cx,
    ward: UnitId,
    codes: &[String],
) -> Result<BTreeMap<String, HouseholdId>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select code, coalesce(joined_into, id) as "id!" from households
           where tenant_id = $1 and ward_id = $2 and code = any($3)"#,
        tenant,
        ward.uuid(),
        codes
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.code, row.id.into())).collect())
}

/// The households of a ward of which it is known where they lie: longitude and latitude.
pub(super) async fn placed(cx: &mut Cx, ward: UnitId) -> Result<Vec<(HouseholdId, (f64, f64))>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select id, lat as "lat!", lon as "lon!" from households
           where tenant_id = $1 and ward_id = $2 and lat is not null and joined_into is null order by id"#,
        tenant,
        ward.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), (row.lon, row.lat))).collect())
}

/// A household of the ward, named for those who choose it.
pub(super) struct Found {
    pub id: HouseholdId,
    pub code: String,
    pub address: Option<String>,
}

/// Households of a ward whose address has these words in it, or whose code it is.
pub(super) async fn search(cx: &mut Cx, ward: UnitId, key: &str, limit: i64) -> Result<Vec<Found>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, code, address from households
         where tenant_id = $1 and ward_id = $2 and joined_into is null
           and (strpos(address_key, $3) > 0 or code = upper($3))
         order by address_key, code limit $4",
        tenant,
        ward.uuid(),
        key,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Found { id: row.id.into(), code: row.code, address: row.address })
        .collect())
}

/// Puts households inside; those that were there already are passed over.
pub(super) async fn put_in(
    cx: &mut Cx,
    id: LockdownId,
    households: &[HouseholdId],
) -> Result<Vec<HouseholdId>> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let ids: Vec<Uuid> = households.iter().map(|id| id.uuid()).collect();
    let added = sqlx::query_scalar!(
        "insert into lockdown_households (tenant_id, lockdown_id, household_id, added_at, added_by)
         select $1, $2, household, $4, $5 from unnest($3::uuid[]) as t (household)
         on conflict do nothing returning household_id",
        tenant,
        id.uuid(),
        &ids,
        now,
        by
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(added.into_iter().map(HouseholdId).collect())
}

/// Takes one out, and those that have become one with it.
pub(super) async fn take_out(cx: &mut Cx, id: LockdownId, household: HouseholdId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    let done = sqlx::query!(
        "delete from lockdown_households
         where tenant_id = $1 and lockdown_id = $2
           and household_id in (select id from households where tenant_id = $1 and (id = $3 or joined_into = $3))",
        tenant,
        id.uuid(),
        household.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// A household inside, as its line shows it.
pub(super) struct InsideRow {
    pub id: HouseholdId,
    pub code: String,
    pub address: Option<String>,
    pub followed: i16,
    pub people: i64,
}

/// Each once: one that has become one with another is that other.
pub(super) async fn inside(cx: &mut Cx, id: LockdownId) -> Result<Vec<InsideRow>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select h.id, h.code, h.address, h.followed,
                  (select count(*) from household_members m
                   where m.tenant_id = $1 and m.household_id = h.id and m.left_at is null) as "people!"
           from households h
           where h.tenant_id = $1
             and h.id in (select coalesce(own.joined_into, own.id) from lockdown_households i
                          join households own on own.tenant_id = i.tenant_id and own.id = i.household_id
                          where i.tenant_id = $1 and i.lockdown_id = $2)
           order by h.address_key, h.code"#,
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| InsideRow {
            id: row.id.into(),
            code: row.code,
            address: row.address,
            followed: row.followed,
            people: row.people,
        })
        .collect())
}

/// Households inside and what they still ask for, of these points.
pub(super) async fn counts(cx: &mut Cx, ids: &[LockdownId]) -> Result<BTreeMap<LockdownId, (i64, i64)>> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        r#"select l as "id!",
                  (select count(distinct coalesce(h.joined_into, h.id)) from lockdown_households i
                   join households h on h.tenant_id = i.tenant_id and h.id = i.household_id
                   where i.tenant_id = $1 and i.lockdown_id = l) as "households!",
                  (select count(*) from lockdown_supplies
                   where tenant_id = $1 and lockdown_id = l and met_at is null) as "wanted!"
           from unnest($2::uuid[]) as t (l)"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), (row.households, row.wanted))).collect())
}

/// What the words of a point must not say: the names and houses of these households, and the houses of
/// those that have become one with them.
pub(super) async fn private(cx: &mut Cx, households: &[HouseholdId]) -> Result<Private> {
    let (tenant, ids) = (cx.tenant().uuid(), households.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let names = sqlx::query_scalar!(
        "select p.search from household_members m
         join people p on p.tenant_id = m.tenant_id and p.id = m.person_id
         where m.tenant_id = $1 and m.household_id = any($2) and m.left_at is null and p.search <> ''",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    let parts = sqlx::query_scalar!(
        r#"select address_parts as "parts!" from households
           where tenant_id = $1 and (id = any($2) or joined_into = any($2)) and address_parts is not null"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    let part = |parts: &Value, name: &str| parts[name].as_str().map(str::to_owned);
    let house = |parts: &Value| {
        let (number, street) = (part(parts, "number")?, part(parts, "street")?);
        // The way the street is written is not always the way it is said.
        Some([search_key(&format!("{number} {street}")), search_key(&format!("{number} Đường {street}"))])
    };
    Ok(Private { names, addresses: parts.iter().filter_map(house).flatten().collect() })
}

/// Something asked for.
pub(super) struct SupplyRow {
    pub id: SupplyId,
    pub kind: Supply,
    pub words: Option<String>,
    pub asked_at: Timestamp,
    pub met_at: Option<Timestamp>,
}

pub(super) async fn supplies(cx: &mut Cx, id: LockdownId) -> Result<Vec<SupplyRow>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, kind, words, asked_at, met_at from lockdown_supplies
         where tenant_id = $1 and lockdown_id = $2 order by (met_at is not null), asked_at, id",
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SupplyRow {
                id: row.id.into(),
                kind: row.kind.parse()?,
                words: row.words.map(|sealed| cx.open(SUPPLIES, row.id, "words", &sealed)).transpose()?,
                asked_at: row.asked_at.to_jiff(),
                met_at: row.met_at.map(jiff_sqlx::Timestamp::to_jiff),
            })
        })
        .collect()
}

pub(super) async fn ask(
    cx: &mut Cx,
    id: SupplyId,
    lockdown: LockdownId,
    kind: Supply,
    words: &str,
) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let sealed = (!words.is_empty()).then(|| cx.seal(SUPPLIES, id.uuid(), "words", words)).transpose()?;
    sqlx::query!(
        "insert into lockdown_supplies (tenant_id, id, lockdown_id, kind, words, asked_at, asked_by)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        id.uuid(),
        lockdown.uuid(),
        kind.as_str(),
        sealed,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Of which point it was asked.
pub(super) async fn supply_of(cx: &mut Cx, id: SupplyId) -> Result<LockdownId> {
    let tenant = cx.tenant().uuid();
    let point = sqlx::query_scalar!(
        "select lockdown_id from lockdown_supplies where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(point.into())
}

/// False when it was met before.
pub(super) async fn meet(cx: &mut Cx, id: SupplyId) -> Result<bool> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let done = sqlx::query!(
        "update lockdown_supplies set met_at = $3, met_by = $4
         where tenant_id = $1 and id = $2 and met_at is null",
        tenant,
        id.uuid(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
