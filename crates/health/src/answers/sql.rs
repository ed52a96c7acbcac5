use super::model::Meant;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{HouseholdId, MatterId, MessageId, Phone, Result, TicketId};
use sqlx::types::Uuid;
use store::Cx;

fn index(cx: &Cx, number: &Phone) -> Result<Vec<u8>> {
    cx.blind("phone", number.as_e164())
}

/// Texts of one number are heard one after the other: two at once would open two tickets.
pub(super) async fn queue_up(cx: &mut Cx, number: &Phone) -> Result<()> {
    let (tenant, index) = (cx.tenant().to_string(), index(cx, number)?);
    sqlx::query!(
        r#"select pg_advisory_xact_lock(hashtextextended($1::text || encode($2::bytea, 'hex'), 7716)) is null as "locked!""#,
        tenant,
        index
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(())
}

/// The tickets of a kind about a household that are owed an answer, the newest first.
pub(super) async fn open_tickets(
    cx: &mut Cx,
    home: HouseholdId,
    kind: &str,
) -> Result<Vec<(TicketId, MatterId)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select t.id, t.matter_id from tickets t
         join matters m on m.tenant_id = t.tenant_id and m.id = t.matter_id
         where t.tenant_id = $1 and m.object_kind = 'household' and m.object_id = $2 and m.kind = $3
           and t.resolved_at is null and t.merged_into is null
         order by t.opened_at desc, t.id desc",
        tenant,
        home.uuid(),
        kind
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.matter_id.into())).collect())
}

/// The ticket that words of danger from this number have opened last when it led to no household under care.
pub(super) async fn last_alarm(cx: &mut Cx, number: &Phone) -> Result<Option<TicketId>> {
    let (tenant, index) = (cx.tenant().uuid(), index(cx, number)?);
    let ticket = sqlx::query_scalar!(
        r#"select ticket_id as "ticket_id!" from text_answers
           where tenant_id = $1 and number_hash = $2 and household_id is null and ticket_id is not null
           order by heard_at desc, id desc limit 1"#,
        tenant,
        index
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(ticket.map(TicketId))
}

/// The alarms that unknown numbers have opened since then, the newest first.
pub(super) async fn unknown_alarms(cx: &mut Cx, since: Timestamp) -> Result<Vec<TicketId>> {
    let tenant = cx.tenant().uuid();
    let tickets = sqlx::query_scalar!(
        "select t.id from tickets t
           where t.tenant_id = $1 and t.opened_at > $2
             and t.id in (select a.ticket_id from text_answers a
                          where a.tenant_id = $1 and a.household_id is null and a.heard_at > $2)
           order by t.opened_at desc, t.id desc",
        tenant,
        since.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(tickets.into_iter().map(TicketId).collect())
}

/// The signs that the texts on a matter have told of.
pub(super) async fn signs_of(cx: &mut Cx, matter: MatterId) -> Result<Vec<String>> {
    let tenant = cx.tenant().uuid();
    let told = sqlx::query_scalar!(
        "select a.signs from text_answers a
         join tickets t on t.tenant_id = a.tenant_id and t.id = a.ticket_id
         where a.tenant_id = $1 and t.matter_id = $2",
        tenant,
        matter.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(told.concat())
}

/// Whether a number has had the answer to such a text since then.
pub(super) async fn answered_since(
    cx: &mut Cx,
    number: &Phone,
    meant: Meant,
    since: Timestamp,
) -> Result<bool> {
    let (tenant, index) = (cx.tenant().uuid(), index(cx, number)?);
    Ok(sqlx::query_scalar!(
        r#"select exists (select from text_answers
                          where tenant_id = $1 and number_hash = $2 and meant = $3 and reply_id is not null
                            and heard_at > $4) as "answered!""#,
        tenant,
        index,
        meant.as_str(),
        since.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// How many answers a number has had since then.
pub(super) async fn answers_since(cx: &mut Cx, number: &Phone, since: Timestamp) -> Result<i64> {
    let (tenant, index) = (cx.tenant().uuid(), index(cx, number)?);
    Ok(sqlx::query_scalar!(
        r#"select count(distinct reply_id) as "n!" from text_answers
           where tenant_id = $1 and number_hash = $2 and heard_at >= $3"#,
        tenant,
        index,
        since.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// What a text was taken for: what matters most, where it is of several households.
pub(super) async fn meant(cx: &mut Cx, text: MessageId) -> Result<Option<Meant>> {
    let tenant = cx.tenant().uuid();
    let words = sqlx::query_scalar!(
        "select meant from text_answers where tenant_id = $1 and text_id = $2",
        tenant,
        text.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    let meant = words.iter().map(|word| word.parse()).collect::<Result<Vec<Meant>>>()?;
    Ok(meant.into_iter().min())
}

pub(super) struct NewAnswer<'a> {
    pub text: MessageId,
    pub number: &'a Phone,
    pub household: Option<HouseholdId>,
    pub meant: Meant,
    pub signs: &'a [String],
    pub ticket: Option<TicketId>,
    pub reply: Option<MessageId>,
}

pub(super) async fn insert(cx: &mut Cx, new: &NewAnswer<'_>) -> Result<()> {
    let (tenant, id, now) = (cx.tenant().uuid(), cx.id::<Uuid>(), cx.now().to_sqlx());
    let index = index(cx, new.number)?;
    sqlx::query!(
        "insert into text_answers (tenant_id, id, text_id, number_hash, household_id, meant, ticket_id, reply_id, heard_at, signs)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant,
        id,
        new.text.uuid(),
        index,
        new.household.map(HouseholdId::uuid),
        new.meant.as_str(),
        new.ticket.map(TicketId::uuid),
        new.reply.map(MessageId::uuid),
        now,
        new.signs
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
