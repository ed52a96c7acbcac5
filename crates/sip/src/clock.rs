//! The two clocks of a call. Media and signalling are paced by the machine's monotonic clock: a
//! frame is due 20 ms after the last one whatever a test or the demo says about the date. The wall
//! time beside it is for the record only; nothing is decided by it.

use jiff::Timestamp;
use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "RTP and SIP timers run on the machine's monotonic clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "a stamp beside the monotonic time; nothing is decided by it")]
pub(crate) fn wall() -> Timestamp {
    Timestamp::now()
}

/// A key that nobody guesses.
#[expect(clippy::disallowed_methods, reason = "keys of calls are secret, also in tests")]
pub(crate) fn secret() -> [u8; 30] {
    rand::random()
}

/// SSRC, first sequence number, first timestamp: RFC 3550 wants them unpredictable.
#[expect(clippy::disallowed_methods, reason = "must differ from call to call, also in tests")]
pub(crate) fn random() -> u32 {
    rand::random()
}
