//! Lockdown points: a lane, a block or a few households closed off by a decision (number, day, title of
//! who signed) until another decision lifts it. What was never written down in 2021 was who stood guard
//! at night and until when: so a point is a unit of its own under its ward, whose roster is the guards'
//! and whose gaps are known before they happen, and a point past its planned day is shown as late.
//!
//! It is announced in words that name no household, no house number and nobody: a list of who is shut
//! in is a list of who is ill.

mod announce;
mod decide;
mod inside;
mod lift;
mod list;
mod model;
mod outbreak;
mod public;
mod sql;
mod supplies;
#[cfg(test)]
mod tests;

pub use announce::announce;
pub use decide::{decide, replan};
pub use inside::{add, remove, search};
pub use lift::lift;
pub use list::{Inside, Listed, Lockdown, Near, find, list};
pub use model::{Faults, NewLockdown, Supply, late_by};
pub use outbreak::of_place;
pub use public::{Public, in_force, one as announced};
pub use sql::Kept;
pub use supplies::{Asked, ask, meet};
