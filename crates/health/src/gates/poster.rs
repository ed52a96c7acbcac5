//! The code on a gate's poster: short, so that its QR is coarse and is read from afar, and typed without
//! mistakes.

use kernel::{Error, Result};

/// 40 random bits.
pub(super) const CHARS: usize = 8;

/// Reads a poster's code however it was typed: any case, dashes or spaces, O for 0, I or L for 1. What cannot
/// be one is `NotFound`.
pub fn poster(typed: &str) -> Result<String> {
    let mut code = String::with_capacity(CHARS);
    for c in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        match c.to_ascii_uppercase() {
            'O' => code.push('0'),
            'I' | 'L' => code.push('1'),
            'U' => return Err(Error::NotFound),
            c if c.is_ascii_alphanumeric() => code.push(c),
            _ => return Err(Error::NotFound),
        }
        if code.len() > CHARS {
            return Err(Error::NotFound);
        }
    }
    if code.len() == CHARS { Ok(code) } else { Err(Error::NotFound) }
}

#[cfg(test)]
mod tests {
    use super::poster;

    #[test]
    fn a_posters_code_reads_back_however_it_is_typed() {
        for typed in ["7K3M9Q1T", "7k3m-9qlt", " 7K3M 9QIT\n"] {
            assert_eq!(poster(typed).unwrap(), "7K3M9Q1T");
        }
        for typed in ["", "7K3M9Q1", "7K3M9Q1TT", "UUUUUUUU", "'; drop", "ưưưưưưưư"] {
            assert!(poster(typed).is_err(), "{typed}");
        }
    }
}
