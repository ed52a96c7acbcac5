//! People looked up and written by sets: one statement for each table, however many they are.

use super::{
    batch::{NewPhone, Pair, Person, Row},
    model::{Birth, Known, birth_of},
    sql::{PEOPLE, PHONES},
};
use jiff_sqlx::ToSqlx;
use kernel::{Error, ImportId, PersonId, Result, UnitId, citizen_id::CitizenId};
use sqlx::types::Uuid;
use std::collections::BTreeSet;
use store::Cx;

/// Somebody whom a row may mean.
pub(super) struct Hit {
    /// The row's place.
    pub line: usize,
    pub has_phone: bool,
    pub known: Known,
}

/// Somebody on record as the lookups read him: at which place of what was asked, and himself.
struct Line {
    line: i32,
    has_phone: bool,
    id: Uuid,
    same_as: Option<Uuid>,
    search: String,
    birth_year: Option<i16>,
    birth_date: Option<jiff_sqlx::Date>,
    sex: Option<String>,
    citizen_id_index: Option<Vec<u8>>,
    address: Option<String>,
    address_key: Option<String>,
    ward_id: Option<Uuid>,
    quarter_id: Option<Uuid>,
    placed_by: Option<Uuid>,
}

impl TryFrom<Line> for Hit {
    type Error = Error;
    fn try_from(row: Line) -> Result<Self> {
        Ok(Self {
            line: usize::try_from(row.line).map_err(Error::internal)?,
            has_phone: row.has_phone,
            known: Known {
                id: row.id.into(),
                stays: row.same_as.unwrap_or(row.id).into(),
                search: row.search,
                birth: birth_of(row.birth_year, row.birth_date.map(jiff_sqlx::Date::to_jiff)),
                sex: row.sex.and_then(|word| word.parse().ok()),
                citizen_id_index: row.citizen_id_index,
                address: row.address,
                address_key: row.address_key,
                ward: row.ward_id.map(UnitId),
                quarter: row.quarter_id.map(UnitId),
                placed_by: row.placed_by.map(ImportId),
            },
        })
    }
}

/// Everybody whom these rows may mean: by citizen id, by phone, by name and year of birth, by key; of
/// each at most fifty.
pub(super) async fn candidates(cx: &mut Cx, asked: &[Row<'_>]) -> Result<Vec<Hit>> {
    let tenant = cx.tenant().uuid();
    let (mut key_lines, mut keys) = (Vec::new(), Vec::new());
    let (mut citizen_lines, mut citizens) = (Vec::new(), Vec::new());
    let (mut phone_lines, mut phones) = (Vec::new(), Vec::new());
    let (mut name_lines, mut names, mut years) = (Vec::new(), Vec::new(), Vec::new());
    for (line, row) in asked.iter().enumerate() {
        let line = i32::try_from(line).map_err(Error::internal)?;
        for key in &row.keys {
            key_lines.push(line);
            keys.push(*key);
        }
        if let Some(citizen) = &row.citizen {
            citizen_lines.push(line);
            citizens.push(citizen.clone());
        }
        if let Some(phone) = &row.phone {
            phone_lines.push(line);
            phones.push(phone.clone());
        }
        if let Some(year) = row.birth_year() {
            name_lines.push(line);
            names.push(row.search.clone());
            years.push(year);
        }
    }
    // The limits keep a crowd small, and each lookup an index scan of its own.
    let rows = sqlx::query_as!(
        Line,
        r#"with hits as (
               select a.line, k.person_id as id, false as has_phone
               from unnest($2::int[], $3::bigint[]) as a (line, key)
               cross join lateral (select person_id from person_keys
                                   where tenant_id = $1 and key = a.key limit 50) k
               union all
               select a.line, k.id, false
               from unnest($4::int[], $5::bytea[]) as a (line, citizen)
               cross join lateral (select id from people
                                   where tenant_id = $1 and citizen_id_index = a.citizen limit 50) k
               union all
               select a.line, k.person_id, true
               from unnest($6::int[], $7::bytea[]) as a (line, phone)
               cross join lateral (select person_id from person_phones
                                   where tenant_id = $1 and phone_index = a.phone limit 50) k
               union all
               select a.line, k.id, false
               from unnest($8::int[], $9::text[], $10::smallint[]) as a (line, name, year)
               cross join lateral (select id from people
                                   where tenant_id = $1 and search = a.name and birth_year = a.year limit 50) k),
           who as (select line, id, bool_or(has_phone) as has_phone from hits group by line, id)
           select w.line as "line!", w.has_phone as "has_phone!", p.id as "id!", p.same_as as "same_as?",
                  p.search as "search!", p.birth_year as "birth_year?", p.birth_date as "birth_date?", p.sex as "sex?",
                  p.citizen_id_index as "citizen_id_index?", p.address as "address?", p.address_key as "address_key?",
                  p.ward_id as "ward_id?", p.quarter_id as "quarter_id?", p.placed_by as "placed_by?"
           from who w
           cross join lateral (select id, same_as, search, birth_year, birth_date, sex, citizen_id_index, address,
                                      address_key, ward_id, quarter_id, placed_by
                               from people where tenant_id = $1 and id = w.id and erased_at is null limit 1) p
           order by w.line, p.id"#,
        tenant,
        &key_lines,
        &keys,
        &citizen_lines,
        &citizens,
        &phone_lines,
        &phones,
        &name_lines,
        &names,
        &years
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Hit::try_from).collect()
}

