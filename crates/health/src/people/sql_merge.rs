//! Pairs and joined records as they lie in their tables.

use super::{
    duplicates::Side,
    model::{Duplicate, birth_of},
    sql::{PEOPLE, opened_phone},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, PersonId, Result, StaffId, UnitId, citizen_id::CitizenId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

const MERGES: &str = "person_merges";

struct PairRow {
    person_id: Uuid,
    other_id: Uuid,
    basis: String,
    weight: i16,
    found_at: jiff_sqlx::Timestamp,
}

impl TryFrom<PairRow> for Duplicate {
    type Error = Error;
    fn try_from(row: PairRow) -> Result<Self> {
        Ok(Self {
            person: row.person_id.into(),
            other: row.other_id.into(),
            basis: row.basis.parse()?,
            weight: row.weight,
            found_at: row.found_at.to_jiff(),
        })
    }
}

/// Undecided pairs with somebody in one of these wards, the heaviest first: fifty lines out of each
/// ward's own index, however many wait there.
pub(super) async fn waiting_in(cx: &mut Cx, wards: &[Uuid], limit: i64) -> Result<Vec<Duplicate>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        PairRow,
        r#"select d.person_id as "person_id!", d.other_id as "other_id!", d.basis as "basis!", d.weight as "weight!",
                  d.found_at as "found_at!"
           from (select x.person_id, x.other_id, x.basis, x.weight, x.found_at from unnest($2::uuid[]) as w (ward)
                 cross join lateral (select person_id, other_id, basis, weight, found_at from person_duplicates
                                     where tenant_id = $1 and ward_id = w.ward and decided_at is null
                                     order by weight desc, found_at desc limit $3) x
                 union
                 select x.person_id, x.other_id, x.basis, x.weight, x.found_at from unnest($2::uuid[]) as w (ward)
                 cross join lateral (select person_id, other_id, basis, weight, found_at from person_duplicates
                                     where tenant_id = $1 and other_ward_id = w.ward and decided_at is null
                                     order by weight desc, found_at desc limit $3) x) d
           order by d.weight desc, d.found_at desc, d.person_id, d.other_id limit $3"#,
        tenant,
        wards,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Duplicate::try_from).collect()
}

/// The same anywhere.
pub(super) async fn waiting(cx: &mut Cx, limit: i64) -> Result<Vec<Duplicate>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        PairRow,
        "select person_id, other_id, basis, weight, found_at from person_duplicates
         where tenant_id = $1 and decided_at is null order by weight desc, found_at desc limit $2",
        tenant,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Duplicate::try_from).collect()
}

/// Undecided pairs with one person, the heaviest first.
pub(super) async fn waiting_of(cx: &mut Cx, id: PersonId) -> Result<Vec<Duplicate>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        PairRow,
        "select person_id, other_id, basis, weight, found_at from person_duplicates
         where tenant_id = $1 and (person_id = $2 or other_id = $2) and decided_at is null
         order by weight desc, found_at desc, person_id, other_id limit 20",
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Duplicate::try_from).collect()
}

/// One pair, and whether it has been decided.
pub(super) async fn pair(cx: &mut Cx, low: PersonId, high: PersonId) -> Result<Option<(Duplicate, bool)>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select basis, weight, found_at, decided_at from person_duplicates
         where tenant_id = $1 and person_id = $2 and other_id = $3",
        tenant,
        low.uuid(),
        high.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    row.map(|row| {
        let pair = Duplicate {
            person: low,
            other: high,
            basis: row.basis.parse()?,
            weight: row.weight,
            found_at: row.found_at.to_jiff(),
        };
        Ok((pair, row.decided_at.is_some()))
    })
    .transpose()
}

/// Whether a pair has been decided; locked.
pub(super) async fn lock_pair(cx: &mut Cx, low: PersonId, high: PersonId) -> Result<Option<bool>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select decided_at is not null as "decided!" from person_duplicates
           where tenant_id = $1 and person_id = $2 and other_id = $3 for update"#,
        tenant,
        low.uuid(),
        high.uuid()
    )
    .fetch_optional(cx.conn())
    .await?)
}

