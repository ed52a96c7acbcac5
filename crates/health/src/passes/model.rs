//! What a pass is, how it stands, and which way a person's passes turn. Pure.

use crate::{cards, cases::Ending, codes::codes};
use jiff::civil::Date;
use kernel::{
    CaseId, Error, HouseholdId, LockdownId, OrganisationId, PassId, PersonId, PlaceId, PlanId, Result,
    SecretCode, UnitId,
};
use pass::{Day, Doses, Force, Health, Kind};
use uuid::Uuid;

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
        /// Turned back while something keeps its holder from going out: see [`Cause`].
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
    /// The case that counts in its place.
    pub same_as: Option<CaseId>,
}

/// What turns a pass back for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// The illness of its person, or of somebody who lives in the household.
    Case(CaseId),
    /// The isolation of its person as an F1, or of somebody in the household.
    Plan(PlanId),
    /// The place is closed off.
    Lockdown(LockdownId),
    /// A place of the business was stopped.
    Stopped(PlaceId),
    /// The business is no more.
    Ended(OrganisationId),
}

impl Cause {
    /// As it is kept.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Case(_) => "case",
            Self::Plan(_) => "plan",
            Self::Lockdown(_) => "lockdown",
            Self::Stopped(_) => "place",
            Self::Ended(_) => "organisation",
        }
    }

    pub const fn id(self) -> Uuid {
        match self {
            Self::Case(id) => id.uuid(),
            Self::Plan(id) => id.uuid(),
            Self::Lockdown(id) => id.uuid(),
            Self::Stopped(id) => id.uuid(),
            Self::Ended(id) => id.uuid(),
        }
    }

    pub fn read(word: &str, id: Uuid) -> Result<Self> {
        Ok(match word {
            "case" => Self::Case(id.into()),
            "plan" => Self::Plan(id.into()),
            "lockdown" => Self::Lockdown(id.into()),
            "place" => Self::Stopped(id.into()),
            "organisation" => Self::Ended(id.into()),
            other => return Err(Error::internal(format!("nothing turns passes by the name of {other}"))),
        })
    }
}

/// Which way the passes of a holder turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Suspend(Cause),
    Restore,
    /// He died.
    End,
    /// Nothing is known that would turn them but cases that were never ended, and are old: see [`open`].
    Leave,
}

/// A confirmed case that runs turns a person's passes back, whatever else he has, and so does his isolation as
/// an F1; a case that has ended in recovery, or was none, does not. Whoever has left the district while ill
/// stays turned back: nobody here releases him.
pub(super) fn turn(cases: &[Illness], isolation: Option<PlanId>) -> Turn {
    let confirmed = || cases.iter().filter(|case| case.confirmed);
    if confirmed().any(|case| case.ending == Some(Ending::Died)) {
        return Turn::End;
    }
    match (running(cases), isolation) {
        (Some(case), _) => Turn::Suspend(Cause::Case(case)),
        (None, Some(plan)) => Turn::Suspend(Cause::Plan(plan)),
        (None, None) if confirmed().all(|case| case.ending == Some(Ending::Recovered)) => Turn::Restore,
        (None, None) => Turn::Leave,
    }
}

/// The same of a household, by the cases of all who live there and an isolation that goes on there. Whoever
/// died or left the district is not there any more.
pub(super) fn turn_home(cases: &[Illness], isolation: Option<PlanId>) -> Turn {
    match (running(cases), isolation) {
        (Some(case), _) => Turn::Suspend(Cause::Case(case)),
        (None, Some(plan)) => Turn::Suspend(Cause::Plan(plan)),
        (None, None) if cases.iter().all(|case| !case.confirmed || case.ending.is_some()) => Turn::Restore,
        (None, None) => Turn::Leave,
    }
}

fn running(cases: &[Illness]) -> Option<CaseId> {
    let runs = |case: &&Illness| case.confirmed && case.ending.is_none() && case.runs;
    cases.iter().find(runs).map(|case| case.case)
}

/// The confirmed cases of a person of which nobody here has said that he is well: each keeps turned back what it
/// has turned back, old as it may be.
pub(super) fn open(cases: &[Illness]) -> Vec<CaseId> {
    with_joined(cases, |case| case.confirmed && case.ending != Some(Ending::Recovered))
}

/// The same of a household: whoever died or left the district is not there any more.
pub(super) fn open_at_home(cases: &[Illness]) -> Vec<CaseId> {
    with_joined(cases, |case| case.confirmed && case.ending.is_none())
}

/// These cases, and those that were found to be the same as one of them.
fn with_joined(cases: &[Illness], is_open: impl Fn(&Illness) -> bool) -> Vec<CaseId> {
    let open: Vec<CaseId> = cases.iter().filter(|case| is_open(case)).map(|case| case.case).collect();
    let joined = |case: &&Illness| case.same_as.is_some_and(|stays| open.contains(&stays));
    let joined: Vec<CaseId> = cases.iter().filter(joined).map(|case| case.case).collect();
    [open, joined].concat()
}

/// What becomes of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Turned back, or turned back by this from now on.
    Back(Cause),
    Again,
    End,
}

/// What has to be done to a pass that `was` turned back by something, or by nothing, so that it stands as it
/// should; `None` where it does. `open`: the cases of its holder that nobody has ended.
pub(super) fn step(turn: Turn, open: &[CaseId], was: Option<Cause>) -> Option<Step> {
    match (turn, was) {
        (Turn::End, _) => Some(Step::End),
        (Turn::Suspend(cause), None) => Some(Step::Back(cause)),
        // An illness holds on for itself: nobody is released because an isolation beside it has ended, or
        // because the illness of another has.
        (Turn::Suspend(_) | Turn::Leave, Some(Cause::Case(case))) if open.contains(&case) => None,
        // What stands there as the cause is one that goes on: what ends with it ends by its event.
        (Turn::Suspend(cause), Some(was)) => (cause != was).then_some(Step::Back(cause)),
        // Whatever it was is over, and a case that turned nothing back while it ran does not do so now.
        (Turn::Restore | Turn::Leave, Some(_)) => Some(Step::Again),
        (Turn::Restore | Turn::Leave, None) => None,
    }
}

/// What turns a new pass back; `held`: the case by which earlier passes of its holder stay turned back, where nobody
/// has ended it.
pub(super) fn begins(turn: Turn, held: Option<Cause>) -> Option<Cause> {
    match turn {
        Turn::Suspend(Cause::Plan(plan)) => held.or(Some(Cause::Plan(plan))),
        Turn::Suspend(cause) => Some(cause),
        // Whose passes stay turned back gets no good one in their stead.
        Turn::Leave => held,
        Turn::Restore | Turn::End => None,
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
