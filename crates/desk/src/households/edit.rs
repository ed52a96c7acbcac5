//! What the station knows of the house: its number, who speaks for it, what stands in it, who cares.

use super::{Ground, act::Sent, words};
use crate::{Me, frame};
use askama::Template;
use duty::units::UnitKind;
use health::households::{self, Edit, Oxygen};
use kernel::{Error, HouseholdId, PersonId, Result, UnitId};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

#[derive(Clone, Default)]
struct Typed {
    contact: String,
    contact_person: String,
    oximeters: String,
    oxygen: String,
    care_team: String,
}

impl Typed {
    fn of(sent: &Sent) -> Self {
        let text = |name| sent.of(name).to_owned();
        Self {
            contact: text("contact"),
            contact_person: text("contact_person"),
            oximeters: text("oximeters"),
            oxygen: text("oxygen"),
            care_team: text("care_team"),
        }
    }
}

/// Id, label, chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "household_edit.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    typed: Typed,
    /// The number that there is now, masked.
    contact_hint: String,
    people: Vec<Choice>,
    oxygens: Vec<Choice>,
    /// `None` for those who do not assign.
    teams: Option<Vec<Choice>>,
    errors: Errors,
}

/// `GET /{tenant}/desk/households/{id}/edit`
pub async fn page(me: &Me, id: HouseholdId) -> Outcome {
    let ground = Ground::of(me, id).await?;
    let home = &ground.sheet.home;
    let typed = Typed {
        contact: String::new(),
        contact_person: home.contact_person.map_or_else(String::new, |person| person.to_string()),
        oximeters: home.oximeters.to_string(),
        oxygen: home.oxygen.as_str().to_owned(),
        care_team: home.care_team.map_or_else(String::new, |team| team.to_string()),
    };
    show(me, id, &ground, typed, Errors::default())
}

/// `POST /{tenant}/desk/households/{id}/edit`
pub async fn save(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    let typed = Typed::of(sent);
    match change(me, id, &typed).await {
        Ok(()) => Ok(see_other(&me.at(format!("households/{id}?done=edit")))),
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            show(me, id, &Ground::of(me, id).await?, typed, errors)
        }
    }
}

async fn change(me: &Me, id: HouseholdId, typed: &Typed) -> Result<()> {
    let team_now = Ground::of(me, id).await?.sheet.home.care_team;
    let oximeters = match typed.oximeters.trim() {
        "" => None,
        text => Some(text.parse::<i16>().map_err(|_| Error::invalid("oximeters", "error-number-range"))?),
    };
    let unclear = |field| move |_: Error| Error::invalid(field, "error-choose");
    let team = chosen(&typed.care_team).map(str::parse::<UnitId>).transpose();
    let person = chosen(&typed.contact_person).map(str::parse::<PersonId>).transpose();
    let edit = Edit {
        contact: chosen(&typed.contact).map(str::to_owned),
        contact_person: person.map_err(unclear("contact_person"))?,
        oximeters,
        oxygen: chosen(&typed.oxygen).map(str::parse::<Oxygen>).transpose()?,
        // What stays as it is is not given anew.
        care_team: team.map_err(unclear("care_team"))?.filter(|team| team_now != Some(*team)),
    };
    let mut cx = me.begin().await?;
    households::edit(&mut cx, id, &edit).await?;
    cx.commit().await
}

/// What was typed or chosen; a field that is left open changes nothing.
fn chosen(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn show(me: &Me, id: HouseholdId, ground: &Ground, typed: Typed, errors: Errors) -> Outcome {
    let (w, home) = (me.w, &ground.sheet.home);
    let teams = ground.frame.tree.all_in_ward(home.ward, UnitKind::CareTeam).map(|unit| {
        let label = frame::short(&ground.frame.tree, &ground.frame.d, Some(unit.id));
        (unit.id.to_string(), label, typed.care_team == unit.id.to_string())
    });
    let people = home.members.iter().map(|member| {
        let id = member.person.id.to_string();
        (id.clone(), member.person.full_name.clone(), typed.contact_person == id)
    });
    let oxygens = Oxygen::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), words::oxygen(w, *one), typed.oxygen == one.as_str()));
    let wrong = !errors.is_empty();
    let page = Page {
        code: home.code.clone(),
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/edit")),
        contact_hint: match &home.contact_masked {
            Some(masked) => w.household_edit_contact_hint(masked.as_str()),
            None => w.household_no_contact(),
        },
        people: people.collect(),
        oxygens: oxygens.collect(),
        teams: ground.rights.assigns.then(|| teams.collect()),
        typed,
        errors,
        d: ground.frame.d.clone(),
    };
    form_page(&page, wrong)
}
