//! Blocking keys: texts that two records of one person have in common although neither is spelt like
//! the other. Each is one number, only ever compared for equality, so that a record is found by an
//! index among hundreds of thousands. The exact name with its year, the phone and the paper have
//! indexes of their own and need no key.

use super::model::Birth;
use jiff::civil::Date;

/// What of a person goes into keys.
pub(super) struct KeyParts<'a> {
    /// The name's key.
    pub search: &'a str,
    pub birth: Option<Birth>,
    pub address_key: Option<&'a str>,
}

/// The keys of a person, each once. A name spelt otherwise meets by its initials or by given and
/// family name on the day of birth, day and month swapped or not; a birth that is not known meets by
/// given name and address.
pub(super) fn keys(person: &KeyParts<'_>) -> Vec<i64> {
    let mut keys = Vec::with_capacity(3);
    let given = person.search.rsplit(' ').next().unwrap_or_default();
    if given.is_empty() {
        return keys;
    }
    if let Some(day) = person.birth.and_then(Birth::day) {
        keys.push(hash(&["i", &initials(person.search), &either_way(day)]));
        let family = person.search.chars().next().unwrap_or_default().to_string();
        keys.push(hash(&["s", given, &family, &day.to_string()]));
    }
    if let Some(address) = person.address_key.filter(|address| !address.is_empty()) {
        keys.push(hash(&["h", given, address]));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The first letters of a name's words, in an order of their own.
fn initials(search: &str) -> String {
    let mut letters: Vec<char> = search.split(' ').filter_map(|word| word.chars().next()).collect();
    letters.sort_unstable();
    letters.into_iter().collect()
}

/// 02/03 and 03/02 of a year are the same text.
fn either_way(day: Date) -> String {
    let (one, two) = (day.day().min(day.month()), day.day().max(day.month()));
    format!("{}-{one}-{two}", day.year())
}

/// FNV-1a of 64 bits over the parts, each closed by a mark that no part has in it.
fn hash(parts: &[&str]) -> i64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([b'|']) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    i64::from_be_bytes(hash.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn of(search: &str, birth: Option<Birth>, address_key: Option<&str>) -> Vec<i64> {
        keys(&KeyParts { search, birth, address_key })
    }

    fn meet(one: &[i64], two: &[i64]) -> bool {
        one.iter().any(|key| two.contains(key))
    }

    fn day(y: i16, m: i8, d: i8) -> Option<Birth> {
        Some(Birth::Day(date(y, m, d)))
    }

    #[test]
    fn what_is_spelt_otherwise_meets_on_the_day_of_birth() {
        let known = of("tran thi bich", day(1985, 3, 2), None);
        for other in ["tran thi bihc", "bich tran thi", "tran t bich", "tran thi ngoc bich", "trang thi bich"]
        {
            assert!(meet(&known, &of(other, day(1985, 3, 2), None)), "{other}");
        }
        // Day and month swapped, as a spreadsheet does.
        assert!(meet(&known, &of("tran thi bich", day(1985, 2, 3), None)));
        assert!(!meet(&known, &of("tran thi bich", day(1985, 3, 4), None)));
        assert!(!meet(&known, &of("le van cuong", day(1985, 3, 2), None)));
    }

    #[test]
    fn without_a_birth_people_meet_at_their_address() {
        let home = Some("12 duong so 15");
        let known = of("tran thi bich", None, home);
        assert_eq!(known.len(), 1);
        assert!(meet(&known, &of("tran t bich", day(1985, 3, 2), home)));
        assert!(!meet(&known, &of("tran thi mai", None, home)));
        assert!(of("tran thi bich", Some(Birth::Year(1985)), None).is_empty());
        assert!(of("", day(1985, 3, 2), home).is_empty());
    }

    #[test]
    fn a_key_stays_what_it_was() {
        // Stored in databases: another hash would find nobody any more.
        assert_eq!(hash(&["h", "bich", "12 duong so 15"]), -8_784_760_820_048_577_837);
        assert_ne!(hash(&["h", "a", "b"]), hash(&["h", "ab", ""]));
    }
}
