//! Results of tests.

use super::{record::Test, sql::author};
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, ImportId, Result};
use sqlx::types::Uuid;
use std::collections::BTreeSet;
use store::Cx;

/// Adds results; the id of each that was not known yet.
pub(super) async fn add(
    cx: &mut Cx,
    tests: &[Test],
    cases: &[Option<CaseId>],
    import: Option<ImportId>,
) -> Result<Vec<Option<Uuid>>> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), author(cx));
    let ids: Vec<Uuid> = tests.iter().map(|_| cx.id()).collect();
    let people: Vec<Uuid> = tests.iter().map(|test| test.person.uuid()).collect();
    let cases: Vec<Option<Uuid>> = cases.iter().map(|case| case.map(CaseId::uuid)).collect();
    let kinds: Vec<&str> = tests.iter().map(|test| test.result.kind.as_str()).collect();
    let results: Vec<&str> = tests.iter().map(|test| test.result.result.as_str()).collect();
    let sampled: Vec<jiff_sqlx::Date> = tests.iter().map(|test| test.result.sample_on.to_sqlx()).collect();
    let told: Vec<Option<jiff_sqlx::Date>> =
        tests.iter().map(|test| test.result.result_on.map(ToSqlx::to_sqlx)).collect();
    let cts: Vec<Option<i32>> = tests.iter().map(|test| test.result.ct_hundredths).collect();
    let added = sqlx::query_scalar!(
        "insert into test_results (tenant_id, id, person_id, case_id, kind, result, sample_on, result_on, ct_hundredths,
                                   recorded_at, recorded_by, import_id)
         select $1, id, person, c, kind, result, sampled, told, ct, $10, $11, $12
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::date[], $8::date[], $9::int[])
              with ordinality as t (id, person, c, kind, result, sampled, told, ct, n)
         order by n
         on conflict (tenant_id, person_id, sample_on, kind, result) where withdrawn_at is null do nothing
         returning id",
        tenant,
        &ids,
        &people,
        &cases as &[Option<Uuid>],
        &kinds as &[&str],
        &results as &[&str],
        &sampled as &[jiff_sqlx::Date],
        &told as &[Option<jiff_sqlx::Date>],
        &cts as &[Option<i32>],
        now,
        by,
        import.map(ImportId::uuid)
    )
    .fetch_all(cx.conn())
    .await?;
    let added: BTreeSet<Uuid> = added.into_iter().collect();
    Ok(ids.into_iter().map(|id| added.contains(&id).then_some(id)).collect())
}
