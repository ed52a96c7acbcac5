//! How long a text is: the alphabet in which it goes, and in how many parts. A mark anywhere in it, and it goes in the
//! wide alphabet, in which a part holds less than half as much (3GPP TS 23.038; of parts, TS 23.040, 9.2.3.24.1).

/// Characters of one text, and of each part of a long one: octets of the alphabet of GSM, units of UCS-2.
pub const GSM: (usize, usize) = (160, 153);
pub const UCS2: (usize, usize) = (70, 67);

/// How long a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// As the network counts them.
    pub characters: usize,
    pub parts: usize,
}

/// What the network makes of these words.
pub fn size(words: &str) -> Size {
    if words.chars().all(is_plain) {
        let characters = words.chars().count();
        let parts = if characters <= GSM.0 { 1 } else { characters.div_ceil(GSM.1) };
        return Size { characters, parts };
    }
    let units: Vec<u16> = words.encode_utf16().collect();
    let parts = if units.len() <= UCS2.0 { 1 } else { whole_characters(&units).len() };
    Size { characters: units.len(), parts }
}

/// A character that is the same octet in the alphabet of GSM and in ASCII: networks differ in which of the two
/// their default is, so nothing else is sent in it.
pub fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '\n' | '\r' | ' '..='#' | '%'..='?')
}

/// Parts that end where a character ends.
pub fn whole_characters(units: &[u16]) -> Vec<&[u16]> {
    let mut rest = units;
    let mut parts = Vec::new();
    while rest.len() > UCS2.1 {
        let splits = (0xd800..0xdc00).contains(&rest[UCS2.1 - 1]);
        let (part, after) = rest.split_at(if splits { UCS2.1 - 1 } else { UCS2.1 });
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(words: &str) -> (usize, usize) {
        let Size { characters, parts } = size(words);
        (characters, parts)
    }

    #[test]
    fn one_mark_makes_a_text_wide() {
        assert_eq!(counted(&"a".repeat(160)), (160, 1));
        assert_eq!(counted(&"a".repeat(161)), (161, 2));
        assert_eq!(counted(&format!("{}ế", "a".repeat(69))), (70, 1));
        assert_eq!(counted(&format!("{}ế", "a".repeat(70))), (71, 2));
        assert_eq!(counted(&"ế".repeat(134)), (134, 2));
        assert_eq!(counted(&"ế".repeat(135)), (135, 3));
        // No part ends within a character, so the second one holds one unit less.
        assert_eq!(counted(&format!("{}😷{}", "ế".repeat(66), "ô".repeat(66))), (134, 3));
    }
}
