//! What an operator writes down while he talks with a caller: whose household it is that calls, and what he owes to
//! whoever told of danger and is in no diary.

use super::{
    model::{Owing, Topic},
    owed::{self, By, NewOwed},
    reception::PART,
    symptoms::{is_sick, told},
};
use crate::{
    alerts::Grade,
    followups::{self, DiaryForm, Entered, MemberEntry},
    households, scripts,
};
use duty::{
    calls::{self, Call},
    permissions::Action,
    tenants::Tenant,
};
use kernel::{CallId, Error, HouseholdId, Phone, Result, TicketId, UnitId};
use serde_json::json;
use store::{Cx, Event, events};

/// The household whose code the caller has pressed; a number alone proves nothing.
///
/// Errors: `NotFound` where the actor does not see the call.
pub async fn proved(cx: &mut Cx, call: CallId) -> Result<Option<HouseholdId>> {
    calls::find(cx, call).await?;
    let happened = events::of_object(cx, call.uuid()).await?;
    let mut tried = happened.iter().rev().filter(|event| event.kind == "call.code_tried");
    Ok(tried.find_map(|event| event.data["opened"].as_str()?.parse().ok()))
}

/// Writes the diary of the household that is talked with: the same as anywhere, and on record with the call.
///
/// Errors: `NotFound` where the actor does not see the call; those of [`followups::enter`].
pub async fn enter(
    cx: &mut Cx,
    tenant: &Tenant,
    id: CallId,
    home: HouseholdId,
    form: &DiaryForm,
) -> Result<Entered> {
    let call = calls::find(cx, id).await?;
    let entered = followups::enter(cx, tenant, home, form).await?;
    if !entered.saved.is_empty() {
        cx.record(Event::new("call.entered", id).unit(call.unit).data(json!({
            "household": home, "saved": entered.saved.len(), "grade": entered.worst,
        })));
    }
    Ok(entered)
}

/// What came of what was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Nothing,
    /// Somebody will call back: a ticket with a due time.
    CallBack,
    /// A ticket of this call rings already, and was told of it.
    Added,
    /// A ticket was opened, and rings.
    Rings,
}

/// Rings for what was told of somebody for whom no diary rings, where it is an emergency or the script marks an
/// answer as dangerous (`flagged`), as any emergency at the hotline does. Told again in one call it is added to the
/// ticket, unless that is closed or only now the ward is known.
///
/// Errors: `NotFound` where the actor does not see the call, `Forbidden` where he only sees it.
pub async fn alarm(
    cx: &mut Cx,
    tenant: &Tenant,
    id: CallId,
    ward: Option<UnitId>,
    entry: &MemberEntry,
    flagged: bool,
) -> Result<Told> {
    let call = own(cx, id).await?;
    let grade = scripts::judged(cx, entry).await?.grade;
    if !flagged && grade != Grade::Emergency {
        return Ok(Told::Nothing);
    }
    let opened = owe(cx, tenant, &call, Owing::Emergency, ward, entry, grade).await?;
    Ok(if opened { Told::Rings } else { Told::Added })
}

/// What was told of somebody in no diary, by whoever conducts the call: an emergency rings ([`alarm`]); who is sick is
/// called back, as is who has told the same by keys.
///
/// Errors: those of [`alarm`].
pub async fn tell(
    cx: &mut Cx,
    tenant: &Tenant,
    id: CallId,
    ward: Option<UnitId>,
    entry: &MemberEntry,
    flagged: bool,
) -> Result<Told> {
    let rung = alarm(cx, tenant, id, ward, entry, flagged).await?;
    if rung != Told::Nothing {
        return Ok(rung);
    }
    let grade = scripts::judged(cx, entry).await?.grade;
    if !is_sick(entry) && grade < Grade::Today {
        return Ok(Told::Nothing);
    }
    let call = own(cx, id).await?;
    owe(cx, tenant, &call, Owing::Symptoms, ward, entry, grade).await?;
    Ok(Told::CallBack)
}

/// A call that the actor conducts, or in which he may act for others.
async fn own(cx: &mut Cx, id: CallId) -> Result<Call> {
    let call = calls::find(cx, id).await?;
    let own = cx.actor.staff_id().is_some_and(|me| call.operator() == Some(me) || call.staff == Some(me));
    if !own && !calls::may(cx, Action::CallMake, call.unit) {
        return Err(Error::Forbidden(Action::CallMake.as_str()));
    }
    Ok(call)
}

/// Whether a ticket was opened for it.
async fn owe(
    cx: &mut Cx,
    tenant: &Tenant,
    call: &Call,
    kind: Owing,
    ward: Option<UnitId>,
    entry: &MemberEntry,
    grade: Grade,
) -> Result<bool> {
    let home = home(cx, call).await?;
    let (ward, code) = match &home {
        Some((ward, code)) => (Some(*ward), Some(code.as_str())),
        None => (ward, None),
    };
    // The number is read and the alarm raised by the program: whoever talks need not see either.
    let by = std::mem::replace(&mut cx.actor, PART);
    let added = add(cx, tenant, call.id, kind, ward, code, entry).await;
    cx.actor = by;
    let (ticket, opened) = added?;
    let data = json!({ "ticket": ticket, "grade": grade });
    cx.record(Event::new("call.told", call.id).unit(call.unit).data(data));
    Ok(opened)
}

/// Where the household lives that was called, or whose code the caller has pressed; and its code.
async fn home(cx: &mut Cx, call: &Call) -> Result<Option<(UnitId, String)>> {
    let called = call.object.filter(|_| call.leg_of.is_none()).map(HouseholdId);
    let id = match called {
        Some(id) => Some(id),
        None => proved(cx, call.id).await?,
    };
    let Some(id) = id else { return Ok(None) };
    match households::kept(cx, id).await {
        Ok(home) => Ok(Some((home.ward, home.code))),
        // A call that is about something else.
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn add(
    cx: &mut Cx,
    tenant: &Tenant,
    call: CallId,
    kind: Owing,
    ward: Option<UnitId>,
    household: Option<&str>,
    entry: &MemberEntry,
) -> Result<(TicketId, bool)> {
    let number = calls::number(cx, call).await?.and_then(|number| Phone::parse(&number).ok());
    let told = told(entry).to_string();
    let new = NewOwed {
        ward,
        told: Some(&told),
        by: By::Operator(household),
        ..NewOwed::of(call, kind, Topic::Symptoms, number.as_ref())
    };
    owed::add(cx, tenant, &new).await
}
