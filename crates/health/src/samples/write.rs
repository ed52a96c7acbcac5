//! Staff writes a result: of a rapid test at the door, or a PCR that was telephoned.

use super::{model::NewTest, self_test::known, settle, sight};
use crate::cases::{self, Care, CaseReport, Classification, Outcome, TestResult};
use duty::{tenants::Tenant, tickets::Opened, units};
use kernel::{CaseId, Error, Result};
use store::{Cx, Topic};
use uuid::Uuid;

/// What a result came to.
#[derive(Clone, Debug)]
pub struct Written {
    /// `None` when it was known.
    pub test: Option<Uuid>,
    /// What a positive one did; the caller brings follow-up into step with its case
    /// (`followups::take_on`).
    pub case: Option<(CaseId, Outcome)>,
    /// Who is called for it.
    pub opened: Option<Opened>,
}

/// Puts a result on record, with the case that follows from a positive one, and answers what was owed.
/// Written twice it is one.
///
/// Errors: `NotFound`, `Forbidden`; `Invalid` with the first field to mend ([`NewTest::faults`] lists
/// all); `person`: `error-ward-missing` for somebody who lives nowhere.
pub async fn write(cx: &mut Cx, tenant: &Tenant, new: &NewTest) -> Result<Written> {
    let whom = sight::claim(cx, new.person).await?;
    let today = units::today(cx).await?;
    let result = new.check(today, whom.birth).map_err(|faults| match faults.first() {
        Some(fault) => Error::from(*fault),
        None => Error::internal("a form was refused without a fault"),
    })?;
    let ward = whom.ward()?;
    let written = if result.result == TestResult::Positive {
        let running = cases::running(cx, new.person).await?;
        let ward = running.map_or(ward, |(.., ward)| ward);
        let report = CaseReport {
            person: known(&whom.person.full_name, ward)?,
            ward,
            no_phone: None,
            classification: Classification::Confirmed,
            basis: result.kind,
            result: Some(result),
            reported_at: cx.now(),
            symptoms: Vec::new(),
            care: if whom.household.is_some() { Care::Home } else { Care::Unknown },
            note: None,
            unit: whom.own_unit(cx),
            import: None,
        };
        let placed = cases::place_known(cx, tenant, new.person, &report).await?;
        let opened =
            if placed.rings { Some(cases::ring_one(cx, tenant, placed.case, ward).await?) } else { None };
        Written { test: placed.result, case: Some((placed.case, placed.outcome)), opened }
    } else {
        let test = cases::add_result(cx, new.person, ward, &result, None).await?;
        Written { test, case: None, opened: None }
    };
    settle::settle(cx, &[new.person]).await?;
    cx.tell(Topic::screen("samples"));
    Ok(written)
}
