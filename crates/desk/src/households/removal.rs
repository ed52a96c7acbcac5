//! Asking for somebody to be taken to hospital.

use super::{
    Ground,
    act::{Asked, Sent},
};
use crate::{
    Me,
    removals::{hospitals, reason, vehicle},
};
use askama::Template;
use health::removals::{self, NewRemoval, Reason, Vehicle};
use kernel::{Error, HouseholdId, PersonId, Result, UnitId};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

#[derive(Clone, Default)]
struct Typed {
    person: String,
    reason: String,
    vehicle: String,
    to_unit: String,
    to_name: String,
}

impl Typed {
    fn of(sent: &Sent) -> Self {
        let text = |name| sent.of(name).to_owned();
        Self {
            person: text("person"),
            reason: text("reason"),
            vehicle: text("vehicle"),
            to_unit: text("to_unit"),
            to_name: text("to_name"),
        }
    }
}

/// Code, label, chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "household_removal.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    medical: String,
    typed: Typed,
    people: Vec<Choice>,
    reasons: Vec<Choice>,
    vehicles: Vec<Choice>,
    hospitals: Vec<Choice>,
    errors: Errors,
}

/// `GET /{tenant}/desk/households/{id}/removal?member=`
pub async fn page(me: &Me, id: HouseholdId, asked: &Asked) -> Outcome {
    let typed = Typed { person: asked.member.clone(), ..Typed::default() };
    show(me, id, typed, Errors::default()).await
}

/// `POST /{tenant}/desk/households/{id}/removal`
pub async fn ask(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    let typed = Typed::of(sent);
    let mut errors = Errors::default();
    let done = match enter(me, id, &typed, &mut errors).await {
        Ok(true) => "removal",
        Ok(false) => return show(me, id, typed, errors).await,
        // Asked twice, he is taken once.
        Err(Error::Conflict("error-removal-running")) => "removal-known",
        Err(Error::Invalid { field, key }) => {
            errors.add(field, fault(me, field, key));
            return show(me, id, typed, errors).await;
        }
        Err(other) => return Err(other.into()),
    };
    Ok(see_other(&me.at(format!("households/{id}?done={done}"))))
}

/// False when something must be mended first, which `errors` then tell.
async fn enter(me: &Me, id: HouseholdId, typed: &Typed, errors: &mut Errors) -> Result<bool> {
    let ground = Ground::of(me, id).await?;
    let members = &ground.sheet.home.members;
    let person = typed.person.parse::<PersonId>().ok();
    let person = person.filter(|person| members.iter().any(|member| member.person.id == *person));
    let reason = typed.reason.parse::<Reason>();
    for (field, missing) in [("person", person.is_none()), ("reason", reason.is_err())] {
        if missing {
            errors.add(field, me.w.error_choose());
        }
    }
    let (vehicle, to_unit) = way(me, &typed.vehicle, &typed.to_unit, &typed.to_name, errors);
    let (Some(person), Ok(reason), true) = (person, reason, errors.is_empty()) else { return Ok(false) };
    drop(ground);
    let mut cx = me.begin().await?;
    let new = NewRemoval { person, reason, vehicle, to_unit, to_name: typed.to_name.clone() };
    removals::ask(&mut cx, id, &new).await?;
    cx.commit().await?;
    Ok(true)
}

/// Who takes him and the hospital, as far as they were chosen; a hospital or the name of a house,
/// never both.
pub fn way(
    me: &Me,
    vehicle: &str,
    to_unit: &str,
    to_name: &str,
    errors: &mut Errors,
) -> (Option<Vehicle>, Option<UnitId>) {
    let chosen = |text: &str| !text.is_empty();
    let by = vehicle.parse::<Vehicle>().ok();
    let unit = to_unit.parse::<UnitId>().ok();
    for (field, wrong) in
        [("vehicle", chosen(vehicle) && by.is_none()), ("to_unit", chosen(to_unit) && unit.is_none())]
    {
        if wrong {
            errors.add(field, me.w.error_choose());
        }
    }
    if unit.is_some() && !to_name.trim().is_empty() {
        errors.add("to_name", me.w.removal_place_twice());
    }
    (by, unit)
}

/// What is wrong with a field of a journey.
pub fn fault(me: &Me, field: &str, key: &str) -> String {
    match (field, key) {
        ("to_name", "error-text-too-long") => me.w.case_text_too_long("200"),
        ("why", "error-text-too-long") => me.w.case_text_too_long("500"),
        ("litres", _) => me.w.removal_litres_wrong(),
        _ => me.w.by_key(key),
    }
}

/// Who may take him: code, label, chosen.
pub fn vehicles(me: &Me, chosen: &str) -> Vec<Choice> {
    let choice = |one: &Vehicle| (one.as_str().to_owned(), vehicle(me.w, *one), chosen == one.as_str());
    Vehicle::ALL.iter().map(choice).collect()
}

async fn show(me: &Me, id: HouseholdId, typed: Typed, errors: Errors) -> Outcome {
    let ground = Ground::of(me, id).await?;
    let wrong = !errors.is_empty();
    let members = ground.sheet.home.members.iter().map(|member| &member.person);
    let people = members
        .map(|one| (one.id.to_string(), one.full_name.clone(), typed.person == one.id.to_string()))
        .collect();
    let why = |one: &Reason| (one.as_str().to_owned(), reason(me.w, *one), typed.reason == one.as_str());
    let page = Page {
        code: ground.sheet.home.code.clone(),
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/removal")),
        medical: me.tenant.pack.place.emergency.medical.clone(),
        people,
        reasons: Reason::ALL.iter().map(why).collect(),
        vehicles: vehicles(me, &typed.vehicle),
        hospitals: hospitals(&ground.frame, &typed.to_unit),
        typed,
        errors,
        d: ground.frame.d,
    };
    form_page(&page, wrong)
}
