use super::matching::Basis;
use jiff::{Timestamp, civil::Date};
use kernel::{
    ImportId, PersonId, Phone, UnitId, ValueError,
    address::Address,
    citizen_id::{CitizenId, Sex},
    dates::{parse_date, shown_date},
    names::PersonName,
    text::tidy,
};

/// When someone was born, as exactly as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Birth {
    Day(Date),
    Year(i16),
}

/// Nobody alive is older than this, in years.
const OLDEST: i16 = 125;

impl Birth {
    /// `1985` or a day in any of the forms that [`parse_date`] reads.
    ///
    /// Errors: those of [`parse_date`]; `error-birth-future`; `error-birth-too-old` (over 125 years
    /// before `today`).
    pub fn parse(text: &str, today: Date) -> Result<Self, ValueError> {
        let text = tidy(text);
        let birth = match text.parse::<i16>() {
            Ok(year) if text.len() == 4 => Self::Year(year),
            _ => Self::Day(parse_date(&text)?),
        };
        let future = match birth {
            Self::Day(day) => day > today,
            Self::Year(year) => year > today.year(),
        };
        if future {
            Err(ValueError::new("error-birth-future"))
        } else if birth.year() < today.year() - OLDEST {
            Err(ValueError::new("error-birth-too-old"))
        } else {
            Ok(birth)
        }
    }

    pub fn year(self) -> i16 {
        match self {
            Self::Day(day) => day.year(),
            Self::Year(year) => year,
        }
    }

    pub fn day(self) -> Option<Date> {
        match self {
            Self::Day(day) => Some(day),
            Self::Year(_) => None,
        }
    }

    /// `25/09/1985`, or `1985` when only the year is known.
    pub fn shown(self) -> String {
        match self {
            Self::Day(day) => shown_date(day),
            Self::Year(year) => year.to_string(),
        }
    }

    /// Known facts that contradict each other are not one person's.
    pub(super) fn agrees(self, other: Self) -> bool {
        match (self, other) {
            (Self::Day(one), Self::Day(two)) => one == two,
            _ => self.year() == other.year(),
        }
    }
}

/// Somebody as a form or a list tells of him.
#[derive(Clone, Debug)]
pub struct NewPerson {
    pub name: PersonName,
    pub birth: Option<Birth>,
    pub sex: Option<Sex>,
    pub citizen_id: Option<CitizenId>,
    pub phone: Option<Phone>,
    pub address: Option<Address>,
    pub ward: Option<UnitId>,
    /// Nobody has told the ward: it is that of the unit, or of the F0 whom he was near. It counts where
    /// none is on record.
    pub ward_guessed: bool,
    /// Khu phố or tổ dân phố; where it is not told, the address is looked up in the gazetteer.
    pub quarter: Option<UnitId>,
    /// The list that tells of him.
    pub import: Option<ImportId>,
}

/// A person in a list: nothing sealed, the phone masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    pub id: PersonId,
    pub full_name: String,
    pub birth_year: Option<i16>,
    pub sex: Option<Sex>,
    pub ward: Option<UnitId>,
    /// `0903 ··· 456`, the newest number.
    pub phone_masked: Option<String>,
}

impl Brief {
    /// The last word of the name, by which people are called.
    pub fn given_name(&self) -> &str {
        self.full_name.rsplit_once(' ').map_or(&self.full_name, |(_, given)| given)
    }
}

/// The opened record.
#[derive(Clone, Debug)]
pub struct Opened {
    pub id: PersonId,
    pub full_name: String,
    pub birth: Option<Birth>,
    pub sex: Option<Sex>,
    pub citizen_id: Option<CitizenId>,
    /// Newest first.
    pub phones: Vec<Phone>,
    pub address: Option<String>,
    pub ward: Option<UnitId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Where somebody lives and how he is reached, as follow-up needs it.
#[derive(Clone, Debug)]
pub(crate) struct Lives {
    pub address: Option<String>,
    pub address_parts: Option<serde_json::Value>,
    pub address_key: Option<String>,
    pub quarter: Option<UnitId>,
    /// The list of streets that told the quarter.
    pub placed_by: Option<ImportId>,
    /// The newest.
    pub phone: Option<Phone>,
}

/// Two records that may be of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    pub person: PersonId,
    pub other: PersonId,
    pub basis: Basis,
    /// 0 to 100; from 90 on a case runs on both sides.
    pub weight: i16,
    pub found_at: Timestamp,
}

/// What became of a [`NewPerson`]: of records that were joined, the one that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub person: PersonId,
    /// Not known before.
    pub made: bool,
}

/// A person as the matching sees him.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub id: PersonId,
    /// The record that stays for him; his own where he was never joined to another.
    pub stays: PersonId,
    pub search: String,
    pub birth: Option<Birth>,
    pub sex: Option<Sex>,
    pub citizen_id_index: Option<Vec<u8>>,
    pub address: Option<String>,
    pub address_key: Option<String>,
    pub ward: Option<UnitId>,
    pub quarter: Option<UnitId>,
    /// The list of streets that told the quarter.
    pub placed_by: Option<ImportId>,
}

pub(super) fn birth_of(year: Option<i16>, day: Option<Date>) -> Option<Birth> {
    day.map(Birth::Day).or_else(|| year.map(Birth::Year))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_birth_is_a_year_or_a_day_and_never_to_come() {
        let today = date(2021, 9, 25);
        assert_eq!(Birth::parse("1985", today), Ok(Birth::Year(1985)));
        assert_eq!(Birth::parse("02/03/1985", today), Ok(Birth::Day(date(1985, 3, 2))));
        // A spreadsheet's serial number.
        assert_eq!(Birth::parse("31108", today), Ok(Birth::Day(date(1985, 3, 2))));
        for (text, key) in [
            ("2022", "error-birth-future"),
            ("26/09/2021", "error-birth-future"),
            ("1890", "error-birth-too-old"),
            ("02/03/85", "error-date-two-digit-year"),
            ("khoảng 40", "error-date-format"),
        ] {
            assert_eq!(Birth::parse(text, today), Err(ValueError::new(key)), "{text}");
        }
    }

    #[test]
    fn a_year_agrees_with_a_day_in_it() {
        assert!(Birth::Year(1985).agrees(Birth::Day(date(1985, 3, 2))));
        assert!(!Birth::Day(date(1985, 3, 3)).agrees(Birth::Day(date(1985, 3, 2))));
    }
}
