//! What no event tells of: a business and a gate end with a day, an import is undone and with it somebody who lived in
//! a household; and what was so before passes followed it. Looked for once a minute, businesses all of them, the rest
//! as a slow round over every pass that holds.

use super::{marks::Marks, sql::Kept, sql_hold, sql_turn, turn};
use duty::units;
use kernel::Result;
use store::Cx;

/// Passes that are looked at in a minute: a hundred thousand are gone round in less than four hours.
const RUN: usize = 500;

/// Each in a transaction of its own: passes are held for no longer than it takes to turn them, and are let go before
/// anybody signs a list. What fails keeps nobody from the rest, and is looked at again the next time it is its turn.
pub(super) async fn look(cx: &mut Cx) -> Result<()> {
    let lapsed = async {
        let mut own = own(cx).await?;
        lapse(&mut own).await?;
        own.commit().await
    };
    let lapsed = lapsed.await;
    let mut step = own(cx).await?;
    let passes = step_on(&mut step).await?;
    step.commit().await?;
    let mut own = own(cx).await?;
    put_right(&mut own, &passes).await?;
    own.commit().await?;
    lapsed
}

async fn own(cx: &Cx) -> Result<Cx> {
    cx.store().begin(cx.tenant(), cx.actor.clone()).await
}

/// A business ends with its last day.
async fn lapse(cx: &mut Cx) -> Result<()> {
    let today = units::today(cx).await?;
    let ended = sql_turn::lapsed(cx, today).await?;
    if ended.is_empty() {
        return Ok(());
    }
    let passes = sql_hold::live(cx, &[], &[], &[], &ended).await?;
    let mut marks = Marks::default();
    turn::settle(cx, passes, &mut marks).await?;
    marks.touch(cx).await
}

/// The next passes after those of the last minute; after the last of all the first again.
async fn step_on(cx: &mut Cx) -> Result<Vec<Kept>> {
    let after = sql_hold::looked(cx).await?;
    let passes = sql_hold::next(cx, after, RUN as i64).await?;
    let last = if passes.len() < RUN { None } else { passes.last().map(|kept| kept.id) };
    if last != after {
        sql_hold::set_looked(cx, last).await?;
    }
    Ok(passes)
}

/// Nearly always there is nothing to do, and nothing is held.
async fn put_right(cx: &mut Cx, passes: &[Kept]) -> Result<()> {
    let astray = turn::astray(cx, passes).await?;
    if astray.is_empty() {
        return Ok(());
    }
    let passes = sql_hold::these(cx, &astray).await?;
    let mut marks = Marks::default();
    turn::settle(cx, passes, &mut marks).await?;
    marks.touch(cx).await
}
