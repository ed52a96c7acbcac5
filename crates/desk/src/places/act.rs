//! What is done about a place: moved to another state, a measure ordered, a visit taken back.

use super::page::standing;
use crate::{
    Me,
    frame::Frame,
    traces::{FormPage, Question, fault, words},
};
use axum::{
    Form,
    extract::{Path, Query},
};
use duty::permissions::{Action, Scope, permits};
use health::places::{self, Measure, State};
use kernel::{Error, PlaceId, Result, dates};
use pages::{Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    to: String,
    why: String,
    measure: String,
    on_day: String,
    words: String,
    visit: String,
}

/// `GET /{tenant}/desk/places/{id}/{act}?to=`
pub async fn form(
    me: Me,
    Path((_, id, act)): Path<(String, PlaceId, String)>,
    Query(typed): Query<Typed>,
) -> Outcome {
    let to = typed.to;
    show(&me, id, &act, Typed { to, ..Typed::default() }, Errors::default()).await
}

/// `POST /{tenant}/desk/places/{id}/{act}`
pub async fn act(
    me: Me,
    Path((_, id, act)): Path<(String, PlaceId, String)>,
    Form(typed): Form<Typed>,
) -> Outcome {
    me.check(&typed.csrf)?;
    match change(&me, id, &act, &typed).await {
        Ok(()) => Ok(see_other(&me.at(format!("places/{id}?done={act}")))),
        // Pressed twice, it is done once.
        Err(Error::Conflict("error-place-unchanged")) => {
            Ok(see_other(&me.at(format!("places/{id}?done=unchanged"))))
        }
        Err(Error::Conflict("error-visit-withdrawn")) => {
            Ok(see_other(&me.at(format!("places/{id}?done=withdrawn"))))
        }
        Err(Error::Conflict(key @ "error-place-move")) => {
            let mut errors = Errors::default();
            errors.add("to", me.w.by_key(key));
            show(&me, id, &act, typed, errors).await
        }
        Err(Error::Invalid { field, key }) => {
            let mut errors = Errors::default();
            errors.add(field, fault(&me, field, key));
            show(&me, id, &act, typed, errors).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn change(me: &Me, id: PlaceId, act: &str, typed: &Typed) -> Result<()> {
    let mut cx = me.begin().await?;
    match act {
        "move" => {
            may(me, id).await?;
            let to: State = typed.to.parse().map_err(|_| Error::invalid("to", "error-choose"))?;
            places::move_to(&mut cx, id, to, &typed.why).await?;
        }
        "measure" => {
            may(me, id).await?;
            let kind: Measure =
                typed.measure.parse().map_err(|_| Error::invalid("measure", "error-choose"))?;
            let today = cx.now().to_zoned(me.tenant.timezone()).date();
            let on = dates::parse_date_near(&typed.on_day, today)
                .map_err(|error| Error::invalid("on_day", error.key))?;
            places::measure(&mut cx, id, kind, on, &typed.words).await?;
        }
        "unvisit" => {
            let visit: Uuid = typed.visit.parse().map_err(|_| Error::NotFound)?;
            places::withdraw_visit(&mut cx, id, visit).await?;
        }
        _ => return Err(Error::NotFound),
    }
    cx.commit().await
}

/// Whoever may not learns nothing of what else is wrong.
async fn may(me: &Me, id: PlaceId) -> Result<()> {
    let mut frame = Frame::new(me, "contacts").await?;
    let at = places::find(&mut frame.cx, id).await?;
    if permits(&me.actor, Action::CaseRecord, Scope::Units(&standing(&frame, at.place.ward))) {
        Ok(())
    } else {
        Err(Error::Forbidden(Action::CaseRecord.as_str()))
    }
}

async fn show(me: &Me, id: PlaceId, act: &str, typed: Typed, errors: Errors) -> Outcome {
    may(me, id).await?;
    let mut frame = Frame::new(me, "contacts").await?;
    let at = places::find(&mut frame.cx, id).await?;
    let (w, wrong) = (me.w, !errors.is_empty());
    let (title, hint, questions, words) = match act {
        "move" => {
            let states = State::ALL
                .iter()
                .filter(|one| **one != at.place.state && **one != State::Known)
                .map(|one| (one.as_str().to_owned(), words::place_state(w, *one), typed.to == one.as_str()))
                .collect();
            let question = Question::choice("to", w.place_move_to(), states);
            (w.place_do_move(), w.place_move_hint(), vec![question], ("why", w.case_why(), typed.why))
        }
        "measure" => {
            let kinds = Measure::ALL
                .iter()
                .map(|one| (one.as_str().to_owned(), words::measure(w, *one), typed.measure == one.as_str()))
                .collect();
            let today = dates::shown_date(frame.d.clock.today());
            let day = if typed.on_day.is_empty() && !wrong { today } else { typed.on_day };
            let questions = vec![
                Question::choice("measure", w.place_measure(), kinds),
                Question::line("on_day", w.place_measure_day(), w.case_day_hint(), &day),
            ];
            let words = ("words", w.place_measure_words(), typed.words);
            (w.place_do_measure(), w.place_measure_hint(), questions, words)
        }
        _ => return Err(Error::NotFound.into()),
    };
    let page = FormPage {
        hint,
        questions,
        words: Some(words),
        ..FormPage::new(
            &frame,
            (me.at(format!("places/{id}")), at.place.name.clone()),
            me.at(format!("places/{id}/{act}")),
            title,
            errors,
        )
    };
    form_page(&page, wrong)
}
