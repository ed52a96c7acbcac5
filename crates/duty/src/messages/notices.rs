//! Notices: mails to members of staff that a ticket waits for them, or that something they follow
//! has happened. A message is queued, handed over to the mail server, failed (and tried again),
//! given up, or withdrawn because what it told of was over before it went.
//!
//! Ordinary notices to one person are grouped and keep his quiet hours; an emergency is neither
//! grouped nor held back. A mail server that is down delays mails and nothing else.

use super::{
    mail::{self, Frame, Line},
    mailer::{Mail, Mailer},
    preferences::Preferences,
    sql_notices::{self, Item, Known, NewMessage},
    sql_texts,
};
use crate::{
    rosters, staff,
    tickets::{
        self, Severity,
        attempts::{self, Attempt, Outcome},
    },
    units,
};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{Actor, AttemptId, Error, MessageId, Result, StaffId, TenantId, TicketId, UnitId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Uuid;
use std::{collections::BTreeMap, str::FromStr, sync::Arc};
use store::{
    Cx, Event, Store, Timer,
    jobs::{OnJob, Taken},
    outbox::{self, OnPost},
    timers::{Due, OnTimer},
};
use url::Url;

/// The outbox channel of mails.
pub const EMAIL: &str = "email";
/// Ordinary notices to one person within this time go out as one mail. Two minutes let the tickets
/// of one matter, or of a list just read in, come together; the shortest such notice gives hours.
pub const GROUPED_FOR: SignedDuration = SignedDuration::from_mins(2);
/// With the outbox's pauses of at most ten minutes: two days of a mail server that is down.
const TRIES: i32 = 300;

const PART: Actor = Actor::system("messages.notices");
const SEND: &str = "messages.send";

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Queued,
    HandedOver,
    /// The last try failed; there will be another.
    Failed,
    GivenUp,
    /// Everything it told of was over before it went.
    Withdrawn,
    /// The network says that it has come to the telephone. Of texts alone.
    Delivered,
    /// The network had taken it and says that it will never come.
    Undeliverable,
}

impl State {
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::HandedOver,
        Self::Failed,
        Self::GivenUp,
        Self::Withdrawn,
        Self::Delivered,
        Self::Undeliverable,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::HandedOver => "handed_over",
            Self::Failed => "failed",
            Self::GivenUp => "given_up",
            Self::Withdrawn => "withdrawn",
            Self::Delivered => "delivered",
            Self::Undeliverable => "undeliverable",
        }
    }

    /// Nothing more is to be sent.
    pub(super) const fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Failed)
    }
}

impl FromStr for State {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == s);
        found.ok_or_else(|| Error::internal(format!("not a state of messages: {s}")))
    }
}

/// What became of the mail, the text or the push for one attempt, for the ticket's page.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub message: MessageId,
    /// `email`, `sms` or `push`.
    pub channel: String,
    pub state: State,
    pub tries: i32,
    pub send_at: Timestamp,
    pub tried_at: Option<Timestamp>,
    pub handed_over_at: Option<Timestamp>,
    /// When the network said that a text had come, or never would.
    pub delivered_at: Option<Timestamp>,
    /// While it waits or has failed.
    pub next_try_at: Option<Timestamp>,
    /// The mail server's code; never an address.
    pub last_error: Option<String>,
}

/// News that is no ticket's attempt. Ids and numbers only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum News {
    DirectiveAnswered {
        ticket: TicketId,
    },
    /// Nobody will stand at a unit in some hours of the coming week.
    RosterGap {
        unit: UnitId,
        from: Timestamp,
        until: Timestamp,
    },
    /// The end of the ledger as published on a day.
    LedgerHead {
        day: Date,
        seq: i64,
        hash: String,
        signature: String,
        sealed_at: Timestamp,
    },
}

impl News {
    /// A mail to be kept as evidence: on its own, and whatever the person wishes of notices.
    const fn is_evidence(&self) -> bool {
        matches!(self, Self::LedgerHead { .. })
    }
}

