//! The desk's pages on a real database, asked for as a browser asks.

mod board;
mod browser;
mod cases;
mod doors;
mod forms;
mod households;
mod live;
mod numbers;
mod organisations;
mod people;
mod reports;
mod rounds;
mod samples;
mod seeded;
mod walk;
mod tickets;
mod units;
