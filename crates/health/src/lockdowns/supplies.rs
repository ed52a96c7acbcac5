//! What those inside ask for, and whether it came.

use super::{decide, model::Supply, sql};
use duty::permissions::{Action, Permit, Scope};
use jiff::Timestamp;
use kernel::{Error, LockdownId, Result, SupplyId, text::line};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Longest text of what is asked for, in characters.
const WORDS_CAP: usize = 300;

/// Something asked for, as the page shows it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub id: SupplyId,
    pub kind: Supply,
    pub words: Option<String>,
    pub asked_at: Timestamp,
    pub met_at: Option<Timestamp>,
}

/// Writes down what those inside ask for: whoever works at the point may, and whoever sees it.
///
/// Errors: `NotFound`; `words`: `error-text-too-long`, and `error-text-missing` for what is of no kind;
/// Conflict `error-lockdown-lifted`.
pub async fn ask(cx: &mut Cx, id: LockdownId, kind: Supply, words: &str) -> Result<SupplyId> {
    let kept = working(cx, id).await?;
    let words = line(words, WORDS_CAP).map_err(|error| Error::invalid("words", error.key))?;
    if words.is_empty() && kind == Supply::Other {
        return Err(Error::invalid("words", "error-text-missing"));
    }
    let supply = cx.id::<SupplyId>();
    sql::ask(cx, supply, id, kind, &words).await?;
    cx.record(
        Event::new("lockdown.supply_asked", id)
            .unit(kept.ward)
            .data(json!({ "supply": supply, "kind": kind })),
    );
    cx.tell(Topic::screen("lockdowns"));
    Ok(supply)
}

/// It has come. Of which point.
///
/// Errors: `NotFound`; Conflict `error-lockdown-supply-met`, `error-lockdown-lifted`.
pub async fn meet(cx: &mut Cx, supply: SupplyId) -> Result<LockdownId> {
    let id = sql::supply_of(cx, supply).await?;
    let kept = working(cx, id).await?;
    if !sql::meet(cx, supply).await? {
        return Err(Error::Conflict("error-lockdown-supply-met"));
    }
    cx.record(Event::new("lockdown.supply_met", id).unit(kept.ward).data(json!({ "supply": supply })));
    cx.tell(Topic::screen("lockdowns"));
    Ok(id)
}

/// A point in force that the actor sees, locked.
async fn working(cx: &mut Cx, id: LockdownId) -> Result<sql::Kept> {
    let kept = sql::lock(cx, id).await?;
    let concerned = decide::concerned(cx, &kept).await?;
    cx.permit_sight(Action::CareSee, Scope::Units(&concerned))?;
    decide::open(kept)
}
