//! What a reading comes to, by the law of its day.

use crate::{
    codes::codes,
    stand_in::{STAND_IN, or_latest},
    vitals::{Age, Symptom, Vitals},
};
use duty::rules::Rule;
use jiff::{SignedDuration, Span, Timestamp, civil::Date};
use kernel::Result;
use serde::Deserialize;
use std::{cmp::Reverse, collections::BTreeSet};

codes! {
    /// What a reading comes to, from the mildest to the worst: what is worse is greater.
    Grade in "grade" {
        Well = "well",
        /// Seen again with the next entry.
        Watch = "watch",
        /// The station calls within the day.
        Today = "today",
        /// The station and the rapid team are rung now.
        Emergency = "emergency",
    }
    /// What became of an alert.
    Ended in "ended_as" {
        Well = "well",
        Advised = "advised",
        Oxygen = "oxygen",
        /// Taken to a hospital or a facility.
        Removed = "removed",
        Slip = "slip",
        Died = "died",
        /// A newer alert of the same person took its place; only the program says so.
        Superseded = "superseded",
    }
}

/// What a reading came to and what raised it: words of [`Symptom`], or `spo2`, `respiratory_rate`,
/// `pulse`, `systolic`, `diastolic`, `fever`. Only what asks for this grade; nothing for `Well`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub grade: Grade,
    pub signs: Vec<&'static str>,
}

/// What the entries before this one say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// How long the fever has stood without an entry that says otherwise; zero without fever.
    pub fever_for: SignedDuration,
}

/// Limits of an age. `above` and `below` exclude the number itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
struct Limits {
    respiratory_rate_above: Option<i16>,
    spo2_below: Option<i16>,
    pulse_above: Option<i16>,
    pulse_below: Option<i16>,
    systolic_below: Option<i16>,
    diastolic_below: Option<i16>,
}

impl Limits {
    /// Of two ages that both may be his, whichever alarms first.
    fn stricter(self, other: Self) -> Self {
        let lower = |one: Option<i16>, two: Option<i16>| one.into_iter().chain(two).min();
        Self {
            respiratory_rate_above: lower(self.respiratory_rate_above, other.respiratory_rate_above),
            spo2_below: self.spo2_below.max(other.spo2_below),
            pulse_above: lower(self.pulse_above, other.pulse_above),
            pulse_below: self.pulse_below.max(other.pulse_below),
            systolic_below: self.systolic_below.max(other.systolic_below),
            diastolic_below: self.diastolic_below.max(other.diastolic_below),
        }
    }
}

/// Children of an age in months, `to` excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Band {
    from: i16,
    to: i16,
    limits: Limits,
}

/// A band as the rule writes it.
#[derive(Deserialize)]
struct Row {
    from: Span,
    to: Span,
    respiratory_rate_above: i16,
}

/// The thresholds and grades of one day: `f0.home_care` and `f0.alerts`, read once a transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    /// The day whose law it is.
    pub day: Date,
    home: Rule,
    grades: Rule,
    adult: Limits,
    /// Months of age.
    adult_from: i16,
    children: Vec<Band>,
    danger: BTreeSet<Symptom>,
    /// Danger signs that from this age, in months, are `today` when no other stands beside them.
    not_alone: BTreeSet<Symptom>,
    not_alone_from: i16,
    today: BTreeSet<Symptom>,
    watch: BTreeSet<Symptom>,
    /// Tenths of a degree.
    fever_from: i16,
    fever_for: SignedDuration,
    child_fever_from: i16,
    /// Months of age.
    child_to: i16,
    /// Limits of the strictest guideline of the time for adults: what would ring by it, and does not
    /// by the day's, is `today`.
    strictest: Limits,
    /// One person's next emergency rings anew after this.
    pub again_after: SignedDuration,
}

/// Adults where no version is in force: the first guideline's (4038/QĐ-BYT), on the safe side of
/// all that came before it.
const ADULT_STAND_IN: Limits = Limits {
    respiratory_rate_above: Some(20),
    spo2_below: Some(96),
    pulse_above: None,
    pulse_below: None,
    systolic_below: None,
    diastolic_below: None,
};

