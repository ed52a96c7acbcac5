//! The town's rooms on a real database.

mod board;
