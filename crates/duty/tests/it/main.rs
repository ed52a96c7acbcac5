//! The story of a day at the duty desks, on a real database.

mod backup;
mod accounts;
mod authenticator;
mod heartbeats;
mod ledger;
mod permissions;
mod tickets;
