//! What a pass says. Facts only: the colour is the gate's verdict by its rules, so that a change of
//! rules needs no new pass. Never in it: a paper's number, a phone, an address, an illness.
//!
//! A value of these types is a pass that may exist; the fields are parsed on the way in.

use jiff::{
    Timestamp,
    civil::{Date, date},
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::fmt;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Why a pass may not say this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ClaimFault(pub(crate) &'static str);

/// A name as it can be read anywhere: `A`-`Z`, digits, `.`, `-`, `'`, `&`, single spaces; at most
/// 80 letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassName(String);

impl PassName {
    pub const MOST: usize = 80;

    /// A name that is written so already.
    pub fn parse(name: &str) -> Result<Self, ClaimFault> {
        if name.is_empty() || name.len() > Self::MOST {
            return Err(ClaimFault("a name has 1 to 80 letters"));
        }
        let plain = |letter: u8| letter.is_ascii_uppercase() || letter.is_ascii_digit();
        if !name.bytes().all(|letter| plain(letter) || b" .-'&".contains(&letter)) {
            return Err(ClaimFault("a name has letters A-Z, digits, space, . - ' &"));
        }
        if name.starts_with(' ') || name.ends_with(' ') || name.contains("  ") {
            return Err(ClaimFault("a name has single spaces"));
        }
        Ok(Self(name.to_owned()))
    }

    /// A name as people write it: diacritics fall, what cannot be said becomes a space, what is
    /// too long ends after a whole word.
    pub fn fold(name: &str) -> Result<Self, ClaimFault> {
        let mut folded = String::with_capacity(name.len());
        for letter in name.nfd().filter(|letter| !is_combining_mark(*letter)) {
            match letter {
                'đ' | 'Đ' => folded.push('D'),
                '\u{2019}' | '\u{2018}' => folded.push('\''),
                '\u{2010}'..='\u{2015}' => folded.push('-'),
                letter if letter.is_ascii_alphanumeric() => folded.push(letter.to_ascii_uppercase()),
                '.' | '-' | '\'' | '&' => folded.push(letter),
                _ => folded.push(' '),
            }
        }
        let mut whole = String::with_capacity(folded.len().min(Self::MOST));
        for word in folded.split_ascii_whitespace() {
            let gap = usize::from(!whole.is_empty());
            if whole.len() + gap + word.len() > Self::MOST {
                break;
            }
            whole.extend((gap == 1).then_some(' '));
            whole.push_str(word);
        }
        Self::parse(&whole)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PassName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tenant's code as `79-778`, at most 24 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer(String);

impl Issuer {
    pub fn parse(code: &str) -> Result<Self, ClaimFault> {
        code_of(code, 24).map(Self).ok_or(ClaimFault("an issuer has 1 to 24 letters"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A ward's code, at most 12 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    pub fn parse(code: &str) -> Result<Self, ClaimFault> {
        code_of(code, 12).map(Self).ok_or(ClaimFault("a place has 1 to 12 letters"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn code_of(code: &str, most: usize) -> Option<String> {
    let fine = (1..=most).contains(&code.len()) && !code.chars().any(char::is_control);
    fine.then(|| code.to_owned())
}

/// 1900 to 2100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BirthYear(u16);

impl BirthYear {
    pub fn new(year: u64) -> Result<Self, ClaimFault> {
        match u16::try_from(year) {
            Ok(year @ 1900..=2100) => Ok(Self(year)),
            _ => Err(ClaimFault("a birth year lies between 1900 and 2100")),
        }
    }

    pub const fn get(self) -> u16 {
        self.0
    }
}

/// Doses of vaccine, 0 to 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doses(u8);

impl Doses {
    pub fn new(doses: u64) -> Result<Self, ClaimFault> {
        match u8::try_from(doses) {
            Ok(doses @ 0..=9) => Ok(Self(doses)),
            _ => Err(ClaimFault("doses are 0 to 9")),
        }
    }

    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A day, counted from 2020-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(u16);

impl Day {
    const FIRST: Date = date(2020, 1, 1);

    pub fn counted(days: u64) -> Result<Self, ClaimFault> {
        u16::try_from(days).map(Self).map_err(|_| ClaimFault("a day lies too far ahead"))
    }

    pub fn of(day: Date) -> Result<Self, ClaimFault> {
        let days = day.duration_since(Self::FIRST).as_hours() / 24;
        let days = u64::try_from(days).map_err(|_| ClaimFault("a day lies before 2020"))?;
        Self::counted(days)
    }

    pub fn date(self) -> Date {
        Self::FIRST.saturating_add(jiff::Span::new().days(self.0))
    }

    pub const fn count(self) -> u16 {
        self.0
    }
}

/// What a force is there for, as the pilot of September 2021 names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    EpidemicWorker,
    Official,
    BusinessRepresentative,
    ShoppingHelper,
    Shipper,
    Transport,
    HouseholdRepresentative,
}

impl Force {
    pub const ALL: [Self; 7] = [
        Self::EpidemicWorker,
        Self::Official,
        Self::BusinessRepresentative,
        Self::ShoppingHelper,
        Self::Shipper,
        Self::Transport,
        Self::HouseholdRepresentative,
    ];

    /// 1 to 7.
    pub fn of(number: u64) -> Result<Self, ClaimFault> {
        let force = Self::ALL.into_iter().find(|force| u64::from(force.number()) == number);
        force.ok_or(ClaimFault("a force is 1 to 7"))
    }

    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::EpidemicWorker => "epidemic_worker",
            Self::Official => "official",
            Self::BusinessRepresentative => "business_representative",
            Self::ShoppingHelper => "shopping_helper",
            Self::Shipper => "shipper",
            Self::Transport => "transport",
            Self::HouseholdRepresentative => "household_representative",
        }
    }
}

/// Whose pass it is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Person,
    Household,
    Neighbourhood,
    Business,
    Force,
}

impl Kind {
    pub const ALL: [Self; 5] =
        [Self::Person, Self::Household, Self::Neighbourhood, Self::Business, Self::Force];

    pub fn of(number: u64) -> Result<Self, ClaimFault> {
        let kind = Self::ALL.into_iter().find(|kind| u64::from(kind.number()) == number);
        kind.ok_or(ClaimFault("a kind is 0 to 4"))
    }

    pub const fn number(self) -> u8 {
        self as u8
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Household => "household",
            Self::Neighbourhood => "neighbourhood",
            Self::Business => "business",
            Self::Force => "force",
        }
    }
}

/// What is known of a body, as days rather than verdicts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    pub doses: Option<Doses>,
    pub last_dose: Option<Day>,
    pub last_negative: Option<Day>,
    pub recovered: Option<Day>,
}

/// Whose pass it is, with what such a pass says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    Person {
        born: BirthYear,
        health: Health,
    },
    /// `people`: how many members.
    Household {
        place: Option<Place>,
        people: Option<u32>,
    },
    Neighbourhood {
        place: Option<Place>,
    },
    /// `people`: how many may be inside.
    Business {
        place: Option<Place>,
        people: Option<u32>,
    },
    Force {
        force: Force,
        born: BirthYear,
        health: Health,
    },
}

impl Holder {
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Person { .. } => Kind::Person,
            Self::Household { .. } => Kind::Household,
            Self::Neighbourhood { .. } => Kind::Neighbourhood,
            Self::Business { .. } => Kind::Business,
            Self::Force { .. } => Kind::Force,
        }
    }

    pub const fn born(&self) -> Option<BirthYear> {
        match self {
            Self::Person { born, .. } | Self::Force { born, .. } => Some(*born),
            _ => None,
        }
    }

    pub fn health(&self) -> Health {
        match self {
            Self::Person { health, .. } | Self::Force { health, .. } => *health,
            _ => Health::default(),
        }
    }

    pub const fn place(&self) -> Option<&Place> {
        match self {
            Self::Household { place, .. } | Self::Neighbourhood { place } | Self::Business { place, .. } => {
                place.as_ref()
            }
            _ => None,
        }
    }

    pub const fn people(&self) -> Option<u32> {
        match self {
            Self::Household { people, .. } | Self::Business { people, .. } => *people,
            _ => None,
        }
    }

    pub const fn force(&self) -> Option<Force> {
        match self {
            Self::Force { force, .. } => Some(*force),
            _ => None,
        }
    }
}

/// Which bit of which status list says that the pass was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusPlace {
    pub list: u64,
    pub index: u64,
}

