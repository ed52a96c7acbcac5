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
