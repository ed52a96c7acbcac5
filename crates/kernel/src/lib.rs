//! The words every other room speaks: typed ids, who acts, what time it is, where chance comes
//! from, what can go wrong, and values parsed at the edge. No I/O.

pub mod actor;
pub mod clock;
pub mod error;
pub mod ids;
pub mod rng;

pub use actor::{Actor, ActorKind, Grant, Role};
pub use clock::Clock;
pub use error::{Error, Result};
pub use ids::*;
pub use rng::Rng;
