use super::text_number::Incoming;
use jiff::Timestamp;
use kernel::{Error, MessageId, Phone, Result, TicketId};
use store::Cx;

const TEXTS: &str = "received_texts";

/// A text, its number open.
pub(super) struct Kept {
    pub id: MessageId,
    pub ticket: Option<TicketId>,
    number: String,
    words: Option<String>,
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
            number: phone.map_or_else(|| self.number.clone(), |phone| phone.masked()),
            words: self.words.clone(),
            at: self.at,
            ticket: self.ticket,
        }
    }
}

pub(super) async fn find(cx: &mut Cx, id: MessageId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select number, words, ticket_id, received_at from received_texts where tenant_id = $1 and id = $2",
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
        words,
        at: row.received_at.to_jiff(),
    })
}

/// Others on a ticket, the newest first.
pub(super) async fn on_ticket(
    cx: &mut Cx,
    ticket: TicketId,
    but: MessageId,
    limit: i64,
) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, number, words, received_at from received_texts
         where tenant_id = $1 and ticket_id = $2 and id <> $3 order by received_at desc, id desc limit $4",
        tenant,
        ticket.uuid(),
        but.uuid(),
        limit
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
                words,
                at: row.received_at.to_jiff(),
            })
        })
        .collect()
}
