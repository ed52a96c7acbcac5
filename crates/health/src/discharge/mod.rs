//! The end of home isolation: who may be released, what is still missing for whom, and the release
//! itself, which closes the plan, ends the case and issues the paper in one press.
//!
//! The rule of the day on which somebody's plan starts decides (`f0.home_care`): so many days, from
//! 2022 on with a negative test (Decisions 250 and 261/QĐ-BYT), and without one 10 or 14 days by the
//! doses he has had. A plan that somebody has made longer is not ended before its own last day.

mod act;
mod law;
mod list;
#[cfg(test)]
mod tests;

pub use act::{Released, release};
pub use law::{Lack, Law, Ready, Standing, Stands};
pub use list::{Leaving, list};
