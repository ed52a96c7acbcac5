use super::{
    matching::Basis,
    model::{Birth, Brief, Duplicate, Known, Lives, NewPerson, birth_of},
};
use jiff_sqlx::ToSqlx;
use kernel::{
    Error, PersonId, Phone, Result, UnitId,
    address::Address,
    citizen_id::{CitizenId, Sex},
};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

pub(super) const PEOPLE: &str = "people";
pub(super) const PHONES: &str = "person_phones";

/// Lets one transaction at a time decide who is who among people of one given name; taken in one
/// order, so that two lists read at once cannot wait for each other.
pub(super) async fn queue_up(cx: &mut Cx, given: &[String]) -> Result<()> {
    let tenant = cx.tenant().uuid().to_string();
    sqlx::query!(
        "select pg_advisory_xact_lock(place)
         from (select distinct hashtextextended($1 || given, 7700) as place from unnest($2::text[]) as g (given)
               order by 1) as places",
        tenant,
        given
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(())
}

/// Everybody who may be the newcomer: by citizen id, by phone, by name and year of birth.
pub(super) async fn candidates(
    cx: &mut Cx,
    citizen_id: Option<&[u8]>,
    phone: Option<&[u8]>,
    search: &str,
    birth_year: Option<i16>,
) -> Result<Vec<Known>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select p.id, p.search, p.birth_year, p.birth_date, p.sex, p.citizen_id_index, p.address, p.ward_id,
                  exists (select from person_phones f
                          where f.tenant_id = p.tenant_id and f.person_id = p.id and f.phone_index = $3) as "has_phone!"
           from people p
           where p.tenant_id = $1 and p.erased_at is null and p.id in (
               (select id from people where tenant_id = $1 and citizen_id_index = $2 limit 20)
               union
               (select person_id from person_phones where tenant_id = $1 and phone_index = $3 limit 50)
               union
               (select id from people where tenant_id = $1 and search = $4 and birth_year = $5 limit 20))
           order by p.id"#,
        tenant,
        citizen_id,
        phone,
        search,
        birth_year
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Known {
            id: row.id.into(),
            search: row.search,
            birth: birth_of(row.birth_year, row.birth_date.map(jiff_sqlx::Date::to_jiff)),
            sex: row.sex.and_then(|word| word.parse().ok()),
            citizen_id_index: row.citizen_id_index,
            address: row.address,
            ward: row.ward_id.map(UnitId),
            has_phone: row.has_phone,
        })
        .collect())
}

/// People of exactly this name in these wards (`None`: in all).
pub(super) async fn namesakes(cx: &mut Cx, search: &str, wards: Option<&[Uuid]>) -> Result<Vec<PersonId>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        "select id from people
         where tenant_id = $1 and search = $2 and erased_at is null and ($3::uuid[] is null or ward_id = any($3))
         order by id limit 20",
        tenant,
        search,
        wards
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(PersonId).collect())
}

pub(super) fn citizen_id_index(cx: &Cx, id: &CitizenId) -> Result<Vec<u8>> {
    cx.blind("citizen_id", id.as_str())
}

pub(super) fn phone_index(cx: &Cx, phone: &Phone) -> Result<Vec<u8>> {
    cx.blind("phone", phone.as_e164())
}

pub(super) async fn insert(cx: &mut Cx, id: PersonId, new: &NewPerson) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let sealed =
        new.citizen_id.as_ref().map(|c| cx.seal(PEOPLE, id.uuid(), "citizen_id", c.as_str())).transpose()?;
    let index = new.citizen_id.as_ref().map(|c| citizen_id_index(cx, c)).transpose()?;
    let parts =
        new.address.as_ref().map(|a| serde_json::to_value(a.parts())).transpose().map_err(Error::internal)?;
    let birth_date = new.birth.and_then(Birth::day).map(ToSqlx::to_sqlx);
    sqlx::query!(
        "insert into people (tenant_id, id, full_name, search, birth_year, birth_date, sex, citizen_id, citizen_id_index,
                             address, address_parts, address_key, ward_id, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)",
        tenant,
        id.uuid(),
        new.name.as_str(),
        new.name.search_key(),
        new.birth.map(Birth::year),
        birth_date as Option<jiff_sqlx::Date>,
        new.sex.map(Sex::as_str),
        sealed,
        index,
        new.address.as_ref().map(Address::original),
        parts,
        new.address.as_ref().map(Address::search_key),
        new.ward.map(UnitId::uuid),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Writes what the newcomer tells that was not known; `None` leaves a column as it is.
