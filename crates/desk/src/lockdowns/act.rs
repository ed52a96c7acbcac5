//! What is done about a point: one form each, and four single presses.

use super::supply;
use crate::{
    Me,
    frame::Frame,
    questions::{Question, Typed},
};
use askama::Template;
use axum::{Form, extract::Path};
use health::lockdowns::{self, Lockdown, Supply};
use kernel::{Error, HouseholdId, LockdownId, Result, SupplyId, dates::shown_date};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

type Place = Path<(String, LockdownId, String)>;

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

/// `GET /{tenant}/desk/lockdowns/{id}/{act}`
pub async fn form(me: Me, Path((_, id, act)): Place) -> Outcome {
    show(&me, id, &act, None, Errors::default()).await
}

/// `POST /{tenant}/desk/lockdowns/{id}/{act}`
pub async fn act(me: Me, Path((_, id, act)): Place, Form(pairs): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    let done = match take(&me, id, &act, &typed).await {
        Ok(()) => act.as_str(),
        // Pressed twice, or by two at once: it is so already.
        Err(Error::Conflict("error-lockdown-inside" | "error-lockdown-supply-met")) => "known",
        Err(Error::Invalid { field: "household", .. }) => "private",
        Err(error) if matches!(act.as_str(), "announce" | "replan" | "lift" | "ask") => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            return show(&me, id, &act, Some(&typed), errors).await;
        }
        Err(other) => return Err(other.into()),
    };
    Ok(see_other(&me.at(format!("lockdowns/{id}?done={done}"))))
}

async fn take(me: &Me, id: LockdownId, act: &str, typed: &Typed) -> Result<()> {
    let mut cx = me.begin().await?;
    match act {
        "announce" => lockdowns::announce(&mut cx, id, typed.of("words_vi"), typed.of("words_en")).await?,
        "replan" => {
            let (number, until) = (typed.of("number"), typed.of("planned_until"));
            lockdowns::replan(&mut cx, id, number, until, typed.of("tests_due")).await?;
        }
        "lift" => lockdowns::lift(&mut cx, id, typed.of("number"), typed.of("lift_on")).await?,
        "ask" => {
            let kind = typed.of("kind").parse::<Supply>();
            let kind = kind.map_err(|_| Error::invalid("kind", "error-choose"));
            // Who may not is told so before what is missing.
            lockdowns::find(&mut cx, id).await?;
            lockdowns::ask(&mut cx, id, kind?, typed.of("words")).await?;
        }
        "meet" => {
            if lockdowns::meet(&mut cx, typed.of("supply").parse::<SupplyId>()?).await? != id {
                return Err(Error::NotFound);
            }
        }
        "add" => lockdowns::add(&mut cx, id, typed.of("household").parse::<HouseholdId>()?).await?,
        "remove" => lockdowns::remove(&mut cx, id, typed.of("household").parse::<HouseholdId>()?).await?,
        _ => return Err(Error::NotFound),
    }
    cx.commit().await
}

/// The form of an act, with what was typed or with what there is.
async fn show(me: &Me, id: LockdownId, act: &str, typed: Option<&Typed>, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "lockdowns").await?;
    let point = lockdowns::find(&mut frame.cx, id).await?;
    if act != "ask" && !point.decides {
        return Err(Error::Forbidden("lockdown.decide").into());
    }
    if point.kept.lifted.is_some() {
        return Ok(see_other(&me.at(format!("lockdowns/{id}"))));
    }
    let wrong = !errors.is_empty();
    let (title, hint, questions) = asked(me, &point, act, typed)?;
    let page = Page {
        title,
        back: me.at(format!("lockdowns/{id}")),
        back_label: point.kept.name.clone(),
        action: me.at(format!("lockdowns/{id}/{act}")),
        hint,
        questions,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

fn asked(
    me: &Me,
    point: &Lockdown,
    act: &str,
    typed: Option<&Typed>,
) -> Result<(String, String, Vec<Question>)> {
    let (w, kept) = (me.w, &point.kept);
    let value = |name: &str, known: &str| typed.map_or(known, |typed| typed.of(name)).to_owned();
    let day = |day: Option<jiff::civil::Date>| day.map(shown_date).unwrap_or_default();
    let line =
        |name: &'static str, label: String, known: &str| Question::line(name, label, &value(name, known));
    Ok(match act {
        "announce" => (
            w.lockdown_do_announce(),
            w.lockdown_words_hint(),
            vec![
                Question::text("words_vi", w.lockdown_words_vi(), &value("words_vi", &kept.words_vi)),
                Question::text("words_en", w.lockdown_words_en(), &value("words_en", &kept.words_en)),
            ],
        ),
        "replan" => (
            w.lockdown_do_replan(),
            w.lockdown_replan_hint(),
            vec![
                line("number", w.lockdown_number(), ""),
                line("planned_until", w.lockdown_until(), &day(kept.planned_until)).hint(w.case_day_hint()),
                line("tests_due", w.lockdown_tests_due(), &day(kept.tests_due)).hint(w.case_day_hint()),
            ],
        ),
        "lift" => (
            w.lockdown_do_lift(),
            w.lockdown_lift_hint(),
            vec![
                line("number", w.lockdown_number(), ""),
                line("lift_on", w.lockdown_decision_on(), "").hint(w.case_day_hint()),
            ],
        ),
        "ask" => {
            let chosen = value("kind", "");
            let kinds = Supply::ALL
                .iter()
                .map(|kind| (kind.as_str().to_owned(), supply(w, *kind), kind.as_str() == chosen))
                .collect();
            (
                w.lockdown_do_ask(),
                w.lockdown_ask_hint(),
                vec![
                    Question::choice("kind", w.lockdown_supply(), kinds),
                    line("words", w.lockdown_supply_words(), ""),
                ],
            )
        }
        _ => return Err(Error::NotFound),
    })
}