pub(super) async fn decide(cx: &mut Cx, low: PersonId, high: PersonId, same: bool) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update person_duplicates set decided_at = $4, same = $5, decided_by = $6
         where tenant_id = $1 and person_id = $2 and other_id = $3",
        tenant,
        low.uuid(),
        high.uuid(),
        now,
        same,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Records of one person are no pairs any more.
pub(super) async fn decide_among(cx: &mut Cx, ids: &[Uuid]) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update person_duplicates set decided_at = $3, same = true, decided_by = $4
         where tenant_id = $1 and person_id = any($2) and other_id = any($2) and decided_at is null",
        tenant,
        ids,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What was decided with a joining that is taken back waits again.
pub(super) async fn reopen(cx: &mut Cx, at: Timestamp, theirs: &[Uuid], his: &[Uuid]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update person_duplicates set decided_at = null, same = null, decided_by = null
         where tenant_id = $1 and decided_at = $2 and same
           and ((person_id = any($3) and other_id = any($4)) or (person_id = any($4) and other_id = any($3)))",
        tenant,
        at.to_sqlx(),
        theirs,
        his
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A pair of two running cases weighs 90 and more.
pub(super) async fn raise(cx: &mut Cx, id: PersonId, others: &[Uuid]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update person_duplicates set weight = 90 + weight / 10
         where tenant_id = $1 and decided_at is null and weight < 90
           and ((person_id = $2 and other_id = any($3)) or (other_id = $2 and person_id = any($3)))",
        tenant,
        id.uuid(),
        others
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Records as they stand side by side; whether they may be seen is still to be said. Emptied ones are
/// left out.
pub(super) async fn sides(cx: &mut Cx, ids: &[Uuid]) -> Result<BTreeMap<PersonId, Side>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, full_name, search, birth_year, birth_date, sex, citizen_id, citizen_id_index, address, address_key,
                ward_id, created_at
         from people where tenant_id = $1 and id = any($2) and erased_at is null",
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?;
    let phones = sqlx::query!(
        "select id, person_id, phone, phone_index from person_phones
         where tenant_id = $1 and person_id = any($2) order by id desc",
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?;
    let mut sides = BTreeMap::new();
    for row in rows {
        let citizen_masked = match &row.citizen_id {
            Some(sealed) => {
                let number = cx.open(PEOPLE, row.id, "citizen_id", sealed)?;
                Some(CitizenId::parse(&number).map_err(Error::internal)?.masked())
            }
            None => None,
        };
        let side = Side {
            person: row.id.into(),
            full_name: row.full_name,
            birth: birth_of(row.birth_year, row.birth_date.map(jiff_sqlx::Date::to_jiff)),
            sex: row.sex.and_then(|word| word.parse().ok()),
            citizen_masked,
            phones_masked: Vec::new(),
            address: row.address,
            ward: row.ward_id.map(UnitId),
            made_at: row.created_at.to_jiff(),
            seen: false,
            search: row.search,
            citizen_id_index: row.citizen_id_index,
            phone_indexes: Vec::new(),
            address_key: row.address_key,
        };
        sides.insert(side.person, side);
    }
    for row in phones {
        let masked = opened_phone(cx, row.id, &row.phone)?.masked();
        if let Some(side) = sides.get_mut(&PersonId(row.person_id)) {
            side.phones_masked.push(masked);
            side.phone_indexes.push(row.phone_index);
        }
    }
    Ok(sides)
}

/// What a joining looks at first; locked.
pub(super) struct Locked {
    pub ward: Option<UnitId>,
    /// To another record.
    pub joined: bool,
}

/// Locks records in the order of their ids.
pub(super) async fn lock(cx: &mut Cx, ids: &[PersonId]) -> Result<BTreeMap<PersonId, Locked>> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select id, ward_id, same_as from people
         where tenant_id = $1 and id = any($2) and erased_at is null order by id for no key update",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id.into(), Locked { ward: row.ward_id.map(UnitId), joined: row.same_as.is_some() }))
        .collect())
}

