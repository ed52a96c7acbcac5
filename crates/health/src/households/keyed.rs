//! The code of a diary, pressed on the keys of a telephone. A letter is the key on which it stands, so
//! the keys alone are no code; together with the number from which the call comes they say which one is
//! meant. Neither proves anything without the other.

use super::{sight, sql, sql_number};
use duty::permissions::Action;
use kernel::{Error, HouseholdId, Phone, Result, SecretCode};
use store::Cx;

/// Households that one number may lead to; more are not looked at.
const MOST: i64 = 20;

/// The households that a number leads to, in the order of their ids. It is no proof of anything.
pub async fn at_number(cx: &mut Cx, phone: &Phone) -> Result<Vec<HouseholdId>> {
    sql_number::at_number(cx, phone, false, MOST).await
}

/// Those of them that the actor sees, with their codes: a hint for whoever speaks with the number.
pub async fn seen_at_number(cx: &mut Cx, phone: &Phone) -> Result<Vec<(HouseholdId, String)>> {
    let mut seen = Vec::new();
    for home in at_number(cx, phone).await? {
        match sight::claim(cx, home, Action::CareSee).await {
            Ok(kept) => seen.push((home, kept.code)),
            Err(Error::NotFound | Error::Forbidden(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(seen)
}

/// Those of them in which somebody is followed now.
pub(crate) async fn followed_at_number(cx: &mut Cx, phone: &Phone) -> Result<Vec<HouseholdId>> {
    sql_number::at_number(cx, phone, true, MOST).await
}

/// The live code that these keys spell, of a household at this number.
pub(crate) async fn code_at_number(cx: &mut Cx, phone: &Phone, keys: &str) -> Result<Option<SecretCode>> {
    for home in at_number(cx, phone).await? {
        if let Some(code) = sql::live_code(cx, home).await?
            && code.canonical().chars().map(key_of).eq(keys.chars())
        {
            return Ok(Some(code));
        }
    }
    Ok(None)
}

/// The key on which a digit or letter stands (ITU-T E.161).
const fn key_of(c: char) -> char {
    match c {
        'A'..='C' => '2',
        'D'..='F' => '3',
        'G'..='I' => '4',
        'J'..='L' => '5',
        'M'..='O' => '6',
        'P'..='S' => '7',
        'T'..='V' => '8',
        'W'..='Z' => '9',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_the_key_on_which_it_stands() {
        let keys: String = "7K3MZ0AQ".chars().map(key_of).collect();
        assert_eq!(keys, "75369027");
    }
}
