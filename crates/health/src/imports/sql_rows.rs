//! The rows of a list.

use kernel::{CaseId, ContactId, Error, ImportId, MatterId, PersonId, Result, UnitId};
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
    /// Of a list that goes on record as it is read.
    pub person: Option<PersonId>,
    pub made_person: bool,
    /// The F0 of a contact.
    pub case: Option<CaseId>,
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
        let people: Vec<Option<Uuid>> = part.iter().map(|row| row.person.map(PersonId::uuid)).collect();
        let made: Vec<bool> = part.iter().map(|row| row.made_person).collect();
        let cases: Vec<Option<Uuid>> = part.iter().map(|row| row.case.map(CaseId::uuid)).collect();
        sqlx::query!(
            "insert into import_rows (tenant_id, import_id, line, state, row_hash, ward_id, positive, body, faults, person_id,
                                      made_person, case_id)
             select $1, $2, * from unnest($3::int[], $4::text[], $5::bytea[], $6::uuid[], $7::bool[], $8::bytea[], $9::jsonb[],
                                          $10::uuid[], $11::bool[], $12::uuid[])",
            tenant,
            import.uuid(),
            &lines,
            &states,
            &hashes,
            &wards as _,
            &positives,
            &bodies as _,
            &faults as _,
            &people as _,
            &made,
            &cases as _
        )
        .execute(cx.conn())
        .await?;
    }
    Ok(())
}

/// The last line of a list that is kept; whoever reads it anew goes on behind it.
pub(super) async fn last_line(cx: &mut Cx, import: ImportId) -> Result<i32> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select coalesce(max(line), 0) as "line!" from import_rows where tenant_id = $1 and import_id = $2"#,
        tenant,
        import.uuid()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// Which of these rows lists that are still on record have brought. A row that was only seen to be one of
/// them has put nothing on record itself: it is of nobody.
pub(super) async fn known_hashes(cx: &mut Cx, hashes: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select distinct r.row_hash from import_rows r
         join imports i on i.tenant_id = r.tenant_id and i.id = r.import_id and i.state in ('applying', 'applied')
         where r.tenant_id = $1 and r.row_hash = any($2)
           and (r.state = 'done' or (r.state = 'known' and r.person_id is not null))",
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
    /// The F0 of a contact.
    pub case: Option<CaseId>,
}

