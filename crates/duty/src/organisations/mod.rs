//! Organisations: businesses, schools, markets, associations. They stand outside the unit tree and
//! can owe an answer all the same. An organisation has no desk and no roster: whoever gave it a
//! ticket is rung in its place, and its contact hears by mail where an address is known.
//!
//! An organisation is there from its first day to its last, both dated; whom to turn to is sealed,
//! and so is the tax code, because a household business bears its owner's personal number as one
//! (Circular 86/2024/TT-BTC).

mod actions;
mod model;
mod sql;

pub use actions::{addressable, by_code, contact, create, edit, find, live, seen};
pub use model::{Contact, Described, Filter, Organisation, OrganisationKind, described};
pub use sql::{PAGE, email, has_email, move_to_ward, names, owing, phone};

/// The outbox channel by which an organisation hears of its ticket; the message is the ticket.
pub const MAIL: &str = "organisation_email";
