//! Questions that lists ask of the people on record.

use kernel::{ImportId, PersonId, Result};
use sqlx::types::Uuid;
use store::Cx;

/// A row whose person may be on record.
pub(super) struct Probe {
    pub citizen_id_index: Option<Vec<u8>>,
    pub phone_index: Option<Vec<u8>>,
    pub search: String,
    pub birth_year: Option<i16>,
}

/// What a row is likely to come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Foreseen {
    /// Nobody like him is on record.
    New,
    /// He is on record.
    Known,
    /// Somebody is on record who may be him.
    Perhaps,
}

/// What rows are likely to come to, in their order: the same paper or the same phone with the same
/// name is the same person; a paper under another name, or a namesake of the same year, is perhaps
/// one. What it comes to is decided when it goes on record.
pub(super) async fn foresee(cx: &mut Cx, probes: &[Probe]) -> Result<Vec<Foreseen>> {
    let tenant = cx.tenant().uuid();
    let citizens: Vec<Option<Vec<u8>>> = probes.iter().map(|probe| probe.citizen_id_index.clone()).collect();
    let phones: Vec<Option<Vec<u8>>> = probes.iter().map(|probe| probe.phone_index.clone()).collect();
    let names: Vec<String> = probes.iter().map(|probe| probe.search.clone()).collect();
    let years: Vec<Option<i16>> = probes.iter().map(|probe| probe.birth_year).collect();
    let rows = sqlx::query!(
        r#"select exists (select from people p
                          where p.tenant_id = $1 and p.citizen_id_index = a.citizen and p.search = a.name
                            and p.erased_at is null)
                  or exists (select from person_phones f
                             join people p on p.tenant_id = $1 and p.id = f.person_id
                             where f.tenant_id = $1 and f.phone_index = a.phone and p.search = a.name
                               and p.birth_year is not distinct from a.year and p.erased_at is null
                               and (p.citizen_id_index is null or a.citizen is null)) as "known!",
                  exists (select from people p
                          where p.tenant_id = $1 and p.citizen_id_index = a.citizen and p.erased_at is null)
                  or exists (select from people p
                             where p.tenant_id = $1 and p.search = a.name and p.birth_year = a.year
                               and p.erased_at is null
                               and (p.citizen_id_index is null or a.citizen is null)) as "perhaps!"
           from unnest($2::bytea[], $3::bytea[], $4::text[], $5::smallint[]) with ordinality
                as a (citizen, phone, name, year, place)
           order by a.place"#,
        tenant,
        &citizens as _,
        &phones as _,
        &names,
        &years as _
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| match (row.known, row.perhaps) {
            (true, _) => Foreseen::Known,
            (false, true) => Foreseen::Perhaps,
            (false, false) => Foreseen::New,
        })
        .collect())
}

/// Whether more than one person bears the paper of a row, or its number under its name, in the order of
/// the rows: only then can two be him with equal right.
pub(super) async fn crowded(cx: &mut Cx, probes: &[Probe]) -> Result<Vec<bool>> {
    let tenant = cx.tenant().uuid();
    let citizens: Vec<Option<Vec<u8>>> = probes.iter().map(|probe| probe.citizen_id_index.clone()).collect();
    let phones: Vec<Option<Vec<u8>>> = probes.iter().map(|probe| probe.phone_index.clone()).collect();
    let names: Vec<String> = probes.iter().map(|probe| probe.search.clone()).collect();
    Ok(sqlx::query_scalar!(
        r#"select (select count(*) from people p
                   where p.tenant_id = $1 and p.citizen_id_index = a.citizen and p.erased_at is null) > 1
                  or (select count(*) from person_phones f
                      join people p on p.tenant_id = $1 and p.id = f.person_id
                      where f.tenant_id = $1 and f.phone_index = a.phone and p.search = a.name
                        and p.erased_at is null) > 1 as "crowded!"
           from unnest($2::bytea[], $3::bytea[], $4::text[]) with ordinality as a (citizen, phone, name, place)
           order by a.place"#,
        tenant,
        &citizens as _,
        &phones as _,
        &names
    )
    .fetch_all(cx.conn())
    .await?)
}

/// How many pairs that wait for a decision one of these people is in.
pub(super) async fn pairs_with(cx: &mut Cx, people: &[PersonId]) -> Result<i64> {
    let tenant = cx.tenant().uuid();
    let people: Vec<Uuid> = people.iter().map(|id| id.uuid()).collect();
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select person_id, other_id from person_duplicates
               where tenant_id = $1 and person_id = any($2) and decided_at is null
               union
               select person_id, other_id from person_duplicates
               where tenant_id = $1 and other_id = any($2) and decided_at is null) as pairs"#,
        tenant,
        &people
    )
    .fetch_one(cx.conn())
    .await?)
}

/// How many of the people a list made have come to something since: an illness, a result, a fact, a
/// household.
pub(super) async fn settled(cx: &mut Cx, id: ImportId) -> Result<i64> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from import_rows r
           where r.tenant_id = $1 and r.import_id = $2 and r.made_person
             and (exists (select from cases c
                          where c.tenant_id = $1 and c.person_id = r.person_id and c.withdrawn_at is null)
                  or exists (select from test_results t
                             where t.tenant_id = $1 and t.person_id = r.person_id and t.withdrawn_at is null)
                  or exists (select from person_facts f
                             where f.tenant_id = $1 and f.person_id = r.person_id and f.withdrawn_at is null
                               and f.import_id is distinct from $2)
                  or exists (select from household_members m
                             where m.tenant_id = $1 and m.person_id = r.person_id and m.left_at is null)
                  or exists (select from contacts k
                             where k.tenant_id = $1 and k.person_id = r.person_id and k.import_id is distinct from $2
                               and k.state not in ('proposed', 'not_a_contact')))"#,
        tenant,
        id.uuid()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// How many of the contacts that a list has put on record somebody has reached, or has ended.
pub(super) async fn sought(cx: &mut Cx, id: ImportId) -> Result<i64> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from import_rows r
           join contacts k on k.tenant_id = $1 and k.id = r.contact_id
           where r.tenant_id = $1 and r.import_id = $2 and r.contact_id is not null
             and (k.reached_by is not null or k.ended_by is not null)"#,
        tenant,
        id.uuid()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// Those of these people about whom nothing is on record and whom no other list names.
pub(super) async fn nobodies(cx: &mut Cx, id: ImportId, people: &[PersonId]) -> Result<Vec<PersonId>> {
    let tenant = cx.tenant().uuid();
    let people: Vec<Uuid> = people.iter().map(|id| id.uuid()).collect();
    let ids = sqlx::query_scalar!(
        r#"select p as "p!" from unnest($2::uuid[]) as t (p)
           where not exists (select from cases c
                             where c.tenant_id = $1 and c.person_id = p and c.withdrawn_at is null)
             and not exists (select from test_results t
                             where t.tenant_id = $1 and t.person_id = p and t.withdrawn_at is null)
             and not exists (select from person_facts f
                             where f.tenant_id = $1 and f.person_id = p and f.withdrawn_at is null)
             and not exists (select from household_members m
                             where m.tenant_id = $1 and m.person_id = p and m.left_at is null)
             and not exists (select from contacts k
                             where k.tenant_id = $1 and k.person_id = p and k.listed_at is not null)
             and not exists (select from import_rows r
                             where r.tenant_id = $1 and r.person_id = p and not r.made_person and r.import_id <> $3
                               and r.state in ('done', 'known', 'error'))"#,
        tenant,
        &people,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(PersonId).collect())
}
