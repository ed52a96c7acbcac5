use crate::codes::codes;
use duty::units::{Tree, UnitKind};
use kernel::{
    ImportId, UnitId,
    address::Parts,
    text::{line, search_key},
};

codes! {
    Kind in "kind" {
        Street = "street",
        Alley = "alley",
        /// Chung cư, block.
        Block = "block",
    }
}

/// Longest name, in characters.
const NAME_CAP: usize = 100;

/// A street as a list tells it.
#[derive(Clone, Debug)]
pub struct NewStreet {
    pub ward: UnitId,
    pub kind: Kind,
    pub name: String,
    /// The street an alley leaves, by its name.
    pub parent: Option<String>,
    /// The house numbers of this stretch, both ends in it; open where none is given. A street that
    /// passes through several quarters has a stretch in each.
    pub from_number: Option<i32>,
    pub to_number: Option<i32>,
    pub quarter: Option<UnitId>,
    pub import: Option<ImportId>,
}

/// What is wrong with a line: field and message key.
pub(crate) type Fault = (&'static str, &'static str);

impl NewStreet {
    /// What must be mended first, before anything is looked up.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.check().err()
    }

    pub(super) fn check(&self) -> Result<Checked, Fault> {
        let name = line(&self.name, NAME_CAP).map_err(|error| ("name", error.key))?;
        let search = key_of(&name);
        if search.is_empty() {
            return Err(("name", "error-name-empty"));
        }
        let parent = self.parent.as_deref().map(key_of);
        let parent = parent.filter(|key| self.kind == Kind::Alley && !key.is_empty());
        if self.from_number.zip(self.to_number).is_some_and(|(from, to)| from > to) {
            return Err(("to_number", "error-street-backwards"));
        }
        Ok(Checked { name, search, parent })
    }
}

/// A line with its names as they are looked up.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub name: String,
    pub search: String,
    pub parent: Option<String>,
}

/// A street as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Street {
    pub kind: Kind,
    pub name: String,
    /// The street an alley leaves.
    pub parent: Option<String>,
    pub from_number: Option<i32>,
    pub to_number: Option<i32>,
    pub quarter: Option<UnitId>,
}

/// A name as it is looked up: without marks and without the word that announces it, so that "Đường số
/// 15", "số 15" and "15" meet.
pub(super) fn key_of(name: &str) -> String {
    const WORDS: [&str; 10] =
        ["duong", "pho", "hem", "ngo", "kiet", "chung cu", "block", "toa nha", "lo", "so"];
    let key = search_key(name);
    let mut rest = key.as_str();
    // One after the other: "Đường số 15". A name that is nothing but such a word stays.
    for word in WORDS {
        if let Some(after) = rest.strip_prefix(word).and_then(|after| after.strip_prefix(' ')) {
            let numbered = after.starts_with(|c: char| c.is_ascii_digit());
            // "Lộ", "Phố" or "Số" begin names; before a number they only announce it.
            if numbered || !matches!(word, "pho" | "lo" | "so" | "ngo" | "kiet") {
                rest = after;
            }
        }
    }
    rest.to_owned()
}

/// A quarter, and the list of streets that says so; no list where the address itself does.
pub(crate) type Told = (UnitId, Option<ImportId>);

/// A stretch that may be where an address lies.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub ward: UnitId,
    pub kind: Kind,
    pub search: String,
    pub parent: Option<String>,
    pub from_number: Option<i32>,
    pub to_number: Option<i32>,
    pub quarter: UnitId,
    /// The list that told of it last.
    pub import: Option<ImportId>,
}

