//! Putting a staged list on record, in small transactions.

use super::{
    import::{self, State},
    judge::{Body, told},
    keep::count,
    kinds::Kind,
    place, put,
    rows::{Checked, Ground},
    sql::{self, Tally},
    sql_people,
    sql_rows::{self, Done, Waiting},
    unmatched,
};
use crate::{
    cases::{self, Outcome, Placed, Test},
    clusters, followups, households,
    people::{self, Found, NewPerson},
    samples,
};
use async_trait::async_trait;
use duty::tenants::{self, Tenant};
use jiff::SignedDuration;
use kernel::{Actor, CaseId, Error, ImportId, PersonId, Result, UnitId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Cx, Event, Job, Store, Topic,
    jobs::{OnJob, Taken},
};

/// Lists are worked off apart from calls and notices.
pub const QUEUE: &str = "imports";
const KIND: &str = "imports.apply";
/// Positives of one ward that one transaction puts on record with their matter.
const POSITIVES: i64 = 500;
/// Other rows of one transaction: short enough that nobody waits for it.
const OTHERS: i64 = 1_000;
/// Contacts of one transaction: each has its case and its clusters looked at, and others wait for them.
const NEAR: i64 = 100;

/// Starts putting a staged list on record; the rows go in behind it, and [`import::find`] tells how
/// far it is. The columns as they were understood are remembered for the unit.
///
/// Errors: `NotFound`; `Conflict` `error-import-not-staged`.
pub async fn apply(cx: &mut Cx, id: ImportId) -> Result<()> {
    let import = sql::lock(cx, id).await?;
    import::permit(cx, import.unit).await?;
    if import.state != State::Staged {
        return Err(Error::Conflict("error-import-not-staged"));
    }
    sql::set_state(cx, id, State::Applying).await?;
    sql::remember(cx, import.unit, import.kind, &import.mapping).await?;
    cx.record(Event::new("import.applied", id).unit(import.unit));
    cx.enqueue(Job {
        queue: QUEUE,
        kind: KIND,
        key: id.to_string(),
        args: json!({ "import": id }),
        run_at: None,
    });
    cx.tell(Topic::screen("imports"));
    Ok(())
}

/// The handler of `imports.apply`. Each step is a transaction of its own that also notes which rows
/// it took, so a process that dies leaves nothing half done and another goes on from there.
pub struct Apply;

#[async_trait]
impl OnJob for Apply {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, store: &Store, job: &Taken) -> Result<()> {
        let id: ImportId = serde_json::from_value(job.args["import"].clone()).map_err(Error::internal)?;
        let tenants = tenants::find(store).await?;
        let tenant = tenants.values().find(|tenant| tenant.id == job.tenant).ok_or(Error::NotFound)?;
        while step(store, tenant, id).await? {}
        Ok(())
    }

    fn lease(&self) -> SignedDuration {
        SignedDuration::from_mins(10)
    }
}

/// Takes the next rows; false when none is left.
pub(super) async fn step(store: &Store, tenant: &Tenant, id: ImportId) -> Result<bool> {
    let mut cx = store.begin(tenant.id, Actor::system(KIND)).await?;
    let import = sql::lock(&mut cx, id).await?;
    if import.state != State::Applying {
        return Ok(false);
    }
    // What goes on record goes there in the name of whoever applied the list.
    cx.actor.on_behalf_of = import.applied_by;
    let (waiting, rings) = next(&mut cx, id, import.kind).await?;
    let more = !waiting.is_empty();
    if more {
        sql::keep_statistics(&mut cx).await?;
        if !rings {
            sql::wait_for_no_disk(&mut cx).await?;
        }
        put_on_record(&mut cx, tenant, id, &import, waiting).await?;
    } else {
        sql::set_state(&mut cx, id, State::Applied).await?;
        ended(&mut cx, id, &import).await?;
        let counts = sql::find(&mut cx, id).await?.counts;
        cx.record(Event::new("import.finished", id).unit(import.unit).data(json!({
            "kind": import.kind, "done": counts.done, "known": counts.known, "errors": counts.errors,
            "unmatched": counts.unmatched, "made": counts.made, "matched": counts.matched, "pairs": counts.pairs,
        })));
    }
    cx.tell(Topic::screen("imports"));
    cx.commit().await?;
    Ok(more)
}

