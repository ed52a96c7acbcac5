//! One person who was on record twice has one illness: which of his cases counts, and what becomes of the
//! others when his records are joined and parted.

use super::{
    lists::Line,
    model::{ACTIVE_DAYS, Classification},
    record::tell,
    sql_same::{self as sql, Standing},
};
use crate::people;
use duty::permissions::Action;
use jiff::SignedDuration;
use kernel::{CaseId, ImportId, PersonId, Result};
use serde_json::json;
use std::collections::BTreeMap;
use store::{Cx, Event};

/// Decides a pair of records, with the reason in words. Two people for good; or one person, whose record
/// that `stays` is kept, and of whose cases of one illness one counts from now on. Nothing moves by it:
/// [`part`] takes it back.
///
/// Errors: `NotFound` where there is no such pair or the actor sees neither record, `Forbidden` for those
/// who do not record the cases of both wards; Conflict `error-pair-decided`, `error-person-merged`,
/// `error-person-same`; `why`: `error-reason-missing`, `error-text-too-long` (200 characters).
pub async fn decide_pair(cx: &mut Cx, stays: PersonId, goes: PersonId, same: bool, why: &str) -> Result<()> {
    people::decide(cx, stays, goes, same, why).await?;
    if same { join_cases(cx, stays).await } else { Ok(()) }
}

/// The same for two records of which no pair was found.
///
/// Errors: as for [`decide_pair`].
pub async fn merge(cx: &mut Cx, stays: PersonId, goes: PersonId, why: &str) -> Result<()> {
    people::merge(cx, stays, goes, why).await?;
    join_cases(cx, stays).await
}

/// Takes the joining of a record back: both stand again, and so do their cases.
///
/// Errors: as for [`decide_pair`]; Conflict `error-person-not-merged`.
pub async fn part(cx: &mut Cx, goes: PersonId, why: &str) -> Result<()> {
    let stays = people::unmerge(cx, goes, why).await?;
    let (theirs, his) = (people::all_of(cx, stays).await?, people::all_of(cx, goes).await?);
    let across = sql::joined_across(cx, &theirs, &his).await?;
    stand_again(cx, across).await
}

/// Before the cases of a list are taken off the record: those that are counted with another, and those
/// that another counts with, stand by themselves.
pub(super) async fn let_go(cx: &mut Cx, import: ImportId) -> Result<()> {
    let joined = sql::joined_by(cx, import).await?;
    stand_again(cx, joined).await
}

async fn stand_again(cx: &mut Cx, cases: Vec<Standing>) -> Result<()> {
    if cases.is_empty() {
        return Ok(());
    }
    let ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
    sql::stand_again(cx, &ids).await?;
    for case in cases {
        cx.record(
            Event::new("case.parted", case.id)
                .unit(case.ward)
                .data(json!({ "from": case.same_as, "confirmed_on": case.confirmed_on })),
        );
    }
    tell(cx);
    Ok(())
}

/// Of the cases of one illness one counts.
async fn join_cases(cx: &mut Cx, person: PersonId) -> Result<()> {
    let all = people::all_of(cx, person).await?;
    let cases = sql::of_records(cx, &all).await?;
    for (joined, kept) in illnesses(&cases) {
        sql::join(cx, joined.id, kept).await?;
        cx.record(
            Event::new("case.joined", joined.id)
                .unit(joined.ward)
                // The day on which it no longer counts.
                .data(json!({ "into": kept, "confirmed_on": joined.confirmed_on })),
        );
    }
    tell(cx);
    Ok(())
}

