//! Short messages to telephones outside the house: a household has no account and often no mailbox. The
//! caller writes the words and answers for the permission; here they are kept sealed, handed to whichever
//! network is connected, and what became of them is told back.

use super::{notices::State, sql_texts};
use async_trait::async_trait;
use jiff::Timestamp;
use kernel::{Actor, Error, MessageId, Phone, Result, TenantId};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use store::{Cx, Event, Store, outbox::OnPost};
use uuid::Uuid;

/// The outbox channel of texts.
pub const SMS: &str = "sms";
/// With the outbox's pauses of at most ten minutes: an hour. A reminder that comes later reminds of
/// nothing.
const TRIES: i32 = 10;

const PART: Actor = Actor::system("messages.texts");

/// A text, ready to go.
#[derive(Clone, Debug)]
pub struct Text {
    pub tenant: TenantId,
    /// The same on every try.
    pub id: MessageId,
    /// E.164.
    pub number: String,
    pub words: String,
}

/// A network that carries texts.
#[async_trait]
pub trait Texting: Send + Sync {
    /// Hands a text over. `Invalid` when this number can never be reached; `Unavailable` for anything that
    /// may pass. The error names no number: it is logged and shown to operators.
    async fn send(&self, text: &Text) -> Result<()>;
}

/// What became of a text.
#[derive(Clone, Debug)]
pub struct Sent {
    pub id: MessageId,
    pub state: State,
    pub queued_at: Timestamp,
    pub handed_over_at: Option<Timestamp>,
}

/// Sends a text about something, in words of the caller, whose permission it is to ask.
pub async fn text(cx: &mut Cx, about: Uuid, to: &Phone, words: &str) -> Result<MessageId> {
    let id = cx.id::<MessageId>();
    sql_texts::insert(cx, id, about, to, words).await?;
    cx.record(Event::new("message.queued", id).data(json!({ "about": about, "channel": SMS })));
    cx.post(SMS, id);
    Ok(id)
}

/// The newest text about one of these things. Whether the actor may know of it is the caller's to ask.
pub async fn last_text(cx: &mut Cx, about: &[Uuid]) -> Result<Option<Sent>> {
    sql_texts::last(cx, about).await
}

/// How the newest text about each of these things stands. Whether the actor may know of it is the caller's
/// to ask.
pub async fn last_text_states(cx: &mut Cx, about: &[Uuid]) -> Result<BTreeMap<Uuid, State>> {
    sql_texts::last_states(cx, about).await
}

/// The courier of texts. Where no network is connected a text is given up at once, and says so.
pub struct Texts {
    network: Option<Arc<dyn Texting>>,
}

impl Texts {
    pub fn new(network: Option<Arc<dyn Texting>>) -> Self {
        Self { network }
    }
}

#[async_trait]
impl OnPost for Texts {
    fn channel(&self) -> &'static str {
        SMS
    }

    async fn deliver(&self, store: &Store, tenant: TenantId, id: MessageId, attempt: i32) -> Result<()> {
        let mut cx = store.begin(tenant, PART).await?;
        let known = sql_texts::find(&mut cx, id).await?;
        // No transaction waits for a network.
        cx.rollback().await?;
        if known.state.is_over() {
            return Ok(());
        }
        let sent = match &self.network {
            Some(network) => {
                network.send(&Text { tenant, id, number: known.number, words: known.words }).await
            }
            None => Err(Error::invalid("network", "error-text-network")),
        };
        let mut cx = store.begin(tenant, PART).await?;
        match &sent {
            Ok(()) => {
                sql_texts::save(&mut cx, id, State::HandedOver, attempt, None).await?;
                cx.record(
                    Event::new("message.handed_over", id)
                        .data(json!({ "about": known.about, "tries": attempt })),
                );
            }
            Err(error) => {
                sql_texts::save(&mut cx, id, State::Failed, attempt, Some(&error.to_string())).await?;
            }
        }
        cx.commit().await?;
        sent
    }

    async fn give_up(&self, store: &Store, tenant: TenantId, id: MessageId, why: &str) -> Result<()> {
        let mut cx = store.begin(tenant, PART).await?;
        let known = sql_texts::find(&mut cx, id).await?;
        if known.state.is_over() {
            return Ok(());
        }
        sql_texts::save(&mut cx, id, State::GivenUp, known.tries, Some(why)).await?;
        cx.record(
            Event::new("message.given_up", id).data(json!({ "about": known.about, "tries": known.tries })),
        );
        cx.commit().await
    }

    fn max_attempts(&self) -> i32 {
        TRIES
    }
}
