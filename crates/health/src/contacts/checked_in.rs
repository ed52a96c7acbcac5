//! Contacts whom the scans of a gate have shown beside a case, many at once.

use super::{
    add::{self, Adding},
    model::{Basis, Named, State},
    sql_listed, trace,
};
use crate::{
    cases, clusters, people,
    windows::{Days, Windows},
};
use duty::units;
use kernel::{CaseId, Error, PersonId, PlaceId, Result};
use std::collections::{BTreeMap, BTreeSet};
use store::Cx;

/// Somebody who was scanned where a case was.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    pub person: PersonId,
    pub place: Option<PlaceId>,
    /// The days on which he was there.
    pub days: Days,
    /// Where, when and for how long, as the list of contacts shows it.
    pub told: String,
}

/// What became of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckedIn {
    Named(Named),
    /// The case could not infect anybody yet.
    TooEarly,
}

/// Who of these people stands on the list of a case, under which of his records, and as what.
pub(crate) async fn standing(
    cx: &mut Cx,
    case: CaseId,
    whom: &[PersonId],
) -> Result<BTreeMap<PersonId, (PersonId, State)>> {
    let records = people::records_of(cx, whom).await?;
    let all: Vec<PersonId> = records.iter().map(|(_, record)| *record).collect();
    let known = sql_listed::standing(cx, case, &all).await?;
    let mut standing = BTreeMap::new();
    for (asked, record) in records {
        if let Some(state) = known.get(&record) {
            standing.entry(asked).or_insert((record, *state));
        }
    }
    Ok(standing)
}

/// Puts those whom a person has picked out on the list of a case, and says of each, in their order, what became
/// of it. Picked again they stand there once. The place counts where the case is known to have been there.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-not-an-f0`; `person`: `error-contact-self`.
pub(crate) async fn add_checked_in(cx: &mut Cx, id: CaseId, beside: &[Beside]) -> Result<Vec<CheckedIn>> {
    cases::claim_traced(cx, id).await?;
    clusters::take_turn(cx).await?;
    let case = cases::lock_traced(cx, id).await?;
    if !case.is_f0() {
        return Err(Error::Conflict("error-not-an-f0"));
    }
    let windows = Windows::on(cx, case.day).await?;
    let from = windows.infectious(case.day, units::today(cx).await?).from;
    let himself = people::all_of(cx, case.person).await?;
    if beside.iter().any(|one| himself.contains(&one.person.uuid())) {
        return Err(Error::invalid("person", "error-contact-self"));
    }
    let whom: Vec<PersonId> = beside.iter().map(|one| one.person).collect();
    let standing = standing(cx, id, &whom).await?;
    let asked: BTreeSet<PlaceId> = beside.iter().filter_map(|one| one.place).collect();
    let mut places = BTreeSet::new();
    for place in asked {
        if clusters::was_at(cx, id, place).await? {
            places.insert(place);
        }
    }
    let (mut became, mut begun) = (Vec::with_capacity(beside.len()), false);
    for one in beside {
        let stands = standing.get(&one.person).map(|(record, _)| *record);
        if stands.is_none() && one.days.to < from {
            became.push(CheckedIn::TooEarly);
            continue;
        }
        let adding = Adding {
            person: stands.unwrap_or(one.person),
            second: false,
            basis: Basis::CheckIn,
            place: one.place.filter(|place| places.contains(place)),
            exposed_from: Some(one.days.from),
            exposed_to: one.days.to,
            protected: None,
            proposed: false,
            import: None,
            relation: one.told.clone(),
        };
        let named = match (add::add(cx, &case, &adding, &windows).await?, stands) {
            // Who is an F0 and stood there already is no news.
            (Named::IsCase(contact, _), Some(_)) => Named::Known(contact),
            (named, _) => named,
        };
        begun |= !matches!(named, Named::Known(_));
        became.push(CheckedIn::Named(named));
    }
    if begun {
        cases::begin_trace(cx, id).await?;
        trace::settle(cx, id).await?;
    }
    Ok(became)
}
