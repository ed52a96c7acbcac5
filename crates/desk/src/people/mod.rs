//! People whom the centre knows: records that may be of one person, side by side, and the decision about
//! them; one person with his cases, who may act for him and who has opened his record. Lists show nothing
//! sealed, numbers are masked.

mod act;
mod carer;
mod decide;
mod page;
mod pair;
mod part;
mod queue;
mod words;

use crate::{Me, cases::may, frame::Frame};
use axum::{Router, routing::get};
use duty::permissions::Action;
use kernel::{Error, PersonId, Result, UnitId};
use pages::{App, forms::Errors};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/people/duplicates", get(queue::list))
        .route("/{tenant}/desk/people/{id}", get(page::page))
        .route("/{tenant}/desk/people/{id}/{act}", get(act::form).post(act::act))
}

/// Where a form about two people is refused to those who do not record the cases of both wards.
fn must(me: &Me, frame: &Frame, wards: &[Option<UnitId>]) -> Result<()> {
    let all = wards.iter().all(|ward| may(me, frame, Action::CaseRecord, *ward));
    if all { Ok(()) } else { Err(Error::Forbidden(Action::CaseRecord.as_str())) }
}

/// What is wrong with a form that asks why.
fn told(me: &Me, error: Error) -> Result<Errors> {
    let mut errors = Errors::default();
    match error {
        Error::Invalid { field: "why", key: "error-text-too-long" } => {
            errors.add("why", me.w.case_text_too_long("200"));
        }
        other => errors.take(me.w, other)?,
    }
    Ok(errors)
}

fn at(me: &Me, id: PersonId) -> String {
    me.at(format!("people/{id}"))
}
