//! Asking for a removal, and what happens on the way.

use super::{
    model::{NewRemoval, Step, Vehicle},
    sql::{self, Kept, NewRow},
};
use crate::{alerts, followups, households};
use duty::{
    permissions::Action,
    units::{self, UnitKind},
};
use kernel::{
    AlertId, Error, HouseholdId, MatterId, RemovalId, Result, UnitId,
    text::{line, paragraphs},
};
use serde_json::{Value, json};
use store::{Cx, Event, Topic};

/// Longest name of a house, in characters.
const NAME_CAP: usize = 200;
/// Longest reason for refusing, in characters.
const WHY_CAP: usize = 500;

/// Asks for somebody of a household to be taken to hospital. The worst of his alerts that nobody has
/// ended is the one for which it is asked.
///
/// Errors: `NotFound` outside the actor's households and for somebody who does not live there;
/// `to_unit`: `error-choice-unknown` for no hospital; `to_name`; Conflict
/// `error-removal-running`.
pub async fn ask(cx: &mut Cx, household: HouseholdId, new: &NewRemoval) -> Result<RemovalId> {
    households::claim(cx, household, Action::CareRecord).await?;
    households::lock(cx, household).await?;
    if !households::members_of(cx, household).await?.iter().any(|member| member.person == new.person) {
        return Err(Error::NotFound);
    }
    let (to_unit, to_name) = place(cx, new.to_unit, &new.to_name).await?;
    let alert = alerts::open_of_households(cx, &[household])
        .await?
        .into_iter()
        .find(|alert| alert.person == new.person)
        .map(|alert| alert.id);
    let row = NewRow {
        id: cx.id(),
        household,
        person: new.person,
        case: followups::case_of(cx, new.person).await?,
        alert,
        reason: new.reason,
        vehicle: new.vehicle,
        to_unit,
        to_name,
    };
    if !sql::insert(cx, &row).await? {
        return Err(Error::Conflict("error-removal-running"));
    }
    let kept = sql::find(cx, row.id).await?;
    let data = json!({
        "reason": kept.reason, "vehicle": kept.vehicle, "to_unit": kept.to_unit, "case": kept.case, "alert": kept.alert,
    });
    told(cx, &kept, "removal.asked", data, None).await?;
    Ok(row.id)
}

/// Writes who takes him and where to, as soon as that is known; `None` leaves the vehicle, and a place
/// that is empty leaves the place.
///
/// Errors: `NotFound`; those of [`ask`] for the place; Conflict `error-removal-over`.
pub async fn direct(
    cx: &mut Cx,
    id: RemovalId,
    vehicle: Option<Vehicle>,
    to_unit: Option<UnitId>,
    to_name: &str,
) -> Result<()> {
    let kept = claim(cx, id).await?;
    kept.state.still_open()?;
    let (unit, name) = place(cx, to_unit, to_name).await?;
    let to = (unit.is_some() || name.is_some()).then_some((unit, name.as_deref()));
    sql::direct(cx, id, vehicle, to).await?;
    told(cx, &kept, "removal.directed", json!({ "vehicle": vehicle, "to_unit": unit }), None).await
}

/// Presses the hour of a step, now.
///
/// Errors: `NotFound`; Conflict `error-removal-over`, `error-removal-step` where it or a later one was
/// pressed.
pub async fn step(cx: &mut Cx, id: RemovalId, step: Step) -> Result<()> {
    let kept = claim(cx, id).await?;
    kept.state.may(step)?;
    sql::step(cx, id, step).await?;
    told(cx, &kept, "removal.stepped", json!({ "step": step }), None).await
}

/// Oxygen is given from now on; said again, the flow is another.
///
/// Errors: `NotFound`; `litres`: `error-number-range` (0.1 to 99.9 litres a minute); Conflict
/// `error-removal-over`.
pub async fn give_oxygen(cx: &mut Cx, id: RemovalId, litres_tenths: Option<i16>) -> Result<()> {
    let kept = claim(cx, id).await?;
    kept.state.still_open()?;
    if litres_tenths.is_some_and(|tenths| !(1..=999).contains(&tenths)) {
        return Err(Error::invalid("litres", "error-number-range"));
    }
    sql::give_oxygen(cx, id, litres_tenths).await?;
    told(cx, &kept, "removal.oxygen_given", json!({ "litres_tenths": litres_tenths }), None).await
}

/// The patient, or whoever speaks for him, does not want to go. It is over by that; his alerts stay.
///
/// Errors: `NotFound`; `why`: `error-reason-missing`, `error-text-too-long`; Conflict
/// `error-removal-over`.
pub async fn refuse(cx: &mut Cx, id: RemovalId, why: &str) -> Result<()> {
    let kept = claim(cx, id).await?;
    kept.state.still_open()?;
    let why = paragraphs(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    sql::refuse(cx, id, &why).await?;
    told(cx, &kept, "removal.refused", json!({}), Some(json!({ "why": why }))).await
}

/// A removal the actor may work on, the households of its patient locked.
pub(super) async fn claim(cx: &mut Cx, id: RemovalId) -> Result<Kept> {
    let kept = sql::find(cx, id).await?;
    households::claim(cx, kept.household, Action::CareRecord).await?;
    // Where he is followed too: its end closes the plan after the case.
    followups::hold(cx, kept.person, Some(kept.household)).await?;
    sql::find(cx, id).await
}

/// A hospital of the district, or the name of another house; never both.
async fn place(cx: &mut Cx, unit: Option<UnitId>, name: &str) -> Result<(Option<UnitId>, Option<String>)> {
    let name = line(name, NAME_CAP).map_err(|error| Error::invalid("to_name", error.key))?;
    let Some(unit) = unit else { return Ok((None, Some(name).filter(|name| !name.is_empty()))) };
    if units::tree(cx).await?.get(unit).is_none_or(|unit| unit.kind != UnitKind::Hospital) {
        return Err(Error::invalid("to_unit", "error-choice-unknown"));
    }
    Ok((Some(unit), None))
}

/// Tells it in the household's story, and under the matter that rang for the patient.
pub(super) async fn told(
    cx: &mut Cx,
    kept: &Kept,
    kind: &'static str,
    mut data: Value,
    payload: Option<Value>,
) -> Result<()> {
    let station = households::kept(cx, kept.household).await?.station;
    data["removal"] = json!(kept.id);
    data["person"] = json!(kept.person);
    let mut event = Event::new(kind, kept.household).unit(station).data(data);
    if let Some(payload) = payload {
        event = event.payload(payload);
    }
    if let Some(matter) = matter(cx, kept.alert).await? {
        event = event.matter(matter);
    }
    cx.record(event);
    cx.tell(Topic::screen("followups"));
    Ok(())
}

async fn matter(cx: &mut Cx, alert: Option<AlertId>) -> Result<Option<MatterId>> {
    match alert {
        Some(alert) => alerts::matter_of(cx, alert).await,
        None => Ok(None),
    }
}
