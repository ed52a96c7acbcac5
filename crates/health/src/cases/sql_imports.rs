//! Questions that lists of results ask of cases.

use super::{model::NewResult, sql::author};
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, ImportId, PersonId, Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// A row of a list that may be on record already.
pub(crate) struct Probe {
    pub line: i32,
    pub citizen_id_index: Option<Vec<u8>>,
    pub phone_index: Option<Vec<u8>>,
    pub search: String,
    pub birth_year: Option<i16>,
    pub result: NewResult,
}

/// Which of these results are on record of a person who matches for certain.
pub(crate) async fn known_results(cx: &mut Cx, probes: &[Probe]) -> Result<Vec<i32>> {
    let tenant = cx.tenant().uuid();
    let lines: Vec<i32> = probes.iter().map(|probe| probe.line).collect();
    let citizens: Vec<Option<Vec<u8>>> = probes.iter().map(|probe| probe.citizen_id_index.clone()).collect();
    let phones: Vec<Option<Vec<u8>>> = probes.iter().map(|probe| probe.phone_index.clone()).collect();
    let names: Vec<String> = probes.iter().map(|probe| probe.search.clone()).collect();
    let years: Vec<Option<i16>> = probes.iter().map(|probe| probe.birth_year).collect();
    let days: Vec<jiff_sqlx::Date> = probes.iter().map(|probe| probe.result.sample_on.to_sqlx()).collect();
    let kinds: Vec<String> = probes.iter().map(|probe| probe.result.kind.as_str().to_owned()).collect();
    let results: Vec<String> = probes.iter().map(|probe| probe.result.result.as_str().to_owned()).collect();
    Ok(sqlx::query_scalar!(
        r#"with asked as (
               select * from unnest($2::int[], $3::bytea[], $4::bytea[], $5::text[], $6::smallint[], $7::date[], $8::text[], $9::text[])
                    as a (line, citizen, phone, name, year, day, kind, result)),
           who as (
               select a.line, a.day, a.kind, a.result, p.id from asked a
               join people p on p.tenant_id = $1 and p.citizen_id_index = a.citizen
               union
               select a.line, a.day, a.kind, a.result, p.id from asked a
               join person_phones f on f.tenant_id = $1 and f.phone_index = a.phone
               join people p on p.tenant_id = $1 and p.id = f.person_id
                            and p.search = a.name and p.birth_year is not distinct from a.year)
           select distinct w.line as "line!" from who w
           join test_results t on t.tenant_id = $1 and t.person_id = w.id and t.sample_on = w.day
                              and t.kind = w.kind and t.result = w.result and t.withdrawn_at is null"#,
        tenant,
        &lines,
        &citizens as _,
        &phones as _,
        &names,
        &years as _,
        &days as _,
        &kinds,
        &results
    )
    .fetch_all(cx.conn())
    .await?)
}

/// The matter and cases of a list on which somebody has acted besides the list.
pub(super) async fn touched(cx: &mut Cx, import: ImportId, acted: &[Uuid]) -> Result<i64> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from cases c
           where c.tenant_id = $1 and c.withdrawn_at is null and (c.import_id = $2 or c.confirmed_import_id = $2)
             and (c.matter_id = any($3)
                  or (c.import_id = $2 and (c.classified_at > c.recorded_at or c.care_at > c.recorded_at))
                  or exists (select from test_results t
                             where t.tenant_id = c.tenant_id and t.case_id = c.id and c.import_id = $2
                               and t.import_id is distinct from $2 and t.withdrawn_at is null))"#,
        tenant,
        import.uuid(),
        acted
    )
    .fetch_one(cx.conn())
    .await?)
}

/// A case that an undone list has lost, with the day on which it counted as an F0.
pub(super) struct Lost {
    pub id: CaseId,
    pub ward: UnitId,
    pub confirmed_on: Option<Date>,
}

/// Takes a list's cases and results off the record; what it made of suspected cases is taken back.
/// Returns the withdrawn cases, the cases turned back, and how many results went.
pub(super) async fn withdraw(cx: &mut Cx, import: ImportId) -> Result<(Vec<Lost>, Vec<Lost>, u64)> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), author(cx));
    let results = sqlx::query!(
        "update test_results set withdrawn_at = $3 where tenant_id = $1 and import_id = $2 and withdrawn_at is null",
        tenant,
        import.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    let turned = sqlx::query!(
        "update cases c set classification = 'suspected', confirmed_on = null, confirmed_import_id = null, matter_id = null,
                            classified_at = $3, classified_by = $4
         from (select id, confirmed_on from cases
               where tenant_id = $1 and confirmed_import_id = $2 and import_id is distinct from $2
                 and withdrawn_at is null for update) as was
         where c.tenant_id = $1 and c.id = was.id
         returning c.id, c.ward_id, was.confirmed_on",
        tenant,
        import.uuid(),
        now,
        by
    )
    .fetch_all(cx.conn())
    .await?;
    let gone = sqlx::query!(
        "update cases set withdrawn_at = $3 where tenant_id = $1 and import_id = $2 and withdrawn_at is null
         returning id, ward_id, confirmed_on",
        tenant,
        import.uuid(),
        now
    )
    .fetch_all(cx.conn())
    .await?;
    let lost = |id: Uuid, ward: Uuid, day: Option<jiff_sqlx::Date>| Lost {
        id: id.into(),
        ward: ward.into(),
        confirmed_on: day.map(jiff_sqlx::Date::to_jiff),
    };
    Ok((
        gone.into_iter().map(|row| lost(row.id, row.ward_id, row.confirmed_on)).collect(),
        turned.into_iter().map(|row| lost(row.id, row.ward_id, row.confirmed_on)).collect(),
        results.rows_affected(),
    ))
}

/// People of these about whom no case, no result and no fact is left, and whom nobody has named as a contact.
pub(super) async fn without_record(cx: &mut Cx, people: &[Uuid]) -> Result<Vec<PersonId>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        r#"select p as "p!" from unnest($2::uuid[]) as t (p)
           where not exists (select from cases c
                             where c.tenant_id = $1 and c.person_id = p and c.withdrawn_at is null)
             and not exists (select from test_results t
                             where t.tenant_id = $1 and t.person_id = p and t.withdrawn_at is null)
             and not exists (select from person_facts f
                             where f.tenant_id = $1 and f.person_id = p and f.withdrawn_at is null)
             and not exists (select from contacts k
                             where k.tenant_id = $1 and k.person_id = p and k.listed_by is not null)
             and not exists (select from passes s
                             where s.tenant_id = $1 and s.person_id = p and s.revoked_at is null)"#,
        tenant,
        people
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(PersonId).collect())
}

/// The cases that a list made or made F0s, withdrawn or not.
pub(crate) async fn of_import(cx: &mut Cx, import: ImportId) -> Result<Vec<CaseId>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        "select id from cases where tenant_id = $1 and (import_id = $2 or confirmed_import_id = $2) order by id",
        tenant,
        import.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(CaseId).collect())
}
