//! Who may have which bag, by the rule of the day.

use super::model::{Bar, Caution, Exclusion, Kind, Lack, Met, Severity};
use crate::{stand_in::or_latest, vitals::Age};
use duty::rules::Rule;
use jiff::SignedDuration;
use kernel::Result;
use serde::Deserialize;
use std::collections::BTreeSet;

/// The bags of one day: `f0.drug_bags`.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    rule: Rule,
    /// What was measured longer ago says nothing.
    pub(super) readings_within: SignedDuration,
    levels: Levels,
    a: BagA,
    b: BagB,
    c: BagC,
}

/// Who is moderately ill; both numbers included.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Levels {
    #[serde(rename = "moderate_spo2_from")]
    spo2_from: i16,
    #[serde(rename = "moderate_spo2_to")]
    spo2_to: i16,
    #[serde(rename = "moderate_respiratory_rate_from")]
    rate_from: i16,
    #[serde(rename = "moderate_respiratory_rate_to")]
    rate_to: i16,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct BagA {
    days: i16,
    adult_age_from: i16,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct BagB {
    days: i16,
    adult_age_from: i16,
    pre_issued: bool,
    needs_prescriber: bool,
    doctor_not_reached: bool,
    any: Conditions,
    excluded: Vec<Exclusion>,
    caution_age_above: i16,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Conditions {
    breathless: bool,
    respiratory_rate_above: i16,
    spo2_below: i16,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct BagC {
    days: i16,
    adult_age_from: i16,
    needs_consent: bool,
    severities: Vec<Severity>,
    within_days_of_onset: i32,
    excluded: Vec<Exclusion>,
    capsules: i16,
}

/// What is on record of somebody.
#[derive(Clone, Debug)]
pub struct Patient {
    pub age: Age,
    pub readings: Readings,
    pub pregnant: bool,
    /// Days since it began, or since the sample where nobody knows.
    pub ill_for: i32,
}

/// The newest of each that is not too old.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readings {
    pub spo2: Option<i16>,
    pub respiratory_rate: Option<i16>,
    pub breathless: bool,
    /// He has had a symptom of it, then or now.
    pub symptoms: bool,
    /// Somebody asked for symptoms.
    pub asked: bool,
}

impl Readings {
    fn measured(self) -> bool {
        self.spo2.is_some() || self.respiratory_rate.is_some()
    }
}

/// What whoever hands it over says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// B is left in the house for later.
    pub beforehand: bool,
    /// A doctor was called and did not answer.
    pub doctor_not_reached: bool,
    /// What excludes was asked.
    pub asked: bool,
    pub excluded: BTreeSet<Exclusion>,
    /// A doctor prescribed it.
    pub prescribed: bool,
    pub consented: bool,
}

/// What stands in the way, what is said with it, and what it rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub lacks: Vec<Lack>,
    pub bars: Vec<Bar>,
    /// What excludes him.
    pub excluded: BTreeSet<Exclusion>,
    pub cautions: Vec<Caution>,
    pub met: Vec<Met>,
    pub severity: Option<Severity>,
}

impl Verdict {
    pub fn allows(&self) -> bool {
        self.lacks.is_empty() && self.bars.is_empty()
    }

    /// It can never be given as things stand, whatever is brought.
    pub fn forbids(&self) -> bool {
        !self.bars.is_empty()
    }
}

/// Whether somebody is grown up; `None` where his birth leaves it open.
fn grown(age: Age, from: i16) -> Option<bool> {
    let (least, most) = age.months()?;
    let from = from.saturating_mul(12);
    if least >= from {
        Some(true)
    } else if most < from {
        Some(false)
    } else {
        None
    }
}

impl Law {
    /// From the version in force; where there is none the latest that ships stands in as version 0.
    ///
    /// Errors: `Internal` for a value that is missing or of another kind.
    pub fn read(rule: Option<&Rule>) -> Result<Self> {
        let rule = or_latest(rule, "f0.drug_bags")?;
        Ok(Self {
            readings_within: rule.duration("readings_within")?,
            levels: rule.read("severity")?,
            a: rule.read("bag_a")?,
            b: rule.read("bag_b")?,
            c: rule.read("bag_c")?,
            rule,
        })
    }

    pub(super) fn rule(&self) -> &Rule {
        &self.rule
    }

    /// For so many days a bag is taken.
    pub fn days(&self, kind: Kind) -> i16 {
        match kind {
            Kind::A => self.a.days,
            Kind::B => self.b.days,
            Kind::C => self.c.days,
        }
    }

    /// Capsules in a bag C.
    pub fn capsules(&self) -> i16 {
        self.c.capsules
    }

    /// What is asked before a bag is handed over.
    pub fn exclusions(&self, kind: Kind) -> &[Exclusion] {
        match kind {
            Kind::A => &[],
            Kind::B => &self.b.excluded,
            Kind::C => &self.c.excluded,
        }
    }

    /// Whether B may be left in the house for later.
    pub fn pre_issues(&self) -> bool {
        self.b.pre_issued
    }

