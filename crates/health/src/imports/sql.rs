use super::import::{Counts, Import, State};
use duty::sheets::Overrides;
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, Error, ImportId, MatterId, PersonId, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

const IMPORTS: &str = "imports";
pub(super) const ROWS: &str = "import_rows";
const KIND: &str = "results";
/// Rows written by one statement.
const CHUNK: usize = 2_000;

pub(super) struct NewImport<'a> {
    pub id: ImportId,
    pub code: &'a str,
    pub unit: UnitId,
    pub file_name: &'a str,
    pub file_hash: &'a [u8],
    pub file_bytes: i32,
    pub headers: &'a [String],
    pub mapping: &'a BTreeMap<&'static str, String>,
    pub rows: i32,
    pub errors: i32,
    pub known: i32,
    pub positives: i32,
    pub positive_errors: i32,
}

pub(super) struct NewRow {
    pub line: i32,
    pub state: &'static str,
    pub row_hash: Vec<u8>,
    pub ward: Option<UnitId>,
    pub positive: bool,
    pub body: Option<Vec<u8>>,
    pub faults: Option<serde_json::Value>,
}

fn by(cx: &Cx) -> Option<Uuid> {
    cx.actor.staff_id().map(StaffId::uuid)
}

pub(super) async fn insert(cx: &mut Cx, new: &NewImport<'_>) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), by(cx));
    let file_name = cx.seal(IMPORTS, new.id.uuid(), "file_name", new.file_name)?;
    sqlx::query!(
        "insert into imports (tenant_id, id, code, unit_id, kind, state, file_name, file_hash, file_bytes, headers, mapping,
                              rows, errors, known, positives, positive_errors, staged_at, staged_by)
         values ($1, $2, $3, $4, $5, 'staged', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        tenant,
        new.id.uuid(),
        new.code,
        new.unit.uuid(),
        KIND,
        file_name,
        new.file_hash,
        new.file_bytes,
        serde_json::to_value(new.headers).map_err(Error::internal)?,
        serde_json::to_value(new.mapping).map_err(Error::internal)?,
        new.rows,
        new.errors,
        new.known,
        new.positives,
        new.positive_errors,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
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

struct Row {
    id: Uuid,
    code: String,
    unit_id: Uuid,
    state: String,
    file_name: Vec<u8>,
    file_hash: Vec<u8>,
    mapping: serde_json::Value,
    rows: i32,
    errors: i32,
    positives: i32,
    positive_errors: i32,
    staged_at: jiff_sqlx::Timestamp,
    staged_by: Option<Uuid>,
    applied_at: Option<jiff_sqlx::Timestamp>,
    applied_by: Option<Uuid>,
    finished_at: Option<jiff_sqlx::Timestamp>,
    undone_at: Option<jiff_sqlx::Timestamp>,
    errors_fetched_at: Option<jiff_sqlx::Timestamp>,
    good: i64,
    known_now: i64,
    done: i64,
}

impl Row {
    fn open(self, cx: &Cx) -> Result<Import> {
        let jiff = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
        Ok(Import {
            id: self.id.into(),
            code: self.code,
            unit: self.unit_id.into(),
            state: self.state.parse()?,
            file_name: cx.open(IMPORTS, self.id, "file_name", &self.file_name)?,
            file_hash: self.file_hash,
            counts: Counts {
                rows: i64::from(self.rows),
                good: self.good,
                errors: i64::from(self.errors),
                known: self.known_now,
                done: self.done,
                positives: i64::from(self.positives),
                positive_errors: i64::from(self.positive_errors),
            },
            mapping: serde_json::from_value(self.mapping).map_err(Error::internal)?,
            staged_at: self.staged_at.to_jiff(),
            staged_by: self.staged_by.map(StaffId),
            applied_at: jiff(self.applied_at),
            applied_by: self.applied_by.map(StaffId),
            finished_at: jiff(self.finished_at),
            undone_at: jiff(self.undone_at),
            errors_fetched_at: jiff(self.errors_fetched_at),
        })
    }
}

pub(super) async fn find(cx: &mut Cx, id: ImportId) -> Result<Import> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query_as!(
        Row,
        r#"select i.id, i.code, i.unit_id, i.state, i.file_name, i.file_hash, i.mapping, i.rows, i.errors, i.positives,
                  i.positive_errors, i.staged_at, i.staged_by, i.applied_at, i.applied_by, i.finished_at, i.undone_at,
                  i.errors_fetched_at, r.good as "good!", r.known_now as "known_now!", r.done as "done!"
           from imports i
           left join lateral (select count(*) filter (where state = 'good') as good,
                                     count(*) filter (where state = 'known') as known_now,
                                     count(*) filter (where state = 'done') as done
                              from import_rows where tenant_id = i.tenant_id and import_id = i.id) r on true
           where i.tenant_id = $1 and i.id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    row.open(cx)
}

pub(super) async fn recent(cx: &mut Cx, units: Option<&[Uuid]>, limit: i64) -> Result<Vec<Import>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select i.id, i.code, i.unit_id, i.state, i.file_name, i.file_hash, i.mapping, i.rows, i.errors, i.positives,
                  i.positive_errors, i.staged_at, i.staged_by, i.applied_at, i.applied_by, i.finished_at, i.undone_at,
                  i.errors_fetched_at, r.good as "good!", r.known_now as "known_now!", r.done as "done!"
           from (select * from imports where tenant_id = $1 and ($2::uuid[] is null or unit_id = any($2))
                 order by staged_at desc limit $3) i
           left join lateral (select count(*) filter (where state = 'good') as good,
                                     count(*) filter (where state = 'known') as known_now,
                                     count(*) filter (where state = 'done') as done
                              from import_rows where tenant_id = i.tenant_id and import_id = i.id) r on true
           order by i.staged_at desc"#,
        tenant,
        units,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| row.open(cx)).collect()
}

