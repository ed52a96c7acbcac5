//! Early signals: the sick of a quarter, told before the cases come. What is counted by day and quarter
//! is who falls ill in a health diary, who is suspected, who tests himself positive, and whose report or
//! call speaks of illness; the ward stands where no quarter is known.
//!
//! Every morning at six the latest days of each place are held against its own weeks before
//! ([`model::Law`], rule `signal.early`, method `poisson_weeks`). More than those weeks explain opens one
//! ticket at the station, of which the health centre is told. A signal is real when an F0 of the place
//! follows within fourteen days; one of a place that had F0s in the fourteen days before counts neither
//! way, because it was early for nobody. The rate of false alarms that comes of it stands beside the planned
//! one, so that nobody has to believe the method.

mod count;
mod list;
mod look;
mod model;
mod place;
mod sql;
#[cfg(test)]
mod tests;

pub use count::{Count, count};
pub use list::{DRAWN, Overview, Place, Rates, overview};
pub use look::{Look, SIGNAL, install};
pub use model::{Judged, Kind, Law, Verdict};
pub use sql::Signal;
