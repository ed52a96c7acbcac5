//! Work that is done again from its beginning when its transaction gave way to another.

use kernel::Error;

/// How often a piece of work is tried, all in all.
const TIMES: u8 = 3;

/// Counts the tries of one piece of work. The work begins its own transaction and commits it:
///
/// ```ignore
/// let mut turns = Turns::default();
/// let done = loop {
///     match work().await {
///         Err(error) if turns.again(&error) => {}
///         done => break done,
///     }
/// };
/// ```
#[derive(Debug, Default)]
pub struct Turns {
    taken: u8,
}

impl Turns {
    /// Whether what ended in this error is to be tried again: it gave way to another transaction (SQLSTATE
    /// 40001, 40P01), and not for the third time.
    pub fn again(&mut self, error: &Error) -> bool {
        self.taken = self.taken.saturating_add(1);
        let again = error.gave_way() && self.taken < TIMES;
        if again {
            tracing::info!(%error, try_number = self.taken, "done again from the beginning");
        }
        again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gave_way_is_tried_three_times_and_nothing_else_twice() {
        let gave_way = Error::Unavailable("gave way to another transaction: deadlock detected".into());
        let mut turns = Turns::default();
        assert_eq!(
            [turns.again(&gave_way), turns.again(&gave_way), turns.again(&gave_way)],
            [true, true, false]
        );
        for other in [
            Error::NotFound,
            Error::Unavailable("pool timed out".into()),
            Error::Conflict("error-ticket-closed"),
        ] {
            assert!(!Turns::default().again(&other), "{other}");
        }
    }
}
