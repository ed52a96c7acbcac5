//! Alerts: what a reading at home comes to. Every entry is graded in the moment it is made, by the
//! thresholds and danger signs of its day (`f0.home_care`) and the grades of `f0.alerts`: `emergency`
//! rings, `today` waits for a call, `watch` for the next entry. In 2022 one form put 21 % of those
//! who declared themselves under "suspected severe", tiredness among the signs, and stations of three
//! could answer none of them; so only danger rings, and each verdict keeps the version that gave it.
//!
//! An alert ends when somebody has seen to it, never by a better reading.

mod end;
mod model;
mod raise;
mod sql;
#[cfg(test)]
mod tests;

pub(crate) use end::end;
pub use model::{Before, Ended, Grade, Law, Verdict, judge};
pub use raise::{KIND, household_of, open_of};
pub(crate) use raise::{Of, law_on, raise};
pub use sql::Alert;
pub(crate) use sql::{matter_of, move_open, open_of_households, supersede, worst};
