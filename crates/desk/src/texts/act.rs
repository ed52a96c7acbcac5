//! What is done with a text that came in: its number is opened, it is called back, it is answered.

use super::page::{self, Asked, Drafted};
use crate::Me;
use axum::{Form, extract::Path};
use duty::messages::{text_answer, text_number};
use kernel::{CallId, Error, MessageId, Result};
use pages::{Outcome, forms::Errors, see_other};
use serde::Deserialize;

/// The forms of the page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    csrf: String,
    words: String,
    /// Of an answer: `check` shows it as it would go, `edit` goes back, `send` sends it.
    #[serde(rename = "do")]
    act: String,
}

/// `POST /{tenant}/desk/texts/{id}/number`: opens the number, on record.
pub async fn number(me: Me, Path((_, id)): Path<(String, MessageId)>, Form(sent): Form<Sent>) -> Outcome {
    me.check(&sent.csrf)?;
    let mut cx = me.begin().await?;
    text_number::open_number(&mut cx, id).await?;
    // Nobody sees the number before its opening is on record.
    cx.commit().await?;
    Ok(see_other(&me.at(format!("texts/{id}#number"))))
}

/// `POST /{tenant}/desk/texts/{id}/call`: rings the reader's own telephone in the call room, then the number.
pub async fn call(me: Me, Path((_, id)): Path<(String, MessageId)>, Form(sent): Form<Sent>) -> Outcome {
    me.check(&sent.csrf)?;
    match ring(&me, id).await {
        Ok(call) => Ok(see_other(&me.at(format!("calls?done=called&call={call}")))),
        Err(error) => mend(&me, id, "call", Drafted::default(), error).await,
    }
}

async fn ring(me: &Me, id: MessageId) -> Result<CallId> {
    let mut cx = me.begin().await?;
    let call = text_number::call_back(&mut cx, id).await?;
    cx.commit().await?;
    Ok(call)
}

/// `POST /{tenant}/desk/texts/{id}/answer`: nobody can take a text back, so it is shown before it goes.
pub async fn answer(me: Me, Path((_, id)): Path<(String, MessageId)>, Form(sent): Form<Sent>) -> Outcome {
    me.check(&sent.csrf)?;
    let drafted = Drafted { words: sent.words.clone(), checked: None };
    let done = match sent.act.as_str() {
        "send" => send(&me, id, &sent.words).await,
        "edit" => return page::show(&me, id, &Asked::default(), drafted, Errors::default()).await,
        _ => match text_answer::draft(&sent.words) {
            Ok(draft) => {
                let drafted = Drafted { words: sent.words, checked: Some(draft) };
                return page::show(&me, id, &Asked::default(), drafted, Errors::default()).await;
            }
            Err(error) => Err(error),
        },
    };
    match done {
        Ok(()) => Ok(see_other(&me.at(format!("texts/{id}?done=answered")))),
        Err(error) => mend(&me, id, "words", drafted, error).await,
    }
}

async fn send(me: &Me, id: MessageId, words: &str) -> Result<()> {
    let mut cx = me.begin().await?;
    text_answer::answer(&mut cx, id, words).await?;
    cx.commit().await
}

/// The page again, with what is wrong beside what was pressed.
async fn mend(me: &Me, id: MessageId, field: &str, drafted: Drafted, error: Error) -> Outcome {
    let mut errors = Errors::default();
    match error {
        Error::Conflict(key) | Error::Invalid { key, .. } => errors.add(field, me.w.by_key(key)),
        other => return Err(other.into()),
    }
    page::show(me, id, &Asked::default(), drafted, errors).await
}
