//! What a pass says. Facts only: the colour is the gate's verdict by its rules, so that a change of
//! rules needs no new pass. Never in it: a paper's number, a phone, an address, an illness.
//!
//! A value of these types is a pass that may exist; the fields are parsed on the way in.

use crate::values::{BirthYear, ClaimFault, Day, Doses, Issuer, PassName, Place};
use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};

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

/// What may be said of a holder, before it is known whether it belongs together.
#[derive(Debug, Clone)]
pub struct Attributes {
    pub kind: Kind,
    pub born: Option<BirthYear>,
    pub health: Health,
    pub force: Option<Force>,
    pub place: Option<Place>,
    pub people: Option<u32>,
}

impl Holder {
    /// Refuses what such a holder does not have as well as what he lacks.
    pub fn new(said: Attributes) -> Result<Self, ClaimFault> {
        let Attributes { kind, born, health, force, place, people } = said;
        let strange = match kind {
            Kind::Person | Kind::Force => place.is_some() || people.is_some(),
            Kind::Household | Kind::Business => born.is_some() || health != Health::default(),
            Kind::Neighbourhood => born.is_some() || health != Health::default() || people.is_some(),
        };
        if strange || (kind != Kind::Force && force.is_some()) {
            return Err(ClaimFault("a fact that such a pass does not have"));
        }
        let born = || born.ok_or(ClaimFault("no birth year"));
        Ok(match kind {
            Kind::Person => Self::Person { born: born()?, health },
            Kind::Household => Self::Household { place, people },
            Kind::Neighbourhood => Self::Neighbourhood { place },
            Kind::Business => Self::Business { place, people },
            Kind::Force => Self::Force { force: force.ok_or(ClaimFault("no force"))?, born: born()?, health },
        })
    }

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
    fn kinds_and_forces_keep_their_numbers() {
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(Kind::of(number as u64).unwrap(), kind);
        }
        assert_eq!(Force::of(5).unwrap(), Force::Shipper);
        assert!(Force::of(0).is_err() && Force::of(8).is_err() && Kind::of(5).is_err());
    }
}
