use super::model::{Birth, Brief, Lives, birth_of};
use jiff_sqlx::ToSqlx;
use kernel::{Error, ImportId, PersonId, Phone, Result, UnitId, citizen_id::CitizenId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

pub(super) const PEOPLE: &str = "people";
pub(super) const PHONES: &str = "person_phones";
/// What blind indexes are of.
pub(super) const CITIZEN_ID: &str = "citizen_id";
pub(super) const PHONE: &str = "phone";

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

pub(super) fn opened_phone(cx: &Cx, id: Uuid, sealed: &[u8]) -> Result<Phone> {
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
        r#"select p.address, p.address_parts, p.address_key, p.quarter_id, p.placed_by, f.id as "phone_id?", f.phone as "phone?"
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
    Ok(Lives {
        address: row.address,
        address_parts: row.address_parts,
        address_key: row.address_key,
        quarter: row.quarter_id.map(UnitId),
        placed_by: row.placed_by.map(ImportId),
        phone,
    })
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

/// Everybody who has this number, by any of his records; at most so many. A number is no identity.
pub(super) async fn of_number(cx: &mut Cx, phone: &Phone, limit: i64) -> Result<Vec<Uuid>> {
    let (tenant, index) = (cx.tenant().uuid(), cx.blind(PHONE, phone.as_e164())?);
    let ids = sqlx::query_scalar!(
        "select distinct f.person_id from person_phones f
         join people p on p.tenant_id = f.tenant_id and p.id = f.person_id
         where f.tenant_id = $1 and f.phone_index = $2 and p.erased_at is null
         order by f.person_id limit $3",
        tenant,
        index,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids)
}

/// Empties people: what says who they are goes, the ids stay. Nobody has to decide about them any more.
pub(super) async fn erase(cx: &mut Cx, ids: &[Uuid]) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!("delete from person_phones where tenant_id = $1 and person_id = any($2)", tenant, ids)
        .execute(cx.conn())
        .await?;
    // By no index: it is seldom done, and keys without a second index are cheap to write.
    sqlx::query!("delete from person_keys where tenant_id = $1 and person_id = any($2)", tenant, ids)
        .execute(cx.conn())
        .await?;
    sqlx::query!(
        "update person_duplicates set decided_at = $3, same = false
         where tenant_id = $1 and (person_id = any($2) or other_id = any($2)) and decided_at is null",
        tenant,
        ids,
        now
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!(
        "update people
         set full_name = '', search = '', birth_year = null, birth_date = null, sex = null, citizen_id = null,
             citizen_id_index = null, address = null, address_parts = null, address_key = null, quarter_id = null,
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

/// Every record of these people: who was asked for, and a record of the same person. The one that
/// stays comes first of each.
pub(super) async fn records_of(cx: &mut Cx, ids: &[Uuid]) -> Result<Vec<(PersonId, PersonId)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"with recursive up as (
               select p.id as asked, p.id, p.same_as from people p where p.tenant_id = $1 and p.id = any($2)
               union
               select u.asked, p.id, p.same_as from up u
               join people p on p.tenant_id = $1 and p.id = u.same_as),
           records as (
               select asked, id, 0 as depth from up where same_as is null
               union
               select r.asked, p.id, r.depth + 1 from records r
               join people p on p.tenant_id = $1 and p.same_as = r.id)
           select asked as "asked!", id as "id!" from records order by asked, depth, id"#,
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.asked.into(), row.id.into())).collect())
}

/// The record that stays of each of these.
pub(super) async fn roots(cx: &mut Cx, ids: &[Uuid]) -> Result<BTreeMap<PersonId, PersonId>> {
    let mut roots = BTreeMap::new();
    for (asked, record) in records_of(cx, ids).await? {
        roots.entry(asked).or_insert(record);
    }
    Ok(roots)
}
