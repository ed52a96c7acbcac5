//! The words of texts as octets: the alphabet of GSM (3GPP TS 23.038) where they fit, UCS-2 else, and long
//! ones in parts with a header (TS 23.040, 9.2.3.24.1).

use duty::messages::text_size::{GSM, UCS2, is_plain, whole_characters};

/// How octets are to be read, as `data_coding` says it.
pub(super) const DEFAULT: u8 = 0;
pub(super) const WIDE: u8 = 8;

/// The octets of one part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Octets {
    pub coding: u8,
    /// It begins with a header.
    pub header: bool,
    pub octets: Vec<u8>,
}

/// The words in one part, or in several that carry `reference`. `None` when they are too long for any number
/// of parts.
pub(super) fn split(words: &str, reference: u8) -> Option<Vec<Octets>> {
    let narrow: Option<Vec<u8>> = words.chars().map(plain).collect();
    let (coding, chunks): (u8, Vec<Vec<u8>>) = match narrow {
        Some(octets) if octets.len() <= GSM.0 => (DEFAULT, vec![octets]),
        Some(octets) => (DEFAULT, octets.chunks(GSM.1).map(<[u8]>::to_vec).collect()),
        None => {
            let units: Vec<u16> = words.encode_utf16().collect();
            let chunks = if units.len() <= UCS2.0 { vec![&units[..]] } else { whole_characters(&units) };
            let octets =
                |chunk: &[u16]| -> Vec<u8> { chunk.iter().flat_map(|unit| unit.to_be_bytes()).collect() };
            (WIDE, chunks.into_iter().map(octets).collect())
        }
    };
    // A header numbers parts in one octet.
    let of = u8::try_from(chunks.len()).ok()?;
    Some(
        (1..=of)
            .zip(chunks)
            .map(|(number, chunk)| {
                let head: &[u8] = if of > 1 { &[5, 0, 3, reference, of, number] } else { &[] };
                Octets { coding, header: of > 1, octets: [head, &chunk[..]].concat() }
            })
            .collect(),
    )
}

/// A character of the alphabet of GSM in which texts go, as its octet.
fn plain(c: char) -> Option<u8> {
    is_plain(c).then_some(c as u8)
}

/// The alphabet of GSM, and what stands behind its escape.
const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const ESCAPED: [(u8, char); 10] = [
    (0x0a, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2f, '\\'),
    (0x3c, '['),
    (0x3d, '~'),
    (0x3e, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// Octets that came in, as UTF-16.
pub(super) fn read(coding: u8, octets: &[u8]) -> Vec<u16> {
    match coding {
        3 => octets.iter().map(|octet| u16::from(*octet)).collect(),
        // Also with a message class or a mark of waiting messages.
        coding if is_wide(coding) => octets
            .chunks(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]))
            .collect(),
        _ => gsm(octets).encode_utf16().collect(),
    }
}

const fn is_wide(coding: u8) -> bool {
    coding == WIDE || (coding < 0x80 && coding & 0x0c == 0x08 && coding & 0x10 != 0) || coding & 0xf0 == 0xe0
}

fn gsm(octets: &[u8]) -> String {
    let alphabet: Vec<char> = ALPHABET.chars().collect();
    let mut words = String::new();
    let mut escaped = false;
    for octet in octets {
        if escaped {
            escaped = false;
            if let Some((_, c)) = ESCAPED.iter().find(|(known, _)| known == octet) {
                words.push(*c);
                continue;
            }
        } else if *octet == 0x1b {
            escaped = true;
            continue;
        }
        words.push(alphabet.get(usize::from(*octet)).copied().unwrap_or('\u{fffd}'));
    }
    words
}

/// Which part of a long text this is: the text's reference, the part's number, how many there are.
type Part = (u16, u8, u8);

/// The part that a header tells of, and what follows the header. `None` when the header is longer than all.
pub(super) fn header(octets: &[u8]) -> Option<(Option<Part>, &[u8])> {
    let length = usize::from(*octets.first()?);
    let (mut elements, body) = octets.get(1..)?.split_at_checked(length)?;
    let mut part = None;
    while let [kind, length, rest @ ..] = elements {
        let Some((element, after)) = rest.split_at_checked(usize::from(*length)) else { break };
        match (kind, element) {
            (0, [reference, of, number]) => part = Some((u16::from(*reference), *number, *of)),
            (8, [high, low, of, number]) => part = Some((u16::from_be_bytes([*high, *low]), *number, *of)),
            _ => {}
        }
        elements = after;
    }
    Some((part, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(units: &[u16]) -> String {
        String::from_utf16(units).unwrap()
    }

    fn together(parts: &[Octets]) -> String {
        let mut units = Vec::new();
        for part in parts {
            let body = if part.header { header(&part.octets).unwrap().1 } else { &part.octets };
            units.extend(read(part.coding, body));
        }
        text(&units)
    }

    #[test]
    fn the_alphabet_has_its_128_characters() {
        assert_eq!(ALPHABET.chars().count(), 128);
        assert_eq!(text(&read(0, b"\x00\x02\x1b\x65\x11 Ok?")), "@$€_ Ok?");
        assert_eq!(text(&read(3, &[0xe9])), "é");
    }

    #[test]
    fn plain_words_go_by_160_and_by_153() {
        assert_eq!(split(&"a".repeat(160), 7).unwrap().len(), 1);
        let parts = split(&"a".repeat(161), 7).unwrap();
        assert_eq!(parts.iter().map(|part| part.octets.len()).collect::<Vec<_>>(), [6 + 153, 6 + 8]);
        assert_eq!((parts[0].coding, &parts[0].octets[..6]), (DEFAULT, &[5, 0, 3, 7, 2, 1][..]));
        // No network agrees with another about this one.
        assert_eq!(split("a@b.example", 7).unwrap()[0].coding, WIDE);
    }

    #[test]
    fn vietnamese_words_go_by_70_and_by_67_and_are_whole_again() {
        let words = "Đề nghị báo sức khỏe. ".repeat(10);
        let parts = split(&words, 200).unwrap();
        assert_eq!(parts.len(), words.chars().count().div_ceil(67));
        assert!(parts.iter().all(|part| part.coding == WIDE && part.octets.len() <= 140));
        assert_eq!(together(&parts), words);
        assert_eq!(split(&"ế".repeat(70), 1).unwrap().len(), 1);
    }

    #[test]
    fn no_part_ends_within_a_character() {
        let words = format!("{}😷{}", "ế".repeat(66), "ô".repeat(20));
        let parts = split(&words, 1).unwrap();
        assert_eq!(parts[0].octets.len(), 6 + 132);
        assert_eq!(together(&parts), words);
    }

    #[test]
    fn what_no_number_of_parts_holds_is_refused() {
        assert!(split(&"a".repeat(153 * 255), 1).is_some());
        assert!(split(&"a".repeat(153 * 255 + 1), 1).is_none());
    }

    #[test]
    fn headers_of_both_kinds_are_read_and_broken_ones_are_none() {
        assert_eq!(header(&[5, 0, 3, 9, 3, 2, b'x']).unwrap(), (Some((9, 2, 3)), &b"x"[..]));
        assert_eq!(header(&[6, 8, 4, 1, 2, 3, 1]).unwrap(), (Some((0x102, 1, 3)), &b""[..]));
        // An element of another kind before it: a port.
        assert_eq!(header(&[9, 4, 2, 1, 1, 0, 3, 9, 2, 1]).unwrap().0, Some((9, 1, 2)));
        assert!(header(&[]).is_none() && header(&[5, 0, 3]).is_none());
    }
}
