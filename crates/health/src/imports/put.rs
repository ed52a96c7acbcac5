//! How rows of a list of doses, of contacts or of streets go on record.

use super::{
    apply::{Row, plain},
    gazetteer,
    rows::Checked,
    sql::{self, Tally},
    sql_rows::{self, Done},
};
use crate::{
    cases, contacts,
    facts::{self, Listed, NewFact},
    followups,
    people::NewPerson,
    streets,
};
use kernel::{CaseId, Error, ImportId, PersonId, Result, UnitId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::Cx;

/// Doses are facts about the person; whoever is followed is judged anew by them. Each dose that
/// contradicts what is on record of him is named in the error file; the others of its row are kept.
pub(super) async fn doses(
    cx: &mut Cx,
    id: ImportId,
    import: &sql::Locked,
    rows: &[Row],
    tally: &mut Tally,
) -> Result<Vec<Done>> {
    let mut told: Vec<(PersonId, NewFact)> = Vec::with_capacity(rows.len());
    let mut of: Vec<(usize, &'static str)> = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let Checked::Doses(said) = &row.checked else { continue };
        for dose in &said.doses {
            told.push((row.found.person, dose.fact()));
            of.push((at, dose.field));
        }
    }
    let became = facts::add_listed(cx, id, import.unit, &told).await?;
    let mut added: BTreeSet<usize> = BTreeSet::new();
    let mut refused: BTreeMap<usize, Vec<[&'static str; 2]>> = BTreeMap::new();
    for ((at, field), one) in of.into_iter().zip(became) {
        match one {
            Listed::Added => {
                added.insert(at);
            }
            Listed::Known => {}
            Listed::Refused(fault) => refused.entry(at).or_default().push([field, fault.key]),
        }
    }
    let mut done = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        match refused.get(&at) {
            Some(faults) => {
                tally.errors += 1;
                let about = (row.found.person, row.found.made);
                sql_rows::fail(cx, id, row.line, &json!(faults), Some(about)).await?;
            }
            None => done.push(plain(row, added.contains(&at))),
        }
    }
    let judged: Vec<PersonId> =
        added.iter().filter_map(|at| rows.get(*at)).map(|row| row.found.person).collect();
    followups::rejudge(cx, &judged).await?;
    Ok(done)
}

/// A contact whose ward nobody has told lives in that of his F0.
pub(super) async fn housed(cx: &mut Cx, rows: &[(i32, Checked)], persons: &mut [NewPerson]) -> Result<()> {
    let mut wards: BTreeMap<CaseId, UnitId> = BTreeMap::new();
    for ((_, checked), person) in rows.iter().zip(persons) {
        let Checked::Near(said) = checked else { continue };
        let (None, Some(case)) = (person.ward, said.case) else { continue };
        let ward = match wards.get(&case) {
            Some(ward) => *ward,
            None => cases::traced(cx, case).await?.ward,
        };
        wards.insert(case, ward);
        (person.ward, person.ward_guessed) = (Some(ward), true);
    }
    Ok(())
}

/// Contacts of F0s: those who are to be reached, and those who are ill already.
pub(super) async fn contacts(
    cx: &mut Cx,
    id: ImportId,
    rows: &[Row],
    tally: &mut Tally,
) -> Result<Vec<Done>> {
    let mut near = Vec::with_capacity(rows.len());
    for row in rows {
        let Checked::Near(said) = &row.checked else { continue };
        let case = said.case.ok_or_else(|| Error::internal("a contact went on record without his F0"))?;
        near.push(said.near(case, row.found.person));
    }
    let mut done = Vec::with_capacity(rows.len());
    for ((row, near), became) in rows.iter().zip(&near).zip(contacts::add_listed(cx, id, &near).await?) {
        match became {
            contacts::Listed::Put(contact, before) => done.push(Done {
                case: Some(near.case),
                contact: Some(contact),
                before: Some(json!(before)),
                ..plain(row, true)
            }),
            contacts::Listed::Known => done.push(Done { case: Some(near.case), ..plain(row, false) }),
            contacts::Listed::Refused(field, key) => {
                tally.errors += 1;
                let about = (row.found.person, row.found.made);
                sql_rows::fail(cx, id, row.line, &json!([[field, key]]), Some(about)).await?;
            }
        }
    }
    Ok(done)
}

/// Streets, alleys and blocks of the gazetteer.
pub(super) async fn streets(
    cx: &mut Cx,
    id: ImportId,
    rows: &[(i32, Checked)],
    tally: &mut Tally,
) -> Result<Vec<Done>> {
    let mut lines = Vec::with_capacity(rows.len());
    let mut new = Vec::with_capacity(rows.len());
    for (line, checked) in rows {
        let Checked::Street(said) = checked else { continue };
        lines.push(*line);
        new.push(said.of(id));
    }
    let mut done = Vec::with_capacity(new.len());
    for (line, became) in lines.into_iter().zip(streets::add_listed(cx, id, &new).await?) {
        let known = Done {
            line,
            state: "known",
            person: None,
            made_person: false,
            case: None,
            result: None,
            matter: None,
            contact: None,
            street: None,
            before: None,
        };
        match became {
            streets::Listed::Added(street) => {
                done.push(Done { state: "done", street: Some(street), ..known });
            }
            streets::Listed::Changed(street, before) => {
                let before = Some(json!(before));
                done.push(Done { state: "done", street: Some(street), before, ..known });
            }
            streets::Listed::Known => done.push(known),
            streets::Listed::Refused((field, key)) => {
                tally.errors += 1;
                sql_rows::fail(cx, id, line, &json!([[gazetteer::column(field), key]]), None).await?;
            }
        }
    }
    Ok(done)
}
