//! What people do with the contacts of a case.

use super::{
    add::{self, Adding},
    model::{Basis, Ended, Named, NewContact, State},
    sql::{self, Kept},
    trace,
};
use crate::{
    cases, clusters,
    fault::Fault,
    followups::{self, Closed},
    people,
    windows::Windows,
};
use duty::{
    permissions::{Action, Permit, Scope},
    units::{self, UnitKind},
};
use kernel::{CaseId, ContactId, Error, Phone, Result, UnitId, text::line};
use serde_json::{Value, json};
use store::{Cx, Event, Topic};

/// Longest reason, in characters.
pub(super) const WHY_CAP: usize = 200;

/// The units that answer for a contact: those of his ward and those of the case's.
pub(super) async fn answering(cx: &mut Cx, contact: &Kept) -> Result<Vec<UnitId>> {
    let mut units = people::scope(cx, Some(contact.ward)).await?;
    units.extend(people::scope(cx, Some(contact.case_ward)).await?);
    units.extend(contact.recorded_by_unit);
    Ok(units)
}

/// A contact on whom the actor may work; not locked.
async fn claim(cx: &mut Cx, id: ContactId) -> Result<Kept> {
    let contact = sql::find(cx, id).await?;
    let units = answering(cx, &contact).await?;
    cx.permit_sight(Action::CaseSee, Scope::Units(&units))?;
    cx.permit(Action::CaseRecord, Scope::Units(&units))?;
    Ok(contact)
}

fn told(cx: &mut Cx, contact: &Kept, kind: &'static str, mut data: Value, why: &str) {
    data["contact"] = json!(contact.id);
    data["person"] = json!(contact.person);
    let event = Event::new(kind, contact.case).unit(contact.case_ward).data(data);
    cx.record(if why.is_empty() { event } else { event.payload(json!({ "why": why })) });
    cx.tell(Topic::screen("tracing"));
}

/// Puts somebody on the list of those who were near a case. Sent twice he stands there once; somebody who
/// is an F0 himself is tied to that case and made no F1.
///
/// Errors: `NotFound`, `Forbidden`; `Invalid` with the first field to mend ([`NewContact::faults`] lists
/// all); `ward`: `error-ward-unknown`; `place`: `error-choice-unknown`; `full_name`:
/// `error-contact-self`; `last_on`: `error-exposure-before` when the case could not yet infect anybody;
/// Conflict `error-not-an-f0`.
pub async fn name(cx: &mut Cx, id: CaseId, new: &NewContact) -> Result<Named> {
    let case = cases::claim_traced(cx, id).await?;
    if !case.is_f0() {
        return Err(Error::Conflict("error-not-an-f0"));
    }
    let today = units::today(cx).await?;
    let told = new.check(today, Some(case.ward)).map_err(|faults| match faults.first() {
        Some(fault) => Error::from(*fault),
        None => Error::internal("a form was refused without a fault"),
    })?;
    if let Some(ward) = new.ward
        && units::tree(cx).await?.get(ward).is_none_or(|unit| unit.kind != UnitKind::Ward)
    {
        return Err(Error::invalid("ward", "error-ward-unknown"));
    }
    if let Some(place) = new.place
        && !clusters::was_at(cx, id, place).await?
    {
        return Err(Error::invalid("place", "error-choice-unknown"));
    }
    let windows = Windows::on(cx, case.day).await?;
    if !new.second && told.exposed_to < windows.infectious(case.day, today).from {
        return Err(Fault { field: "last_on", key: "error-exposure-before" }.into());
    }
    clusters::take_turn(cx).await?;
    people::queue_up(cx, std::iter::once(&told.person.name)).await?;
    let person = people::find_or_make(cx, &told.person).await?.person;
    if people::all_of(cx, case.person).await?.contains(&person.uuid()) {
        return Err(Error::invalid("full_name", "error-contact-self"));
    }
    // Who is followed as an F1 already hears of it too; the household is locked before the case.
    followups::told_protected(cx, person, new.protected).await?;
    let case = cases::lock_traced(cx, id).await?;
    let adding = Adding {
        person,
        second: new.second,
        basis: if new.place.is_some() { Basis::Place } else { Basis::Named },
        place: new.place,
        exposed_from: told.exposed_from,
        exposed_to: told.exposed_to,
        protected: new.protected,
        proposed: false,
        import: None,
        relation: String::new(),
    };
    let named = add::add(cx, &case, &adding, &windows).await?;
    cases::begin_trace(cx, id).await?;
    trace::settle(cx, id).await?;
    Ok(named)
}

