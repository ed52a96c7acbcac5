//! Contacts that a list brings, many at once, and takes back with it.

use super::{
    add::{self, Adding},
    model::{Basis, Named, State},
    sql,
    sql_listed::{self, Hit, Probe},
    trace,
};
use crate::{
    cases::{self, ACTIVE_DAYS},
    clusters, people,
    windows::Windows,
};
use duty::units;
use jiff::{SignedDuration, civil::Date};
use kernel::{CaseId, ContactId, Error, ImportId, PersonId, Phone, Result, UnitId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};
use store::{Cx, Event};

/// How a list calls the F0 of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Search key of his name.
    pub name: Option<String>,
    /// Of his household, as it stands on the door notice.
    pub code: Option<String>,
    pub phone: Option<Phone>,
}

/// The F0 of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct F0 {
    pub case: CaseId,
    /// From when he could infect others.
    pub infectious_from: Date,
}

/// The F0s whom a list means, in the order of the questions: reported in the last weeks, in these wards
/// (`None` means all). The number decides between namesakes; where two are him with equal right, or
/// nobody is, the message key says so.
pub(crate) async fn f0s(
    cx: &mut Cx,
    asked: &[Asked],
    wards: Option<&[UnitId]>,
) -> Result<Vec<std::result::Result<F0, &'static str>>> {
    let keys = cx.keys()?;
    let probes: Vec<Probe> = asked
        .iter()
        .map(|one| Probe {
            name: one.name.clone(),
            code: one.code.clone(),
            phone: one.phone.as_ref().map(|phone| keys.blind("phone", phone.as_e164())),
        })
        .collect();
    let wards: Option<Vec<Uuid>> = wards.map(|wards| wards.iter().map(|ward| ward.uuid()).collect());
    let since = cx.now() - SignedDuration::from_hours(24 * ACTIVE_DAYS);
    let mut hits: BTreeMap<usize, Vec<Hit>> = BTreeMap::new();
    for hit in sql_listed::f0s(cx, &probes, wards.as_deref(), since).await? {
        hits.entry(hit.place).or_default().push(hit);
    }
    let today = units::today(cx).await?;
    let mut known: BTreeMap<CaseId, F0> = BTreeMap::new();
    let mut found = Vec::with_capacity(asked.len());
    for (place, one) in asked.iter().enumerate() {
        let hits = hits.get(&place).map(Vec::as_slice).unwrap_or_default();
        let case = match meant(hits, one.name.is_some()) {
            Ok(case) => case,
            Err(key) => {
                found.push(Err(key));
                continue;
            }
        };
        if let Entry::Vacant(vacant) = known.entry(case) {
            let day = cases::traced(cx, case).await?.day;
            let infectious_from = Windows::on(cx, day).await?.infectious(day, today).from;
            vacant.insert(F0 { case, infectious_from });
        }
        found.push(known.get(&case).copied().ok_or("error-f0-unknown"));
    }
    Ok(found)
}

/// Pure: the newest case of the one person whom the hits leave. Who was not called by name is told apart
/// by it from those of his home.
fn meant(hits: &[Hit], by_name: bool) -> std::result::Result<CaseId, &'static str> {
    let numbered = hits.iter().any(|hit| hit.has_phone);
    let mut left = hits.iter().filter(|hit| hit.has_phone || !numbered);
    let first = left.next().ok_or("error-f0-unknown")?;
    if left.all(|hit| hit.person == first.person) {
        Ok(first.case)
    } else if by_name {
        Err("error-f0-several")
    } else {
        Err("error-f0-several-home")
    }
}

/// Somebody who was near an F0, as a list tells it.
#[derive(Clone, Debug)]
pub(crate) struct Near {
    pub case: CaseId,
    pub person: PersonId,
    /// F2.
    pub second: bool,
    pub exposed_from: Option<Date>,
    pub exposed_to: Date,
    /// Where and how; may be empty.
    pub relation: String,
}

/// What a row of a list has changed, beside making a contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Before {
    /// He was proposed by the program.
    #[serde(default)]
    pub proposed: bool,
    /// Who infected whom, as it was proposed by the row.
    #[serde(default)]
    pub source: Option<(CaseId, CaseId)>,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    Put(ContactId, Before),
    /// On the list of the case before, whoever named him.
    Known,
    /// Field and message key.
    Refused(&'static str, &'static str),
}