/// What a gate judges by: of a pass, or of a row behind a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub name: PassName,
    pub holder: Holder,
    pub status: Option<StatusPlace>,
}

/// A pass as its issuer says it. Times in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    pub(crate) issuer: Issuer,
    pub(crate) number: [u8; 8],
    pub(crate) issued: i64,
    pub(crate) from: Option<i64>,
    pub(crate) until: i64,
    pub(crate) facts: Facts,
}

impl Pass {
    /// A pass is issued before it ends, and after 1970.
    pub fn new(
        issuer: Issuer,
        number: [u8; 8],
        issued: Timestamp,
        until: Timestamp,
        facts: Facts,
    ) -> Result<Self, ClaimFault> {
        let (issued, until) = (issued.as_second(), until.as_second());
        if issued < 0 || until <= issued {
            return Err(ClaimFault("a pass ends after it was issued"));
        }
        Ok(Self { issuer, number, issued, from: None, until, facts })
    }

    /// The same, good only from later on.
    pub fn from(mut self, from: Timestamp) -> Result<Self, ClaimFault> {
        let from = from.as_second();
        if from >= self.until {
            return Err(ClaimFault("a pass ends after it begins"));
        }
        self.from = (from > self.issued).then_some(from);
        Ok(self)
    }

    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The pass's own number; says nothing about its holder.
    pub const fn number(&self) -> [u8; 8] {
        self.number
    }

