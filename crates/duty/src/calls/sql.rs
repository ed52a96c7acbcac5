use super::model::{Call, Direction, NewCall, Outcome, Purpose, canonical, masked};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{CallId, Error, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

const TABLE: &str = "calls";

pub(super) fn uuids(ids: &[CallId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.uuid()).collect()
}

fn index(cx: &Cx, number: &str) -> Result<Vec<u8>> {
    cx.blind("phone", &canonical(number))
}

/// Writes a call that begins; false when it is on record already.
pub(super) async fn insert(cx: &mut Cx, new: &NewCall<'_>, held: Timestamp) -> Result<bool> {
    let (tenant, now, id) = (cx.tenant().uuid(), cx.now().to_sqlx(), new.id.uuid());
    let (mut number, mut number_index) = (None, None);
    if let Some(text) = new.number {
        number = Some(cx.seal(TABLE, id, "number", &canonical(text))?);
        number_index = Some(index(cx, text)?);
    }
    let done = sqlx::query!(
        "insert into calls (tenant_id, id, direction, purpose, object_id, leg_of, number, number_index, unit_id, staff_id,
                            trunk, began_at, held_until)
         values ($1, $2, $3, $4, $5, (select id from calls where tenant_id = $1 and id = $5), $6, $7, $8, $9, $10, $11,
                 $12)
         on conflict (tenant_id, id) do nothing",
        tenant,
        id,
        new.direction.as_str(),
        new.purpose.as_str(),
        new.object,
        number,
        number_index,
        new.unit.map(UnitId::uuid),
        new.staff.map(StaffId::uuid),
        new.trunk,
        now,
        held.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Times that have become known; what is known already stays.
#[derive(Default)]
pub(super) struct Times<'a> {
    pub invited_at: Option<Timestamp>,
    pub ringing_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub trunk: Option<&'a str>,
    pub sip_code: Option<i16>,
}

pub(super) async fn save_times(cx: &mut Cx, id: CallId, times: &Times<'_>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let at = |at: Option<Timestamp>| at.map(ToSqlx::to_sqlx);
    sqlx::query!(
        "update calls
         set invited_at = coalesce(invited_at, $3), ringing_at = coalesce(ringing_at, $4),
             answered_at = coalesce(answered_at, $5), trunk = coalesce($6, trunk), sip_code = coalesce($7, sip_code)
         where tenant_id = $1 and id = $2 and ended_at is null",
        tenant,
        id.uuid(),
        at(times.invited_at) as Option<jiff_sqlx::Timestamp>,
        at(times.ringing_at) as Option<jiff_sqlx::Timestamp>,
        at(times.answered_at) as Option<jiff_sqlx::Timestamp>,
        times.trunk,
        times.sip_code
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Ends a call that runs; false when it has ended.
pub(super) async fn end(cx: &mut Cx, id: CallId, outcome: Outcome, sip_code: Option<i16>) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let done = sqlx::query!(
        "update calls set ended_at = $3, outcome = $4, sip_code = coalesce($5, sip_code)
         where tenant_id = $1 and id = $2 and ended_at is null",
        tenant,
        id.uuid(),
        now,
        outcome.as_str(),
        sip_code
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes that somebody holds these calls until `until`; a note that is good until `fresh` is left.
pub(super) async fn hold(cx: &mut Cx, calls: &[CallId], until: Timestamp, fresh: Timestamp) -> Result<()> {
    let (tenant, ids) = (cx.tenant().uuid(), uuids(calls));
    sqlx::query!(
        "update calls set held_until = $3
         where tenant_id = $1 and id = any($2) and ended_at is null and held_until < $4",
        tenant,
        &ids,
        until.to_sqlx(),
        fresh.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Calls that run and that nobody holds any more.
pub(super) async fn unheld(cx: &mut Cx) -> Result<Vec<CallId>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let ids = sqlx::query_scalar!(
        "select id from calls where tenant_id = $1 and ended_at is null and held_until <= $2 order by id",
        tenant,
        now
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(CallId).collect())
}

/// Puts a call into the queue; false when it has ended. Whoever comes back into it begins anew, whoever was
/// not reached by an operator keeps his place.
pub(super) async fn wait(cx: &mut Cx, id: CallId, topic: &str) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let done = sqlx::query!(
        "update calls
         set waiting_since = case when served_at is null then coalesce(waiting_since, $3) else $3 end, topic = $4,
             served_at = null, served_by = null
         where tenant_id = $1 and id = $2 and ended_at is null",
        tenant,
        id.uuid(),
        now,
        topic
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Takes a call out of the queue; false when it has ended.
pub(super) async fn serve(cx: &mut Cx, id: CallId, by: StaffId) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let done = sqlx::query!(
        "update calls set served_at = $3, served_by = $4 where tenant_id = $1 and id = $2 and ended_at is null",
        tenant,
        id.uuid(),
        now,
        by.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn dispose(cx: &mut Cx, id: CallId, disposition: &str, note: &str) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let sealed = (!note.is_empty()).then(|| cx.seal(TABLE, id.uuid(), "note", note)).transpose()?;
    sqlx::query!(
        "update calls set disposition = $3, note = $4, disposed_at = $5, disposed_by = $6
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        disposition,
        sealed,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

struct Row {
    id: Uuid,
    direction: String,
    purpose: String,
    object_id: Option<Uuid>,
    leg_of: Option<Uuid>,
    number: Option<Vec<u8>>,
    unit_id: Option<Uuid>,
    staff_id: Option<Uuid>,
    trunk: Option<String>,
    began_at: jiff_sqlx::Timestamp,
    invited_at: Option<jiff_sqlx::Timestamp>,
    ringing_at: Option<jiff_sqlx::Timestamp>,
    answered_at: Option<jiff_sqlx::Timestamp>,
    ended_at: Option<jiff_sqlx::Timestamp>,
    outcome: Option<String>,
    sip_code: Option<i16>,
    topic: Option<String>,
    waiting_since: Option<jiff_sqlx::Timestamp>,
    served_at: Option<jiff_sqlx::Timestamp>,
    served_by: Option<Uuid>,
    disposition: Option<String>,
    note: Option<Vec<u8>>,
    disposed_at: Option<jiff_sqlx::Timestamp>,
    disposed_by: Option<Uuid>,
}

impl Row {
    fn open(self, cx: &Cx) -> Result<Call> {
        let at = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
        let open = |column: &str, sealed: &[u8]| cx.open(TABLE, self.id, column, sealed);
        Ok(Call {
            id: self.id.into(),
            direction: self.direction.parse::<Direction>()?,
            purpose: self.purpose.parse::<Purpose>()?,
            object: self.object_id,
            leg_of: self.leg_of.map(CallId),
            number_masked: self
                .number
                .as_deref()
                .map(|sealed| open("number", sealed))
                .transpose()?
                .map(|number| masked(&number)),
            unit: self.unit_id.map(UnitId),
            staff: self.staff_id.map(StaffId),
            trunk: self.trunk,
            began_at: self.began_at.to_jiff(),
            invited_at: at(self.invited_at),
            ringing_at: at(self.ringing_at),
            answered_at: at(self.answered_at),
            ended_at: at(self.ended_at),
            outcome: self.outcome.as_deref().map(str::parse).transpose()?,
            sip_code: self.sip_code,
            topic: self.topic,
            waiting_since: at(self.waiting_since),
            served_at: at(self.served_at),
            served_by: self.served_by.map(StaffId),
            disposition: self.disposition.as_deref().map(str::parse).transpose()?,
            note: self.note.as_deref().map(|sealed| open("note", sealed)).transpose()?,
            disposed_at: at(self.disposed_at),
            disposed_by: self.disposed_by.map(StaffId),
        })
    }
}

/// These calls, the latest first.
pub(super) async fn by_ids(cx: &mut Cx, ids: &[Uuid]) -> Result<Vec<Call>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, direction, purpose, object_id, leg_of, number, unit_id, staff_id, trunk, began_at, invited_at,
                ringing_at, answered_at, ended_at, outcome, sip_code, topic, waiting_since, served_at, served_by,
                disposition, note, disposed_at, disposed_by
         from calls where tenant_id = $1 and id = any($2) order by began_at desc, id desc",
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| row.open(cx)).collect()
}

pub(super) async fn one(cx: &mut Cx, id: CallId) -> Result<Call> {
    by_ids(cx, &[id.uuid()]).await?.pop().ok_or(Error::NotFound)
}

/// The number in full; `None` for whoever hides his.
pub(super) async fn number(cx: &mut Cx, id: CallId) -> Result<Option<String>> {
    let tenant = cx.tenant().uuid();
    let sealed =
        sqlx::query_scalar!("select number from calls where tenant_id = $1 and id = $2", tenant, id.uuid())
            .fetch_optional(cx.conn())
            .await?
            .ok_or(Error::NotFound)?;
    sealed.map(|sealed| cx.open(TABLE, id.uuid(), "number", &sealed)).transpose()
}

/// Calls that run, without the legs of others.
pub(super) async fn live(cx: &mut Cx) -> Result<Vec<Uuid>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select id from calls where tenant_id = $1 and ended_at is null and leg_of is null",
        tenant
    )
    .fetch_all(cx.conn())
    .await?)
}

/// Calls about an object, the newest of them.
pub(super) async fn of_object(cx: &mut Cx, object: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select id from calls where tenant_id = $1 and object_id = $2 order by began_at desc, id desc limit $3",
        tenant,
        object,
        limit
    )
    .fetch_all(cx.conn())
    .await?)
}

/// Calls about these things, or among `ids`, that began in a stretch of time, without the legs of others.
pub(super) async fn of_stretch(
    cx: &mut Cx,
    objects: &[Uuid],
    ids: &[Uuid],
    from: Timestamp,
    to: Option<Timestamp>,
) -> Result<Vec<Uuid>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select id from calls
         where tenant_id = $1 and leg_of is null and (object_id = any($2) or id = any($3))
           and began_at >= $4 and ($5::timestamptz is null or began_at <= $5::timestamptz)
         order by began_at, id",
        tenant,
        objects,
        ids,
        from.to_sqlx(),
        to.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>
    )
    .fetch_all(cx.conn())
    .await?)
}

