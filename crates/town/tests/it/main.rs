//! The town's day on a real database.

mod files;
mod reports;
mod town;
