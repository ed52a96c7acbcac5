use super::model::{Edit, Oxygen, Relation, Standing};
use crate::people::Lives;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, HouseholdId, ImportId, PersonId, Phone, Result, SecretCode, StaffId, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

const HOUSEHOLDS: &str = "households";
const CODES: &str = "household_codes";

/// A household as it lies in its row.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub id: HouseholdId,
    pub code: String,
    pub ward: UnitId,
    pub station: UnitId,
    pub mobile_station: Option<UnitId>,
    pub care_team: Option<UnitId>,
    pub address: Option<String>,
    contact: Option<Vec<u8>>,
    pub contact_person: Option<PersonId>,
    pub oximeters: i16,
    pub oxygen: Oxygen,
    /// F0s who are followed there.
    pub f0: i16,
    pub opened_at: Timestamp,
    /// The household with which it has become one.
    pub joined_into: Option<HouseholdId>,
}

impl Kept {
    /// The number at which it is called.
    pub(crate) fn contact(&self, cx: &Cx) -> Result<Option<Phone>> {
        let Some(sealed) = &self.contact else { return Ok(None) };
        let number = cx.open(HOUSEHOLDS, self.id.uuid(), "contact", sealed)?;
        Phone::parse(&number).map(Some).map_err(Error::internal)
    }
}

pub(super) struct NewHome {
    pub id: HouseholdId,
    pub code: String,
    pub ward: UnitId,
    pub station: UnitId,
    pub mobile_station: Option<UnitId>,
    pub care_team: Option<UnitId>,
    /// Who speaks for it until somebody says otherwise.
    pub person: PersonId,
    pub lives: Lives,
}

fn phone_index(cx: &Cx, phone: &Phone) -> Result<Vec<u8>> {
    cx.blind("phone", phone.as_e164())
}

/// One household at a time is opened in a ward.
pub(crate) async fn queue_up(cx: &mut Cx, ward: UnitId) -> Result<()> {
    let place = format!("{}{ward}", cx.tenant());
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended($1, 7701)) is null as "locked!""#, place)
        .fetch_one(cx.conn())
        .await?;
    Ok(())
}

