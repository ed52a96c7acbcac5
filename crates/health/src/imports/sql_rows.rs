//! The rows of a list.

use kernel::{CaseId, Error, ImportId, MatterId, PersonId, Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

pub(super) const ROWS: &str = "import_rows";
/// Rows written by one statement.
const CHUNK: usize = 2_000;

pub(super) struct NewRow {
    pub line: i32,
    pub state: &'static str,
    pub row_hash: Vec<u8>,
    pub ward: Option<UnitId>,
    pub positive: bool,
    pub body: Option<Vec<u8>>,
    pub faults: Option<serde_json::Value>,
}

pub(super) async fn insert_rows(cx: &mut Cx, import: ImportId, rows: &[NewRow]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    for part in rows.chunks(CHUNK) {
        let lines: Vec<i32> = part.iter().map(|row| row.line).collect();
        let states: Vec<String> = part.iter().map(|row| row.state.to_owned()).collect();
        let hashes: Vec<Vec<u8>> = part.iter().map(|row| row.row_hash.clone()).collect();
        let wards: Vec<Option<Uuid>> = part.iter().map(|row| row.ward.map(UnitId::uuid)).collect();
        let positives: Vec<bool> = part.iter().map(|row| row.positive).collect();
        let bodies: Vec<Option<Vec<u8>>> = part.iter().map(|row| row.body.clone()).collect();
        let faults: Vec<Option<serde_json::Value>> = part.iter().map(|row| row.faults.clone()).collect();
        sqlx::query!(
            "insert into import_rows (tenant_id, import_id, line, state, row_hash, ward_id, positive, body, faults)
             select $1, $2, * from unnest($3::int[], $4::text[], $5::bytea[], $6::uuid[], $7::bool[], $8::bytea[], $9::jsonb[])",
            tenant,
            import.uuid(),
            &lines,
            &states,
            &hashes,
            &wards as _,
            &positives,
            &bodies as _,
            &faults as _
        )
        .execute(cx.conn())
        .await?;
    }
    Ok(())
}

/// Which of these rows lists that are still on record have brought.
pub(super) async fn known_hashes(cx: &mut Cx, hashes: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select distinct r.row_hash from import_rows r
         join imports i on i.tenant_id = r.tenant_id and i.id = r.import_id and i.state in ('applying', 'applied')
         where r.tenant_id = $1 and r.row_hash = any($2) and r.state in ('known', 'done')",
        tenant,
        hashes
    )
    .fetch_all(cx.conn())
    .await?)
}

/// A row waiting to be put on record.
pub(super) struct Waiting {
    pub line: i32,
    pub body: String,
}

/// The next rows of a list: all positives of one ward first, ward by ward, then the others.
pub(super) async fn waiting(cx: &mut Cx, id: ImportId, positives: i64, others: i64) -> Result<Vec<Waiting>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"with first as (
               select positive, ward_id from import_rows
               where tenant_id = $1 and import_id = $2 and state = 'good'
               order by positive desc, ward_id, line limit 1)
           select r.line, r.body as "body!" from import_rows r, first f
           where r.tenant_id = $1 and r.import_id = $2 and r.state = 'good' and r.body is not null
             and r.positive = f.positive and (not f.positive or r.ward_id = f.ward_id)
           order by r.line limit (select case when positive then $3::bigint else $4::bigint end from first)"#,
        tenant,
        id.uuid(),
        positives,
        others
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let body = cx.open(ROWS, id.uuid(), &row.line.to_string(), &row.body)?;
            Ok(Waiting { line: row.line, body })
        })
        .collect()
}

/// How many positives of a ward still wait, and the list's matter for it if one has opened.
pub(super) async fn of_ward(cx: &mut Cx, id: ImportId, ward: UnitId) -> Result<(i64, Option<MatterId>)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select count(*) filter (where state = 'good') as "left!", (array_agg(matter_id) filter (where matter_id is not null))[1] as matter
           from import_rows where tenant_id = $1 and import_id = $2 and ward_id = $3 and positive"#,
        tenant,
        id.uuid(),
        ward.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.left, row.matter.map(MatterId)))
}

/// What became of a row; its sealed text goes.
pub(super) struct Done {
    pub line: i32,
    pub state: &'static str,
    pub person: Option<PersonId>,
    pub made_person: bool,
    pub case: Option<CaseId>,
    pub result: Option<Uuid>,
    pub matter: Option<MatterId>,
}

