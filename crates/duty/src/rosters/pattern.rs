//! The weekly pattern: the same people on the same weekday, until it is replaced.

use super::model::{Band, Post, Shift, days};
use jiff::{
    civil::{Date, Weekday},
    tz::TimeZone,
};
use kernel::ids::{ShiftId, StaffId, UnitId};
use serde::{Deserialize, Serialize};

/// One cell of the week: on this weekday, in this band, this person at this post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    #[serde(with = "iso_weekday")]
    pub weekday: Weekday,
    pub band: Band,
    pub post: Post,
    /// `None` keeps the place open, so that it shows as a gap with its name.
    pub staff: Option<StaffId>,
}

/// A unit's week, in force from `from` to before `until`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    pub unit: UnitId,
    pub from: Date,
    pub until: Option<Date>,
    pub slots: Vec<Slot>,
}

impl Pattern {
    /// The shifts that begin on the days from `from` to before `to`, in order of start and post.
    /// `id` names each new shift.
    pub fn materialise(
        &self,
        from: Date,
        to: Date,
        tz: &TimeZone,
        mut id: impl FnMut() -> ShiftId,
    ) -> Vec<Shift> {
        let from = from.max(self.from);
        let to = self.until.map_or(to, |until| to.min(until));
        let mut shifts = Vec::new();
        for date in days(from, to) {
            let mut today: Vec<_> = self
                .slots
                .iter()
                .filter(|slot| slot.weekday == date.weekday())
                .filter_map(|slot| Some((slot.band.on(date, tz)?, slot)))
                .collect();
            today.sort_by_key(|(period, slot)| (*period, slot.post));
            shifts.extend(today.into_iter().map(|(period, slot)| {
                Shift::planned(id(), self.unit, slot.post, &slot.band.name, period, slot.staff)
            }));
        }
        shifts
    }
}

/// Weekdays in stored data count from Monday = 1, as ISO 8601 does.
mod iso_weekday {
    use jiff::civil::Weekday;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields by reference")]
    pub fn serialize<S: Serializer>(day: &Weekday, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i8(day.to_monday_one_offset())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Weekday, D::Error> {
        Weekday::from_monday_one_offset(i8::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
