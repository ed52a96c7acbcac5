//! Vietnamese addresses from one line of text: flat, house number, alley, street, tổ dân phố, khu phố,
//! phường, quận, thành phố.
//!
//! House numbers are text (`1806/127/2/6/15/27/3`, `12A`, `45Bis`). What was typed is always kept; parts
//! that no word or abbreviation announces are not guessed at but stay in [`Parts::other`], except a ward
//! whose name the caller knows.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::address_words::{Mark, marked, words_of};
use crate::text::{line, search_key};
use crate::value::ValueError;

/// Longest address, in characters.
const LONGEST: usize = 300;

/// An address as typed and what was understood of it. `Debug` hides both; `Display` shows the parts in
/// their usual order.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    original: String,
    parts: Parts,
}

/// The parts, each without the word that announces it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Parts {
    /// Căn hộ, lô, block, chung cư, tầng, with their words, comma-separated.
    pub flat: Option<String>,
    pub number: Option<String>,
    /// Hẻm (ngõ, kiệt).
    pub alley: Option<String>,
    /// `Nguyễn Thị Thập`, `số 15` for "Đường số 15".
    pub street: Option<String>,
    pub to_dan_pho: Option<String>,
    pub khu_pho: Option<String>,
    pub ward: Option<Place>,
    pub district: Option<Place>,
    pub city: Option<Place>,
    /// What could not be placed, in the order typed.
    pub other: Vec<String>,
}

/// An administrative place: `Place { kind: Phuong, name: "Tân Phong" }`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    pub kind: PlaceKind,
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    Phuong,
    Xa,
    ThiTran,
    Quan,
    Huyen,
    ThiXa,
    ThanhPho,
    Tinh,
}

impl PlaceKind {
    /// The word before the name, as papers write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Phuong => "Phường",
            Self::Xa => "Xã",
            Self::ThiTran => "Thị trấn",
            Self::Quan => "Quận",
            Self::Huyen => "Huyện",
            Self::ThiXa => "Thị xã",
            Self::ThanhPho => "Thành phố",
            Self::Tinh => "Tỉnh",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.word(), self.name)
    }
}

impl Address {
    /// Errors: `error-address-empty`, `error-text-control`, `error-text-too-long` (300 characters).
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        Self::parse_knowing(text, &[])
    }

    /// As [`Address::parse`]; a part that nothing announces and that is one of the `wards` (names without
    /// "Phường") is the ward.
    pub fn parse_knowing(text: &str, wards: &[&str]) -> Result<Self, ValueError> {
        let original = line(text, LONGEST)?;
        if original.is_empty() {
            return Err(ValueError::new("error-address-empty"));
        }
        let parts = Parts::read(&original, wards);
        Ok(Self { original, parts })
    }

    /// As typed, in one tidy line.
    pub fn original(&self) -> &str {
        &self.original
    }

    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    pub fn search_key(&self) -> String {
        search_key(&self.to_string())
    }
}

impl Parts {
    fn read(text: &str, wards: &[&str]) -> Self {
        let mut parts = Self::default();
        let words = words_of(text);
        let accented = !text.is_ascii();
        let mut at = 0;
        let mut mark = Mark::Free;
        let mut held: Vec<&str> = Vec::new();
        let mut piece_start = true;
        while at < words.len() {
            if let Some((next, taken)) = marked(&words[at..], piece_start, accented) {
                parts.place(mark, &held.join(" "));
                held.clear();
                mark = next;
                at += taken;
                // A comma between the announcing word and its name ("P., Tân Phong") ends the piece.
                piece_start = words[at - 1].ends_piece;
            } else {
                held.push(&words[at].text);
                piece_start = words[at].ends_piece;
                at += 1;
            }
            // The alley ends with its number; what follows is the street.
            let alley_full = mark == Mark::Alley && held.len() == 1;
            if piece_start || alley_full || (mark == Mark::Number && held.len() == 1) {
                parts.place(mark, &held.join(" "));
                held.clear();
                mark = Mark::Free;
            }
        }
        parts.place(mark, &held.join(" "));
        parts.settle(wards);
        parts
    }

    /// Puts one piece where its mark says; a second piece of a kind is kept among the others.
    fn place(&mut self, mark: Mark, piece: &str) {
        if piece.is_empty() {
            return;
        }
        let slot = match mark {
            Mark::Free => return self.place_free(piece),
            Mark::Flat(word) => {
                let named = format!("{word} {piece}");
                let flat = self.flat.take();
                self.flat = Some(flat.map_or(named.clone(), |flat| format!("{flat}, {named}")));
                return;
            }
            Mark::Road(word) => {
                let road = format!("{word} {piece}");
                if self.street.is_none() {
                    self.street = Some(road);
                } else {
                    self.other.push(road);
                }
                return;
            }
            Mark::Place(kind) => return self.place_unit(kind, piece),
            Mark::Number => &mut self.number,
            Mark::Alley => &mut self.alley,
            Mark::Street => &mut self.street,
            Mark::ToDanPho => &mut self.to_dan_pho,
            Mark::KhuPho => &mut self.khu_pho,
        };
        match slot {
            Some(_) => self.other.push(piece.to_owned()),
            None => *slot = Some(plain_number(piece)),
        }
    }