/// The names under which an address may stand in the gazetteer.
pub(super) fn names_of(parts: &Parts) -> Vec<String> {
    let flats = parts.flat.iter().flat_map(|flat| flat.split(", "));
    let names = parts.street.iter().chain(&parts.alley).map(String::as_str).chain(flats).map(key_of);
    let mut names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The quarter that an address names itself: its tổ dân phố by number, else its khu phố. A tổ of which
/// the ward has several, with no khu phố beside it, is none.
pub(super) fn named(tree: &Tree, ward: UnitId, parts: &Parts) -> Option<UnitId> {
    let of = |kind: UnitKind, text: &str| {
        let key = search_key(text);
        let number = move |short: &str| {
            let short = search_key(short);
            short == key || short.rsplit_once(' ').is_some_and(|(_, last)| last == key)
        };
        tree.all_in_ward(ward, kind).filter(move |unit| number(&unit.short)).collect::<Vec<_>>()
    };
    let quarter = match parts.khu_pho.as_deref().map(|text| of(UnitKind::Quarter, text)).as_deref() {
        Some([only]) => Some(only.id),
        _ => None,
    };
    let group = parts.to_dan_pho.as_deref().map(|text| of(UnitKind::Neighbourhood, text)).unwrap_or_default();
    let mut groups = group.iter().filter(|unit| quarter.is_none() || unit.administrative == quarter);
    match (groups.next(), groups.next()) {
        (Some(only), None) => Some(only.id),
        _ => quarter,
    }
}

/// The quarter in which an address lies by its alley, its street or its block; the narrowest stretch
/// counts, and two that contradict each other are none.
pub(super) fn lying(ward: UnitId, parts: &Parts, stretches: &[Stretch]) -> Option<Told> {
    let street = parts.street.as_deref().map(key_of);
    let alley = parts.alley.as_deref().map(key_of);
    let here = || stretches.iter().filter(move |one| one.ward == ward);
    let house = parts.number.as_deref().and_then(leading);
    if let Some(alley) = &alley {
        let of_street = |one: &&Stretch| street.is_none() || one.parent.is_none() || one.parent == street;
        let alleys = here().filter(|one| one.kind == Kind::Alley && one.search == *alley).filter(of_street);
        if let Some(quarter) = narrowest(alleys.filter(|one| one.holds(house))) {
            return Some(quarter);
        }
    }
    // An alley has the number of its mouth on the street.
    let mouth = if alley.is_some() { alley.as_deref().and_then(leading) } else { house };
    if let Some(street) = &street {
        let streets = here().filter(|one| one.kind == Kind::Street && one.search == *street);
        if let Some(quarter) = narrowest(streets.filter(|one| one.holds(mouth))) {
            return Some(quarter);
        }
    }
    let flats: Vec<String> = parts.flat.iter().flat_map(|flat| flat.split(", ")).map(key_of).collect();
    narrowest(here().filter(|one| one.kind == Kind::Block && flats.contains(&one.search)))
}

impl Stretch {
    /// A stretch without ends is the whole street; a house without a number lies in that alone.
    fn holds(&self, house: Option<i32>) -> bool {
        match house {
            Some(house) => {
                self.from_number.is_none_or(|from| from <= house)
                    && self.to_number.is_none_or(|to| house <= to)
            }
            None => self.from_number.is_none() && self.to_number.is_none(),
        }
    }

    fn width(&self) -> i64 {
        let (from, to) = (self.from_number.unwrap_or(0), self.to_number.unwrap_or(i32::MAX));
        i64::from(to) - i64::from(from)
    }
}

fn narrowest<'a>(stretches: impl Iterator<Item = &'a Stretch>) -> Option<Told> {
    let mut best: Option<&Stretch> = None;
    let mut clash = false;
    for one in stretches {
        match best {
            Some(known) if known.width() < one.width() => {}
            Some(known) if known.width() == one.width() => clash |= known.quarter != one.quarter,
            _ => {
                best = Some(one);
                clash = false;
            }
        }
    }
    best.filter(|_| !clash).map(|one| (one.quarter, one.import))
}

/// `1806/127/2` is 1806, `12A` is 12; a block's `A12` is none.
fn leading(number: &str) -> Option<i32> {
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::address::Address;
    use uuid::Uuid;

    fn unit(n: u128) -> UnitId {
        UnitId(Uuid::from_u128(n))
    }

    fn stretch(kind: Kind, name: &str, range: (Option<i32>, Option<i32>), quarter: u128) -> Stretch {
        Stretch {
            ward: unit(1),
            kind,
            search: key_of(name),
            parent: None,
            from_number: range.0,
            to_number: range.1,
            quarter: unit(quarter),
            import: None,
        }
    }

    fn place(address: &str, stretches: &[Stretch]) -> Option<u128> {
        let address = Address::parse(address).unwrap();
        lying(unit(1), address.parts(), stretches).map(|(unit, _)| unit.uuid().as_u128())
    }

    #[test]
    fn names_meet_without_the_word_that_announces_them() {
        for (one, two) in [
            ("Đường số 15", "số 15"),
            ("Đường 15", "15"),
            ("ĐƯỜNG NGUYỄN THỊ THẬP", "Nguyễn Thị Thập"),
            ("Hẻm 1806", "1806"),
            ("Chung cư Hoàng Anh", "Hoang Anh"),
        ] {
            assert_eq!(key_of(one), key_of(two), "{one} / {two}");
        }
        assert_eq!(key_of("Phố Chợ"), "pho cho");
        assert_eq!(key_of("Ngô Quyền"), "ngo quyen");
        assert_eq!(key_of("Hẻm"), "hem");
    }

    #[test]
    fn a_house_lies_in_the_narrowest_stretch_of_its_street() {
        let streets = [
            stretch(Kind::Street, "Nguyễn Thị Thập", (None, None), 9),
            stretch(Kind::Street, "Nguyễn Thị Thập", (Some(1), Some(199)), 2),
            stretch(Kind::Street, "Nguyễn Thị Thập", (Some(200), Some(399)), 3),
        ];
        assert_eq!(place("702 Nguyễn Thị Thập", &streets), Some(9));
        assert_eq!(place("12A Nguyễn Thị Thập", &streets), Some(2));
        assert_eq!(place("200/5 Đường Nguyễn Thị Thập", &streets), Some(3));
        // An alley has the number of its mouth.
        assert_eq!(place("12 hẻm 205 Nguyễn Thị Thập", &streets), Some(3));
        assert_eq!(place("12 Huỳnh Tấn Phát", &streets), None);
        assert_eq!(lying(unit(5), Address::parse("12 Nguyễn Thị Thập").unwrap().parts(), &streets), None);
    }

    #[test]
    fn two_stretches_that_contradict_each_other_are_none() {
        let streets = [
            stretch(Kind::Street, "Lý Phục Man", (Some(1), Some(99)), 2),
            stretch(Kind::Street, "Lý Phục Man", (Some(1), Some(99)), 3),
        ];
        assert_eq!(place("12 Lý Phục Man", &streets), None);
    }

    #[test]
    fn a_flat_lies_where_its_block_stands() {
        let blocks = [stretch(Kind::Block, "Chung cư Hoàng Anh", (None, None), 4)];
        assert_eq!(place("Căn hộ A12-03, chung cư Hoàng Anh", &blocks), Some(4));
    }
}
