//! Tracing a case begins with the case itself: its ticket, its household, who may have been near it, and of
//! whom it was a contact.

use super::{
    add::{self, Adding},
    model::{Basis, State},
    sql, trace,
};
use crate::{
    cases::{self, Traced},
    clusters, facts,
    followups::{self, Closed},
    households, people, places,
    windows::{Days, Windows},
};
use duty::{
    tickets::{self, State as TicketState},
    units,
};
use jiff::civil::Date;
use kernel::{CaseId, PersonId, PlaceId, Result};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Colleagues who are proposed for one employer; a factory of thousands is no list of contacts.
const COLLEAGUES: i64 = 100;

/// Brings tracing into step with a case: an F0 gets its ticket, who lives with it is listed, who works with
/// it is proposed, and whoever had it as a contact is told; one that is no F0 is traced no more. Done by
/// whoever reads the record; doing it twice changes nothing.
pub async fn begin(cx: &mut Cx, id: CaseId) -> Result<()> {
    clusters::take_turn(cx).await?;
    leave_plan(cx, id).await?;
    let case = cases::traced(cx, id).await?;
    if !case.is_f0() {
        return stop(cx, &case).await;
    }
    let today = units::today(cx).await?;
    let windows = Windows::on(cx, case.day).await?;
    fell_ill(cx, &case, &windows).await?;
    clusters::settle(cx, &[id]).await?;
    let confirmed = case.confirmed_on.unwrap_or(case.day);
    if !windows.is_open(confirmed, today) {
        // An old case, read from a list or from the record of before.
        return Ok(());
    }
    if case.ticket.is_none() && case.traced_at.is_none() {
        trace::open(cx, &case).await?;
    }
    household(cx, &case, today, &windows).await?;
    colleagues(cx, &case, confirmed.min(today), &windows).await?;
    trace::settle(cx, id).await
}

/// Who lives with an F0 is his contact to this day.
async fn household(cx: &mut Cx, case: &Traced, today: Date, windows: &Windows) -> Result<()> {
    let Some(home) = households::lives_in(cx, case.person).await? else { return Ok(()) };
    let near = windows.infectious(case.day, today);
    let (known, himself) = (sql::people_of(cx, case.id).await?, people::all_of(cx, case.person).await?);
    for member in households::members_of(cx, home).await? {
        if himself.contains(&member.person.uuid()) || known.contains(&member.person) {
            continue;
        }
        let new = adding(member.person, Basis::Household, None, near, false);
        add::add(cx, case, &new, windows).await?;
    }
    Ok(())
}

/// Who works for the same employer, or at a place where the case was, may have been near it.
async fn colleagues(cx: &mut Cx, case: &Traced, until: Date, windows: &Windows) -> Result<()> {
    let near = windows.infectious(case.day, until);
    let (known, himself) = (sql::people_of(cx, case.id).await?, people::all_of(cx, case.person).await?);
    let own = facts::employers(cx, case.person).await?.into_iter();
    let mut employers: Vec<_> = own.map(|employer| (employer, Basis::Workplace, None)).collect();
    for (employer, place) in places::employers_of_visits(cx, case.id).await? {
        if employers.iter().all(|(known, ..)| *known != employer) {
            employers.push((employer, Basis::Place, Some(place)));
        }
    }
    for (employer, basis, place) in employers {
        for person in facts::employed(cx, employer, COLLEAGUES).await? {
            if !himself.contains(&person.uuid()) && !known.contains(&person) {
                add::add(cx, case, &adding(person, basis, place, near, true), windows).await?;
            }
        }
    }
    Ok(())
}

fn adding(person: PersonId, basis: Basis, place: Option<PlaceId>, near: Days, proposed: bool) -> Adding {
    Adding {
        person,
        second: false,
        basis,
        place,
        exposed_from: Some(near.from),
        exposed_to: near.to,
        protected: None,
        proposed,
        import: None,
        relation: String::new(),
    }
}

/// Closes the plan by which an F0 was followed as a contact. Before any case is locked: households come
/// first.
pub(super) async fn leave_plan(cx: &mut Cx, id: CaseId) -> Result<()> {
    let case = cases::traced(cx, id).await?;
    if case.is_f0() && followups::contact_plan(cx, case.person).await?.is_some() {
        followups::removed(cx, case.person, Closed::BecameF0).await?;
    }
    Ok(())
}

/// A contact has become an F0: the lists on which he stands say so, and the one near whom he was last is
/// proposed as his source.
async fn fell_ill(cx: &mut Cx, case: &Traced, windows: &Windows) -> Result<()> {
    let source = windows.source(case.day);
    let mut best: Option<(Date, Date, CaseId)> = None;
    let mut told = Vec::new();
    let records = people::all_of(cx, case.person).await?;
    for contact in sql::of_person(cx, &records).await? {
        let near = Days { from: contact.exposed_from.unwrap_or(contact.exposed_to), to: contact.exposed_to };
        if contact.case == case.id {
            // Named under another of his records: he is the case itself.
            if contact.became.is_none() && contact.state != State::NotAContact {
                sql::become_case(cx, contact.id, Some(case.id)).await?;
            }
            continue;
        }
        // Too long ago to have it from there; whoever is to be reached or is followed is an F0 all the same.
        let waits = contact.state.is_open() || contact.state == State::Reached;
        if near.to < source.from && !waits {
            continue;
        }
        let from = cases::traced(cx, contact.case).await?;
        if near.overlap(source) && from.is_f0() {
            // The last day on which it can have happened, then the later of two sources.
            best = best.max(Some((near.to.min(source.to), from.day, from.id)));
        }
        if contact.became.is_some() || matches!(contact.state, State::NotAContact) {
            continue;
        }
        sql::become_case(cx, contact.id, Some(case.id)).await?;
        cx.record(
            Event::new("contact.became_case", from.id)
                .unit(from.ward)
                .data(json!({ "contact": contact.id, "person": case.person, "case": case.id })),
        );
        told.push(from.id);
    }
    if let Some((_, _, by)) = best {
        clusters::propose_source(cx, case.id, by).await?;
    }
    for case in told {
        trace::settle(cx, case).await?;
    }
    Ok(())
}

/// A case that is no F0, or no longer: nobody is sought for it, and whoever became a case by it did not.
async fn stop(cx: &mut Cx, case: &Traced) -> Result<()> {
    let dropped = sql::drop_open(cx, case.id).await?;
    if let Some(ticket) = case.ticket {
        let known = tickets::tickets(cx, &[ticket]).await?;
        // Whoever has taken it up is told once, with what is dropped.
        let waits = known.first().is_some_and(|ticket| ticket.state == TicketState::Open);
        if waits || !dropped.is_empty() {
            tickets::withdraw(cx, ticket, "Ca không còn là F0.").await?;
        }
    }
    if !dropped.is_empty() {
        cx.record(
            Event::new("contact.dropped", case.id).unit(case.ward).data(json!({ "contacts": dropped })),
        );
    }
    for contact in sql::became(cx, case.id).await? {
        sql::become_case(cx, contact, None).await?;
    }
    clusters::settle(cx, &[case.id]).await?;
    if !dropped.is_empty() {
        cx.tell(Topic::screen("tracing"));
    }
    Ok(())
}
