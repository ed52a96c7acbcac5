//! Who must answer, by when. Areas in the order in which they may call each other: an area uses
//! only those named before it.

pub mod sheets;
pub mod units;
pub mod tenants;
pub mod staff;
pub mod permissions;
pub mod calendars;
pub mod rosters;
pub mod tickets;
pub mod messages;
