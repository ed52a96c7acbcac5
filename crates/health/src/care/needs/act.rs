use super::{Channel, Item, NEED, sql};
use crate::households;
use duty::{
    permissions::Action,
    tickets::{self, NewMatter, NewTicket, Responsible, Severity, ladder},
};
use jiff::Timestamp;
use kernel::{ActorKind, Error, HouseholdId, NeedId, Result, StaffId, TicketId, text::paragraphs};
use serde_json::json;
use std::collections::BTreeSet;
use store::{Cx, Event, Topic};
use uuid::Uuid;

/// Longest note, in characters.
const NOTE_CAP: usize = 500;

/// What is asked for, as a form tells it.
#[derive(Clone, Debug)]
pub struct NewNeed {
    /// Made with the page: the same form sent twice asks once.
    pub form_key: Uuid,
    pub items: BTreeSet<Item>,
    pub note: String,
}

/// What was asked for, and whether it came.
#[derive(Clone, Debug)]
pub struct Need {
    pub id: NeedId,
    pub items: Vec<Item>,
    pub note: Option<String>,
    pub asked_at: Timestamp,
    pub asked_by: Option<StaffId>,
    pub channel: Channel,
    pub ticket: Option<TicketId>,
    /// Said by staff, or by the answer to the ticket.
    pub met_at: Option<Timestamp>,
}

/// Asks for necessities. The household does so with its code, staff by right. While an earlier ticket of
/// the household is open it is told there, so that one journey brings all. `None`: this form came before.
///
/// Errors: `NotFound`, `Forbidden`; `items`: `error-need-empty`; `note`: `error-text-missing` where
/// something else is meant, `error-text-too-long`.
pub async fn ask(cx: &mut Cx, household: HouseholdId, new: &NewNeed) -> Result<Option<NeedId>> {
    let channel = if cx.actor.kind == ActorKind::Citizen(household.uuid()) {
        Channel::Household
    } else {
        households::claim(cx, household, Action::CareRecord).await?;
        Channel::Staff
    };
    if new.items.is_empty() {
        return Err(Error::invalid("items", "error-need-empty"));
    }
    let note = paragraphs(&new.note, NOTE_CAP).map_err(|error| Error::invalid("note", error.key))?;
    if note.is_empty() && new.items.contains(&Item::Other) {
        return Err(Error::invalid("note", "error-text-missing"));
    }
    let home = households::lock(cx, household).await?;
    let id = cx.id::<NeedId>();
    if !sql::insert(cx, id, household, new, &note, channel).await? {
        return Ok(None);
    }
    let ticket = match running(cx, household).await? {
        Some(ticket) => {
            let (vi, _) = words(&new.items);
            tickets::remark(cx, ticket, &format!("Hộ cần thêm: {vi}.")).await?;
            ticket
        }
        None => send(cx, &home, &new.items).await?,
    };
    sql::set_ticket(cx, id, ticket).await?;
    let mut event = Event::new("need.asked", household)
        .unit(home.station)
        .data(json!({ "need": id, "items": new.items, "channel": channel, "ticket": ticket }));
    if !note.is_empty() {
        event = event.payload(json!({ "note": note }));
    }
    cx.record(event);
    cx.tell(Topic::screen("followups"));
    Ok(Some(id))
}

/// The ticket by which something is on its way to the household.
async fn running(cx: &mut Cx, household: HouseholdId) -> Result<Option<TicketId>> {
    let asked: Vec<TicketId> = sql::unmet_tickets(cx, household).await?;
    let tickets = tickets::tickets(cx, &asked).await?;
    Ok(tickets.into_iter().find(|ticket| !ticket.is_closed()).map(|ticket| ticket.id))
}

async fn send(cx: &mut Cx, home: &households::Kept, items: &BTreeSet<Item>) -> Result<TicketId> {
    let ladder = ladder::by_code_or(cx, NEED, "report").await?;
    let new = NewMatter {
        kind: NEED,
        severity: Severity::Notice,
        ward: Some(home.ward),
        object_kind: "household",
        object: home.id.uuid(),
    };
    let (code, (vi, en)) = (&home.code, words(items));
    let ticket = NewTicket {
        kind: NEED.to_owned(),
        responsible: Responsible::Unit(home.ward),
        ladder,
        task: json!({
            "vi": format!("Hộ {code} đang cách ly cần: {vi}. Mang đến tận cửa, không vào nhà; xong thì trả lời phiếu."),
            "en": format!("Household {code} is isolated and needs: {en}. Bring it to the door without going in; answer the ticket when done."),
        }),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(cx, &new, ticket).await?;
    opened.tickets.first().copied().ok_or_else(|| Error::internal("a matter opened no ticket"))
}

fn words(items: &BTreeSet<Item>) -> (String, String) {
    let (vi, en): (Vec<_>, Vec<_>) = items.iter().map(|item| item.words()).unzip();
    (vi.join("; "), en.join("; "))
}

/// The household has what it asked for. Its ticket is withdrawn when nothing else of it is awaited.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-need-met`.
pub async fn meet(cx: &mut Cx, id: NeedId) -> Result<HouseholdId> {
    let household = sql::household_of(cx, id).await?;
    let home = households::claim(cx, household, Action::CareRecord).await?;
    households::lock(cx, household).await?;
    let need = all(cx, household).await?.into_iter().find(|need| need.id == id).ok_or(Error::NotFound)?;
    if need.met_at.is_some() {
        return Err(Error::Conflict("error-need-met"));
    }
    sql::meet(cx, id).await?;
    if let Some(ticket) = need.ticket
        && !sql::unmet_tickets(cx, household).await?.contains(&ticket)
    {
        tickets::withdraw(cx, ticket, "Hộ đã nhận đủ.").await?;
    }
    cx.record(
        Event::new("need.met", household).unit(home.station).data(json!({ "need": id, "items": need.items })),
    );
    cx.tell(Topic::screen("followups"));
    Ok(household)
}

/// What a household has asked for, the newest first. The household sees it with its code, staff by right.
///
/// Errors: `NotFound` outside the actor's households.
pub async fn of_household(cx: &mut Cx, household: HouseholdId) -> Result<Vec<Need>> {
    if cx.actor.kind != ActorKind::Citizen(household.uuid()) {
        households::claim(cx, household, Action::CareSee).await?;
    }
    all(cx, household).await
}

async fn all(cx: &mut Cx, household: HouseholdId) -> Result<Vec<Need>> {
    let mut needs = sql::of_household(cx, household).await?;
    let asked: Vec<TicketId> = needs.iter().filter_map(|need| need.ticket).collect();
    let tickets = tickets::tickets(cx, &asked).await?;
    for need in needs.iter_mut().filter(|need| need.met_at.is_none()) {
        let of = |ticket: &&tickets::Ticket| Some(ticket.id) == need.ticket && ticket.is_closed();
        need.met_at = tickets.iter().find(of).and_then(|ticket| ticket.resolved_at);
    }
    Ok(needs)
}
