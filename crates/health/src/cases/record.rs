//! Putting a case on record.

use super::{
    model::{ACTIVE_DAYS, CaseReport, Classification, NewCase, NewResult, Outcome},
    news, same,
    sql::{self, Running},
    sql_results,
};
use crate::{households, people};
use duty::{
    permissions::{Action, Permit, Scope, allowed_units},
    tenants::Tenant,
    tickets::{self, Opened},
    units::{self, UnitKind},
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{CaseId, Error, ImportId, PersonId, Result, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event, Topic};

/// What a form came to.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub case: CaseId,
    pub person: PersonId,
    /// `None` when the same form had been recorded before: nothing was done again.
    pub outcome: Option<Outcome>,
    /// The matter and tickets of the case; `None` while it is only suspected.
    pub opened: Option<Opened>,
}

/// Records a case that an official enters, and rings for it when it is an F0.
///
/// Sent twice with one form key it records once and answers the same. A person who is a running
/// case (reported within [`ACTIVE_DAYS`]) gets the result added to it.
///
/// Errors: `Invalid` with the first field to mend ([`NewCase::faults`] lists all); `ward`:
/// `error-ward-unknown`; `Forbidden` outside the wards the actor records for.
pub async fn record(cx: &mut Cx, tenant: &Tenant, new: &NewCase) -> Result<Recorded> {
    let today = local_day(cx, tenant);
    let mut report = new.check(cx.now(), today).map_err(|faults| match faults.first() {
        Some(fault) => Error::from(*fault),
        None => Error::internal("a form was refused without a fault"),
    })?;
    let tree = units::tree(cx).await?;
    if tree.get(report.ward).is_none_or(|unit| unit.kind != UnitKind::Ward) {
        return Err(Error::invalid("ward", "error-ward-unknown"));
    }
    let scope = people::scope(cx, Some(report.ward)).await?;
    cx.permit(Action::CaseRecord, Scope::Units(&scope))?;
    report.unit = recording_unit(cx, &scope);
    if let Some(case) = sql::claim_form(cx, new.form_key).await? {
        return again(cx, case).await;
    }
    people::queue_up(cx, std::iter::once(&report.person.name)).await?;
    let placed = place(cx, tenant, &report).await?;
    let opened = if placed.rings {
        Some(news::ring_one(cx, tenant, placed.case, report.ward).await?)
    } else {
        opened_before(cx, placed.case).await?
    };
    sql::finish_form(cx, new.form_key, placed.case).await?;
    Ok(Recorded { case: placed.case, person: placed.person, outcome: Some(placed.outcome), opened })
}

/// The form was sent before: the same answer, to those who may see it.
async fn again(cx: &mut Cx, case: CaseId) -> Result<Recorded> {
    let known = super::find(cx, case).await?;
    let opened = opened_before(cx, case).await?;
    Ok(Recorded { case, person: known.person.id, outcome: None, opened })
}

async fn opened_before(cx: &mut Cx, case: CaseId) -> Result<Option<Opened>> {
    let Some(id) = sql::matter(cx, case).await? else { return Ok(None) };
    let matter = tickets::matter(cx, id).await?;
    let tickets = tickets::matter_tickets(cx, id).await?.into_iter().map(|ticket| ticket.id).collect();
    Ok(Some(Opened { matter: id, code: matter.code, tickets }))
}

/// The unit in whose name the actor records: the one of the ward when he has a post there.
fn recording_unit(cx: &Cx, scope: &[UnitId]) -> Option<UnitId> {
    let posts = || cx.actor.grants.iter().map(|grant| grant.unit);
    posts().find(|unit| scope.contains(unit)).or_else(|| {
        let allowed = allowed_units(&cx.actor, Action::CaseRecord);
        posts().find(|unit| allowed.as_ref().is_none_or(|allowed| allowed.contains(unit)))
    })
}

pub(super) fn local_day(cx: &Cx, tenant: &Tenant) -> Date {
    cx.now().to_zoned(tenant.timezone()).date()
}

/// Where a report has landed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub case: CaseId,
    pub person: PersonId,
    pub made_person: bool,
    pub result: Option<Uuid>,
    pub outcome: Outcome,
    /// Somebody has to be rung for it; the caller does so in the same transaction.
    pub rings: bool,
}

/// Writes a report: the person, the case or the addition to a running one, the result. The caller
/// has asked the permission and queued up for the names.
async fn place(cx: &mut Cx, tenant: &Tenant, report: &CaseReport) -> Result<Placed> {
    let found = people::find_or_make(cx, &report.person).await?;
    let placed = place_known(cx, tenant, found.person, report).await?;
    Ok(Placed { made_person: found.made, ..placed })
}

