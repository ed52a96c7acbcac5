//! A row of a list of results.

use super::{
    rows::Ground,
    spelling,
    whom::{Faults, Whom, said_of},
};
use crate::{
    cases::{
        Care, CaseReport, Classification, NewResult, NoPhone, TestKind, TestResult, days_agree, event_day,
    },
    people::NewPerson,
};
use jiff::Timestamp;
use kernel::{ImportId, UnitId, ValueError};

/// Somebody and his result.
#[derive(Clone, Debug)]
pub(super) struct ResultRow {
    pub person: NewPerson,
    pub ward: UnitId,
    pub result: NewResult,
}

impl ResultRow {
    pub fn read(ground: &Ground, whom: Whom, faults: &mut Faults<'_>) -> Option<Self> {
        let row = faults.row;
        let result = faults.kept("result", spelling::result(row.text("result")));
        let ct = faults.kept("ct", spelling::ct(row.text("ct"))).flatten();
        let ct = ct.or_else(|| spelling::ct_beside(row.text("result")));
        let kind = match row.text("kind") {
            // Only a PCR has a CT value.
            text if spelling::is_nothing(text) && ct.is_some() => Some(TestKind::Pcr),
            text if spelling::is_nothing(text) => {
                faults.kept("kind", Err(ValueError::new("error-test-kind-missing")))
            }
            text => faults.kept("kind", spelling::kind(text)),
        };
        let sample_on = faults.kept("sample_on", event_day(row.text("sample_on"), ground.today));
        let result_on = faults.optional("result_on", |text| event_day(text, ground.today));
        if let Some(sample_on) = sample_on
            && let Err((field, error)) = days_agree(sample_on, result_on, whom.birth)
        {
            faults.found.push(row.error(field, error.key));
        }
        let (person, ward) = whom.person()?;
        let (kind, result, sample_on) = (kind?, result?, sample_on?);
        let result = NewResult { kind, result, sample_on, result_on, ct_hundredths: ct };
        Some(Self { person, ward, result })
    }

    pub fn is_positive(&self) -> bool {
        self.result.result == TestResult::Positive
    }

    pub fn said(&self) -> String {
        format!(
            "{}|{}|{}|{}|{}",
            said_of(&self.person),
            self.ward,
            self.result.kind.as_str(),
            self.result.result.as_str(),
            self.result.sample_on,
        )
    }

    /// The report of a positive row.
    pub fn report(&self, now: Timestamp, unit: UnitId, import: ImportId) -> CaseReport {
        CaseReport {
            person: self.person.clone(),
            ward: self.ward,
            no_phone: self.person.phone.is_none().then_some(NoPhone::NotInList),
            classification: Classification::Confirmed,
            basis: self.result.kind,
            result: Some(self.result),
            reported_at: now,
            symptoms: Vec::new(),
            care: Care::Unknown,
            note: None,
            unit: Some(unit),
            import: Some(import),
        }
    }
}
