//! When an illness began, how it ended, and whether it is severe.

use super::{
    model::{Care, Classification, Ending, FIRST_DAY},
    moves::{claim, reason, with_reason},
    record::tell,
    sql::{self, Locked},
    sql_outcome,
};
use crate::people::{self, Birth};
use duty::units;
use jiff::civil::Date;
use kernel::{CaseId, Error, Result, UnitId};
use serde_json::json;
use store::{Cx, Event};

/// Records how a case ended; said again with another end or day, the newer word holds and the older
/// stays in the history. Whoever is followed at home for it is so no longer: desks go through
/// `followups::end_case`.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-case-unchanged`, `error-not-a-case`; `outcome_on`:
/// `error-date-future`, `error-day-before-birth`, `error-outcome-before-onset`; `why`.
pub async fn end(cx: &mut Cx, id: CaseId, ending: Ending, on: Date, why: &str) -> Result<()> {
    let case = claim(cx, id).await?;
    let why = reason(why, false)?;
    write_end(cx, id, &case, ending, on, why).await
}

/// The same by an act that ends the case with it; its permission has been asked.
pub(crate) async fn ended(cx: &mut Cx, id: CaseId, ending: Ending, on: Date) -> Result<()> {
    let case = sql::lock(cx, id).await?;
    write_end(cx, id, &case, ending, on, String::new()).await
}

async fn write_end(
    cx: &mut Cx,
    id: CaseId,
    case: &Locked,
    ending: Ending,
    on: Date,
    why: String,
) -> Result<()> {
    if case.classification == Classification::NotACase {
        return Err(Error::Conflict("error-not-a-case"));
    }
    if case.outcome == Some((ending, on)) {
        return Err(Error::Conflict("error-case-unchanged"));
    }
    in_life(cx, case, "outcome_on", on).await?;
    if case.onset_on.is_some_and(|onset| on < onset) {
        return Err(Error::invalid("outcome_on", "error-outcome-before-onset"));
    }
    sql_outcome::end(cx, id, ending, on).await?;
    let before = case.outcome.map(|(ending, on)| json!({ "as": ending, "on": on }));
    let event = Event::new("case.ended", id)
        .unit(case.ward)
        .data(json!({ "as": ending, "on": on, "before": before }));
    cx.record(with_reason(event, why));
    tell(cx);
    Ok(())
}

/// Records the day on which the illness began. The plan that follows it keeps its days; only a
/// person moves them (`followups::restart`).
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-case-unchanged`; `onset_on`: `error-date-future`,
/// `error-day-before-birth`, `error-onset-before-epidemic`, `error-onset-after-outcome`.
pub async fn set_onset(cx: &mut Cx, id: CaseId, on: Date) -> Result<()> {
    let case = claim(cx, id).await?;
    if case.onset_on == Some(on) {
        return Err(Error::Conflict("error-case-unchanged"));
    }
    in_life(cx, &case, "onset_on", on).await?;
    if on < FIRST_DAY {
        return Err(Error::invalid("onset_on", "error-onset-before-epidemic"));
    }
    if case.outcome.is_some_and(|(_, end)| on > end) {
        return Err(Error::invalid("onset_on", "error-onset-after-outcome"));
    }
    sql_outcome::set_onset(cx, id, on).await?;
    cx.record(
        Event::new("case.onset_set", id).unit(case.ward).data(json!({ "from": case.onset_on, "to": on })),
    );
    tell(cx);
    Ok(())
}

/// Records that the illness is severe from now on, or no longer.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-case-unchanged`.
pub async fn set_severe(cx: &mut Cx, id: CaseId, severe: bool) -> Result<()> {
    let case = claim(cx, id).await?;
    if case.severe_since.is_some() == severe {
        return Err(Error::Conflict("error-case-unchanged"));
    }
    sql_outcome::set_severe(cx, id, severe).await?;
    cx.record(
        Event::new("case.severe_set", id)
            .unit(case.ward)
            .data(json!({ "severe": severe, "since": case.severe_since })),
    );
    tell(cx);
    Ok(())
}

/// Where a case is cared for from now on, by an act whose permission has been asked: the house that
/// took the patient in, where it is a unit of this tenant. Done again it changes nothing.
pub(crate) async fn admit(cx: &mut Cx, id: CaseId, to: Care, facility: Option<UnitId>) -> Result<()> {
    let case = sql::lock(cx, id).await?;
    if (case.care, case.facility) == (to, facility) {
        return Ok(());
    }
    sql::move_care(cx, id, to, facility).await?;
    cx.record(
        Event::new("case.moved", id)
            .unit(case.ward)
            .data(json!({ "from": case.care, "to": to, "facility": facility })),
    );
    tell(cx);
    Ok(())
}

/// A day of the past, in the life of the person.
async fn in_life(cx: &mut Cx, case: &Locked, field: &'static str, on: Date) -> Result<()> {
    if on > units::today(cx).await? {
        return Err(Error::invalid(field, "error-date-future"));
    }
    let unborn = match people::births(cx, &[case.person]).await?.get(&case.person) {
        Some(Birth::Day(born)) => on < *born,
        Some(Birth::Year(year)) => on.year() < *year,
        None => false,
    };
    if unborn { Err(Error::invalid(field, "error-day-before-birth")) } else { Ok(()) }
}
