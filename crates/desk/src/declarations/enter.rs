//! Staff declares for somebody: on record, or told of just now. The same questions, on one page.

use super::words;
use crate::{Me, cases, frame, frame::Frame};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
};
use duty::{
    permissions::{Action, Permit, Scope, permits},
    units,
};
use health::{
    declarations::{self, Answers, Declared, Law, Line, NewDeclaration, Newcomer, Question},
    vitals::Symptom,
};
use kernel::{Error, PersonId, Result, UnitId, dates, text::search_key};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use store::{Cx, Turns};
use uuid::Uuid;

/// Name and value of each field, in the order in which they came.
type Pairs = Vec<(String, String)>;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct After {
    /// What the form that led here came to, and how many devices it was about.
    done: String,
    n: String,
}

/// A form as it was sent.
#[derive(Default)]
struct Typed {
    csrf: String,
    form_key: Option<Uuid>,
    answers: Answers,
    full_name: String,
    birth: String,
    phone: String,
    ward: String,
}

impl Typed {
    fn of(pairs: Pairs) -> Self {
        let mut typed = Self::default();
        for (name, value) in pairs {
            let question = Question::ALL.iter().find(|question| question.as_str() == name);
            match (name.as_str(), question) {
                ("csrf", _) => typed.csrf = value,
                ("form_key", _) => typed.form_key = value.parse().ok(),
                ("symptoms", _) => typed.answers.symptoms.extend(value.parse::<Symptom>()),
                (_, Some(question)) => typed.answers.say(*question, said(&value)),
                ("test_on", _) => typed.answers.test_on = value.trim().chars().take(40).collect(),
                ("full_name", _) => typed.full_name = value,
                ("birth", _) => typed.birth = value,
                ("phone", _) => typed.phone = value,
                ("ward", _) => typed.ward = value,
                _ => {}
            }
        }
        typed
    }
}

