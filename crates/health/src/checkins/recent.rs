//! Which passes were scanned where in the last hours, as far as whoever looks at scans keeps it in memory. Nearly every
//! scan is of a pass that was at no other gate: this says so, and the database is asked about the others alone. It may
//! hold more than was looked at, never less.

use super::{
    scan::{AHEAD, hour},
    sql_alerts,
    sql_counts::Look,
    whose::Kin,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Error, GateId, Result};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};
use store::Cx;

/// After so long a generation begins, and the one before the last is forgotten.
const GENERATION: SignedDuration = SignedDuration::from_mins(90);
/// More of a generation are not kept: some 70 MB.
const MOST: usize = 2_000_000;
/// More are not read at once; of what lies before, the database is asked for the first hour.
const READ: usize = 500_000;
/// In place of a gate: there were several.
const SEVERAL: u64 = 0;

#[derive(Default)]
pub(super) struct Recent {
    /// The turn after which it was whole; `None` where nothing is known.
    turn: Option<i64>,
    since: Timestamp,
    old: Generation,
    new: Generation,
    hash: RandomState,
}

#[derive(Default)]
struct Generation {
    /// All scans of this time and later are in it, and in those after it.
    from: Timestamp,
    /// The gate of each number, both as hashes.
    gates: HashMap<u64, u64>,
}

impl Recent {
    /// Knows what was scanned up to now, by whoever has taken the turn after so many. Where somebody else has taken
    /// one in between it is read again.
    pub(super) async fn catch_up(&mut self, cx: &mut Cx, turns: i64) -> Result<()> {
        if self.turn == Some(turns) {
            return Ok(());
        }
        let now = cx.now();
        let first = hour(now) - 2;
        let read = sql_alerts::numbers_since(cx, first, READ as i64).await?;
        let from = Timestamp::from_second(i64::from(first) * 3600).map_err(Error::internal)?;
        let is_all = read.len() < READ;
        *self = Self { turn: Some(turns), since: now, ..Self::default() };
        self.new.from = now + AHEAD;
        self.old.from = if is_all { from } else { self.new.from };
        for (number, gate) in read.into_iter().filter(|_| is_all) {
            self.add(&number, gate);
        }
        Ok(())
    }

    /// Notes scans, before anybody asks about them.
    pub(super) fn note(&mut self, looks: &[Look], now: Timestamp) {
        if now.duration_since(self.since) >= GENERATION || self.new.gates.len() >= MOST {
            let new = Generation { from: now + AHEAD, ..Generation::default() };
            self.old = std::mem::replace(&mut self.new, new);
            self.since = now;
        }
        for look in looks {
            if let Some(number) = &look.number {
                self.add(number, look.gate);
            }
        }
    }

    /// What was noted stands on record, and the turn has been counted.
    pub(super) fn took(&mut self, turns: i64) {
        self.turn = Some(turns);
    }

    /// Whether a scan's pass or person was certainly at no other gate `within` so much of it.
    pub(super) fn is_alone(&self, look: &Look, number: &[u8], kin: &Kin, within: SignedDuration) -> bool {
        if look.at - within < self.old.from {
            return false;
        }
        let here = self.gate(look.gate);
        kin.all(number).all(|number| {
            let number = self.hash.hash_one(number);
            let there = [&self.old, &self.new].map(|generation| generation.gates.get(&number));
            there.into_iter().flatten().all(|gate| *gate == here)
        })
    }

    fn add(&mut self, number: &[u8], gate: GateId) {
        let (number, gate) = (self.hash.hash_one(number), self.gate(gate));
        let known = self.new.gates.entry(number).or_insert(gate);
        if *known != gate {
            *known = SEVERAL;
        }
    }

    fn gate(&self, gate: GateId) -> u64 {
        self.hash.hash_one(gate).max(SEVERAL + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkins::model::{By, Colour, Direction};
    use uuid::Uuid;

    fn look(number: u8, gate: u128, at: Timestamp) -> Look {
        Look {
            gate: GateId(Uuid::from_u128(gate)),
            at,
            direction: Direction::In,
            by: By::Pass,
            colour: Colour::Green,
            number: Some(vec![number; 8]),
            reasons: Vec::new(),
        }
    }

    #[test]
    fn a_pass_at_one_gate_is_alone_and_what_is_not_known_any_more_is_asked_for() {
        let (from, hour) =
            ("2021-09-25T01:00:00Z".parse::<Timestamp>().unwrap(), SignedDuration::from_hours(1));
        let mut recent = Recent { since: from, ..Recent::default() };
        (recent.old.from, recent.new.from) = (from - hour, from);
        let alone = |recent: &Recent, one: &Look| {
            recent.is_alone(one, &one.number.clone().unwrap(), &Kin::default(), hour)
        };
        let (one, two) = (look(1, 1, from), look(2, 1, from));
        recent.note(&[one.clone(), one.clone(), two.clone()], from);
        assert!(alone(&recent, &one) && alone(&recent, &two));
        // Late by a minute: nobody kept what was an hour before it.
        assert!(!alone(&recent, &look(1, 1, from - SignedDuration::from_mins(1))));
        let far = look(2, 2, from + hour);
        recent.note(std::slice::from_ref(&far), from + hour);
        assert!(!alone(&recent, &far) && !alone(&recent, &two) && alone(&recent, &one));
        // A generation later it is still known, two later no more.
        recent.note(&[], from + hour * 2);
        let late = look(2, 2, from + hour * 2);
        assert!(!alone(&recent, &late) && alone(&recent, &look(1, 1, from + hour * 2)));
        recent.note(&[], from + hour * 4);
        assert!(alone(&recent, &look(2, 2, from + hour * 4)));
        assert!(!alone(&recent, &look(1, 1, from + hour * 2)), "it cannot be known");
    }
}