impl Law {
    /// The law of `day`, from the versions in force on it. Where there is none the latest that ships
    /// stands in as version 0; adults ring then at more than 20 breaths or an SpO2 below 96.
    ///
    /// Errors: `Internal` for a value that is missing or of another kind.
    pub fn read(day: Date, home: Option<&Rule>, grades: Option<&Rule>) -> Result<Self> {
        let home = or_latest(home, "f0.home_care")?;
        let grades = or_latest(grades, "f0.alerts")?;
        let child_spo2 = home.read("child_spo2_below")?;
        let rows: Vec<Row> = home.read("children")?;
        let children: Vec<Band> = rows.iter().map(|row| row.band(child_spo2)).collect();
        let adult_from = match home.get("adult_from") {
            Some(_) => months_at(&home, "adult_from")?,
            None => children.iter().map(|band| band.to).max().unwrap_or(0),
        };
        Ok(Self {
            day,
            adult: if home.version == STAND_IN { ADULT_STAND_IN } else { home.read("adult")? },
            adult_from,
            children,
            danger: symptoms_at(&home, "signs")?,
            not_alone: symptoms_at(&grades, "emergency.not_alone")?,
            not_alone_from: months_at(&grades, "emergency.not_alone_from")?,
            today: symptoms_at(&grades, "today.signs")?,
            watch: symptoms_at(&grades, "watch.signs")?,
            fever_from: grades.read("today.fever_from_tenths")?,
            fever_for: SignedDuration::from_hours(grades.int("today.fever_hours")?),
            child_fever_from: grades.read("today.child_fever_from_tenths")?,
            child_to: months_at(&grades, "today.child_to")?,
            strictest: Limits {
                spo2_below: Some(grades.read("today.adult_spo2_below")?),
                respiratory_rate_above: Some(grades.read("today.adult_respiratory_rate_above")?),
                ..Limits::default()
            },
            again_after: grades.duration("again_after")?,
            home,
            grades,
        })
    }

    /// The rule of the thresholds, by which an alert is kept: its code and version.
    pub fn code(&self) -> &str {
        &self.home.code
    }

    pub fn version(&self) -> i32 {
        self.home.version
    }

    /// Both rules, for the stamp of an event.
    pub fn rules(&self) -> [&Rule; 2] {
        [&self.home, &self.grades]
    }

    /// What earlier entries say about one made `at` this time; their order does not matter.
    pub fn before<'a>(
        &self,
        earlier: impl IntoIterator<Item = (Timestamp, &'a Vitals)>,
        at: Timestamp,
    ) -> Before {
        let tells = |vitals: &Vitals| vitals.temperature_tenths.is_some() || !vitals.symptoms.is_empty();
        let mut earlier: Vec<(Timestamp, &Vitals)> =
            earlier.into_iter().filter(|(then, vitals)| *then <= at && tells(vitals)).collect();
        earlier.sort_by_key(|(then, _)| Reverse(*then));
        let since = earlier.iter().take_while(|(_, vitals)| self.feverish(vitals)).last();
        Before { fever_for: since.map_or(SignedDuration::ZERO, |(then, _)| at.duration_since(*then)) }
    }

    /// The limit of SpO2 for somebody of whose age nothing is known: the strictest of all ages.
    pub(crate) fn spo2_below(&self) -> i16 {
        let limits = self.children.iter().map(|band| band.limits).chain([self.adult]);
        limits.filter_map(|limits| limits.spo2_below).max().unwrap_or_default()
    }

    fn limits(&self, age: Age) -> Limits {
        let Some((least, most)) = age.months() else { return self.adult };
        let bands = self.children.iter().filter(|band| band.from <= most && least < band.to);
        let adult = (most >= self.adult_from).then_some(self.adult);
        bands.map(|band| band.limits).chain(adult).reduce(Limits::stricter).unwrap_or(self.adult)
    }

    /// The thermometer decides; without one, what is told.
    fn feverish(&self, vitals: &Vitals) -> bool {
        vitals
            .temperature_tenths
            .map_or_else(|| vitals.symptoms.contains(&Symptom::Fever), |tenths| tenths >= self.fever_from)
    }

    fn fever(&self, vitals: &Vitals, age: Age, before: Option<&Before>) -> Option<Grade> {
        let small = age.months().is_some_and(|(least, _)| least < self.child_to);
        let high = small && vitals.temperature_tenths.is_some_and(|tenths| tenths >= self.child_fever_from);
        let feverish = self.feverish(vitals);
        let lasting = feverish && before.is_some_and(|before| before.fever_for >= self.fever_for);
        if high || lasting { Some(Grade::Today) } else { feverish.then_some(Grade::Watch) }
    }

