//! What is written about the tracing of a case as a whole: that it is over, who infected it, where it was.

use super::name::may;
use crate::{
    Me,
    frame::{self, Frame},
    traces::{FormPage, Question, fault, words},
};
use axum::{Form, extract::Path};
use health::{
    clusters, contacts,
    places::{self, NewVisit, Role, Told},
};
use kernel::{CaseId, Error, PlaceId, Result, dates};
use pages::{Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    why: String,
    by: String,
    place: String,
    role: String,
    from_on: String,
    to_on: String,
}

/// What the source of a case is called that is not known.
const NOBODY: &str = "nobody";

fn back(me: &Me, id: CaseId, name: &str) -> (String, String) {
    (me.at(format!("cases/{id}")), me.w.case_back(name))
}

/// What is wrong beside its field; another error goes on.
fn told(me: &Me, error: Error, conflicts: &'static str) -> Result<Errors> {
    let mut errors = Errors::default();
    match error {
        Error::Invalid { field, key } => errors.add(field, fault(me, field, key)),
        Error::Conflict(
            key @ ("error-case-unchanged" | "error-not-an-f0" | "error-trace-open" | "error-trace-over"),
        ) => errors.add(conflicts, me.w.by_key(key)),
        other => return Err(other),
    }
    Ok(errors)
}

/// `GET /{tenant}/desk/cases/{id}/trace`
pub async fn trace_form(me: Me, Path((_, id)): Path<(String, CaseId)>) -> Outcome {
    show_trace(&me, id, String::new(), Errors::default()).await
}

/// `POST /{tenant}/desk/cases/{id}/trace`
pub async fn trace(me: Me, Path((_, id)): Path<(String, CaseId)>, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    let done = async {
        let mut cx = me.begin().await?;
        contacts::close(&mut cx, id, &typed.why).await?;
        cx.commit().await
    };
    match done.await {
        Ok(()) => Ok(see_other(&me.at(format!("cases/{id}?done=trace#contacts")))),
        Err(error) => {
            let errors = told(&me, error, "why")?;
            show_trace(&me, id, typed.why, errors).await
        }
    }
}

async fn show_trace(me: &Me, id: CaseId, why: String, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let case = may(me, &mut frame, id).await?;
    let (w, wrong) = (me.w, !errors.is_empty());
    let action = me.at(format!("cases/{id}/trace"));
    let page = FormPage {
        hint: w.contact_close_hint(),
        name: case.person.full_name.clone(),
        words: Some(("why", w.case_why(), why)),
        ..FormPage::new(&frame, back(me, id, &case.person.full_name), action, w.contact_do_close(), errors)
    };
    form_page(&page, wrong)
}

/// `GET /{tenant}/desk/cases/{id}/source`
pub async fn source_form(me: Me, Path((_, id)): Path<(String, CaseId)>) -> Outcome {
    show_source(&me, id, None, Errors::default()).await
}

/// `POST /{tenant}/desk/cases/{id}/source`
pub async fn source(me: Me, Path((_, id)): Path<(String, CaseId)>, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    let done = async {
        let by = match typed.by.as_str() {
            NOBODY => None,
            "" => return Err(Error::invalid("by", "error-choose")),
            id => Some(id.parse::<CaseId>().map_err(|_| Error::invalid("by", "error-choice-unknown"))?),
        };
        let place = match typed.place.as_str() {
            "" => None,
            id => Some(id.parse::<PlaceId>().map_err(|_| Error::invalid("place", "error-choice-unknown"))?),
        };
        let mut cx = me.begin().await?;
        clusters::set_source(&mut cx, id, by, place, &typed.why).await?;
        cx.commit().await
    };
    match done.await {
        Ok(()) => Ok(see_other(&me.at(format!("cases/{id}?done=source#contacts")))),
        Err(error) => {
            let errors = told(&me, error, "by")?;
            show_source(&me, id, Some(typed), errors).await
        }
    }
}