/// Mails news to a member of staff, grouped as notices are. `None` when the person takes notices at
/// the desk only or has no address.
pub async fn announce(cx: &mut Cx, staff: StaffId, news: &News) -> Result<Option<MessageId>> {
    let wishes = sql_notices::preferences(cx, staff).await?;
    if !(wishes.by_email || news.is_evidence()) || staff::email(cx, staff).await?.is_none() {
        return Ok(None);
    }
    let message = queue(cx, staff, &wishes, !news.is_evidence()).await?;
    sql_notices::add(cx, message, None, Some(news)).await?;
    Ok(Some(message))
}

/// What became of the mails, texts and pushes for these attempts; those that had none are not in the map.
pub async fn deliveries(cx: &mut Cx, attempts: &[AttemptId]) -> Result<BTreeMap<AttemptId, Delivery>> {
    let mut found = sql_notices::deliveries(cx, attempts).await?;
    found.extend(sql_texts::deliveries(cx, attempts).await?);
    let waiting: Vec<MessageId> = found
        .values()
        .filter(|delivery| !delivery.state.is_over())
        .map(|delivery| delivery.message)
        .collect();
    let next = outbox::next_tries(cx, &waiting).await?;
    for delivery in found.values_mut().filter(|delivery| !delivery.state.is_over()) {
        // Before its time has come it is not in the outbox yet.
        delivery.next_try_at = Some(next.get(&delivery.message).copied().unwrap_or(delivery.send_at));
    }
    Ok(found)
}

/// The message that a person's next notice goes into: the one that collects, or a new one.
async fn queue(cx: &mut Cx, staff: StaffId, wishes: &Preferences, grouped: bool) -> Result<MessageId> {
    let zone = sql_notices::face(cx).await?.zone;
    let wait = if grouped { GROUPED_FOR } else { SignedDuration::ZERO };
    let send_at = wishes.not_before(cx.now() + wait, &zone);
    let new = NewMessage { staff, channel: EMAIL, tone: "notice", collects: grouped, send_at };
    let (message, is_new) = sql_notices::open(cx, &new).await?;
    if is_new {
        queued(cx, message, &new);
        cx.arm(Timer { kind: SEND, object: message.uuid(), generation: 0, fire_at: send_at });
    }
    Ok(message)
}

pub(super) fn queued(cx: &mut Cx, message: MessageId, new: &NewMessage) {
    cx.record(Event::new("message.queued", message).data(
        json!({ "staff": new.staff, "channel": new.channel, "tone": new.tone, "send_at": new.send_at }),
    ));
}

/// The handler of `messages.send_notice`: a level of a ladder wants a person told by mail.
pub struct SendNotice;

#[async_trait]
impl OnJob for SendNotice {
    fn kind(&self) -> &'static str {
        tickets::SEND_NOTICE
    }

    async fn run(&self, store: &Store, job: &Taken) -> Result<()> {
        let id: AttemptId = serde_json::from_value(job.args["attempt"].clone()).map_err(Error::internal)?;
        let mut cx = store.begin(job.tenant, PART).await?;
        let attempt = attempts::find(&mut cx, id).await?;
        let Some(staff) = attempt.staff else { return Ok(()) };
        if attempt.ended_at.is_some() || sql_notices::is_told(&mut cx, id).await? {
            return Ok(());
        }
        if staff::email(&mut cx, staff).await?.is_none() {
            attempts::ended(&mut cx, id, Outcome::Unreachable, None).await?;
            return cx.commit().await;
        }
        // What an emergency's level is told by is told at once, however softly the level speaks.
        let (ticket, _) = tickets::ticket(&mut cx, attempt.ticket).await?;
        if attempt.tone == "ring" || ticket.severity == Severity::Emergency {
            let new = NewMessage { staff, channel: EMAIL, tone: "ring", collects: false, send_at: cx.now() };
            let (message, _) = sql_notices::open(&mut cx, &new).await?;
            queued(&mut cx, message, &new);
            sql_notices::add(&mut cx, message, Some(id), None).await?;
            cx.post(EMAIL, message);
            return cx.commit().await;
        }
        let wishes = sql_notices::preferences(&mut cx, staff).await?;
        // A wish never leaves a level without any way to be heard.
        if !wishes.by_email && stands_at_the_desk(&mut cx, &attempt).await? {
            attempts::ended(&mut cx, id, Outcome::NotWanted, None).await?;
            return cx.commit().await;
        }
        let message = queue(&mut cx, staff, &wishes, true).await?;
        sql_notices::add(&mut cx, message, Some(id), None).await?;
        cx.commit().await
    }
}

