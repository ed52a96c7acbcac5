//! How long what is kept in memory may be believed.

use jiff::{SignedDuration, Timestamp};

/// When something was last read, and when somebody last set out to read it again. While he is at it others go on
/// with what is known, but not for longer than is said: then each reads for himself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fresh {
    read_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
}

impl Fresh {
    /// Whether whoever asks must read it again: what was read holds for `holds`, and for `grace` more while somebody
    /// else reads it.
    pub fn must_read(&mut self, now: Timestamp, holds: SignedDuration, grace: SignedDuration) -> bool {
        let within = |at: Option<Timestamp>, most| at.is_some_and(|at| now.duration_since(at) < most);
        let is_asked = within(self.asked_at, grace) && within(self.read_at, holds + grace);
        if within(self.read_at, holds) || is_asked {
            return false;
        }
        self.asked_at = Some(now);
        true
    }

    /// It has been read, by whoever set out at `at`.
    pub fn read(&mut self, at: Timestamp) {
        self.read_at = self.read_at.max(Some(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reads_while_the_others_go_on_and_nobody_goes_on_for_long() {
        let second = SignedDuration::from_secs(1);
        let (mut fresh, from) = (Fresh::default(), "2021-09-25T01:00:00Z".parse::<Timestamp>().unwrap());
        let must =
            |fresh: &mut Fresh, at: i64| fresh.must_read(from + second * at as i32, second * 15, second * 5);
        assert!(must(&mut fresh, 0) && must(&mut fresh, 0), "nothing is known yet");
        fresh.read(from);
        assert!(!must(&mut fresh, 14));
        assert!(must(&mut fresh, 15) && !must(&mut fresh, 16), "the first reads");
        // He never came back: another takes it on, and in the end everybody.
        assert!(!must(&mut fresh, 19) && must(&mut fresh, 20) && must(&mut fresh, 20));
        fresh.read(from + second * 20);
        assert!(!must(&mut fresh, 34));
        // Nobody asked for hours: what is known is not gone on with.
        assert!(must(&mut fresh, 9_999) && must(&mut fresh, 9_999));
    }
}
