//! The law as data: thresholds, deadlines, holidays and forms of a rule, each version with its days
//! of validity, its citation and whether somebody has read the source. The version in force on the
//! event's own date decides, and a verdict keeps the version that gave it ([`judged`]).
//!
//! Versions ship with the program (`rules/*.toml`). A tenant may add its own; the version that was
//! in force is closed the day before. A version is never edited, because it may have judged
//! something; only its end can be set.

mod actions;
mod model;
mod shipped;
mod sql;
#[cfg(test)]
mod tests;

pub use actions::{Listed, NewVersion, add, judged, known_on, list, on, versions};
pub use model::{
    Origin, Rule, RuleFault, RulePack, TENANT_FROM, Version, check_versions, in_force, missing_days, rule_of,
};
pub use shipped::{pack, packs};
