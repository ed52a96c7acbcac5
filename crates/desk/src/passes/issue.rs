//! Issuing one pass: to a person, as himself or as one of a force; to a household, a business, a khu phố.

use super::{must_issue, words};
use crate::{
    Me, cases,
    frame::{self, Frame},
    questions::{Choice, Question, Typed},
};
use askama::Template;
use axum::{Form, extract::Query};
use duty::{
    organisations,
    permissions::Action,
    units::{self, UnitKind},
};
use health::passes::{self, Issued, NewPass, Whose};
use kernel::{Error, HouseholdId, OrganisationId, PersonId, Result, UnitId};
use pages::{Desk, Outcome, Words, form_page, forms::Errors, see_other};
use pass::Force;
use serde::Deserialize;
use store::Cx;

/// More people than any place of the district holds.
const MOST_INSIDE: u32 = 100_000;

/// A plain form about passes.
#[derive(Template)]
#[template(path = "passes_form.html")]
pub(super) struct Sheet {
    pub d: Desk,
    pub title: String,
    pub back: String,
    pub back_label: String,
    pub action: String,
    pub hint: String,
    pub hidden: Vec<(&'static str, String)>,
    pub questions: Vec<Question>,
    /// What the button says.
    pub go: String,
    pub errors: Errors,
}

/// Whose it is to be; nobody's: a khu phố, which the form asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    person: String,
    household: String,
    organisation: String,
}

#[derive(Clone, Copy)]
enum Holder {
    Person(PersonId),
    Household(HouseholdId),
    Business(OrganisationId),
    Neighbourhood,
}

impl Asked {
    fn holder(&self) -> Result<Holder> {
        Ok(match (self.person.as_str(), self.household.as_str(), self.organisation.as_str()) {
            ("", "", "") => Holder::Neighbourhood,
            ("", "", organisation) => Holder::Business(organisation.parse()?),
            ("", household, _) => Holder::Household(household.parse()?),
            (person, ..) => Holder::Person(person.parse()?),
        })
    }
}

impl Holder {
    /// The same form again.
    fn query(self) -> String {
        match self {
            Self::Person(id) => format!("?person={id}"),
            Self::Household(id) => format!("?household={id}"),
            Self::Business(id) => format!("?organisation={id}"),
            Self::Neighbourhood => String::new(),
        }
    }

    /// Whose name the form says; `None` for what it asks.
    fn named(self) -> Option<Whose> {
        match self {
            Self::Person(id) => Some(Whose::Person(id)),
            Self::Household(id) => Some(Whose::Household(id)),
            Self::Business(organisation) => Some(Whose::Business { organisation, people: None }),
            Self::Neighbourhood => None,
        }
    }

    async fn whose(self, cx: &mut Cx, typed: &Typed) -> Result<Whose> {
        Ok(match self {
            Self::Person(person) => match force(typed.of("force"))? {
                Some(force) => {
                    let organisation = match typed.of("organisation").trim() {
                        "" => None,
                        code => Some(organisations::by_code(cx, code).await?),
                    };
                    Whose::Force { force, person, organisation }
                }
                None => Whose::Person(person),
            },
            Self::Household(id) => Whose::Household(id),
            Self::Business(organisation) => {
                Whose::Business { organisation, people: people(typed.of("people"))? }
            }
            Self::Neighbourhood => {
                let tree = units::tree(cx).await?;
                let unit = typed.of("unit").parse::<UnitId>().ok().and_then(|unit| tree.get(unit));
                let place = unit.filter(|unit| is_place(unit.kind));
                Whose::Neighbourhood(place.ok_or(Error::invalid("unit", "error-choose"))?.id)
            }
        })
    }
}

/// One of the seven; `None` where none is named.
pub(super) fn force(typed: &str) -> Result<Option<Force>> {
    if typed.is_empty() {
        return Ok(None);
    }
    let found = Force::ALL.into_iter().find(|force| force.name() == typed);
    found.map(Some).ok_or(Error::invalid("force", "error-choice-unknown"))
}

pub(super) fn forces(w: Words, chosen: &str) -> Vec<Choice> {
    let choice = |one: Force| (one.name().to_owned(), words::force(w, one), one.name() == chosen);
    Force::ALL.into_iter().map(choice).collect()
}

