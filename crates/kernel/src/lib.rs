//! The words every other room speaks: typed ids, who acts, what time it is, where chance comes
//! from, what can go wrong, and values parsed at the edge. No I/O.

pub mod actor;
pub mod address;
mod address_words;
pub mod citizen_id;
pub mod clock;
pub mod dates;
pub mod error;
mod fresh;
pub mod ids;
pub mod money;
pub mod names;
pub mod numbers;
pub mod phone;
pub mod rng;
pub mod secret_code;
pub mod syllables;
pub mod tax_code;
pub mod text;
pub mod value;

pub use actor::{Actor, ActorKind, Grant, Role};
pub use clock::Clock;
pub use error::{Error, Result};
pub use fresh::Fresh;
pub use ids::*;
pub use phone::Phone;
pub use rng::Rng;
pub use secret_code::SecretCode;
pub use value::ValueError;
