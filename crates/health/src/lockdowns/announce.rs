//! What the public reads.

use super::{decide, model, sql};
use kernel::{HouseholdId, LockdownId, Result};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Other words for the public page.
///
/// Errors: `NotFound`; `Forbidden`; `words_vi`, `words_en`: `error-text-missing`, `error-text-too-long`,
/// `error-lockdown-words-private`, `error-lockdown-words-number`; Conflict `error-lockdown-lifted`.
pub async fn announce(cx: &mut Cx, id: LockdownId, vi: &str, en: &str) -> Result<()> {
    let kept = decide::claim(cx, id).await?;
    let mut faults = Vec::new();
    let vi = model::words(&mut faults, "words_vi", vi);
    let en = model::words(&mut faults, "words_en", en);
    if !faults.is_empty() {
        return Err(decide::first(&faults));
    }
    let inside: Vec<HouseholdId> = sql::inside(cx, id).await?.into_iter().map(|row| row.id).collect();
    decide::published(cx, &inside, &vi, &en).await?;
    sql::set_words(cx, id, &vi, &en).await?;
    // What stood there before stays on record: somebody may have read it.
    cx.record(
        Event::new("lockdown.announced", id)
            .unit(kept.ward)
            .data(json!({}))
            .payload(json!({ "before": [kept.words_vi, kept.words_en] })),
    );
    cx.tell(Topic::screen("lockdowns"));
    Ok(())
}