fn people(typed: &str) -> Result<Option<u32>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let people = typed.parse::<u32>().ok().filter(|people| (1..=MOST_INSIDE).contains(people));
    people.map(Some).ok_or(Error::invalid("people", "error-gate-capacity"))
}

/// `GET /{tenant}/desk/passes/new?person=|household=|organisation=`
pub async fn form(me: Me, Query(asked): Query<Asked>) -> Outcome {
    must_issue(&me)?;
    show(&me, asked.holder()?, &Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/passes/new?person=|household=|organisation=`
pub async fn give(me: Me, Query(asked): Query<Asked>, Form(pairs): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    must_issue(&me)?;
    let holder = asked.holder()?;
    match issue(&me, holder, &typed).await {
        Ok(issued) => {
            let done = if issued.fresh { "issued" } else { "had" };
            Ok(see_other(&me.at(format!("passes/{}?done={done}", issued.pass))))
        }
        Err(error) => {
            let mut errors = Errors::default();
            match error {
                Error::Conflict(key) => errors.add("code", me.w.by_key(key)),
                other => errors.take(me.w, other)?,
            }
            show(&me, holder, &typed, errors).await
        }
    }
}

async fn issue(me: &Me, holder: Holder, typed: &Typed) -> Result<Issued> {
    let mut cx = me.begin().await?;
    // Who may not is told so before what is missing.
    if let Some(whose) = holder.named() {
        passes::holder(&mut cx, whose).await?;
    }
    let whose = holder.whose(&mut cx, typed).await?;
    let issued = passes::issue(&mut cx, &NewPass { whose, code: typed.of("code") == "yes" }).await?;
    cx.commit().await?;
    Ok(issued)
}

async fn show(me: &Me, holder: Holder, typed: &Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "passes").await?;
    let w = me.w;
    let hint = match holder.named() {
        Some(whose) => w.passes_issue_to(passes::holder(&mut frame.cx, whose).await?),
        None => w.passes_issue_place(),
    };
    let mut questions = match holder {
        Holder::Person(_) => vec![
            Question::choice("force", w.passes_force(), forces(w, typed.of("force")))
                .hint(w.passes_force_hint()),
            Question::line("organisation", w.passes_organisation(), typed.of("organisation"))
                .hint(w.passes_organisation_hint()),
        ],
        Holder::Household(_) => Vec::new(),
        Holder::Business(_) => {
            vec![Question::line("people", w.passes_people(), typed.of("people")).hint(w.passes_people_hint())]
        }
        Holder::Neighbourhood => {
            vec![Question::choice("unit", w.passes_place(), places(me, &frame, typed.of("unit")))]
        }
    };
    let code = vec![("yes".to_owned(), w.passes_code_yes(), typed.of("code") == "yes")];
    questions.push(Question::choice("code", w.passes_digits(), code).hint(w.passes_code_hint()));
    let wrong = !errors.is_empty();
    let sheet = Sheet {
        title: w.passes_do_issue(),
        back: me.at("passes"),
        back_label: w.nav_passes(),
        action: me.at(format!("passes/new{}", holder.query())),
        hint,
        hidden: Vec::new(),
        questions,
        go: w.passes_do_issue(),
        errors,
        d: frame.d,
    };
    form_page(&sheet, wrong)
}

/// People live there: a ward, a khu phố, a tổ dân phố.
const fn is_place(kind: UnitKind) -> bool {
    matches!(kind, UnitKind::Ward | UnitKind::Quarter | UnitKind::Neighbourhood)
}

/// Wards and what stands below them, as far as the reader gives out passes there.
fn places(me: &Me, frame: &Frame, chosen: &str) -> Vec<Choice> {
    let units = frame.tree.iter().filter(|unit| {
        is_place(unit.kind) && cases::may(me, frame, Action::PassIssue, unit.ward.or(Some(unit.id)))
    });
    let mut places: Vec<Choice> = units
        .map(|unit| {
            let short = frame::short(&frame.tree, &frame.d, Some(unit.id));
            let name = match unit.ward.filter(|ward| *ward != unit.id) {
                Some(ward) => format!("{} · {short}", frame::short(&frame.tree, &frame.d, Some(ward))),
                None => short,
            };
            let id = unit.id.to_string();
            let here = id == chosen;
            (id, name, here)
        })
        .collect();
    places.sort_by_cached_key(|(_, name, _)| kernel::text::search_key(name));
    places
}
