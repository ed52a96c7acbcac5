//! A row of a list of doses.

use super::{
    rows::Ground,
    spelling,
    whom::{Faults, Whom, said_of},
};
use crate::{
    facts::{self, NewFact, Source},
    people::{Birth, NewPerson},
};
use jiff::civil::{Date, date};
use kernel::{
    UnitId, ValueError,
    dates::{parse_date_near, shown_date},
    text::line,
};
use std::fmt::Write;

/// Nobody was given a vaccine before.
const FIRST_DAY: Date = date(2020, 12, 1);
/// Longest name of a vaccine and of a lot, in characters, as a fact takes them.
const VACCINE_CAP: usize = 200;
const LOT_CAP: usize = 40;

/// Somebody and the doses he was given.
#[derive(Clone, Debug)]
pub(super) struct DosesRow {
    pub person: NewPerson,
    pub ward: UnitId,
    pub doses: Vec<Dose>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dose {
    pub number: i16,
    pub on: Date,
    /// May be empty.
    pub vaccine: String,
    pub lot: String,
    /// The column of its day.
    pub field: &'static str,
}

/// Columns of a list that has a column for each dose: number, day, vaccine, lot.
const SIDE_BY_SIDE: [(i16, [&str; 3]); 3] = [
    (1, ["dose_1_on", "vaccine_1", "lot_1"]),
    (2, ["dose_2_on", "vaccine_2", "lot_2"]),
    (3, ["dose_3_on", "vaccine_3", "lot_3"]),
];
/// The columns of a list that has a row for each dose.
const ALONE: [&str; 3] = ["dosed_on", "vaccine", "lot"];

impl DosesRow {
    pub fn read(ground: &Ground, whom: Whom, faults: &mut Faults<'_>) -> Option<Self> {
        let row = faults.row;
        whom.must_be_somebody(faults);
        let mut doses: Vec<Dose> = Vec::new();
        let said = |field: &str| !spelling::is_not_given(row.text(field));
        if said("dosed_on") || said("dose") {
            let number = faults.kept("dose", spelling::dose(row.text("dose")));
            doses.extend(dose(ground, &whom, faults, number, ALONE));
        }
        for (number, fields) in SIDE_BY_SIDE {
            if fields.into_iter().any(said) {
                doses.extend(dose(ground, &whom, faults, Some(number), fields));
            }
        }
        doses.sort_by_key(|dose| dose.number);
        doses.dedup_by_key(|dose| dose.number);
        for pair in doses.windows(2) {
            if pair[1].on <= pair[0].on {
                faults.found.push(row.error(pair[1].field, "error-dose-order"));
            }
        }
        if doses.is_empty() && faults.found.is_empty() {
            faults.found.push(row.error("", "error-dose-none"));
        }
        let (person, ward) = whom.person()?;
        Some(Self { person, ward, doses })
    }

    pub fn said(&self) -> String {
        let mut said = format!("doses|{}|{}", said_of(&self.person), self.ward);
        for dose in &self.doses {
            let _ = write!(said, "|{}|{}|{}|{}", dose.number, dose.on, dose.vaccine, dose.lot);
        }
        said
    }
}

/// One dose; what cannot be read of it is noted.
fn dose(
    ground: &Ground,
    whom: &Whom,
    faults: &mut Faults<'_>,
    number: Option<i16>,
    [day, vaccine, lot]: [&'static str; 3],
) -> Option<Dose> {
    let row = faults.row;
    let text = row.text(day);
    let on = if spelling::is_not_given(text) {
        Err(ValueError::new("error-date-empty"))
    } else {
        day_of(text, ground.today, whom.birth)
    };
    let on = faults.kept(day, on);
    // A vaccine that is the same for all doses may stand once.
    let mut named = [vaccine, "vaccine"].into_iter().map(|field| spelling::vaccine(row.text(field)));
    let name = named.find(|name| !name.is_empty()).unwrap_or_default();
    let vaccine = faults.kept(vaccine, line(&name, VACCINE_CAP));
    let lot = faults.optional(lot, |text| line(text, LOT_CAP)).unwrap_or_default();
    Some(Dose { number: number?, on: on?, vaccine: vaccine?, lot, field: day })
}

fn day_of(text: &str, today: Date, birth: Option<Birth>) -> Result<Date, ValueError> {
    let on = parse_date_near(text, today)?;
    let unborn = match birth {
        Some(Birth::Day(born)) => on < born,
        Some(Birth::Year(year)) => on.year() < year,
        None => false,
    };
    if on > today {
        Err(ValueError::new("error-date-future"))
    } else if on < FIRST_DAY {
        Err(ValueError::new("error-dose-before-vaccines"))
    } else if unborn {
        Err(ValueError::new("error-day-before-birth"))
    } else {
        Ok(on)
    }
}

impl Dose {
    pub fn fact(&self) -> NewFact {
        NewFact {
            on_day: shown_date(self.on),
            dose: Some(self.number),
            words: self.vaccine.clone(),
            lot: self.lot.clone(),
            ..NewFact::of(facts::Kind::Vaccination, Source::List)
        }
    }
}