/// These people as the matching sees them.
pub(super) async fn known(cx: &mut Cx, ids: &[Uuid]) -> Result<Vec<Known>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Line,
        r#"select 0 as "line!", false as "has_phone!", id, same_as, search, birth_year, birth_date as "birth_date?", sex,
                  citizen_id_index, address, address_key, ward_id, quarter_id, placed_by
           from people where tenant_id = $1 and id = any($2) and erased_at is null order by id"#,
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| Ok(Hit::try_from(row)?.known)).collect()
}

/// The columns that both writings of people have, one entry a person.
struct Columns {
    ids: Vec<Uuid>,
    years: Vec<Option<i16>>,
    days: Vec<Option<jiff_sqlx::Date>>,
    sexes: Vec<Option<String>>,
    citizens: Vec<Option<Vec<u8>>>,
    citizen_indexes: Vec<Option<Vec<u8>>>,
    addresses: Vec<Option<String>>,
    parts: Vec<Option<serde_json::Value>>,
    address_keys: Vec<Option<String>>,
    wards: Vec<Option<Uuid>>,
    quarters: Vec<Option<Uuid>>,
    placed_by: Vec<Option<Uuid>>,
}

impl Columns {
    fn of<'a>(cx: &Cx, people: impl Iterator<Item = &'a Person<'a>> + Clone) -> Result<Self> {
        let known = || people.clone().map(|one| &one.known);
        let seal = |one: &Person<'_>| -> Result<Option<Vec<u8>>> {
            let number = one.citizen_id.map(CitizenId::as_str);
            number.map(|number| cx.seal(PEOPLE, one.known.id.uuid(), "citizen_id", number)).transpose()
        };
        let parts = |one: &Person<'_>| -> Result<Option<serde_json::Value>> {
            one.address
                .map(|address| serde_json::to_value(address.parts()).map_err(Error::internal))
                .transpose()
        };
        Ok(Self {
            ids: known().map(|one| one.id.uuid()).collect(),
            years: known().map(|one| one.birth.map(Birth::year)).collect(),
            days: known().map(|one| one.birth.and_then(Birth::day).map(ToSqlx::to_sqlx)).collect(),
            sexes: known().map(|one| one.sex.map(|sex| sex.as_str().to_owned())).collect(),
            citizens: people.clone().map(seal).collect::<Result<_>>()?,
            citizen_indexes: people
                .clone()
                .map(|one| one.known.citizen_id_index.clone().filter(|_| one.citizen_id.is_some()))
                .collect(),
            addresses: people
                .clone()
                .map(|one| one.address.map(|address| address.original().to_owned()))
                .collect(),
            parts: people.clone().map(parts).collect::<Result<_>>()?,
            address_keys: people
                .clone()
                .map(|one| one.known.address_key.clone().filter(|_| one.address.is_some()))
                .collect(),
            wards: known().map(|one| one.ward.map(UnitId::uuid)).collect(),
            quarters: known().map(|one| one.quarter.map(UnitId::uuid)).collect(),
            placed_by: known().map(|one| one.placed_by.map(ImportId::uuid)).collect(),
        })
    }
}

