//! Under which number a scan is kept, and whose it is.

use super::{model::By, sql_seen};
use kernel::{PersonId, Result, citizen_id::CitizenId};
use std::collections::{BTreeMap, HashMap};
use store::{Cx, keys::TenantKeys};
use uuid::Uuid;

/// What a scan knows its person by: the pass's own eight bytes, which say nothing about him; of anything else the
/// tenant's keyed hash. A citizen's number hashes as people's records do, so that the two find each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    pub by: By,
    pub number: Vec<u8>,
}

/// The kinds of the keyed hashes.
const CODE: &str = "pass code";
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
    pub pass: Option<Uuid>,
    /// `None` for a household's, a business's or a neighbourhood's pass.
    pub person: Option<PersonId>,
}

/// Whose these marks are, as far as this centre knows them.
pub(super) async fn whose(cx: &mut Cx, marks: &[Mark]) -> Result<HashMap<Mark, Whose>> {
    let cards: Vec<Vec<u8>> =
        marks.iter().filter(|mark| mark.by == By::Identity).map(|mark| mark.number.clone()).collect();
    let citizens = if cards.is_empty() { BTreeMap::new() } else { sql_seen::citizens(cx, &cards).await? };
    let by_card = citizens.into_iter().map(|(number, person)| {
        (Mark { by: By::Identity, number }, Whose { pass: None, person: Some(person) })
    });
    Ok(by_card.collect())
}

/// Every mark under which a person may have been seen.
pub(super) async fn marks_of(cx: &mut Cx, person: PersonId) -> Result<Vec<Mark>> {
    let card = sql_seen::citizen(cx, person).await?;
    Ok(card.into_iter().map(|number| Mark { by: By::Identity, number }).collect())
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
