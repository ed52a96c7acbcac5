//! One look of a gate, and whether it can be kept.

use crate::gates::Scan;
use jiff::{SignedDuration, Timestamp};
use kernel::ids;
use uuid::Uuid;

/// A device's clock may be ahead by this; more is not believed.
pub(super) const AHEAD: SignedDuration = SignedDuration::from_mins(2);
/// A key says when its scan was made, by the device's own clock. A clock that is a day ahead loses no scan.
pub(super) const KEY_AHEAD: SignedDuration = SignedDuration::from_hours(48);
/// Its key lies further ahead than that.
pub(super) const FUTURE: &str = "error-checkin-future";
/// Longest number and name of rules, in characters.
const NUMBER_CAP: usize = 100;
const RULES_CAP: usize = 60;
/// More reasons than this no gate gives.
const MOST_REASONS: usize = 16;

impl Scan {
    /// Why it cannot be kept, as the key of the words. What is to come is kept once its time has; what else is
    /// told here is told again each time it is sent, and nothing about it can be mended by waiting.
    pub(super) fn fault(&self, now: Timestamp, kept: SignedDuration) -> Option<&'static str> {
        let Some(made) = made_at(self.key) else { return Some("error-checkin-key") };
        if made > now + KEY_AHEAD {
            Some(FUTURE)
        } else if made < now - kept || self.at < now - kept {
            Some("error-checkin-forgotten")
        } else if is_longer(self.number.as_deref(), NUMBER_CAP)
            || is_longer(self.rules.as_deref(), RULES_CAP)
            || self.reasons.len() > MOST_REASONS
            || self.picked_of.is_some_and(|of| of < 1)
        {
            Some("error-checkin-form")
        } else {
            None
        }
    }

    /// A time in the future is not believed, whoever handed it in.
    pub(super) fn settled(mut self, now: Timestamp) -> Self {
        if self.at > now + AHEAD {
            (self.at, self.from_future) = (now, true);
        }
        self
    }
}

fn is_longer(text: Option<&str>, cap: usize) -> bool {
    text.is_some_and(|text| text.chars().count() > cap || text.chars().any(char::is_control))
}

/// When a key was made, by the clock of the device that made it.
pub(super) fn made_at(key: Uuid) -> Option<Timestamp> {
    ids::made_at_ms(key).and_then(|ms| Timestamp::from_millisecond(ms).ok())
}

/// The first key of an instant.
pub(super) fn first_key(at: Timestamp) -> Uuid {
    let ms = u64::try_from(at.as_millisecond()).unwrap_or(0);
    Uuid::from_u128(u128::from(ms) << 80)
}

/// Hours since 1970.
pub(super) fn hour(at: Timestamp) -> i32 {
    i32::try_from(at.as_second().div_euclid(3600)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cards::Colour,
        gates::{By, Direction},
    };
    use kernel::{GateId, Rng};

    const KEPT: SignedDuration = SignedDuration::from_hours(24 * 28);

    fn scan(made: Timestamp, at: Timestamp) -> Scan {
        Scan {
            key: ids::IdMaker::default().next(made, &Rng::seeded(1)),
            at,
            from_future: false,
            gate: GateId(Uuid::from_u128(1)),
            direction: Direction::In,
            by: By::Pass,
            number: Some("0102030405060708".into()),
            colour: Colour::Green,
            reasons: Vec::new(),
            rules: None,
            picked_of: None,
        }
    }

    #[test]
    fn a_clock_that_runs_ahead_is_not_believed() {
        let now: Timestamp = "2021-09-25T01:00:00Z".parse().unwrap();
        let settled = scan(now, now + SignedDuration::from_hours(1)).settled(now);
        assert_eq!((settled.at, settled.from_future), (now, true));
        let settled = scan(now, now + SignedDuration::from_mins(1)).settled(now);
        assert_eq!((settled.at, settled.from_future), (now + SignedDuration::from_mins(1), false));
    }

    #[test]
    fn what_was_forgotten_what_is_to_come_and_what_has_no_key_is_refused() {
        let now: Timestamp = "2021-09-25T01:00:00Z".parse().unwrap();
        let hours = SignedDuration::from_hours;
        let fault = |made, at| scan(made, at).fault(now, KEPT);
        assert_eq!(fault(now, now), None);
        assert_eq!(fault(now - hours(24), now - hours(24)), None);
        // The clock is a day ahead.
        assert_eq!(fault(now + hours(24), now), None);
        assert_eq!(fault(now + hours(49), now), Some("error-checkin-future"));
        assert_eq!(fault(now - hours(24 * 29), now - hours(24 * 29)), Some("error-checkin-forgotten"));
        let nameless = Scan { key: Uuid::from_u128(7), ..scan(now, now) };
        assert_eq!(nameless.fault(now, KEPT), Some("error-checkin-key"));
        let endless = Scan { number: Some("1".repeat(101)), ..scan(now, now) };
        assert_eq!(endless.fault(now, KEPT), Some("error-checkin-form"));
    }

    #[test]
    fn the_first_key_of_an_instant_comes_before_every_other_of_it() {
        let at: Timestamp = "2021-09-25T01:00:00.123Z".parse().unwrap();
        let key = scan(at, at).key;
        assert!(first_key(at) < key && key < first_key(at + SignedDuration::from_millis(1)));
        assert_eq!(made_at(key), Some(at));
        assert_eq!(hour("1970-01-01T02:59:59Z".parse().unwrap()), 2);
    }
}
