//! The ticket of a case's tracing: within a day all its contacts have been reached, or somebody says why
//! that is not needed.

use super::sql;
use crate::cases::{self, Traced};
use duty::{
    tickets::{self, NewMatter, NewTicket, Responsible, Severity, ladder},
    units::{self, UnitKind},
};
use kernel::{Actor, CaseId, Error, Result, TicketId, text::line};
use serde_json::json;
use store::{Cx, Event, Topic};

/// The matter of a case whose contacts are sought.
pub const KIND: &str = "trace";
/// Longest reason, in characters.
const WHY_CAP: usize = 200;

/// Opens the ticket of a case that has none.
pub(super) async fn open(cx: &mut Cx, case: &Traced) -> Result<()> {
    let ladder = ladder::by_code_or(cx, KIND, "report").await?;
    // A ward without a station answers itself.
    let station = units::tree(cx).await?.in_ward(case.ward, UnitKind::Station).unwrap_or(case.ward);
    let new = NewMatter {
        kind: KIND,
        severity: Severity::Notice,
        ward: Some(case.ward),
        object_kind: "case",
        object: case.id.uuid(),
    };
    let ticket = NewTicket {
        kind: KIND.to_owned(),
        responsible: Responsible::Unit(station),
        ladder,
        task: json!({
            "vi": "Truy vết một ca F0 mới: hỏi người bệnh đã gặp ai, đến đâu; ghi từng người tiếp xúc và gọi được từng người trong 24 giờ.",
            "en": "Trace a new F0: ask whom the patient met and where he was; list each contact and reach each of them within 24 hours.",
        }),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(cx, &new, ticket).await?;
    let ticket =
        opened.tickets.first().copied().ok_or_else(|| Error::internal("a matter opened no ticket"))?;
    cases::set_trace_ticket(cx, case.id, ticket).await
}

/// Reckons anew whether all contacts of a case have been reached, and answers its ticket when they have.
pub(super) async fn settle(cx: &mut Cx, id: CaseId) -> Result<()> {
    let case = cases::lock_traced(cx, id).await?;
    let (open, all) = sql::counts(cx, id).await?;
    // Nobody on the list is not yet everybody reached: a person says so.
    let done = open == 0 && all > 0 && case.begun_at.is_some();
    cx.tell(Topic::screen("tracing"));
    if !done {
        return if case.traced_at.is_some() && open > 0 {
            cases::set_traced(cx, id, false).await
        } else {
            Ok(())
        };
    }
    if case.traced_at.is_some() {
        return Ok(());
    }
    cases::set_traced(cx, id, true).await?;
    cx.record(Event::new("contact.all_reached", id).unit(case.ward).data(json!({ "contacts": all })));
    match case.ticket {
        Some(ticket) => answer(cx, ticket, &format!("Đã xử lý đủ {all} người tiếp xúc.")).await,
        None => Ok(()),
    }
}

/// A person says that tracing a case is over, and why: nobody was near it, nobody can be asked.
///
/// Errors: `NotFound`, `Forbidden`; `why`: `error-reason-missing`, `error-text-too-long`; Conflict
/// `error-trace-over`, `error-trace-open` while contacts wait to be reached. What is only proposed may stay so.
pub async fn close(cx: &mut Cx, id: CaseId, why: &str) -> Result<()> {
    cases::claim_traced(cx, id).await?;
    let case = cases::lock_traced(cx, id).await?;
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    if case.traced_at.is_some() || !case.is_f0() {
        return Err(Error::Conflict("error-trace-over"));
    }
    if sql::counts(cx, id).await?.0 > 0 {
        return Err(Error::Conflict("error-trace-open"));
    }
    cases::begin_trace(cx, id).await?;
    cases::set_traced(cx, id, true).await?;
    cx.record(Event::new("contact.closed", id).unit(case.ward).payload(json!({ "why": why })));
    cx.tell(Topic::screen("tracing"));
    match case.ticket {
        Some(ticket) => answer(cx, ticket, &why).await,
        None => Ok(()),
    }
}

/// Answers the ticket of tracing, by whoever did the last of it when his unit owes it; else the program
/// says that it is done: the last contact may have been reached by another ward's station.
async fn answer(cx: &mut Cx, ticket: TicketId, words: &str) -> Result<()> {
    let known = tickets::tickets(cx, &[ticket]).await?;
    let Some(owed) = known.first().filter(|ticket| !ticket.is_closed()) else { return Ok(()) };
    let own = cx.actor.grants.iter().any(|grant| Some(grant.unit) == owed.unit);
    if own || cx.actor.is_system() {
        return tickets::resolve(cx, ticket, words, None).await;
    }
    let actor = std::mem::replace(&mut cx.actor, Actor::system("contacts"));
    let done = tickets::resolve(cx, ticket, words, None).await;
    cx.actor = actor;
    done
}
