//! Vitals: what a household, a nurse or a station writes down about a body: temperature, SpO2,
//! breaths, pulse, blood pressure and symptoms (follow-up sheet of Decision 4038/QĐ-BYT of
//! 21/8/2021, twice a day).
//!
//! Nothing is decided here, and nothing is corrected: a number that cannot be true is asked for
//! again in words, and what could be read beside it still counts.

mod model;
mod parse;

pub use crate::fault::Fault;
pub use model::{Age, Symptom, Vitals};
pub use parse::{Typed, read};
