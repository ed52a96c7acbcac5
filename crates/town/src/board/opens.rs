//! What a figure opens: the list that it counts, as the query of an address.

use super::{brief::Slot, model::Band};
use duty::tickets::Severity;
use jiff::{Timestamp, civil::Date};
use kernel::UnitId;
use serde::{Deserialize, Serialize};

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// Emergencies that nobody has accepted, the longest waiting first.
    Ringing,
    /// Cases that became F0s in the days or the span given, by the matter that rang for them.
    F0,
    /// Open tickets, least time left first; a band narrows it.
    Open,
    /// Acceptances in the days given, the newest first.
    Accepted,
    /// Calls missed in the days or the span given, the newest first.
    Missed,
    /// Directives past their due time, the oldest first.
    Directives,
}

/// What a figure opens; its fields are the query of the list's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opens {
    pub list: List,
    /// This unit and all below it; the unit of zeros is every organisation.
    pub unit: Option<UnitId>,
    /// The unit alone.
    #[serde(default)]
    pub alone: bool,
    pub band: Option<Band>,
    /// Acceptances of this severity.
    pub severity: Option<Severity>,
    /// Missed calls that ended like this.
    pub outcome: Option<String>,
    /// Days of the district, both included.
    pub from: Option<Date>,
    pub to: Option<Date>,
    /// A span within days, the end not included; it goes before `from` and `to`.
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// What stood open when the brief of this day and slot was made.
    pub day: Option<Date>,
    pub slot: Option<Slot>,
}

impl Opens {
    /// The whole list.
    pub const fn of(list: List) -> Self {
        Self {
            list,
            unit: None,
            alone: false,
            band: None,
            severity: None,
            outcome: None,
            from: None,
            to: None,
            since: None,
            until: None,
            day: None,
            slot: None,
        }
    }

    /// Narrowed to one unit without what is below it.
    #[must_use]
    pub fn at(self, unit: UnitId) -> Self {
        Self { unit: Some(unit), alone: true, ..self }
    }

    #[must_use]
    pub fn over(self, from: Date, to: Date) -> Self {
        Self { from: Some(from), to: Some(to), ..self }
    }

    #[must_use]
    pub fn between(self, since: Timestamp, until: Timestamp) -> Self {
        Self { since: Some(since), until: Some(until), ..self }
    }

    #[must_use]
    pub fn band(self, band: Band) -> Self {
        Self { band: Some(band), ..self }
    }

    /// As it stood in a brief that was kept.
    #[must_use]
    pub fn in_brief(self, day: Date, slot: Slot) -> Self {
        Self { day: Some(day), slot: Some(slot), ..self }
    }

    /// The query of the list's address, without `?`.
    pub fn query(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        let fields =
            ["list", "unit", "band", "severity", "outcome", "from", "to", "since", "until", "day", "slot"];
        let mut said: Vec<String> =
            fields.iter().filter_map(|name| Some(format!("{name}={}", value[*name].as_str()?))).collect();
        if self.alone {
            said.push("alone=true".into());
        }
        said.join("&")
    }
}
