//! The town's day on a real database.

mod board;
mod files;
mod reports;
mod town;