/// Calls with a number that began before a moment, the newest of them, without the legs of others.
pub(super) async fn of_number(
    cx: &mut Cx,
    number: &str,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Uuid>> {
    let (tenant, index) = (cx.tenant().uuid(), index(cx, number)?);
    let (at, id) = before.unzip();
    Ok(sqlx::query_scalar!(
        "select id from calls
         where tenant_id = $1 and number_index = $2 and leg_of is null
           and ($3::timestamptz is null or (began_at, id) < ($3, $4))
         order by began_at desc, id desc limit $5",
        tenant,
        index,
        at.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>,
        id,
        limit
    )
    .fetch_all(cx.conn())
    .await?)
}

/// Whether a call with a number runs.
pub(super) async fn runs_with(cx: &mut Cx, number: &str) -> Result<bool> {
    let (tenant, index) = (cx.tenant().uuid(), index(cx, number)?);
    Ok(sqlx::query_scalar!(
        r#"select exists (select from calls
                          where tenant_id = $1 and number_index = $2 and leg_of is null and ended_at is null) as "runs!""#,
        tenant,
        index
    )
    .fetch_one(cx.conn())
    .await?)
}

/// The legs of a call, the first first.
pub(super) async fn legs(cx: &mut Cx, id: CallId) -> Result<Vec<CallId>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        r#"select id as "id!" from calls where tenant_id = $1 and leg_of = $2 and leg_of is not null order by began_at, id"#,
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(CallId).collect())
}

