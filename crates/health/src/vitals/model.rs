use crate::codes::codes;
use jiff::{Unit, civil::Date};
use std::collections::BTreeSet;

codes! {
    /// What is asked for on the follow-up sheet (Decision 4038/QĐ-BYT of 21/8/2021) and the danger
    /// signs of Decisions 4377 and 261/QĐ-BYT. `NoSymptom` was asked for; an empty list was not.
    Symptom in "symptoms" {
        NoSymptom = "none",
        Fever = "fever",
        Cough = "cough",
        Sputum = "sputum",
        SoreThroat = "sore_throat",
        Tired = "tired",
        Headache = "headache",
        Dizzy = "dizzy",
        Aches = "aches",
        Chills = "chills",
        RedEye = "red_eye",
        TasteSmellLoss = "taste_smell_loss",
        Nausea = "nausea",
        Vomiting = "vomiting",
        Diarrhoea = "diarrhoea",
        Breathless = "breathless",
        ChestPain = "chest_pain",
        /// Drowsy, confused or not to be woken.
        NotAlert = "not_alert",
        CoughingBlood = "coughing_blood",
        Cyanosis = "cyanosis",
        ColdHands = "cold_hands",
        CannotDrink = "cannot_drink",
        /// A child that drinks or eats badly.
        PoorFeeding = "poor_feeding",
        Convulsion = "convulsion",
        ChildGrunting = "child_grunting",
        ChildRetraction = "child_retraction",
        ChildNasalFlare = "child_nasal_flare",
    }
}

impl Symptom {
    /// What is asked when a case is reported; the others are for those who watch a patient.
    pub const AT_REPORT: &'static [Self] = &[
        Self::NoSymptom,
        Self::Fever,
        Self::Cough,
        Self::SoreThroat,
        Self::Tired,
        Self::Headache,
        Self::Aches,
        Self::TasteSmellLoss,
        Self::Diarrhoea,
        Self::Breathless,
        Self::ChestPain,
        Self::NotAlert,
    ];
}

/// What was measured and seen at one time; `None` was not measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vitals {
    /// Tenths of a degree Celsius: 375 is 37.5.
    pub temperature_tenths: Option<i16>,
    /// Per cent.
    pub spo2: Option<i16>,
    /// Breaths a minute.
    pub respiratory_rate: Option<i16>,
    /// Beats a minute.
    pub pulse: Option<i16>,
    /// Systolic and diastolic, in mmHg.
    pub pressure: Option<(i16, i16)>,
    pub symptoms: BTreeSet<Symptom>,
}

impl Vitals {
    /// Nothing was said at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How old somebody is, in completed months and as exactly as his birth is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    Months(i16),
    /// Born in a known year, on any of its days.
    Between {
        least: i16,
        most: i16,
    },
    Unknown,
}

impl Age {
    /// The day of birth decides where it is known, else the year. A birth after `on` is a slip of the
    /// pen and says nothing.
    pub fn of(birth_year: Option<i16>, birth_date: Option<Date>, on: Date) -> Self {
        let known = match (birth_date, birth_year) {
            (Some(born), _) => completed_months(born, on).map(Self::Months),
            (None, Some(year)) => born_in(year, on),
            (None, None) => None,
        };
        known.unwrap_or(Self::Unknown)
    }

    /// The least and the most it can be, in completed months; `None` when nothing is known.
    pub fn months(self) -> Option<(i16, i16)> {
        match self {
            Self::Months(months) => Some((months, months)),
            Self::Between { least, most } => Some((least, most)),
            Self::Unknown => None,
        }
    }
}

fn born_in(year: i16, on: Date) -> Option<Age> {
    let (first, last) = (Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?);
    let most = completed_months(first, on)?;
    // The last day of this year is still to come.
    let least = completed_months(last, on).unwrap_or(0);
    Some(Age::Between { least, most })
}

fn completed_months(born: Date, on: Date) -> Option<i16> {
    let lived = born.until((Unit::Month, on)).ok()?;
    i16::try_from(lived.get_months()).ok().filter(|_| born <= on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_age_is_as_exact_as_the_birth() {
        let on = date(2021, 9, 25);
        for (born, months) in [
            (date(2021, 9, 25), 0),
            (date(2021, 7, 26), 1),
            (date(2021, 7, 25), 2),
            (date(2016, 9, 26), 59),
            (date(2016, 9, 25), 60),
            (date(1936, 1, 1), 1028),
        ] {
            assert_eq!(Age::of(None, Some(born), on), Age::Months(months), "{born}");
        }
        assert_eq!(Age::of(Some(2016), None, on), Age::Between { least: 56, most: 68 });
        assert_eq!(Age::of(Some(2021), None, on), Age::Between { least: 0, most: 8 });
        // The day decides where both are known.
        assert_eq!(Age::of(Some(2016), Some(date(2021, 7, 25)), on), Age::Months(2));
    }

    #[test]
    fn a_birth_to_come_says_nothing() {
        let on = date(2021, 9, 25);
        assert_eq!(Age::of(None, Some(date(2021, 9, 26)), on), Age::Unknown);
        assert_eq!(Age::of(Some(2022), None, on), Age::Unknown);
        assert_eq!(Age::of(None, None, on), Age::Unknown);
    }

    #[test]
    fn a_report_asks_for_symptoms_that_exist_and_each_once() {
        let asked: BTreeSet<Symptom> = Symptom::AT_REPORT.iter().copied().collect();
        assert_eq!(asked.len(), Symptom::AT_REPORT.len());
        assert!(asked.len() < Symptom::ALL.len());
    }
}
