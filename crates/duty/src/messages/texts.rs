//! Short messages to telephones: of households, which have no account and often no mailbox, and of officials
//! whom a level of a ladder tells by text. The caller writes the words and answers for the permission; here
//! they are kept sealed, handed to whichever network is connected, and what became of them is told back: the
//! network's receipt, where it gives one, says that a text has come or never will.
//!
//! What comes in goes to [`super::inbox`].

use super::{notices::State, sql_texts};
use crate::tickets::attempts::{self, Outcome};
use async_trait::async_trait;
use jiff::Timestamp;
use kernel::{Actor, AttemptId, Error, MessageId, Phone, Result, TenantId};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use store::{Cx, Event, Store, Topic, outbox::OnPost};
use uuid::Uuid;

/// The outbox channel of texts.
pub const SMS: &str = "sms";
/// With the outbox's pauses of at most ten minutes: an hour. A reminder that comes later reminds of
/// nothing.
const TRIES: i32 = 10;

/// The list of texts at the desk.
pub(super) const SCREEN: &str = "texts";

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
    /// Hands a text over; the network's ids of its parts, in their order, where it gives receipts by them.
    /// `Invalid` when this number can never be reached; `Unavailable` for anything that may pass. The error
    /// names no number: it is logged and shown to operators.
    async fn send(&self, text: &Text) -> Result<Vec<String>>;
}

/// A text that came in, or a part of a long one.
#[derive(Clone, PartialEq, Eq)]
pub struct Piece {
    /// The network's own id of it, where it gives one.
    pub network_id: Option<String>,
    /// Whose number sent it, as the network says: never a proof.
    pub from: String,
    /// The number of ours that it came to.
    pub to: String,
    /// UTF-16: a part may end within a character.
    pub units: Vec<u16>,
    pub part: Option<Part>,
}

/// Which part of a long text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The sender's counter, the same in all parts.
    pub reference: u16,
    /// From 1.
    pub number: u8,
    pub of: u8,
}

/// What the network says of a part of a text that it had taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Ways in which it may have written the id when it took the part.
    pub ids: Vec<String>,
    pub came: bool,
}

/// Whoever takes in what a network of texts tells.
#[async_trait]
pub trait OnText: Send + Sync {
    /// A text or a part of one. `Ok` once it is kept: only then may the network be told that we have it.
    async fn came(&self, piece: &Piece) -> Result<()>;
    /// What became of a text of ours; false when none is known by this id.
    async fn became(&self, receipt: &Receipt) -> Result<bool>;
}

/// What became of a text.
#[derive(Clone, Debug)]
pub struct Sent {
    pub id: MessageId,
    pub state: State,
    pub queued_at: Timestamp,
    pub handed_over_at: Option<Timestamp>,
    /// When the network said that it had come, or never would.
    pub delivered_at: Option<Timestamp>,
}

/// Sends a text about something, in words of the caller, whose permission it is to ask.
pub async fn text(cx: &mut Cx, about: Uuid, to: &Phone, words: &str) -> Result<MessageId> {
    queue(cx, about, None, to, words).await
}

/// The same for the attempt of a level, whose delivery it then is.
pub(super) async fn text_attempt(
    cx: &mut Cx,
    attempt: AttemptId,
    to: &Phone,
    words: &str,
) -> Result<MessageId> {
    queue(cx, attempt.uuid(), Some(attempt), to, words).await
}

async fn queue(
    cx: &mut Cx,
    about: Uuid,
    attempt: Option<AttemptId>,
    to: &Phone,
    words: &str,
) -> Result<MessageId> {
    let id = cx.id::<MessageId>();
    sql_texts::insert(cx, id, about, attempt, to, words).await?;
    cx.record(Event::new("message.queued", id).data(json!({ "about": about, "channel": SMS })));
    cx.post(SMS, id);
    cx.tell(Topic::screen(SCREEN));
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
        if known.state.is_over() {
            return Ok(());
        }
        // Somebody accepted, or the level climbed: a late text would only confuse.
        if let Some(told) = known.attempt
            && attempts::find(&mut cx, told).await?.ended_at.is_some()
        {
            sql_texts::save(&mut cx, id, State::Withdrawn, attempt - 1, None).await?;
            cx.record(Event::new("message.withdrawn", id).data(json!({ "about": known.about })));
            cx.tell(Topic::screen(SCREEN));
            return cx.commit().await;
        }
        // No transaction waits for a network.
        cx.rollback().await?;
        let sent = match &self.network {
            Some(network) => {
                network.send(&Text { tenant, id, number: known.number, words: known.words }).await
            }
            None => Err(Error::invalid("network", "error-text-network")),
        };
        let mut cx = store.begin(tenant, PART).await?;
        match &sent {
            Ok(parts) => {
                sql_texts::save(&mut cx, id, State::HandedOver, attempt, None).await?;
                sql_texts::put_parts(&mut cx, id, parts).await?;
                if let Some(told) = known.attempt {
                    attempts::ringing_began(&mut cx, told).await?;
                }
                cx.record(
                    Event::new("message.handed_over", id)
                        .data(json!({ "about": known.about, "tries": attempt, "parts": parts.len() })),
                );
            }
            Err(error) => {
                sql_texts::save(&mut cx, id, State::Failed, attempt, Some(&error.to_string())).await?;
            }
        }
        cx.tell(Topic::screen(SCREEN));
        cx.commit().await?;
        sent.map(|_| ())
    }

    async fn give_up(&self, store: &Store, tenant: TenantId, id: MessageId, why: &str) -> Result<()> {
        let mut cx = store.begin(tenant, PART).await?;
        let known = sql_texts::find(&mut cx, id).await?;
        if known.state.is_over() {
            return Ok(());
        }
        sql_texts::save(&mut cx, id, State::GivenUp, known.tries, Some(why)).await?;
        if let Some(told) = known.attempt {
            // That no network is connected is no fault of his telephone.
            let outcome = if self.network.is_none() { Outcome::NoNetwork } else { Outcome::Unreachable };
            attempts::ended(&mut cx, told, outcome, None).await?;
        }
        cx.record(
            Event::new("message.given_up", id).data(json!({ "about": known.about, "tries": known.tries })),
        );
        cx.tell(Topic::screen(SCREEN));
        cx.commit().await
    }

    fn max_attempts(&self) -> i32 {
        TRIES
    }
}

/// What the network says of one part. A text has come when all its parts have; it never will when one is
/// lost. Nothing is said twice, and nothing after the last word. False when no part of this tenant has the id.
pub(super) async fn became(cx: &mut Cx, receipt: &Receipt) -> Result<bool> {
    let Some(id) = sql_texts::part_told(cx, &receipt.ids, receipt.came).await? else { return Ok(false) };
    let known = sql_texts::lock(cx, id).await?;
    if known.state != State::HandedOver {
        return Ok(true);
    }
    let state = match sql_texts::parts_left(cx, id).await? {
        (_, 1..) => State::Undeliverable,
        (0, _) => State::Delivered,
        _ => return Ok(true),
    };
    sql_texts::save(cx, id, state, known.tries, None).await?;
    let kind = if state == State::Delivered { "message.delivered" } else { "message.undeliverable" };
    cx.record(Event::new(kind, id).data(json!({ "about": known.about })));
    if let (Some(told), State::Undeliverable) = (known.attempt, state) {
        attempts::ended(cx, told, Outcome::Unreachable, None).await?;
    }
    cx.tell(Topic::screen(SCREEN));
    cx.tell(Topic::screen("tickets"));
    Ok(true)
}
