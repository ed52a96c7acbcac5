use super::model::Topic;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use kernel::{CallId, Error, Phone, Result, StaffId};
use sqlx::types::Uuid;
use store::Cx;

const CALLS: &str = "hotline_calls";
/// A process that has not looked for so long has died with its calls: they hold nobody up.
const SEEN: SignedDuration = SignedDuration::from_secs(60);
/// A note of having looked is written anew when it is as old as this.
const FRESH: SignedDuration = SignedDuration::from_secs(10);

/// A call as it stands at the hotline.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub call: CallId,
    number: Option<Vec<u8>>,
    pub taken_at: Timestamp,
    pub topic: Option<Topic>,
    pub waits_from: Option<Timestamp>,
    pub operator: Option<StaffId>,
    pub served_at: Option<Timestamp>,
    pub over_at: Option<Timestamp>,
    told: Option<Vec<u8>>,
}

impl Kept {
    pub fn number(&self, cx: &Cx) -> Result<Option<Phone>> {
        let Some(sealed) = &self.number else { return Ok(None) };
        let number = cx.open(CALLS, self.call.uuid(), "number", sealed)?;
        Phone::parse(&number).map(Some).map_err(Error::internal)
    }

    /// What he has told by keys so far.
    pub fn told(&self, cx: &Cx) -> Result<Option<String>> {
        self.told.as_deref().map(|sealed| cx.open(CALLS, self.call.uuid(), "told", sealed)).transpose()
    }
}

struct Row {
    call_id: Uuid,
    number: Option<Vec<u8>>,
    taken_at: jiff_sqlx::Timestamp,
    topic: Option<String>,
    waits_from: Option<jiff_sqlx::Timestamp>,
    operator_id: Option<Uuid>,
    served_at: Option<jiff_sqlx::Timestamp>,
    over_at: Option<jiff_sqlx::Timestamp>,
    told: Option<Vec<u8>>,
}

impl TryFrom<Row> for Kept {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let at = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
        Ok(Self {
            call: row.call_id.into(),
            number: row.number,
            taken_at: row.taken_at.to_jiff(),
            topic: row.topic.as_deref().map(str::parse).transpose()?,
            waits_from: at(row.waits_from),
            operator: row.operator_id.map(StaffId),
            served_at: at(row.served_at),
            over_at: at(row.over_at),
            told: row.told,
        })
    }
}

/// By what a caller is known again. Whoever withholds his number is known by his call alone: nobody can say that
/// two such calls are one person's.
pub(super) fn index(cx: &Cx, call: CallId, number: Option<&Phone>) -> Result<Vec<u8>> {
    match number {
        Some(number) => cx.blind("phone", number.as_e164()),
        None => cx.blind("hotline", &call.to_string()),
    }
}