    /// A sign that no list names is danger too: the sheet asks for it, and nobody has said that it
    /// may wait. (Version 1 names no convulsion, version 4 no coughing of blood.)
    fn is_danger(&self, sign: Symptom) -> bool {
        self.danger.contains(&sign) || !(self.today.contains(&sign) || self.watch.contains(&sign))
    }

    fn sign(&self, sign: Symptom, age: Age, alone: bool) -> Grade {
        if self.is_danger(sign) {
            let grown = age.months().is_none_or(|(least, _)| least >= self.not_alone_from);
            let eased = alone && grown && self.not_alone.contains(&sign);
            if eased { Grade::Today } else { Grade::Emergency }
        } else if self.today.contains(&sign) {
            Grade::Today
        } else {
            Grade::Watch
        }
    }
}

impl Row {
    fn band(&self, spo2_below: i16) -> Band {
        let limits = Limits {
            respiratory_rate_above: Some(self.respiratory_rate_above),
            spo2_below: Some(spo2_below),
            ..Limits::default()
        };
        Band { from: months(&self.from), to: months(&self.to), limits }
    }
}

/// Red by age: children by their band; a birth year alone takes, of the bands it may mean, the one
/// that alarms first; an unknown age is an adult's, which alarms first of all. Pulse and pressure
/// are judged in adults only: no guideline that was read gives a child's.
pub fn judge(vitals: &Vitals, age: Age, before: Option<&Before>, law: &Law) -> Verdict {
    let limits = law.limits(age);
    let grown = age.months().is_none_or(|(_, most)| most >= law.adult_from);
    let near = if grown { law.strictest } else { Limits::default() };
    let (systolic, diastolic) = vitals.pressure.unzip();
    let slow = below(vitals.pulse, limits.pulse_below, None);
    let readings = [
        ("spo2", below(vitals.spo2, limits.spo2_below, near.spo2_below)),
        (
            "respiratory_rate",
            above(vitals.respiratory_rate, limits.respiratory_rate_above, near.respiratory_rate_above),
        ),
        ("pulse", above(vitals.pulse, limits.pulse_above, None).max(slow)),
        ("systolic", below(systolic, limits.systolic_below, None)),
        ("diastolic", below(diastolic, limits.diastolic_below, None)),
        ("fever", law.fever(vitals, age, before)),
    ];
    let told = || vitals.symptoms.iter().copied().filter(|sign| *sign != Symptom::NoSymptom);
    let alone = told().filter(|sign| law.is_danger(*sign)).count() == 1;
    let signs = told().map(|sign| (sign.as_str(), Some(law.sign(sign, age, alone))));
    let found: Vec<(&'static str, Grade)> =
        readings.into_iter().chain(signs).filter_map(|(sign, grade)| Some((sign, grade?))).collect();

    let grade = found.iter().map(|(_, grade)| *grade).max().unwrap_or(Grade::Well);
    let mut verdict = Verdict { grade, signs: Vec::new() };
    for (sign, of) in found {
        if of == grade && !verdict.signs.contains(&sign) {
            verdict.signs.push(sign);
        }
    }
    verdict
}

/// Beyond the limit it is an emergency, beyond the stricter one it is called about today.
fn above(value: Option<i16>, limit: Option<i16>, stricter: Option<i16>) -> Option<Grade> {
    let beyond = |limit: Option<i16>| value.zip(limit).is_some_and(|(value, limit)| value > limit);
    graded(beyond(limit), beyond(stricter))
}

fn below(value: Option<i16>, limit: Option<i16>, stricter: Option<i16>) -> Option<Grade> {
    let beyond = |limit: Option<i16>| value.zip(limit).is_some_and(|(value, limit)| value < limit);
    graded(beyond(limit), beyond(stricter))
}

fn graded(rings: bool, near: bool) -> Option<Grade> {
    if rings { Some(Grade::Emergency) } else { near.then_some(Grade::Today) }
}

/// A word that no form offers can be told by nobody, and must not keep the others from ringing.
fn symptoms_at(rule: &Rule, path: &str) -> Result<BTreeSet<Symptom>> {
    Ok(rule.texts(path)?.into_iter().filter_map(|word| word.parse().ok()).collect())
}

fn months_at(rule: &Rule, path: &str) -> Result<i16> {
    Ok(months(&rule.read::<Span>(path)?))
}

fn months(span: &Span) -> i16 {
    i16::try_from(i32::from(span.get_years()) * 12 + span.get_months()).unwrap_or(i16::MAX)
}