async fn stands_at_the_desk(cx: &mut Cx, attempt: &Attempt) -> Result<bool> {
    let beside = attempts::of_tickets(cx, &[attempt.ticket]).await?;
    Ok(beside
        .iter()
        .any(|other| other.channel == "desk" && (other.level, other.round) == (attempt.level, attempt.round)))
}

/// When a notice of this attempt may go by a way that wakes people: at once in an emergency or for a ring, else
/// outside the person's quiet hours.
pub(super) async fn not_before(
    cx: &mut Cx,
    attempt: &Attempt,
    severity: Severity,
    wishes: &Preferences,
) -> Result<Timestamp> {
    if attempt.tone == "ring" || severity == Severity::Emergency {
        return Ok(cx.now());
    }
    let zone = sql_notices::face(cx).await?.zone;
    Ok(wishes.not_before(cx.now(), &zone))
}

/// The handler of `messages.send`: a message's time has come.
pub struct SendMessages;

#[async_trait]
impl OnTimer for SendMessages {
    fn kind(&self) -> &'static str {
        SEND
    }

    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()> {
        let ids: Vec<Uuid> = due.iter().map(|due| due.object).collect();
        sql_notices::close(cx, &ids).await?;
        for id in ids {
            cx.post(EMAIL, MessageId(id));
        }
        Ok(())
    }
}

/// Writes the mails when they are sent, and hands them to the mail server.
pub struct Mails {
    mailer: Arc<dyn Mailer>,
    /// Where the centre's pages are found from outside.
    public_url: Url,
}

impl Mails {
    pub fn new(mailer: Arc<dyn Mailer>, public_url: Url) -> Self {
        Self { mailer, public_url }
    }

    /// The letter as it is now; `None` when nothing in it is news any more.
    async fn write(&self, cx: &mut Cx, id: MessageId, known: &Known) -> Result<Option<Mail>> {
        let face = sql_notices::face(cx).await?;
        let wishes = sql_notices::preferences(cx, known.staff).await?;
        let frame = Frame {
            language: wishes.language,
            centre: face.name,
            base: format!("{}/{}", self.public_url.as_str().trim_end_matches('/'), face.slug),
            zone: face.zone,
            now: cx.now(),
        };
        let mut lines = Vec::new();
        for item in sql_notices::items(cx, id).await? {
            lines.extend(line(cx, &frame, item).await?);
        }
        if lines.is_empty() {
            return Ok(None);
        }
        let to = staff::email(cx, known.staff).await?;
        let to = to.ok_or(Error::invalid("email", "error-email-missing"))?;
        let letter = mail::letter(&frame, known.ring, &lines);
        Ok(Some(Mail { id, to, subject: letter.subject, text: letter.text, at: cx.now() }))
    }
}

