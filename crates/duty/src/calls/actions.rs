use super::{
    model::{Call, Disposition, NewCall, Outcome, Purpose, State},
    operators, screen, sight, sql,
};
use crate::{
    lines::{Happened, Told},
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{CallId, Error, Result, StaffId, text::paragraphs};
use serde_json::json;
use store::{Cx, Event};
use uuid::Uuid;

/// How long a process may be silent before its calls count as lost.
const HELD: SignedDuration = SignedDuration::from_secs(10);
/// A note is written anew when less than this is left of it.
const FRESH: SignedDuration = SignedDuration::from_secs(7);
/// Longest note, in characters.
const NOTE_CAP: usize = 2000;
/// The newest calls about one thing.
const NEWEST: i64 = 50;
/// Calls on a page of a day.
const PAGE: i64 = 50;
/// So long after its beginning a call may still be written up from the call room.
const WRITTEN_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Puts a call that begins on record, held by this process. Repeated for the same id it only holds it on.
pub async fn begin(cx: &mut Cx, new: &NewCall<'_>) -> Result<()> {
    let now = cx.now();
    if !sql::insert(cx, new, now + HELD).await? {
        return hold(cx, &[new.id]).await;
    }
    cx.record(Event::new("call.began", new.id).unit(new.unit).data(json!({
        "direction": new.direction.as_str(), "purpose": new.purpose.as_str(), "object": new.object,
        "staff": new.staff,
    })));
    cx.tell(screen());
    Ok(())
}

/// Takes in what a network tells of a call: its times, its trunk, the code of the network. The end is for
/// whoever conducts it to write ([`ended`]); told twice it is the same.
pub async fn told(cx: &mut Cx, id: CallId, told: &Told) -> Result<()> {
    let at = Some(told.at);
    let times = match &told.what {
        Happened::Invited(trunk) => {
            sql::Times { invited_at: at, trunk: Some(trunk.as_str()), ..sql::Times::default() }
        }
        Happened::Ringing => sql::Times { ringing_at: at, ..sql::Times::default() },
        Happened::Answered => sql::Times { answered_at: at, ..sql::Times::default() },
        Happened::Busy(code) | Happened::Rejected(code) | Happened::Unreachable(Some(code)) => {
            sql::Times { sip_code: Some(*code), ..sql::Times::default() }
        }
        _ => return Ok(()),
    };
    sql::save_times(cx, id, &times).await?;
    cx.tell(screen());
    Ok(())
}

/// Ends a call, once; a later end changes nothing. Operators who talked in it write it up now.
///
/// Errors: `NotFound` for a call that never began.
pub async fn ended(cx: &mut Cx, id: CallId, outcome: Outcome, sip_code: Option<i16>) -> Result<()> {
    end(cx, id, outcome, sip_code).await?;
    Ok(())
}

/// The same; whether it was this that ended it.
pub(super) async fn end(cx: &mut Cx, id: CallId, outcome: Outcome, sip_code: Option<i16>) -> Result<bool> {
    // First the operators, then the call: whoever gives a waiting call to somebody does it in this order.
    operators::let_go(cx, id).await?;
    let ended = sql::end(cx, id, outcome, sip_code).await?;
    let call = sql::one(cx, id).await?;
    if ended {
        cx.record(Event::new("call.ended", id).unit(call.unit).data(json!({
            "direction": call.direction.as_str(), "purpose": call.purpose.as_str(), "object": call.object,
            "staff": call.operator(), "outcome": outcome.as_str(), "sip_code": call.sip_code, "trunk": call.trunk,
            "invited_at": call.invited_at, "ringing_at": call.ringing_at, "answered_at": call.answered_at,
        })));
        cx.tell(screen());
    }
    Ok(ended)
}

/// Notes that this process holds these calls; asked for every few seconds by whoever conducts them.
pub async fn hold(cx: &mut Cx, ids: &[CallId]) -> Result<()> {
    let now = cx.now();
    sql::hold(cx, ids, now + HELD, now + FRESH).await
}

/// Ends as lost what nobody has held for ten seconds; which calls those were.
pub async fn lost(cx: &mut Cx) -> Result<Vec<CallId>> {
    let unheld = sql::unheld(cx).await?;
    lose(cx, unheld).await
}

/// Ends these as lost; those that had not ended.
pub(super) async fn lose(cx: &mut Cx, ids: Vec<CallId>) -> Result<Vec<CallId>> {
    let mut lost = Vec::new();
    for id in ids {
        if end(cx, id, Outcome::Lost, None).await? {
            lost.push(id);
        }
    }
    Ok(lost)
}

/// Puts a call that has come in into the queue. Whoever was not reached by an operator keeps his place.
///
/// Errors: `Conflict` once the call has ended.
pub async fn wait(cx: &mut Cx, id: CallId, topic: &str) -> Result<()> {
    if !sql::wait(cx, id, topic).await? {
        sql::one(cx, id).await?;
        return Err(Error::Conflict("error-call-ended"));
    }
    let call = sql::one(cx, id).await?;
    cx.record(Event::new("call.waiting", id).unit(call.unit).data(json!({ "topic": topic })));
    cx.tell(screen());
    Ok(())
}

/// An operator has taken a call out of the queue: he hears it.
///
/// Errors: `Conflict` once the call has ended.
pub async fn served(cx: &mut Cx, id: CallId, operator: StaffId) -> Result<()> {
    if !sql::serve(cx, id, operator).await? {
        sql::one(cx, id).await?;
        return Err(Error::Conflict("error-call-ended"));
    }
    let call = sql::one(cx, id).await?;
    let waited = call.waited(cx.now()).map(|waited| waited.as_secs());
    cx.record(
        Event::new("call.served", id).unit(call.unit).data(json!({ "staff": operator, "waited_s": waited })),
    );
    cx.tell(screen());
    Ok(())
}

/// A call the actor sees.
pub async fn find(cx: &mut Cx, id: CallId) -> Result<Call> {
    sight::seen(cx, id).await
}

/// The number in full, for the program's own parts: whoever looks at a screen sees it masked.
pub async fn number(cx: &mut Cx, id: CallId) -> Result<Option<String>> {
    if !cx.actor.is_system() {
        return Err(Error::Forbidden("call.number"));
    }
    sql::number(cx, id).await
}

/// Calls that run, the oldest first, those that wait among them.
pub async fn live(cx: &mut Cx) -> Result<Vec<Call>> {
    cx.permit(Action::CallSee, Scope::Tenant)?;
    let ids = sql::live(cx).await?;
    let mut calls = sql::by_ids(cx, &ids).await?;
    calls.retain(|call| sight::sees(cx, call));
    calls.reverse();
    Ok(calls)
}

/// Calls that wait for an operator, the longest first.
pub async fn queue(cx: &mut Cx) -> Result<Vec<Call>> {
    let mut calls = live(cx).await?;
    calls.retain(|call| call.state() == State::Waiting);
    calls.sort_by_key(|call| (call.waiting_since, call.id));
    Ok(calls)
}

/// The calls about one thing, the newest first; those that the actor does not see are left out.
pub async fn of_object(cx: &mut Cx, object: Uuid) -> Result<Vec<Call>> {
    let ids = sql::of_object(cx, object, NEWEST).await?;
    let mut calls = sql::by_ids(cx, &ids).await?;
    calls.retain(|call| sight::sees(cx, call));
    Ok(calls)
}

/// The calls about any of these things, or among `ids`, that began in a stretch of time, the first first; and how many
/// more there are that the actor does not see.
pub async fn of_stretch(
    cx: &mut Cx,
    objects: &[Uuid],
    ids: &[Uuid],
    from: Timestamp,
    to: Option<Timestamp>,
) -> Result<(Vec<Call>, usize)> {
    let ids = sql::of_stretch(cx, objects, ids, from, to).await?;
    let mut calls = sql::by_ids(cx, &ids).await?;
    let all = calls.len();
    calls.retain(|call| sight::sees(cx, call));
    calls.reverse();
    let hidden = all - calls.len();
    Ok((calls, hidden))
}

/// Calls with a number, the newest first: at most fifty, of those that began before a moment where one is named.
/// Whether the actor sees them is for the caller to ask of each ([`super::sees`]).
pub async fn of_number(cx: &mut Cx, number: &str, before: Option<(Timestamp, Uuid)>) -> Result<Vec<Call>> {
    let ids = sql::of_number(cx, number, before, NEWEST).await?;
    sql::by_ids(cx, &ids).await
}

/// Whether somebody speaks with a number now, or rings it.
pub async fn runs_with(cx: &mut Cx, number: &str) -> Result<bool> {
    sql::runs_with(cx, number).await
}

/// The first and the last moment of a day of the district.
pub(super) async fn bounds(cx: &mut Cx, day: Date) -> Result<(Timestamp, Timestamp)> {
    let zone = units::timezone(cx).await?;
    let next = day.tomorrow().map_err(|_| Error::invalid("day", "error-date-none"))?;
    let start = |day: Date| Ok::<_, Error>(day.to_zoned(zone.clone()).map_err(Error::internal)?.timestamp());
    Ok((start(day)?, start(next)?))
}

/// The calls of a day, the newest first, and whether there is a next page; pages are counted from 0.
pub async fn of_day(
    cx: &mut Cx,
    day: Date,
    purpose: Option<Purpose>,
    outcome: Option<Outcome>,
    page: i64,
) -> Result<(Vec<Call>, bool)> {
    cx.permit(Action::CallSee, Scope::Tenant)?;
    let (from, to) = bounds(cx, day).await?;
    let units = sight::units(cx);
    let wanted = sql::Between {
        from,
        to,
        purpose,
        outcome,
        units: units.as_deref(),
        own: cx.actor.staff_id().map(StaffId::uuid),
        limit: PAGE + 1,
        offset: page.clamp(0, 10_000) * PAGE,
    };
    let mut ids = sql::between(cx, &wanted).await?;
    let more = ids.len() as i64 > PAGE;
    ids.truncate(PAGE as usize);
    Ok((sql::by_ids(cx, &ids).await?, more))
}

/// The actor's own last call that has ended and of which he has not said yet what came of it.
pub async fn unwritten(cx: &mut Cx) -> Result<Option<Call>> {
    let Some(staff) = cx.actor.staff_id() else { return Ok(None) };
    let since = cx.now() - WRITTEN_WITHIN;
    match sql::unwritten(cx, staff, since).await? {
        Some(id) => Ok(sql::by_ids(cx, &[id]).await?.pop()),
        None => Ok(None),
    }
}

/// What came of a call, as the operator says; may be said again.
///
/// Errors: `NotFound` where the actor does not see it, `Forbidden` where he only sees it; `disposition`:
/// `error-choose`, `error-choice-unknown`; `note`: `error-text-too-long`.
pub async fn dispose(cx: &mut Cx, id: CallId, disposition: &str, note: &str) -> Result<()> {
    let call = sight::seen(cx, id).await?;
    if !sight::may(cx, Action::CallMake, call.unit) && !sight::is_own(cx, &call) {
        return Err(Error::Forbidden(Action::CallMake.as_str()));
    }
    if disposition.is_empty() {
        return Err(Error::invalid("disposition", "error-choose"));
    }
    let disposition: Disposition = disposition.parse()?;
    let note = paragraphs(note, NOTE_CAP).map_err(|error| Error::invalid("note", error.key))?;
    sql::dispose(cx, id, disposition.as_str(), &note).await?;
    let mut event =
        Event::new("call.disposed", id).unit(call.unit).data(json!({ "disposition": disposition.as_str() }));
    if !note.is_empty() {
        event = event.payload(json!({ "note": note }));
    }
    cx.record(event);
    cx.tell(screen());
    Ok(())
}
