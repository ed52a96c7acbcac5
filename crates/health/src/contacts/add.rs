//! Writing a contact, whoever names him.

use super::{
    model::{Basis, Named, State},
    sql::{self, NewRow},
};
use crate::{
    cases::{self, ACTIVE_DAYS, Traced},
    clusters,
    followups::{self, Subject},
    people,
    windows::{Days, Windows},
};
use duty::rules;
use jiff::{SignedDuration, civil::Date};
use kernel::{CaseId, ContactId, ImportId, PersonId, PlaceId, Result};
use serde_json::json;
use store::{Cx, Event};

/// Somebody who was near a case.
#[derive(Clone, Debug)]
pub(super) struct Adding {
    pub person: PersonId,
    /// F2 instead of F1.
    pub second: bool,
    pub basis: Basis,
    pub place: Option<PlaceId>,
    pub exposed_from: Option<Date>,
    pub exposed_to: Date,
    pub protected: Option<bool>,
    /// Only proposed: somebody has to say whether it is so.
    pub proposed: bool,
    /// The list that names him, and how it says he was near; may be empty.
    pub import: Option<ImportId>,
    pub relation: String,
}

/// As what a contact is followed.
pub(super) fn subject(second: bool) -> Subject {
    if second { Subject::Other } else { Subject::F1 }
}

/// Who infected whom, as the program has just proposed it: the one who fell ill, and his source.
pub(super) type Proposed = Option<(CaseId, CaseId)>;

/// Writes a contact of a case; the permission has been asked and the turn of the clusters taken. Who
/// stands there already stays what he is, except that a proposal which is now named is listed.
pub(super) async fn add(cx: &mut Cx, case: &Traced, new: &Adding, windows: &Windows) -> Result<Named> {
    Ok(add_telling(cx, case, new, windows).await?.0)
}

/// The same, with the source that was proposed by it.
pub(super) async fn add_telling(
    cx: &mut Cx,
    case: &Traced,
    new: &Adding,
    windows: &Windows,
) -> Result<(Named, Proposed)> {
    let ward = people::briefs(cx, &[new.person]).await?.get(&new.person).and_then(|person| person.ward);
    let since = cx.now() - SignedDuration::from_hours(24 * ACTIVE_DAYS);
    let ill = cases::f0_of(cx, new.person, since).await?.filter(|other| *other != case.id);
    let plan = match ill {
        // Exposed again after the first day of his plan, he is to be reached again: his days begin anew.
        None if !new.proposed => {
            followups::contact_plan_since(cx, new.person, subject(new.second), new.exposed_to).await?
        }
        _ => None,
    };
    let state = match (ill, plan, new.proposed) {
        (Some(_), ..) => State::BecameCase,
        (None, Some(_), _) => State::Reached,
        (None, None, true) => State::Proposed,
        (None, None, false) => State::Listed,
    };
    let id = cx.id::<ContactId>();
    let row =
        NewRow { id, case: case.id, ward: ward.unwrap_or(case.ward), state, plan, became: ill, of: new };
    if !sql::insert(cx, &row).await? {
        return Ok((known(cx, case, new).await?, None));
    }
    let kind = match state {
        State::Proposed => "contact.proposed",
        State::BecameCase => "contact.became_case",
        _ => "contact.listed",
    };
    let event = Event::new(kind, case.id).unit(case.ward).data(json!({
        "contact": id, "person": new.person, "basis": new.basis, "degree": if new.second { 2 } else { 1 },
        "place": new.place, "plan": plan, "case": ill, "import": new.import,
    }));
    cx.record(rules::judged(event, &[windows.rule()]));
    match (ill, plan) {
        (Some(ill), _) => {
            let source = tie(cx, case, new, ill, windows).await?;
            Ok((Named::IsCase(id, ill), source))
        }
        (None, Some(_)) => Ok((Named::Followed(id), None)),
        (None, None) => Ok((Named::Listed(id), None)),
    }
}

/// Who stands there already; a proposal that is named by a person, or by the household, is listed.
async fn known(cx: &mut Cx, case: &Traced, new: &Adding) -> Result<Named> {
    let (id, state, became) = sql::of_case_and_person(cx, case.id, new.person).await?;
    if state == State::Proposed && !new.proposed {
        sql::list(cx, id).await?;
        cx.record(
            Event::new("contact.listed", case.id)
                .unit(case.ward)
                .data(json!({ "contact": id, "person": new.person, "basis": new.basis })),
        );
        return Ok(Named::Listed(id));
    }
    Ok(match became {
        Some(case) => Named::IsCase(id, case),
        None => Named::Known(id),
    })
}

/// Somebody who is an F0 himself and was near a case: one of the two may have infected the other, and the
/// windows say which.
async fn tie(cx: &mut Cx, case: &Traced, new: &Adding, ill: CaseId, windows: &Windows) -> Result<Proposed> {
    let other = cases::traced(cx, ill).await?;
    let (of, by) = if fits(case, &other, new, windows) {
        (other.id, case.id)
    } else if fits(&other, case, new, windows) {
        (case.id, other.id)
    } else {
        return Ok(None);
    };
    Ok(clusters::propose_source(cx, of, by).await?.then_some((of, by)))
}

/// Whether `from` could have infected `to` on one of the days on which they were near each other.
fn fits(from: &Traced, to: &Traced, near: &Adding, windows: &Windows) -> bool {
    let days = Days { from: near.exposed_from.unwrap_or(near.exposed_to), to: near.exposed_to };
    let isolated = from.confirmed_on.unwrap_or(from.day).max(days.to);
    let (infectious, source) = (windows.infectious(from.day, isolated), windows.source(to.day));
    let shared = Days { from: days.from.max(infectious.from), to: days.to.min(infectious.to) };
    shared.from <= shared.to && shared.overlap(source)
}