pub(super) async fn insert(cx: &mut Cx, new: &NewHome) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let phone = new.lives.phone.as_ref();
    let contact =
        phone.map(|phone| cx.seal(HOUSEHOLDS, new.id.uuid(), "contact", phone.as_e164())).transpose()?;
    let index = phone.map(|phone| phone_index(cx, phone)).transpose()?;
    let assigned = new.care_team.or(new.mobile_station).map(|_| now);
    sqlx::query!(
        "insert into households (tenant_id, id, code, ward_id, address, address_parts, address_key, contact, contact_index,
                                 contact_person_id, station_id, mobile_station_id, care_team_id, assigned_at, opened_at,
                                 opened_by, quarter_id, placed_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        tenant,
        new.id.uuid(),
        new.code,
        new.ward.uuid(),
        new.lives.address,
        new.lives.address_parts,
        new.lives.address_key,
        contact,
        index,
        new.person.uuid(),
        new.station.uuid(),
        new.mobile_station.map(UnitId::uuid),
        new.care_team.map(UnitId::uuid),
        assigned as Option<jiff_sqlx::Timestamp>,
        now,
        by,
        new.lives.quarter.map(UnitId::uuid),
        new.lives.placed_by.map(ImportId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Where somebody lives now.
pub(crate) async fn home_of(cx: &mut Cx, person: PersonId) -> Result<Option<HouseholdId>> {
    let tenant = cx.tenant().uuid();
    let home = sqlx::query_scalar!(
        "select household_id from household_members where tenant_id = $1 and person_id = $2 and left_at is null",
        tenant,
        person.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(home.map(HouseholdId))
}

/// The household of a ward with this address and this number.
pub(super) async fn at_address(
    cx: &mut Cx,
    ward: UnitId,
    address_key: &str,
    phone: &Phone,
) -> Result<Option<HouseholdId>> {
    let (tenant, index) = (cx.tenant().uuid(), phone_index(cx, phone)?);
    let id = sqlx::query_scalar!(
        "select id from households
         where tenant_id = $1 and ward_id = $2 and address_key = $3 and contact_index = $4 and joined_into is null
         order by id limit 1",
        tenant,
        ward.uuid(),
        address_key,
        index
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(id.map(HouseholdId))
}

/// Moves somebody in; the household that he leaves by it.
pub(super) async fn move_in(
    cx: &mut Cx,
    home: HouseholdId,
    person: PersonId,
    relation: Option<Relation>,
) -> Result<Option<HouseholdId>> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let before = sqlx::query_scalar!(
        "update household_members set left_at = $4
         where tenant_id = $1 and person_id = $2 and left_at is null and household_id <> $3 returning household_id",
        tenant,
        person.uuid(),
        home.uuid(),
        now
    )
    .fetch_optional(cx.conn())
    .await?;
    sqlx::query!(
        "insert into household_members (tenant_id, household_id, person_id, relation, joined_at, joined_by)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_id, household_id, person_id) do update
         set left_at = null, joined_at = excluded.joined_at, joined_by = excluded.joined_by",
        tenant,
        home.uuid(),
        person.uuid(),
        relation.map(Relation::as_str),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(before.map(HouseholdId))
}

pub(super) async fn move_out(cx: &mut Cx, home: HouseholdId, person: PersonId) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let done = sqlx::query!(
        "update household_members set left_at = $4
         where tenant_id = $1 and household_id = $2 and person_id = $3 and left_at is null",
        tenant,
        home.uuid(),
        person.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn relate(
    cx: &mut Cx,
    home: HouseholdId,
    person: PersonId,
    relation: Relation,
) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update household_members set relation = $4 where tenant_id = $1 and household_id = $2 and person_id = $3",
        tenant,
        home.uuid(),
        person.uuid(),
        relation.as_str()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Somebody who lives there now.
pub(crate) struct MemberRow {
    pub person: PersonId,
    pub relation: Option<Relation>,
    pub carer: Option<PersonId>,
    pub joined_at: Timestamp,
}

/// Who lives in a household now, in the order in which they came.
pub(crate) async fn members_of(cx: &mut Cx, home: HouseholdId) -> Result<Vec<MemberRow>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select person_id, relation, carer_id, joined_at from household_members
         where tenant_id = $1 and household_id = $2 and left_at is null order by joined_at, person_id",
        tenant,
        home.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(MemberRow {
                person: row.person_id.into(),
                relation: row.relation.as_deref().map(str::parse).transpose()?,
                carer: row.carer_id.map(PersonId),
                joined_at: row.joined_at.to_jiff(),
            })
        })
        .collect()
}

pub(crate) async fn kept(cx: &mut Cx, id: HouseholdId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select code, ward_id, station_id, mobile_station_id, care_team_id, address, contact, contact_person_id,
                oximeters, oxygen, f0, opened_at, joined_into
         from households where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Kept {
        id,
        code: row.code,
        ward: row.ward_id.into(),
        station: row.station_id.into(),
        mobile_station: row.mobile_station_id.map(UnitId),
        care_team: row.care_team_id.map(UnitId),
        address: row.address,
        contact: row.contact,
        contact_person: row.contact_person_id.map(PersonId),
        oximeters: row.oximeters,
        oxygen: row.oxygen.parse()?,
        f0: row.f0,
        opened_at: row.opened_at.to_jiff(),
        joined_into: row.joined_into.map(HouseholdId),
    })
}

/// The same, locked: who writes a diary, and what changes its plans, take turns at the household.
///
/// Errors: `NotFound`; Conflict `error-household-joined` for one that has become one with another,
/// where alone things are written from then on.
pub(crate) async fn lock(cx: &mut Cx, id: HouseholdId) -> Result<Kept> {
    lock_all(cx, &[id]).await?;
    let home = kept(cx, id).await?;
    if home.joined_into.is_some() { Err(Error::Conflict("error-household-joined")) } else { Ok(home) }
}

pub(super) async fn edit(cx: &mut Cx, id: HouseholdId, edit: &Edit, contact: Option<&Phone>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let sealed =
        contact.map(|phone| cx.seal(HOUSEHOLDS, id.uuid(), "contact", phone.as_e164())).transpose()?;
    let index = contact.map(|phone| phone_index(cx, phone)).transpose()?;
    sqlx::query!(
        "update households
         set contact = coalesce($3, contact), contact_index = coalesce($4, contact_index),
             contact_person_id = coalesce($5, contact_person_id), oximeters = coalesce($6, oximeters),
             oxygen = coalesce($7, oxygen)
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        sealed,
        index,
        edit.contact_person.map(PersonId::uuid),
        edit.oximeters,
        edit.oxygen.map(Oxygen::as_str)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Writes the places on the morning list, in the order of ids so that two writers cannot wait for
/// each other.
pub(crate) async fn stand(cx: &mut Cx, lines: &mut [Standing]) -> Result<()> {
    lines.sort_unstable_by_key(|line| line.household);
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let ids: Vec<Uuid> = lines.iter().map(|line| line.household.uuid()).collect();
    let followed: Vec<i16> = lines.iter().map(|line| line.followed).collect();
    let f0: Vec<i16> = lines.iter().map(|line| line.f0).collect();
    let ranks: Vec<i16> = lines.iter().map(|line| line.rank).collect();
    let dues: Vec<Option<i64>> =
        lines.iter().map(|line| line.due_at.map(Timestamp::as_microsecond)).collect();
    sqlx::query!(
        "update households h
         set followed = n.followed, f0 = n.f0, rank = n.rank, due_at = timestamptz 'epoch' + n.due * interval '1 microsecond',
             rested_at = case when n.followed > 0 then null else coalesce(h.rested_at, $6) end
         from unnest($2::uuid[], $3::smallint[], $7::smallint[], $4::smallint[], $5::bigint[])
              as n (id, followed, f0, rank, due)
         where h.tenant_id = $1 and h.id = n.id",
        tenant,
        &ids,
        &followed,
        &ranks,
        &dues as _,
        now,
        &f0
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn live_code(cx: &mut Cx, home: HouseholdId) -> Result<Option<SecretCode>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        // A household that has become one with another keeps the code that stands on its paper; its
        // own is the one that is printed.
        "select c.id, c.code from household_codes c
         join households h on h.tenant_id = c.tenant_id and h.id = c.household_id
         where c.tenant_id = $1 and (h.id = $2 or h.joined_into = $2) and c.revoked_at is null
         order by (h.id <> $2), c.made_at desc limit 1",
        tenant,
        home.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    row.map(|row| SecretCode::parse(&cx.open(CODES, row.id, "code", &row.code)?)).transpose()
}

pub(super) async fn insert_code(cx: &mut Cx, home: HouseholdId, code: &SecretCode) -> Result<()> {
    let (tenant, now, by, id) =
        (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid), cx.id::<Uuid>());
    let (sealed, index) = (cx.seal(CODES, id, "code", code.canonical())?, code_index(cx, code)?);
    sqlx::query!(
        "insert into household_codes (tenant_id, id, household_id, code_index, code, made_at, made_by)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        id,
        home.uuid(),
        index,
        sealed,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Takes back every code that opens a household, those of households that have become one with it too.
pub(super) async fn revoke_code(cx: &mut Cx, home: HouseholdId) -> Result<bool> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let done = sqlx::query!(
        "update household_codes set revoked_at = $3, revoked_by = $4
         where tenant_id = $1 and revoked_at is null
           and household_id in (select id from households where tenant_id = $1 and (id = $2 or joined_into = $2))",
        tenant,
        home.uuid(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

fn code_index(cx: &Cx, code: &SecretCode) -> Result<Vec<u8>> {
    cx.blind("household_code", code.canonical())
}

/// Whose code this is, and since when nobody there is followed any more.
pub(super) async fn by_code(cx: &mut Cx, code: &SecretCode) -> Result<(HouseholdId, Option<Timestamp>)> {
    let (tenant, index) = (cx.tenant().uuid(), code_index(cx, code)?);
    let row = sqlx::query!(
        "select h.id, h.rested_at from household_codes c
         join households own on own.tenant_id = c.tenant_id and own.id = c.household_id
         join households h on h.tenant_id = own.tenant_id and h.id = coalesce(own.joined_into, own.id)
         where c.tenant_id = $1 and c.code_index = $2 and c.revoked_at is null",
        tenant,
        index
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok((row.id.into(), row.rested_at.map(jiff_sqlx::Timestamp::to_jiff)))
}

/// Whoever has been erased lives nowhere.
pub(crate) async fn clear_erased(cx: &mut Cx) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update household_members m set left_at = $2 from people p
         where m.tenant_id = $1 and m.left_at is null and p.tenant_id = $1 and p.id = m.person_id
           and p.erased_at = $2",
        tenant,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Locks households in the order of their ids: who writes a diary and who counts what is late meet
/// here, and cannot wait for each other.
pub(crate) async fn lock_all(cx: &mut Cx, ids: &[HouseholdId]) -> Result<()> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    sqlx::query!(
        "select id from households where tenant_id = $1 and id = any($2) order by id for update",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(())
}

/// The stations of these households.
pub(crate) async fn stations(cx: &mut Cx, homes: &[HouseholdId]) -> Result<BTreeMap<HouseholdId, UnitId>> {
    let (tenant, ids) = (cx.tenant().uuid(), homes.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select id, station_id from households where tenant_id = $1 and id = any($2)",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.station_id.into())).collect())
}
