//! Who is who. Pure: the candidates have been looked up by keys before.

use super::model::{Birth, Known};
use crate::codes::codes;
use kernel::PersonId;

codes! {
    /// Why two records may be of one person.
    Basis in "basis" {
        CitizenId = "citizen_id",
        PhoneAndName = "phone_and_name",
        NameAndBirth = "name_and_birth",
        /// Spelt otherwise on the same day of birth, or day and month swapped.
        NameAlikeBirth = "name_alike_birth",
        /// A name alike at the same address.
        NameAndHome = "name_and_home",
    }
}

/// The heaviest pairs that one newcomer makes: beyond them stand namesakes.
const PAIRS: usize = 10;
/// What a pair weighs more for a common home or ward. No basis reaches 90 with it: above that stand
/// pairs of two running cases.
const HOME: i16 = 10;
const WARD: i16 = 3;

/// The verdict on a newcomer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The person he certainly is.
    pub same: Option<PersonId>,
    /// Those he may be, when he is not certainly anyone; the heaviest first.
    pub perhaps: Vec<Perhaps>,
    /// Those among them who are him with equal right: he is one of them, and nothing says which.
    pub tied: Vec<PersonId>,
}

/// Somebody he may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Perhaps {
    pub person: PersonId,
    pub basis: Basis,
    /// 0 to 89.
    pub weight: i16,
}

/// What is known of the newcomer.
pub(super) struct Newcomer<'a> {
    pub search: &'a str,
    pub birth: Option<Birth>,
    pub citizen_id_index: Option<&'a [u8]>,
    pub address_key: Option<&'a str>,
    pub ward: Option<kernel::UnitId>,
}

/// Somebody who may be the newcomer.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub known: &'a Known,
    /// He has the number that the newcomer has.
    pub has_phone: bool,
}

/// The same person when the citizen id is the same and the names are similar; or, where not both
/// have one, when phone, name and birth are the same (both births may be unknown). More than one
/// such person, or agreement in part, is for people to decide. Records that were joined are one
/// person: the verdict names the record that stays.
pub(super) fn judge(new: &Newcomer<'_>, known: &[Candidate<'_>]) -> Verdict {
    let mut same: Vec<Perhaps> = Vec::new();
    let mut perhaps: Vec<Perhaps> = Vec::new();
    for Candidate { known: other, has_phone } in known {
        let ids = new.citizen_id_index.zip(other.citizen_id_index.as_deref());
        let same_id = ids.is_some_and(|(one, two)| one == two);
        let other_id = ids.is_some_and(|(one, two)| one != two);
        let births_agree = match (new.birth, other.birth) {
            (Some(one), Some(two)) => one.agrees(two),
            _ => true,
        };
        let birth_same = births_agree && new.birth.is_some() == other.birth.is_some();
        let alike = similar(new.search, &other.search);
        let name_same = new.search == other.search;
        let days = new.birth.and_then(Birth::day).zip(other.birth.and_then(Birth::day));
        let home = new.address_key.is_some_and(|key| other.address_key.as_deref() == Some(key));
        let near = i16::from(home) * HOME + i16::from(new.ward.is_some() && new.ward == other.ward) * WARD;
        let told = |basis, weight: i16| Perhaps { person: other.stays, basis, weight: weight + near };
        if same_id {
            let into = if alike { &mut same } else { &mut perhaps };
            into.push(Perhaps { person: other.stays, basis: Basis::CitizenId, weight: 85 });
        } else if other_id {
            // Two papers are two people, whatever else agrees.
        } else if *has_phone && name_same && birth_same {
            same.push(told(Basis::PhoneAndName, 75));
        } else if *has_phone && alike && births_agree {
            perhaps.push(told(Basis::PhoneAndName, 70));
        } else if name_same && birth_same && new.birth.is_some() {
            perhaps.push(told(Basis::NameAndBirth, if days.is_some() { 65 } else { 40 }));
        } else if let Some((one, two)) = days
            && (one == two || swapped(one, two))
            && alike
        {
            perhaps.push(told(Basis::NameAlikeBirth, if name_same { 60 } else { 50 }));
        } else if home && alike && births_agree {
            perhaps.push(told(Basis::NameAndHome, 45));
        }
    }
    // The paper outweighs the phone; two people with equal claims leave it open.
    let best = same.iter().map(|one| one.basis).min();
    let mut certain: Vec<PersonId> =
        same.iter().filter(|one| Some(one.basis) == best).map(|one| one.person).collect();
    certain.sort_unstable();
    certain.dedup();
    if let [only] = certain[..] {
        return Verdict { same: Some(only), perhaps: Vec::new(), tied: Vec::new() };
    }
    let mut perhaps: Vec<Perhaps> = same.into_iter().chain(perhaps).collect();
    // One person once, by what weighs most.
    perhaps.sort_by_key(|one| (std::cmp::Reverse(one.weight), one.person));
    let mut seen = Vec::new();
    perhaps.retain(|one| {
        let first = !seen.contains(&one.person);
        seen.push(one.person);
        first
    });
    perhaps.truncate(PAIRS);
    Verdict { same: None, perhaps, tied: certain }
}

