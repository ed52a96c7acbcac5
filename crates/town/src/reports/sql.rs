use super::{
    TrackingCode,
    draft::Draft,
    model::{Channel, ReplyKind, State},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, FileId, MatterId, ReportId, Result, StaffId, TicketId, UnitId, text::search_key};
use sqlx::types::Uuid;
use store::Cx;

pub(super) const TABLE: &str = "reports";
const REPLIES: &str = "report_replies";

/// A report as stored; what people wrote is still sealed.
pub(super) struct Kept {
    pub id: ReportId,
    pub channel: Channel,
    pub external_code: Option<String>,
    pub category: String,
    pub ward: UnitId,
    pub point: Option<(f64, f64)>,
    pub address: Option<Vec<u8>>,
    pub details: Vec<u8>,
    pub has_name: bool,
    pub has_phone: bool,
    pub anonymous: bool,
    pub source_rate: i32,
    pub received_at: Timestamp,
    pub by_staff: Option<StaffId>,
    pub matter: MatterId,
    pub ticket: TicketId,
    pub merged_into: Option<ReportId>,
    pub state: State,
    pub unit: Option<UnitId>,
    pub due_at: Timestamp,
    pub overdue: bool,
    pub with_leader: bool,
    pub reopened: i16,
    pub rating: Option<i16>,
    pub satisfied: Option<bool>,
    pub rated_at: Option<Timestamp>,
    pub moderation: Option<Vec<u8>>,
}

struct Row {
    id: Uuid,
    channel: String,
    external_code: Option<String>,
    category: String,
    ward_id: Uuid,
    lat: Option<f64>,
    lon: Option<f64>,
    address: Option<Vec<u8>>,
    details: Vec<u8>,
    has_name: bool,
    has_phone: bool,
    anonymous: bool,
    source_rate: i32,
    received_at: jiff_sqlx::Timestamp,
    by_staff: Option<Uuid>,
    matter_id: Option<Uuid>,
    ticket_id: Option<Uuid>,
    merged_into: Option<Uuid>,
    state: String,
    unit_id: Option<Uuid>,
    due_at: Option<jiff_sqlx::Timestamp>,
    overdue: bool,
    with_leader: bool,
    reopened: i16,
    rating: Option<i16>,
    satisfied: Option<bool>,
    rated_at: Option<jiff_sqlx::Timestamp>,
    moderation: Option<Vec<u8>>,
}

impl TryFrom<Row> for Kept {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        // Both are written in the transaction that takes the report in.
        let unopened = || Error::internal(format!("report {} has no ticket", row.id));
        Ok(Self {
            id: row.id.into(),
            channel: row.channel.parse()?,
            external_code: row.external_code,
            category: row.category,
            ward: row.ward_id.into(),
            point: row.lat.zip(row.lon),
            address: row.address,
            details: row.details,
            has_name: row.has_name,
            has_phone: row.has_phone,
            anonymous: row.anonymous,
            source_rate: row.source_rate,
            received_at: row.received_at.to_jiff(),
            by_staff: row.by_staff.map(StaffId),
            matter: row.matter_id.map(MatterId).ok_or_else(unopened)?,
            ticket: row.ticket_id.map(TicketId).ok_or_else(unopened)?,
            merged_into: row.merged_into.map(ReportId),
            state: row.state.parse()?,
            unit: row.unit_id.map(UnitId),
            due_at: row.due_at.map(jiff_sqlx::Timestamp::to_jiff).ok_or_else(unopened)?,
            overdue: row.overdue,
            with_leader: row.with_leader,
            reopened: row.reopened,
            rating: row.rating,
            satisfied: row.satisfied,
            rated_at: row.rated_at.map(jiff_sqlx::Timestamp::to_jiff),
            moderation: row.moderation,
        })
    }
}

