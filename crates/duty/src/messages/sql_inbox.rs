use super::inbox::Received;
use data_encoding::BASE64;
use jiff_sqlx::ToSqlx;
use kernel::{Error, MessageId, Result, StaffId, TicketId};
use sqlx::types::Uuid;
use store::Cx;

const TEXTS: &str = "received_texts";
const PARTS: &str = "received_parts";

fn hash(cx: &Cx, number: &str) -> Result<Vec<u8>> {
    cx.blind("phone", number)
}

/// Whether a piece with one of these marks has come before.
pub(super) async fn is_marked(cx: &mut Cx, marks: &[String]) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from received_parts where tenant_id = $1 and mark = any($2)) as "known!""#,
        tenant,
        marks
    )
    .fetch_one(cx.conn())
    .await?)
}

/// A text about to be gathered.
pub(super) struct New<'a> {
    pub number: &'a str,
    pub came_to: &'a str,
    pub reference: Option<i32>,
    pub parts: i16,
}

/// Begins to gather a text, or finds the one whose parts are being gathered; the flag says that it is new.
/// Either way its row is locked.
pub(super) async fn open(cx: &mut Cx, new: &New<'_>) -> Result<(MessageId, bool)> {
    let (tenant, id, now) = (cx.tenant().uuid(), cx.id::<MessageId>(), cx.now().to_sqlx());
    let number = cx.seal(TEXTS, id.uuid(), "number", new.number)?;
    let hash = hash(cx, new.number)?;
    let row = sqlx::query!(
        r#"insert into received_texts (tenant_id, id, number, number_hash, came_to, reference, parts, came, state, received_at)
           values ($1, $2, $3, $4, $5, $6, $7, 0, 'gathering', $8)
           on conflict (tenant_id, number_hash, reference, parts) where state = 'gathering'
           do update set came = received_texts.came
           returning id, id = $2 as "new!""#,
        tenant,
        id.uuid(),
        number,
        hash,
        new.came_to,
        new.reference,
        new.parts,
        now
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.id.into(), row.new))
}

pub(super) async fn has_part(cx: &mut Cx, id: MessageId, part: i16) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from received_parts where tenant_id = $1 and text_id = $2 and part = $3) as "there!""#,
        tenant,
        id.uuid(),
        part
    )
    .fetch_one(cx.conn())
    .await?)
}

/// No more parts are put to this text.
pub(super) async fn set_incomplete(cx: &mut Cx, id: MessageId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    // Its words follow in this transaction.
    sqlx::query!(
        "update received_texts set state = 'incomplete', words = '' where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Keeps a part; false when it came meanwhile by another line.
pub(super) async fn add(cx: &mut Cx, id: MessageId, part: i16, mark: &str, units: &[u16]) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let octets: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let words = cx.seal(PARTS, id.uuid(), "words", &BASE64.encode(&octets))?;
    let added = sqlx::query!(
        "insert into received_parts (tenant_id, text_id, part, mark, words, came_at) values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing",
        tenant,
        id.uuid(),
        part,
        mark,
        words,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Counts a part that has been kept; whether all are there.
pub(super) async fn counted(cx: &mut Cx, id: MessageId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"update received_texts set came = came + 1 where tenant_id = $1 and id = $2
           returning came = parts as "whole!""#,
        tenant,
        id.uuid()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// A text as it is gathered.
pub(super) struct Kept {
    pub number: String,
    pub parts: i16,
    pub gathering: bool,
}

pub(super) async fn lock(cx: &mut Cx, id: MessageId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select number, parts, state from received_texts where tenant_id = $1 and id = $2 for update",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Kept {
        number: cx.open(TEXTS, id.uuid(), "number", &row.number)?,
        parts: row.parts,
        gathering: row.state == "gathering",
    })
}

/// The parts that have come, opened, in their order.
pub(super) async fn words(cx: &mut Cx, id: MessageId) -> Result<Vec<(i16, Vec<u16>)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select part, words as "words!" from received_parts
           where tenant_id = $1 and text_id = $2 and words is not null order by part"#,
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let text = cx.open(PARTS, id.uuid(), "words", &row.words)?;
            let octets = BASE64.decode(text.as_bytes()).map_err(Error::internal)?;
            let units = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            Ok((row.part, units))
        })
        .collect()
}

/// Keeps the words of the whole, and throws those of the parts away.
pub(super) async fn close(
    cx: &mut Cx,
    id: MessageId,
    text: &Received,
    staff: Option<StaffId>,
    ticket: Option<TicketId>,
) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let words = cx.seal(TEXTS, id.uuid(), "words", &text.words)?;
    let state = if text.whole { "whole" } else { "incomplete" };
    sqlx::query!(
        "update received_texts set state = $3, words = $4, staff_id = $5, ticket_id = $6, closed_at = $7
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        state,
        words,
        staff.map(Uuid::from),
        ticket.map(Uuid::from),
        now
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!(
        "update received_parts set words = null where tenant_id = $1 and text_id = $2",
        tenant,
        id.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The newest ticket that a text from this number stands on.
pub(super) async fn last_ticket(cx: &mut Cx, number: &str) -> Result<Option<TicketId>> {
    let (tenant, hash) = (cx.tenant().uuid(), hash(cx, number)?);
    let id = sqlx::query_scalar!(
        r#"select ticket_id as "ticket_id!" from received_texts
           where tenant_id = $1 and number_hash = $2 and ticket_id is not null
           order by received_at desc, id desc limit 1"#,
        tenant,
        hash
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(id.map(TicketId))
}
