//! What leaders do about a gate.

use super::{
    model::{Described, Gate, NewGate, Setting},
    poster, sql,
};
use crate::{fault::Fault, places};
use duty::{
    organisations,
    permissions::{Action, Permit, Scope},
    units::{self, Tree},
};
use jiff::civil::Date;
use kernel::{Error, GateId, OrganisationId, Result, UnitId};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Screens that show gates, and processes that know their devices.
pub(super) const SCREEN: &str = "gates";
/// A zone is set at most so many days ahead: raising a level needs 48 hours' notice, not a year's.
const AHEAD: i32 = 90;

/// Before whom a gate stands: the unit that answers for it, and its ward.
pub(super) fn concerned(tree: &Tree, unit: UnitId) -> Vec<UnitId> {
    let ward = tree.get(unit).and_then(|unit| unit.ward).filter(|ward| *ward != unit);
    [Some(unit), ward].into_iter().flatten().collect()
}

/// A gate that the actor may change. `NotFound` where he may not even see it.
pub(super) async fn claim(cx: &mut Cx, id: GateId) -> Result<Gate> {
    let gate = sql::lock(cx, id).await?;
    let tree = units::tree(cx).await?;
    let units = concerned(&tree, gate.unit);
    cx.permit_sight(Action::GateSee, Scope::Units(&units))?;
    cx.permit(Action::GateEdit, Scope::Units(&units))?;
    Ok(gate)
}

fn first(faults: &[Fault]) -> Error {
    faults
        .first()
        .map_or_else(|| Error::internal("a form was refused without a fault"), |fault| Error::from(*fault))
}

/// What a form says, with the organisation of its code.
async fn checked(cx: &mut Cx, new: &NewGate) -> Result<(Described, Option<OrganisationId>)> {
    let tree = units::tree(cx).await?;
    let told = new.check(tree.day()).map_err(|faults| first(&faults))?;
    // A unit that one does not command is no choice.
    let Some(unit) = tree.get(told.unit) else { return Err(Error::invalid("unit", "error-choice-unknown")) };
    let units = concerned(&tree, unit.id);
    cx.permit(Action::GateEdit, Scope::Units(&units))
        .map_err(|_| Error::invalid("unit", "error-choice-unknown"))?;
    let organisation = match &told.organisation {
        Some(code) => {
            let id = organisations::by_code(cx, code).await?;
            organisations::live(cx, id).await?;
            Some(id)
        }
        None => None,
    };
    if let Some(place) = told.place
        && !places::is_known(cx, place).await?
    {
        return Err(Error::invalid("place", "error-choice-unknown"));
    }
    Ok((told, organisation))
}

/// `before`: whose it was.
fn told(
    kind: &'static str,
    id: GateId,
    new: &Described,
    organisation: Option<OrganisationId>,
    before: Option<OrganisationId>,
) -> Event {
    Event::new(kind, id).unit(new.unit).data(json!({
        "name": new.name, "kind": new.kind, "place": new.place, "organisation": organisation,
        "organisation_before": before.filter(|before| Some(*before) != organisation),
        "point": new.point.is_some(), "capacity": new.capacity, "role": new.role, "sample_of": new.sample_of,
        "from": new.active_from, "until": new.active_until,
    }))
}

/// Sets a gate up, with a poster of its own.
///
/// Errors: `Forbidden` for those who set up none; `Invalid` with the first field to mend ([`NewGate::faults`]
/// lists those that can be told beforehand); `unit`, `place`: `error-choice-unknown`; `organisation`:
/// `error-organisation-unknown`, `error-organisation-ended`.
pub async fn make(cx: &mut Cx, new: &NewGate) -> Result<GateId> {
    cx.permit(Action::GateEdit, Scope::Tenant)?;
    let (described, organisation) = checked(cx, new).await?;
    let id = cx.id::<GateId>();
    let code = cx.rng().code(poster::CHARS);
    sql::insert(cx, id, &described, organisation, &code).await?;
    cx.record(told("gate.made", id, &described, organisation, None));
    cx.tell(Topic::screen(SCREEN));
    Ok(id)
}

/// Changes what is written of a gate, or says until when it is there. Its devices stay.
///
/// Errors: those of [`make`]; `NotFound`.
pub async fn edit(cx: &mut Cx, id: GateId, new: &NewGate) -> Result<()> {
    let before = claim(cx, id).await?.organisation;
    let (described, organisation) = checked(cx, new).await?;
    sql::save(cx, id, &described, organisation).await?;
    cx.record(told("gate.changed", id, &described, organisation, before));
    cx.tell(Topic::screen(SCREEN));
    Ok(())
}

/// Zone and level hold from a day on, until another day is set. What is set for the same day again is put right;
/// days that are over stay as they were.
///
/// Errors: `NotFound`, `Forbidden`; `from`: `error-gate-zone-past`, `error-gate-zone-far`.
pub async fn set_zone(cx: &mut Cx, id: GateId, setting: Setting, from: Date) -> Result<()> {
    let gate = claim(cx, id).await?;
    let today = units::today(cx).await?;
    if from < today {
        return Err(Error::invalid("from", "error-gate-zone-past"));
    }
    if (from - today).get_days() > AHEAD {
        return Err(Error::invalid("from", "error-gate-zone-far"));
    }
    sql::set_zone(cx, id, setting, from).await?;
    cx.record(
        Event::new("gate.zone_set", id)
            .unit(gate.unit)
            .data(json!({ "zone": setting.zone, "level": setting.level, "from": from })),
    );
    cx.tell(Topic::screen(SCREEN));
    Ok(())
}

/// Gives the gate another poster; the code of the one before opens nothing from now on: somebody has pasted
/// another over it, or carried it elsewhere.
///
/// Errors: `NotFound`, `Forbidden`.
pub async fn new_poster(cx: &mut Cx, id: GateId) -> Result<String> {
    let gate = claim(cx, id).await?;
    let code = cx.rng().code(poster::CHARS);
    sql::set_poster(cx, id, &code).await?;
    cx.record(Event::new("gate.poster_made", id).unit(gate.unit));
    cx.tell(Topic::screen(SCREEN));
    Ok(code)
}
