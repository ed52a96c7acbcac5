//! Taking a list back.

use super::{
    import::{self, State},
    sql, sql_rows,
};
use crate::{cases, followups, samples};
use duty::tickets;
use kernel::{Error, ImportId, Result, text::paragraphs};
use serde_json::json;
use store::{Cx, Event, Topic};

/// What asking to take a list back came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    Done {
        cases: u64,
        results: u64,
    },
    /// On so many of its cases somebody has acted; nothing was changed.
    Refused {
        acted: u64,
    },
}

/// Takes an applied list off the record: its results and cases, the people it made, and the tickets
/// that rang for it. Only while nobody has acted on any of its cases. What it told of people who
/// were known before (a phone, an address, a ward) stays with them.
///
/// Errors: `NotFound`; `Conflict` `error-import-not-applied`; `why`: `error-reason-missing`,
/// `error-text-too-long`.
pub async fn undo(cx: &mut Cx, id: ImportId, why: &str) -> Result<Undone> {
    let import = sql::lock(cx, id).await?;
    import::permit(cx, import.unit).await?;
    if import.state != State::Applied {
        return Err(Error::Conflict("error-import-not-applied"));
    }
    let why = paragraphs(why, 500).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    let (matters, made) = sql_rows::brought(cx, id).await?;
    let acted = cases::acted_upon(cx, id, &matters).await? + followups::heard_of(cx, id).await?;
    if acted > 0 {
        return Ok(Undone::Refused { acted: acted.unsigned_abs() });
    }
    let withdrawn = cases::withdraw(cx, id, &matters, &made, &why).await?;
    followups::give_up(cx, id).await?;
    samples::give_up(cx, id).await?;
    if let Some(ticket) = sql::unmatched_ticket(cx, id).await? {
        tickets::withdraw(cx, ticket, "Danh sách kết quả đã được hoàn tác.").await?;
    }
    sql_rows::undone(cx, id).await?;
    sql::set_state(cx, id, State::Undone).await?;
    cx.record(
        Event::new("import.undone", id)
            .unit(import.unit)
            .data(json!({ "cases": withdrawn.cases, "results": withdrawn.results }))
            .payload(json!({ "why": why })),
    );
    cx.tell(Topic::screen("imports"));
    Ok(Undone::Done { cases: withdrawn.cases, results: withdrawn.results })
}
