use crate::{
    codes::codes,
    fault::{Fault, kept, optional},
    people::Birth,
};
use jiff::{Span, Timestamp, civil::Date};
use kernel::{
    FactId, ImportId, OrganisationId, PersonId, StaffId, UnitId, ValueError,
    dates::parse_date_near,
    text::{line, search_key},
};
use serde::{Deserialize, Serialize};

codes! {
    Kind in "kind" {
        Vaccination = "vaccination",
        /// Was ill with it before and is well.
        Recovery = "recovery",
        /// An illness that makes it worse.
        Illness = "illness",
        Pregnancy = "pregnancy",
        NewlyDelivered = "newly_delivered",
        Obesity = "obesity",
        Employer = "employer",
        /// What he does: shipper, nurse, market trader.
        Role = "role",
        /// Came from somewhere else.
        Traveller = "traveller",
    }
    /// Where a fact comes from.
    Source in "source" {
        /// He says so himself.
        Person = "person",
        Staff = "staff",
        List = "list",
        /// A paper was seen.
        Paper = "paper",
        /// The national platform.
        National = "national",
    }
    /// Why a fact no longer counts.
    Withdrawn in "withdrawn_as" {
        Wrong = "wrong",
        /// Another fact says it right.
        Corrected = "corrected",
        /// The list it came in was taken back; only the program says so.
        ImportUndone = "import_undone",
    }
}

/// Longest name of a vaccine, an illness or an employer, in characters.
const WORDS_CAP: usize = 200;
const LOT_CAP: usize = 40;
/// Days for which a pregnancy of unknown end counts from the day it was told.
const PREGNANCY_DAYS: i32 = 280;
/// Days for which somebody has newly delivered: six weeks.
const DELIVERED_DAYS: i32 = 42;

/// A fact as a form tells it. Texts are checked here, so that what was typed can be shown again.
#[derive(Clone, Debug)]
pub struct NewFact {
    pub kind: Kind,
    pub source: Source,
    /// Day of the dose, of the recovery, of the delivery, of the arrival. May be empty for the others.
    pub on_day: String,
    /// The last day on which it holds, such as the day a child is expected; may be empty.
    pub until_day: String,
    /// First, second, third dose of a vaccine.
    pub dose: Option<i16>,
    /// Vaccine, illness, employer, role or place of origin.
    pub words: String,
    /// Lot of a vaccine; may be empty.
    pub lot: String,
    /// An employer that is on record.
    pub organisation: Option<OrganisationId>,
}

impl NewFact {
    pub fn of(kind: Kind, source: Source) -> Self {
        Self {
            kind,
            source,
            on_day: String::new(),
            until_day: String::new(),
            dose: None,
            words: String::new(),
            lot: String::new(),
            organisation: None,
        }
    }

    /// Everything that must be mended, in the order of the form.
    pub fn faults(&self, today: Date, birth: Option<Birth>) -> Vec<Fault> {
        self.check(today, birth).err().unwrap_or_default()
    }

    pub(super) fn check(&self, today: Date, birth: Option<Birth>) -> Result<Told, Vec<Fault>> {
        let mut faults = Vec::new();
        let on_day = optional(&mut faults, "on_day", &self.on_day, |text| past_day(text, today, birth));
        if self.on_day.trim().is_empty() && self.kind.needs_day() {
            faults.push(Fault { field: "on_day", key: "error-date-empty" });
        }
        let until_day =
            optional(&mut faults, "until_day", &self.until_day, |text| parse_date_near(text, today));
        if on_day.zip(until_day).is_some_and(|(on, until)| until < on) {
            faults.push(Fault { field: "until_day", key: "error-fact-backwards" });
        }
        let dose = self.dose.filter(|_| self.kind == Kind::Vaccination);
        if self.kind == Kind::Vaccination && !dose.is_some_and(|dose| (1..=9).contains(&dose)) {
            faults.push(Fault { field: "dose", key: "error-dose-number" });
        }
        let words = kept(&mut faults, "words", line(&self.words, WORDS_CAP)).unwrap_or_default();
        let organisation = self.organisation.filter(|_| self.kind == Kind::Employer);
        if words.is_empty() && organisation.is_none() && self.kind.needs_words() {
            faults.push(Fault { field: "words", key: "error-text-missing" });
        }
        let lot = kept(&mut faults, "lot", line(&self.lot, LOT_CAP)).unwrap_or_default();
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Told {
            kind: self.kind,
            source: self.source,
            on_day,
            until_day,
            dose,
            body: Body { words, lot },
            organisation,
        })
    }
}