pub(super) async fn join(cx: &mut Cx, id: Uuid, stays: PersonId, goes: PersonId, why: &str) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let sealed = cx.seal(MERGES, id, "why", why)?;
    sqlx::query!(
        "insert into person_merges (tenant_id, id, stays_id, goes_id, at, by, why) values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        id,
        stays.uuid(),
        goes.uuid(),
        now,
        by,
        sealed
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!(
        "update people set same_as = $3 where tenant_id = $1 and id = $2",
        tenant,
        goes.uuid(),
        stays.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A joining that stands.
pub(super) struct Live {
    pub id: Uuid,
    pub stays: PersonId,
    pub at: Timestamp,
}

pub(super) async fn live(cx: &mut Cx, goes: PersonId) -> Result<Option<Live>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select id, stays_id, at from person_merges
         where tenant_id = $1 and goes_id = $2 and undone_at is null for update",
        tenant,
        goes.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| Live { id: row.id, stays: row.stays_id.into(), at: row.at.to_jiff() }))
}

pub(super) async fn part(cx: &mut Cx, id: Uuid, goes: PersonId) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update person_merges set undone_at = $3, undone_by = $4 where tenant_id = $1 and id = $2",
        tenant,
        id,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!("update people set same_as = null where tenant_id = $1 and id = $2", tenant, goes.uuid())
        .execute(cx.conn())
        .await?;
    Ok(())
}

/// A joining as it lies in its row.
pub(super) struct Joined {
    id: Uuid,
    pub stays: PersonId,
    pub goes: PersonId,
    pub at: Timestamp,
    pub by: Option<StaffId>,
    why: Vec<u8>,
}

impl Joined {
    pub(super) fn why(&self, cx: &Cx) -> Result<String> {
        cx.open(MERGES, self.id, "why", &self.why)
    }
}

/// The joinings among these records, newest first.
pub(super) async fn joined_of(cx: &mut Cx, ids: &[Uuid]) -> Result<Vec<Joined>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, stays_id, goes_id, at, by, why from person_merges
         where tenant_id = $1 and goes_id = any($2) and undone_at is null order by at desc, id",
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Joined {
            id: row.id,
            stays: row.stays_id.into(),
            goes: row.goes_id.into(),
            at: row.at.to_jiff(),
            by: row.by.map(StaffId),
            why: row.why,
        })
        .collect())
}

/// The newest joinings of two records in these wards (`None`: anywhere).
pub(super) async fn joined(cx: &mut Cx, wards: Option<&[Uuid]>, limit: i64) -> Result<Vec<Joined>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select m.id, m.stays_id, m.goes_id, m.at, m.by, m.why from person_merges m
         join people a on a.tenant_id = m.tenant_id and a.id = m.stays_id
         join people b on b.tenant_id = m.tenant_id and b.id = m.goes_id
         where m.tenant_id = $1 and m.undone_at is null
           and ($2::uuid[] is null or (a.ward_id = any($2) and b.ward_id = any($2)))
         order by m.at desc, m.id limit $3",
        tenant,
        wards,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Joined {
            id: row.id,
            stays: row.stays_id.into(),
            goes: row.goes_id.into(),
            at: row.at.to_jiff(),
            by: row.by.map(StaffId),
            why: row.why,
        })
        .collect())
}

/// The open pairs of a ward that has passed into another are the other's.
pub(crate) async fn move_to_ward(cx: &mut Cx, from: UnitId, to: UnitId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update person_duplicates
         set ward_id = case when ward_id = $2 then $3 else ward_id end,
             other_ward_id = case when other_ward_id = $2 then $3 else other_ward_id end
         where tenant_id = $1 and (ward_id = $2 or other_ward_id = $2)",
        tenant,
        from.uuid(),
        to.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
