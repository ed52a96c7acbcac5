//! Pure: from who stands and who holds a post to the hours in which nobody can be rung.

use crate::rosters::Period;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Why nobody can be rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The district has no such unit.
    NoUnit,
    /// The roster has nobody on duty.
    NobodyOnDuty,
    /// Nobody holds the post.
    NobodyInPost,
    /// Somebody is there, and the level calls, and no telephone number is on record.
    NoPhone,
}

/// Hours in which nobody can be rung, for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    pub period: Period,
    pub why: Why,
}

/// Hours that somebody stands or holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub period: Period,
    pub has_phone: bool,
}

/// The silences of a duty roster in `span`. `calls`: the level rings telephones.
pub fn silences(held: &[Held], span: Period, calls: bool) -> Vec<Silence> {
    found(held, span, calls, Why::NobodyOnDuty)
}

/// The silences of a post in `span`.
pub fn silences_of_post(held: &[Held], span: Period, calls: bool) -> Vec<Silence> {
    found(held, span, calls, Why::NobodyInPost)
}

fn found(held: &[Held], span: Period, calls: bool, nobody: Why) -> Vec<Silence> {
    let inside: Vec<Held> = held
        .iter()
        .filter_map(|h| Some(Held { period: h.period.intersection(span)?, has_phone: h.has_phone }))
        .collect();
    let edges: BTreeSet<Timestamp> = inside
        .iter()
        .flat_map(|h| [h.period.start(), h.period.end()])
        .chain([span.start(), span.end()])
        .collect();
    let edges: Vec<Timestamp> = edges.into_iter().collect();
    let mut silences: Vec<Silence> = Vec::new();
    for pair in edges.windows(2) {
        let Ok(period) = Period::new(pair[0], pair[1]) else { continue };
        let mut here = inside.iter().filter(|h| h.period.contains(period.start())).peekable();
        let why = if here.peek().is_none() {
            nobody
        } else if calls && here.all(|h| !h.has_phone) {
            Why::NoPhone
        } else {
            continue;
        };
        match silences.last_mut() {
            Some(last) if last.why == why && last.period.end() == period.start() => {
                last.period = Period::new(last.period.start(), period.end()).unwrap_or(last.period);
            }
            _ => silences.push(Silence { period, why }),
        }
    }
    silences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: i64, to: i64) -> Period {
        let at = |hour: i64| Timestamp::from_second(hour * 3600).unwrap();
        Period::new(at(from), at(to)).unwrap()
    }

    fn held(from: i64, to: i64, has_phone: bool) -> Held {
        Held { period: hours(from, to), has_phone }
    }

    #[test]
    fn silence_lies_between_what_is_held() {
        let week = hours(0, 168);
        let rows = [held(-10, 8, true), held(8, 20, false), held(30, 40, true), held(35, 200, true)];
        let told = |calls| silences(&rows, week, calls).iter().map(|s| (s.period, s.why)).collect::<Vec<_>>();
        assert_eq!(told(false), [(hours(20, 30), Why::NobodyOnDuty)]);
        assert_eq!(told(true), [(hours(8, 20), Why::NoPhone), (hours(20, 30), Why::NobodyOnDuty)]);
        assert_eq!(silences_of_post(&[], week, true), [Silence { period: week, why: Why::NobodyInPost }]);
        assert_eq!(silences(&[held(0, 90, true), held(90, 168, true)], week, true), []);
    }
}