    fn place_unit(&mut self, kind: PlaceKind, piece: &str) {
        let key = search_key(piece);
        let capital =
            kind == PlaceKind::ThanhPho && matches!(key.as_str(), "hcm" | "ho chi minh" | "sai gon");
        let name = if capital { "Hồ Chí Minh".to_owned() } else { plain_number(piece) };
        let slot = match kind {
            PlaceKind::Phuong | PlaceKind::Xa | PlaceKind::ThiTran => &mut self.ward,
            PlaceKind::Quan | PlaceKind::Huyen | PlaceKind::ThiXa => &mut self.district,
            // A city inside a city.
            PlaceKind::ThanhPho if key == "thu duc" => &mut self.district,
            PlaceKind::ThanhPho | PlaceKind::Tinh => &mut self.city,
        };
        match slot {
            Some(_) => self.other.push(format!("{} {name}", kind.word())),
            None => *slot = Some(Place { kind, name }),
        }
    }

    /// A piece without a mark: a house number and its street, the city by its bare name, or something to
    /// keep.
    fn place_free(&mut self, piece: &str) {
        let (first, rest) = piece.split_once(' ').unwrap_or((piece, ""));
        if self.number.is_none() && is_house_number(first) {
            self.number = Some(first.to_owned());
            if rest.is_empty() {
                return;
            }
            if self.street.is_none() {
                self.street = Some(rest.to_owned());
            } else {
                self.other.push(rest.to_owned());
            }
        } else if self.street.is_none() && (self.number.is_some() || self.alley.is_some()) {
            self.street = Some(piece.to_owned());
        } else {
            self.other.push(piece.to_owned());
        }
    }

    fn settle(&mut self, wards: &[&str]) {
        if self.city.is_none()
            && let Some(at) = self.other.iter().position(|piece| is_ho_chi_minh(piece))
        {
            self.other.remove(at);
            self.city = Some(Place { kind: PlaceKind::ThanhPho, name: "Hồ Chí Minh".to_owned() });
        }
        if self.ward.is_none() {
            let keys: Vec<String> = wards.iter().map(|ward| search_key(ward)).collect();
            let known = |piece: &String| {
                let piece = search_key(piece);
                keys.iter().position(|key| *key == piece).map(|at| wards[at])
            };
            let found = self.other.iter().enumerate().rev().find_map(|(at, piece)| Some((at, known(piece)?)));
            if let Some((at, ward)) = found {
                self.other.remove(at);
                self.ward = Some(Place { kind: PlaceKind::Phuong, name: ward.to_owned() });
            }
        }
    }
}

fn is_ho_chi_minh(piece: &str) -> bool {
    matches!(
        search_key(piece).as_str(),
        "ho chi minh" | "hcm" | "tphcm" | "sai gon" | "hcmc" | "ho chi minh city"
    )
}

/// `07` as `7`: the same place, however the list pads it.
fn plain_number(piece: &str) -> String {
    if piece.bytes().all(|b| b.is_ascii_digit()) {
        let bare = piece.trim_start_matches('0');
        return if bare.is_empty() { piece.to_owned() } else { bare.to_owned() };
    }
    piece.to_owned()
}

/// `702`, `12A`, `45Bis`, `1806/127/2`, `A12-03`: starts with a digit, or with up to two letters and then
/// one.
pub(crate) fn is_house_number(word: &str) -> bool {
    let letters = word.chars().take_while(|c| c.is_alphabetic()).count();
    letters <= 2 && word.chars().nth(letters).is_some_and(|c| c.is_ascii_digit())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &self.parts;
        let mut pieces: Vec<String> = Vec::new();
        pieces.extend(parts.flat.clone());
        let mut house: Vec<String> = Vec::new();
        house.extend(parts.number.clone());
        house.extend(parts.alley.as_ref().map(|alley| format!("hẻm {alley}")));
        if let Some(street) = &parts.street {
            let numbered = street.starts_with("số ") || street.starts_with("so ") || is_house_number(street);
            house.push(if numbered || house.is_empty() {
                format!("đường {street}")
            } else {
                street.clone()
            });
        }
        if !house.is_empty() {
            pieces.push(house.join(" "));
        }
        pieces.extend(parts.other.iter().cloned());
        pieces.extend(parts.to_dan_pho.as_ref().map(|name| format!("tổ dân phố {name}")));
        pieces.extend(parts.khu_pho.as_ref().map(|name| format!("khu phố {name}")));
        pieces
            .extend([&parts.ward, &parts.district, &parts.city].into_iter().flatten().map(Place::to_string));
        f.write_str(&pieces.join(", "))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(hidden)")
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
