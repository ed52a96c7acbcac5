//! The decision: the point comes into being as a unit with a roster of its own, and those inside are known.

use super::{
    model::{self, NewLockdown, Told},
    outbreak,
    sql::{self, Kept},
};
use crate::fault::Fault;
use duty::{
    permissions::{Action, Permit, Scope},
    rosters,
    units::{self, Tree, Unit, UnitKind, UnitSpec},
};
use kernel::{Error, HouseholdId, LockdownId, Result, UnitId};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Longest short name of a unit, in characters.
const SHORT: usize = 40;
/// Characters that tell one point of a ward from another, for good: a code is never used again.
const CODE: usize = 4;

/// Closes a place off. Households with these codes are inside, and those of the ward that lie within the
/// boundary.
///
/// Errors: `NotFound` for a ward that there is not; `Forbidden`; `Invalid` with the first field to mend
/// ([`NewLockdown::faults`] lists those that can be told beforehand); `quarter`, `place`: `error-choice-unknown`;
/// `households`: `error-lockdown-household-unknown`; `words_vi`, `words_en`: `error-lockdown-words-private`,
/// `error-lockdown-words-number`.
pub async fn decide(cx: &mut Cx, new: &NewLockdown) -> Result<LockdownId> {
    let tree = units::tree(cx).await?;
    let Some(ward) = new.ward else { return Err(Error::invalid("ward", "error-choose")) };
    let of = tree.get(ward).filter(|unit| unit.kind == UnitKind::Ward).ok_or(Error::NotFound)?;
    cx.permit(Action::LockdownDecide, Scope::Units(&[ward]))?;
    let told = new.check(tree.day()).map_err(|faults| first(&faults))?;
    if let Some(quarter) = new.quarter
        && !lies_in(&tree, quarter, ward)
    {
        return Err(Error::invalid("quarter", "error-choice-unknown"));
    }
    if let Some(place) = new.place {
        outbreak::may_name(cx, place, ward).await?;
    }
    let households = inside(cx, ward, &told).await?;
    published(cx, &households, &told.words_vi, &told.words_en).await?;
    let unit = units::establish(cx, &spec(cx, &tree, of, &told)).await?;
    let id = cx.id::<LockdownId>();
    sql::insert(cx, id, unit, ward, new.quarter, &told).await?;
    if let Some(place) = new.place {
        outbreak::set(cx, id, place).await?;
    }
    sql::put_in(cx, id, &households).await?;
    cx.record(Event::new("lockdown.decided", id).unit(ward).data(json!({
        "unit": unit, "quarter": new.quarter, "number": told.number, "decision_on": told.decision_on,
        "signer_title": told.signer_title, "planned_until": told.planned_until, "tests_due": told.tests_due,
        "place": new.place, "households": households, "bounded": told.area.is_some(),
    })));
    // Day and night until somebody says otherwise: a missing guard is told before the night comes.
    rosters::stand_guard(cx, unit).await?;
    cx.tell(Topic::screen("lockdowns"));
    Ok(id)
}

/// Another planned last day, or another day of tests, by the decision that says so.
///
/// Errors: `NotFound`; `Forbidden`; `number`, `planned_until`, `tests_due`; Conflict
/// `error-lockdown-lifted`.
pub async fn replan(cx: &mut Cx, id: LockdownId, number: &str, until: &str, tests: &str) -> Result<()> {
    let kept = claim(cx, id).await?;
    let today = units::today(cx).await?;
    let mut faults = Vec::new();
    let number = model::text(&mut faults, "number", number, 60);
    let (planned, tests) = model::days_to_come(&mut faults, until, tests, today);
    let Some(planned) = planned.filter(|_| faults.is_empty()) else { return Err(first(&faults)) };
    sql::set_days(cx, id, planned, tests).await?;
    cx.record(Event::new("lockdown.replanned", id).unit(kept.ward).data(json!({
        "number": number, "from": kept.planned_until, "planned_until": planned, "tests_due": tests,
    })));
    cx.tell(Topic::screen("lockdowns"));
    Ok(())
}

