//! The story of a day at the duty desks, on a real database.

mod heartbeats;
mod ledger;
mod tickets;
