//! Writing the rows of a list as they were judged, with what is on record already.

use super::{
    judge::Ready,
    kinds::Kind,
    resolve::resolve,
    rows::Checked,
    sql::{self, Tally},
    sql_people::{self, Foreseen},
    sql_rows::{self, NewRow},
};
use crate::{
    cases,
    people::{Birth, NewPerson},
};
use kernel::{ImportId, Result, UnitId};
use std::collections::BTreeSet;
use store::{Cx, keys::TenantKeys};

/// Writes rows of a list that is being read, and counts them. Nothing but the list itself is
/// written; people, results and the F0s of these wards are only looked up.
pub(super) async fn keep(
    cx: &mut Cx,
    import: ImportId,
    kind: Kind,
    wards: Option<&[UnitId]>,
    mut ready: Vec<Ready>,
) -> Result<()> {
    resolve(cx, wards, &mut ready).await?;
    let known = known(cx, kind, &ready).await?;
    let mut tally = Tally { read: count(ready.len()), ..Tally::default() };
    let mut rows: Vec<NewRow> = Vec::with_capacity(ready.len());
    let mut fresh: Vec<&NewPerson> = Vec::new();
    for (one, known) in ready.iter().zip(&known) {
        match &one.checked {
            None => {
                tally.errors += 1;
                tally.positive_errors += i32::from(one.row.positive);
            }
            Some(checked) => {
                tally.positives += i32::from(checked.is_positive());
                if *known {
                    tally.known += 1;
                } else {
                    tally.good += 1;
                    fresh.extend(checked.person());
                }
            }
        }
    }
    if kind != Kind::Results && kind.of_people() {
        foresee(cx, &fresh, &mut tally).await?;
    }
    for (one, known) in ready.into_iter().zip(known) {
        let mut row = one.row;
        if known {
            (row.state, row.body) = ("known", None);
        }
        rows.push(row);
    }
    sql_rows::insert_rows(cx, import, &rows).await?;
    sql::count(cx, import, &tally).await
}

/// Counts as the database keeps them; no list has more rows.
pub(super) fn count(rows: usize) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}

/// Which rows are on record, in their order: from another list, or a second time in this one; a
/// result also by hand.
pub(super) async fn known(cx: &mut Cx, kind: Kind, ready: &[Ready]) -> Result<Vec<bool>> {
    let keys = cx.keys()?;
    let hashes: Vec<Vec<u8>> =
        ready.iter().filter(|one| one.checked.is_some()).map(|one| one.row.row_hash.clone()).collect();
    let hashes: BTreeSet<Vec<u8>> = sql_rows::known_hashes(cx, &hashes).await?.into_iter().collect();
    let lines: BTreeSet<i32> = if kind == Kind::Results {
        let mut probes = Vec::with_capacity(ready.len());
        for one in ready {
            if let Some(Checked::Result(row)) = &one.checked {
                let who = probe(&keys, &row.person);
                probes.push(cases::Probe {
                    line: one.row.line,
                    citizen_id_index: who.citizen_id_index,
                    phone_index: who.phone_index,
                    search: who.search,
                    birth_year: who.birth_year,
                    result: row.result,
                });
            }
        }
        cases::known_results(cx, &probes).await?.into_iter().collect()
    } else {
        BTreeSet::new()
    };
    Ok(ready
        .iter()
        .map(|one| {
            let seen = one.twice || hashes.contains(&one.row.row_hash) || lines.contains(&one.row.line);
            one.checked.is_some() && seen
        })
        .collect())
}

/// What rows about these people are likely to come to.
pub(super) async fn foresee(cx: &mut Cx, people: &[&NewPerson], tally: &mut Tally) -> Result<()> {
    let keys = cx.keys()?;
    let probes: Vec<sql_people::Probe> = people.iter().map(|person| probe(&keys, person)).collect();
    for foreseen in sql_people::foresee(cx, &probes).await? {
        match foreseen {
            Foreseen::New => tally.made += 1,
            Foreseen::Known => tally.matched += 1,
            Foreseen::Perhaps => (tally.made, tally.pairs) = (tally.made + 1, tally.pairs + 1),
        }
    }
    Ok(())
}

/// What somebody is looked up by.
pub(super) fn probe(keys: &TenantKeys, person: &NewPerson) -> sql_people::Probe {
    sql_people::Probe {
        citizen_id_index: person.citizen_id.as_ref().map(|id| keys.blind("citizen_id", id.as_str())),
        phone_index: person.phone.as_ref().map(|phone| keys.blind("phone", phone.as_e164())),
        search: person.name.search_key(),
        birth_year: person.birth.map(Birth::year),
    }
}
