use super::model::{Field, State, Wanted};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{CorrectionId, Error, FileId, PersonId, Result, SecretCode, StaffId, TicketId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

const CORRECTIONS: &str = "corrections";
const CODES: &str = "person_codes";

/// One request or code at a time is made for a person.
pub(super) async fn queue_up(cx: &mut Cx, person: PersonId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("select id from people where tenant_id = $1 and id = $2 for update", tenant, person.uuid())
        .fetch_optional(cx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    Ok(())
}

fn code_index(cx: &Cx, code: &SecretCode) -> Result<Vec<u8>> {
    cx.blind("person_code", code.canonical())
}

/// The code that works now, and until when.
pub(super) async fn live_code(cx: &mut Cx, person: PersonId) -> Result<Option<(SecretCode, Timestamp)>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let row = sqlx::query!(
        "select id, code, expires_at from person_codes
         where tenant_id = $1 and person_id = $2 and revoked_at is null and expires_at > $3",
        tenant,
        person.uuid(),
        now
    )
    .fetch_optional(cx.conn())
    .await?;
    row.map(|row| {
        let code = SecretCode::parse(&cx.open(CODES, row.id, "code", &row.code)?)?;
        Ok((code, row.expires_at.to_jiff()))
    })
    .transpose()
}

pub(super) async fn insert_code(
    cx: &mut Cx,
    person: PersonId,
    code: &SecretCode,
    expires: Timestamp,
) -> Result<()> {
    let (tenant, now, by, id) =
        (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid), cx.id::<Uuid>());
    let (sealed, index) = (cx.seal(CODES, id, "code", code.canonical())?, code_index(cx, code)?);
    sqlx::query!(
        "insert into person_codes (tenant_id, id, person_id, code_index, code, made_at, made_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        id,
        person.uuid(),
        index,
        sealed,
        now,
        by,
        expires.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Takes back every code of these records; false when there was none.
pub(super) async fn revoke_code(cx: &mut Cx, records: &[Uuid]) -> Result<bool> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let done = sqlx::query!(
        "update person_codes set revoked_at = $3, revoked_by = $4
         where tenant_id = $1 and person_id = any($2) and revoked_at is null",
        tenant,
        records,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Whose code this is, while it works.
pub(super) async fn by_code(cx: &mut Cx, code: &SecretCode) -> Result<PersonId> {
    let (tenant, index, now) = (cx.tenant().uuid(), code_index(cx, code)?, cx.now().to_sqlx());
    let person = sqlx::query_scalar!(
        "select c.person_id from person_codes c
         join people p on p.tenant_id = c.tenant_id and p.id = c.person_id and p.erased_at is null
         where c.tenant_id = $1 and c.code_index = $2 and c.revoked_at is null and c.expires_at > $3",
        tenant,
        index,
        now
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(person.into())
}

/// Whether the same is asked already.
pub(super) async fn is_open(
    cx: &mut Cx,
    person: PersonId,
    field: Field,
    object: Option<Uuid>,
) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from corrections
                          where tenant_id = $1 and person_id = $2 and field = $3 and state = 'asked'
                            and object_id is not distinct from $4) as "open!""#,
        tenant,
        person.uuid(),
        field.as_str(),
        object
    )
    .fetch_one(cx.conn())
    .await?)
}

pub(super) struct NewRow {
    pub id: CorrectionId,
    pub person: PersonId,
    pub field: Field,
    pub object: Option<Uuid>,
    pub file: Option<FileId>,
    pub unit: UnitId,
    pub ticket: TicketId,
}

pub(super) async fn insert(cx: &mut Cx, new: &NewRow, before: &str, wanted: &Wanted) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let wanted = serde_json::to_string(wanted).map_err(Error::internal)?;
    let id = new.id.uuid();
    let before = cx.seal(CORRECTIONS, id, "before", before)?;
    let wanted = cx.seal(CORRECTIONS, id, "wanted", &wanted)?;
    sqlx::query!(
        "insert into corrections (tenant_id, id, person_id, field, object_id, before, wanted, file_id, asked_at, asked_by,
                                  unit_id, ticket_id, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'asked')",
        tenant,
        id,
        new.person.uuid(),
        new.field.as_str(),
        new.object,
        before,
        wanted,
        new.file.map(FileId::uuid),
        now,
        by,
        new.unit.uuid(),
        new.ticket.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A request as it lies in its row.
#[derive(Clone, Debug)]
pub struct Kept {
    pub id: CorrectionId,
    pub person: PersonId,
    pub field: Field,
    pub object: Option<Uuid>,
    before: Vec<u8>,
    wanted: Vec<u8>,
    pub file: Option<FileId>,
    pub asked_at: Timestamp,
    pub asked_by: Option<StaffId>,
    pub unit: UnitId,
    pub ticket: TicketId,
    pub state: State,
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<StaffId>,
    answer: Option<Vec<u8>>,
}