/// Writes a new report; `false` when one with the same key is there already. A transaction that is
/// just writing that one is waited for.
pub(super) async fn insert(
    cx: &mut Cx,
    id: ReportId,
    code: &TrackingCode,
    draft: &Draft<'_>,
    source_rate: i32,
) -> Result<bool> {
    let row = id.uuid();
    let seal = |column, text: Option<&str>| text.map(|text| cx.seal(TABLE, row, column, text)).transpose();
    let address = seal("address", draft.address.as_deref())?;
    let details = cx.seal(TABLE, row, "details", &draft.details)?;
    let name = seal("reporter_name", draft.name.as_deref())?;
    let phone = seal("phone", draft.phone.as_ref().map(kernel::Phone::as_e164))?;
    let phone_index = match &draft.phone {
        Some(phone) => Some(phone_index(cx, phone)?),
        None => None,
    };
    let source_index = draft.source.map(|source| source_index(cx, source)).transpose()?;
    let (code_index, sealed_code) = (code_index(cx, code)?, cx.seal(TABLE, row, "code", code.canonical())?);
    let key_index = key_index(cx, draft.channel, draft.key)?;
    let content_index = content_index(cx, draft)?;
    let address_index = address_index(cx, draft.address.as_deref())?;
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(Uuid::from));
    let written = sqlx::query!(
        "insert into reports (tenant_id, id, code_index, code, key_index, channel, external_code, category, ward_id, lat, lon,
                              address, details, reporter_name, phone, phone_index, anonymous, source_index, source_rate,
                              received_at, by_staff, content_index, address_index, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
                 'received')
         on conflict (tenant_id, key_index) do nothing",
        tenant,
        row,
        code_index,
        sealed_code,
        key_index,
        draft.channel.as_str(),
        draft.external_code,
        draft.category.code,
        draft.ward.uuid(),
        draft.point.map(|(lat, _)| lat),
        draft.point.map(|(_, lon)| lon),
        address,
        details,
        name,
        phone,
        phone_index,
        draft.anonymous,
        source_index,
        source_rate,
        now,
        by,
        content_index,
        address_index
    )
    .execute(cx.conn())
    .await?;
    Ok(written.rows_affected() == 1)
}

fn code_index(cx: &Cx, code: &TrackingCode) -> Result<Vec<u8>> {
    cx.blind("report code", code.canonical())
}

/// Keys of different channels never meet: a public form cannot ask for the code of a report that
/// another system passed on.
fn key_index(cx: &Cx, channel: Channel, key: &str) -> Result<Vec<u8>> {
    cx.blind("report key", &format!("{}:{key}", channel.as_str()))
}

/// Whoever knows a key proves with the content that the report is his.
pub(super) fn content_index(cx: &Cx, draft: &Draft<'_>) -> Result<Vec<u8>> {
    cx.blind("report content", &draft.content())
}

/// An address however it was typed; `None` where none was told.
pub(super) fn address_index(cx: &Cx, address: Option<&str>) -> Result<Option<Vec<u8>>> {
    let key = address.map(search_key).filter(|key| !key.is_empty());
    key.map(|key| cx.blind("report address", &key)).transpose()
}

fn phone_index(cx: &Cx, phone: &kernel::Phone) -> Result<Vec<u8>> {
    cx.blind("phone", phone.as_e164())
}

fn source_index(cx: &Cx, source: &str) -> Result<Vec<u8>> {
    cx.blind("report source", source)
}

/// How many reports came from one source since `since`.
pub(super) async fn count_from(cx: &mut Cx, source: &str, since: Timestamp) -> Result<i32> {
    let (tenant, source) = (cx.tenant().uuid(), source_index(cx, source)?);
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from reports where tenant_id = $1 and source_index = $2 and received_at > $3"#,
        tenant,
        source,
        since.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}

/// The report that was taken in with a key.
pub(super) struct First {
    pub id: ReportId,
    /// Sealed.
    pub code: Vec<u8>,
    pub content_index: Option<Vec<u8>>,
}

