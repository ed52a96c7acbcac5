use super::model::{Owing, Topic};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{CallId, Error, Phone, RecordingId, Result, TicketId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

const OWED: &str = "hotline_owed";

/// What is owed to a caller, as it lies in its row.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub id: Uuid,
    pub call: CallId,
    pub kind: Owing,
    pub topic: Topic,
    number: Option<Vec<u8>>,
    pub ward: Option<UnitId>,
    pub unit: UnitId,
    told: Option<Vec<u8>>,
    pub recording: Option<RecordingId>,
    pub ticket: TicketId,
    pub times: i32,
    pub opened_at: Timestamp,
}

impl Kept {
    pub fn number(&self, cx: &Cx) -> Result<Option<Phone>> {
        let Some(sealed) = &self.number else { return Ok(None) };
        let number = cx.open(OWED, self.id, "number", sealed)?;
        Phone::parse(&number).map(Some).map_err(Error::internal)
    }

    /// What the caller told by keys.
    pub fn told(&self, cx: &Cx) -> Result<Option<String>> {
        self.told.as_deref().map(|sealed| cx.open(OWED, self.id, "told", sealed)).transpose()
    }
}

struct Row {
    id: Uuid,
    call_id: Uuid,
    kind: String,
    topic: String,
    number: Option<Vec<u8>>,
    ward_id: Option<Uuid>,
    unit_id: Uuid,
    told: Option<Vec<u8>>,
    recording_id: Option<Uuid>,
    ticket_id: Uuid,
    times: i32,
    opened_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Kept {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            call: row.call_id.into(),
            kind: row.kind.parse()?,
            topic: row.topic.parse()?,
            number: row.number,
            ward: row.ward_id.map(UnitId),
            unit: row.unit_id.into(),
            told: row.told,
            recording: row.recording_id.map(RecordingId),
            ticket: row.ticket_id.into(),
            times: row.times,
            opened_at: row.opened_at.to_jiff(),
        })
    }
}

pub(super) struct NewRow<'a> {
    pub id: Uuid,
    pub call: CallId,
    pub kind: Owing,
    pub topic: Topic,
    pub number: Option<&'a Phone>,
    /// By which the caller is known again that day.
    pub index: &'a [u8],
    pub ward: Option<UnitId>,
    pub unit: UnitId,
    pub told: Option<&'a str>,
    pub recording: Option<RecordingId>,
    pub ticket: TicketId,
    pub day: Date,
}

pub(super) async fn insert(cx: &mut Cx, new: &NewRow<'_>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let number = new.number.map(|number| cx.seal(OWED, new.id, "number", number.as_e164())).transpose()?;
    let told = new.told.map(|told| cx.seal(OWED, new.id, "told", told)).transpose()?;
    sqlx::query!(
        "insert into hotline_owed (tenant_id, id, call_id, kind, topic, number, number_index, ward_id, unit_id, told,
                                   recording_id, ticket_id, on_day, opened_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        tenant,
        new.id,
        new.call.uuid(),
        new.kind.as_str(),
        new.topic.as_str(),
        number,
        new.index,
        new.ward.map(UnitId::uuid),
        new.unit.uuid(),
        told,
        new.recording.map(RecordingId::uuid),
        new.ticket.uuid(),
        new.day.to_sqlx(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Calls of one number are put on record one after the other.
pub(super) async fn queue_up(cx: &mut Cx, index: &[u8]) -> Result<()> {
    let tenant = cx.tenant().to_string();
    sqlx::query!(
        r#"select pg_advisory_xact_lock(hashtextextended($1::text || encode($2::bytea, 'hex'), 7715)) is null as "locked!""#,
        tenant,
        index
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(())
}

/// Whether a call has left something of this kind already.
pub(super) async fn has(cx: &mut Cx, call: CallId, kind: Owing) -> Result<Option<TicketId>> {
    let tenant = cx.tenant().uuid();
    let ticket = sqlx::query_scalar!(
        "select ticket_id from hotline_owed where tenant_id = $1 and call_id = $2 and kind = $3",
        tenant,
        call.uuid(),
        kind.as_str()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(ticket.map(TicketId))
}

/// What a call has left of this kind.
pub(super) async fn of_call(cx: &mut Cx, call: CallId, kind: Owing) -> Result<Option<Kept>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query_as!(
        Row,
        "select id, call_id, kind, topic, number, ward_id, unit_id, told, recording_id, ticket_id, times, opened_at
         from hotline_owed where tenant_id = $1 and call_id = $2 and kind = $3",
        tenant,
        call.uuid(),
        kind.as_str()
    )
    .fetch_optional(cx.conn())
    .await?;
    row.map(Kept::try_from).transpose()
}

/// More was told in the same call: what is known now, and the ticket that is owed for it.
pub(super) async fn renew(
    cx: &mut Cx,
    id: Uuid,
    ward: Option<UnitId>,
    unit: UnitId,
    told: Option<&str>,
    ticket: TicketId,
) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let told = told.map(|told| cx.seal(OWED, id, "told", told)).transpose()?;
    sqlx::query!(
        "update hotline_owed set ward_id = $3, unit_id = $4, told = $5, ticket_id = $6 where tenant_id = $1 and id = $2",
        tenant,
        id,
        ward.map(UnitId::uuid),
        unit.uuid(),
        told,
        ticket.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What a number is owed of a day that is answered by calling it back, the newest first.
pub(super) async fn of_day(cx: &mut Cx, index: &[u8], day: Date) -> Result<Vec<(Uuid, TicketId)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, ticket_id from hotline_owed
         where tenant_id = $1 and number_index = $2 and on_day = $3 and kind in ('missed', 'voice_message', 'call_back')
         order by opened_at desc, id desc",
        tenant,
        index,
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.ticket_id.into())).collect())
}

/// Once more in vain.
pub(super) async fn count(cx: &mut Cx, id: Uuid) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("update hotline_owed set times = times + 1 where tenant_id = $1 and id = $2", tenant, id)
        .execute(cx.conn())
        .await?;
    Ok(())
}

pub(super) async fn find(cx: &mut Cx, id: Uuid) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select id, call_id, kind, topic, number, ward_id, unit_id, told, recording_id, ticket_id, times, opened_at
         from hotline_owed where tenant_id = $1 and id = $2",
        tenant,
        id
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// Those whose ticket nobody has answered, of these units (`None`: of all), the oldest first.
pub(super) async fn open(cx: &mut Cx, units: Option<&[Uuid]>, limit: i64) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select o.id, o.call_id, o.kind, o.topic, o.number, o.ward_id, o.unit_id, o.told, o.recording_id, o.ticket_id,
                o.times, o.opened_at
         from hotline_owed o
         join tickets t on t.tenant_id = o.tenant_id and t.id = o.ticket_id
         where o.tenant_id = $1 and t.resolved_at is null and t.merged_into is null
           and ($2::uuid[] is null or o.unit_id = any($2))
         order by o.opened_at, o.id limit $3",
        tenant,
        units,
        limit
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Kept::try_from)
    .collect()
}
