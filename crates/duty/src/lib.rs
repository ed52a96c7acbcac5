//! Who must answer, by when.

pub mod calendars;
pub mod rosters;