/// What an act on a list looks at first; locked, so that two never work on one list.
pub(super) struct Locked {
    pub code: String,
    pub unit: UnitId,
    pub state: State,
    pub mapping: serde_json::Value,
    pub headers: Vec<String>,
    pub errors: i32,
    pub applied_by: Option<StaffId>,
}

pub(super) async fn lock(cx: &mut Cx, id: ImportId) -> Result<Locked> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select code, unit_id, state, mapping, headers, errors, applied_by from imports
         where tenant_id = $1 and id = $2 for update",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Locked {
        code: row.code,
        unit: row.unit_id.into(),
        state: row.state.parse()?,
        mapping: row.mapping,
        headers: serde_json::from_value(row.headers).map_err(Error::internal)?,
        errors: row.errors,
        applied_by: row.applied_by.map(StaffId),
    })
}

/// Moves a list on; the time and author of the new state are kept with it.
pub(super) async fn set_state(cx: &mut Cx, id: ImportId, state: State) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), by(cx));
    sqlx::query!(
        "update imports
         set state = $3,
             applied_at = case when $3 = 'applying' then $4 else applied_at end,
             applied_by = case when $3 = 'applying' then $5 else applied_by end,
             finished_at = case when $3 = 'applied' then $4 else finished_at end,
             undone_at = case when $3 = 'undone' then $4 else undone_at end,
             undone_by = case when $3 = 'undone' then $5 else undone_by end
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        state.as_str(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
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

pub(super) async fn errors_fetched(cx: &mut Cx, id: ImportId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update imports set errors_fetched_at = coalesce(errors_fetched_at, $3) where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Lets go of every text of a list that is still kept, except rows on their way to the record.
pub(super) async fn forget(cx: &mut Cx, id: ImportId, staged: bool) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update import_rows set body = null, state = case when state = 'good' then 'expired' else state end
         where tenant_id = $1 and import_id = $2 and body is not null and ($3 or state <> 'good')",
        tenant,
        id.uuid(),
        staged
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
        "update import_rows set state = 'undone', body = null where tenant_id = $1 and import_id = $2 and state in ('done', 'known')",
        tenant,
        id.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The columns a unit agreed to last time.
pub(super) async fn mapping(cx: &mut Cx, unit: UnitId) -> Result<Option<Overrides>> {
    let tenant = cx.tenant().uuid();
    let mapping = sqlx::query_scalar!(
        "select mapping from import_mappings where tenant_id = $1 and unit_id = $2 and kind = $3",
        tenant,
        unit.uuid(),
        KIND
    )
    .fetch_optional(cx.conn())
    .await?;
    mapping.map(serde_json::from_value).transpose().map_err(Error::internal)
}

pub(super) async fn remember(cx: &mut Cx, unit: UnitId, mapping: &serde_json::Value) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), by(cx));
    sqlx::query!(
        "insert into import_mappings (tenant_id, unit_id, kind, mapping, updated_at, updated_by)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_id, unit_id, kind) do update
         set mapping = excluded.mapping, updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        tenant,
        unit.uuid(),
        KIND,
        mapping,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
