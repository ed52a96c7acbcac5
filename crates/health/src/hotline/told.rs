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

/// What was told of somebody in no diary.
#[derive(Clone, Copy)]
pub struct Saying<'a> {
    /// Where he says that he is.
    pub ward: Option<UnitId>,
    pub entry: &'a MemberEntry,
    /// The script marks one of his answers as dangerous.
    pub flagged: bool,
}

impl Saying<'_> {
    /// Who is sick is called back, as is who has told the same by keys.
    fn owes(&self, grade: Grade) -> Option<Owing> {
        if self.flagged || grade == Grade::Emergency {
            Some(Owing::Emergency)
        } else {
            (is_sick(self.entry) || grade >= Grade::Today).then_some(Owing::Symptoms)
        }
    }
}

/// Rings for an emergency, or where the script marks an answer as dangerous, as any emergency at the hotline does; what
/// is less waits for [`tell`]. Told again in one call it is added to the ticket, unless that is closed or only now the
/// ward is known.
///
/// Errors: `NotFound` where the actor does not see the call, `Forbidden` where he only sees it.
pub async fn alarm(cx: &mut Cx, tenant: &Tenant, id: CallId, said: Saying<'_>) -> Result<Told> {
    heard(cx, tenant, id, said, |owing| owing == Owing::Emergency).await
}

/// The same, and whoever is sick is owed a call back.
///
/// Errors: those of [`alarm`].
pub async fn tell(cx: &mut Cx, tenant: &Tenant, id: CallId, said: Saying<'_>) -> Result<Told> {
    heard(cx, tenant, id, said, |_| true).await
}

async fn heard(
    cx: &mut Cx,
    tenant: &Tenant,
    id: CallId,
    said: Saying<'_>,
    counts: fn(Owing) -> bool,
) -> Result<Told> {
    let call = own(cx, id).await?;
    let grade = scripts::judged(cx, said.entry).await?.grade;
    let Some(kind) = said.owes(grade).filter(|kind| counts(*kind)) else { return Ok(Told::Nothing) };
    let home = home(cx, &call).await?;
    // The number is read and the alarm raised by the program: whoever talks need not see either.
    let by = std::mem::replace(&mut cx.actor, PART);
    let added = add(cx, tenant, call.id, kind, home.as_ref(), said).await;
    cx.actor = by;
    let (ticket, opened) = added?;
    let data = json!({ "ticket": ticket, "grade": grade });
    cx.record(Event::new("call.told", call.id).unit(call.unit).data(data));
    Ok(match kind {
        Owing::Emergency if opened => Told::Rings,
        Owing::Emergency => Told::Added,
        _ => Told::CallBack,
    })
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
    home: Option<&(UnitId, String)>,
    said: Saying<'_>,
) -> Result<(TicketId, bool)> {
    let number = calls::number(cx, call).await?.and_then(|number| Phone::parse(&number).ok());
    let told = told(said.entry).to_string();
    let new = NewOwed {
        ward: home.map(|(ward, _)| *ward).or(said.ward),
        told: Some(&told),
        by: By::Operator(home.map(|(_, code)| code.as_str())),
        ..NewOwed::of(call, kind, Topic::Symptoms, number.as_ref())
    };
    owed::add(cx, tenant, &new).await
}
