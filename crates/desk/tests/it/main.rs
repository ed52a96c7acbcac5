//! The desk's pages on a real database, asked for as a browser asks.

mod board;
mod browser;
mod care;
mod cases;
mod contacts;
mod doors;
mod forms;
mod households;
mod lists;
mod live;
mod lockdowns;
mod numbers;
mod organisations;
mod people;
mod reports;
mod rounds;
mod routes;
mod samples;
mod seeded;
mod station;
mod tickets;
mod units;
mod walk;