pub(super) async fn complete(cx: &mut Cx, id: PersonId, news: &NewPerson, fields: &[&str]) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let has = |field: &str| fields.contains(&field);
    let citizen_id = news.citizen_id.as_ref().filter(|_| has("citizen_id"));
    let sealed = citizen_id.map(|c| cx.seal(PEOPLE, id.uuid(), "citizen_id", c.as_str())).transpose()?;
    let index = citizen_id.map(|c| citizen_id_index(cx, c)).transpose()?;
    let address = news.address.as_ref().filter(|_| has("address"));
    let parts = address.map(|a| serde_json::to_value(a.parts())).transpose().map_err(Error::internal)?;
    let birth = news.birth.filter(|_| has("birth"));
    sqlx::query!(
        "update people
         set birth_year = coalesce($3, birth_year), birth_date = coalesce($4, birth_date), sex = coalesce($5, sex),
             citizen_id = coalesce($6, citizen_id), citizen_id_index = coalesce($7, citizen_id_index),
             address = coalesce($8, address), address_parts = coalesce($9, address_parts),
             address_key = coalesce($10, address_key), ward_id = coalesce($11, ward_id), updated_at = $12
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        birth.map(Birth::year),
        birth.and_then(Birth::day).map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>,
        news.sex.filter(|_| has("sex")).map(Sex::as_str),
        sealed,
        index,
        address.map(Address::original),
        parts,
        address.map(Address::search_key),
        news.ward.filter(|_| has("ward")).map(UnitId::uuid),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Adds a number; false when the person has it already.
pub(super) async fn add_phone(cx: &mut Cx, person: PersonId, phone: &Phone) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let id = cx.id::<Uuid>();
    let sealed = cx.seal(PHONES, id, "phone", phone.as_e164())?;
    let index = phone_index(cx, phone)?;
    let added = sqlx::query!(
        "insert into person_phones (tenant_id, id, person_id, phone, phone_index, added_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (tenant_id, person_id, phone_index) do nothing",
        tenant,
        id,
        person.uuid(),
        sealed,
        index,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(added.rows_affected() > 0)
}

/// Keeps a pair once, with the first basis found; false when it was known.
pub(super) async fn suspect(cx: &mut Cx, one: PersonId, two: PersonId, basis: Basis) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let (low, high) = (one.min(two), one.max(two));
    let added = sqlx::query!(
        "insert into person_duplicates (tenant_id, person_id, other_id, basis, found_at)
         values ($1, $2, $3, $4, $5) on conflict do nothing",
        tenant,
        low.uuid(),
        high.uuid(),
        basis.as_str(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(added.rows_affected() > 0)
}

/// Undecided pairs with someone in one of these wards (`None`: anywhere), newest first.
pub(super) async fn duplicates(cx: &mut Cx, wards: Option<&[Uuid]>, limit: i64) -> Result<Vec<Duplicate>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select d.person_id, d.other_id, d.basis, d.found_at
         from person_duplicates d
         join people a on a.tenant_id = d.tenant_id and a.id = d.person_id and a.erased_at is null
         join people b on b.tenant_id = d.tenant_id and b.id = d.other_id and b.erased_at is null
         where d.tenant_id = $1 and d.decided_at is null
           and ($2::uuid[] is null or a.ward_id = any($2) or b.ward_id = any($2))
         order by d.found_at desc, d.person_id limit $3",
        tenant,
        wards,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Duplicate {
                person: row.person_id.into(),
                other: row.other_id.into(),
                basis: row.basis.parse()?,
                found_at: row.found_at.to_jiff(),
            })
        })
        .collect()
}

/// Undecided pairs with one person, newest first.
pub(super) async fn duplicates_of(cx: &mut Cx, id: PersonId) -> Result<Vec<Duplicate>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select d.person_id, d.other_id, d.basis, d.found_at
         from person_duplicates d
         join people a on a.tenant_id = d.tenant_id and a.id = d.person_id and a.erased_at is null
         join people b on b.tenant_id = d.tenant_id and b.id = d.other_id and b.erased_at is null
         where d.tenant_id = $1 and d.decided_at is null and (d.person_id = $2 or d.other_id = $2)
         order by d.found_at desc limit 20",
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Duplicate {
                person: row.person_id.into(),
                other: row.other_id.into(),
                basis: row.basis.parse()?,
                found_at: row.found_at.to_jiff(),
            })
        })
        .collect()
}