/// Puts the contacts of a list on record and says of each, in their order, what became of it. Tracing of
/// their cases has begun with it. The caller answers for the permission and has taken the turn of the
/// clusters before that of the names.
pub(crate) async fn add_listed(cx: &mut Cx, import: ImportId, rows: &[Near]) -> Result<Vec<Listed>> {
    clusters::take_turn(cx).await?;
    let today = units::today(cx).await?;
    let mut became = vec![Listed::Known; rows.len()];
    let mut of: BTreeMap<CaseId, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        of.entry(row.case).or_default().push(at);
    }
    for (id, places) in of {
        let case = cases::lock_traced(cx, id).await?;
        let windows = Windows::on(cx, case.day).await?;
        let from = windows.infectious(case.day, today).from;
        let people: Vec<PersonId> = places.iter().map(|at| rows[*at].person).collect();
        let mut standing = sql_listed::standing(cx, id, &people).await?;
        let himself = people::all_of(cx, case.person).await?;
        let mut begun = false;
        for at in places {
            let row = &rows[at];
            let stood = standing.get(&row.person).copied();
            became[at] = if !case.is_f0() {
                Listed::Refused("f0_name", "error-not-an-f0")
            } else if himself.contains(&row.person.uuid()) {
                Listed::Refused("full_name", "error-contact-self")
            } else if !row.second && row.exposed_to < from {
                Listed::Refused("last_on", "error-exposure-before")
            } else if stood.is_some_and(|state| state != State::Proposed) {
                Listed::Known
            } else {
                begun = true;
                let (named, source) = add::add_telling(cx, &case, &adding(import, row), &windows).await?;
                standing.insert(row.person, State::Listed);
                listed(named, stood.is_some(), source)
            };
        }
        if begun {
            cases::begin_trace(cx, id).await?;
            trace::settle(cx, id).await?;
        }
    }
    Ok(became)
}

fn adding(import: ImportId, row: &Near) -> Adding {
    Adding {
        person: row.person,
        second: row.second,
        basis: Basis::List,
        place: None,
        exposed_from: row.exposed_from,
        exposed_to: row.exposed_to,
        protected: None,
        proposed: false,
        import: Some(import),
        relation: row.relation.clone(),
    }
}

fn listed(named: Named, proposed: bool, source: add::Proposed) -> Listed {
    match named {
        Named::Listed(id) | Named::Followed(id) | Named::IsCase(id, _) => {
            Listed::Put(id, Before { proposed, source })
        }
        Named::Known(_) => Listed::Known,
    }
}

/// Takes contacts of a list back: those whom it proposed to be listed are proposals again, the others are
/// gone, and so is who infected whom, where that was only proposed by it. Whom somebody has reached or
/// ended meanwhile stays, and is answered. The caller answers for the permission.
pub(crate) async fn take_back(
    cx: &mut Cx,
    import: ImportId,
    rows: &[(ContactId, Before)],
) -> Result<BTreeSet<ContactId>> {
    clusters::take_turn(cx).await?;
    let mut of: BTreeMap<CaseId, Vec<(ContactId, Before)>> = BTreeMap::new();
    for (id, before) in rows {
        match sql::find(cx, *id).await {
            Ok(kept) => of.entry(kept.case).or_default().push((*id, *before)),
            Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    let mut apart: BTreeSet<CaseId> = BTreeSet::new();
    let mut stay: BTreeSet<ContactId> = BTreeSet::new();
    for (id, rows) in of {
        let case = cases::lock_traced(cx, id).await?;
        for (contact, before) in rows {
            let gone = if before.proposed {
                sql_listed::propose_again(cx, contact).await?
            } else {
                sql_listed::delete(cx, contact).await?
            };
            if gone {
                cx.record(
                    Event::new("contact.taken_back", case.id)
                        .unit(case.ward)
                        .data(json!({ "contact": contact, "import": import })),
                );
            } else {
                stay.insert(contact);
            }
            if let Some((of, by)) = before.source {
                let fell_ill = cases::lock_traced(cx, of).await?;
                if fell_ill.infected_by == Some(by) && fell_ill.infected_sure == Some(false) {
                    cases::set_source(cx, &fell_ill, None, None, "").await?;
                    apart.extend([of, by]);
                }
            }
        }
        trace::settle(cx, id).await?;
    }
    let apart: Vec<CaseId> = apart.into_iter().collect();
    clusters::settle(cx, &apart).await?;
    Ok(stay)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(case: u128, person: u128, has_phone: bool) -> Hit {
        let (case, person) = (CaseId(Uuid::from_u128(case)), PersonId(Uuid::from_u128(person)));
        Hit { place: 0, case, person, has_phone }
    }

    #[test]
    fn the_number_decides_between_namesakes_and_nobody_is_guessed() {
        let case = |n: u128| Ok(CaseId(Uuid::from_u128(n)));
        let named = |hits: &[Hit]| meant(hits, true);
        assert_eq!(named(&[]), Err("error-f0-unknown"));
        assert_eq!(named(&[hit(1, 1, false)]), case(1));
        // The same person fell ill twice: the newest comes first.
        assert_eq!(named(&[hit(2, 1, false), hit(1, 1, false)]), case(2));
        assert_eq!(named(&[hit(1, 1, false), hit(2, 2, false)]), Err("error-f0-several"));
        assert_eq!(named(&[hit(1, 1, false), hit(2, 2, true)]), case(2));
        assert_eq!(named(&[hit(1, 1, true), hit(2, 2, true)]), Err("error-f0-several"));
        // By the household or its number alone, another number would not help.
        assert_eq!(meant(&[hit(1, 1, true), hit(2, 2, true)], false), Err("error-f0-several-home"));
    }
}
