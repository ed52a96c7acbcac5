//! Facts: what is known of a person that is no test and no reading: doses, illnesses, a pregnancy,
//! where he works. Each says where it comes from, when it was told and by whom; what contradicts
//! stands beside it and is never overwritten. The same fact told twice is one; a wrong one is
//! withdrawn and stays in view.
//!
//! Facts of care are open to whoever cares for the household, without a reason each time: only the
//! identity of a person asks for one (`people::read`). A vaccine on the wrong person, most often
//! because one phone had several owners, was the commonest of the 350,000 corrections asked of the
//! city by September 2021.

mod actions;
mod model;
mod sql;
#[cfg(test)]
mod tests;

pub use actions::of;
pub(crate) use actions::{add, known, own, withdraw};
pub(crate) use model::Known;
pub use model::{Fact, Kind, NewFact, Source, Withdrawn};
