//! A reform inside the tenant: on a day, units end, new ones begin, and what the old ones owed goes
//! on. Decided beforehand and dated; on the day itself a timer moves the open tickets and the local
//! units. A ticket of a split unit goes where its own point lies; where no point is known it is put
//! before the duty leader, and a person decides.
//!
//! Resolution 1685/NQ-UBTVQH15 (1 July 2025) is the case this was made for: wards merged, one was
//! split, and codes of the state were used again for other territory.

mod actions;
mod sql;

pub use actions::{Move, Points, Succession, TakeEffect, Transfer, close, plan, unnamed};
pub use sql::{Planned, planned};
