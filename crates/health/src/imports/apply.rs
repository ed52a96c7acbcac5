//! Putting a staged list on record, in small transactions.

use super::{
    import::{self, State},
    rows::{Ground, ResultRow},
    sql,
    sql_rows::{self, Done, Waiting},
    stage::Body,
};
use crate::{
    cases::{self, Outcome, Placed},
    followups, households, people, samples,
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
const OTHERS: i64 = 100;

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
    sql::remember(cx, import.unit, &import.mapping).await?;
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
async fn step(store: &Store, tenant: &Tenant, id: ImportId) -> Result<bool> {
    let mut cx = store.begin(tenant.id, Actor::system(KIND)).await?;
    let import = sql::lock(&mut cx, id).await?;
    if import.state != State::Applying {
        return Ok(false);
    }
    // What goes on record goes there in the name of whoever applied the list.
    cx.actor.on_behalf_of = import.applied_by;
    let waiting = sql_rows::waiting(&mut cx, id, POSITIVES, OTHERS).await?;
    let more = !waiting.is_empty();
    if more {
        put_on_record(&mut cx, tenant, id, &import, waiting).await?;
    } else {
        sql::set_state(&mut cx, id, State::Applied).await?;
        super::unmatched::ask(&mut cx, id, &import).await?;
        let counts = sql::find(&mut cx, id).await?.counts;
        cx.record(
            Event::new("import.finished", id)
                .unit(import.unit)
                .data(json!({
                    "done": counts.done, "known": counts.known, "errors": counts.errors, "unmatched": counts.unmatched,
                })),
        );
    }
    cx.tell(Topic::screen("imports"));
    cx.commit().await?;
    Ok(more)
}

async fn put_on_record(
    cx: &mut Cx,
    tenant: &Tenant,
    id: ImportId,
    import: &sql::Locked,
    waiting: Vec<Waiting>,
) -> Result<()> {
    // Whether the unit may was asked when the list was staged.
    let ground = Ground::of(cx, tenant, import.unit, None).await?;
    let mut good = Vec::with_capacity(waiting.len());
    for row in waiting {
        let body: Body = serde_json::from_str(&row.body).map_err(Error::internal)?;
        match ground.check(&body.row(row.line)) {
            Ok(checked) => good.push((row.line, checked)),
            Err(faults) => {
                let faults = json!(faults.iter().map(|fault| [fault.field, fault.key]).collect::<Vec<_>>());
                sql_rows::fail(cx, id, row.line, &faults).await?;
            }
        }
    }
    people::queue_up(cx, good.iter().map(|(_, row)| &row.person.name)).await?;
    // Two lists that name the same wards in another order cannot wait for each other.
    let wards: BTreeSet<UnitId> =
        good.iter().filter(|(_, row)| row.is_positive()).map(|(_, row)| row.ward).collect();
    for ward in wards {
        households::queue_up(cx, ward).await?;
    }
    let mut done = Vec::with_capacity(good.len());
    let mut news: BTreeMap<UnitId, Vec<(usize, CaseId)>> = BTreeMap::new();
    let mut unmatched = Vec::new();
    for (line, row) in &good {
        if people::unclear(cx, &row.person).await?.is_some() {
            unmatched.push(*line);
            continue;
        }
        done.push(if row.is_positive() {
            let placed = cases::place(cx, tenant, &row.report(cx.now(), import.unit, id)).await?;
            if placed.rings {
                news.entry(row.ward).or_default().push((done.len(), placed.case));
            }
            if placed.rings || placed.outcome == Outcome::Opened {
                followups::take_on(cx, placed.case).await?;
            }
            positive_done(*line, &placed)
        } else {
            other_done(cx, *line, row, id).await?
        });
    }
    // Before anybody is rung: whoever counts what is left must not count these.
    sql_rows::wait(cx, id, &unmatched).await?;
    for (ward, news) in &news {
        ring(cx, tenant, (id, &import.code), *ward, news, &mut done).await?;
    }
    let written: Vec<PersonId> =
        done.iter().filter(|row| row.result.is_some()).filter_map(|row| row.person).collect();
    samples::settle(cx, &written).await?;
    sql_rows::done(cx, id, &done).await
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
    }
}

async fn other_done(cx: &mut Cx, line: i32, row: &ResultRow, id: ImportId) -> Result<Done> {
    let found = people::find_or_make(cx, &row.person).await?;
    let result = cases::add_result(cx, found.person, row.ward, &row.result, id).await?;
    Ok(Done {
        line,
        state: if result.is_some() { "done" } else { "known" },
        person: Some(found.person),
        made_person: found.made,
        case: None,
        result,
        matter: None,
    })
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