pub(super) async fn insert(cx: &mut Cx, call: CallId, number: Option<&Phone>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let sealed = number.map(|number| cx.seal(CALLS, call.uuid(), "number", number.as_e164())).transpose()?;
    let index = number.map(|number| index(cx, call, Some(number))).transpose()?;
    sqlx::query!(
        "insert into hotline_calls (tenant_id, call_id, number, number_index, taken_at) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, call_id) do nothing",
        tenant,
        call.uuid(),
        sealed,
        index,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// How often somebody has called since then.
pub(super) async fn calls_since(cx: &mut Cx, number: &Phone, since: Timestamp) -> Result<i64> {
    let (tenant, index) = (cx.tenant().uuid(), cx.blind("phone", number.as_e164())?);
    let n = sqlx::query_scalar!(
        r#"select count(*) as "n!" from hotline_calls where tenant_id = $1 and number_index = $2 and taken_at > $3"#,
        tenant,
        index,
        since.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(n)
}

/// A call, locked.
pub(super) async fn lock(cx: &mut Cx, call: CallId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select call_id, number, taken_at, topic, waits_from, operator_id, served_at, over_at, told
         from hotline_calls where tenant_id = $1 and call_id = $2 for update",
        tenant,
        call.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// What somebody calls about.
pub(super) async fn choose(cx: &mut Cx, call: CallId, topic: Topic) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update hotline_calls set topic = $3 where tenant_id = $1 and call_id = $2",
        tenant,
        call.uuid(),
        topic.as_str()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Puts a caller into the line.
pub(super) async fn join_line(cx: &mut Cx, call: CallId, topic: Topic, priority: i16) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update hotline_calls set topic = $3, priority = $4, waits_from = coalesce(waits_from, $5), seen_at = $5
         where tenant_id = $1 and call_id = $2",
        tenant,
        call.uuid(),
        topic.as_str(),
        priority,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Takes a caller out of the line who does something else.
pub(super) async fn leave_line(cx: &mut Cx, call: CallId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update hotline_calls set waits_from = null where tenant_id = $1 and call_id = $2",
        tenant,
        call.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// One process at a time looks who is next.
pub(super) async fn queue_up(cx: &mut Cx) -> Result<()> {
    let place = cx.tenant().to_string();
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended($1, 7714)) is null as "locked!""#, place)
        .fetch_one(cx.conn())
        .await?;
    Ok(())
}

/// Notes that a process still holds this call.
pub(super) async fn seen(cx: &mut Cx, call: CallId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    sqlx::query!(
        "update hotline_calls set seen_at = $3
         where tenant_id = $1 and call_id = $2 and (seen_at is null or seen_at <= $4)",
        tenant,
        call.uuid(),
        now.to_sqlx(),
        (now - FRESH).to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The line: danger first, then whoever has waited longest.
pub(super) async fn line(cx: &mut Cx) -> Result<Vec<CallId>> {
    let (tenant, since) = (cx.tenant().uuid(), (cx.now() - SEEN).to_sqlx());
    let calls = sqlx::query_scalar!(
        "select call_id from hotline_calls
         where tenant_id = $1 and over_at is null and waits_from is not null and operator_id is null and seen_at > $2
         order by priority desc, waits_from, call_id",
        tenant,
        since
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(calls.into_iter().map(CallId).collect())
}

/// An operator's telephone rings for this call; `None`: he did not take it.
pub(super) async fn offer(cx: &mut Cx, call: CallId, operator: Option<StaffId>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update hotline_calls set operator_id = $3, seen_at = $4 where tenant_id = $1 and call_id = $2",
        tenant,
        call.uuid(),
        operator.map(StaffId::uuid),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Somebody talks with the caller: an operator, or whoever the call was passed on to.
pub(super) async fn serve(cx: &mut Cx, call: CallId, operator: Option<StaffId>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update hotline_calls set operator_id = $3, served_at = coalesce(served_at, $4)
         where tenant_id = $1 and call_id = $2",
        tenant,
        call.uuid(),
        operator.map(StaffId::uuid),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What he has told by keys so far; `None` once it stands elsewhere.
pub(super) async fn keep_told(cx: &mut Cx, call: CallId, told: Option<&str>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let sealed = told.map(|told| cx.seal(CALLS, call.uuid(), "told", told)).transpose()?;
    sqlx::query!(
        "update hotline_calls set told = $3 where tenant_id = $1 and call_id = $2 and over_at is null",
        tenant,
        call.uuid(),
        sealed
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Ends a call here; false when it was over. What was told in it stands elsewhere by then.
pub(super) async fn over(cx: &mut Cx, call: CallId) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let done = sqlx::query!(
        "update hotline_calls set over_at = $3, told = null where tenant_id = $1 and call_id = $2 and over_at is null",
        tenant,
        call.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Those who wait or talk now, in the order of the line.
pub(super) async fn open(cx: &mut Cx, limit: i64) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select call_id, number, taken_at, topic, waits_from, operator_id, served_at, over_at, told
         from hotline_calls where tenant_id = $1 and over_at is null
         order by priority desc, waits_from, call_id limit $2",
        tenant,
        limit
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Kept::try_from)
    .collect()
}
