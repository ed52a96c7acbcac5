//! Naming somebody who was near a case.

use crate::{
    Me,
    cases::standing,
    frame::Frame,
    traces::{fault, wards, words},
};
use askama::Template;
use axum::{Form, extract::Path};
use duty::permissions::{Action, Scope, permits};
use health::{
    cases,
    contacts::{self, Named, NewContact},
    places,
};
use kernel::{CaseId, Error, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use store::Turns;

/// The form as it was sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    full_name: String,
    birth: String,
    sex: String,
    phone: String,
    address: String,
    ward: String,
    degree: String,
    place: String,
    first_on: String,
    last_on: String,
    protected: String,
}

impl Typed {
    fn contact(&self) -> Result<NewContact> {
        let chosen = |field: &'static str| Error::invalid(field, "error-choice-unknown");
        Ok(NewContact {
            full_name: self.full_name.clone(),
            birth: self.birth.clone(),
            sex: self.sex.parse().ok(),
            phone: self.phone.clone(),
            address: self.address.clone(),
            ward: if self.ward.is_empty() {
                None
            } else {
                Some(self.ward.parse().map_err(|_| chosen("ward"))?)
            },
            second: self.degree == "2",
            place: if self.place.is_empty() {
                None
            } else {
                Some(self.place.parse().map_err(|_| chosen("place"))?)
            },
            first_on: self.first_on.clone(),
            last_on: self.last_on.clone(),
            protected: match self.protected.as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
        })
    }
}

/// Code, label, chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "contact_new.html")]
struct Page {
    d: Desk,
    back: String,
    action: String,
    name: String,
    window: String,
    typed: Typed,
    degrees: Vec<Choice>,
    wards: Vec<Choice>,
    places: Vec<Choice>,
    protections: Vec<Choice>,
    errors: Errors,
}

/// `GET /{tenant}/desk/cases/{id}/contacts`
pub async fn form(me: Me, Path((_, id)): Path<(String, CaseId)>) -> Outcome {
    show(&me, id, Typed { degree: "1".to_owned(), ..Typed::default() }, Errors::default()).await
}

/// `POST /{tenant}/desk/cases/{id}/contacts`
pub async fn name(me: Me, Path((_, id)): Path<(String, CaseId)>, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut errors = Errors::default();
    let done = match record(&me, id, &typed, &mut errors).await {
        Ok(Some(named)) => match named {
            Named::Listed(_) => "contact",
            Named::Followed(_) => "contact-followed",
            Named::Known(_) => "contact-known",
            Named::IsCase(..) => "contact-is-case",
        },
        Ok(None) => return show(&me, id, typed, errors).await,
        Err(Error::Invalid { field, key }) => {
            errors.add(field, fault(&me, field, key));
            return show(&me, id, typed, errors).await;
        }
        Err(other) => return Err(other.into()),
    };
    Ok(see_other(&me.at(format!("cases/{id}?done={done}#contacts"))))
}

/// `None` when something must be mended first, which `errors` then tell.
async fn record(me: &Me, id: CaseId, typed: &Typed, errors: &mut Errors) -> Result<Option<Named>> {
    let mut frame = Frame::new(me, "cases").await?;
    may(me, &mut frame, id).await?;
    let new = typed.contact()?;
    for fault_of in new.faults(frame.d.clock.today()) {
        errors.add(fault_of.field, fault(me, fault_of.field, fault_of.key));
    }
    if !errors.is_empty() {
        return Ok(None);
    }
    drop(frame);
    // A correction of the same person holds his household first, and he may have to give way to it.
    let mut turns = Turns::default();
    loop {
        match put(me, id, &new).await {
            Err(error) if turns.again(&error) => {}
            named => return named.map(Some),
        }
    }
}

async fn put(me: &Me, id: CaseId, new: &NewContact) -> Result<Named> {
    let mut cx = me.begin().await?;
    let named = contacts::name(&mut cx, id, new).await?;
    cx.commit().await?;
    Ok(named)
}

/// The case, for those who record in it.
pub async fn may(me: &Me, frame: &mut Frame, id: CaseId) -> Result<cases::Case> {
    let case = cases::find(&mut frame.cx, id).await?;
    if permits(&me.actor, Action::CaseRecord, Scope::Units(&standing(frame, &case))) {
        Ok(case)
    } else {
        Err(Error::Forbidden(Action::CaseRecord.as_str()))
    }
}

async fn show(me: &Me, id: CaseId, typed: Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let case = may(me, &mut frame, id).await?;
    let traced = contacts::of_case(&mut frame.cx, id).await?;
    let at = places::at(&mut frame.cx, id).await?;
    let w = me.w;
    let wrong = !errors.is_empty();
    let shown = kernel::dates::shown_date;
    let chosen = |of: &str, code: &str| of == code;
    let page = Page {
        back: me.at(format!("cases/{id}")),
        action: me.at(format!("cases/{id}/contacts")),
        name: case.person.full_name.clone(),
        window: w.contact_window(shown(traced.infectious_from), shown(traced.day)),
        degrees: [("1", false), ("2", true)]
            .into_iter()
            .map(|(code, second)| (code.to_owned(), words::degree(w, second), chosen(&typed.degree, code)))
            .collect(),
        wards: wards(&frame, &typed.ward),
        places: at
            .iter()
            .map(|(place, _)| {
                let id = place.id.to_string();
                let here = chosen(&typed.place, &id);
                (id, place.name.clone(), here)
            })
            .collect(),
        protections: [("yes", w.contact_protected_yes()), ("no", w.contact_protected_no())]
            .into_iter()
            .map(|(code, label)| (code.to_owned(), label, chosen(&typed.protected, code)))
            .collect(),
        typed,
        errors,
        d: frame.d.clone(),
    };
    form_page(&page, wrong)
}
