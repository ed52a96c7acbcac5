use crate::calendars::ClockKind;
use jiff::{SignedDuration, Timestamp};
use kernel::Result;
use store::Cx;

/// `span` after `from` on a ticket's clock: day and night, or office hours only.
pub(super) async fn after(
    cx: &mut Cx,
    clock: ClockKind,
    from: Timestamp,
    span: SignedDuration,
) -> Result<Timestamp> {
    match clock {
        ClockKind::Calendar => Ok(from + span),
        ClockKind::Working => crate::calendars::add_working(cx, from, span).await,
    }
}

/// What passes on a ticket's clock from `from` to `to`.
pub(super) async fn between(
    cx: &mut Cx,
    clock: ClockKind,
    from: Timestamp,
    to: Timestamp,
) -> Result<SignedDuration> {
    match clock {
        ClockKind::Calendar => Ok(to.duration_since(from)),
        ClockKind::Working => Ok(crate::calendars::of(cx).await?.working_between(from, to).value),
    }
}

/// `at`, put off by what passed on a ticket's clock from `from` to `to`: a weekend takes nothing
/// from a clock that stands at weekends, and gives nothing back to it.
pub(super) async fn put_off(
    cx: &mut Cx,
    clock: ClockKind,
    at: Timestamp,
    from: Timestamp,
    to: Timestamp,
) -> Result<Timestamp> {
    let passed = between(cx, clock, from, to).await?;
    if passed.is_zero() { Ok(at) } else { after(cx, clock, at, passed).await }
}
