use crate::codes::codes;
use jiff::civil::Date;
use pass::{Force, Kind};

codes! {
    /// The worse stands last: of two colours the greater is the worse.
    Colour in "colour" { Green = "green", Yellow = "yellow", Red = "red" }
}

/// What is known of whoever holds a card; nothing where nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub kind: Kind,
    pub force: Option<Force>,
    pub doses: Option<u8>,
    /// Doses of a full course, where the source says so: a certificate of others does, our record does not.
    pub doses_needed: Option<u8>,
    pub last_dose: Option<Date>,
    pub last_negative: Option<Date>,
    pub recovered: Option<Date>,
}

impl Known {
    /// Nothing but whose card it is.
    pub const fn of(kind: Kind, force: Option<Force>) -> Self {
        Self {
            kind,
            force,
            doses: None,
            doses_needed: None,
            last_dose: None,
            last_negative: None,
            recovered: None,
        }
    }
}

/// A gate: what kind of place, and what zone and level hold there today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// A word of the rule: "restaurant".
    pub kind: String,
    /// Who comes through: "staff", "visitor".
    pub role: String,
    pub zone: Option<String>,
    pub level: Option<u8>,
    /// How many fit in.
    pub capacity: Option<u32>,
}