pub(super) async fn insert(cx: &mut Cx, made: &[Person<'_>]) -> Result<()> {
    if made.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let names: Vec<String> =
        made.iter().map(|one| one.name.map_or_else(String::new, |name| name.as_str().to_owned())).collect();
    let searches: Vec<String> = made.iter().map(|one| one.known.search.clone()).collect();
    let imports: Vec<Option<Uuid>> = made.iter().map(|one| one.import.map(ImportId::uuid)).collect();
    let columns = Columns::of(cx, made.iter())?;
    sqlx::query!(
        "insert into people (tenant_id, id, full_name, search, birth_year, birth_date, sex, citizen_id, citizen_id_index,
                             address, address_parts, address_key, ward_id, quarter_id, import_id, placed_by, keyed, created_at,
                             updated_at)
         select $1, n.id, n.full_name, n.search, n.birth_year, n.birth_date, n.sex, n.citizen_id, n.citizen_id_index,
                n.address, n.address_parts, n.address_key, n.ward_id, n.quarter_id, n.import_id, n.placed_by, true, $2, $2
         from unnest($3::uuid[], $4::text[], $5::text[], $6::smallint[], $7::date[], $8::text[], $9::bytea[], $10::bytea[],
                     $11::text[], $12::jsonb[], $13::text[], $14::uuid[], $15::uuid[], $16::uuid[], $17::uuid[])
              as n (id, full_name, search, birth_year, birth_date, sex, citizen_id, citizen_id_index, address, address_parts,
                    address_key, ward_id, quarter_id, import_id, placed_by)",
        tenant,
        now,
        &columns.ids,
        &names,
        &searches,
        &columns.years as _,
        &columns.days as _,
        &columns.sexes as _,
        &columns.citizens as _,
        &columns.citizen_indexes as _,
        &columns.addresses as _,
        &columns.parts as _,
        &columns.address_keys as _,
        &columns.wards as _,
        &columns.quarters as _,
        &imports as _,
        &columns.placed_by as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Writes what rows have told of people on record; a paper and an address only where they brought one.
pub(super) async fn complete(cx: &mut Cx, people: &[&Person<'_>]) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let columns = Columns::of(cx, people.iter().copied())?;
    sqlx::query!(
        "update people p
         set birth_year = n.birth_year, birth_date = n.birth_date, sex = n.sex,
             citizen_id = coalesce(n.citizen_id, p.citizen_id),
             citizen_id_index = coalesce(n.citizen_id_index, p.citizen_id_index),
             address = coalesce(n.address, p.address), address_parts = coalesce(n.address_parts, p.address_parts),
             address_key = coalesce(n.address_key, p.address_key), ward_id = n.ward_id, quarter_id = n.quarter_id,
             placed_by = n.placed_by, updated_at = $2
         from unnest($3::uuid[], $4::smallint[], $5::date[], $6::text[], $7::bytea[], $8::bytea[], $9::text[], $10::jsonb[],
                     $11::text[], $12::uuid[], $13::uuid[], $14::uuid[])
              as n (id, birth_year, birth_date, sex, citizen_id, citizen_id_index, address, address_parts, address_key,
                    ward_id, quarter_id, placed_by)
         where p.tenant_id = $1 and p.id = n.id",
        tenant,
        now,
        &columns.ids,
        &columns.years as _,
        &columns.days as _,
        &columns.sexes as _,
        &columns.citizens as _,
        &columns.citizen_indexes as _,
        &columns.addresses as _,
        &columns.parts as _,
        &columns.address_keys as _,
        &columns.wards as _,
        &columns.quarters as _,
        &columns.placed_by as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn add_phones(cx: &mut Cx, phones: &[NewPhone<'_>]) -> Result<()> {
    if phones.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let ids: Vec<Uuid> = phones.iter().map(|_| cx.id::<Uuid>()).collect();
    let people: Vec<Uuid> = phones.iter().map(|one| one.person.uuid()).collect();
    let sealed: Vec<Vec<u8>> = phones
        .iter()
        .zip(&ids)
        .map(|(one, id)| cx.seal(PHONES, *id, "phone", one.phone.as_e164()))
        .collect::<Result<_>>()?;
    let indexes: Vec<Vec<u8>> = phones.iter().map(|one| one.index.clone()).collect();
    sqlx::query!(
        "insert into person_phones (tenant_id, id, person_id, phone, phone_index, added_at)
         select $1, n.id, n.person_id, n.phone, n.phone_index, $2
         from unnest($3::uuid[], $4::uuid[], $5::bytea[], $6::bytea[]) as n (id, person_id, phone, phone_index)
         on conflict (tenant_id, person_id, phone_index) do nothing",
        tenant,
        now,
        &ids,
        &people,
        &sealed,
        &indexes
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn add_keys(cx: &mut Cx, keys: &[(i64, PersonId)]) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let tenant = cx.tenant().uuid();
    let (keys, people): (Vec<i64>, Vec<Uuid>) = keys.iter().map(|(key, id)| (*key, id.uuid())).unzip();
    sqlx::query!(
        "insert into person_keys (tenant_id, key, person_id)
         select $1, n.key, n.person_id from unnest($2::bigint[], $3::uuid[]) as n (key, person_id)
         on conflict do nothing",
        tenant,
        &keys,
        &people
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What keys are made of has changed; with the address, the quarter is not known any more.
pub(super) async fn unkey(cx: &mut Cx, id: PersonId, moved: bool) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update people set keyed = false, quarter_id = case when $3 then null else quarter_id end,
                           placed_by = case when $3 then null else placed_by end
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        moved
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The open pairs of people who have moved to another ward are that ward's.
pub(super) async fn move_pairs(cx: &mut Cx, moved: &[(Uuid, Option<Uuid>)]) -> Result<()> {
    if moved.is_empty() {
        return Ok(());
    }
    let tenant = cx.tenant().uuid();
    let (ids, wards): (Vec<Uuid>, Vec<Option<Uuid>>) = moved.iter().copied().unzip();
    sqlx::query!(
        "update person_duplicates d set ward_id = n.ward_id
         from unnest($2::uuid[], $3::uuid[]) as n (id, ward_id)
         where d.tenant_id = $1 and d.person_id = n.id and d.decided_at is null",
        tenant,
        &ids,
        &wards as _
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!(
        "update person_duplicates d set other_ward_id = n.ward_id
         from unnest($2::uuid[], $3::uuid[]) as n (id, ward_id)
         where d.tenant_id = $1 and d.other_id = n.id and d.decided_at is null",
        tenant,
        &ids,
        &wards as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Keeps pairs once, with the first basis found, whatever has been decided of them; those that are new.
pub(super) async fn suspect(cx: &mut Cx, pairs: &[Pair]) -> Result<BTreeSet<(PersonId, PersonId)>> {
    if pairs.is_empty() {
        return Ok(BTreeSet::new());
    }
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let ones: Vec<Uuid> = pairs.iter().map(|pair| pair.one.uuid()).collect();
    let twos: Vec<Uuid> = pairs.iter().map(|pair| pair.two.uuid()).collect();
    let bases: Vec<String> = pairs.iter().map(|pair| pair.basis.as_str().to_owned()).collect();
    let weights: Vec<i16> = pairs.iter().map(|pair| pair.weight).collect();
    let added = sqlx::query!(
        "insert into person_duplicates (tenant_id, person_id, other_id, basis, weight, ward_id, other_ward_id, found_at)
         select $1, n.person_id, n.other_id, n.basis, n.weight, a.ward_id, b.ward_id, $2
         from unnest($3::uuid[], $4::uuid[], $5::text[], $6::smallint[]) as n (person_id, other_id, basis, weight)
         cross join lateral (select ward_id from people where tenant_id = $1 and id = n.person_id limit 1) a
         cross join lateral (select ward_id from people where tenant_id = $1 and id = n.other_id limit 1) b
         on conflict do nothing
         returning person_id, other_id",
        tenant,
        now,
        &ones,
        &twos,
        &bases,
        &weights
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(added.into_iter().map(|row| (row.person_id.into(), row.other_id.into())).collect())
}
