//! What happens on a journey to hospital: an hour is pressed, oxygen given, the way changed; it is
//! refused, or ends.

use super::{
    Ground,
    act::{Asked, Sent},
    removal,
};
use crate::{
    Me,
    removals::{Journey, ended, hospitals},
};
use askama::Template;
use health::removals::{self, Ended, Removal, Step};
use kernel::{Error, HouseholdId, RemovalId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

#[derive(Clone, Default)]
struct Typed {
    vehicle: String,
    to_unit: String,
    to_name: String,
    litres: String,
    ended_as: String,
    why: String,
}

impl Typed {
    fn of(sent: &Sent) -> Self {
        let text = |name| sent.of(name).to_owned();
        Self {
            vehicle: text("vehicle"),
            to_unit: text("to_unit"),
            to_name: text("to_name"),
            litres: text("litres"),
            ended_as: text("ended_as"),
            why: text("why"),
        }
    }
}

/// Code, label, chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "household_journey.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    journey: Journey,
    typed: Typed,
    vehicles: Vec<Choice>,
    hospitals: Vec<Choice>,
    endings: Vec<Choice>,
    errors: Errors,
}

/// `GET /{tenant}/desk/households/{id}/journey?removal=`
pub async fn page(me: &Me, id: HouseholdId, asked: &Asked) -> Outcome {
    show(me, id, &asked.removal, None, Errors::default()).await
}

/// `POST /{tenant}/desk/households/{id}/journey`
pub async fn act(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    let (typed, what) = (Typed::of(sent), sent.of("do"));
    let mut errors = Errors::default();
    let (field, key) = match write(me, id, sent, &typed, &mut errors).await {
        Ok(true) => return Ok(see_other(&me.at(format!("households/{id}?done=journey-{what}")))),
        Ok(false) => return show(me, id, sent.of("removal"), Some(typed), errors).await,
        Err(Error::Conflict("error-removal-over" | "error-removal-step")) => return Ok(known(me, id)),
        Err(Error::Conflict(key)) => ("ended_as", key),
        Err(Error::Invalid { field, key }) => (field, key),
        Err(other) => return Err(other.into()),
    };
    errors.add(field, removal::fault(me, field, key));
    show(me, id, sent.of("removal"), Some(typed), errors).await
}

/// Written before: sent twice, it is done once.
fn known(me: &Me, id: HouseholdId) -> axum::response::Response {
    see_other(&me.at(format!("households/{id}?done=journey-known")))
}

/// A journey of this household.
async fn find(ground: &mut Ground, id: HouseholdId, removal: &str) -> Result<Removal> {
    let removal = removal.parse::<RemovalId>()?;
    let all = removals::of_household(&mut ground.frame.cx, id).await?;
    all.into_iter().find(|one| one.journey.id == removal).ok_or(Error::NotFound)
}

/// False when something must be mended first, which `errors` then tell.
async fn write(me: &Me, id: HouseholdId, sent: &Sent, typed: &Typed, errors: &mut Errors) -> Result<bool> {
    let mut ground = Ground::of(me, id).await?;
    let one = find(&mut ground, id, sent.of("removal")).await?;
    drop(ground);
    if one.journey.state.is_over() {
        return Err(Error::Conflict("error-removal-over"));
    }
    let mut cx = me.begin().await?;
    match sent.of("do") {
        "step" => removals::step(&mut cx, one.journey.id, sent.of("step").parse::<Step>()?).await?,
        "refuse" => removals::refuse(&mut cx, one.journey.id, &typed.why).await?,
        "end" => {
            let how: Ended =
                typed.ended_as.parse().map_err(|_| Error::invalid("ended_as", "error-choose"))?;
            removals::end(&mut cx, one.journey.id, how).await?;
        }
        "oxygen" => {
            let litres = litres(&typed.litres)?;
            if one.journey.oxygen_from.is_some()
                && (litres.is_none() || litres == one.journey.oxygen_litres_tenths)
            {
                return Ok(true);
            }
            removals::give_oxygen(&mut cx, one.journey.id, litres).await?;
        }
        "direct" => {
            let (by, to) = removal::way(me, &typed.vehicle, &typed.to_unit, &typed.to_name, errors);
            if !errors.is_empty() {
                return Ok(false);
            }
            let name = typed.to_name.trim();
            let stays = to.is_none_or(|to| one.journey.to_unit == Some(to))
                && (name.is_empty() || one.journey.to_name.as_deref() == Some(name));
            if stays && by.is_none_or(|by| one.journey.vehicle == Some(by)) {
                return Ok(true);
            }
            removals::direct(&mut cx, one.journey.id, by, to, name).await?;
        }
        _ => return Err(Error::NotFound),
    }
    cx.commit().await?;
    Ok(true)
}

/// "5", "2,5" as tenths; nothing where the flow is not known.
fn litres(text: &str) -> Result<Option<i16>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (whole, tenth) = text.split_once([',', '.']).unwrap_or((text, "0"));
    let digits = |text: &str, most: usize| {
        let good = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        good.then(|| text.parse::<i16>().ok()).flatten()
    };
    let tenths = digits(whole, 2).zip(digits(tenth, 1)).map(|(whole, tenth)| whole * 10 + tenth);
    tenths.map(Some).ok_or(Error::invalid("litres", "error-number-range"))
}

async fn show(me: &Me, id: HouseholdId, removal: &str, typed: Option<Typed>, errors: Errors) -> Outcome {
    let mut ground = Ground::of(me, id).await?;
    let one = find(&mut ground, id, removal).await?;
    if one.journey.state.is_over() {
        return Ok(known(me, id));
    }
    let typed = typed.unwrap_or_else(|| Typed {
        vehicle: one.journey.vehicle.map_or_else(String::new, |by| by.as_str().to_owned()),
        to_unit: one.journey.to_unit.map_or_else(String::new, |to| to.to_string()),
        to_name: one.journey.to_name.clone().unwrap_or_default(),
        ..Typed::default()
    });
    let wrong = !errors.is_empty();
    let ending = |how: &Ended| (how.as_str().to_owned(), ended(me.w, *how), typed.ended_as == how.as_str());
    let page = Page {
        code: ground.sheet.home.code.clone(),
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/journey")),
        journey: Journey::new(me, &ground.frame, &one),
        vehicles: removal::vehicles(me, &typed.vehicle),
        hospitals: hospitals(&ground.frame, &typed.to_unit),
        endings: Ended::ALL.iter().map(ending).collect(),
        typed,
        errors,
        d: ground.frame.d,
    };
    form_page(&page, wrong)
}

#[cfg(test)]
mod tests {
    use super::litres;

    #[test]
    fn a_flow_is_read_as_people_write_it() {
        for (text, tenths) in [("5", Some(50)), (" 2,5 ", Some(25)), ("2.5", Some(25)), ("", None)] {
            assert_eq!(litres(text).unwrap(), tenths, "{text}");
        }
        for text in ["-1", "2,55", "năm", "100", ",", "5 lít"] {
            assert!(litres(text).is_err(), "{text}");
        }
    }
}