/// Rows of one transaction, positives aside.
pub(super) const fn rows_of(kind: Kind) -> i64 {
    if matches!(kind, Kind::Contacts) { NEAR } else { OTHERS }
}

/// The rows of the next transaction, and whether somebody is rung for them.
pub(super) async fn next(cx: &mut Cx, id: ImportId, kind: Kind) -> Result<(Vec<Waiting>, bool)> {
    sql_rows::waiting(cx, id, POSITIVES, rows_of(kind)).await
}

/// What follows once all rows of a list are worked off.
pub(super) async fn ended(cx: &mut Cx, id: ImportId, import: &sql::Locked) -> Result<()> {
    if import.kind == Kind::Streets {
        place::begin(cx, id);
    }
    unmatched::ask(cx, id, import).await
}

/// A row that can be put on record, and who it is about.
pub(super) struct Row {
    pub line: i32,
    pub checked: Checked,
    pub found: Found,
}

/// Puts rows on record; the list is locked, and they are its own.
pub(super) async fn put_on_record(
    cx: &mut Cx,
    tenant: &Tenant,
    id: ImportId,
    import: &sql::Locked,
    waiting: Vec<Waiting>,
) -> Result<()> {
    // Whether the unit may was asked when the list was staged.
    let ground = Ground::of(cx, tenant, import.unit, None).await?;
    let mut tally = Tally { good: -count(waiting.len()), ..Tally::default() };
    let mut good = Vec::with_capacity(waiting.len());
    for row in waiting {
        let body: Body = serde_json::from_str(&row.body).map_err(Error::internal)?;
        match ground.check(import.kind, &body.row(import.kind, row.line)) {
            Ok(mut checked) => {
                if let Checked::Near(said) = &mut checked {
                    said.case = row.case;
                }
                good.push((row.line, checked));
            }
            Err(faults) => {
                tally.errors += 1;
                sql_rows::fail(cx, id, row.line, &told(&faults), None).await?;
            }
        }
    }
    if import.kind == Kind::Streets {
        let done = put::streets(cx, id, &good, &mut tally).await?;
        return noted(cx, id, tally, &done).await;
    }
    if import.kind == Kind::Contacts {
        // Before the names, as by everybody who names a contact.
        clusters::take_turn(cx).await?;
    }
    people::queue_up(cx, good.iter().filter_map(|(_, checked)| Some(&checked.person()?.name))).await?;
    if import.kind == Kind::Results {
        good = unmatched::set_aside(cx, id, good).await?;
    }
    let mut persons: Vec<NewPerson> = good
        .iter()
        .filter_map(|(_, checked)| Some(NewPerson { import: Some(id), ..checked.person()?.clone() }))
        .collect();
    if import.kind == Kind::Contacts {
        put::housed(cx, &good, &mut persons).await?;
    }
    let found = people::find_or_make_all(cx, &persons).await?;
    let rows: Vec<Row> =
        good.into_iter().zip(found).map(|((line, checked), found)| Row { line, checked, found }).collect();
    let done = match import.kind {
        Kind::Results => results(cx, tenant, id, import, &rows).await?,
        Kind::People => rows.iter().map(|row| plain(row, row.found.made)).collect(),
        Kind::Vaccinations => put::doses(cx, id, import, &rows, &mut tally).await?,
        Kind::Contacts => put::contacts(cx, id, &rows, &mut tally).await?,
        // They are of nobody, and on record already.
        Kind::Streets => Vec::new(),
    };
    let made: Vec<PersonId> = rows.iter().filter(|row| row.found.made).map(|row| row.found.person).collect();
    tally.made = count(made.len());
    tally.matched = count(rows.len() - made.len());
    tally.pairs = i32::try_from(sql_people::pairs_with(cx, &made).await?).unwrap_or(i32::MAX);
    noted(cx, id, tally, &done).await
}

async fn noted(cx: &mut Cx, id: ImportId, mut tally: Tally, done: &[Done]) -> Result<()> {
    tally.done = count(done.iter().filter(|done| done.state == "done").count());
    tally.known = count(done.len()) - tally.done;
    sql_rows::done(cx, id, done).await?;
    sql::count(cx, id, &tally).await
}

