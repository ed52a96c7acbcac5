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
    }
}

/// The verdict on a newcomer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The person he certainly is.
    pub same: Option<PersonId>,
    /// Those he may be, when he is not certainly anyone.
    pub perhaps: Vec<(PersonId, Basis)>,
    /// Those among them who are him with equal right: he is one of them, and nothing says which.
    pub tied: Vec<PersonId>,
}

/// What is known of the newcomer.
pub(super) struct Newcomer<'a> {
    pub search: &'a str,
    pub birth: Option<Birth>,
    pub citizen_id_index: Option<&'a [u8]>,
}

/// The same person when the citizen id is the same and the names are similar; or, where not both
/// have one, when phone, name and birth are the same (both births may be unknown). More than one
/// such person, or agreement in part, is for people to decide.
pub(super) fn judge(new: &Newcomer<'_>, known: &[Known]) -> Verdict {
    let mut same = Vec::new();
    let mut perhaps = Vec::new();
    for other in known {
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
        if same_id && alike {
            same.push((other.id, Basis::CitizenId));
        } else if same_id {
            perhaps.push((other.id, Basis::CitizenId));
        } else if !other_id && other.has_phone && name_same && birth_same {
            same.push((other.id, Basis::PhoneAndName));
        } else if other.has_phone && alike && births_agree && !other_id {
            perhaps.push((other.id, Basis::PhoneAndName));
        } else if name_same && birth_same && new.birth.is_some() && !other_id {
            perhaps.push((other.id, Basis::NameAndBirth));
        }
    }
    // The paper outweighs the phone; two people with equal claims leave it open.
    let best = same.iter().map(|(_, basis)| *basis).min();
    let certain: Vec<PersonId> =
        same.iter().filter(|(_, basis)| Some(*basis) == best).map(|(id, _)| *id).collect();
    let (only, tied) = match certain.as_slice() {
        [one] => (Some(*one), Vec::new()),
        _ => (None, certain),
    };
    let perhaps = match only {
        Some(_) => Vec::new(),
        None => same.into_iter().chain(perhaps).collect(),
    };
    Verdict { same: only, perhaps, tied }
}

/// Whether two name keys can be of one person: the same words in any order, one the other with a
/// word left out or shortened to its first letter, or at most two letters apart.
fn similar(one: &str, two: &str) -> bool {
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
    use uuid::Uuid;

    fn known(n: u128, search: &str, birth: Option<i16>, id: Option<&[u8]>, has_phone: bool) -> Known {
        Known {
            id: PersonId(Uuid::from_u128(n)),
            search: search.into(),
            birth: birth.map(Birth::Year),
            sex: None,
            citizen_id_index: id.map(<[u8]>::to_vec),
            address: None,
            ward: None,
            has_phone,
        }
    }

    fn verdict(
        birth: Option<i16>,
        id: Option<&[u8]>,
        others: &[Known],
    ) -> (Option<u128>, Vec<(u128, Basis)>) {
        let new = Newcomer { search: "tran thi bich", birth: birth.map(Birth::Year), citizen_id_index: id };
        let verdict = judge(&new, others);
        let number = |id: PersonId| id.uuid().as_u128();
        (
            verdict.same.map(number),
            verdict.perhaps.into_iter().map(|(id, basis)| (number(id), basis)).collect(),
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
            verdict(Some(1985), Some(id), &[known(1, "tran t bich", None, Some(id), false)]),
            (Some(1), vec![])
        );
        let stranger = known(1, "le van cuong", Some(1950), Some(id), false);
        assert_eq!(verdict(Some(1985), Some(id), &[stranger]), (None, vec![(1, Basis::CitizenId)]));
    }

    #[test]
    fn a_phone_alone_is_nobody() {
        let mother = known(1, "nguyen thi hoa", Some(1955), None, true);
        assert_eq!(verdict(Some(1985), None, &[mother]), (None, vec![]));
        let herself = known(2, "tran thi bich", Some(1985), None, true);
        assert_eq!(verdict(Some(1985), None, std::slice::from_ref(&herself)), (Some(2), vec![]));
        // Two records that fit equally well: a person decides.
        let twice = [herself, known(3, "tran thi bich", Some(1985), None, true)];
        assert_eq!(verdict(Some(1985), None, &twice).0, None);
        assert_eq!(verdict(Some(1985), None, &twice).1.len(), 2);
        // Another birth or another paper is another person, whatever the phone says.
        assert_eq!(
            verdict(Some(1985), None, &[known(4, "tran thi bich", Some(1986), None, true)]),
            (None, vec![])
        );
        let other_paper = known(5, "tran thi bich", Some(1985), Some(b"other"), true);
        assert_eq!(verdict(Some(1985), Some(b"id"), &[other_paper]), (None, vec![]));
    }

    #[test]
    fn name_and_birth_only_ask() {
        let namesake = known(1, "tran thi bich", Some(1985), None, false);
        assert_eq!(
            verdict(Some(1985), None, std::slice::from_ref(&namesake)),
            (None, vec![(1, Basis::NameAndBirth)])
        );
        assert_eq!(verdict(None, None, &[namesake]), (None, vec![]));
    }
}