async fn show_source(me: &Me, id: CaseId, typed: Option<Typed>, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let case = may(me, &mut frame, id).await?;
    let known = clusters::source_of(&mut frame.cx, id).await?;
    let typed = typed.unwrap_or_else(|| Typed {
        by: known.map(|source| source.by.to_string()).unwrap_or_default(),
        ..Typed::default()
    });
    let (w, wrong) = (me.w, !errors.is_empty());
    let candidates = clusters::candidates(&mut frame.cx, id).await?;
    let mut by: Vec<_> = candidates
        .iter()
        .map(|one| {
            let id = one.case.to_string();
            let name = one.name.clone().unwrap_or_else(|| w.contact_case_elsewhere());
            let ward = frame::short(&frame.tree, &frame.d, Some(one.ward));
            let here = typed.by == id;
            (id, format!("{name} · {ward} · {}", dates::shown_date(one.day)), here)
        })
        .collect();
    by.push((NOBODY.to_owned(), w.contact_source_unknown(), typed.by == NOBODY));
    let mut questions = vec![Question::choice("by", w.contact_source(), by)];
    let at = places::at(&mut frame.cx, id).await?;
    if !at.is_empty() {
        let choices = at
            .iter()
            .map(|(place, _)| {
                let id = place.id.to_string();
                let here = typed.place == id;
                (id, place.name.clone(), here)
            })
            .collect();
        questions.push(Question::choice("place", w.contact_source_place(), choices));
    }
    let action = me.at(format!("cases/{id}/source"));
    let page = FormPage {
        hint: if candidates.is_empty() { w.contact_source_nobody() } else { w.contact_source_hint() },
        name: case.person.full_name.clone(),
        questions,
        words: Some(("why", w.case_why_optional(), typed.why)),
        ..FormPage::new(&frame, back(me, id, &case.person.full_name), action, w.contact_do_source(), errors)
    };
    form_page(&page, wrong)
}

/// `GET /{tenant}/desk/cases/{id}/visits`
pub async fn visit_form(me: Me, Path((_, id)): Path<(String, CaseId)>) -> Outcome {
    show_visit(&me, id, Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/cases/{id}/visits`
pub async fn visit(me: Me, Path((_, id)): Path<(String, CaseId)>, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    let done = async {
        let place = typed.place.parse::<PlaceId>().map_err(|_| Error::invalid("place", "error-choose"))?;
        let role = typed.role.parse::<Role>().map_err(|_| Error::invalid("role", "error-choose"))?;
        let new =
            NewVisit { role, told: Told::Staff, from_on: typed.from_on.clone(), to_on: typed.to_on.clone() };
        let mut cx = me.begin().await?;
        let fresh = places::visit(&mut cx, place, id, &new).await?;
        cx.commit().await?;
        Ok::<_, Error>(fresh)
    };
    match done.await {
        Ok(true) => Ok(see_other(&me.at(format!("cases/{id}?done=visit#contacts")))),
        Ok(false) => Ok(see_other(&me.at(format!("cases/{id}?done=visit-known#contacts")))),
        Err(error) => {
            let errors = told(&me, error, "place")?;
            show_visit(&me, id, typed, errors).await
        }
    }
}

async fn show_visit(me: &Me, id: CaseId, typed: Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let case = may(me, &mut frame, id).await?;
    let (w, wrong) = (me.w, !errors.is_empty());
    let known = places::to_choose(&mut frame.cx).await?;
    let choices = known
        .iter()
        .map(|place| {
            let id = place.id.to_string();
            let ward = frame::short(&frame.tree, &frame.d, Some(place.ward));
            let here = typed.place == id;
            (id, format!("{} · {ward}", place.name), here)
        })
        .collect();
    let roles = Role::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), words::role(w, *one), typed.role == one.as_str()))
        .collect();
    let action = me.at(format!("cases/{id}/visits"));
    let page = FormPage {
        hint: w.contact_visit_hint(),
        name: case.person.full_name.clone(),
        questions: vec![
            Question::choice("place", w.place_one(), choices),
            Question::choice("role", w.place_role(), roles),
            Question::line("from_on", w.place_from_on(), w.case_day_hint(), &typed.from_on),
            Question::line("to_on", w.place_to_on(), w.case_day_hint(), &typed.to_on),
        ],
        ..FormPage::new(&frame, back(me, id, &case.person.full_name), action, w.contact_do_visit(), errors)
    };
    form_page(&page, wrong)
}
