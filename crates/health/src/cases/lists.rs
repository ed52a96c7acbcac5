//! Cases as screens show them.

use super::{
    model::{Care, Classification, Ending, NoPhone, TestKind, TestResult},
    record::local_day,
    sql,
};
use crate::{
    households,
    people::{self, Brief},
    vitals::Symptom,
};
use duty::{
    permissions::{Action, Permit, Scope},
    tenants::Tenant,
    units,
};
use jiff::{Timestamp, civil::Date};
use kernel::{CaseId, Error, ImportId, MatterId, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use store::{Cx, events};

/// Longest page of a list.
const PAGE: i64 = 200;

/// A case, with its person masked.
#[derive(Clone, Debug)]
pub struct Case {
    pub id: CaseId,
    pub person: Brief,
    pub ward: UnitId,
    pub classification: Classification,
    pub classified_at: Timestamp,
    pub classified_by: Option<StaffId>,
    pub care: Care,
    pub care_at: Timestamp,
    pub care_by: Option<StaffId>,
    pub basis: TestKind,
    pub reported_at: Timestamp,
    pub confirmed_on: Option<Date>,
    /// When the illness began.
    pub onset_on: Option<Date>,
    /// How it ended, and when.
    pub outcome: Option<(Ending, Date)>,
    pub severe_since: Option<Timestamp>,
    /// The house that treats him, where it is one of this tenant.
    pub facility: Option<UnitId>,
    pub symptoms: Vec<Symptom>,
    /// What the reporter wrote.
    pub note: Option<String>,
    pub no_phone: Option<NoPhone>,
    pub recorded_at: Timestamp,
    pub recorded_by: Option<StaffId>,
    pub recorded_by_unit: Option<UnitId>,
    pub matter: Option<MatterId>,
    pub import: Option<ImportId>,
    /// The case of the same illness that counts in its place, where the person was on record twice.
    pub same_as: Option<CaseId>,
    /// By day of the sample.
    pub results: Vec<TestLine>,
}

/// A result of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestLine {
    pub id: Uuid,
    pub kind: TestKind,
    pub result: TestResult,
    pub sample_on: Date,
    pub result_on: Option<Date>,
    /// Cycle threshold of a PCR.
    pub ct: Option<f64>,
    pub recorded_at: Timestamp,
    /// Another result of the same day says otherwise.
    pub clashes: bool,
    /// A household told of it, and nobody has looked at it yet.
    pub unseen: bool,
}

/// What a list shows; nothing set means everything the reader may see.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub ward: Option<UnitId>,
    /// Reported on this local day.
    pub day: Option<Date>,
    pub classification: Option<Classification>,
    pub care: Option<Care>,
    pub import: Option<ImportId>,
    /// [`Page::next`] of the page before.
    pub after: Option<(Timestamp, CaseId)>,
    /// 1 to 200.
    pub limit: i64,
}

/// One line of a list.
#[derive(Clone, Debug)]
pub struct Line {
    pub id: CaseId,
    pub person: Brief,
    pub ward: UnitId,
    pub classification: Classification,
    pub care: Care,
    pub basis: TestKind,
    pub reported_at: Timestamp,
    pub matter: Option<MatterId>,
}

#[derive(Clone, Debug)]
pub struct Page {
    pub lines: Vec<Line>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<(Timestamp, CaseId)>,
}

/// Cases of one ward on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WardCount {
    pub ward: UnitId,
    /// Became F0 that day.
    pub confirmed: i64,
    /// Reported that day and still only suspected.
    pub suspected: i64,
}

/// A case the actor may see: by its ward, or because his unit put it on record.
pub async fn find(cx: &mut Cx, id: CaseId) -> Result<Case> {
    let mut case = sql::find(cx, id).await?;
    let mut units = people::scope(cx, Some(case.ward)).await?;
    units.extend(case.recorded_by_unit);
    units.extend(households::answering(cx, case.person.id).await?);
    cx.permit_sight(Action::CaseSee, Scope::Units(&units))?;
    let person = case.person.id;
    case.person = people::briefs(cx, &[person]).await?.remove(&person).ok_or(Error::NotFound)?;
    case.results = sql::results(cx, id).await?;
    Ok(case)
}

/// Everything that happened to a case, oldest first; what happened to its tickets is under its matter.
pub async fn timeline(cx: &mut Cx, id: CaseId) -> Result<Vec<events::Recorded>> {
    find(cx, id).await?;
    events::of_object(cx, id.uuid()).await
}

/// Cases of the wards the actor sees, newest report first.
pub async fn list(cx: &mut Cx, filter: &Filter) -> Result<Page> {
    let seen = people::wards(cx, Action::CaseSee).await?;
    let wards = match (filter.ward, seen) {
        (None, seen) => seen,
        (Some(ward), Some(seen)) if !seen.contains(&ward) => return Err(Error::NotFound),
        (Some(ward), _) => Some(vec![ward]),
    };
    let wards: Option<Vec<Uuid>> = wards.map(|wards| wards.into_iter().map(UnitId::uuid).collect());
    let limit = filter.limit.clamp(1, PAGE);
    let mut listed = sql::list(cx, wards.as_deref(), filter, limit + 1).await?;
    let more = listed.len() as i64 > limit;
    listed.truncate(limit as usize);
    let next = listed.last().filter(|_| more).map(|last| (last.reported_at, last.id));
    let ids: Vec<_> = listed.iter().map(|line| line.person).collect();
    let people = people::briefs(cx, &ids).await?;
    let lines = listed
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
        .collect();
    Ok(Page { lines, next })
}

/// Counts of today, one line for each ward whose board the actor sees, zero or not.
pub async fn today_by_ward(cx: &mut Cx, tenant: &Tenant) -> Result<Vec<WardCount>> {
    let today = local_day(cx, tenant);
    by_ward(cx, today).await
}

/// The same for any local day.
pub async fn by_ward(cx: &mut Cx, day: Date) -> Result<Vec<WardCount>> {
    let seen = people::wards(cx, Action::BoardSee).await?;
    let counted = sql::by_ward(cx, day).await?;
    let tree = units::tree(cx).await?;
    let nothing = |ward| WardCount { ward, confirmed: 0, suspected: 0 };
    Ok(tree
        .wards()
        .filter(|ward| seen.as_ref().is_none_or(|seen| seen.contains(&ward.id)))
        .map(|ward| counted.iter().find(|count| count.ward == ward.id).copied().unwrap_or(nothing(ward.id)))
        .collect())
}