impl Kept {
    pub(super) fn before(&self, cx: &Cx) -> Result<String> {
        cx.open(CORRECTIONS, self.id.uuid(), "before", &self.before)
    }

    pub(super) fn wanted(&self, cx: &Cx) -> Result<Wanted> {
        let wanted = cx.open(CORRECTIONS, self.id.uuid(), "wanted", &self.wanted)?;
        serde_json::from_str(&wanted).map_err(Error::internal)
    }

    pub(super) fn answer(&self, cx: &Cx) -> Result<Option<String>> {
        let answer = self.answer.as_deref();
        answer.map(|sealed| cx.open(CORRECTIONS, self.id.uuid(), "answer", sealed)).transpose()
    }
}

struct Row {
    id: Uuid,
    person_id: Uuid,
    field: String,
    object_id: Option<Uuid>,
    before: Vec<u8>,
    wanted: Vec<u8>,
    file_id: Option<Uuid>,
    asked_at: jiff_sqlx::Timestamp,
    asked_by: Option<Uuid>,
    unit_id: Uuid,
    ticket_id: Uuid,
    state: String,
    decided_at: Option<jiff_sqlx::Timestamp>,
    decided_by: Option<Uuid>,
    answer: Option<Vec<u8>>,
}

impl TryFrom<Row> for Kept {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            person: row.person_id.into(),
            field: row.field.parse()?,
            object: row.object_id,
            before: row.before,
            wanted: row.wanted,
            file: row.file_id.map(FileId),
            asked_at: row.asked_at.to_jiff(),
            asked_by: row.asked_by.map(StaffId),
            unit: row.unit_id.into(),
            ticket: row.ticket_id.into(),
            state: row.state.parse()?,
            decided_at: row.decided_at.map(jiff_sqlx::Timestamp::to_jiff),
            decided_by: row.decided_by.map(StaffId),
            answer: row.answer,
        })
    }
}

pub(super) async fn find(cx: &mut Cx, id: CorrectionId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select id, person_id, field, object_id, before, wanted, file_id, asked_at, asked_by, unit_id, ticket_id, state,
                decided_at, decided_by, answer
         from corrections where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// The same, locked.
pub(super) async fn lock(cx: &mut Cx, id: CorrectionId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("select id from corrections where tenant_id = $1 and id = $2 for update", tenant, id.uuid())
        .fetch_optional(cx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    find(cx, id).await
}

/// Requests before these units (`None`: all) that wait, the oldest first, then those decided since
/// `since`, the newest first.
pub(super) async fn list(
    cx: &mut Cx,
    units: Option<&[Uuid]>,
    since: Timestamp,
    limit: i64,
    offset: i64,
) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, person_id, field, object_id, before, wanted, file_id, asked_at, asked_by, unit_id, ticket_id, state,
                decided_at, decided_by, answer
         from corrections
         where tenant_id = $1 and ($2::uuid[] is null or unit_id = any($2)) and (state = 'asked' or decided_at >= $3)
         order by (state <> 'asked'), decided_at desc, asked_at, id limit $4 offset $5",
        tenant,
        units,
        since.to_sqlx(),
        limit,
        offset
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// How many wait before these units.
pub(super) async fn waiting(cx: &mut Cx, units: Option<&[Uuid]>) -> Result<i64> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from corrections
           where tenant_id = $1 and state = 'asked' and ($2::uuid[] is null or unit_id = any($2))"#,
        tenant,
        units
    )
    .fetch_one(cx.conn())
    .await?)
}

/// All requests about these records of a person, the newest first.
pub(super) async fn of_records(cx: &mut Cx, records: &[Uuid]) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, person_id, field, object_id, before, wanted, file_id, asked_at, asked_by, unit_id, ticket_id, state,
                decided_at, decided_by, answer
         from corrections where tenant_id = $1 and person_id = any($2) order by asked_at desc, id limit 50",
        tenant,
        records
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

pub(super) async fn decide(cx: &mut Cx, id: CorrectionId, state: State, answer: &str) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let sealed =
        (!answer.is_empty()).then(|| cx.seal(CORRECTIONS, id.uuid(), "answer", answer)).transpose()?;
    sqlx::query!(
        "update corrections set state = $3, decided_at = $4, decided_by = $5, answer = $6
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        state.as_str(),
        now,
        by,
        sealed
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A test of one of a person's records.
pub(super) struct TestRow {
    pub id: Uuid,
    pub kind: String,
    pub result: String,
    pub sample_on: Date,
}

pub(super) async fn tests(cx: &mut Cx, records: &[Uuid]) -> Result<Vec<TestRow>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, kind, result, sample_on from test_results
         where tenant_id = $1 and person_id = any($2) and withdrawn_at is null order by sample_on desc, id limit 50",
        tenant,
        records
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| TestRow {
            id: row.id,
            kind: row.kind,
            result: row.result,
            sample_on: row.sample_on.to_jiff(),
        })
        .collect())
}
