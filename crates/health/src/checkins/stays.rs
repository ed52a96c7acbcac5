//! Time that somebody spent inside, put together from his scans.

use super::{
    model::{Colour, Direction},
    seen::Seen,
};
use jiff::{SignedDuration, Timestamp};

/// Once inside, as far as gates have seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    pub came: Option<Timestamp>,
    pub left: Option<Timestamp>,
}

/// How long two people were inside together, as far as gates have seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// Nobody knows whether they were.
    Unknown,
    /// So many whole minutes, more than none; it may have been longer.
    AtLeast(i64),
    Exactly(i64),
}

impl Together {
    /// The longest is the greatest. What is not known comes after what is known to be some time, and before none.
    pub(super) const fn rank(self) -> (i64, bool) {
        match self {
            Self::Unknown => (0, true),
            Self::AtLeast(minutes) => (minutes, true),
            Self::Exactly(minutes) => (minutes, false),
        }
    }
}

/// The stays of one person by his scans in order of time. Whoever was turned away did not stay, and a time that is
/// not believed is no end of anything.
pub(super) fn stays(scans: &[&Seen]) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    for scan in scans.iter().filter(|scan| !scan.doubted) {
        match (scan.direction, scan.colour) {
            (Direction::In, Colour::Red) => {}
            (Direction::In, _) => stays.push(Stay { came: Some(scan.at), left: None }),
            (Direction::Out, _) => match stays.last_mut().filter(|stay| stay.left.is_none()) {
                Some(stay) => stay.left = Some(scan.at),
                None => stays.push(Stay { came: None, left: Some(scan.at) }),
            },
        }
    }
    stays
}

/// Somebody was inside at most from the one to the other; all of that time, where both ends of the stay were seen.
#[derive(Clone, Copy)]
struct Within {
    from: Timestamp,
    to: Timestamp,
    whole: bool,
}

impl Within {
    fn shared(self, other: Self) -> Option<SignedDuration> {
        let (from, to) = (self.from.max(other.from), self.to.min(other.to));
        (from < to).then(|| to.duration_since(from))
    }
}

/// An end that was not seen lies somewhere up to the scan next to it.
fn within(stays: &[Stay]) -> impl Iterator<Item = Within> {
    stays.iter().enumerate().map(|(at, stay)| {
        let before = at.checked_sub(1).and_then(|at| stays.get(at));
        let after = stays.get(at + 1);
        Within {
            from: stay.came.or(before.and_then(|stay| stay.left.or(stay.came))).unwrap_or(Timestamp::MIN),
            to: stay.left.or(after.and_then(|stay| stay.came.or(stay.left))).unwrap_or(Timestamp::MAX),
            whole: stay.came.is_some() && stay.left.is_some(),
        }
    })
}

/// How long two people were inside together. A stay of which one end was not seen may have been shared for as long as
/// it may have lasted: it makes nothing certain, and what is known without it the least.
pub(super) fn together(one: &[Stay], other: &[Stay]) -> Together {
    if one.is_empty() || other.is_empty() {
        return Together::Unknown;
    }
    let (mut seconds, mut longer) = (0, false);
    for a in within(one) {
        for (b, shared) in within(other).filter_map(|b| Some((b, a.shared(b)?))) {
            if a.whole && b.whole {
                seconds += shared.as_secs();
            } else {
                longer = true;
            }
        }
    }
    match seconds / 60 {
        0 if longer => Together::Unknown,
        minutes if longer => Together::AtLeast(minutes),
        minutes => Together::Exactly(minutes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_632_528_000 + 60 * minute).unwrap()
    }

    fn stay(came: i64, left: i64) -> Stay {
        Stay { came: Some(at(came)), left: Some(at(left)) }
    }

    fn since(minute: i64) -> Stay {
        Stay { came: Some(at(minute)), left: None }
    }

    fn until(minute: i64) -> Stay {
        Stay { came: None, left: Some(at(minute)) }
    }

    #[test]
    fn minutes_together_are_those_that_both_were_inside() {
        let f0 = [stay(10, 40), stay(60, 70)];
        assert_eq!(together(&f0, &[stay(0, 25)]), Together::Exactly(15));
        assert_eq!(together(&f0, &[stay(30, 65)]), Together::Exactly(15));
        // He left before, or came after.
        assert_eq!(together(&f0, &[stay(0, 9)]), Together::Exactly(0));
        assert_eq!(together(&f0, &[stay(45, 50)]), Together::Exactly(0));
    }

    #[test]
    fn where_an_end_is_not_known_nobody_guesses() {
        assert_eq!(together(&[stay(10, 40)], &[since(0)]), Together::Unknown);
        assert_eq!(together(&[], &[stay(10, 40)]), Together::Unknown);
        // He is not seen to go out the second time, and may have spent an hour with the other.
        let f0 = [stay(0, 40), since(60)];
        assert_eq!(together(&f0, &[stay(65, 120)]), Together::Unknown);
        assert_eq!(together(&[stay(65, 120)], &f0), Together::Unknown);
        assert_eq!(together(&f0, &[until(20)]), Together::Unknown);
        // What both were seen to share is the least.
        assert_eq!(together(&f0, &[stay(30, 90)]), Together::AtLeast(10));
        assert_eq!(together(&[stay(10, 40)], &[since(0), stay(20, 30)]), Together::AtLeast(10));
    }

    #[test]
    fn an_end_that_was_not_seen_lies_before_the_next_scan_and_after_the_last() {
        assert_eq!(together(&[stay(0, 40), since(60)], &[stay(45, 60)]), Together::Exactly(0));
        assert_eq!(together(&[since(0), stay(20, 30)], &[stay(35, 50)]), Together::Exactly(0));
        assert_eq!(together(&[stay(0, 10), until(30)], &[stay(5, 10)]), Together::Exactly(5));
        assert_eq!(together(&[stay(0, 10), until(30)], &[stay(5, 15)]), Together::AtLeast(5));
    }

    #[test]
    fn who_may_have_been_there_is_asked_before_who_was_not() {
        let mut all = [
            Together::Exactly(0),
            Together::AtLeast(9),
            Together::Unknown,
            Together::Exactly(15),
            Together::Exactly(9),
        ];
        all.sort_by_key(|one| std::cmp::Reverse(one.rank()));
        let nine = [Together::AtLeast(9), Together::Exactly(9)];
        assert_eq!(all, [Together::Exactly(15), nine[0], nine[1], Together::Unknown, Together::Exactly(0)]);
    }
}