/// A person says that a proposal is right: the contact is to be reached.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-contact-over` for one who is no proposal any more.
pub async fn accept(cx: &mut Cx, id: ContactId) -> Result<CaseId> {
    let contact = claim(cx, id).await?;
    cases::lock_traced(cx, contact.case).await?;
    let contact = sql::lock(cx, id).await?;
    if contact.state != State::Proposed {
        return Err(Error::Conflict("error-contact-over"));
    }
    sql::list(cx, id).await?;
    told(cx, &contact, "contact.listed", json!({ "basis": contact.basis }), "");
    cases::begin_trace(cx, contact.case).await?;
    trace::settle(cx, contact.case).await?;
    Ok(contact.case)
}

/// A contact was reached: from now on a plan follows him, from the last day of his exposure; none where
/// its days are over. How long depends on whether he says that he is `protected`, now or when he was named.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-contact-reached`, `error-contact-over`.
pub async fn reach(cx: &mut Cx, id: ContactId, protected: Option<bool>) -> Result<CaseId> {
    let contact = claim(cx, id).await?;
    contact.state.may_reach()?;
    let (subject, says) = (add::subject(contact.second), protected.or(contact.protected));
    // The household is locked before the case, as by everybody.
    let plan = followups::follow_contact(cx, contact.person, contact.ward, subject, contact.exposed_to, says)
        .await?;
    cases::lock_traced(cx, contact.case).await?;
    let contact = sql::lock(cx, id).await?;
    contact.state.may_reach()?;
    sql::reach(cx, id, protected, plan).await?;
    told(cx, &contact, "contact.reached", json!({ "plan": plan }), "");
    cases::begin_trace(cx, contact.case).await?;
    trace::settle(cx, contact.case).await?;
    Ok(contact.case)
}

/// A contact refuses, cannot be found, or is none; with the reason in words. Whoever cannot be found is
/// followed no more.
///
/// Errors: `NotFound`, `Forbidden`; `why`: `error-reason-missing`, `error-text-too-long`; Conflict
/// `error-contact-over`.
pub async fn end(cx: &mut Cx, id: ContactId, ended: Ended, why: &str) -> Result<CaseId> {
    let contact = claim(cx, id).await?;
    contact.state.may_end(ended)?;
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    if ended == Ended::Lost
        && followups::contact_plan(cx, contact.person).await? == contact.plan
        && contact.plan.is_some()
    {
        followups::removed(cx, contact.person, Closed::Lost).await?;
    }
    cases::lock_traced(cx, contact.case).await?;
    let contact = sql::lock(cx, id).await?;
    contact.state.may_end(ended)?;
    sql::end(cx, id, ended.into(), Some(&why)).await?;
    told(cx, &contact, "contact.ended", json!({ "as": ended }), &why);
    cases::begin_trace(cx, contact.case).await?;
    trace::settle(cx, contact.case).await?;
    Ok(contact.case)
}

/// The number at which a contact is called, opened for the call that his tracing asks for: one press, on
/// record.
///
/// Errors: `NotFound`, `Forbidden`.
pub async fn open_phone(cx: &mut Cx, id: ContactId) -> Result<Option<Phone>> {
    let contact = claim(cx, id).await?;
    let phone = people::lives(cx, contact.person).await?.phone;
    told(cx, &contact, "contact.phone_opened", json!({ "for": "trace_call" }), "");
    Ok(phone)
}
