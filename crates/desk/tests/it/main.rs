//! The desk's pages on a real database, asked for as a browser asks.

mod board;
mod browser;
mod organisations;
mod units;