/// A day that is past, in somebody's life.
fn past_day(text: &str, today: Date, birth: Option<Birth>) -> Result<Date, ValueError> {
    let day = parse_date_near(text, today)?;
    let unborn = match birth {
        Some(Birth::Day(born)) => day < born,
        Some(Birth::Year(year)) => day.year() < year,
        None => false,
    };
    if day > today {
        Err(ValueError::new("error-date-future"))
    } else if unborn {
        Err(ValueError::new("error-day-before-birth"))
    } else {
        Ok(day)
    }
}

impl Kind {
    fn needs_day(self) -> bool {
        matches!(self, Self::Vaccination | Self::Recovery | Self::NewlyDelivered | Self::Traveller)
    }

    fn needs_words(self) -> bool {
        matches!(self, Self::Illness | Self::Employer | Self::Role)
    }
}

/// What a fact says in words; sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Body {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lot: String,
}

/// A fact that has been checked.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub kind: Kind,
    pub source: Source,
    pub on_day: Option<Date>,
    pub until_day: Option<Date>,
    pub dose: Option<i16>,
    pub body: Body,
    pub organisation: Option<OrganisationId>,
}

impl Told {
    /// All that it says, in one spelling. Who told it is no part of it: the same dose from a paper and
    /// from a list is one dose.
    pub(super) fn canonical(&self, person: PersonId) -> String {
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        [
            person.to_string(),
            self.kind.as_str().to_owned(),
            day(self.on_day),
            day(self.until_day),
            self.dose.map(|dose| dose.to_string()).unwrap_or_default(),
            search_key(&self.body.words),
            search_key(&self.body.lot),
            self.organisation.map(|id| id.to_string()).unwrap_or_default(),
        ]
        .join("|")
    }
}

/// A fact as the page of its person shows it.
#[derive(Clone, Debug)]
pub struct Fact {
    pub id: FactId,
    pub person: PersonId,
    pub kind: Kind,
    pub on_day: Option<Date>,
    pub until_day: Option<Date>,
    pub dose: Option<i16>,
    /// Vaccine, illness, employer, role or place of origin; may be empty.
    pub words: String,
    pub lot: String,
    pub organisation: Option<OrganisationId>,
    pub source: Source,
    pub import: Option<ImportId>,
    pub entered_at: Timestamp,
    pub entered_by: Option<StaffId>,
    pub by_unit: Option<UnitId>,
    /// It was wrong: it stays in view and counts no more.
    pub withdrawn: Option<(Timestamp, Withdrawn)>,
}

/// What counts of a person on a day. Nothing known is not the same as nothing there: without a dose
/// on record nobody is "not vaccinated".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Number and day of each dose.
    pub doses: Vec<(i16, Date)>,
    /// The latest recovery.
    pub recovered_on: Option<Date>,
    /// The same, without what only the person himself says.
    pub proven_doses: Vec<(i16, Date)>,
    pub proven_recovery: Option<Date>,
    pub illness: bool,
    pub pregnant: bool,
    pub newly_delivered: bool,
    pub obese: bool,
}

/// A fact as far as it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub kind: Kind,
    pub on_day: Option<Date>,
    pub until_day: Option<Date>,
    pub dose: Option<i16>,
    /// The day it was told.
    pub told_on: Date,
    pub source: Source,
}

impl Known {
    pub(super) fn add(&mut self, fact: &Counted, on: Date) {
        if fact.on_day.is_some_and(|day| day > on) || fact.until().is_some_and(|day| day < on) {
            return;
        }
        let proven = fact.source != Source::Person;
        match fact.kind {
            Kind::Vaccination => {
                let dose = fact.dose.zip(fact.on_day);
                self.doses.extend(dose);
                self.proven_doses.extend(dose.filter(|_| proven));
            }
            Kind::Recovery => {
                self.recovered_on = self.recovered_on.max(fact.on_day);
                self.proven_recovery = self.proven_recovery.max(fact.on_day.filter(|_| proven));
            }
            Kind::Illness => self.illness = true,
            Kind::Pregnancy => self.pregnant = true,
            Kind::NewlyDelivered => self.newly_delivered = true,
            Kind::Obesity => self.obese = true,
            Kind::Employer | Kind::Role | Kind::Traveller => {}
        }
    }
}

impl Counted {
    /// The last day on which it counts; a pregnancy ends by itself.
    fn until(&self) -> Option<Date> {
        let after = |days: i32| self.on_day.unwrap_or(self.told_on).checked_add(Span::new().days(days)).ok();
        self.until_day.or_else(|| match self.kind {
            Kind::Pregnancy => after(PREGNANCY_DAYS),
            Kind::NewlyDelivered => after(DELIVERED_DAYS),
            _ => None,
        })
    }
}