/// Pure: which cases are of an illness that another one counts for. Reports within [`ACTIVE_DAYS`] of the
/// first are one illness, as they are for one record; the first that was confirmed counts, else the first.
/// `cases` are in the order of their reports.
fn illnesses(cases: &[Standing]) -> Vec<(&Standing, CaseId)> {
    let within = SignedDuration::from_hours(24 * ACTIVE_DAYS);
    let mut joined = Vec::new();
    let mut rest = cases;
    while let Some(first) = rest.first() {
        let end = rest.iter().position(|one| one.reported_at - within > first.reported_at);
        let (group, after) = rest.split_at(end.unwrap_or(rest.len()));
        let confirmed = group.iter().find(|one| one.classification == Classification::Confirmed);
        let kept = confirmed.unwrap_or(first);
        joined.extend(group.iter().filter(|one| one.person != kept.person).map(|one| (one, kept.id)));
        rest = after;
    }
    joined
}

/// The case that runs of each of these records, where one does; the newest. The caller answers for the
/// permission.
pub async fn running_of(cx: &mut Cx, people: &[PersonId]) -> Result<BTreeMap<PersonId, CaseId>> {
    let since = cx.now() - SignedDuration::from_hours(24 * ACTIVE_DAYS);
    sql::running_of(cx, people, since).await
}

/// Every case of a person, of all his records, newest first; those of wards the actor does not see are
/// left out.
///
/// Errors: `NotFound` where the actor sees no cases of the person's ward.
pub async fn of_person(cx: &mut Cx, id: PersonId) -> Result<Vec<Line>> {
    people::brief(cx, id).await?;
    let seen = people::wards(cx, Action::CaseSee).await?;
    let all = people::all_of(cx, id).await?;
    let mut listed = sql::of_people(cx, &all).await?;
    listed.retain(|line| seen.as_ref().is_none_or(|seen| seen.contains(&line.ward)));
    let ids: Vec<PersonId> = listed.iter().map(|line| line.person).collect();
    let people = people::briefs(cx, &ids).await?;
    Ok(listed
        .into_iter()
        .filter_map(|line| {
            Some(Line {
                id: line.id,
                person: people.get(&line.person)?.clone(),
                ward: line.ward,
                classification: line.classification,
                care: line.care,
                basis: line.basis,
                reported_at: line.reported_at,
                matter: line.matter,
            })
        })
        .collect())
}

/// Somebody has become a case: his pairs with others who are one come first in the queue.
pub(super) async fn weigh(cx: &mut Cx, person: PersonId) -> Result<()> {
    let twins = people::twins(cx, person).await?;
    if twins.is_empty() {
        return Ok(());
    }
    let others: Vec<PersonId> = running_of(cx, &twins).await?.into_keys().collect();
    if others.is_empty() { Ok(()) } else { people::raise(cx, person, &others).await }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use kernel::UnitId;
    use uuid::Uuid;

    fn case(n: u128, person: u128, day: i64, classification: Classification) -> Standing {
        Standing {
            id: CaseId(Uuid::from_u128(n)),
            person: PersonId(Uuid::from_u128(person)),
            ward: UnitId(Uuid::nil()),
            classification,
            confirmed_on: None,
            reported_at: Timestamp::from_second(day * 86_400).unwrap(),
            same_as: None,
        }
    }

    fn joined(cases: &[Standing]) -> Vec<(u128, u128)> {
        let number = |id: CaseId| id.uuid().as_u128();
        illnesses(cases).into_iter().map(|(one, kept)| (number(one.id), number(kept))).collect()
    }

    #[test]
    fn cases_of_one_month_are_one_illness_and_the_confirmed_one_counts() {
        use Classification::{Confirmed, Suspected};
        assert_eq!(joined(&[case(1, 1, 0, Confirmed), case(2, 2, 3, Confirmed)]), [(2, 1)]);
        assert_eq!(joined(&[case(1, 1, 0, Suspected), case(2, 2, 3, Confirmed)]), [(1, 2)]);
        // A second illness of the same person stands by itself.
        let apart = [case(1, 1, 0, Confirmed), case(2, 2, 31, Confirmed), case(3, 1, 40, Suspected)];
        assert_eq!(joined(&apart), [(3, 2)]);
        assert_eq!(joined(&[case(1, 1, 0, Confirmed), case(2, 2, 60, Confirmed)]), []);
        assert_eq!(joined(&[]), []);
    }
}