/// A point in force that the actor may decide about, locked. `NotFound` where he may not even see it.
pub(super) async fn claim(cx: &mut Cx, id: LockdownId) -> Result<Kept> {
    let kept = sql::lock(cx, id).await?;
    let concerned = concerned(cx, &kept).await?;
    cx.permit_sight(Action::CareSee, Scope::Units(&concerned))?;
    cx.permit(Action::LockdownDecide, Scope::Units(&concerned))?;
    open(kept)
}

/// A point that has not been lifted.
pub(super) fn open(kept: Kept) -> Result<Kept> {
    if kept.lifted.is_some() { Err(Error::Conflict("error-lockdown-lifted")) } else { Ok(kept) }
}

/// Before whom a point stands: its ward, the station of the ward, its own guards.
pub(super) async fn concerned(cx: &mut Cx, kept: &Kept) -> Result<Vec<UnitId>> {
    let tree = units::tree(cx).await?;
    let station = tree.in_ward(kept.ward, UnitKind::Station);
    Ok([Some(kept.ward), station, Some(kept.unit)].into_iter().flatten().collect())
}

pub(super) fn first(faults: &[Fault]) -> Error {
    match faults.first() {
        Some(fault) => Error::from(*fault),
        None => Error::internal("a form was refused without a fault"),
    }
}

/// The words may be published, whoever of these households is inside.
pub(super) async fn published(cx: &mut Cx, households: &[HouseholdId], vi: &str, en: &str) -> Result<()> {
    let private = sql::private(cx, households).await?;
    for (field, words) in [("words_vi", vi), ("words_en", en)] {
        if let Some(key) = private.in_words(words) {
            return Err(Error::invalid(field, key));
        }
    }
    Ok(())
}

/// Whether a khu phố or tổ dân phố is one of this ward.
fn lies_in(tree: &Tree, quarter: UnitId, ward: UnitId) -> bool {
    tree.get(quarter).is_some_and(|unit| {
        unit.ward == Some(ward) && matches!(unit.kind, UnitKind::Quarter | UnitKind::Neighbourhood)
    })
}

async fn inside(cx: &mut Cx, ward: UnitId, told: &Told) -> Result<Vec<HouseholdId>> {
    let by_code = sql::by_codes(cx, ward, &told.households).await?;
    if told.households.iter().any(|code| !by_code.contains_key(code)) {
        return Err(Error::invalid("households", "error-lockdown-household-unknown"));
    }
    let mut inside: Vec<HouseholdId> = by_code.into_values().collect();
    if let Some(area) = &told.area {
        let shape = units::shape::polygons(area);
        let placed = sql::placed(cx, ward).await?;
        inside.extend(
            placed.into_iter().filter(|(_, at)| units::shape::contains(&shape, *at)).map(|(id, _)| id),
        );
    }
    inside.sort_unstable();
    inside.dedup();
    Ok(inside)
}

/// The unit under which the point's guards are rostered.
fn spec(cx: &Cx, tree: &Tree, ward: &Unit, told: &Told) -> UnitSpec {
    let station = tree.in_ward(ward.id, UnitKind::Station).and_then(|station| tree.get(station));
    let short: String = format!("Phong tỏa {}", told.name).chars().take(SHORT).collect();
    UnitSpec {
        code: format!("{}.PT{}", ward.code, cx.rng().code(CODE)),
        kind: UnitKind::LockdownPoint.as_str().to_owned(),
        name: format!("Điểm phong tỏa {}, {}", told.name, ward.short),
        short,
        name_en: format!("Lockdown point {}, {}", told.name, ward.name_en),
        ward: Some(ward.code.clone()),
        admin_code: None,
        administrative: Some(ward.code.clone()),
        professional: station.map(|station| station.code.clone()),
        valid_from: tree.day(),
        valid_to: None,
        citation: Some(told.number.clone()),
        verified: true,
        place: None,
    }
}