pub(super) async fn done(cx: &mut Cx, id: ImportId, rows: &[Done]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let lines: Vec<i32> = rows.iter().map(|row| row.line).collect();
    let states: Vec<String> = rows.iter().map(|row| row.state.to_owned()).collect();
    let people: Vec<Option<Uuid>> = rows.iter().map(|row| row.person.map(PersonId::uuid)).collect();
    let made: Vec<bool> = rows.iter().map(|row| row.made_person).collect();
    let cases: Vec<Option<Uuid>> = rows.iter().map(|row| row.case.map(CaseId::uuid)).collect();
    let results: Vec<Option<Uuid>> = rows.iter().map(|row| row.result).collect();
    let matters: Vec<Option<Uuid>> = rows.iter().map(|row| row.matter.map(MatterId::uuid)).collect();
    sqlx::query!(
        "update import_rows r
         set state = d.state, person_id = d.person, made_person = d.made, case_id = d.case_id, result_id = d.result,
             matter_id = d.matter, body = null
         from unnest($3::int[], $4::text[], $5::uuid[], $6::bool[], $7::uuid[], $8::uuid[], $9::uuid[])
              as d (line, state, person, made, case_id, result, matter)
         where r.tenant_id = $1 and r.import_id = $2 and r.line = d.line",
        tenant,
        id.uuid(),
        &lines,
        &states,
        &people as _,
        &made,
        &cases as _,
        &results as _,
        &matters as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A row that was good when it was staged cannot be used any more: into the error file with it.
pub(super) async fn fail(cx: &mut Cx, id: ImportId, line: i32, faults: &serde_json::Value) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "with failed as (
             update import_rows set state = 'error', faults = $4 where tenant_id = $1 and import_id = $2 and line = $3)
         update imports set errors = errors + 1 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        line,
        faults
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A broken row as kept: its line, its sealed text opened, its faults.
pub(super) struct Broken {
    pub line: i32,
    pub body: String,
    pub faults: Vec<[String; 2]>,
}

pub(super) async fn broken(cx: &mut Cx, id: ImportId) -> Result<Vec<Broken>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select line, body as "body!", faults from import_rows
           where tenant_id = $1 and import_id = $2 and state = 'error' and body is not null order by line"#,
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let faults = row.faults.unwrap_or_default();
            Ok(Broken {
                line: row.line,
                body: cx.open(ROWS, id.uuid(), &row.line.to_string(), &row.body)?,
                faults: serde_json::from_value(faults).map_err(Error::internal)?,
            })
        })
        .collect()
}

/// What is wrong with the first broken rows, positives before all others; their text stays sealed.
pub(super) async fn faults(
    cx: &mut Cx,
    id: ImportId,
    limit: i64,
) -> Result<Vec<(i32, bool, Vec<[String; 2]>)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select line, positive, faults from import_rows
         where tenant_id = $1 and import_id = $2 and state = 'error' order by positive desc, line limit $3",
        tenant,
        id.uuid(),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let faults = serde_json::from_value(row.faults.unwrap_or_default()).map_err(Error::internal)?;
            Ok((row.line, row.positive, faults))
        })
        .collect()
}

/// Lets go of every text of a list that is still kept, except rows on their way to the record and those
/// of which somebody has yet to say whose they are.
pub(super) async fn forget(cx: &mut Cx, id: ImportId, staged: bool) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update import_rows set body = null, state = case when state = 'good' then 'expired' else state end
         where tenant_id = $1 and import_id = $2 and body is not null and state <> 'unmatched' and ($3 or state <> 'good')",
        tenant,
        id.uuid(),
        staged
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Lets go of what the broken rows of a list say; what was wrong with them stays known.
pub(super) async fn forget_broken(cx: &mut Cx, id: ImportId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update import_rows set body = null
         where tenant_id = $1 and import_id = $2 and body is not null and state = 'error'",
        tenant,
        id.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The matters that rang for a list, and the people it made.
pub(super) async fn brought(cx: &mut Cx, id: ImportId) -> Result<(Vec<MatterId>, Vec<PersonId>)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select coalesce(array_agg(distinct matter_id) filter (where matter_id is not null), '{}') as "matters!",
                  coalesce(array_agg(distinct person_id) filter (where made_person), '{}') as "people!"
           from import_rows where tenant_id = $1 and import_id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.matters.into_iter().map(MatterId).collect(), row.people.into_iter().map(PersonId).collect()))
}

pub(super) async fn undone(cx: &mut Cx, id: ImportId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update import_rows set state = 'undone', body = null where tenant_id = $1 and import_id = $2 and state in ('done', 'known', 'unmatched')",
        tenant,
        id.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Rows that wait for a person to say whose they are; their text stays.
pub(super) async fn wait(cx: &mut Cx, id: ImportId, lines: &[i32]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update import_rows set state = 'unmatched' where tenant_id = $1 and import_id = $2 and line = any($3)",
        tenant,
        id.uuid(),
        lines
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The rows that wait so, positives before all others.
pub(super) async fn unmatched(cx: &mut Cx, id: ImportId, limit: i64) -> Result<Vec<Waiting>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select line, body as "body!" from import_rows
           where tenant_id = $1 and import_id = $2 and state = 'unmatched' and body is not null
           order by positive desc, line limit $3"#,
        tenant,
        id.uuid(),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let body = cx.open(ROWS, id.uuid(), &row.line.to_string(), &row.body)?;
            Ok(Waiting { line: row.line, body })
        })
        .collect()
}

/// One of them; `None` when somebody has decided it. The list is locked by the caller.
pub(super) async fn unmatched_row(cx: &mut Cx, id: ImportId, line: i32) -> Result<Option<Waiting>> {
    let tenant = cx.tenant().uuid();
    let body = sqlx::query_scalar!(
        r#"select body as "body!" from import_rows
           where tenant_id = $1 and import_id = $2 and line = $3 and state = 'unmatched' and body is not null"#,
        tenant,
        id.uuid(),
        line
    )
    .fetch_optional(cx.conn())
    .await?;
    body.map(|sealed| Ok(Waiting { line, body: cx.open(ROWS, id.uuid(), &line.to_string(), &sealed)? }))
        .transpose()
}

/// Somebody said that a row is of nobody here: it is let go of.
pub(super) async fn refuse(cx: &mut Cx, id: ImportId, line: i32) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update import_rows set state = 'failed', body = null where tenant_id = $1 and import_id = $2 and line = $3",
        tenant,
        id.uuid(),
        line
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
