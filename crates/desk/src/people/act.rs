//! What is done about a person: one form each.

use super::{carer, decide, part};
use crate::Me;
use axum::{
    Form,
    extract::{Path, Query},
};
use kernel::{Error, PersonId};
use pages::Outcome;
use serde::Deserialize;

/// What an address says beside its path.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The other record of a pair.
    pub other: String,
    /// Who acts for the person.
    pub carer: String,
}

/// A form as it was sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub csrf: String,
    pub other: String,
    /// What was decided.
    pub to: String,
    pub why: String,
    /// Somebody on record who is to act, or who acts.
    pub carer: String,
    pub full_name: String,
    pub birth: String,
    pub phone: String,
    pub kind: String,
    pub consent: String,
}

/// `GET /{tenant}/desk/people/{id}/{act}`
pub async fn form(
    me: Me,
    Path((_, id, act)): Path<(String, PersonId, String)>,
    Query(asked): Query<Asked>,
) -> Outcome {
    match act.as_str() {
        "decide" => decide::page(&me, id, &asked).await,
        "part" => part::page(&me, id).await,
        "carer" => carer::page(&me, id).await,
        "end-carer" => carer::end_page(&me, id, &asked).await,
        _ => Err(Error::NotFound.into()),
    }
}

/// `POST /{tenant}/desk/people/{id}/{act}`
pub async fn act(
    me: Me,
    Path((_, id, act)): Path<(String, PersonId, String)>,
    Form(typed): Form<Typed>,
) -> Outcome {
    me.check(&typed.csrf)?;
    match act.as_str() {
        "decide" => decide::decide(&me, id, typed).await,
        "part" => part::part(&me, id, typed).await,
        "carer" => carer::add(&me, id, typed).await,
        "end-carer" => carer::end(&me, id, typed).await,
        _ => Err(Error::NotFound.into()),
    }
}
