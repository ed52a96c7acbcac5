//! A code that opens one thing: a report to its reporter, a diary to its household.

use crate::{Error, Result, Rng};
use std::fmt;

/// What somebody without an account holds to come back to what is his: 80 random bits as 16 characters
/// of Crockford's base32. `Display` groups them (`7K3M-…`), `Debug` hides them: whoever knows the code
/// acts as its holder.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretCode(String);

const LENGTH: usize = 16;
const GROUP: usize = 4;

impl SecretCode {
    pub fn new(rng: &Rng) -> Self {
        Self(rng.code(LENGTH))
    }

    /// Reads a code however it was typed: any case, dashes or spaces, O for 0, I or L for 1. What
    /// cannot be a code is one that nobody holds: `NotFound`.
    pub fn parse(text: &str) -> Result<Self> {
        let mut code = String::with_capacity(LENGTH);
        for c in text.chars() {
            match c.to_ascii_uppercase() {
                '-' | '–' | '.' => {}
                c if c.is_whitespace() => {}
                'O' => code.push('0'),
                'I' | 'L' => code.push('1'),
                'U' => return Err(Error::NotFound),
                c if c.is_ascii_alphanumeric() => code.push(c),
                _ => return Err(Error::NotFound),
            }
            if code.len() > LENGTH {
                return Err(Error::NotFound);
            }
        }
        if code.len() == LENGTH { Ok(Self(code)) } else { Err(Error::NotFound) }
    }

    /// The sixteen characters, ungrouped: what is hashed and sealed.
    pub fn canonical(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_str();
        while rest.len() > GROUP {
            let (group, tail) = rest.split_at(GROUP);
            write!(f, "{group}-")?;
            rest = tail;
        }
        f.write_str(rest)
    }
}

impl fmt::Debug for SecretCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretCode(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        let code = SecretCode::new(&Rng::seeded(3));
        let shown = code.to_string();
        assert_eq!(shown.len(), 19);
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', " "), format!(" {shown}\n")] {
            assert_eq!(SecretCode::parse(&typed).unwrap(), code);
        }
        let one = SecretCode::parse("0000-1111-0000-1111").unwrap();
        assert_eq!(SecretCode::parse("oOoO-iIlL-0000-LLLL").unwrap(), one);
        assert_eq!(format!("{code:?}"), "SecretCode(hidden)");
    }

    #[test]
    fn what_cannot_be_a_code_is_not_found() {
        for typed in [
            "",
            "ABCD",
            "ABCD-EFGH-JKMN-PQRST",
            "UUUU-UUUU-UUUU-UUUU",
            "'; drop table reports",
            "ưưưưưưưưưưưưưưưư",
        ] {
            assert!(matches!(SecretCode::parse(typed), Err(Error::NotFound)), "{typed}");
        }
    }
}
