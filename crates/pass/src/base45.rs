//! Base45 (RFC 9285): two bytes as three letters of the QR code's alphanumeric mode.

use std::fmt;

const LETTERS: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const NONE: u8 = u8::MAX;
const VALUES: [u8; 256] = values();

const fn values() -> [u8; 256] {
    let mut values = [NONE; 256];
    let mut at = 0;
    while at < LETTERS.len() {
        values[LETTERS[at] as usize] = at as u8;
        at += 1;
    }
    values
}

/// Why a text is not Base45.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base45Fault {
    /// A letter outside the alphabet, or three letters above 65535, somewhere from this byte on.
    At(usize),
    /// One letter is left over.
    Length,
}

impl fmt::Display for Base45Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => write!(f, "not base45 from letter {at} on"),
            Self::Length => f.write_str("a letter is missing at the end"),
        }
    }
}

/// Appends the text of `bytes`.
pub fn encode(bytes: &[u8], text: &mut String) {
    text.reserve(bytes.len().div_ceil(2) * 3);
    let mut push = |value: u16| text.push(char::from(LETTERS[usize::from(value)]));
    let (pairs, rest) = bytes.as_chunks::<2>();
    for pair in pairs {
        let value = u16::from_be_bytes(*pair);
        push(value % 45);
        push(value / 45 % 45);
        push(value / 2025);
    }
    if let [last] = rest {
        push(u16::from(*last) % 45);
        push(u16::from(*last) / 45);
    }
}

/// Puts the bytes of `text` in place of what `bytes` held.
pub fn decode(text: &str, bytes: &mut Vec<u8>) -> Result<(), Base45Fault> {
    bytes.clear();
    bytes.reserve(text.len() / 3 * 2 + 1);
    let value = |letter: u8| u32::from(VALUES[usize::from(letter)]);
    let (threes, rest) = text.as_bytes().as_chunks::<3>();
    for (at, &[a, b, c]) in threes.iter().enumerate() {
        let (a, b, c) = (value(a), value(b), value(c));
        let sum = a + 45 * b + 2025 * c;
        let known = a < 45 && b < 45 && c < 45;
        match u16::try_from(sum) {
            Ok(sum) if known => bytes.extend_from_slice(&sum.to_be_bytes()),
            _ => return Err(Base45Fault::At(at * 3)),
        }
    }
    match *rest {
        [] => Ok(()),
        [a, b] => {
            let (a, b) = (value(a), value(b));
            match u8::try_from(a + 45 * b) {
                Ok(byte) if a < 45 && b < 45 => {
                    bytes.push(byte);
                    Ok(())
                }
                _ => Err(Base45Fault::At(text.len() - 2)),
            }
        }
        _ => Err(Base45Fault::Length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(text: &str) -> Result<Vec<u8>, Base45Fault> {
        let mut bytes = Vec::new();
        decode(text, &mut bytes).map(|()| bytes)
    }

    #[test]
    fn the_examples_of_the_rfc() {
        for (bytes, text) in [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581")] {
            let mut encoded = String::new();
            encode(bytes.as_bytes(), &mut encoded);
            assert_eq!(encoded, text);
            assert_eq!(decoded(text).unwrap(), bytes.as_bytes());
        }
        assert_eq!(decoded("QED8WEX0").unwrap(), b"ietf!");
    }

    #[test]
    fn what_no_bytes_could_have_given_is_refused() {
        assert_eq!(decoded("GGW"), Err(Base45Fault::At(0)), "65536");
        assert_eq!(decoded("FGW").unwrap(), [0xff, 0xff]);
        assert_eq!(decoded("BB8::"), Err(Base45Fault::At(3)));
        assert_eq!(decoded("BB8a00"), Err(Base45Fault::At(3)));
        assert_eq!(decoded("BB80"), Err(Base45Fault::Length));
        assert_eq!(decoded("Ấ"), Err(Base45Fault::At(0)));
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes: Vec<u8>) {
            let mut text = String::new();
            encode(&bytes, &mut text);
            prop_assert_eq!(decoded(&text).unwrap(), bytes);
        }

        #[test]
        fn a_text_has_one_meaning(text in "[0-9A-Z $%*+./:-]{0,60}") {
            if let Ok(bytes) = decoded(&text) {
                let mut again = String::new();
                encode(&bytes, &mut again);
                prop_assert_eq!(again, text);
            }
        }
    }
}
