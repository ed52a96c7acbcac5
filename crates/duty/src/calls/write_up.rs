//! Writing up a call ends by itself: whoever forgets to say that he is ready would be given no call any more.

use super::{operators, recordings::RULE, sql_operators};
use crate::{rules, units};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kernel::{Result, StaffId};
use store::{
    Cx, Timer,
    timers::{Due, OnTimer},
};

const KIND: &str = "calls.write_up";
/// A district's own version from before this was ruled names no time.
const UNRULED: SignedDuration = SignedDuration::from_mins(3);

/// How long somebody may write up a call before calls come again.
pub async fn longest(cx: &mut Cx) -> Result<SignedDuration> {
    let today = units::today(cx).await?;
    let rule = rules::known_on(cx, RULE, today).await?;
    Ok(rule.and_then(|rule| rule.duration("desk.write_up").ok()).unwrap_or(UNRULED))
}

pub(super) fn arm(cx: &mut Cx, staff: StaffId, until: Timestamp) {
    cx.arm(Timer { kind: KIND, object: staff.uuid(), generation: 0, fire_at: until });
}

/// Gives whoever writes up a call and has no timer one: he may have begun in a version that had none. How many were
/// found.
pub async fn reconcile(cx: &mut Cx) -> Result<usize> {
    let lost = sql_operators::without_timer(cx, KIND).await?;
    if lost.is_empty() {
        return Ok(0);
    }
    let longest = longest(cx).await?;
    for (staff, since) in &lost {
        arm(cx, *staff, *since + longest);
    }
    Ok(lost.len())
}

/// The handler of `calls.write_up`.
pub struct WriteUp;

#[async_trait]
impl OnTimer for WriteUp {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()> {
        for one in due {
            operators::written(cx, StaffId(one.object)).await?;
        }
        Ok(())
    }
}