pub(super) async fn by_key(cx: &mut Cx, draft: &Draft<'_>) -> Result<First> {
    let (tenant, key) = (cx.tenant().uuid(), key_index(cx, draft.channel, draft.key)?);
    let row = sqlx::query!(
        "select id, code, content_index from reports where tenant_id = $1 and key_index = $2",
        tenant,
        key
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(First { id: row.id.into(), code: row.code, content_index: row.content_index })
}

/// Ties a new report to the ticket that answers it.
pub(super) async fn tie(cx: &mut Cx, id: ReportId, matter: MatterId, ticket: TicketId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update reports set matter_id = $3, ticket_id = $4 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        matter.uuid(),
        ticket.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn find(cx: &mut Cx, id: ReportId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        r#"select id, channel, external_code, category, ward_id, lat, lon, address, details,
                  reporter_name is not null as "has_name!", phone is not null as "has_phone!", anonymous, source_rate,
                  received_at, by_staff, matter_id, ticket_id, merged_into, state, unit_id, due_at, overdue, with_leader,
                  reopened, rating, satisfied, rated_at, moderation
           from reports where tenant_id = $1 and id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

pub(super) async fn by_code(cx: &mut Cx, code: &TrackingCode) -> Result<Kept> {
    let (tenant, code) = (cx.tenant().uuid(), code_index(cx, code)?);
    sqlx::query_as!(
        Row,
        r#"select id, channel, external_code, category, ward_id, lat, lon, address, details,
                  reporter_name is not null as "has_name!", phone is not null as "has_phone!", anonymous, source_rate,
                  received_at, by_staff, matter_id, ticket_id, merged_into, state, unit_id, due_at, overdue, with_leader,
                  reopened, rating, satisfied, rated_at, moderation
           from reports where tenant_id = $1 and code_index = $2"#,
        tenant,
        code
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// The report whose own ticket this is: the one that others were merged into.
pub(super) async fn root_of(cx: &mut Cx, ticket: TicketId) -> Result<Option<ReportId>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select id from reports where tenant_id = $1 and ticket_id = $2 and merged_into is null",
        tenant,
        ticket.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .map(ReportId))
}

/// Lets every report that followed `from` follow `to`.
pub(super) async fn relink(cx: &mut Cx, from: TicketId, to: TicketId, root: ReportId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update reports set ticket_id = $3, merged_into = $4 where tenant_id = $1 and ticket_id = $2 and id <> $4",
        tenant,
        from.uuid(),
        to.uuid(),
        root.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A report that follows one of some tickets, with its reporter's word on the answer.
pub(super) struct Follower {
    pub id: ReportId,
    pub ticket: TicketId,
    pub satisfied: Option<bool>,
    pub rated_at: Option<Timestamp>,
}

pub(super) async fn followers(cx: &mut Cx, tickets: &[TicketId]) -> Result<Vec<Follower>> {
    let (tenant, ids) = (cx.tenant().uuid(), tickets.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        r#"select id, ticket_id as "ticket_id!", satisfied, rated_at from reports
           where tenant_id = $1 and ticket_id = any($2) order by id"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Follower {
            id: row.id.into(),
            ticket: row.ticket_id.into(),
            satisfied: row.satisfied,
            rated_at: row.rated_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// Where a report stands now.
pub(super) struct Standing {
    pub id: ReportId,
    pub state: State,
    pub unit: Option<UnitId>,
    pub due_at: Timestamp,
    pub overdue: bool,
    pub with_leader: bool,
    pub reopened: i16,
    pub answered_at: Option<Timestamp>,
}

pub(super) async fn save(cx: &mut Cx, now: &[Standing]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let ids: Vec<Uuid> = now.iter().map(|s| s.id.uuid()).collect();
    let states: Vec<String> = now.iter().map(|s| s.state.as_str().to_owned()).collect();
    let units: Vec<Option<Uuid>> = now.iter().map(|s| s.unit.map(Uuid::from)).collect();
    let dues: Vec<i64> = now.iter().map(|s| s.due_at.as_microsecond()).collect();
    let overdue: Vec<bool> = now.iter().map(|s| s.overdue).collect();
    let leader: Vec<bool> = now.iter().map(|s| s.with_leader).collect();
    let reopened: Vec<i16> = now.iter().map(|s| s.reopened).collect();
    let answered: Vec<Option<i64>> =
        now.iter().map(|s| s.answered_at.map(Timestamp::as_microsecond)).collect();
    // Once before the leader, always: the reporter has been told so.
    sqlx::query!(
        "update reports r
         set state = n.state, unit_id = n.unit_id, due_at = timestamptz 'epoch' + n.due * interval '1 microsecond',
             overdue = n.overdue, with_leader = r.with_leader or n.with_leader, reopened = n.reopened,
             answered_at = coalesce(timestamptz 'epoch' + n.answered * interval '1 microsecond', r.answered_at)
         from unnest($2::uuid[], $3::text[], $4::uuid[], $5::bigint[], $6::boolean[], $7::boolean[], $8::smallint[], $9::bigint[])
              as n (id, state, unit_id, due, overdue, with_leader, reopened, answered)
         where r.tenant_id = $1 and r.id = n.id",
        tenant,
        &ids,
        &states,
        &units as _,
        &dues,
        &overdue,
        &leader,
        &reopened,
        &answered as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The sealed columns that only the centre opens: code, name, phone.
pub(super) async fn sealed_identity(
    cx: &mut Cx,
    id: ReportId,
) -> Result<(Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select code, reporter_name, phone from reports where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.code, row.reporter_name, row.phone))
}

/// Hides the words of a report; `false` when they were hidden before.
pub(super) async fn hide(cx: &mut Cx, id: ReportId, why: &str) -> Result<bool> {
    let why = cx.seal(TABLE, id.uuid(), "moderation", why)?;
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(Uuid::from));
    let hidden = sqlx::query!(
        "update reports set moderated_at = $3, moderated_by = $4, moderation = $5
         where tenant_id = $1 and id = $2 and moderated_at is null",
        tenant,
        id.uuid(),
        now,
        by,
        why
    )
    .execute(cx.conn())
    .await?;
    Ok(hidden.rows_affected() == 1)
}

/// Keeps the reporter's rating; `false` when the present answer has one already.
pub(super) async fn save_rating(cx: &mut Cx, id: ReportId, score: i16, satisfied: bool) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let rated = sqlx::query!(
        "update reports set rating = $3, satisfied = $4, rated_at = $5
         where tenant_id = $1 and id = $2 and (rated_at is null or rated_at < answered_at)",
        tenant,
        id.uuid(),
        score,
        satisfied,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(rated.rows_affected() == 1)
}

/// A word to the reporter.
#[derive(Clone, Debug)]
pub struct Reply {
    pub kind: ReplyKind,
    pub at: Timestamp,
    pub text: String,
    /// The unit that speaks.
    pub unit: Option<UnitId>,
    pub file: Option<FileId>,
}

pub(super) async fn insert_reply(cx: &mut Cx, report: ReportId, reply: &Reply) -> Result<()> {
    let (tenant, id) = (cx.tenant().uuid(), cx.id::<Uuid>());
    let body = cx.seal(REPLIES, id, "body", &reply.text)?;
    sqlx::query!(
        "insert into report_replies (tenant_id, id, report_id, kind, body, file_id, unit_id, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        id,
        report.uuid(),
        reply.kind.as_str(),
        body,
        reply.file.map(Uuid::from),
        reply.unit.map(Uuid::from),
        reply.at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What the reporter was told, oldest first.
pub(super) async fn replies(cx: &mut Cx, report: ReportId) -> Result<Vec<Reply>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, kind, body, file_id, unit_id, at from report_replies where tenant_id = $1 and report_id = $2 order by id",
        tenant,
        report.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Reply {
                kind: row.kind.parse()?,
                at: row.at.to_jiff(),
                text: cx.open(REPLIES, row.id, "body", &row.body)?,
                unit: row.unit_id.map(UnitId),
                file: row.file_id.map(FileId),
            })
        })
        .collect()
}

/// What a list asks for; `None` leaves a column open.
pub(super) struct Wanted<'a> {
    /// The units whose reports the reader may see: responsible for, in the ward of, or told of.
    pub allowed: Option<&'a [Uuid]>,
    pub unit: Option<UnitId>,
    pub ward: Option<UnitId>,
    pub category: Option<&'a str>,
    pub state: Option<State>,
    pub open: bool,
    pub overdue: bool,
    pub channel: Option<Channel>,
    pub received: Option<(Timestamp, Timestamp)>,
    pub after: Option<(Timestamp, ReportId)>,
    pub limit: i64,
}

/// Reports by due time, least time left first.
pub(super) async fn list(cx: &mut Cx, wanted: &Wanted<'_>) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let at = |time: Option<Timestamp>| time.map(ToSqlx::to_sqlx);
    let ((from, to), (after_due, after_id)) = (wanted.received.unzip(), wanted.after.unzip());
    sqlx::query_as!(
        Row,
        r#"select r.id, r.channel, r.external_code, r.category, r.ward_id, r.lat, r.lon, r.address, r.details,
                  r.reporter_name is not null as "has_name!", r.phone is not null as "has_phone!", r.anonymous,
                  r.source_rate, r.received_at, r.by_staff, r.matter_id, r.ticket_id, r.merged_into, r.state, r.unit_id,
                  r.due_at, r.overdue, r.with_leader, r.reopened, r.rating, r.satisfied, r.rated_at, r.moderation
           from reports r
           where r.tenant_id = $1
             and ($2::uuid[] is null or r.unit_id = any($2) or r.ward_id = any($2)
                  or exists (select from ticket_seats s
                             where s.tenant_id = $1 and s.ticket_id = r.ticket_id and s.unit_id = any($2)))
             and ($3::uuid is null or r.unit_id = $3) and ($4::uuid is null or r.ward_id = $4)
             and ($5::text is null or r.category = $5) and ($6::text is null or r.state = $6)
             and (not $7 or r.state not in ('answered', 'closed')) and (not $8 or r.overdue)
             and ($9::text is null or r.channel = $9)
             and ($10::timestamptz is null or (r.received_at >= $10 and r.received_at < $11))
             and ($12::timestamptz is null or (r.due_at, r.id) > ($12, $13))
           order by r.due_at, r.id limit $14"#,
        tenant,
        wanted.allowed as _,
        wanted.unit.map(Uuid::from),
        wanted.ward.map(Uuid::from),
        wanted.category,
        wanted.state.map(State::as_str),
        wanted.open,
        wanted.overdue,
        wanted.channel.map(Channel::as_str),
        at(from) as Option<jiff_sqlx::Timestamp>,
        at(to) as Option<jiff_sqlx::Timestamp>,
        at(after_due) as Option<jiff_sqlx::Timestamp>,
        after_id.map(Uuid::from),
        wanted.limit
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Kept::try_from)
    .collect()
}

/// The latest reports of a caller, newest first.
pub(super) async fn of_phone(cx: &mut Cx, phone: &kernel::Phone, limit: i64) -> Result<Vec<Kept>> {
    let (tenant, index) = (cx.tenant().uuid(), phone_index(cx, phone)?);
    sqlx::query_as!(
        Row,
        r#"select id, channel, external_code, category, ward_id, lat, lon, address, details,
                  reporter_name is not null as "has_name!", phone is not null as "has_phone!", anonymous, source_rate,
                  received_at, by_staff, matter_id, ticket_id, merged_into, state, unit_id, due_at, overdue, with_leader,
                  reopened, rating, satisfied, rated_at, moderation
           from reports where tenant_id = $1 and phone_index = $2 order by received_at desc, id desc limit $3"#,
        tenant,
        index,
        limit
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Kept::try_from)
    .collect()
}

/// Reports of a ward that has passed into another are the other's.
pub async fn move_to_ward(cx: &mut Cx, from: UnitId, to: UnitId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update reports set ward_id = $3 where tenant_id = $1 and ward_id = $2",
        tenant,
        from.uuid(),
        to.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
