//! What people put on record about a place.

use super::{
    model::{Measure, NewPlace, NewVisit, Role, State},
    sql::{self, Kept},
    sql_visits,
};
use crate::{cases, clusters, fault::Fault, people, windows::Days};
use duty::{
    organisations,
    permissions::{Action, Permit, Scope},
    units::{self, UnitKind},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::{
    CaseId, Error, PlaceId, Result,
    text::{line, paragraphs},
};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event, Topic};

/// Longest reason, in characters.
const WHY_CAP: usize = 200;
/// Longest words of a measure, in characters.
const WORDS_CAP: usize = 2000;

pub(super) fn first(faults: &[Fault]) -> Error {
    faults
        .first()
        .map_or_else(|| Error::internal("a form was refused without a fault"), |fault| Error::from(*fault))
}

fn tell(cx: &mut Cx) {
    cx.tell(Topic::screen("tracing"));
}

/// A place on which the actor may work, locked.
async fn claim(cx: &mut Cx, id: PlaceId) -> Result<Kept> {
    cx.permit_sight(Action::CaseSee, Scope::Tenant)?;
    let place = sql::lock(cx, id).await?;
    let units = people::scope(cx, Some(place.ward)).await?;
    cx.permit(Action::CaseRecord, Scope::Units(&units))?;
    Ok(place)
}

/// Puts a place on record. One of the same name and address in the ward is the one that is known: told
/// twice, it is one. Whether it is new.
///
/// Errors: `Invalid` with the first field to mend ([`NewPlace::faults`] lists all); `ward`:
/// `error-ward-unknown`; `organisation`: `error-choice-unknown`; `Forbidden`.
pub async fn record(cx: &mut Cx, new: &NewPlace) -> Result<(PlaceId, bool)> {
    cx.permit(Action::CaseRecord, Scope::Tenant)?;
    let told = new.check().map_err(|faults| first(&faults))?;
    if units::tree(cx).await?.get(told.ward).is_none_or(|unit| unit.kind != UnitKind::Ward) {
        return Err(Error::invalid("ward", "error-ward-unknown"));
    }
    if let Some(organisation) = new.organisation
        && !organisations::names(cx, &[organisation]).await?.contains_key(&organisation)
    {
        return Err(Error::invalid("organisation", "error-choice-unknown"));
    }
    sql::queue_up(cx, told.ward).await?;
    if let Some(known) = sql::same(cx, &told).await? {
        return Ok((known, false));
    }
    let id = cx.id::<PlaceId>();
    sql::insert(cx, id, &told, new.organisation).await?;
    cx.record(
        Event::new("place.recorded", id).unit(told.ward).data(
            json!({ "kind": told.kind, "organisation": new.organisation, "point": told.point.is_some() }),
        ),
    );
    tell(cx);
    Ok((id, true))
}

/// Moves a place to another state, with the reason in words. Declaring it an outbreak place ties the cases
/// that were there; taking a declaration back parts them.
///
/// Errors: `NotFound`, `Forbidden`; `why`: `error-reason-missing`, `error-text-too-long`; Conflict
/// `error-place-unchanged`, `error-place-move`.
pub async fn move_to(cx: &mut Cx, id: PlaceId, to: State, why: &str) -> Result<()> {
    clusters::take_turn(cx).await?;
    let place = claim(cx, id).await?;
    place.state.may(to)?;
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    let declared = match (place.state, to) {
        (_, State::Outbreak) => Some(true),
        // It was none: what the declaration tied is parted.
        (State::Outbreak, State::Watched) => Some(false),
        _ => None,
    };
    sql::move_to(cx, id, to, declared).await?;
    let cases = sql::cases_at(cx, id).await?;
    cx.record(
        Event::new("place.moved", id)
            .unit(place.ward)
            .data(json!({ "from": place.state, "to": to, "cases": cases.len() }))
            .payload(json!({ "why": why })),
    );
    if declared.is_some() {
        clusters::settle(cx, &cases).await?;
    }
    tell(cx);
    Ok(())
}

