//! Closing a place off by a decision.

use super::must_decide;
use crate::{
    Me, frame,
    frame::Frame,
    questions::{Choice, Question, Typed},
};
use askama::Template;
use axum::Form;
use duty::{
    permissions::{Action, allowed_units},
    units::UnitKind,
};
use health::{
    lockdowns::{self, NewLockdown},
    places::{self, State},
};
use kernel::{Error, LockdownId, PlaceId, Result, UnitId};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

#[derive(Template)]
#[template(path = "lockdown_form.html")]
struct Page {
    d: Desk,
    title: String,
    back: String,
    back_label: String,
    action: String,
    hint: String,
    questions: Vec<Question>,
    errors: Errors,
}

/// `GET /{tenant}/desk/lockdowns/new`
pub async fn form(me: Me) -> Outcome {
    must_decide(&me)?;
    show(&me, &Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/lockdowns/new`
pub async fn save(me: Me, Form(pairs): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    must_decide(&me)?;
    let mut errors = Errors::default();
    match decide(&me, &typed, &mut errors).await {
        Ok(Some(id)) => Ok(see_other(&me.at(format!("lockdowns/{id}?done=decided")))),
        Ok(None) => show(&me, &typed, errors).await,
        Err(error) => {
            errors.take(me.w, error)?;
            show(&me, &typed, errors).await
        }
    }
}

/// `None` when something must be mended first, which `errors` then tell.
async fn decide(me: &Me, typed: &Typed, errors: &mut Errors) -> Result<Option<LockdownId>> {
    let text = |name| typed.of(name).to_owned();
    let unit = |name| typed.of(name).parse::<UnitId>().ok();
    let new = NewLockdown {
        ward: unit("ward"),
        quarter: unit("quarter"),
        place: typed.of("place").parse::<PlaceId>().ok(),
        name: text("name"),
        number: text("number"),
        decision_on: text("decision_on"),
        signer_title: text("signer_title"),
        signer: text("signer"),
        area: text("area"),
        households: text("households"),
        planned_until: text("planned_until"),
        tests_due: text("tests_due"),
        words_vi: text("words_vi"),
        words_en: text("words_en"),
    };
    let mut cx = me.begin().await?;
    let today = duty::units::today(&mut cx).await?;
    for fault in new.faults(today) {
        errors.add(fault.field, me.w.by_key(fault.key));
    }
    if !errors.is_empty() {
        return Ok(None);
    }
    let id = match lockdowns::decide(&mut cx, &new).await {
        // A ward that one does not command is no choice.
        Err(Error::Forbidden(_) | Error::NotFound) => {
            return Err(Error::invalid("ward", "error-choice-unknown"));
        }
        other => other?,
    };
    cx.commit().await?;
    Ok(Some(id))
}

async fn show(me: &Me, typed: &Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "lockdowns").await?;
    let outbreaks = outbreaks(&mut frame, typed.of("place")).await?;
    let w = me.w;
    let line = |name: &'static str, label: String| Question::line(name, label, typed.of(name));
    let text = |name: &'static str, label: String| Question::text(name, label, typed.of(name));
    let questions = vec![
        Question::choice("ward", w.lockdown_ward(), wards(me, &frame, typed.of("ward"))),
        Question::choice("quarter", w.lockdown_quarter(), quarters(me, &frame, typed.of("quarter")))
            .hint(w.lockdown_quarter_hint()),
        Question::choice("place", w.lockdown_outbreak(), outbreaks).hint(w.lockdown_outbreak_hint()),
        line("name", w.lockdown_name()).hint(w.lockdown_name_hint()),
        line("number", w.lockdown_number()),
        line("decision_on", w.lockdown_decision_on()).hint(w.case_day_hint()),
        line("signer_title", w.lockdown_signer_title()),
        line("signer", w.lockdown_signer()),
        line("planned_until", w.lockdown_until()).hint(w.case_day_hint()),
        line("tests_due", w.lockdown_tests_due()).hint(w.case_day_hint()),
        text("households", w.lockdown_codes()).hint(w.lockdown_codes_hint()),
        text("area", w.lockdown_area()).hint(w.lockdown_area_hint()),
        text("words_vi", w.lockdown_words_vi()).hint(w.lockdown_words_hint()),
        text("words_en", w.lockdown_words_en()).hint(w.lockdown_words_hint()),
    ];
    let wrong = !errors.is_empty();
    let page = Page {
        title: w.lockdown_new(),
        back: me.at("lockdowns"),
        back_label: w.lockdowns_title(),
        action: me.at("lockdowns/new"),
        hint: w.lockdown_new_hint(),
        questions,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// The wards in which one decides.
fn wards(me: &Me, frame: &Frame, chosen: &str) -> Vec<Choice> {
    let allowed = allowed_units(&me.actor, Action::LockdownDecide);
    let mine = |ward: UnitId| allowed.as_ref().is_none_or(|allowed| allowed.contains(&ward));
    let wards = frame.tree.wards().filter(|ward| mine(ward.id));
    wards.map(|ward| choice(frame, ward.id, chosen)).collect()
}

/// The outbreak places; none for those who see no tracing.
async fn outbreaks(frame: &mut Frame, chosen: &str) -> Result<Vec<Choice>> {
    let places = match places::list(&mut frame.cx, None, Some(State::Outbreak), "").await {
        Ok(found) => found.places,
        Err(Error::NotFound) => Vec::new(),
        Err(other) => return Err(other),
    };
    Ok(places
        .iter()
        .map(|place| {
            let ward = frame::short(&frame.tree, &frame.d, Some(place.ward));
            let id = place.id.to_string();
            let here = id == chosen;
            (id, format!("{} · {ward}", place.name), here)
        })
        .collect())
}

fn quarters(me: &Me, frame: &Frame, chosen: &str) -> Vec<Choice> {
    let allowed = allowed_units(&me.actor, Action::LockdownDecide);
    let mine = |unit: UnitId| allowed.as_ref().is_none_or(|allowed| allowed.contains(&unit));
    let quarters = frame.tree.iter().filter(|unit| unit.kind == UnitKind::Quarter && mine(unit.id));
    quarters.map(|unit| (unit.id.to_string(), frame.unit(unit.id), unit.id.to_string() == chosen)).collect()
}

fn choice(frame: &Frame, unit: UnitId, chosen: &str) -> Choice {
    let id = unit.to_string();
    let here = id == chosen;
    (id, frame::short(&frame.tree, &frame.d, Some(unit)), here)
}
