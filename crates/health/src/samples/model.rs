use crate::{
    cases::{NewResult, TestKind, TestResult, days_agree, event_day},
    codes::codes,
    fault::{Fault, kept, optional},
    people::Birth,
};
use jiff::{Timestamp, civil::Date};
use kernel::{FileId, PersonId, UnitId, ValueError, text::line};
use std::collections::BTreeSet;

codes! {
    /// Why somebody is to be tested.
    Reason in "reason" {
        /// Sick and not confirmed.
        Symptoms = "symptoms",
        /// He told of a self-test that has to be checked.
        SelfTest = "self_test",
        /// His pooled sample was not negative.
        PoolOpened = "pool_opened",
        /// Two results of one day say otherwise.
        Clash = "clash",
        /// An F1 at the beginning of his days.
        F1First = "f1_first",
        /// And at their end.
        F1Last = "f1_last",
        /// Whoever is to be released.
        Release = "release",
        /// Sickness has risen where he lives.
        EarlySignal = "early_signal",
    }
    PoolState in "state" { Taken = "taken", Negative = "negative", Opened = "opened" }
    /// What staff made of a self-test that a household told of.
    Seen in "seen_as" {
        /// He is an F0.
        Confirmed = "confirmed",
        /// The picture, or the call, shows something else.
        Refused = "refused",
        PcrOrdered = "pcr_ordered",
        /// Read, and nothing follows from it.
        Noted = "noted",
    }
}

/// What staff orders by hand; the program orders for the other reasons itself.
pub const BY_HAND: [Reason; 5] =
    [Reason::Symptoms, Reason::F1First, Reason::F1Last, Reason::Release, Reason::EarlySignal];
/// How a sample is tested that staff has taken.
pub const SINGLE: [TestKind; 2] = [TestKind::Rapid, TestKind::Pcr];
/// Longest code of a pooled sample, in characters.
const CODE_CAP: usize = 40;

impl Reason {
    /// Whether the order is a ticket; what is due on a later day is a line of the list.
    pub(super) const fn is_owed_now(self) -> bool {
        !matches!(self, Self::F1First | Self::F1Last | Self::Release)
    }
}

/// An order as staff gives it.
#[derive(Clone, Copy, Debug)]
pub struct NewOrder {
    pub person: PersonId,
    pub kind: TestKind,
    pub reason: Reason,
    /// Instead of the time that the rule gives.
    pub due_at: Option<Timestamp>,
}

/// A result as staff writes it. Texts are checked here, so that what was typed can be shown again.
#[derive(Clone, Debug)]
pub struct NewTest {
    pub person: PersonId,
    pub kind: TestKind,
    pub result: TestResult,
    /// Day of the sample.
    pub sample_on: String,
    /// May be empty.
    pub result_on: String,
    /// Cycle threshold of a PCR; may be empty.
    pub ct: String,
}

impl NewTest {
    /// Everything that must be mended, in the order of the form.
    pub fn faults(&self, today: Date, birth: Option<Birth>) -> Vec<Fault> {
        self.check(today, birth).err().unwrap_or_default()
    }

    pub(super) fn check(&self, today: Date, birth: Option<Birth>) -> Result<NewResult, Vec<Fault>> {
        let mut faults = Vec::new();
        if !SINGLE.contains(&self.kind) {
            faults.push(Fault { field: "kind", key: "error-choice-unknown" });
        }
        let days = days(&mut faults, &self.sample_on, &self.result_on, today, birth);
        let ct = optional(&mut faults, "ct", &self.ct, ct);
        if ct.is_some() && self.kind != TestKind::Pcr {
            faults.push(Fault { field: "ct", key: "error-ct-without-pcr" });
        }
        match days {
            Some((sample_on, result_on)) if faults.is_empty() => Ok(NewResult {
                kind: self.kind,
                result: self.result,
                sample_on,
                result_on,
                ct_hundredths: ct,
            }),
            _ => Err(faults),
        }
    }
}

/// A pooled sample as staff takes it.
#[derive(Clone, Debug)]
pub struct NewPool {
    /// The station, or another unit that takes samples.
    pub unit: UnitId,
    /// As written on the tube.
    pub code: String,
    pub kind: TestKind,
    pub sample_on: String,
    pub members: BTreeSet<PersonId>,
}

impl NewPool {
    /// Everything that must be mended, in the order of the form; `births` are those of its members,
    /// `most` and `least` what the rule allows.
    pub(super) fn check(
        &self,
        today: Date,
        births: &[Birth],
        allowed: (usize, usize),
    ) -> Result<(String, Date), Vec<Fault>> {
        let mut faults = Vec::new();
        let code = kept(&mut faults, "code", line(&self.code, CODE_CAP));
        if code.as_deref() == Some("") {
            faults.push(Fault { field: "code", key: "error-pool-code-missing" });
        }
        if !SINGLE.contains(&self.kind) {
            faults.push(Fault { field: "kind", key: "error-choice-unknown" });
        }
        let sample_on = kept(&mut faults, "sample_on", event_day(&self.sample_on, today));
        if let Some(day) = sample_on
            && births.iter().any(|birth| days_agree(day, None, Some(*birth)).is_err())
        {
            faults.push(Fault { field: "sample_on", key: "error-sample-before-birth" });
        }
        if self.members.len() < allowed.0 {
            faults.push(Fault { field: "members", key: "error-pool-few" });
        } else if self.members.len() > allowed.1 {
            faults.push(Fault { field: "members", key: "error-pool-many" });
        }
        match (code, sample_on) {
            (Some(code), Some(day)) if faults.is_empty() => Ok((code, day)),
            _ => Err(faults),
        }
    }
}

/// A self-test as a household tells of it.
#[derive(Clone, Debug)]
pub struct SelfTest {
    pub person: PersonId,
    pub result: TestResult,
    pub on_day: String,
    /// The picture of the cassette; the caller keeps and binds it.
    pub file: Option<FileId>,
}

impl SelfTest {
    pub(super) fn check(&self, today: Date, birth: Option<Birth>) -> Result<NewResult, Fault> {
        let wrong = |key| Fault { field: "on_day", key };
        let on_day = event_day(&self.on_day, today).map_err(|error| wrong(error.key))?;
        days_agree(on_day, None, birth).map_err(|(_, error)| wrong(error.key))?;
        Ok(NewResult {
            kind: TestKind::SelfTest,
            result: self.result,
            sample_on: on_day,
            result_on: Some(on_day),
            ct_hundredths: None,
        })
    }
}

/// The days of a test, with what is wrong beside each.
pub(super) fn days(
    faults: &mut Vec<Fault>,
    sample_on: &str,
    result_on: &str,
    today: Date,
    birth: Option<Birth>,
) -> Option<(Date, Option<Date>)> {
    let before = faults.len();
    let sample = kept(faults, "sample_on", event_day(sample_on, today));
    let result = optional(faults, "result_on", result_on, |text| event_day(text, today));
    let sample = sample?;
    if let Err((field, error)) = days_agree(sample, result, birth) {
        faults.push(Fault { field, key: error.key });
    }
    (faults.len() == before).then_some((sample, result))
}

/// A cycle threshold in hundredths: `21,5`.
///
/// Errors: `error-ct-format`; `error-ct-range` (0 to 60).
fn ct(text: &str) -> Result<i32, ValueError> {
    let number: f64 =
        text.trim().replace(',', ".").parse().map_err(|_| ValueError::new("error-ct-format"))?;
    if (0.0..=60.0).contains(&number) {
        Ok((number * 100.0).round() as i32)
    } else {
        Err(ValueError::new("error-ct-range"))
    }
}
