use super::text_number::Incoming;
use jiff::Timestamp;
use kernel::{Error, MessageId, Phone, Result, TicketId};
use store::Cx;

const TEXTS: &str = "received_texts";

/// A text, its number open.
pub(super) struct Kept {
    pub id: MessageId,
    pub ticket: Option<TicketId>,
    /// By which it is looked up.
    pub number_hash: Vec<u8>,
    /// A telephone in E.164, or a sender's word.
    pub number: String,
    words: Option<String>,
    official: bool,
    came: i16,
    parts: i16,
    whole: bool,
    at: Timestamp,
}

impl Kept {
    pub(super) fn phone(&self) -> Option<Phone> {
        Phone::parse(&self.number).ok()
    }

    pub(super) fn incoming(&self) -> Incoming {
        let phone = self.phone();
        Incoming {
            id: self.id,
            callable: phone.is_some(),
            readable: phone.as_ref().is_some_and(Phone::is_mobile),
            number: phone.map_or_else(|| self.number.clone(), |phone| phone.masked()),
            official: self.official,
            words: self.words.clone(),
            came: self.came,
            parts: self.parts,
            whole: self.whole,
            at: self.at,
            ticket: self.ticket,
        }
    }
}

pub(super) async fn find(cx: &mut Cx, id: MessageId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select number, number_hash, words, ticket_id, staff_id is not null as "official!", came, parts, state,
                  received_at
           from received_texts where tenant_id = $1 and id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let words = match row.words {
        Some(words) => Some(cx.open(TEXTS, id.uuid(), "words", &words)?),
        None => None,
    };
    Ok(Kept {
        id,
        ticket: row.ticket_id.map(TicketId),
        number: cx.open(TEXTS, id.uuid(), "number", &row.number)?,
        number_hash: row.number_hash,
        words,
        official: row.official,
        came: row.came,
        parts: row.parts,
        whole: row.state == "whole",
        at: row.received_at.to_jiff(),
    })
}

/// Those of other numbers on a ticket, the newest first.
pub(super) async fn on_ticket(
    cx: &mut Cx,
    ticket: TicketId,
    but: MessageId,
    limit: i64,
    skip: i64,
) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select t.id, t.number, t.number_hash, t.words, t.staff_id is not null as "official!", t.came, t.parts,
                  t.state, t.received_at
           from received_texts t
           join received_texts own on own.tenant_id = t.tenant_id and own.id = $3 and own.number_hash <> t.number_hash
           where t.tenant_id = $1 and t.ticket_id = $2
           order by t.received_at desc, t.id desc limit $4 offset $5"#,
        tenant,
        ticket.uuid(),
        but.uuid(),
        limit,
        skip
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let words = match row.words {
                Some(words) => Some(cx.open(TEXTS, row.id, "words", &words)?),
                None => None,
            };
            Ok(Kept {
                id: row.id.into(),
                ticket: Some(ticket),
                number: cx.open(TEXTS, row.id, "number", &row.number)?,
                number_hash: row.number_hash,
                words,
                official: row.official,
                came: row.came,
                parts: row.parts,
                whole: row.state == "whole",
                at: row.received_at.to_jiff(),
            })
        })
        .collect()
}
