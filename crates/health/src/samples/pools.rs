//! A pooled sample is taken, and its result comes.

use super::{
    model::{NewPool, PoolState, Reason},
    orders::{self, Wanted},
    rule::Law,
    settle,
    sight::{self, Whom},
    sql_pools::{self, NewRow},
};
use crate::{
    cases::{self, NewResult, TestResult, days_agree, event_day},
    households,
    people::Birth,
};
use duty::{
    permissions::{Action, Permit, Scope},
    units::{self, UnitKind},
};
use kernel::{Error, HouseholdId, PersonId, PoolId, Result, UnitId};
use serde_json::json;
use std::collections::BTreeSet;
use store::{Cx, Event, Topic};

/// Puts a pooled sample on record with whose samples are in it.
///
/// Errors: `NotFound`, `Forbidden` for the unit or any of its members; `code`: `error-pool-code-missing`,
/// `error-pool-code-used`, `error-text-too-long`; `kind`; `sample_on`: those of a day, `error-sample-before-birth`;
/// `members`: `error-pool-few`, `error-pool-many`.
pub async fn take_pool(cx: &mut Cx, new: &NewPool) -> Result<PoolId> {
    claim_unit(cx, new.unit).await?;
    let law = Law::today(cx).await?;
    let people = claim(cx, new.members.iter().copied()).await?;
    let births: Vec<Birth> = people.iter().filter_map(|whom| whom.birth).collect();
    let today = units::today(cx).await?;
    let (code, sample_on) = new.check(today, &births, law.pool).map_err(|faults| match faults.first() {
        Some(fault) => Error::from(*fault),
        None => Error::internal("a form was refused without a fault"),
    })?;
    let row = NewRow { id: cx.id(), code: &code, unit: new.unit, kind: new.kind, sample_on };
    let members: Vec<(PersonId, Option<HouseholdId>)> =
        people.iter().map(|whom| (whom.id(), whom.household)).collect();
    if !sql_pools::insert(cx, &row, &members).await? {
        return Err(Error::invalid("code", "error-pool-code-used"));
    }
    cx.record(Event::new("pool.taken", row.id).unit(new.unit).data(json!({
        "kind": new.kind, "sample_on": sample_on, "members": members.len(),
    })));
    cx.tell(Topic::screen("samples"));
    Ok(row.id)
}

/// Writes what a pooled sample came to. Negative, each of its members has a negative result; otherwise
/// each is to be tested alone.
///
/// Errors: `NotFound`, `Forbidden`; `result_on`: those of a day, `error-result-before-sample`; Conflict
/// `error-pool-read`.
pub async fn read_pool(cx: &mut Cx, id: PoolId, result: TestResult, result_on: &str) -> Result<PoolState> {
    let unit = sql_pools::one(cx, id).await?.unit;
    claim_unit(cx, unit).await?;
    // The households before the pool, as everywhere.
    let members = sql_pools::members(cx, id).await?;
    let homes: BTreeSet<HouseholdId> = members.iter().filter_map(|(_, home)| *home).collect();
    households::lock_all(cx, &homes.into_iter().collect::<Vec<_>>()).await?;
    let pool = sql_pools::lock(cx, id).await?;
    if pool.state != PoolState::Taken {
        return Err(Error::Conflict("error-pool-read"));
    }
    let today = units::today(cx).await?;
    let on = if result_on.trim().is_empty() {
        today
    } else {
        event_day(result_on, today).map_err(|error| Error::invalid("result_on", error.key))?
    };
    days_agree(pool.sample_on, Some(on), None).map_err(|(field, error)| Error::invalid(field, error.key))?;
    let state = if result == TestResult::Negative { PoolState::Negative } else { PoolState::Opened };
    sql_pools::read(cx, id, state, result, on).await?;
    cx.record(
        Event::new("pool.read", id)
            .unit(pool.unit)
            .data(json!({ "result": result, "result_on": on, "state": state, "members": members.len() })),
    );
    let mut people: Vec<Whom> = Vec::with_capacity(members.len());
    for (person, _) in &members {
        people.push(sight::of(cx, *person).await?);
    }
    if state == PoolState::Negative {
        let told = NewResult {
            kind: pool.kind,
            result,
            sample_on: pool.sample_on,
            result_on: Some(on),
            ct_hundredths: None,
        };
        for whom in &people {
            let ward = whom.ward.unwrap_or(pool.unit);
            let added = cases::add_result(cx, whom.id(), ward, &told, None::<kernel::ImportId>).await?;
            if let Some(added) = added {
                sql_pools::set_result(cx, id, whom.id(), added).await?;
            }
        }
        let ids: Vec<PersonId> = people.iter().map(Whom::id).collect();
        settle::settle(cx, &ids).await?;
    } else {
        open(cx, id, &pool, &people).await?;
    }
    cx.tell(Topic::screen("samples"));
    Ok(state)
}

/// Each of its members is to be tested alone, in the same way.
async fn open(cx: &mut Cx, id: PoolId, pool: &sql_pools::Locked, people: &[Whom]) -> Result<()> {
    let law = Law::today(cx).await?;
    let due_at = law.due(Reason::PoolOpened, cx.now());
    let mut wanted = Vec::with_capacity(people.len());
    for whom in people {
        wanted.push(Wanted {
            whom,
            kind: pool.kind,
            reason: Reason::PoolOpened,
            from_on: pool.sample_on,
            due_at,
            case: cases::running(cx, whom.id()).await?.map(|(case, ..)| case),
            pool: Some(id),
        });
    }
    orders::place(cx, &law, &wanted).await?;
    Ok(())
}

/// A unit in whose name the actor records samples, or its ward.
pub(super) async fn claim_unit(cx: &mut Cx, unit: UnitId) -> Result<()> {
    let tree = units::tree(cx).await?;
    let known = tree.get(unit).ok_or(Error::NotFound)?;
    let ward = known.ward.filter(|_| known.kind != UnitKind::Ward);
    let units: Vec<UnitId> = std::iter::once(unit).chain(ward).collect();
    cx.permit_sight(Action::CaseSee, Scope::Units(&units))?;
    cx.permit(Action::CaseRecord, Scope::Units(&units))
}

/// Those for whom the actor may record tests, their households locked in one order.
async fn claim(cx: &mut Cx, people: impl Iterator<Item = PersonId>) -> Result<Vec<Whom>> {
    let mut found = Vec::new();
    for person in people {
        found.push(sight::of(cx, person).await?);
    }
    let homes: BTreeSet<HouseholdId> = found.iter().filter_map(|whom| whom.household).collect();
    households::lock_all(cx, &homes.into_iter().collect::<Vec<_>>()).await?;
    for whom in &found {
        sight::permitted(cx, whom)?;
    }
    Ok(found)
}
