//! The end of a lockdown, by a decision and by nothing else.

use super::{decide, model, sql};
use duty::{rosters, units};
use kernel::{Error, LockdownId, Result};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Lifts a point. Its unit ends with this day, so nobody is missed at its gate tonight.
///
/// Errors: `NotFound`; `Forbidden`; `number`: `error-text-missing`; `lift_on`: those of a day,
/// `error-date-future`, `error-lockdown-lift-early`; Conflict `error-lockdown-lifted`.
pub async fn lift(cx: &mut Cx, id: LockdownId, number: &str, on: &str) -> Result<()> {
    let kept = decide::claim(cx, id).await?;
    let today = units::today(cx).await?;
    let mut faults = Vec::new();
    let number = model::text(&mut faults, "number", number, 60);
    let on = model::day_of_decision(&mut faults, "lift_on", on, today);
    let Some(on) = on.filter(|_| faults.is_empty()) else { return Err(decide::first(&faults)) };
    if on < kept.decision_on {
        return Err(Error::invalid("lift_on", "error-lockdown-lift-early"));
    }
    sql::lift(cx, id, &number, on).await?;
    cx.record(
        Event::new("lockdown.lifted", id).unit(kept.ward).data(json!({ "number": number, "lift_on": on })),
    );
    rosters::stand_down(cx, kept.unit).await?;
    units::dissolve(cx, kept.unit, today).await?;
    cx.tell(Topic::screen("lockdowns"));
    Ok(())
}
