//! A text that came in, for whoever has to act on it: its words, and the number from which it came, opened by one
//! press, on record. Without it nobody could call back.
//!
//! For whoever has pressed it the number stands for half an hour: a page that is drawn anew hides nothing that he has
//! opened, and puts no second opening on record. He may also have it rung from the call room without seeing it.

use super::{sql_inbox, sql_text_number as sql, texts::SCREEN};
use crate::{
    calls::{self, Wanted},
    permissions::{Action, Scope, permits},
    tickets::{self, Concerned},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{CallId, Error, MessageId, Phone, Result, TicketId};
use serde_json::json;
use std::collections::BTreeMap;
use store::{Cx, Event, Topic, events};

/// Texts that are named beside one, on a page.
const BESIDE: i64 = 20;
/// So long a number stands for whoever has opened it.
const STANDS: SignedDuration = SignedDuration::from_mins(30);
const OPENED: &str = "text.number_opened";
/// What the ticket is told; who it was stands beside it.
const CALLED: &str = "Gọi lại số máy đã nhắn tin, từ phòng trực tổng đài.";

/// A text as its page shows it.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub id: MessageId,
    /// The number, masked; a sender that is no telephone as it is.
    pub number: String,
    /// It can be called.
    pub callable: bool,
    /// It can read a text: a telephone abroad, or one that hangs on a wall, is sent none.
    pub readable: bool,
    /// It comes from an official's number.
    pub official: bool,
    /// None while parts are still waited for.
    pub words: Option<String>,
    pub came: i16,
    pub parts: i16,
    pub whole: bool,
    pub at: Timestamp,
    pub ticket: Option<TicketId>,
}

/// The texts of other numbers on the same ticket, a page of them.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    pub texts: Vec<Incoming>,
    /// There are more on the next one.
    pub more: bool,
}

/// A number that the actor has opened.
#[derive(Clone, Debug)]
pub struct Opened {
    pub number: Phone,
    /// When it is hidden again.
    pub until: Timestamp,
}

/// A text that came in.
///
/// Errors: `NotFound` for whoever neither has the list of texts nor works on the ticket on which it stands.
pub async fn incoming(cx: &mut Cx, id: MessageId) -> Result<Incoming> {
    let kept = seen(cx, id).await?;
    Ok(kept.incoming())
}

/// The texts of other numbers that stand on the same ticket, the newest first: many may tell of one thing. `page`
/// counts from 0.
pub async fn beside(cx: &mut Cx, id: MessageId, page: i64) -> Result<Beside> {
    let kept = seen(cx, id).await?;
    let Some(ticket) = kept.ticket else { return Ok(Beside::default()) };
    let skip = page.clamp(0, 10_000) * BESIDE;
    let mut others = sql::on_ticket(cx, ticket, id, BESIDE + 1, skip).await?;
    let more = others.len() as i64 > BESIDE;
    others.truncate(BESIDE as usize);
    Ok(Beside { texts: others.iter().map(sql::Kept::incoming).collect(), more })
}

/// Opens the number of a text; `None` where it came from no telephone. Whoever has it open already opens it no second
/// time. The caller commits.
///
/// Errors: as [`incoming`].
pub async fn open_number(cx: &mut Cx, id: MessageId) -> Result<Option<Phone>> {
    let kept = seen(cx, id).await?;
    let Some(number) = kept.phone() else { return Ok(None) };
    if stands(cx, id).await?.is_none() {
        cx.record(Event::new(OPENED, id).data(json!({ "ticket": kept.ticket, "for": "call_back" })));
        cx.tell(Topic::screen(SCREEN));
    }
    Ok(Some(number))
}

/// The number of a text, where the actor has opened it within the last half hour.
///
/// Errors: as [`incoming`].
pub async fn opened(cx: &mut Cx, id: MessageId) -> Result<Option<Opened>> {
    let kept = seen(cx, id).await?;
    let until = stands(cx, id).await?;
    Ok(kept.phone().zip(until).map(|(number, until)| Opened { number, until }))
}