    pub const fn issued(&self) -> i64 {
        self.issued
    }

    /// From when it is good.
    pub fn begins(&self) -> i64 {
        self.from.map_or(self.issued, |from| from.max(self.issued))
    }

    /// The first second in which it is good no more.
    pub const fn until(&self) -> i64 {
        self.until
    }

    pub const fn facts(&self) -> &Facts {
        &self.facts
    }
}

/// Facts as flat JSON; what is not said is left out. Days as `2021-09-20`.
impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        self.entries(&mut map)?;
        map.end()
    }
}

impl Facts {
    fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let health = self.holder.health();
        map.serialize_entry("kind", self.holder.kind().name())?;
        map.serialize_entry("name", self.name.as_str())?;
        let mut number = |key, value: Option<u64>| match value {
            Some(value) => map.serialize_entry(key, &value),
            None => Ok(()),
        };
        number("birth_year", self.holder.born().map(|born| born.get().into()))?;
        number("doses", health.doses.map(|doses| doses.get().into()))?;
        number("people", self.holder.people().map(u64::from))?;
        number("status_index", self.status.map(|status| status.index))?;
        number("status_list", self.status.map(|status| status.list))?;
        let days = [
            ("last_dose", health.last_dose),
            ("last_negative", health.last_negative),
            ("recovered", health.recovered),
        ];
        for (key, day) in days {
            if let Some(day) = day {
                map.serialize_entry(key, &day.date())?;
            }
        }
        if let Some(force) = self.holder.force() {
            map.serialize_entry("force", force.name())?;
        }
        if let Some(place) = self.holder.place() {
            map.serialize_entry("place", place.as_str())?;
        }
        Ok(())
    }
}

/// The facts, and `iss`, `iat`, `nbf`, `exp`, `cti` beside them.
impl Serialize for Pass {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("iss", self.issuer.as_str())?;
        map.serialize_entry("iat", &self.issued)?;
        if let Some(from) = self.from {
            map.serialize_entry("nbf", &from)?;
        }
        map.serialize_entry("exp", &self.until)?;
        map.serialize_entry("cti", &data_encoding::HEXLOWER.encode(&self.number))?;
        self.facts.entries(&mut map)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_marks_and_nothing_else() {
        for (name, folded) in [
            ("Nguyễn Văn Đệ", "NGUYEN VAN DE"),
            ("  trần   thị Ừ ", "TRAN THI U"),
            ("Tạp hoá “Bà Năm” & Con", "TAP HOA BA NAM & CON"),
            ("K\u{2019}Brếu", "K'BREU"),
            ("Khu phố 4, P. Tân Thuận", "KHU PHO 4 P. TAN THUAN"),
        ] {
            assert_eq!(PassName::fold(name).unwrap().as_str(), folded);
        }
        let long = "NGUYEN ".repeat(20);
        assert_eq!(PassName::fold(&long).unwrap().as_str().len(), 76);
        assert!(PassName::fold("漢字").is_err());
        for name in ["", " A", "A  B", "a", "Á", "A|B"] {
            assert!(PassName::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn days_are_counted_from_2020() {
        assert_eq!(Day::of(date(2020, 1, 1)).unwrap().count(), 0);
        assert_eq!(Day::of(date(2021, 9, 20)).unwrap().count(), 628);
        assert_eq!(Day::counted(628).unwrap().date(), date(2021, 9, 20));
        assert!(Day::of(date(2019, 12, 31)).is_err());
        assert_eq!(Day::counted(65_535).unwrap().date(), date(2199, 6, 6));
    }

    #[test]
    fn kinds_and_forces_keep_their_numbers() {
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(Kind::of(number as u64).unwrap(), kind);
        }
        assert_eq!(Force::of(5).unwrap(), Force::Shipper);
        assert!(Force::of(0).is_err() && Force::of(8).is_err() && Kind::of(5).is_err());
    }
}
