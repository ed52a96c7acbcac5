//! Putting a place on record.

use crate::{
    Me,
    frame::Frame,
    traces::{FormPage, Question, fault, wards, words},
};
use axum::{Form, extract::Path};
use duty::{
    organisations,
    permissions::{Action, Scope, permits},
};
use health::places::{self, Kind, NewPlace};
use kernel::{Error, PlaceId, Result, UnitId};
use pages::{Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    name: String,
    kind: String,
    ward: String,
    address: String,
    point: String,
    organisation: String,
}

impl Typed {
    fn place(&self) -> NewPlace {
        NewPlace {
            name: self.name.clone(),
            kind: self.kind.parse().ok(),
            ward: self.ward.parse::<UnitId>().ok(),
            address: self.address.clone(),
            point: self.point.clone(),
            organisation: None,
        }
    }
}

/// `GET /{tenant}/desk/places/new`
pub async fn form(me: Me) -> Outcome {
    show(&me, Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/places/new`
pub async fn record(me: Me, Path(_): Path<String>, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut errors = Errors::default();
    match keep(&me, &typed, &mut errors).await {
        Ok(Some((id, made))) => {
            let done = if made { "recorded" } else { "known" };
            Ok(see_other(&me.at(format!("places/{id}?done={done}"))))
        }
        Ok(None) => show(&me, typed, errors).await,
        Err(Error::Invalid { field, key }) => {
            errors.add(field, fault(&me, field, key));
            show(&me, typed, errors).await
        }
        Err(other) => Err(other.into()),
    }
}

/// The place, and whether it is new; `None` when something must be mended first, which `errors` then tell.
async fn keep(me: &Me, typed: &Typed, errors: &mut Errors) -> Result<Option<(PlaceId, bool)>> {
    may(me)?;
    let mut new = typed.place();
    for wrong in new.faults() {
        errors.add(wrong.field, fault(me, wrong.field, wrong.key));
    }
    let mut cx = me.begin().await?;
    if !typed.organisation.trim().is_empty() {
        match organisations::by_code(&mut cx, &typed.organisation).await {
            Ok(organisation) => new.organisation = Some(organisation),
            Err(Error::Invalid { field, key }) => errors.add(field, fault(me, field, key)),
            Err(other) => return Err(other),
        }
    }
    if !errors.is_empty() {
        return Ok(None);
    }
    let kept = places::record(&mut cx, &new).await?;
    cx.commit().await?;
    Ok(Some(kept))
}

fn may(me: &Me) -> Result<()> {
    if permits(&me.actor, Action::CaseRecord, Scope::Tenant) {
        Ok(())
    } else {
        Err(Error::Forbidden(Action::CaseRecord.as_str()))
    }
}

async fn show(me: &Me, typed: Typed, errors: Errors) -> Outcome {
    may(me)?;
    let frame = Frame::new(me, "contacts").await?;
    let (w, wrong) = (me.w, !errors.is_empty());
    let kinds = Kind::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), words::place_kind(w, *one), typed.kind == one.as_str()))
        .collect();
    let page = FormPage {
        hint: w.place_record_hint(),
        questions: vec![
            Question::line("name", w.place_name(), w.place_name_hint(), &typed.name),
            Question::choice("kind", w.place_kind(), kinds),
            Question::choice("ward", w.case_ward(), wards(&frame, &typed.ward)),
            Question::line("address", w.case_address(), String::new(), &typed.address),
            Question::line("point", w.place_point(), w.place_point_hint(), &typed.point),
            Question::line(
                "organisation",
                w.place_organisation(),
                w.place_organisation_hint(),
                &typed.organisation,
            ),
        ],
        ..FormPage::new(
            &frame,
            (me.at("places"), w.trace_tab_places()),
            me.at("places/new"),
            w.place_do_record(),
            errors,
        )
    };
    form_page(&page, wrong)
}