/// People as lists show them; the newest phone, still sealed.
pub(super) async fn briefs(cx: &mut Cx, ids: &[Uuid]) -> Result<BTreeMap<PersonId, Brief>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select p.id, p.full_name, p.birth_year, p.sex, p.ward_id, f.id as "phone_id?", f.phone as "phone?"
           from people p
           left join lateral (select id, phone from person_phones
                              where tenant_id = p.tenant_id and person_id = p.id order by id desc limit 1) f on true
           where p.tenant_id = $1 and p.id = any($2)"#,
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?;
    let mut briefs = BTreeMap::new();
    for row in rows {
        let phone_masked = match row.phone_id.zip(row.phone) {
            Some((id, sealed)) => Some(opened_phone(cx, id, &sealed)?.masked()),
            None => None,
        };
        let id = PersonId(row.id);
        let brief = Brief {
            id,
            full_name: row.full_name,
            birth_year: row.birth_year,
            sex: row.sex.and_then(|word| word.parse().ok()),
            ward: row.ward_id.map(UnitId),
            phone_masked,
        };
        briefs.insert(id, brief);
    }
    Ok(briefs)
}

fn opened_phone(cx: &Cx, id: Uuid, sealed: &[u8]) -> Result<Phone> {
    Phone::parse(&cx.open(PHONES, id, "phone", sealed)?).map_err(Error::internal)
}

/// Where a person lives, for the question who may see him.
pub(super) async fn ward(cx: &mut Cx, id: PersonId) -> Result<Option<UnitId>> {
    let tenant = cx.tenant().uuid();
    let ward = sqlx::query_scalar!(
        "select ward_id from people where tenant_id = $1 and id = $2 and erased_at is null",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(ward.map(UnitId))
}

/// Where somebody lives and how he is reached.
pub(crate) async fn lives(cx: &mut Cx, id: PersonId) -> Result<Lives> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select p.address, p.address_parts, p.address_key, f.id as "phone_id?", f.phone as "phone?"
           from people p
           left join lateral (select id, phone from person_phones
                              where tenant_id = p.tenant_id and person_id = p.id order by id desc limit 1) f on true
           where p.tenant_id = $1 and p.id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let phone = row.phone_id.zip(row.phone).map(|(id, sealed)| opened_phone(cx, id, &sealed)).transpose()?;
    Ok(Lives { address: row.address, address_parts: row.address_parts, address_key: row.address_key, phone })
}

/// When people were born, as exactly as it is known.
pub(crate) async fn births(cx: &mut Cx, ids: &[PersonId]) -> Result<BTreeMap<PersonId, Birth>> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select id, birth_year, birth_date from people where tenant_id = $1 and id = any($2)",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    let born = |year, day: Option<jiff_sqlx::Date>| birth_of(year, day.map(jiff_sqlx::Date::to_jiff));
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.id.into(), born(row.birth_year, row.birth_date)?)))
        .collect())
}

/// The whole record, opened.
pub(super) async fn open(cx: &mut Cx, id: PersonId) -> Result<super::Opened> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select full_name, birth_year, birth_date, sex, citizen_id, address, ward_id, created_at, updated_at
         from people where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    let numbers = sqlx::query!(
        "select id, phone from person_phones where tenant_id = $1 and person_id = $2 order by id desc",
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    let phones: Result<Vec<Phone>> = numbers.iter().map(|row| opened_phone(cx, row.id, &row.phone)).collect();
    let citizen_id =
        row.citizen_id.map(|sealed| cx.open(PEOPLE, id.uuid(), "citizen_id", &sealed)).transpose()?;
    Ok(super::Opened {
        id,
        full_name: row.full_name,
        birth: birth_of(row.birth_year, row.birth_date.map(jiff_sqlx::Date::to_jiff)),
        sex: row.sex.and_then(|word| word.parse().ok()),
        citizen_id: citizen_id.map(|text| CitizenId::parse(&text)).transpose().map_err(Error::internal)?,
        phones: phones?,
        address: row.address,
        ward: row.ward_id.map(UnitId),
        created_at: row.created_at.to_jiff(),
        updated_at: row.updated_at.to_jiff(),
    })
}

/// Empties people: what says who they are goes, the ids stay.
pub(super) async fn erase(cx: &mut Cx, ids: &[Uuid]) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!("delete from person_phones where tenant_id = $1 and person_id = any($2)", tenant, ids)
        .execute(cx.conn())
        .await?;
    sqlx::query!(
        "update people
         set full_name = '', search = '', birth_year = null, birth_date = null, sex = null, citizen_id = null,
             citizen_id_index = null, address = null, address_parts = null, address_key = null,
             updated_at = $3, erased_at = $3
         where tenant_id = $1 and id = any($2) and erased_at is null",
        tenant,
        ids,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
