//! The story of a day at the duty desks, on a real database.

mod backup;
mod accounts;
mod authenticator;
mod ledger;
mod permissions;
mod tickets;
