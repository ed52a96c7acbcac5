//! A reading of oxygen written in a text: "SpO2 80", "oxy còn 85", "spo2: 88%". It enters no diary; below the limit
//! it rings.

use super::law::Phrase;
use kernel::syllables::Syllable;
use std::ops::RangeInclusive;

/// As what it is kept among the phrases of danger.
pub(super) const SIGN: &str = "spo2";
/// What a reading that alarms can be. Below it no oximeter reads, or it is another number.
const READINGS: RangeInclusive<i16> = 60..=93;

/// How people write of it.
#[derive(Clone, Debug)]
pub(super) struct Words {
    pub names: Phrase,
    /// What may stand between its name and the number.
    pub between: Phrase,
    /// What after the number says that it is no reading: "oxy 80 lít".
    pub units: Phrase,
}

impl Words {
    /// Whether one of the readings that a text names is below the limit.
    pub fn low(&self, clauses: &[Phrase], limit: i16) -> bool {
        // Colons and equals signs divide clauses, and stand between a name and its number.
        let said = clauses.concat();
        (0..said.len())
            .flat_map(|at| self.readings(&said[at..]))
            .any(|reading| READINGS.contains(&reading) && reading < limit)
    }

    /// The readings whose name stands first here: "spo2 98 tụt còn 85" are two.
    fn readings(&self, said: &[Syllable]) -> Vec<i16> {
        let is_one_of = |one: &Syllable, words: &[Syllable]| words.iter().any(|meant| one.may_be(meant));
        let Some((name, mut rest)) = said.split_first() else { return Vec::new() };
        let joined =
            self.names.iter().find_map(|meant| number(name.letters().strip_prefix(meant.letters())?));
        let mut readings: Vec<i16> = joined.into_iter().collect();
        if readings.is_empty() && !is_one_of(name, &self.names) {
            return readings;
        }
        loop {
            let skipped = rest.iter().take_while(|one| is_one_of(one, &self.between)).count();
            // A bare number after a reading is of something else.
            let expected = readings.is_empty() || skipped > 0;
            let found = rest.get(skipped).and_then(|one| number(one.letters()));
            let Some(reading) = found.filter(|_| expected) else { return readings };
            rest = &rest[skipped + 1..];
            let other = rest.first().is_some_and(|next| is_one_of(next, &self.units));
            // "84 903 123 456" is a telephone.
            let groups = rest.iter().take_while(|one| is_group(one.letters())).count();
            if other || groups > 1 {
                return readings;
            }
            readings.push(reading);
        }
    }
}

fn number(letters: &str) -> Option<i16> {
    let two = letters.len() == 2 && letters.bytes().all(|one| one.is_ascii_digit());
    if two { letters.parse().ok() } else { None }
}

fn is_group(letters: &str) -> bool {
    letters.len() >= 3 && letters.bytes().all(|one| one.is_ascii_digit())
}
