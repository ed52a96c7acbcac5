//! What the program proposes for a case, decided at once: a factory of hundreds is no hundred forms. Proposals
//! hold no ticket open; they stand on the page of the case as a figure until somebody decides.

use super::{act::WHY_CAP, model::State, sql, trace};
use crate::cases;
use kernel::{CaseId, ContactId, Error, Result, text::line};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Lists everybody who is proposed for a case up to this one, the last whom somebody has seen: who was
/// proposed since waits. How many they were.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-not-an-f0`, `error-contact-over` where nobody is
/// proposed any more.
pub async fn take_all(cx: &mut Cx, id: CaseId, until: ContactId) -> Result<usize> {
    let case = cases::claim_traced(cx, id).await?;
    if !case.is_f0() {
        return Err(Error::Conflict("error-not-an-f0"));
    }
    cases::lock_traced(cx, id).await?;
    let taken = sql::list_all(cx, id, until).await?;
    if taken.is_empty() {
        return Err(Error::Conflict("error-contact-over"));
    }
    cx.record(
        Event::new("contact.taken", id).unit(case.ward).data(json!({ "contacts": taken, "n": taken.len() })),
    );
    decided(cx, id).await?;
    Ok(taken.len())
}

/// Nobody who is proposed for a case up to this one was near it, with the reason in words. How many they
/// were.
///
/// Errors: as for [`take_all`]; `why`: `error-reason-missing`, `error-text-too-long`.
pub async fn dismiss(cx: &mut Cx, id: CaseId, until: ContactId, why: &str) -> Result<usize> {
    let case = cases::claim_traced(cx, id).await?;
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    cases::lock_traced(cx, id).await?;
    let dismissed = sql::proposed(cx, id, until).await?;
    if dismissed.is_empty() {
        return Err(Error::Conflict("error-contact-over"));
    }
    for contact in &dismissed {
        sql::end(cx, *contact, State::NotAContact, Some(&why)).await?;
    }
    cx.record(
        Event::new("contact.dismissed", id)
            .unit(case.ward)
            .data(json!({ "contacts": dismissed, "n": dismissed.len() }))
            .payload(json!({ "why": why })),
    );
    decided(cx, id).await?;
    Ok(dismissed.len())
}

async fn decided(cx: &mut Cx, id: CaseId) -> Result<()> {
    cases::begin_trace(cx, id).await?;
    cx.tell(Topic::screen("tracing"));
    trace::settle(cx, id).await
}
