//! The words and abbreviations that announce a part of an address: P., Q.7, KP3, TP.HCM, đường, hẻm…

use crate::address::{PlaceKind, is_house_number};

/// What the words that follow are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Nothing announced.
    Free,
    /// With the word as it is shown.
    Flat(&'static str),
    Number,
    Alley,
    Street,
    /// A street that keeps the word, as it is shown: "Tỉnh lộ 10" is not "Đường 10".
    Road(&'static str),
    ToDanPho,
    KhuPho,
    Place(PlaceKind),
}

/// One word, and whether a comma follows it.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// Lower case, without a closing dot.
    lower: String,
    /// Written with a closing dot.
    dotted: bool,
    pub(crate) ends_piece: bool,
}

/// Marks of two or three words, accented and not.
const PHRASES: [(&[&str], &[&str], Mark); 11] = [
    (&["tổ", "dân", "phố"], &["to", "dan", "pho"], Mark::ToDanPho),
    (&["khu", "phố"], &["khu", "pho"], Mark::KhuPho),
    (&["thị", "trấn"], &["thi", "tran"], Mark::Place(PlaceKind::ThiTran)),
    (&["thị", "xã"], &["thi", "xa"], Mark::Place(PlaceKind::ThiXa)),
    (&["thành", "phố"], &["thanh", "pho"], Mark::Place(PlaceKind::ThanhPho)),
    (&["căn", "hộ"], &["can", "ho"], Mark::Flat("căn hộ")),
    (&["chung", "cư"], &["chung", "cu"], Mark::Flat("chung cư")),
    (&["số", "nhà"], &["so", "nha"], Mark::Number),
    (&["nhà", "số"], &["nha", "so"], Mark::Number),
    // No province.
    (&["tỉnh", "lộ"], &["tinh", "lo"], Mark::Road("Tỉnh lộ")),
    (&["tòa", "nhà"], &["toa", "nha"], Mark::Flat("tòa nhà")),
];

/// Marks of one full word, accented and not.
const WORDS: [(&str, &str, Mark); 11] = [
    ("phường", "phuong", Mark::Place(PlaceKind::Phuong)),
    ("xã", "xa", Mark::Place(PlaceKind::Xa)),
    ("quận", "quan", Mark::Place(PlaceKind::Quan)),
    ("huyện", "huyen", Mark::Place(PlaceKind::Huyen)),
    ("tỉnh", "tinh", Mark::Place(PlaceKind::Tinh)),
    ("đường", "duong", Mark::Street),
    ("hẻm", "hem", Mark::Alley),
    ("ngõ", "ngo", Mark::Alley),
    ("kiệt", "kiet", Mark::Alley),
    ("block", "block", Mark::Flat("block")),
    ("tầng", "tang", Mark::Flat("tầng")),
];

/// Abbreviations that stand before a dot, a space or a digit.
const SHORT: [(&str, Mark); 9] = [
    ("tdp", Mark::ToDanPho),
    ("tđp", Mark::ToDanPho),
    ("kp", Mark::KhuPho),
    ("tp", Mark::Place(PlaceKind::ThanhPho)),
    ("p", Mark::Place(PlaceKind::Phuong)),
    ("f", Mark::Place(PlaceKind::Phuong)),
    ("q", Mark::Place(PlaceKind::Quan)),
    ("đ", Mark::Street),
    ("cc", Mark::Flat("chung cư")),
];

/// Cuts a line into words: commas, semicolons and free-standing dashes end a piece; `P.Tân`, `Q7`, `TPHCM`
/// are taken apart so that the abbreviation is a word of its own.
pub(crate) fn words_of(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for piece in text.split([',', ';', '|']) {
        for raw in piece.split_whitespace() {
            if matches!(raw, "-" | "–" | "—") {
                end_piece(&mut words);
            } else {
                let (head, tail) = taken_apart(raw);
                words.push(word(head));
                if let Some(tail) = tail {
                    words.push(word(tail));
                }
            }
        }
        end_piece(&mut words);
    }
    words
}

fn end_piece(words: &mut [Word]) {
    if let Some(last) = words.last_mut() {
        last.ends_piece = true;
    }
}

fn word(text: &str) -> Word {
    let bare = text.trim_end_matches('.');
    Word {
        text: if bare.is_empty() { text } else { bare }.to_owned(),
        lower: bare.to_lowercase(),
        dotted: text.len() > bare.len(),
        ends_piece: false,
    }
}

fn taken_apart(raw: &str) -> (&str, Option<&str>) {
    if let Some((head, tail)) = raw.split_once('.')
        && !tail.is_empty()
        && is_abbreviation(&head.to_lowercase())
    {
        return (&raw[..=head.len()], Some(tail));
    }
    let lower = raw.to_lowercase();
    if lower == "tphcm" {
        return ("TP.", Some("HCM"));
    }
    let digits_at = raw.find(|c: char| c.is_ascii_digit()).unwrap_or(raw.len());
    let (head, tail) = raw.split_at(digits_at);
    // "Q7", "P05", "KP3"; not "P5/2", which is a house number.
    let numbered = !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if numbered && matches!(head.to_lowercase().as_str(), "p" | "f" | "q" | "kp" | "tdp" | "tđp") {
        return (head, Some(tail));
    }
    (raw, None)
}

fn is_abbreviation(lower: &str) -> bool {
    SHORT.iter().any(|(short, _)| *short == lower) || matches!(lower, "h" | "x" | "tt" | "tx" | "t")
}

/// The mark that `words` begin with and how many words it takes. `piece_start`: after a comma or at the
/// beginning. `accented`: the line has diacritics, so a word without them is part of a name.
pub(crate) fn marked(words: &[Word], piece_start: bool, accented: bool) -> Option<(Mark, usize)> {
    let first = words.first()?;
    for (with, without, mark) in PHRASES {
        let phrase = if accented { with } else { without };
        let joined = words.len() > phrase.len()
            && words.iter().zip(phrase).all(|(word, part)| word.lower == *part)
            && !words[..phrase.len()].iter().any(|word| word.ends_piece);
        if joined {
            return Some((mark, phrase.len()));
        }
    }
    // A mark announces something; at the end of its piece it is a name ("Chợ Phường").
    if first.ends_piece {
        return None;
    }
    let next = words.get(1)?;
    let numbered = is_house_number(&next.text);
    for (with, without, mark) in WORDS {
        if first.lower == if accented { with } else { without } {
            let announces = match mark {
                Mark::Alley => numbered,
                Mark::Flat(_) | Mark::Place(PlaceKind::Xa | PlaceKind::Tinh) => piece_start || numbered,
                _ => true,
            };
            return announces.then_some((mark, 1));
        }
    }
    let lower = first.lower.as_str();
    if let Some((_, mark)) = SHORT.iter().find(|(short, _)| *short == lower) {
        return Some((*mark, 1));
    }
    match lower {
        "h" if first.dotted => Some((Mark::Place(PlaceKind::Huyen), 1)),
        "x" if first.dotted => Some((Mark::Place(PlaceKind::Xa), 1)),
        "tt" if first.dotted => Some((Mark::Place(PlaceKind::ThiTran), 1)),
        "tx" if first.dotted => Some((Mark::Place(PlaceKind::ThiXa), 1)),
        "t" if first.dotted && !numbered => Some((Mark::Place(PlaceKind::Tinh), 1)),
        "tổ" | "to" if numbered => Some((Mark::ToDanPho, 1)),
        "lô" | "lo" if piece_start && numbered => Some((Mark::Flat("lô"), 1)),
        "số" | "so" if piece_start && numbered => Some((Mark::Number, 1)),
        _ => None,
    }
}
