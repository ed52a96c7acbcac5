use super::{
    import::{Arrival, Counts, Import, State},
    kinds::Kind,
};
use duty::sheets::Overrides;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, ImportId, Result, StaffId, TicketId, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

const IMPORTS: &str = "imports";

pub(super) struct NewImport<'a> {
    pub id: ImportId,
    pub code: &'a str,
    pub unit: UnitId,
    pub kind: Kind,
    pub state: State,
    pub file_name: &'a str,
    pub file_hash: &'a [u8],
    pub file_bytes: i32,
    pub headers: &'a [String],
    pub mapping: &'a BTreeMap<&'static str, String>,
    /// As far as can be told without reading it.
    pub rows: i32,
}

fn by(cx: &Cx) -> Option<Uuid> {
    cx.actor.staff_id().map(StaffId::uuid)
}

/// A list that is known and not yet read.
pub(super) async fn insert(cx: &mut Cx, new: &NewImport<'_>) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), by(cx));
    let file_name = cx.seal(IMPORTS, new.id.uuid(), "file_name", new.file_name)?;
    sqlx::query!(
        "insert into imports (tenant_id, id, code, unit_id, kind, state, file_name, file_hash, file_bytes, headers, mapping,
                              rows, errors, known, positives, positive_errors, staged_at, staged_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, 0, 0, $13, $14)",
        tenant,
        new.id.uuid(),
        new.code,
        new.unit.uuid(),
        new.kind.as_str(),
        new.state.as_str(),
        file_name,
        new.file_hash,
        new.file_bytes,
        serde_json::to_value(new.headers).map_err(Error::internal)?,
        serde_json::to_value(new.mapping).map_err(Error::internal)?,
        new.rows,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What a step adds to the counts of a list, or takes from them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub read: i32,
    pub good: i32,
    pub errors: i32,
    pub known: i32,
    pub done: i32,
    pub positives: i32,
    pub positive_errors: i32,
    pub made: i32,
    pub matched: i32,
    pub pairs: i32,
}

pub(super) async fn count(cx: &mut Cx, id: ImportId, tally: &Tally) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update imports
         set read_rows = read_rows + $3, good = good + $4, errors = errors + $5, known = known + $6, done = done + $7,
             positives = positives + $8, positive_errors = positive_errors + $9, made = made + $10,
             matched = matched + $11, pairs = pairs + $12
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        tally.read,
        tally.good,
        tally.errors,
        tally.known,
        tally.done,
        tally.positives,
        tally.positive_errors,
        tally.made,
        tally.matched,
        tally.pairs
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

struct Row {
    id: Uuid,
    code: String,
    unit_id: Uuid,
    kind: String,
    state: String,
    fault: Option<String>,
    file_name: Vec<u8>,
    file_hash: Vec<u8>,
    mapping: serde_json::Value,
    rows: i32,
    read_rows: i32,
    good: i32,
    errors: i32,
    known: i32,
    done: i32,
    positives: i32,
    positive_errors: i32,
    made: i32,
    matched: i32,
    pairs: i32,
    staged_at: jiff_sqlx::Timestamp,
    staged_by: Option<Uuid>,
    applied_at: Option<jiff_sqlx::Timestamp>,
    applied_by: Option<Uuid>,
    finished_at: Option<jiff_sqlx::Timestamp>,
    undone_at: Option<jiff_sqlx::Timestamp>,
    errors_fetched_at: Option<jiff_sqlx::Timestamp>,
    unmatched: i64,
}

impl Row {
    fn open(self, cx: &Cx) -> Result<Import> {
        let jiff = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
        Ok(Import {
            id: self.id.into(),
            code: self.code,
            unit: self.unit_id.into(),
            kind: self.kind.parse()?,
            state: self.state.parse()?,
            fault: self.fault,
            file_name: cx.open(IMPORTS, self.id, "file_name", &self.file_name)?,
            file_hash: self.file_hash,
            counts: Counts {
                rows: self.rows.into(),
                read: self.read_rows.into(),
                good: self.good.into(),
                errors: self.errors.into(),
                known: self.known.into(),
                done: self.done.into(),
                unmatched: self.unmatched,
                positives: self.positives.into(),
                positive_errors: self.positive_errors.into(),
                made: self.made.into(),
                matched: self.matched.into(),
                pairs: self.pairs.into(),
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
        r#"select id, code, unit_id, kind, state, fault, file_name, file_hash, mapping, rows, read_rows, good, errors, known,
                done, positives, positive_errors, made, matched, pairs, staged_at, staged_by, applied_at, applied_by,
                finished_at, undone_at, errors_fetched_at,
                (select count(*) from import_rows r
                 where r.tenant_id = imports.tenant_id and r.import_id = imports.id and r.state = 'unmatched') as "unmatched!"
         from imports where tenant_id = $1 and id = $2"#,
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
        r#"select id, code, unit_id, kind, state, fault, file_name, file_hash, mapping, rows, read_rows, good, errors, known,
                done, positives, positive_errors, made, matched, pairs, staged_at, staged_by, applied_at, applied_by,
                finished_at, undone_at, errors_fetched_at,
                (select count(*) from import_rows r
                 where r.tenant_id = imports.tenant_id and r.import_id = imports.id and r.state = 'unmatched') as "unmatched!"
         from imports where tenant_id = $1 and ($2::uuid[] is null or unit_id = any($2))
         order by staged_at desc limit $3"#,
        tenant,
        units,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| row.open(cx)).collect()
}

/// The newest list of results of each unit that could be read and was not left to expire.
pub(super) async fn arrivals(cx: &mut Cx) -> Result<Vec<Arrival>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select distinct on (unit_id) unit_id, staged_at, rows, errors,
                  errors_fetched_at is not null as "fetched!"
           from imports where tenant_id = $1 and kind = 'results' and state not in ('reading', 'unreadable', 'expired')
           order by unit_id, staged_at desc"#,
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Arrival {
            unit: row.unit_id.into(),
            staged_at: row.staged_at.to_jiff(),
            rows: row.rows.into(),
            refused: row.errors.into(),
            refused_fetched: row.fetched,
        })
        .collect())
}

