//! Under which number a scan is kept, and whose it is.

use super::{model::By, sql_kin, sql_seen};
use crate::passes;
use kernel::{PassId, PersonId, Result, citizen_id::CitizenId};
use std::{collections::HashMap, iter};
use store::{Cx, keys::TenantKeys};

/// What a scan knows its person by: the pass's own eight bytes, which say nothing about him; of anything else the
/// tenant's keyed hash. A citizen's number hashes as people's records do, so that the two find each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    pub by: By,
    pub number: Vec<u8>,
}

/// The kinds of the keyed hashes.
const CODE: &str = passes::CODE_INDEX;
const CERTIFICATE: &str = "certificate";
const CARD: &str = "card";
const CITIZEN: &str = "citizen_id";

impl Mark {
    /// The mark of a number as a gate read it; `None` where there is none.
    pub(super) fn of(keys: &TenantKeys, by: By, number: &str) -> Option<Self> {
        let number = number.trim();
        if number.is_empty() {
            return None;
        }
        let hashed = |kind: &str, text: &str| keys.blind(kind, text);
        let number = match by {
            By::Pass => pass_number(number)?.to_vec(),
            By::Certificate => hashed(CERTIFICATE, number),
            By::Code => hashed(CODE, &digits(number)),
            By::Identity => CitizenId::parse(number)
                .map_or_else(|_| hashed(CARD, number), |id| hashed(CITIZEN, id.as_str())),
            By::Hand => return None,
        };
        Some(Self { by, number })
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Sixteen hex digits.
fn pass_number(text: &str) -> Option<[u8; 8]> {
    let plain = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u64::from_str_radix(text, 16).ok().map(u64::to_be_bytes)).flatten()
}

/// Whose it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whose {
    /// `None` where a card was read and no pass.
    pub pass: Option<PassId>,
    /// `None` for a household's, a business's or a neighbourhood's pass.
    pub person: Option<PersonId>,
}

/// Whose these marks are, as far as this centre knows them.
pub(super) async fn whose(cx: &mut Cx, marks: &[Mark]) -> Result<HashMap<Mark, Whose>> {
    let of = |by: By| marks.iter().filter(move |mark| mark.by == by).map(|mark| mark.number.clone());
    let (cards, codes): (Vec<_>, Vec<_>) = (of(By::Identity).collect(), of(By::Code).collect());
    let numbers: Vec<passes::Number> = of(By::Pass).filter_map(|number| number.try_into().ok()).collect();
    let mut found = HashMap::new();
    if !cards.is_empty() {
        for (number, person) in sql_seen::citizens(cx, &cards).await? {
            found.insert(Mark { by: By::Identity, number }, Whose { pass: None, person: Some(person) });
        }
    }
    let told = |named: passes::Named| Whose { pass: Some(named.pass), person: named.person };
    if !numbers.is_empty() {
        for (number, named) in passes::named(cx, &numbers).await? {
            found.insert(Mark { by: By::Pass, number: number.to_vec() }, told(named));
        }
    }
    if !codes.is_empty() {
        for (number, named) in passes::of_code_indexes(cx, &codes).await? {
            found.insert(Mark { by: By::Code, number }, told(named));
        }
    }
    Ok(found)
}

/// Every mark under which a person may have been seen.
pub(super) async fn marks_of(cx: &mut Cx, person: PersonId) -> Result<Vec<Mark>> {
    let card = sql_seen::citizen(cx, person).await?;
    let mut marks: Vec<Mark> = card.into_iter().map(|number| Mark { by: By::Identity, number }).collect();
    for (number, code) in passes::marks_of_person(cx, person).await? {
        marks.push(Mark { by: By::Pass, number: number.to_vec() });
        marks.extend(code.map(|number| Mark { by: By::Code, number }));
    }
    Ok(marks)
}

/// Which numbers are of one pass or one person: his QR, its digits, his card.
#[derive(Debug, Default)]
pub(super) struct Kin(HashMap<Vec<u8>, Vec<Vec<u8>>>);

impl Kin {
    /// Of these marks, in one question for all.
    pub async fn of(cx: &mut Cx, marks: &[(By, &[u8])]) -> Result<Self> {
        let mut kin: HashMap<Vec<u8>, Vec<Vec<u8>>> = HashMap::new();
        if !marks.is_empty() {
            for (number, other) in sql_kin::kin(cx, marks).await? {
                kin.entry(number).or_default().push(other);
            }
        }
        Ok(Self(kin))
    }

    /// A number, and every other that means the same pass or person.
    pub fn all<'a>(&'a self, number: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        iter::once(number).chain(self.0.get(number).into_iter().flatten().map(Vec::as_slice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_known_by_sixteen_hex_digits_and_by_nothing_else() {
        assert_eq!(pass_number("0102030405060708"), Some([1, 2, 3, 4, 5, 6, 7, 8]));
        assert_eq!(pass_number("+102030405060708"), None);
        assert_eq!(pass_number("01020304050607"), None);
        assert_eq!(digits("1234-5678 9012"), "123456789012");
    }
}