/// The same day with day and month in the other order.
pub(super) fn swapped(one: jiff::civil::Date, two: jiff::civil::Date) -> bool {
    one != two && one.year() == two.year() && (one.day(), one.month()) == (two.month(), two.day())
}

/// Whether two name keys can be of one person: the same words in any order, one the other with a
/// word left out or shortened to its first letter, or at most two letters apart.
pub(super) fn similar(one: &str, two: &str) -> bool {
    if one == two {
        return true;
    }
    let (mut a, mut b): (Vec<&str>, Vec<&str>) = (one.split(' ').collect(), two.split(' ').collect());
    // The given name, the last word, must stand in both when a word is left out.
    let given_same = a.last() == b.last();
    a.sort_unstable();
    b.sort_unstable();
    if a == b {
        return true;
    }
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    let mut rest: Vec<&str> = long.clone();
    let left_out = short.iter().all(|word| {
        let fits = |other: &&str| other == word || (word.len() == 1 && other.starts_with(word));
        rest.iter().position(fits).map(|at| rest.swap_remove(at)).is_some()
    });
    if given_same && left_out && short.len() >= 2 {
        return true;
    }
    one.len() >= 8 && two.len() >= 8 && distance_within_two(one.as_bytes(), two.as_bytes())
}

/// Levenshtein distance of at most two; keys are ASCII but for foreign letters.
fn distance_within_two(a: &[u8], b: &[u8]) -> bool {
    if a.len().abs_diff(b.len()) > 2 {
        return false;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
        if row.iter().all(|cost| *cost > 2) {
            return false;
        }
    }
    row[b.len()] <= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use uuid::Uuid;

    fn known(n: u128, search: &str, birth: Option<Birth>, id: Option<&[u8]>) -> Known {
        Known {
            id: PersonId(Uuid::from_u128(n)),
            stays: PersonId(Uuid::from_u128(n)),
            search: search.into(),
            birth,
            sex: None,
            citizen_id_index: id.map(<[u8]>::to_vec),
            address: None,
            address_key: None,
            ward: None,
            quarter: None,
            placed_by: None,
        }
    }

    fn year(year: i16) -> Option<Birth> {
        Some(Birth::Year(year))
    }

    fn verdict(
        birth: Option<Birth>,
        id: Option<&[u8]>,
        home: Option<&str>,
        others: &[(Known, bool)],
    ) -> (Option<u128>, Vec<(u128, Basis)>) {
        let new =
            Newcomer { search: "tran thi bich", birth, citizen_id_index: id, address_key: home, ward: None };
        let others: Vec<Candidate<'_>> =
            others.iter().map(|(known, has_phone)| Candidate { known, has_phone: *has_phone }).collect();
        let verdict = judge(&new, &others);
        let number = |id: PersonId| id.uuid().as_u128();
        (
            verdict.same.map(number),
            verdict.perhaps.into_iter().map(|one| (number(one.person), one.basis)).collect(),
        )
    }

    #[test]
    fn names_of_one_person_are_spelt_in_several_ways() {
        for (one, two) in [
            ("tran thi bich", "tran thi bich"),
            ("bich tran thi", "tran thi bich"),
            ("tran thi bich", "tran t bich"),
            ("tran thi ngoc bich", "tran thi bich"),
            ("nguyen van hung", "nguyen van hugn"),
            ("nguyen van hung", "nguyen vam hun"),
        ] {
            assert!(similar(one, two) && similar(two, one), "{one} / {two}");
        }
        for (one, two) in [
            ("tran thi bich", "tran thi dao"),
            ("tran thi bich", "bich"),
            ("le an", "le ba"),
            ("nguyen van hung", "nguyen thi huong"),
        ] {
            assert!(!similar(one, two) && !similar(two, one), "{one} / {two}");
        }
    }

    #[test]
    fn a_citizen_id_decides_when_the_name_agrees_and_asks_when_it_does_not() {
        let id: &[u8] = b"id";
        assert_eq!(
            verdict(year(1985), Some(id), None, &[(known(1, "tran t bich", None, Some(id)), false)]),
            (Some(1), vec![])
        );
        let stranger = known(1, "le van cuong", year(1950), Some(id));
        assert_eq!(
            verdict(year(1985), Some(id), None, &[(stranger, false)]),
            (None, vec![(1, Basis::CitizenId)])
        );
        // The paper outweighs the phone.
        let by_paper = known(1, "tran t bich", None, Some(id));
        let by_phone = known(2, "tran thi bich", year(1985), None);
        assert_eq!(
            verdict(year(1985), Some(id), None, &[(by_phone, true), (by_paper, false)]),
            (Some(1), vec![])
        );
    }

    #[test]
    fn a_phone_alone_is_nobody() {
        let mother = known(1, "nguyen thi hoa", year(1955), None);
        assert_eq!(verdict(year(1985), None, None, &[(mother, true)]), (None, vec![]));
        let herself = known(2, "tran thi bich", year(1985), None);
        assert_eq!(verdict(year(1985), None, None, &[(herself.clone(), true)]), (Some(2), vec![]));
        // Two records that fit equally well: a person decides.
        let twice = [(herself, true), (known(3, "tran thi bich", year(1985), None), true)];
        assert_eq!(verdict(year(1985), None, None, &twice).0, None);
        assert_eq!(verdict(year(1985), None, None, &twice).1.len(), 2);
        // Another birth or another paper is another person, whatever the phone says.
        let later = known(4, "tran thi bich", year(1986), None);
        assert_eq!(verdict(year(1985), None, None, &[(later, true)]), (None, vec![]));
        let other_paper = known(5, "tran thi bich", year(1985), Some(b"other"));
        assert_eq!(verdict(year(1985), Some(b"id"), None, &[(other_paper, true)]), (None, vec![]));
    }

    #[test]
    fn name_and_birth_only_ask() {
        let namesake = known(1, "tran thi bich", year(1985), None);
        assert_eq!(
            verdict(year(1985), None, None, &[(namesake.clone(), false)]),
            (None, vec![(1, Basis::NameAndBirth)])
        );
        assert_eq!(verdict(None, None, None, &[(namesake, false)]), (None, vec![]));
    }

    #[test]
    fn a_misspelt_name_or_a_swapped_day_asks() {
        let born = Some(Birth::Day(date(1985, 3, 2)));
        let ask = |other: Known| verdict(born, None, None, &[(other, false)]).1;
        let pair = vec![(1, Basis::NameAlikeBirth)];
        assert_eq!(ask(known(1, "tran thi bihc", born, None)), pair);
        assert_eq!(ask(known(1, "tran thi bich", Some(Birth::Day(date(1985, 2, 3))), None)), pair);
        assert_eq!(ask(known(1, "tran thi bich", Some(Birth::Day(date(1985, 2, 4))), None)), vec![]);
        assert_eq!(ask(known(1, "le van cuong", born, None)), vec![]);
    }

    #[test]
    fn a_name_alike_at_the_same_address_asks_and_a_family_does_not() {
        let home = Some("12 duong so 15");
        let lives = |n, search, birth| Known {
            address_key: home.map(str::to_owned),
            ..known(n, search, birth, None)
        };
        let ask = |other: Known| verdict(year(1985), None, home, &[(other, false)]).1;
        assert_eq!(ask(lives(1, "tran t bich", None)), vec![(1, Basis::NameAndHome)]);
        assert_eq!(ask(lives(1, "tran thi mai", None)), vec![]);
        // A sister whose name is one letter away was born in another year.
        assert_eq!(ask(lives(1, "tran thi binh", year(1988))), vec![]);
    }

    #[test]
    fn joined_records_are_one_person_with_one_claim() {
        let one = known(1, "tran thi bich", year(1985), None);
        let joined = Known { stays: one.id, ..known(2, "tran thi bich", year(1985), None) };
        assert_eq!(verdict(year(1985), None, None, &[(one, true), (joined, true)]), (Some(1), vec![]));
    }

    #[test]
    fn a_crowd_of_namesakes_makes_few_pairs_and_the_nearest_first() {
        let mut crowd: Vec<(Known, bool)> =
            (1..=30).map(|n| (known(n, "tran thi bich", year(1985), None), false)).collect();
        crowd[20].0.address_key = Some("12 duong so 15".into());
        let (same, pairs) = verdict(year(1985), None, Some("12 duong so 15"), &crowd);
        assert_eq!((same, pairs.len(), pairs[0].0), (None, PAIRS, 21));
    }
}
