//! Whether anybody can hear: for every level of every ladder that news can open, who would be rung
//! in each hour of the coming week. A ladder falls through a level that finds nobody, so a hole is
//! never silent; here it is seen before it happens.

mod model;
mod reading;
mod sql;

pub use model::{Held, Silence, Why, silences, silences_of_post};
pub use reading::{Unheard, coverage};