    /// "SpO2 < 95", "> 20": from when on bag B is taken.
    pub fn b_limits(&self) -> (i16, i16) {
        (self.b.any.spo2_below, self.b.any.respiratory_rate_above)
    }

    pub fn judge(&self, kind: Kind, patient: &Patient, said: &Answers) -> Verdict {
        match kind {
            Kind::A => self.a(patient),
            Kind::B => self.b(patient, said),
            Kind::C => self.c(patient, said),
        }
    }

    fn a(&self, patient: &Patient) -> Verdict {
        let grown = grown(patient.age, self.a.adult_age_from) == Some(true);
        Verdict { cautions: if grown { Vec::new() } else { vec![Caution::Young] }, ..Verdict::default() }
    }

    fn b(&self, patient: &Patient, said: &Answers) -> Verdict {
        let (b, mut verdict) = (&self.b, Verdict::default());
        verdict.common(patient, b.adult_age_from, &b.excluded, said);
        let readings = patient.readings;
        let met = [
            (Met::Breathless, b.any.breathless && readings.breathless),
            (
                Met::RespiratoryRate,
                readings.respiratory_rate.is_some_and(|rate| rate > b.any.respiratory_rate_above),
            ),
            (Met::Spo2, readings.spo2.is_some_and(|spo2| spo2 < b.any.spo2_below)),
        ];
        verdict.met = met.into_iter().filter(|(_, holds)| *holds).map(|(met, _)| met).collect();
        let beforehand = b.pre_issued && said.beforehand;
        if beforehand {
            verdict.cautions.push(Caution::OnlyWhen);
        } else if !verdict.met.is_empty() {
            if b.doctor_not_reached && !said.doctor_not_reached {
                verdict.lacks.push(Lack::DoctorTried);
            }
        } else if !readings.measured() {
            verdict.lacks.push(Lack::Readings);
        } else if b.pre_issued {
            verdict.lacks.push(Lack::Condition);
        } else {
            verdict.bars.push(Bar::Beforehand);
        }
        if b.needs_prescriber {
            verdict.cautions.push(Caution::Transfer);
            if !said.prescribed {
                verdict.lacks.push(Lack::Prescriber);
            }
        }
        if patient.age.months().is_some_and(|(_, most)| most / 12 > b.caution_age_above) {
            verdict.cautions.push(Caution::Old);
        }
        verdict
    }

    fn c(&self, patient: &Patient, said: &Answers) -> Verdict {
        let (c, mut verdict) = (&self.c, Verdict::default());
        verdict.common(patient, c.adult_age_from, &c.excluded, said);
        if !patient.readings.measured() {
            verdict.lacks.push(Lack::Readings);
        }
        let severity = self.severity(patient.readings);
        verdict.severity = Some(severity);
        match severity {
            Severity::Unknown => verdict.lacks.push(Lack::Severity),
            allowed if c.severities.contains(&allowed) => {}
            Severity::Asymptomatic => verdict.bars.push(Bar::Asymptomatic),
            Severity::Mild | Severity::Moderate | Severity::Severe => verdict.bars.push(Bar::Severe),
        }
        if patient.ill_for > c.within_days_of_onset {
            verdict.bars.push(Bar::TooLate);
        }
        if c.needs_consent && !said.consented {
            verdict.lacks.push(Lack::Consent);
        }
        verdict.cautions.extend([Caution::Contraception, Caution::Leftovers]);
        verdict
    }

    fn severity(&self, readings: Readings) -> Severity {
        let levels = &self.levels;
        let spo2 = |holds: &dyn Fn(i16) -> bool| readings.spo2.is_some_and(holds);
        let rate = |holds: &dyn Fn(i16) -> bool| readings.respiratory_rate.is_some_and(holds);
        if spo2(&|spo2| spo2 < levels.spo2_from) || rate(&|rate| rate > levels.rate_to) {
            Severity::Severe
        } else if spo2(&|spo2| spo2 <= levels.spo2_to) || rate(&|rate| rate >= levels.rate_from) {
            Severity::Moderate
        } else if readings.symptoms {
            Severity::Mild
        } else if readings.asked {
            Severity::Asymptomatic
        } else {
            Severity::Unknown
        }
    }
}

impl Verdict {
    /// What B and C ask alike: that he is grown up, and has nothing that excludes him.
    fn common(&mut self, patient: &Patient, adult_from: i16, excluded: &[Exclusion], said: &Answers) {
        match grown(patient.age, adult_from) {
            Some(true) => {}
            Some(false) => self.bars.push(Bar::TooYoung),
            None => self.lacks.push(Lack::Birth),
        }
        let known = patient.pregnant.then_some(Exclusion::Pregnant);
        self.excluded =
            said.excluded.iter().copied().chain(known).filter(|one| excluded.contains(one)).collect();
        if !self.excluded.is_empty() {
            self.bars.push(Bar::Excluded);
        }
        if !said.asked {
            self.lacks.push(Lack::Asked);
        }
    }
}
