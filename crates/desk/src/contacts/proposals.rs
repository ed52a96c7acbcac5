//! All proposals of a case at once: listed by one press, or dismissed with a reason.

use super::name::may;
use crate::{
    Me,
    frame::Frame,
    traces::{FormPage, fault},
};
use axum::{
    Form,
    extract::{Path, Query},
};
use health::contacts;
use kernel::{CaseId, ContactId, Error, Result};
use pages::{Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The last whom the page has shown: who was proposed since waits for his turn.
    until: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    why: String,
}

/// `GET /{tenant}/desk/cases/{id}/proposals/dismiss`
pub async fn form(
    me: Me,
    Path((_, id, act)): Path<(String, CaseId, String)>,
    Query(asked): Query<Asked>,
) -> Outcome {
    if act != "dismiss" {
        return Err(Error::NotFound.into());
    }
    show(&me, id, &asked, String::new(), Errors::default()).await
}

/// `POST /{tenant}/desk/cases/{id}/proposals/{act}`
pub async fn act(
    me: Me,
    Path((_, id, act)): Path<(String, CaseId, String)>,
    Query(asked): Query<Asked>,
    Form(typed): Form<Typed>,
) -> Outcome {
    me.check(&typed.csrf)?;
    let done = match act.as_str() {
        "take" | "dismiss" => decide(&me, id, &act, &asked, &typed.why).await,
        _ => Err(Error::NotFound),
    };
    match done {
        Ok(()) => Ok(see_other(&me.at(format!("cases/{id}?done=proposals-{act}#contacts")))),
        // Pressed twice, or somebody else was quicker.
        Err(Error::Conflict("error-contact-over")) => {
            Ok(see_other(&me.at(format!("cases/{id}?done=proposals-over#contacts"))))
        }
        Err(Error::Invalid { field, key }) => {
            let mut errors = Errors::default();
            errors.add(field, fault(&me, field, key));
            show(&me, id, &asked, typed.why, errors).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn decide(me: &Me, id: CaseId, act: &str, asked: &Asked, why: &str) -> Result<()> {
    let mut cx = me.begin().await?;
    let until = asked.until.parse::<ContactId>();
    match (act, until) {
        ("take", Ok(until)) => contacts::take_all(&mut cx, id, until).await?,
        ("dismiss", Ok(until)) => contacts::dismiss(&mut cx, id, until, why).await?,
        _ => {
            // Whoever may not decides nothing, whatever he sent.
            may(me, &mut Frame::new(me, "cases").await?, id).await?;
            return Err(Error::Conflict("error-contact-over"));
        }
    };
    cx.commit().await
}

async fn show(me: &Me, id: CaseId, asked: &Asked, why: String, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let case = may(me, &mut frame, id).await?;
    let (w, wrong) = (me.w, !errors.is_empty());
    // Only an id goes back into the address.
    let until = asked.until.parse::<ContactId>().map(|until| format!("?until={until}")).unwrap_or_default();
    let action = me.at(format!("cases/{id}/proposals/dismiss{until}"));
    let name = case.person.full_name.clone();
    let back = (me.at(format!("cases/{id}")), w.case_back(name.as_str()));
    let page = FormPage {
        hint: w.contact_dismiss_hint(),
        name,
        words: Some(("why", w.case_why(), why)),
        ..FormPage::new(&frame, back, action, w.contact_do_dismiss(), errors)
    };
    form_page(&page, wrong)
}
