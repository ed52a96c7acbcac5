//! The responsibility file of a case, by one press: for a death, a transfer or a complaint one must be
//! able to lay open who was called when, and what he did. It gathers what stands in several rooms: the
//! course of the illness, the readings from home, the alerts, the journeys, and the file of every matter
//! that was about this person in this illness (news of the F0, danger signs, silence, whatever else was
//! owed for him). Opening it is itself on record, in the case and in each of its matters.

mod file;
mod sql;

pub use file::{CaseFile, Home, Talk, file};
pub use sql::PastAlert;
