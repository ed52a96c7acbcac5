use super::{Item, Reason, sql};
use crate::followups;
use duty::permissions::{Action, Permit, Scope};
use jiff::Timestamp;
use kernel::{BagId, Error, Result, StaffId, UnitId};
use serde_json::json;
use store::{Cx, Event, Topic};

/// More of one thing than this is a slip of the pen.
pub const STOCKED: i32 = 100_000;

/// How much of something a unit has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub item: Item,
    /// Below zero: more was given than was known of.
    pub n: i32,
    /// The last count or receipt; `None` where nobody has said what there is.
    pub counted_at: Option<Timestamp>,
}

/// One change of a stock.
#[derive(Clone, Debug)]
pub struct Move {
    pub item: Item,
    pub n: i32,
    pub reason: Reason,
    pub at: Timestamp,
    pub by: Option<StaffId>,
}

/// The units whose stock the actor may look at: those that have a list.
pub async fn units(cx: &mut Cx) -> Result<Vec<UnitId>> {
    followups::lists(cx).await
}

/// What a unit has, one line for each thing.
///
/// Errors: `NotFound` for a unit whose households the actor does not see.
pub async fn lines_of(cx: &mut Cx, unit: UnitId) -> Result<Vec<Line>> {
    cx.permit_sight(Action::CareSee, Scope::Units(&[unit]))?;
    lines(cx, unit).await
}

/// The same where the permission has been asked.
pub(crate) async fn lines(cx: &mut Cx, unit: UnitId) -> Result<Vec<Line>> {
    let known = sql::lines(cx, unit).await?;
    let line = |item: &Item| {
        let known = known.iter().find(|line| line.item == *item).copied();
        known.unwrap_or(Line { item: *item, n: 0, counted_at: None })
    };
    Ok(Item::ALL.iter().map(line).collect())
}

/// The newest changes of a unit's stock.
///
/// Errors: `NotFound` for a unit whose households the actor does not see.
pub async fn moves(cx: &mut Cx, unit: UnitId, limit: i64) -> Result<Vec<Move>> {
    cx.permit_sight(Action::CareSee, Scope::Units(&[unit]))?;
    sql::moves(cx, unit, limit).await
}

/// Writes down what came in, what was counted, or what was spoilt; how much there is by it.
///
/// Errors: `NotFound`, `Forbidden`; `unit`, `reason`: `error-choice-unknown`; `n`: `error-stock-number`,
/// `error-stock-spoilt` where more is spoilt than there is.
pub async fn enter(cx: &mut Cx, unit: UnitId, reason: Reason, item: Item, n: i32) -> Result<i32> {
    cx.permit_sight(Action::CareSee, Scope::Units(&[unit]))?;
    cx.permit(Action::CareRecord, Scope::Units(&[unit]))?;
    if !units(cx).await?.contains(&unit) {
        return Err(Error::invalid("unit", "error-choice-unknown"));
    }
    let least = i32::from(reason != Reason::Counted);
    if !(least..=STOCKED).contains(&n) {
        return Err(Error::invalid("n", "error-stock-number"));
    }
    let before = sql::lock(cx, unit, item).await?.map_or(0, |(n, _)| n);
    let change = match reason {
        Reason::Received => n,
        Reason::Counted => n - before,
        Reason::Spoilt if n > before => return Err(Error::invalid("n", "error-stock-spoilt")),
        Reason::Spoilt => -n,
        // Told by the bag itself.
        Reason::Given | Reason::Returned | Reason::Opened => {
            return Err(Error::invalid("reason", "error-choice-unknown"));
        }
    };
    let known = reason != Reason::Spoilt;
    let left = sql::change(cx, unit, item, change, known).await?;
    sql::note(cx, unit, item, change, reason, None).await?;
    let kind = match reason {
        Reason::Received => "stock.received",
        Reason::Counted => "stock.counted",
        _ => "stock.spoilt",
    };
    cx.record(Event::new(kind, unit).unit(unit).data(json!({ "item": item, "n": change, "left": left })));
    cx.tell(Topic::screen("followups"));
    Ok(left)
}

/// Takes one out for a bag that is handed over; what is left.
///
/// Errors: Conflict `error-stock-empty` where there is none and it was not said that it is given all the
/// same.
pub(crate) async fn take(cx: &mut Cx, unit: UnitId, item: Item, bag: BagId, short: bool) -> Result<i32> {
    let known = sql::lock(cx, unit, item).await?;
    if known.is_some_and(|(n, counted_at)| n <= 0 && counted_at.is_some()) && !short {
        return Err(Error::Conflict("error-stock-empty"));
    }
    let left = sql::change(cx, unit, item, -1, false).await?;
    sql::note(cx, unit, item, -1, Reason::Given, Some(bag)).await?;
    Ok(left)
}

/// A whole bag came back.
pub(crate) async fn put_back(cx: &mut Cx, unit: UnitId, item: Item, bag: BagId) -> Result<()> {
    sql::change(cx, unit, item, 1, false).await?;
    sql::note(cx, unit, item, 1, Reason::Returned, Some(bag)).await
}

/// An opened bag came back and is destroyed: the stock was less by it from the day on which it was given.
pub(crate) async fn destroy(cx: &mut Cx, unit: UnitId, item: Item, bag: BagId) -> Result<()> {
    sql::note(cx, unit, item, 0, Reason::Opened, Some(bag)).await
}
