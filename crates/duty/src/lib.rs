//! Who must answer, by when. Areas in the order in which they may call each other: an area uses
//! only those named before it.

pub mod sheets;
pub mod permissions;
pub mod units;
pub mod organisations;
pub mod staff;
pub mod rules;
pub mod calendars;
pub mod rosters;
pub mod tickets;
pub mod tenants;
pub mod heartbeats;
pub mod lines;
pub mod prompts;
pub mod calls;
pub mod messages;
pub mod accounts;
pub mod coverage;
pub mod transfers;