/// Until when the number stands that the actor has opened.
async fn stands(cx: &mut Cx, id: MessageId) -> Result<Option<Timestamp>> {
    let Some(me) = cx.actor.staff_id() else { return Ok(None) };
    let now = cx.now();
    let mine = |event: &events::Recorded| {
        event.kind == OPENED && event.actor_kind == "staff" && event.actor_id == Some(me.uuid())
    };
    let last = events::of_object(cx, id.uuid()).await?.into_iter().rfind(mine);
    Ok(last.map(|event| event.at + STANDS).filter(|until| *until > now))
}

/// Whose number it is, for the program's own parts, which look for whatever hangs on it: no screen shows it.
///
/// Errors: as [`incoming`].
pub async fn sender(cx: &mut Cx, id: MessageId) -> Result<Option<Phone>> {
    Ok(seen(cx, id).await?.phone())
}

/// Calls the number back from the actor's own telephone in the call room, about the ticket on which the text stands.
/// The caller commits.
///
/// Errors: as [`incoming`]; those of [`calls::ask`]; `Conflict` where the sender is no telephone, and while somebody
/// else has the number on the line: two who call at once find each other's line engaged.
pub async fn call_back(cx: &mut Cx, id: MessageId) -> Result<CallId> {
    let kept = seen(cx, id).await?;
    let number = kept.phone().ok_or(Error::Conflict("error-text-no-telephone"))?;
    // Whoever presses at the same moment waits here.
    sql_inbox::lock(cx, id).await?;
    if calls::runs_with(cx, number.as_e164()).await? {
        return Err(Error::Conflict("error-text-on-the-line"));
    }
    let object = kept.ticket.map_or_else(|| id.uuid(), TicketId::uuid);
    let wanted = Wanted { number: number.as_e164(), object: Some(object), back: true, unit: None };
    let call = calls::ask(cx, &wanted).await?;
    cx.record(Event::new("text.called_back", id).data(json!({ "call": call, "ticket": kept.ticket })));
    if let Some(ticket) = kept.ticket {
        tickets::remark(cx, ticket, CALLED).await?;
    }
    cx.tell(Topic::screen(SCREEN));
    Ok(call)
}

/// Which texts the actor sees: all of them, or those on a ticket on which he works.
pub(super) struct Sight {
    pub all: bool,
    /// What has been asked already.
    tickets: BTreeMap<TicketId, bool>,
}

impl Sight {
    pub fn of(cx: &Cx) -> Self {
        Self { all: permits(&cx.actor, Action::TextSee, Scope::Tenant), tickets: BTreeMap::new() }
    }

    pub async fn covers(&mut self, cx: &mut Cx, ticket: Option<TicketId>) -> Result<bool> {
        let Some(ticket) = ticket.filter(|_| !self.all) else { return Ok(self.all) };
        if let Some(known) = self.tickets.get(&ticket) {
            return Ok(*known);
        }
        let works = works_on(cx, ticket).await?;
        self.tickets.insert(ticket, works);
        Ok(works)
    }
}

/// Whether the actor works on a ticket, or on another of its matter.
pub(super) async fn works_on(cx: &mut Cx, ticket: TicketId) -> Result<bool> {
    for ticket in tickets::tickets(cx, &[ticket]).await? {
        for one in tickets::matter_tickets(cx, ticket.matter).await? {
            let concerned = Concerned::of(cx, &one).await?;
            let works = |action| concerned.lets(&cx.actor, action);
            if works(Action::TicketAccept) || works(Action::TicketResolve) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

pub(super) async fn seen(cx: &mut Cx, id: MessageId) -> Result<sql::Kept> {
    let kept = sql::find(cx, id).await?;
    if Sight::of(cx).covers(cx, kept.ticket).await? { Ok(kept) } else { Err(Error::NotFound) }
}