/// What an act on a list looks at first; locked, so that two never work on one list.
pub(super) struct Locked {
    pub code: String,
    pub unit: UnitId,
    pub kind: Kind,
    pub state: State,
    pub mapping: serde_json::Value,
    pub headers: Vec<String>,
    pub errors: i32,
    pub staged_at: Timestamp,
    pub staged_by: Option<StaffId>,
    pub applied_by: Option<StaffId>,
    pub undone_by: Option<StaffId>,
}

/// The planner learns what lists have filled: until it does, it plans for the empty tables of a new centre.
pub(super) async fn keep_statistics(cx: &mut Cx) -> Result<()> {
    sqlx::query!(r#"select vx_keep_statistics() as "kept!""#).fetch_one(cx.conn()).await?;
    Ok(())
}

/// For transactions that ring nobody: they wait for no disk. One that a crash takes back is taken back whole,
/// with the note of which rows it took, and is done again. Lists of contacts open tickets of tracing in it, which
/// are taken back and opened again with them.
pub(super) async fn wait_for_no_disk(cx: &mut Cx) -> Result<()> {
    sqlx::query!("set local synchronous_commit = off").execute(cx.conn()).await?;
    Ok(())
}

pub(super) async fn lock(cx: &mut Cx, id: ImportId) -> Result<Locked> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select code, unit_id, kind, state, mapping, headers, errors, staged_at, staged_by, applied_by, undone_by from imports
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
        kind: row.kind.parse()?,
        state: row.state.parse()?,
        mapping: row.mapping,
        headers: serde_json::from_value(row.headers).map_err(Error::internal)?,
        errors: row.errors,
        staged_at: row.staged_at.to_jiff(),
        staged_by: row.staged_by.map(StaffId),
        applied_by: row.applied_by.map(StaffId),
        undone_by: row.undone_by.map(StaffId),
    })
}

/// Moves a list on; the time and author of the new state are kept with it, and what was foreseen is
/// counted from nothing once it goes on record. Rows that stay when it is taken back are counted still.
pub(super) async fn set_state(cx: &mut Cx, id: ImportId, state: State) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), by(cx));
    sqlx::query!(
        "update imports
         set state = $3,
             rows = case when $3 = 'staged' then read_rows else rows end,
             applied_at = case when $3 = 'applying' then $4 else applied_at end,
             applied_by = case when $3 = 'applying' then $5 else applied_by end,
             made = case when $3 = 'applying' then 0 else made end,
             matched = case when $3 = 'applying' then 0 else matched end,
             pairs = case when $3 = 'applying' then 0 else pairs end,
             finished_at = case when $3 = 'applied' then $4 else finished_at end,
             undone_at = case when $3 in ('undoing', 'undone') then $4 else undone_at end,
             undone_by = case when $3 in ('undoing', 'undone') then coalesce($5, undone_by) else undone_by end,
             good = case when $3 in ('undone', 'expired', 'unreadable') then 0 else good end,
             known = case when $3 = 'undone' then 0 else known end,
             done = case when $3 = 'undone' then (select count(*) from import_rows r
                                                  where r.tenant_id = $1 and r.import_id = $2 and r.state = 'done')
                         else done end
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

/// Says what stopped the reading of a list.
pub(super) async fn spoilt(cx: &mut Cx, id: ImportId, fault: &str) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("update imports set fault = $3 where tenant_id = $1 and id = $2", tenant, id.uuid(), fault)
        .execute(cx.conn())
        .await?;
    Ok(())
}

/// A list that went on record as it was read is read to its end.
pub(super) async fn ended(cx: &mut Cx, id: ImportId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update imports set rows = read_rows, finished_at = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The ticket by which somebody is asked whose the rows are that wait.
pub(super) async fn unmatched_ticket(cx: &mut Cx, id: ImportId) -> Result<Option<TicketId>> {
    let tenant = cx.tenant().uuid();
    let ticket = sqlx::query_scalar!(
        "select unmatched_ticket_id from imports where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(ticket.map(TicketId))
}

pub(super) async fn set_unmatched_ticket(cx: &mut Cx, id: ImportId, ticket: TicketId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update imports set unmatched_ticket_id = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        ticket.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
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

/// The columns a unit agreed to last time for lists of this kind.
pub(super) async fn mapping(cx: &mut Cx, unit: UnitId, kind: Kind) -> Result<Option<Overrides>> {
    let tenant = cx.tenant().uuid();
    let mapping = sqlx::query_scalar!(
        "select mapping from import_mappings where tenant_id = $1 and unit_id = $2 and kind = $3",
        tenant,
        unit.uuid(),
        kind.as_str()
    )
    .fetch_optional(cx.conn())
    .await?;
    mapping.map(serde_json::from_value).transpose().map_err(Error::internal)
}

pub(super) async fn remember(
    cx: &mut Cx,
    unit: UnitId,
    kind: Kind,
    mapping: &serde_json::Value,
) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), by(cx));
    sqlx::query!(
        "insert into import_mappings (tenant_id, unit_id, kind, mapping, updated_at, updated_by)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_id, unit_id, kind) do update
         set mapping = excluded.mapping, updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        tenant,
        unit.uuid(),
        kind.as_str(),
        mapping,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
