//! Once a minute it is looked whether a window has opened for which no campaign is made yet.

use super::make;
use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::Result;
use store::{
    Cx, Timer,
    timers::{Due, OnTimer},
};

const KIND: &str = "care_calls.campaigns";
const EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Arms the minute's look of a tenant, where none is armed. Whoever has lines does so ([`super::Dialler`]): a
/// district without a telephone network makes no campaign that nobody would call.
pub async fn install(cx: &mut Cx) -> Result<()> {
    if !store::timers::is_armed(cx, KIND, cx.tenant().uuid()).await? {
        arm(cx, SignedDuration::ZERO);
    }
    Ok(())
}

fn arm(cx: &mut Cx, after: SignedDuration) {
    let (object, fire_at) = (cx.tenant().uuid(), cx.now() + after);
    cx.arm(Timer { kind: KIND, object, generation: 0, fire_at });
}

/// The handler of `care_calls.campaigns`.
pub struct Campaigns;

#[async_trait]
impl OnTimer for Campaigns {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, cx: &mut Cx, _due: &[Due]) -> Result<()> {
        make::make(cx).await?;
        arm(cx, EVERY);
        Ok(())
    }
}
