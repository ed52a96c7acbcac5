use super::import::{Arrival, Counts, Import, State};
use duty::sheets::Overrides;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, ImportId, Result, StaffId, TicketId, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

const IMPORTS: &str = "imports";
const KIND: &str = "results";

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
    unmatched: i64,
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
                unmatched: self.unmatched,
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
                  i.errors_fetched_at, r.good as "good!", r.known_now as "known_now!", r.done as "done!",
                  r.unmatched as "unmatched!"
           from imports i
           left join lateral (select count(*) filter (where state = 'good') as good,
                                     count(*) filter (where state = 'known') as known_now,
                                     count(*) filter (where state = 'done') as done,
                                     count(*) filter (where state = 'unmatched') as unmatched
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
                  i.errors_fetched_at, r.good as "good!", r.known_now as "known_now!", r.done as "done!",
                  r.unmatched as "unmatched!"
           from (select * from imports where tenant_id = $1 and ($2::uuid[] is null or unit_id = any($2))
                 order by staged_at desc limit $3) i
           left join lateral (select count(*) filter (where state = 'good') as good,
                                     count(*) filter (where state = 'known') as known_now,
                                     count(*) filter (where state = 'done') as done,
                                     count(*) filter (where state = 'unmatched') as unmatched
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

/// The newest list of each unit that was not left to expire.
pub(super) async fn arrivals(cx: &mut Cx) -> Result<Vec<Arrival>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select distinct on (unit_id) unit_id, staged_at, rows, errors,
                  errors_fetched_at is not null as "fetched!"
           from imports where tenant_id = $1 and state <> 'expired'
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
    pub state: State,
    pub mapping: serde_json::Value,
    pub headers: Vec<String>,
    pub errors: i32,
    pub staged_at: Timestamp,
    pub applied_by: Option<StaffId>,
}

pub(super) async fn lock(cx: &mut Cx, id: ImportId) -> Result<Locked> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select code, unit_id, state, mapping, headers, errors, staged_at, applied_by from imports
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
        staged_at: row.staged_at.to_jiff(),
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
