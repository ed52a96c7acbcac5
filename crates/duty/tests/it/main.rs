//! The story of a day at the duty desks, on a real database.

mod backup;
mod ledger;
mod tickets;
