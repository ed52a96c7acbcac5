//! What is done about a gate by one press or one small form: a zone is set, a telephone removed.

use super::form::{Sheet, refused};
use crate::{
    Me,
    frame::Frame,
    questions::{Choice, Question, Typed},
};
use axum::{Form, extract::Path};
use health::gates::{self, Setting, Zone};
use kernel::{DeviceId, Error, GateId, Result, dates};
use pages::{Outcome, form_page, forms::Errors, see_other};

/// `GET /{tenant}/desk/gates/{id}/zone`
pub async fn zone_form(me: Me, Path((_, id)): Path<(String, GateId)>) -> Outcome {
    show(&me, id, None, Errors::default()).await
}

/// `POST /{tenant}/desk/gates/{id}/zone`
pub async fn zone(
    me: Me,
    Path((_, id)): Path<(String, GateId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    match set(&me, id, &typed).await {
        Ok(()) => Ok(see_other(&me.at(format!("gates/{id}?done=zone")))),
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            show(&me, id, Some(&typed), errors).await
        }
    }
}

async fn set(me: &Me, id: GateId, typed: &Typed) -> Result<()> {
    let mut cx = me.begin().await?;
    // Who may not is told so before what is missing.
    if !gates::find(&mut cx, id).await?.edits {
        return Err(refused());
    }
    let setting = Setting::read(typed.of("zone"), typed.of("level"))?;
    let today = duty::units::today(&mut cx).await?;
    let from = match typed.of("from").trim() {
        "" => today,
        text => dates::parse_date_near(text, today).map_err(|error| Error::invalid("from", error.key))?,
    };
    gates::set_zone(&mut cx, id, setting, from).await?;
    cx.commit().await
}

async fn show(me: &Me, id: GateId, typed: Option<&Typed>, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "gates").await?;
    let one = gates::find(&mut frame.cx, id).await?;
    if !one.edits {
        return Err(refused().into());
    }
    let (w, now, wrong) = (me.w, one.gate.setting, !errors.is_empty());
    let known = |name: &str, now: Option<String>| {
        typed.map_or(now.unwrap_or_default(), |typed| typed.of(name).to_owned())
    };
    let zone = known("zone", now.zone.map(|zone| zone.as_str().to_owned()));
    let level = known("level", now.level.map(|level| level.to_string()));
    let zones = Zone::ALL
        .iter()
        .map(|one| {
            (one.as_str().to_owned(), w.by_key(&format!("gate-zone-{}", one.as_str())), one.as_str() == zone)
        })
        .collect();
    let levels: Vec<Choice> = (1..=4)
        .map(|one: i16| (one.to_string(), w.gate_level_of(one.to_string()), one.to_string() == level))
        .collect();
    let questions = vec![
        Question::choice("zone", w.gate_zone(), zones),
        Question::choice("level", w.gate_level(), levels),
        Question::line("from", w.gate_zone_from(), &known("from", None)).hint(w.gate_zone_from_hint()),
    ];
    let sheet = Sheet {
        title: w.gate_do_zone(),
        back: me.at(format!("gates/{id}")),
        back_label: one.gate.name,
        action: me.at(format!("gates/{id}/zone")),
        hint: w.gate_zone_hint(),
        questions,
        errors,
        d: frame.d,
    };
    form_page(&sheet, wrong)
}

/// `POST /{tenant}/desk/gates/{id}/devices/{device}/remove`: at once, without asking again: a telephone is enrolled
/// anew in a minute.
pub async fn remove(
    me: Me,
    Path((_, id, device)): Path<(String, GateId, DeviceId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    me.check(Typed(pairs).of("csrf"))?;
    let mut cx = me.begin().await?;
    match gates::remove(&mut cx, device).await {
        Ok(()) => cx.commit().await?,
        // Pressed twice, or by two at once: it is gone.
        Err(Error::Conflict("error-gate-device-removed")) => {}
        Err(other) => return Err(other.into()),
    }
    Ok(see_other(&me.at(format!("gates/{id}?done=removed"))))
}