/// The same of somebody who is known: what the report says of the person is not looked at.
pub(crate) async fn place_known(
    cx: &mut Cx,
    tenant: &Tenant,
    person: PersonId,
    report: &CaseReport,
) -> Result<Placed> {
    hold_household(cx, report.ward, person).await?;
    let since = report.reported_at - SignedDuration::from_hours(24 * ACTIVE_DAYS);
    let running = running_case(cx, person, since).await?;
    let (case, outcome, rings) = match &running {
        None => {
            let case = cx.id::<CaseId>();
            let reported_on = report.reported_at.to_zoned(tenant.timezone()).date();
            sql::insert(cx, case, person, report, reported_on).await?;
            let confirmed_on = (report.classification == Classification::Confirmed).then_some(reported_on);
            cx.record(Event::new("case.recorded", case).unit(report.ward).data(json!({
                "person": person, "ward": report.ward, "classification": report.classification,
                "confirmed_on": confirmed_on, "basis": report.basis, "care": report.care, "import": report.import,
            })));
            same::weigh(cx, person).await?;
            (case, Outcome::Opened, report.classification == Classification::Confirmed)
        }
        Some(running) => {
            let outcome = join(cx, local_day(cx, tenant), running, report).await?;
            let news = matches!(outcome, Outcome::Confirmed | Outcome::WardChanged);
            let is_f0 = [running.classification, report.classification].contains(&Classification::Confirmed);
            (running.id, outcome, news && is_f0)
        }
    };
    let result = match &report.result {
        Some(result) => {
            let test = Test { person, ward: report.ward, result: *result };
            sql_results::add(cx, &[test], &[Some(case)], report.import).await?.into_iter().flatten().next()
        }
        None => None,
    };
    if let Some((id, told)) = result.zip(report.result.as_ref()) {
        record_result(cx, case.uuid(), id, report.ward, told, report.import);
    }
    let outcome =
        if outcome == Outcome::ResultAdded && result.is_none() { Outcome::ResultKnown } else { outcome };
    tell(cx);
    Ok(Placed { case, person, made_person: false, result, outcome, rings })
}

/// Locks the household of somebody who is known before his case is locked, in the order of every act
/// of home care: the ward that opens households, the household, the case.
async fn hold_household(cx: &mut Cx, ward: UnitId, person: PersonId) -> Result<()> {
    households::queue_up(cx, ward).await?;
    match households::lives_in(cx, person).await? {
        Some(home) => households::lock_all(cx, &[home]).await,
        None => Ok(()),
    }
}

/// What a report changes in a running case.
async fn join(cx: &mut Cx, today: Date, running: &Running, report: &CaseReport) -> Result<Outcome> {
    let confirms = running.classification == Classification::Suspected
        && report.classification == Classification::Confirmed;
    if confirms {
        sql::classify(cx, running.id, Classification::Confirmed, Some(today), report.import).await?;
        cx.record(Event::new("case.classified", running.id).unit(report.ward).data(json!({
            "from": running.classification, "to": Classification::Confirmed, "confirmed_on": today,
            "basis": report.basis, "import": report.import,
        })));
    }
    if running.ward != report.ward {
        sql::move_ward(cx, running.id, report.ward).await?;
        cx.record(
            Event::new("case.moved_ward", running.id)
                .unit(report.ward)
                // Whoever becomes an F0 just now becomes one of the new ward.
                .data(
                    json!({ "from": running.ward, "to": report.ward, "confirmed_on": running.confirmed_on }),
                ),
        );
        return Ok(Outcome::WardChanged);
    }
    Ok(if confirms { Outcome::Confirmed } else { Outcome::ResultAdded })
}

/// A result that makes no case (negative, indeterminate), and whose it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Test {
    pub person: PersonId,
    pub ward: UnitId,
    pub result: NewResult,
}

/// Keeps such a result with the person and with his running case, where there is one. `None` when it was
/// known.
pub(crate) async fn add_result(
    cx: &mut Cx,
    person: PersonId,
    ward: UnitId,
    result: &NewResult,
    import: Option<ImportId>,
) -> Result<Option<Uuid>> {
    let added = add_results(cx, &[Test { person, ward, result: *result }], import).await?;
    Ok(added.into_iter().next().flatten())
}

/// The same of many at once, each answered in its place; of two alike in one list the first is kept.
pub(crate) async fn add_results(
    cx: &mut Cx,
    tests: &[Test],
    import: Option<ImportId>,
) -> Result<Vec<Option<Uuid>>> {
    let since = cx.now() - SignedDuration::from_hours(24 * ACTIVE_DAYS);
    let people: Vec<PersonId> = tests.iter().map(|test| test.person).collect();
    let records = people::records_of(cx, &people).await?;
    let running = sql::running(cx, &records, since).await?;
    let case = |test: &Test| running.get(&test.person).map(|running| running.id);
    let cases: Vec<Option<CaseId>> = tests.iter().map(case).collect();
    let added = sql_results::add(cx, tests, &cases, import).await?;
    for ((test, case), id) in tests.iter().zip(cases).zip(&added) {
        if let Some(id) = id {
            let object = case.map_or(test.person.uuid(), CaseId::uuid);
            record_result(cx, object, *id, test.ward, &test.result, import);
        }
    }
    Ok(added)
}

/// The case in which somebody is now, as what, and in which ward it stands.
pub(crate) async fn running(
    cx: &mut Cx,
    person: PersonId,
) -> Result<Option<(CaseId, Classification, UnitId)>> {
    let since = cx.now() - SignedDuration::from_hours(24 * ACTIVE_DAYS);
    let running = running_case(cx, person, since).await?;
    Ok(running.map(|case| (case.id, case.classification, case.ward)))
}

async fn running_case(cx: &mut Cx, person: PersonId, since: Timestamp) -> Result<Option<Running>> {
    let records = people::records_of(cx, &[person]).await?;
    Ok(sql::running(cx, &records, since).await?.remove(&person))
}

/// The event stands with the case, so that its history shows it; with the person when there is none.
fn record_result(
    cx: &mut Cx,
    object: Uuid,
    id: Uuid,
    ward: UnitId,
    result: &NewResult,
    import: Option<ImportId>,
) {
    cx.record(Event::new("test.recorded", object).unit(ward).data(json!({
        "test": id, "kind": result.kind, "result": result.result, "sample_on": result.sample_on,
        "result_on": result.result_on, "ct_hundredths": result.ct_hundredths, "import": import,
    })));
}

pub(super) fn tell(cx: &mut Cx) {
    cx.tell(Topic::screen("cases"));
    cx.tell(Topic::screen("board"));
}
