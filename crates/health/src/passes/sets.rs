//! Cards by the set: of whom one is printed now, and who is left out for which reason.

use super::{
    SET,
    holders::Known,
    issue,
    model::Standing,
    sign::{self, Printed},
    sql::{self, Kept},
};
use crate::codes::codes;
use duty::permissions::{Action, Permit, Scope};
use kernel::{Error, PassId, Result};
use std::collections::BTreeMap;
use store::Cx;

codes! {
    /// Why no card of a pass is printed with the others of its set.
    Lack in "lack" {
        /// Turned back for a while: a card of it opens nothing now.
        Resting = "resting",
        Revoked = "revoked",
        BirthYear = "birth-year",
        /// The name on record cannot be written on a pass, or nobody is on record any more.
        Name = "name",
        /// The actor does not issue it: a worker who lives in another ward.
        Elsewhere = "elsewhere",
    }
}

impl Lack {
    /// What is answered where no card of a set can be printed.
    fn refusal(self) -> Option<Error> {
        match self {
            Self::Resting => Some(Error::Conflict("error-pass-resting")),
            Self::Revoked => Some(Error::Conflict("error-pass-revoked")),
            Self::BirthYear => Some(Error::Conflict("error-pass-birth-year")),
            Self::Name => Some(Error::Conflict("error-pass-name")),
            Self::Elsewhere => None,
        }
    }
}

/// A pass of a set of which no card is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub pass: PassId,
    pub why: Lack,
    /// As people write it; empty where the actor does not see whose it is.
    pub name: String,
}

/// Cards of a set.
#[derive(Clone, Debug)]
pub struct PrintedSet {
    /// In the order asked.
    pub cards: Vec<Printed>,
    pub left: Vec<LeftOut>,
}

struct Sorted {
    passes: BTreeMap<PassId, Kept>,
    ready: Vec<PassId>,
    left: Vec<LeftOut>,
}

/// Of which of these passes no card would be printed now, in the order asked: at most 500 at a time.
///
/// Errors: Conflict `error-pass-set-too-large`.
pub async fn left_out(cx: &mut Cx, ids: &[PassId]) -> Result<Vec<LeftOut>> {
    Ok(sort(cx, ids).await?.left)
}

/// Cards of those of these passes that can have one now, each with its code: at most 500 at a time. That they were
/// printed stands on record.
///
/// Errors: where nothing is left, `NotFound` or why, as Conflict: `error-pass-resting`, `error-pass-revoked`,
/// `error-pass-birth-year`, `error-pass-name`; Conflict `error-pass-set-too-large`, `error-pass-no-key`,
/// `error-pass-key-unnamed`, `error-pass-card-short`.
pub async fn printed_set(cx: &mut Cx, ids: &[PassId]) -> Result<PrintedSet> {
    let Sorted { passes, ready, left } = sort(cx, ids).await?;
    if ready.is_empty() {
        return Err(left.iter().find_map(|one| one.why.refusal()).unwrap_or(Error::NotFound));
    }
    Ok(PrintedSet { cards: sign::cards(cx, &ready, &passes).await?, left })
}

async fn sort(cx: &mut Cx, ids: &[PassId]) -> Result<Sorted> {
    if ids.len() > SET {
        return Err(Error::Conflict("error-pass-set-too-large"));
    }
    let passes: BTreeMap<PassId, Kept> =
        sql::kept_all(cx, ids).await?.into_iter().map(|kept| (kept.id, kept)).collect();
    let whose: Vec<_> = passes.values().map(|kept| kept.whose).collect();
    let known = Known::of(cx, &whose, false).await?;
    let (mut ready, mut left) = (Vec::with_capacity(ids.len()), Vec::new());
    for pass in ids.iter().copied() {
        // A pass that is none is told no other way than one that is not the actor's.
        let elsewhere = LeftOut { pass, why: Lack::Elsewhere, name: String::new() };
        let Some(kept) = passes.get(&pass) else {
            left.push(elsewhere);
            continue;
        };
        let units = issue::answering(cx, kept.ward).await?;
        if cx.permit_sight(Action::PassIssue, Scope::Units(&units)).is_err() {
            left.push(elsewhere);
            continue;
        }
        match lack(&known, kept)? {
            None => ready.push(pass),
            Some(why) => {
                let name = known.name(kept.whose).unwrap_or_default().to_owned();
                left.push(LeftOut { pass, why, name });
            }
        }
    }
    Ok(Sorted { passes, ready, left })
}

fn lack(known: &Known, kept: &Kept) -> Result<Option<Lack>> {
    Ok(match kept.standing() {
        Standing::Revoked | Standing::Replaced => Some(Lack::Revoked),
        Standing::Suspended => Some(Lack::Resting),
        Standing::Good => match known.holder(kept.whose) {
            Ok(_) => None,
            Err(Error::Conflict("error-pass-birth-year")) => Some(Lack::BirthYear),
            Err(Error::Conflict(_) | Error::NotFound) => Some(Lack::Name),
            Err(other) => return Err(other),
        },
    })
}
