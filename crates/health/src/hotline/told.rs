//! What an operator writes down while he talks with a caller: whose household it is that calls, and what he owes to
//! whoever told of danger and is in no diary.

use super::{
    model::{Owing, Topic},
    owed::{self, NewOwed},
    reception::PART,
    symptoms::told,
};
use crate::{
    alerts::Grade,
    followups::{self, DiaryForm, Entered, MemberEntry},
    households, scripts,
};
use duty::{calls, permissions::Action, tenants::Tenant};
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

/// What was told of somebody in no diary, by whoever conducts the call. Where it is an emergency, or the script marks
/// an answer as dangerous (`flagged`), it rings as any emergency at the hotline does; the ticket, once for a call.
///
/// Errors: `NotFound` where the actor does not see the call, `Forbidden` where he only sees it.
pub async fn tell(
    cx: &mut Cx,
    tenant: &Tenant,
    id: CallId,
    ward: Option<UnitId>,
    entry: &MemberEntry,
    flagged: bool,
) -> Result<Option<TicketId>> {
    let call = calls::find(cx, id).await?;
    let own = cx.actor.staff_id().is_some_and(|me| call.operator() == Some(me) || call.staff == Some(me));
    if !own && !calls::may(cx, Action::CallMake, call.unit) {
        return Err(Error::Forbidden(Action::CallMake.as_str()));
    }
    let grade = scripts::judged(cx, entry).await?.grade;
    if !flagged && grade != Grade::Emergency {
        return Ok(None);
    }
    let ward = match proved(cx, id).await? {
        Some(home) => Some(households::kept(cx, home).await?.ward),
        None => ward,
    };
    // The number is read and the alarm raised by the program: whoever talks need not see either.
    let by = std::mem::replace(&mut cx.actor, PART);
    let rung = ring(cx, tenant, id, ward, entry).await;
    cx.actor = by;
    let ticket = rung?;
    cx.record(Event::new("call.told", id).unit(call.unit).data(json!({ "ticket": ticket, "grade": grade })));
    Ok(Some(ticket))
}

async fn ring(
    cx: &mut Cx,
    tenant: &Tenant,
    call: CallId,
    ward: Option<UnitId>,
    entry: &MemberEntry,
) -> Result<TicketId> {
    let number = calls::number(cx, call).await?.and_then(|number| Phone::parse(&number).ok());
    let told = told(entry).to_string();
    let new = NewOwed {
        ward,
        told: Some(&told),
        ..NewOwed::of(call, Owing::Emergency, Topic::Symptoms, number.as_ref())
    };
    owed::open(cx, Some(tenant), &new).await
}
