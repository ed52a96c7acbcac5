//! How many are inside of a gate: its scans walked in order of time, never less than nobody.
//!
//! A scan that comes late moves the end of the walk by its own step, as long as somebody was inside all the while
//! since: only where nobody was may the walk have swallowed a step. So at a gate where people come and go, what was
//! sent late is counted without walking the day anew.

use super::model::{Colour, Direction};
use jiff::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Walk {
    pub inside: u32,
    /// The newest scan that is in it.
    pub last_at: Timestamp,
    /// Since then somebody has been inside all the while, as far as is known.
    pub filled_at: Option<Timestamp>,
}

impl Walk {
    /// Nobody is inside when the day begins.
    pub fn of_day(day: Timestamp) -> Self {
        Self { inside: 0, last_at: day, filled_at: None }
    }

    /// What was counted anew, from scans of which `last_at` was the newest.
    pub fn counted(inside: u32, last_at: Timestamp) -> Self {
        Self { inside, last_at, filled_at: (inside > 0).then_some(last_at) }
    }

    /// Takes a scan of the day; `false` where it comes too late for that, and the day has to be walked anew.
    pub fn take(&mut self, at: Timestamp, direction: Direction, colour: Colour) -> bool {
        let late = at < self.last_at;
        if late && self.filled_at.is_none_or(|since| at <= since) {
            return step(direction, colour) == 0;
        }
        let before = self.inside;
        match step(direction, colour) {
            1 => self.inside = before.saturating_add(1),
            -1 => self.inside = before.saturating_sub(1),
            _ => {}
        }
        self.last_at = self.last_at.max(at);
        if self.inside == 0 {
            self.filled_at = None;
        } else if before == 0 {
            self.filled_at = Some(at);
        } else if late && direction == Direction::Out {
            // In between nobody may have been inside for a moment.
            self.filled_at = Some(self.last_at);
        }
        true
    }
}

/// Whoever was turned away is not inside; who leaves without having been counted in does not make less than nobody.
fn step(direction: Direction, colour: Colour) -> i8 {
    match (direction, colour) {
        (Direction::Out, _) => -1,
        (Direction::In, Colour::Red) => 0,
        (Direction::In, _) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Rng;

    fn day() -> Timestamp {
        "2021-09-24T17:00:00Z".parse().unwrap()
    }

    fn at(second: i64) -> Timestamp {
        day() + jiff::SignedDuration::from_secs(second)
    }

    type Scan = (Timestamp, Direction, Colour);

    fn in_order(scans: &[Scan]) -> u32 {
        let mut scans = scans.to_vec();
        scans.sort_by_key(|scan| scan.0);
        let steps = scans.iter().map(|(_, direction, colour)| i64::from(step(*direction, *colour)));
        steps.fold(0, |inside: i64, step| (inside + step).max(0)) as u32
    }

    #[test]
    fn nobody_is_never_made_less_and_whoever_is_turned_away_is_not_inside() {
        let mut walk = Walk::of_day(day());
        for (second, direction, colour, inside) in [
            (1, Direction::Out, Colour::Green, 0),
            (2, Direction::In, Colour::Green, 1),
            (3, Direction::In, Colour::Red, 1),
            (4, Direction::In, Colour::Yellow, 2),
            (5, Direction::Out, Colour::Red, 1),
        ] {
            assert!(walk.take(at(second), direction, colour));
            assert_eq!(walk.inside, inside, "at {second}");
        }
    }

    #[test]
    fn a_late_scan_is_counted_where_somebody_was_inside_since_and_else_the_day_is_walked_anew() {
        let mut walk = Walk::of_day(day());
        assert!(walk.take(at(10), Direction::In, Colour::Green));
        assert!(walk.take(at(20), Direction::In, Colour::Green));
        assert!(walk.take(at(15), Direction::Out, Colour::Green));
        assert_eq!(walk.inside, 1);
        // Nobody may have been inside at 16.
        assert!(!walk.take(at(17), Direction::Out, Colour::Green));
        assert!(walk.take(at(17), Direction::In, Colour::Red), "who was turned away moves nothing");
    }

    #[test]
    fn however_scans_come_the_walk_is_that_of_their_order_or_asks_to_be_walked_anew() {
        let rng = Rng::seeded(5);
        let (mut counted, mut anew) = (0, 0);
        for _ in 0..2_000 {
            let (mut walk, mut scans): (Walk, Vec<Scan>) = (Walk::of_day(day()), Vec::new());
            for n in 0..60 {
                let late = if rng.chance(0.3) { rng.below(12) as i64 } else { 0 };
                // Each at a second of its own: scans of one instant have no order.
                let second = 61 * (n - late).max(0) + n;
                let direction = if rng.chance(0.55) { Direction::In } else { Direction::Out };
                let colour = if rng.chance(0.1) { Colour::Red } else { Colour::Green };
                scans.push((at(second), direction, colour));
                if walk.take(at(second), direction, colour) {
                    counted += 1;
                } else {
                    anew += 1;
                    walk = Walk::counted(in_order(&scans), walk.last_at);
                }
                assert_eq!(walk.inside, in_order(&scans), "{scans:?}");
            }
        }
        assert!(counted > 5 * anew, "{counted} counted, {anew} anew");
    }
}
