//! Clusters and chains: which cases hang together, and who infected whom.
//!
//! Cases are of one cluster when one infected the other (proposed or sure), when they were at one place
//! that was declared an outbreak place, or when they live in one household and fell ill within the days
//! that the rule `tracing.windows` allows. Nobody sorts cases into clusters by hand: whoever says what ties
//! them ([`set_source`], a visit, a declaration) brings the clusters into step, and what is taken back
//! parts them again. When two clusters become one, the larger keeps its name and no case is lost.
//!
//! A chain is the drawing of a cluster: who infected whom, from left to right by the day of the case.

mod chain;
mod group;
mod list;
mod model;
mod sets;
mod source;
mod sql;
#[cfg(test)]
mod tests;

pub use chain::chain;
pub(crate) use group::{settle, take_turn};
pub use list::{find, list};
pub use model::{Chain, Edge, Infected, Node};
pub(crate) use source::propose_source;
pub use source::{Candidate, Source, candidates, set_source, source_of};
pub(crate) use sql::was_at;
pub use sql::{Cluster, move_to_ward};
