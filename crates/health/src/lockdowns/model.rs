use crate::{
    codes::codes,
    fault::{Fault, kept, optional},
};
use duty::units;
use jiff::civil::Date;
use kernel::{
    PlaceId, UnitId,
    dates::parse_date_near,
    text::{line, paragraphs, search_key},
};
use serde_json::Value;

codes! {
    /// What those who are closed in ask for.
    Supply in "kind" {
        Food = "food",
        Water = "water",
        Medicine = "medicine",
        Milk = "milk",
        /// Masks, disinfectant.
        Protection = "protection",
        Other = "other",
    }
}

const NAME_CAP: usize = 120;
const NUMBER_CAP: usize = 60;
const TITLE_CAP: usize = 120;
/// Longest announcement, in characters.
const WORDS_CAP: usize = 1000;

/// What is wrong with a form, all of it.
pub type Faults = Vec<Fault>;

/// A decision as a form tells of it. Texts are checked here, so that what was typed can be shown again.
#[derive(Clone, Debug, Default)]
pub struct NewLockdown {
    pub ward: Option<UnitId>,
    /// The khu phố it lies in; may be none.
    pub quarter: Option<UnitId>,
    /// The outbreak place for which it is made; may be none.
    pub place: Option<PlaceId>,
    pub name: String,
    pub number: String,
    /// The day of the decision.
    pub decision_on: String,
    pub signer_title: String,
    pub signer: String,
    /// GeoJSON of the boundary; may be empty.
    pub area: String,
    /// Codes of households, apart by anything that is no letter or digit; may be empty.
    pub households: String,
    pub planned_until: String,
    /// May be empty.
    pub tests_due: String,
    pub words_vi: String,
    pub words_en: String,
}

/// A decision that has been checked.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub name: String,
    pub number: String,
    pub decision_on: Date,
    pub signer_title: String,
    pub signer: String,
    pub area: Option<Value>,
    pub households: Vec<String>,
    pub planned_until: Date,
    pub tests_due: Option<Date>,
    pub words_vi: String,
    pub words_en: String,
}

impl NewLockdown {
    /// Everything that must be mended, in the order of the form.
    pub fn faults(&self, today: Date) -> Faults {
        self.check(today).err().unwrap_or_default()
    }

    pub(super) fn check(&self, today: Date) -> Result<Told, Faults> {
        let mut faults = Vec::new();
        if self.ward.is_none() {
            faults.push(Fault { field: "ward", key: "error-choose" });
        }
        let name = text(&mut faults, "name", &self.name, NAME_CAP);
        let number = text(&mut faults, "number", &self.number, NUMBER_CAP);
        let decision_on = day_of_decision(&mut faults, "decision_on", &self.decision_on, today);
        let signer_title = text(&mut faults, "signer_title", &self.signer_title, TITLE_CAP);
        let signer = text(&mut faults, "signer", &self.signer, TITLE_CAP);
        let area = area(&mut faults, &self.area);
        let (planned_until, tests_due) =
            days_to_come(&mut faults, &self.planned_until, &self.tests_due, today);
        let words_vi = words(&mut faults, "words_vi", &self.words_vi);
        let words_en = words(&mut faults, "words_en", &self.words_en);
        match (decision_on, planned_until) {
            (Some(decision_on), Some(planned_until)) if faults.is_empty() => Ok(Told {
                name,
                number,
                decision_on,
                signer_title,
                signer,
                area,
                households: codes_in(&self.households),
                planned_until,
                tests_due,
                words_vi,
                words_en,
            }),
            _ => Err(faults),
        }
    }
}

/// One line that must be there.
pub(super) fn text(faults: &mut Faults, field: &'static str, text: &str, most: usize) -> String {
    let text = kept(faults, field, line(text, most));
    if text.as_deref() == Some("") {
        faults.push(Fault { field, key: "error-text-missing" });
    }
    text.unwrap_or_default()
}

/// The announcement in one language.
pub(super) fn words(faults: &mut Faults, field: &'static str, text: &str) -> String {
    let text = kept(faults, field, paragraphs(text, WORDS_CAP));
    if text.as_deref() == Some("") {
        faults.push(Fault { field, key: "error-text-missing" });
    }
    text.unwrap_or_default()
}

/// A decision is signed on its day or before it is entered.
pub(super) fn day_of_decision(
    faults: &mut Faults,
    field: &'static str,
    text: &str,
    today: Date,
) -> Option<Date> {
    let day = kept(faults, field, parse_date_near(text, today))?;
    if day > today {
        faults.push(Fault { field, key: "error-date-future" });
        return None;
    }
    Some(day)
}

/// The planned last day, which is wanted, and the day of the next test, which may be open; neither lies
/// in the past.
pub(super) fn days_to_come(
    faults: &mut Faults,
    until: &str,
    tests: &str,
    today: Date,
) -> (Option<Date>, Option<Date>) {
    let planned = kept(faults, "planned_until", parse_date_near(until, today));
    let due = optional(faults, "tests_due", tests, |text| parse_date_near(text, today));
    for (field, day) in [("planned_until", planned), ("tests_due", due)] {
        if day.is_some_and(|day| day < today) {
            faults.push(Fault { field, key: "error-lockdown-day-past" });
        }
    }
    (planned, due)
}

fn area(faults: &mut Faults, text: &str) -> Option<Value> {
    if text.trim().is_empty() {
        return None;
    }
    match units::area_of(text) {
        Ok(area) => Some(area),
        Err(error) => {
            let key = match error {
                kernel::Error::Invalid { key, .. } => key,
                _ => "error-geojson-damaged",
            };
            faults.push(Fault { field: "area", key });
            None
        }
    }
}

/// Codes of households as they are typed one after the other.
pub(super) fn codes_in(text: &str) -> Vec<String> {
    let mut codes: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|code| !code.is_empty())
        .map(str::to_ascii_uppercase)
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

/// What must not be read in an announcement: somebody's name, or his house.
#[derive(Clone, Debug, Default)]
pub(super) struct Private {
    /// Full names, as search compares them.
    pub names: Vec<String>,
    /// `12 duong so 15`: number and street, as search compares them.
    pub addresses: Vec<String>,
}

impl Private {
    /// Why these words cannot be published: a name, a house, or digits that may be a telephone or an
    /// identity number.
    pub fn in_words(&self, words: &str) -> Option<&'static str> {
        let said = format!(" {} ", search_key(words));
        let says = |one: &String| one.contains(' ') && said.contains(&format!(" {one} "));
        if self.names.iter().any(says) || self.addresses.iter().any(says) {
            return Some("error-lockdown-words-private");
        }
        let digits = words.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect::<String>();
        let longest = digits.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
        // A day such as 25.09.2021 has eight.
        (longest >= 9).then_some("error-lockdown-words-number")
    }
}

/// Days by which a point is past its planned last day; none while it is not, or once it is lifted.
pub fn late_by(planned_until: Option<Date>, lifted: bool, today: Date) -> Option<i32> {
    let until = planned_until.filter(|until| !lifted && *until < today)?;
    until.until(today).ok().map(|span| span.get_days())
}
