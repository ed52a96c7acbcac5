//! Answering a text by one, in the words of whoever has read it. It goes by the one way by which texts go, stands in
//! what was written with the number ([`super::text_exchange`]), and nobody can take it back.

use super::{
    sql_inbox, sql_text_exchange as sql,
    text_number::{seen, works_on},
    text_size::{Size, size},
    texts::{self, SCREEN},
};
use crate::{
    permissions::{Action, Scope, permits},
    tickets,
};
use jiff::SignedDuration;
use kernel::{Error, MessageId, Phone, Result, TicketId, text::paragraphs};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Parts of the longest answer: what is longer is better said.
pub const MOST_PARTS: usize = 3;
/// Characters that no number of those parts could hold.
const CAP: usize = 480;
/// The same words from the same person within this time are the same press.
const SAME_PRESS: SignedDuration = SignedDuration::from_mins(10);
/// What the ticket is told; who it was stands beside it. The words stand with the text alone.
const ANSWERED: &str = "Đã trả lời bằng tin nhắn. Xem trang của tin.";

/// An answer as it would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub words: String,
    pub size: Size,
}

/// What becomes of words that somebody has typed.
///
/// Errors: `words`: `error-text-missing`, `error-text-control`, `error-text-answer-long`.
pub fn draft(typed: &str) -> Result<Draft> {
    let words = paragraphs(typed, CAP).map_err(|error| match error.key {
        "error-text-too-long" => Error::invalid("words", "error-text-answer-long"),
        key => Error::invalid("words", key),
    })?;
    if words.is_empty() {
        return Err(Error::invalid("words", "error-text-missing"));
    }
    let size = size(&words);
    if size.parts > MOST_PARTS {
        return Err(Error::invalid("words", "error-text-answer-long"));
    }
    Ok(Draft { words, size })
}

/// Whether the actor may answer a text that he sees: whoever speaks with people for the centre, or works on the
/// ticket. To read is not to answer.
///
/// Errors: `NotFound` for whoever does not see it.
pub async fn may(cx: &mut Cx, id: MessageId) -> Result<bool> {
    let kept = seen(cx, id).await?;
    lets(cx, kept.ticket).await
}

async fn lets(cx: &mut Cx, ticket: Option<TicketId>) -> Result<bool> {
    if permits(&cx.actor, Action::CallMake, Scope::Tenant) {
        return Ok(true);
    }
    match ticket {
        Some(ticket) => works_on(cx, ticket).await,
        None => Ok(false),
    }
}

/// Answers a text. Pressed twice it goes once. The caller commits.
///
/// Errors: those of [`draft`]; `NotFound` for whoever does not see the text; `Forbidden` for whoever sees it and
/// neither makes the centre's calls nor works on its ticket; `Conflict` where its number cannot read one.
pub async fn answer(cx: &mut Cx, id: MessageId, typed: &str) -> Result<MessageId> {
    let kept = seen(cx, id).await?;
    if !lets(cx, kept.ticket).await? {
        return Err(Error::Forbidden(Action::CallMake.as_str()));
    }
    let number = kept.phone().filter(Phone::is_mobile).ok_or(Error::Conflict("error-text-takes-none"))?;
    let draft = draft(typed)?;
    sql_inbox::lock(cx, id).await?;
    let since = cx.now() - SAME_PRESS;
    if let Some(known) = sql::answered_so(cx, id, &draft.words, since).await? {
        return Ok(known);
    }
    let message = texts::text(cx, id.uuid(), &number, &draft.words).await?;
    cx.record(
        Event::new("text.answered", id)
            .data(json!({ "message": message, "ticket": kept.ticket, "parts": draft.size.parts })),
    );
    if let Some(ticket) = kept.ticket {
        tickets::remark(cx, ticket, ANSWERED).await?;
    }
    cx.tell(Topic::screen(SCREEN));
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(typed: &str) -> &'static str {
        match draft(typed) {
            Err(Error::Invalid { field: "words", key }) => key,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_answer_is_tidied_counted_and_never_long() {
        let answer = draft("  Trạm sẽ gọi lại  trong 15 phút. ").unwrap();
        assert_eq!(answer.words, "Trạm sẽ gọi lại trong 15 phút.");
        assert_eq!(answer.size, Size { characters: 30, parts: 1 });
        assert_eq!(key(" \n "), "error-text-missing");
        assert_eq!(draft(&"ế".repeat(201)).unwrap().size.parts, 3);
        assert_eq!(key(&"ế".repeat(202)), "error-text-answer-long");
        assert_eq!(draft(&"a".repeat(459)).unwrap().size.parts, 3);
        assert_eq!(key(&"a".repeat(460)), "error-text-answer-long");
        assert_eq!(key(&"a".repeat(481)), "error-text-answer-long");
    }
}
