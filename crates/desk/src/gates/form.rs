//! Setting a gate up, and changing what is written of it.

use super::{kind, must_edit, role};
use crate::{
    Me, frame,
    frame::Frame,
    questions::{Choice, Question, Typed},
};
use askama::Template;
use axum::{Form, extract::Path};
use duty::{
    organisations,
    permissions::{Action, allowed_units},
    units::UnitKind,
};
use health::{
    gates::{self, Gate, Kind, NewGate, Role},
    places,
};
use kernel::{Error, GateId, PlaceId, Result, UnitId, dates::shown_date};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

/// A plain form about a gate.
#[derive(Template)]
#[template(path = "gate_form.html")]
pub(super) struct Sheet {
    pub d: Desk,
    pub title: String,
    pub back: String,
    pub back_label: String,
    pub action: String,
    pub hint: String,
    pub questions: Vec<Question>,
    pub errors: Errors,
}

pub(super) fn refused() -> Error {
    Error::Forbidden(Action::GateEdit.as_str())
}

/// `GET /{tenant}/desk/gates/new`
pub async fn new(me: Me) -> Outcome {
    must_edit(&me)?;
    let typed = Typed(vec![("role".into(), Role::Visitor.as_str().into())]);
    show(&me, None, &typed, Errors::default()).await
}

/// `POST /{tenant}/desk/gates/new`
pub async fn make(me: Me, Form(pairs): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    must_edit(&me)?;
    let mut errors = Errors::default();
    match keep(&me, None, &typed, &mut errors).await {
        Ok(Some(id)) => Ok(see_other(&me.at(format!("gates/{id}?done=made")))),
        Ok(None) => show(&me, None, &typed, errors).await,
        Err(error) => {
            errors.take(me.w, error)?;
            show(&me, None, &typed, errors).await
        }
    }
}

/// `GET /{tenant}/desk/gates/{id}/edit`
pub async fn change(me: Me, Path((_, id)): Path<(String, GateId)>) -> Outcome {
    let mut cx = me.begin().await?;
    let one = gates::find(&mut cx, id).await?;
    let code = match one.gate.organisation {
        Some(organisation) => organisations::seen(&mut cx, organisation).await.map_or_else(
            |error| if matches!(error, Error::NotFound) { Ok(String::new()) } else { Err(error) },
            |known| Ok(known.code),
        )?,
        None => String::new(),
    };
    cx.rollback().await?;
    show(&me, Some(id), &written(&one.gate, code), Errors::default()).await
}

