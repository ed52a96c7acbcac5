//! Corrections: somebody says what is wrong in his record and what is right, with a photo of the paper
//! that shows it; a person decides within forty-eight hours, both values beside each other, and what is
//! refused is refused with a reason that he reads. (The state's health book had 350,000 such requests
//! by September 2021 and no place to send them to.)
//!
//! He sees his own record with a code that the station prints: what is known of him, masked; who opened
//! it, when and why. A code holds for a month, can be made worthless at once, and opens nothing then.

mod ask;
mod code;
mod decide;
mod list;
mod model;
mod own;
mod sql;
#[cfg(test)]
mod tests;

pub use ask::ask;
pub use code::{code_until, held, issue_code, revoke_code};
pub use decide::{accept, refuse};
pub use list::{Correction, Line, Listed, find, list, owed};
pub use model::{Faults, Field, NewCorrection, State};
pub use own::{Dose, Mine, Own, Reading, Recovery, Test, own};

/// The kind of a correction's ticket and of the ladder it climbs.
pub const CORRECTION: &str = "correction";
