//! What the station knows of the house: its number, who speaks for it, what stands in it.

use super::{Ground, act::Sent, words};
use crate::Me;
use askama::Template;
use health::households::{self, Edit, Oxygen};
use kernel::{Error, HouseholdId, PersonId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

#[derive(Clone, Default)]
struct Typed {
    contact: String,
    contact_person: String,
    oximeters: String,
    oxygen: String,
}

impl Typed {
    fn of(sent: &Sent) -> Self {
        let text = |name| sent.of(name).to_owned();
        Self {
            contact: text("contact"),
            contact_person: text("contact_person"),
            oximeters: text("oximeters"),
            oxygen: text("oxygen"),
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
    let oximeters = match typed.oximeters.trim() {
        "" => None,
        text => Some(text.parse::<i16>().map_err(|_| Error::invalid("oximeters", "error-number-range"))?),
    };
    let unclear = |field| move |_: Error| Error::invalid(field, "error-choose");
    let person = chosen(&typed.contact_person).map(str::parse::<PersonId>).transpose();
    let edit = Edit {
        contact: chosen(&typed.contact).map(str::to_owned),
        contact_person: person.map_err(unclear("contact_person"))?,
        oximeters,
        oxygen: chosen(&typed.oxygen).map(str::parse::<Oxygen>).transpose()?,
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
        typed,
        errors,
        d: ground.frame.d.clone(),
    };
    form_page(&page, wrong)
}
