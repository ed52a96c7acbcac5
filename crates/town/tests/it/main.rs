//! The town's day on a real database.

mod files;
mod reports;
mod town;
//! The town's rooms on a real database.

mod board;