pub(super) fn plain(row: &Row, new: bool) -> Done {
    Done {
        line: row.line,
        state: if new { "done" } else { "known" },
        person: Some(row.found.person),
        made_person: row.found.made,
        case: None,
        result: None,
        matter: None,
        contact: None,
        street: None,
        before: None,
    }
}

/// Results: a positive one makes an F0 and rings, any other is kept with the person.
async fn results(
    cx: &mut Cx,
    tenant: &Tenant,
    id: ImportId,
    import: &sql::Locked,
    rows: &[Row],
) -> Result<Vec<Done>> {
    // Two lists that name the same wards in another order cannot wait for each other.
    let wards: BTreeSet<UnitId> = rows
        .iter()
        .filter_map(|row| match &row.checked {
            Checked::Result(said) if said.is_positive() => Some(said.ward),
            _ => None,
        })
        .collect();
    for ward in wards {
        households::queue_up(cx, ward).await?;
    }
    let mut done = Vec::with_capacity(rows.len());
    let (mut others, mut tests, mut followed) = (Vec::new(), Vec::new(), Vec::new());
    let mut news: BTreeMap<UnitId, Vec<(usize, CaseId)>> = BTreeMap::new();
    for row in rows {
        let Checked::Result(said) = &row.checked else { continue };
        done.push(if said.is_positive() {
            let report = said.report(cx.now(), import.unit, id);
            let placed = cases::place_known(cx, tenant, row.found.person, &report).await?;
            let placed = Placed { made_person: row.found.made, ..placed };
            if placed.rings {
                news.entry(said.ward).or_default().push((done.len(), placed.case));
            }
            if placed.rings || placed.outcome == Outcome::Opened {
                followed.push(placed.case);
            }
            positive_done(row.line, &placed)
        } else {
            others.push(done.len());
            tests.push(Test { person: row.found.person, ward: said.ward, result: said.result });
            plain(row, false)
        });
    }
    for (index, result) in others.into_iter().zip(cases::add_results(cx, &tests, Some(id)).await?) {
        done[index].result = result;
        done[index].state = if result.is_some() { "done" } else { "known" };
    }
    followups::take_on_all(cx, &followed).await?;
    for (ward, news) in &news {
        ring(cx, tenant, (id, &import.code), *ward, news, &mut done).await?;
    }
    let written: Vec<PersonId> =
        done.iter().filter(|row| row.result.is_some()).filter_map(|row| row.person).collect();
    samples::settle(cx, &written).await?;
    Ok(done)
}

pub(super) fn positive_done(line: i32, placed: &Placed) -> Done {
    Done {
        line,
        state: if placed.outcome == Outcome::ResultKnown { "known" } else { "done" },
        person: Some(placed.person),
        made_person: placed.made_person,
        case: Some(placed.case),
        result: placed.result,
        matter: None,
        contact: None,
        street: None,
        before: None,
    }
}

/// One new F0 of a ward rings as one; several, or one more of a ward that has rung, ring as a list.
async fn ring(
    cx: &mut Cx,
    tenant: &Tenant,
    import: (ImportId, &str),
    ward: UnitId,
    news: &[(usize, CaseId)],
    done: &mut [Done],
) -> Result<()> {
    let cases: Vec<_> = news.iter().map(|(_, case)| *case).collect();
    // The rows in hand are still counted as waiting.
    let (left, rung) = sql_rows::of_ward(cx, import.0, ward).await?;
    let beyond = usize::try_from(left).unwrap_or_default().saturating_sub(done.len());
    let matter = match (rung, cases.as_slice()) {
        (Some(matter), more) => {
            cases::join_matter(cx, matter, more, ward).await?;
            matter
        }
        (None, [one]) if beyond == 0 => cases::ring_one(cx, tenant, *one, ward).await?.matter,
        (None, several) => {
            cases::ring_list(cx, tenant, import, ward, several, several.len() + beyond).await?.matter
        }
    };
    for (index, _) in news {
        done[*index].matter = Some(matter);
    }
    Ok(())
}
