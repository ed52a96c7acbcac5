//! What a pass is, how it stands, and which way a person's passes turn. Pure.

use crate::{cards, cases::Ending, codes::codes};
use jiff::civil::Date;
use kernel::{CaseId, HouseholdId, OrganisationId, PassId, PersonId, SecretCode, UnitId};
use pass::{Day, Doses, Force, Health, Kind};

codes! {
    /// Why a pass was taken back for good.
    Reason in "reason" {
        /// Another stands in its place.
        Replaced = "replaced",
        Lost = "lost",
        /// Used by somebody else, or to do what it is not for.
        Misused = "misused",
        Mistake = "mistake",
        /// Its holder has no more claim to it: he left the force, the shop has closed.
        Ended = "ended",
        /// Only the program says so, as of the next.
        Died = "died",
        /// Two records were of one person, who keeps the pass of the other.
        Merged = "merged",
    }
    /// How a pass stands.
    Standing in "standing" {
        Good = "good",
        /// Turned back while its person is an F0.
        Suspended = "suspended",
        Revoked = "revoked",
        /// Taken back because another stands in its place.
        Replaced = "replaced",
    }
}

impl Reason {
    /// What a person may say.
    pub const SAID: [Self; 4] = [Self::Lost, Self::Misused, Self::Mistake, Self::Ended];
}

impl Standing {
    pub(super) const fn of(suspended: bool, revoked: Option<Reason>) -> Self {
        match (suspended, revoked) {
            (_, Some(Reason::Replaced | Reason::Merged)) => Self::Replaced,
            (_, Some(_)) => Self::Revoked,
            (true, None) => Self::Suspended,
            (false, None) => Self::Good,
        }
    }
}

/// The number that stands in a pass.
pub type Number = [u8; 8];

/// Whose pass it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Person(PersonId),
    /// `organisation`: for whom he goes, where that is on record.
    Force {
        force: Force,
        person: PersonId,
        organisation: Option<OrganisationId>,
    },
    Household(HouseholdId),
    /// A khu phố, a tổ dân phố, or a whole ward.
    Neighbourhood(UnitId),
    /// `people`: how many may be inside.
    Business {
        organisation: OrganisationId,
        people: Option<u32>,
    },
}

impl Whose {
    pub const fn kind(self) -> Kind {
        match self {
            Self::Person(_) => Kind::Person,
            Self::Force { .. } => Kind::Force,
            Self::Household(_) => Kind::Household,
            Self::Neighbourhood(_) => Kind::Neighbourhood,
            Self::Business { .. } => Kind::Business,
        }
    }

    pub const fn person(self) -> Option<PersonId> {
        match self {
            Self::Person(person) | Self::Force { person, .. } => Some(person),
            _ => None,
        }
    }

    pub const fn force(self) -> Option<Force> {
        match self {
            Self::Force { force, .. } => Some(force),
            _ => None,
        }
    }
}

/// A pass as somebody asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewPass {
    pub whose: Whose,
    /// Twelve digits are made with it, for who has no telephone.
    pub code: bool,
}

/// A person's pass and what opens its page.
#[derive(Clone, Debug)]
pub struct Held {
    pub pass: PassId,
    pub key: SecretCode,
}

/// A pass that was met at a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    pub pass: PassId,
    pub kind: Kind,
    pub force: Option<Force>,
    pub person: Option<PersonId>,
    pub organisation: Option<OrganisationId>,
    pub ward: Option<UnitId>,
    pub standing: Standing,
}

/// How many passes one status list has room for: enough that nobody is found by his list alone, few
/// enough that a gate loads one in a moment.
pub(super) const LIST_SIZE: u32 = 100_000;

/// The place that the `n`-th pass of a list gets: each place once, in an order that `mix` shuffles, so
/// that neighbours in a list have nothing in common. Four rounds over halves of the next even width, again
/// while the place lies beyond the end.
pub(super) fn place(n: u32, size: u32, mix: impl Fn(u8, u32) -> u32) -> u32 {
    let bits = (u32::BITS - size.saturating_sub(1).leading_zeros()).div_ceil(2).max(1);
    let mask = (1_u32 << bits) - 1;
    let mut at = n;
    loop {
        let (mut left, mut right) = (at >> bits, at & mask);
        for round in 0..4 {
            (left, right) = (right, left ^ (mix(round, right) & mask));
        }
        at = left << bits | right;
        if at < size {
            return at;
        }
    }
}

/// A case as far as it turns passes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Illness {
    pub case: CaseId,
    /// Confirmed, not taken off the record, and no other counts in its place.
    pub confirmed: bool,
    /// Reported so lately that it runs.
    pub runs: bool,
    pub ending: Option<Ending>,
}

/// What a person's cases do to his passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Suspend(CaseId),
    Restore,
    /// He died.
    End,
    /// Nothing is known that would turn them: a case that was never ended, and is old.
    Leave,
}

/// A confirmed case that runs turns his passes back, whatever else he has; one that has ended in
/// recovery, or was none, does not. Whoever has left the district while ill stays turned back: nobody here
/// releases him.
pub(super) fn turn(cases: &[Illness]) -> Turn {
    let confirmed = || cases.iter().filter(|case| case.confirmed);
    if confirmed().any(|case| case.ending == Some(Ending::Died)) {
        return Turn::End;
    }
    match confirmed().find(|case| case.ending.is_none() && case.runs) {
        Some(case) => Turn::Suspend(case.case),
        None if confirmed().all(|case| case.ending == Some(Ending::Recovered)) => Turn::Restore,
        None => Turn::Leave,
    }
}

/// What a pass says of a body. Nothing known is left out: it is not "none".
pub(super) fn health(known: &cards::Known) -> Health {
    let day = |day: Option<Date>| day.and_then(|day| Day::of(day).ok());
    Health {
        doses: known.doses.and_then(|doses| Doses::new(doses.into()).ok()),
        last_dose: day(known.last_dose),
        last_negative: day(known.last_negative),
        recovered: day(known.recovered),
    }
}