/// Which calls of a stretch of time.
pub(super) struct Between<'a> {
    pub from: Timestamp,
    pub to: Timestamp,
    pub purpose: Option<Purpose>,
    pub outcome: Option<Outcome>,
    /// Of these units; `None` means all.
    pub units: Option<&'a [Uuid]>,
    /// Or conducted by him.
    pub own: Option<Uuid>,
    pub limit: i64,
    pub offset: i64,
}

/// Calls that began in a stretch of time, the newest first, without the legs of others.
pub(super) async fn between(cx: &mut Cx, wanted: &Between<'_>) -> Result<Vec<Uuid>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select id from calls
         where tenant_id = $1 and began_at >= $2 and began_at < $3 and leg_of is null
           and ($4::text is null or purpose = $4) and ($5::text is null or outcome = $5)
           and ($6::uuid[] is null or unit_id = any($6) or staff_id = $7 or served_by = $7)
         order by began_at desc, id desc limit $8 offset $9",
        tenant,
        wanted.from.to_sqlx(),
        wanted.to.to_sqlx(),
        wanted.purpose.map(Purpose::as_str),
        wanted.outcome.map(Outcome::as_str),
        wanted.units,
        wanted.own,
        wanted.limit,
        wanted.offset
    )
    .fetch_all(cx.conn())
    .await?)
}

/// The last call of somebody that has ended since, and of which nothing has been said.
pub(super) async fn unwritten(cx: &mut Cx, staff: StaffId, since: Timestamp) -> Result<Option<Uuid>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select id from calls
         where tenant_id = $1 and began_at >= $3 and ended_at is not null and leg_of is null and disposed_at is null
           and coalesce(served_by, staff_id) = $2 and purpose in ('hotline', 'desk', 'call_back')
         order by began_at desc, id desc limit 1",
        tenant,
        staff.uuid(),
        since.to_sqlx()
    )
    .fetch_optional(cx.conn())
    .await?)
}

/// The last test ring of somebody's telephone since then.
pub(super) async fn tried(cx: &mut Cx, staff: StaffId, since: Timestamp) -> Result<Option<Uuid>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select id from calls
         where tenant_id = $1 and staff_id = $2 and began_at >= $3 and purpose = 'test'
         order by began_at desc, id desc limit 1",
        tenant,
        staff.uuid(),
        since.to_sqlx()
    )
    .fetch_optional(cx.conn())
    .await?)
}