/// What an item says now; nothing when its ticket no longer waits for this person.
async fn line(cx: &mut Cx, frame: &Frame, item: Item) -> Result<Option<Line>> {
    let vi = frame.language == super::preferences::Language::Vi;
    Ok(match item {
        Item::Attempt(attempt) => {
            let attempt = attempts::find(cx, attempt).await?;
            let (ticket, _) = tickets::ticket(cx, attempt.ticket).await?;
            let taken = matches!(attempt.outcome.as_deref(), Some("accepted" | "taken" | "withdrawn"));
            if taken || !ticket.is_climbing() {
                return Ok(None);
            }
            let tree = units::tree(cx).await?;
            let ward = ticket.ward.and_then(|ward| tree.get(ward));
            let what = if vi { ticket.ladder.name_vi } else { ticket.ladder.name_en };
            Some(Line::Waiting {
                what,
                ward: ward.map(|ward| if vi { ward.short.clone() } else { ward.name_en.clone() }),
                code: ticket.code,
                due_at: ticket.due_at,
                ticket: ticket.id,
            })
        }
        Item::News(News::DirectiveAnswered { ticket }) => {
            let (ticket, _) = tickets::ticket(cx, ticket).await?;
            Some(Line::Answered { code: ticket.code, ticket: ticket.id })
        }
        Item::News(News::RosterGap { unit, from, until }) => {
            // Filled before the mail went: nothing to tell.
            let gaps = rosters::gaps_ahead(cx, unit, 7).await?;
            if !gaps.iter().any(|gap| gap.period.start() < until && from < gap.period.end()) {
                return Ok(None);
            }
            let tree = units::tree(cx).await?;
            let name = tree.unit(unit)?.name_in(if vi { "vi" } else { "en" }).to_owned();
            Some(Line::Gap { name, unit, from, until })
        }
        Item::News(News::LedgerHead { day, seq, hash, signature, sealed_at }) => {
            Some(Line::Head { day, seq, hash, signature, sealed_at })
        }
    })
}

/// The attempts a message stands for.
pub(super) async fn told(cx: &mut Cx, id: MessageId) -> Result<Vec<AttemptId>> {
    let items = sql_notices::items(cx, id).await?;
    Ok(items
        .into_iter()
        .filter_map(|item| match item {
            Item::Attempt(attempt) => Some(attempt),
            Item::News(_) => None,
        })
        .collect())
}

/// What a message stood for has not reached him by it.
pub(super) async fn given_up(mut cx: Cx, id: MessageId, why: &str) -> Result<()> {
    let known = sql_notices::find(&mut cx, id).await?;
    if known.state.is_over() {
        return Ok(());
    }
    let tries = known.tries;
    sql_notices::save(&mut cx, id, State::GivenUp, tries, Some(why)).await?;
    for attempt in told(&mut cx, id).await? {
        attempts::ended(&mut cx, attempt, Outcome::Unreachable, None).await?;
    }
    cx.record(Event::new("message.given_up", id).data(json!({ "staff": known.staff, "tries": tries })));
    cx.commit().await
}

#[async_trait]
impl OnPost for Mails {
    fn channel(&self) -> &'static str {
        EMAIL
    }

    async fn deliver(&self, store: &Store, tenant: TenantId, id: MessageId, attempt: i32) -> Result<()> {
        let mut cx = store.begin(tenant, PART).await?;
        let known = sql_notices::find(&mut cx, id).await?;
        if known.state.is_over() {
            return Ok(());
        }
        let Some(mail) = self.write(&mut cx, id, &known).await? else {
            sql_notices::save(&mut cx, id, State::Withdrawn, attempt - 1, None).await?;
            cx.record(Event::new("message.withdrawn", id).data(json!({ "staff": known.staff })));
            return cx.commit().await;
        };
        // No transaction waits for a mail server.
        cx.commit().await?;
        let sent = self.mailer.send(&mail).await;
        let mut cx = store.begin(tenant, PART).await?;
        match &sent {
            Ok(()) => {
                sql_notices::save(&mut cx, id, State::HandedOver, attempt, None).await?;
                for attempt in told(&mut cx, id).await? {
                    attempts::ringing_began(&mut cx, attempt).await?;
                }
                cx.record(
                    Event::new("message.handed_over", id)
                        .data(json!({ "staff": known.staff, "tries": attempt })),
                );
            }
            Err(error) => {
                sql_notices::save(&mut cx, id, State::Failed, attempt, Some(&error.to_string())).await?;
            }
        }
        cx.commit().await?;
        sent
    }

    async fn give_up(&self, store: &Store, tenant: TenantId, id: MessageId, why: &str) -> Result<()> {
        given_up(store.begin(tenant, PART).await?, id, why).await
    }

    fn max_attempts(&self) -> i32 {
        TRIES
    }
}