/// A case was at a place; false when that is known.
///
/// Errors: `NotFound`, `Forbidden`; `from_on`, `to_on`: those of `kernel::dates`, `error-date-future`,
/// `error-visit-backwards`; `place`: `error-choice-unknown`.
pub async fn visit(cx: &mut Cx, place: PlaceId, case: CaseId, new: &NewVisit) -> Result<bool> {
    let traced = cases::claim_traced(cx, case).await?;
    let zone = units::timezone(cx).await?;
    let today = cx.now().to_zoned(zone.clone()).date();
    let (from, to) = new.check(today).map_err(|faults| first(&faults))?;
    clusters::take_turn(cx).await?;
    let at = match sql::lock(cx, place).await {
        Err(Error::NotFound) => return Err(Error::invalid("place", "error-choice-unknown")),
        other => other?,
    };
    cases::lock_traced(cx, case).await?;
    let begun = |day: Option<Date>| day.map(|day| begins(day, &zone)).transpose();
    let (from, to) = (begun(from)?, begun(to)?);
    let id = cx.id::<Uuid>();
    if !sql::insert_visit(cx, id, place, case, new, (from, to)).await? {
        return Ok(false);
    }
    cx.record(
        Event::new("visit.entered", case)
            .unit(traced.ward)
            .data(json!({ "visit": id, "place": place, "role": new.role, "told": new.told })),
    );
    if at.declared {
        clusters::settle(cx, &[case]).await?;
    }
    tell(cx);
    Ok(true)
}

/// A case was at a place on more days than a visit of it says: the visit reaches as far as these. False where there is
/// no visit in this role, or it does already.
///
/// Errors: `NotFound`, `Forbidden`.
pub(crate) async fn widen(cx: &mut Cx, place: PlaceId, case: CaseId, role: Role, days: Days) -> Result<bool> {
    let traced = cases::claim_traced(cx, case).await?;
    let zone = units::timezone(cx).await?;
    let ends = (begins(days.from, &zone)?, begins(days.to, &zone)?);
    clusters::take_turn(cx).await?;
    cases::lock_traced(cx, case).await?;
    let Some(visit) = sql_visits::widen(cx, (place, case), role, ends).await? else { return Ok(false) };
    cx.record(
        Event::new("visit.widened", case)
            .unit(traced.ward)
            .data(json!({ "visit": visit, "place": place, "from": days.from, "to": days.to })),
    );
    tell(cx);
    Ok(true)
}

/// The beginning of a day.
fn begins(day: Date, zone: &TimeZone) -> Result<Timestamp> {
    Ok(day.to_zoned(zone.clone()).map_err(Error::internal)?.timestamp())
}

/// A visit was a slip of the pen: it stays on record and no longer counts.
///
/// Errors: `NotFound`, also for one of another place; `Forbidden`; Conflict `error-visit-withdrawn`.
pub async fn withdraw_visit(cx: &mut Cx, place: PlaceId, visit: Uuid) -> Result<()> {
    let (case, _) = sql::visit(cx, place, visit).await?;
    let traced = cases::claim_traced(cx, case).await?;
    clusters::take_turn(cx).await?;
    cases::lock_traced(cx, case).await?;
    // Only now does nobody else press it at the same time.
    let (_, counts) = sql::visit(cx, place, visit).await?;
    if !counts {
        return Err(Error::Conflict("error-visit-withdrawn"));
    }
    sql::withdraw_visit(cx, visit).await?;
    cx.record(
        Event::new("visit.withdrawn", case).unit(traced.ward).data(json!({ "visit": visit, "place": place })),
    );
    clusters::settle(cx, &[case]).await?;
    tell(cx);
    Ok(())
}

/// Something was ordered at a place.
///
/// Errors: `NotFound`, `Forbidden`; `on_day`: `error-date-future`; `words`: `error-text-too-long`.
pub async fn measure(cx: &mut Cx, id: PlaceId, kind: Measure, on: Date, words: &str) -> Result<()> {
    let place = claim(cx, id).await?;
    let words = paragraphs(words, WORDS_CAP).map_err(|error| Error::invalid("words", error.key))?;
    if on > units::today(cx).await? {
        return Err(Error::invalid("on_day", "error-date-future"));
    }
    sql::measure(cx, id, kind, on, &words).await?;
    let event = Event::new("place.measured", id).unit(place.ward).data(json!({ "measure": kind, "on": on }));
    cx.record(if words.is_empty() { event } else { event.payload(json!({ "words": words })) });
    tell(cx);
    Ok(())
}
