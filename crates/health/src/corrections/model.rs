use crate::{
    codes::codes,
    fault::{Fault, kept, optional},
    people::{Birth, Change},
};
use jiff::civil::Date;
use kernel::{
    Error, FileId, Phone, Result, ValueError,
    address::Address,
    citizen_id::{CitizenId, Sex},
    dates::{parse_date_near, shown_date},
    names::PersonName,
    text::line,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

codes! {
    /// What is wrong.
    Field in "field" {
        Name = "name",
        Birth = "birth",
        Sex = "sex",
        CitizenId = "citizen_id",
        Phone = "phone",
        Address = "address",
        Vaccination = "vaccination",
        Test = "test",
        Recovery = "recovery",
    }
    State in "state" { Asked = "asked", Accepted = "accepted", Refused = "refused" }
}

impl Field {
    /// It is told by its day, a dose by its number besides.
    pub const fn has_day(self) -> bool {
        matches!(self, Self::Vaccination | Self::Recovery | Self::Test)
    }
}

/// Longest text of a vaccine or of what is wrong with a test, in characters.
const TEXT_CAP: usize = 300;

/// What is wrong with a form, all of it.
pub type Faults = Vec<Fault>;

/// A request as a form tells of it. Texts are checked here, so that what was typed can be shown again.
#[derive(Clone, Debug)]
pub struct NewCorrection {
    pub field: Field,
    /// The dose, recovery, test or number that is wrong; none where one is missing.
    pub object: Option<Uuid>,
    /// What is right; the vaccine of a dose.
    pub wanted: String,
    /// The right day of a dose, recovery or sample.
    pub on_day: String,
    pub dose: Option<i16>,
    /// The photo that shows it, which the caller has kept and binds to the request.
    pub file: Option<FileId>,
}

impl NewCorrection {
    pub fn of(field: Field, wanted: impl Into<String>) -> Self {
        Self { field, object: None, wanted: wanted.into(), on_day: String::new(), dose: None, file: None }
    }

    /// Everything that must be mended, in the order of the form.
    pub fn faults(&self, today: Date) -> Faults {
        self.check(today).err().unwrap_or_default()
    }

    pub(super) fn check(&self, today: Date) -> Result<Wanted, Faults> {
        let mut faults = Vec::new();
        let mut wanted = Wanted::default();
        match self.field {
            Field::Name => {
                let name = kept(&mut faults, "wanted", PersonName::parse(&self.wanted));
                wanted.text = name.map(|name| name.as_str().to_owned()).unwrap_or_default();
            }
            Field::Birth => {
                let birth = kept(&mut faults, "wanted", Birth::parse(&self.wanted, today));
                wanted.text = birth.map(Birth::shown).unwrap_or_default();
            }
            Field::Sex => {
                let sex = kept(&mut faults, "wanted", self.wanted.parse::<Sex>());
                wanted.text = sex.map(|sex| sex.as_str().to_owned()).unwrap_or_default();
            }
            Field::CitizenId => {
                let number = kept(&mut faults, "wanted", CitizenId::parse(&self.wanted));
                wanted.text = number.map(|number| number.as_str().to_owned()).unwrap_or_default();
            }
            Field::Phone => {
                let phone = kept(&mut faults, "wanted", Phone::parse(&self.wanted));
                wanted.text = phone.map(|phone| phone.as_e164().to_owned()).unwrap_or_default();
            }
            Field::Address => {
                let address = kept(&mut faults, "wanted", Address::parse(&self.wanted));
                wanted.text = address.map(|address| address.original().to_owned()).unwrap_or_default();
            }
            Field::Vaccination | Field::Test | Field::Recovery => {
                self.check_event(&mut faults, &mut wanted, today);
            }
        }
        if faults.is_empty() { Ok(wanted) } else { Err(faults) }
    }

    fn check_event(&self, faults: &mut Faults, wanted: &mut Wanted, today: Date) {
        wanted.text = kept(faults, "wanted", line(&self.wanted, TEXT_CAP)).unwrap_or_default();
        let day = |text: &str| parse_date_near(text, today);
        wanted.on_day = if self.field == Field::Test {
            optional(faults, "on_day", &self.on_day, day)
        } else {
            kept(faults, "on_day", day(&self.on_day))
        };
        if wanted.on_day.is_some_and(|on| on > today) {
            faults.push(Fault { field: "on_day", key: "error-date-future" });
        }
        if self.field == Field::Vaccination {
            wanted.dose = self.dose.filter(|dose| (1..=9).contains(dose));
            if wanted.dose.is_none() {
                faults.push(Fault { field: "dose", key: "error-dose-number" });
            }
        }
        if self.field == Field::Test && wanted.text.is_empty() {
            faults.push(Fault { field: "wanted", key: "error-text-missing" });
        }
    }
}

/// What should stand in the record; sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wanted {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_day: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<i16>,
}

impl Wanted {
    /// As a page shows it beside what stands there now. What is a word of the program (a sex) stays its
    /// code, for the page to say.
    pub fn shown(&self, field: Field) -> String {
        if field == Field::Phone {
            return Phone::parse(&self.text).map_or_else(|_| self.text.clone(), |phone| phone.to_string());
        }
        let dose = self.dose.map(|dose| dose.to_string());
        let day = self.on_day.map(shown_date);
        let text = Some(self.text.clone()).filter(|text| !text.is_empty());
        [dose, day, text].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// What it changes about a person himself; none for a fact or a test.
    pub fn change(&self, field: Field, object: Option<Uuid>, today: Date) -> Result<Option<Change>> {
        let wrong = |error: ValueError| Error::invalid("wanted", error.key);
        let text = self.text.as_str();
        Ok(Some(match field {
            Field::Name => Change::Name(PersonName::parse(text).map_err(wrong)?),
            Field::Birth => Change::Birth(Birth::parse(text, today).map_err(wrong)?),
            Field::Sex => Change::Sex(text.parse::<Sex>().map_err(wrong)?),
            Field::CitizenId => Change::CitizenId(CitizenId::parse(text).map_err(wrong)?),
            Field::Phone => Change::Phone(Phone::parse(text).map_err(wrong)?, object),
            Field::Address => Change::Address(Box::new(Address::parse(text).map_err(wrong)?)),
            Field::Vaccination | Field::Test | Field::Recovery => return Ok(None),
        }))
    }
}

/// A birth of which only the year is shown.
pub(super) fn masked_birth(birth: Birth) -> String {
    match birth {
        Birth::Day(day) => format!("··/··/{}", day.year()),
        Birth::Year(year) => year.to_string(),
    }
}

/// An address without its numbers.
pub(super) fn masked_address(address: &str) -> String {
    address.chars().map(|c| if c.is_ascii_digit() { '·' } else { c }).collect()
}
