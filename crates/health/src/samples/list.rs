//! Orders, self-tests and pools as screens show them.

use super::{
    model::{PoolState, Reason, Seen},
    pools as taking, sight, sql, sql_pools, sql_tests,
};
use crate::{
    cases::{Classification, TestKind, TestResult},
    households,
    people::{self, Brief},
};
use duty::permissions::{Action, Permit, Scope, allowed_units};
use jiff::{Timestamp, civil::Date};
use kernel::{CaseId, FileId, HouseholdId, OrderId, PersonId, PoolId, Result, StaffId, TicketId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// Longest list; a station that owes more reads it in parts.
const MOST: i64 = 500;

/// A test that is, or was, owed.
#[derive(Clone, Debug)]
pub struct Line {
    pub id: OrderId,
    pub person: Brief,
    /// With its code.
    pub household: Option<(HouseholdId, String)>,
    pub ward: Option<UnitId>,
    pub case: Option<CaseId>,
    pub kind: TestKind,
    pub reason: Reason,
    /// A sample of this day or later answers it.
    pub from_on: Date,
    pub due_at: Timestamp,
    pub ordered_at: Timestamp,
    pub ordered_by: Option<StaffId>,
    pub ticket: Option<TicketId>,
    pub withdrawn_at: Option<Timestamp>,
    /// What answered it: the result and the day of its sample.
    pub answer: Option<(TestResult, Date)>,
}

impl Line {
    pub fn is_open(&self) -> bool {
        self.withdrawn_at.is_none() && self.answer.is_none()
    }
}

/// A self-test that a household told of.
#[derive(Clone, Debug)]
pub struct Told {
    pub test: Uuid,
    pub person: Brief,
    pub household: HouseholdId,
    /// The household's, said on the telephone.
    pub code: String,
    pub ward: UnitId,
    pub result: TestResult,
    pub on_day: Date,
    pub told_at: Timestamp,
    /// The picture of the cassette.
    pub file: Option<FileId>,
    pub ticket: Option<TicketId>,
    pub case: Option<(CaseId, Classification)>,
    pub seen: Option<Seen>,
}

impl Told {
    /// Somebody has to say whether he is an F0.
    pub fn asks(&self) -> bool {
        self.result == TestResult::Positive
            && self.case.is_some_and(|(_, classification)| classification == Classification::Suspected)
    }
}

/// A pooled sample.
#[derive(Clone, Debug)]
pub struct Pool {
    pub id: PoolId,
    pub code: String,
    pub unit: UnitId,
    pub sample_on: Date,
    pub kind: TestKind,
    pub state: PoolState,
    pub result: Option<TestResult>,
    pub result_on: Option<Date>,
    pub made_at: Timestamp,
    pub made_by: Option<StaffId>,
    pub members: Vec<Brief>,
}

/// Somebody whose name is still to be filled in.
pub(super) fn unnamed(id: PersonId) -> Brief {
    Brief { id, full_name: String::new(), birth_year: None, sex: None, ward: None, phone_masked: None }
}

/// What is owed in the wards in which the actor records tests, what is due first at the top.
///
/// Errors: `Forbidden` for whoever records none.
pub async fn due(cx: &mut Cx) -> Result<Vec<Line>> {
    let wards = wards(cx).await?;
    let lines = sql::due(cx, wards.as_deref(), MOST).await?;
    named(cx, lines).await
}

/// Every order of somebody, what is owed first; nothing for those who see no case of his.
pub async fn of_person(cx: &mut Cx, person: PersonId) -> Result<Vec<Line>> {
    if !sight::sees(cx, person).await? {
        return Ok(Vec::new());
    }
    let mut lines = Vec::new();
    for record in people::all_of(cx, person).await? {
        lines.extend(sql::all_of(cx, Some(record.into()), &[]).await?);
    }
    named(cx, lines).await
}

/// Every order of a household the actor may see, and of those that have become one with it; what is owed
/// first.
pub async fn of_household(cx: &mut Cx, id: HouseholdId) -> Result<Vec<Line>> {
    let homes = households::all_of(cx, id).await?;
    let lines = sql::all_of(cx, None, &homes).await?;
    named(cx, lines).await
}

/// One order, for whoever may record its result.
pub async fn one(cx: &mut Cx, id: OrderId) -> Result<Line> {
    let line = sql::one(cx, id).await?;
    let whom = sight::of(cx, line.person.id).await?;
    sight::permitted(cx, &whom)?;
    Ok(Line { person: whom.person, ..line })
}

/// Self-tests that nobody has looked at, of the wards in which the actor records tests.
///
/// Errors: `Forbidden` for whoever records none.
pub async fn to_see(cx: &mut Cx) -> Result<Vec<Told>> {
    let wards = wards(cx).await?;
    let told = sql_tests::to_see(cx, wards.as_deref(), MOST).await?;
    let ids: Vec<PersonId> = told.iter().map(|one| one.person.id).collect();
    let people = people::briefs(cx, &ids).await?;
    Ok(told
        .into_iter()
        .filter_map(|one| Some(Told { person: people.get(&one.person.id)?.clone(), ..one }))
        .collect())
}

/// One self-test, for whoever may say what it is, with the picture that the caller's files hold under it.
pub async fn self_test(cx: &mut Cx, test: Uuid) -> Result<Told> {
    let household = sql_tests::told_by(cx, test).await?;
    households::claim(cx, household, Action::CaseRecord).await?;
    let told = sql_tests::told(cx, test).await?;
    let whom = sight::of(cx, told.person.id).await?;
    Ok(Told { person: whom.person, ..told })
}

/// Pooled samples of the units in whose name the actor records: those without a result, the oldest
/// first, then the last that were read.
///
/// Errors: `Forbidden` for whoever records none.
pub async fn pools(cx: &mut Cx) -> Result<Vec<Pool>> {
    cx.permit(Action::CaseRecord, Scope::Tenant)?;
    let units = allowed_units(&cx.actor, Action::CaseRecord);
    let units: Option<Vec<Uuid>> = units.map(|units| units.into_iter().map(UnitId::uuid).collect());
    let mut pools = sql_pools::list(cx, units.as_deref(), MOST).await?;
    for pool in &mut pools {
        fill(cx, pool).await?;
    }
    Ok(pools)
}

/// One pooled sample, for whoever may write its result.
pub async fn pool(cx: &mut Cx, id: PoolId) -> Result<Pool> {
    let mut pool = sql_pools::one(cx, id).await?;
    taking::claim_unit(cx, pool.unit).await?;
    fill(cx, &mut pool).await?;
    Ok(pool)
}

async fn fill(cx: &mut Cx, pool: &mut Pool) -> Result<()> {
    let ids: Vec<PersonId> = pool.members.iter().map(|member| member.id).collect();
    let people = people::briefs(cx, &ids).await?;
    pool.members = ids.iter().filter_map(|id| people.get(id).cloned()).collect();
    Ok(())
}

/// The wards in which the actor records tests; `None` means all.
async fn wards(cx: &mut Cx) -> Result<Option<Vec<Uuid>>> {
    cx.permit(Action::CaseRecord, Scope::Tenant)?;
    let wards = people::wards(cx, Action::CaseRecord).await?;
    Ok(wards.map(|wards| wards.into_iter().map(UnitId::uuid).collect()))
}

async fn named(cx: &mut Cx, lines: Vec<Line>) -> Result<Vec<Line>> {
    let ids: Vec<PersonId> = lines.iter().map(|line| line.person.id).collect();
    let people = people::briefs(cx, &ids).await?;
    Ok(lines
        .into_iter()
        .filter_map(|line| Some(Line { person: people.get(&line.person.id)?.clone(), ..line }))
        .collect())
}