fn said(word: &str) -> Option<bool> {
    match word {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// A question of the form.
struct Asked {
    code: &'static str,
    title: String,
    /// Code, label, ticked; empty for a question of yes or no.
    symptoms: Vec<(&'static str, String, bool)>,
    yes: bool,
    no: bool,
    asks_day: bool,
}

struct Before {
    href: String,
    made: String,
    until: String,
    flags: String,
}

#[derive(Template)]
#[template(path = "declaration_enter.html")]
struct Page {
    d: Desk,
    back: String,
    back_label: String,
    action: String,
    title: String,
    message: String,
    rings: bool,
    form_key: String,
    asked: Vec<Asked>,
    test_on: String,
    /// Somebody who is not on record is told of here.
    is_new: bool,
    full_name: String,
    birth: String,
    phone: String,
    /// Code, name, chosen.
    wards: Vec<(String, String, bool)>,
    before: Vec<Before>,
    /// Where the devices of his numbers are revoked.
    revoke: Option<String>,
    errors: Errors,
}

/// `GET /{tenant}/desk/declarations/new`
pub async fn new(me: Me) -> Outcome {
    show(&me, None, Typed::default(), &After::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/declarations/new`
pub async fn declare_new(me: Me, Form(pairs): Form<Pairs>) -> Outcome {
    enter(&me, None, Typed::of(pairs)).await
}

/// `GET /{tenant}/desk/declarations/of/{person}`
pub async fn of(me: Me, Path((_, id)): Path<(String, PersonId)>, Query(after): Query<After>) -> Outcome {
    show(&me, Some(id), Typed::default(), &after, Errors::default()).await
}

/// `POST /{tenant}/desk/declarations/of/{person}`
pub async fn declare(me: Me, Path((_, id)): Path<(String, PersonId)>, Form(pairs): Form<Pairs>) -> Outcome {
    enter(&me, Some(id), Typed::of(pairs)).await
}

/// `GET` of the address a form was sent to: the person's declarations.
pub async fn back(me: Me, Path((_, id)): Path<(String, PersonId)>) -> Outcome {
    Ok(see_other(&me.at(format!("declarations/of/{id}"))))
}

/// `POST /{tenant}/desk/declarations/of/{person}/devices`: whoever holds his numbers has to prove them anew.
pub async fn revoke(me: Me, Path((_, id)): Path<(String, PersonId)>, Form(pairs): Form<Pairs>) -> Outcome {
    me.check(&Typed::of(pairs).csrf)?;
    let mut cx = me.begin().await?;
    let n = declarations::revoke(&mut cx, id).await?;
    cx.commit().await?;
    Ok(see_other(&me.at(format!("declarations/of/{id}?done=revoked&n={n}"))))
}

async fn enter(me: &Me, person: Option<PersonId>, typed: Typed) -> Outcome {
    me.check(&typed.csrf)?;
    let mut turns = Turns::default();
    let done = loop {
        match write(me, person, &typed).await {
            Err(error) if turns.again(&error) => {}
            done => break done,
        }
    };
    let mut errors = Errors::default();
    match done {
        Ok(Ok(made)) => {
            let done = if made.rings { "rings" } else { "made" };
            return Ok(see_other(&me.at(format!("declarations/of/{}?done={done}", made.person))));
        }
        Ok(Err(told)) => errors = told,
        Err(error) => errors.take(me.w, error)?,
    }
    show(me, person, typed, &After::default(), errors).await
}

/// In one transaction, which may have to be begun anew; all that must be mended first, where something must.
async fn write(me: &Me, person: Option<PersonId>, typed: &Typed) -> Result<Result<Declared, Errors>> {
    let mut cx = me.begin().await?;
    let today = units::today(&mut cx).await?;
    let law = Law::today(&mut cx).await?;
    let told = if let Some(person) = person {
        // Who may not declare for him is told so before anything of the form.
        declarations::of_person(&mut cx, person).await?;
        None
    } else {
        cx.permit(Action::CareRecord, Scope::Tenant)?;
        Some(newcomer(&mut cx, typed).await?)
    };
    let mut errors = Errors::default();
    let faults = told.as_ref().map(|told| told.faults(today)).unwrap_or_default();
    for fault in faults.into_iter().chain(typed.answers.faults(&law, today, None)) {
        errors.add(fault.field, me.w.by_key(fault.key));
    }
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let new = NewDeclaration {
        form_key: typed.form_key.unwrap_or_else(|| cx.id()),
        answers: typed.answers.clone(),
    };
    let made = match (person, &told) {
        (Some(person), _) => declarations::declare_for(&mut cx, &me.tenant, person, &new).await?,
        (None, Some(told)) => declarations::declare_for_new(&mut cx, &me.tenant, told, &new).await?,
        (None, None) => return Err(Error::internal("a declaration for nobody")),
    };
    cx.commit().await?;
    Ok(Ok(made))
}

async fn newcomer(cx: &mut Cx, typed: &Typed) -> Result<Newcomer> {
    let tree = units::tree(cx).await?;
    let ward: Option<UnitId> = tree.wards().find(|ward| ward.code == typed.ward).map(|ward| ward.id);
    Ok(Newcomer {
        full_name: typed.full_name.clone(),
        birth: typed.birth.clone(),
        phone: typed.phone.clone(),
        ward,
    })
}

async fn show(me: &Me, person: Option<PersonId>, typed: Typed, after: &After, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "declarations").await?;
    let w = me.w;
    let law = Law::today(&mut frame.cx).await?;
    let today = units::today(&mut frame.cx).await?;
    let of = if let Some(person) = person {
        Some(declarations::of_person(&mut frame.cx, person).await?)
    } else {
        frame.cx.permit(Action::CareRecord, Scope::Tenant)?;
        None
    };
    let lines = of.as_ref().map(|(_, lines)| lines.as_slice()).unwrap_or_default();
    let wrong = !errors.is_empty();
    let (message, rings) = message(me, &frame, after, lines.first());
    let page = Page {
        back: person.map_or_else(|| me.at("declarations"), |id| me.at(format!("people/{id}"))),
        back_label: of.as_ref().map_or_else(|| w.declarations_title(), |(brief, _)| brief.full_name.clone()),
        action: person.map_or_else(|| me.at("declarations/new"), |id| me.at(format!("declarations/of/{id}"))),
        title: of.as_ref().map_or_else(
            || w.declarations_new_title(),
            |(brief, _)| {
                let about = cases::birth_and_sex(w, brief);
                w.declarations_for_title(format!("{} ({about})", brief.full_name))
            },
        ),
        message,
        rings,
        form_key: typed.form_key.unwrap_or_else(|| frame.cx.id()).to_string(),
        asked: law.questions().iter().map(|one| asked(me, &law, *one, &typed.answers)).collect(),
        test_on: if typed.answers.test_on.is_empty() && !wrong {
            dates::shown_date(today)
        } else {
            typed.answers.test_on.clone()
        },
        is_new: person.is_none(),
        wards: wards(me, &frame, &typed.ward),
        full_name: typed.full_name,
        birth: typed.birth,
        phone: typed.phone,
        before: lines.iter().map(|one| before(me, &frame, one)).collect(),
        revoke: person.map(|id| me.at(format!("declarations/of/{id}/devices"))),
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

fn message(me: &Me, frame: &Frame, after: &After, last: Option<&Line>) -> (String, bool) {
    let w = me.w;
    let medical = me.tenant.pack.place.emergency.medical.as_str();
    let made =
        || last.map_or_else(String::new, |one| w.declarations_done(frame.d.clock.full(one.valid_until)));
    match after.done.as_str() {
        "made" => (made(), false),
        "rings" => (w.declarations_done_rings(medical), true),
        "revoked" => {
            let n: String = after.n.chars().filter(char::is_ascii_digit).take(6).collect();
            (w.declarations_done_revoked(n), false)
        }
        _ => (String::new(), false),
    }
}

fn asked(me: &Me, law: &Law, question: Question, answers: &Answers) -> Asked {
    let w = me.w;
    let tick = |one: &Symptom| (one.as_str(), words::symptom(w, *one), answers.symptoms.contains(one));
    Asked {
        code: question.as_str(),
        title: words::title(w, law, question),
        symptoms: if question == Question::Symptoms {
            law.symptoms().iter().chain([&Symptom::NoSymptom]).map(tick).collect()
        } else {
            Vec::new()
        },
        yes: answers.said(question) == Some(true),
        no: answers.said(question) == Some(false),
        asks_day: question == Question::SelfTest,
    }
}

/// The wards in which the actor may declare for somebody.
fn wards(me: &Me, frame: &Frame, chosen: &str) -> Vec<(String, String, bool)> {
    let mut wards: Vec<(String, String, bool)> = frame
        .tree
        .wards()
        .filter(|ward| {
            let station = frame.tree.in_ward(ward.id, units::UnitKind::Station);
            let units: Vec<UnitId> = std::iter::once(ward.id).chain(station).collect();
            permits(&me.actor, Action::CareRecord, Scope::Units(&units))
        })
        .map(|ward| {
            let name = frame::short(&frame.tree, &frame.d, Some(ward.id));
            (ward.code.clone(), name, ward.code == chosen)
        })
        .collect();
    wards.sort_by_cached_key(|(_, name, _)| search_key(name));
    wards
}

fn before(me: &Me, frame: &Frame, one: &Line) -> Before {
    let (w, clock) = (me.w, &frame.d.clock);
    let by = if one.declared_by.is_some() { w.declarations_by_staff() } else { w.declarations_by_self() };
    let flags = one.flags.iter().map(|flag| words::flag(w, &one.answers, *flag));
    Before {
        href: me.at(format!("declarations/{}", one.id)),
        made: format!("{} · {by}", clock.full(one.made_at)),
        until: clock.full(one.valid_until),
        flags: flags.collect::<Vec<_>>().join(" · "),
    }
}
