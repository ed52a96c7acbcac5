//! Giving a household to a mobile station and a care team, with what each of them carries in sight.

use super::{Ground, act::Sent, change};
use crate::{Me, frame};
use askama::Template;
use duty::units::UnitKind;
use health::households::{self, Load};
use kernel::{Error, HouseholdId, Result, UnitId};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

/// What the form sends for "given to nobody".
const NOBODY: &str = "none";

#[derive(Clone, Default)]
struct Typed {
    mobile_station: String,
    care_team: String,
    why: String,
}

/// Id, label, chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "household_assign.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    /// Of the ward; empty where it has none.
    mobiles: Vec<Choice>,
    teams: Vec<Choice>,
    balance_href: String,
    typed: Typed,
    errors: Errors,
}

/// `GET /{tenant}/desk/households/{id}/assign`
pub async fn page(me: &Me, id: HouseholdId) -> Outcome {
    let ground = Ground::placing(me, id).await?;
    let home = &ground.sheet.home;
    let now = |unit: Option<UnitId>| unit.map_or_else(|| NOBODY.to_owned(), |unit| unit.to_string());
    let typed = Typed {
        mobile_station: now(home.mobile_station),
        care_team: now(home.care_team),
        why: String::new(),
    };
    show(me, id, ground, typed, Errors::default()).await
}

/// `POST /{tenant}/desk/households/{id}/assign`
pub async fn save(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    let text = |name| sent.of(name).to_owned();
    let typed =
        Typed { mobile_station: text("mobile_station"), care_team: text("care_team"), why: text("why") };
    let done = match give(me, id, sent).await {
        Ok(()) => "assign",
        // Sent twice, it is given once.
        Err(Error::Conflict("error-assign-unchanged")) => "assign-known",
        Err(error) => {
            let errors = change::told(me, error)?;
            return show(me, id, Ground::placing(me, id).await?, typed, errors).await;
        }
    };
    Ok(see_other(&me.at(format!("households/{id}?done={done}"))))
}

async fn give(me: &Me, id: HouseholdId, sent: &Sent) -> Result<()> {
    let home = Ground::placing(me, id).await?.sheet.home;
    let mobile = chosen(sent, "mobile_station", home.mobile_station)?;
    let team = chosen(sent, "care_team", home.care_team)?;
    let mut cx = me.begin().await?;
    households::assign(&mut cx, id, mobile, team, sent.of("why")).await?;
    cx.commit().await
}

/// What was chosen of a kind of unit; where the ward has none of it nothing was asked.
fn chosen(sent: &Sent, field: &'static str, now: Option<UnitId>) -> Result<Option<UnitId>> {
    match sent.find(field) {
        None => Ok(now),
        Some(NOBODY) => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Error::invalid(field, "error-choose")),
    }
}

async fn show(me: &Me, id: HouseholdId, mut ground: Ground, typed: Typed, errors: Errors) -> Outcome {
    let ward = ground.sheet.home.ward;
    // Who works for one unit of the ward alone places households without seeing what others carry.
    let loads = match households::balance(&mut ground.frame.cx, ward).await {
        Ok(balance) => balance.loads,
        Err(Error::NotFound | Error::Forbidden(_)) => Vec::new(),
        Err(other) => return Err(other.into()),
    };
    let wrong = !errors.is_empty();
    let page = Page {
        code: ground.sheet.home.code.clone(),
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/assign")),
        mobiles: choices(me, &ground, &loads, UnitKind::MobileStation, &typed.mobile_station),
        teams: choices(me, &ground, &loads, UnitKind::CareTeam, &typed.care_team),
        balance_href: if loads.is_empty() {
            String::new()
        } else {
            me.at(format!("rounds/balance?ward={ward}"))
        },
        typed,
        errors,
        d: ground.frame.d.clone(),
    };
    form_page(&page, wrong)
}

/// The units of a kind in the ward, with what each carries of what it can; and nobody.
fn choices(me: &Me, ground: &Ground, loads: &[Load], kind: UnitKind, chosen: &str) -> Vec<Choice> {
    let (w, frame) = (me.w, &ground.frame);
    let label = |unit: UnitId| {
        let name = frame::short(&frame.tree, &frame.d, Some(unit));
        match loads.iter().find(|load| load.unit == unit) {
            Some(Load { f0, most: Some(most), .. }) => {
                w.balance_choice(name, f0.to_string(), most.to_string())
            }
            _ => name,
        }
    };
    let units = frame.tree.all_in_ward(ground.sheet.home.ward, kind);
    let mut choices: Vec<Choice> =
        units.map(|unit| (unit.id.to_string(), label(unit.id), chosen == unit.id.to_string())).collect();
    if !choices.is_empty() {
        choices.push((NOBODY.to_owned(), w.balance_nobody(), chosen == NOBODY));
    }
    choices
}
