//! A row of a list of contacts.

use super::{
    rows::Ground,
    spelling,
    whom::{Faults, Whom, said_of},
};
use crate::{
    contacts::{Asked, Near},
    people::NewPerson,
};
use jiff::civil::Date;
use kernel::{
    CaseId, PersonId, Phone, UnitId, ValueError,
    dates::parse_date_near,
    text::{line, search_key, tidy},
};

/// Longest words about where and how, in characters.
const RELATION_CAP: usize = 200;

/// Somebody who was near an F0.
#[derive(Clone, Debug)]
pub(super) struct NearRow {
    pub person: NewPerson,
    /// How the F0 is called.
    pub of: Asked,
    /// Who that is, once it has been looked up.
    pub case: Option<CaseId>,
    /// F2.
    pub second: bool,
    pub first_on: Option<Date>,
    pub last_on: Date,
    /// Where and how he was near; may be empty.
    pub relation: String,
}

impl NearRow {
    pub fn read(ground: &Ground, whom: Whom, faults: &mut Faults<'_>) -> Option<Self> {
        let row = faults.row;
        whom.must_be_findable(faults);
        let day = |text: &str| past(text, ground.today);
        let first_on = faults.optional("first_on", day);
        let last_on = match row.text("last_on") {
            text if spelling::is_nothing(text) => {
                faults.kept("last_on", Err(ValueError::new("error-date-empty")))
            }
            text => faults.kept("last_on", day(text)),
        };
        if first_on.zip(last_on).is_some_and(|(first, last)| last < first) {
            faults.found.push(row.error("last_on", "error-visit-backwards"));
        }
        let second = faults.optional("degree", spelling::degree).unwrap_or_default();
        let relation = faults.optional("relation", |text| line(text, RELATION_CAP)).unwrap_or_default();
        let of = asked(faults);
        let person = whom.somebody()?;
        Some(Self { person, of: of?, case: None, second, first_on, last_on: last_on?, relation })
    }

    pub fn ward(&self) -> Option<UnitId> {
        self.person.ward
    }

    pub fn said(&self) -> String {
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        [
            "contact".to_owned(),
            said_of(&self.person),
            self.of.name.clone().unwrap_or_default(),
            self.of.code.clone().unwrap_or_default(),
            self.of.phone.as_ref().map(|phone| phone.as_e164().to_owned()).unwrap_or_default(),
            self.second.to_string(),
            day(self.first_on),
            self.last_on.to_string(),
        ]
        .join("|")
    }

    pub fn near(&self, case: CaseId, person: PersonId) -> Near {
        Near {
            case,
            person,
            second: self.second,
            exposed_from: self.first_on,
            exposed_to: self.last_on,
            relation: self.relation.clone(),
        }
    }
}

/// How the row calls its F0; a list need not have all three columns, but each row one of them.
fn asked(faults: &mut Faults<'_>) -> Option<Asked> {
    let row = faults.row;
    let cell = |field| Some(row.text(field)).filter(|text| !spelling::is_nothing(text));
    let name = cell("f0_name").map(search_key).filter(|key| !key.is_empty());
    let code = cell("f0_code").map(|text| tidy(text).to_uppercase());
    let phone = faults.optional("f0_phone", Phone::parse);
    if name.is_none() && code.is_none() && phone.is_none() {
        if faults.found.iter().all(|fault| fault.field != "f0_phone") {
            faults.found.push(row.error("f0_name", "error-f0-missing"));
        }
        return None;
    }
    Some(Asked { name, code, phone })
}

fn past(text: &str, today: Date) -> Result<Date, ValueError> {
    let day = parse_date_near(text, today)?;
    if day > today { Err(ValueError::new("error-date-future")) } else { Ok(day) }
}