/// `POST /{tenant}/desk/gates/{id}/edit`
pub async fn save(
    me: Me,
    Path((_, id)): Path<(String, GateId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    let mut errors = Errors::default();
    match keep(&me, Some(id), &typed, &mut errors).await {
        Ok(Some(id)) => Ok(see_other(&me.at(format!("gates/{id}?done=saved")))),
        Ok(None) => show(&me, Some(id), &typed, errors).await,
        Err(error) => {
            errors.take(me.w, error)?;
            show(&me, Some(id), &typed, errors).await
        }
    }
}

/// `None` when something must be mended first, which `errors` then tell.
async fn keep(me: &Me, id: Option<GateId>, typed: &Typed, errors: &mut Errors) -> Result<Option<GateId>> {
    let text = |name| typed.of(name).to_owned();
    let new = NewGate {
        name: text("name"),
        kind: typed.of("kind").parse().ok(),
        unit: typed.of("unit").parse().ok(),
        organisation: text("organisation"),
        place: typed.of("place").parse::<PlaceId>().ok(),
        point: text("point"),
        capacity: text("capacity"),
        role: typed.of("role").parse().ok(),
        sample_of: text("sample_of"),
        from: text("from"),
        until: text("until"),
    };
    let mut cx = me.begin().await?;
    // Who may not is told so before what is missing.
    if let Some(id) = id
        && !gates::find(&mut cx, id).await?.edits
    {
        return Err(refused());
    }
    let today = duty::units::today(&mut cx).await?;
    for fault in new.faults(today) {
        errors.add(fault.field, me.w.by_key(fault.key));
    }
    if !errors.is_empty() {
        return Ok(None);
    }
    let id = match id {
        Some(id) => {
            gates::edit(&mut cx, id, &new).await?;
            id
        }
        None => gates::make(&mut cx, &new).await?,
    };
    cx.commit().await?;
    Ok(Some(id))
}

/// A gate as its form tells of it.
fn written(gate: &Gate, organisation: String) -> Typed {
    let some = |number: Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
    let pairs = [
        ("name", gate.name.clone()),
        ("kind", gate.kind.as_str().to_owned()),
        ("unit", gate.unit.to_string()),
        ("organisation", organisation),
        ("place", gate.place.map(|place| place.to_string()).unwrap_or_default()),
        ("point", gate.point.map(|(lat, lon)| format!("{lat}, {lon}")).unwrap_or_default()),
        ("capacity", some(gate.capacity)),
        ("role", gate.role.as_str().to_owned()),
        ("sample_of", some(gate.sample_of)),
        ("from", shown_date(gate.active_from)),
        ("until", gate.active_until.map(shown_date).unwrap_or_default()),
    ];
    Typed(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

async fn show(me: &Me, id: Option<GateId>, typed: &Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "gates").await?;
    let name = match id {
        Some(id) => {
            let one = gates::find(&mut frame.cx, id).await?;
            if !one.edits {
                return Err(refused().into());
            }
            Some(one.gate.name)
        }
        None => None,
    };
    let places = places(&mut frame, typed.of("place")).await?;
    let w = me.w;
    let line = |name: &'static str, label: String| Question::line(name, label, typed.of(name));
    let kinds = Kind::ALL.iter().map(|one| word(one.as_str(), kind(w, *one), typed.of("kind"))).collect();
    let roles = Role::ALL.iter().map(|one| word(one.as_str(), role(w, *one), typed.of("role"))).collect();
    let mut questions = vec![
        line("name", w.gate_name()).hint(w.gate_name_hint()),
        Question::choice("kind", w.gate_kind(), kinds).hint(w.gate_kind_hint()),
        Question::choice("role", w.gate_role(), roles),
        Question::choice("unit", w.gate_unit(), units(me, &frame, typed.of("unit"))),
        line("organisation", w.gate_organisation_code()).hint(w.gate_organisation_hint()),
        line("capacity", w.gate_capacity()).hint(w.gate_capacity_hint()),
        line("sample_of", w.gate_sample()).hint(w.gate_sample_hint()),
        line("point", w.gate_point()).hint(w.gate_point_hint()),
        line("from", w.gate_from()).hint(w.gate_from_hint()),
        line("until", w.gate_until()).hint(w.gate_until_hint()),
    ];
    if let Some(places) = places {
        questions.insert(5, Question::choice("place", w.gate_place(), places).hint(w.gate_place_hint()));
    }
    let wrong = !errors.is_empty();
    let (back, back_label, title) = match (id, name) {
        (Some(id), Some(name)) => (me.at(format!("gates/{id}")), name, w.gate_do_edit()),
        _ => (me.at("gates"), w.nav_gates(), w.gate_do_new()),
    };
    let sheet = Sheet {
        action: id.map_or_else(|| me.at("gates/new"), |id| me.at(format!("gates/{id}/edit"))),
        title,
        back,
        back_label,
        hint: w.gate_form_hint(),
        questions,
        errors,
        d: frame.d,
    };
    form_page(&sheet, wrong)
}

fn word(value: &str, label: String, chosen: &str) -> Choice {
    (value.to_owned(), label, value == chosen)
}

/// The units that may answer for a gate: wards and those at their side, as far as one commands them.
fn units(me: &Me, frame: &Frame, chosen: &str) -> Vec<Choice> {
    let allowed = allowed_units(&me.actor, Action::GateEdit);
    let mine = |unit: UnitId| allowed.as_ref().is_none_or(|allowed| allowed.contains(&unit));
    let answers = |kind: UnitKind| !matches!(kind, UnitKind::Quarter | UnitKind::Neighbourhood);
    let units = frame.tree.iter().filter(|unit| answers(unit.kind) && mine(unit.id));
    let mut units: Vec<Choice> = units
        .map(|unit| word(&unit.id.to_string(), frame::name(&frame.tree, &frame.d, Some(unit.id)), chosen))
        .collect();
    units.sort_by_cached_key(|(_, name, _)| kernel::text::search_key(name));
    units
}

/// Places of tracing; `None` for those who see none.
async fn places(frame: &mut Frame, chosen: &str) -> Result<Option<Vec<Choice>>> {
    match places::to_choose(&mut frame.cx).await {
        Ok(places) => Ok(Some(
            places.iter().map(|place| word(&place.id.to_string(), place.name.clone(), chosen)).collect(),
        )),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}
