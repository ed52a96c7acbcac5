use super::{sql, throttle};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kernel::Result;
use store::{
    Cx, Timer,
    timers::{Due, OnTimer},
};

const KIND: &str = "accounts.sweep";
const DAY_S: i64 = 86_400;
/// 03:00 in Viet Nam, in seconds after midnight UTC.
const NIGHT_S: i64 = 20 * 3600;
/// Sessions are kept this long after their last use.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Sets the next sweep. Always the coming night, so that arming again does not put it off.
pub(super) fn arm(cx: &mut Cx) {
    let now = cx.now().as_second();
    let fire_at = Timestamp::from_second((now - NIGHT_S).div_euclid(DAY_S) * DAY_S + NIGHT_S + DAY_S);
    let object = cx.tenant().uuid();
    cx.arm(Timer { kind: KIND, object, generation: 0, fire_at: fire_at.unwrap_or(Timestamp::MAX) });
}

/// The handler of `accounts.sweep`: each night forgets counted tries, unanswered passkey
/// ceremonies and old sessions.
pub struct Sweep;

#[async_trait]
impl OnTimer for Sweep {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, cx: &mut Cx, _due: &[Due]) -> Result<()> {
        let before = throttle::minute(cx) - throttle::WINDOW;
        sql::tries::sweep(cx, before).await?;
        sql::passkeys::sweep_challenges(cx).await?;
        let kept_from = cx.now() - KEPT;
        sql::sessions::sweep(cx, kept_from).await?;
        arm(cx);
        Ok(())
    }
}