/// The next rows of a list: all positives of one ward first, ward by ward, then the others; and whether they
/// are positives. Each query reads its rows in the order of the index and sorts nothing, however long the list.
pub(super) async fn waiting(
    cx: &mut Cx,
    id: ImportId,
    positives: i64,
    others: i64,
) -> Result<(Vec<Waiting>, bool)> {
    let tenant = cx.tenant().uuid();
    let urgent = sqlx::query_scalar!(
        "select ward_id from import_rows
         where tenant_id = $1 and import_id = $2 and state = 'good' and positive order by ward_id, line limit 1",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .flatten();
    let rows: Vec<(i32, Vec<u8>, Option<Uuid>)> = match urgent {
        Some(ward) => sqlx::query!(
            r#"select line, body as "body!", case_id from import_rows
               where tenant_id = $1 and import_id = $2 and state = 'good' and positive and ward_id = $3
                 and body is not null
               order by line limit $4"#,
            tenant,
            id.uuid(),
            ward,
            positives
        )
        .fetch_all(cx.conn())
        .await?
        .into_iter()
        .map(|row| (row.line, row.body, row.case_id))
        .collect(),
        None => sqlx::query!(
            r#"select line, body as "body!", case_id from import_rows
               where tenant_id = $1 and import_id = $2 and state = 'good' and not positive and body is not null
               order by ward_id, line limit $3"#,
            tenant,
            id.uuid(),
            others
        )
        .fetch_all(cx.conn())
        .await?
        .into_iter()
        .map(|row| (row.line, row.body, row.case_id))
        .collect(),
    };
    let waiting: Result<Vec<Waiting>> = rows
        .into_iter()
        .map(|(line, body, case)| {
            let body = cx.open(ROWS, id.uuid(), &line.to_string(), &body)?;
            Ok(Waiting { line, body, case: case.map(CaseId) })
        })
        .collect();
    Ok((waiting?, urgent.is_some()))
}

/// The wards of which a list has put something on record.
pub(super) async fn wards(cx: &mut Cx, id: ImportId) -> Result<Vec<UnitId>> {
    let tenant = cx.tenant().uuid();
    let wards = sqlx::query_scalar!(
        r#"select distinct ward_id as "ward!" from import_rows
           where tenant_id = $1 and import_id = $2 and ward_id is not null and state = 'done'"#,
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(wards.into_iter().map(UnitId).collect())
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
    pub contact: Option<ContactId>,
    pub street: Option<Uuid>,
    /// What the row has changed, as it was before.
    pub before: Option<serde_json::Value>,
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
    let contacts: Vec<Option<Uuid>> = rows.iter().map(|row| row.contact.map(ContactId::uuid)).collect();
    let streets: Vec<Option<Uuid>> = rows.iter().map(|row| row.street).collect();
    let before: Vec<Option<serde_json::Value>> = rows.iter().map(|row| row.before.clone()).collect();
    sqlx::query!(
        "update import_rows r
         set state = d.state, person_id = d.person, made_person = d.made, case_id = d.case_id, result_id = d.result,
             matter_id = d.matter, contact_id = d.contact, street_id = d.street, before = d.before, body = null
         from unnest($3::int[], $4::text[], $5::uuid[], $6::bool[], $7::uuid[], $8::uuid[], $9::uuid[], $10::uuid[],
                     $11::uuid[], $12::jsonb[])
              as d (line, state, person, made, case_id, result, matter, contact, street, before)
         where r.tenant_id = $1 and r.import_id = $2 and r.line = d.line",
        tenant,
        id.uuid(),
        &lines,
        &states,
        &people as _,
        &made,
        &cases as _,
        &results as _,
        &matters as _,
        &contacts as _,
        &streets as _,
        &before as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A row that was good when it was staged cannot be used any more, or not all of it: into the error file
/// with it. Whom it has found or made stays with it, so that undoing the list finds him. The caller counts it.
pub(super) async fn fail(
    cx: &mut Cx,
    id: ImportId,
    line: i32,
    faults: &serde_json::Value,
    about: Option<(PersonId, bool)>,
) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update import_rows set state = 'error', faults = $4, person_id = $5, made_person = $6
         where tenant_id = $1 and import_id = $2 and line = $3",
        tenant,
        id.uuid(),
        line,
        faults,
        about.map(|(person, _)| person.uuid()),
        about.is_some_and(|(_, made)| made)
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

/// A row that was put on record, or a part of it, and whom it is about.
pub(super) struct Kept {
    pub line: i32,
    pub person: Option<PersonId>,
    pub made_person: bool,
    pub contact: Option<ContactId>,
    pub street: Option<Uuid>,
    pub before: Option<serde_json::Value>,
}

/// The next rows of a list of which something is on record, before a line; the last line first, as what is
/// changed twice is taken back.
pub(super) async fn kept_before(cx: &mut Cx, id: ImportId, line: i32, limit: i64) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select line, person_id, made_person, contact_id, street_id, before from import_rows
         where tenant_id = $1 and import_id = $2 and line < $3
           and (state in ('done', 'known') or (state = 'error' and person_id is not null))
         order by line desc limit $4",
        tenant,
        id.uuid(),
        line,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Kept {
            line: row.line,
            person: row.person_id.map(PersonId),
            made_person: row.made_person,
            contact: row.contact_id.map(ContactId),
            street: row.street_id,
            before: row.before,
        })
        .collect())
}

/// Notes that these rows have been taken back; a broken one stays in the error file.
pub(super) async fn undone_lines(cx: &mut Cx, id: ImportId, lines: &[i32]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update import_rows
         set state = case state when 'error' then state else 'undone' end,
             body = case state when 'error' then body end,
             person_id = case state when 'error' then null else person_id end,
             made_person = made_person and state <> 'error'
         where tenant_id = $1 and import_id = $2 and line = any($3)",
        tenant,
        id.uuid(),
        lines
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
            Ok(Waiting { line: row.line, body, case: None })
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
    let open = |sealed: Vec<u8>| cx.open(ROWS, id.uuid(), &line.to_string(), &sealed);
    body.map(|sealed| Ok(Waiting { line, body: open(sealed)?, case: None })).transpose()
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
