//! The story of a day at the health stations, on a real database.

mod cases;
mod day;
mod facts;
mod followups;
mod home;
mod imports;
mod people;
mod removals;
mod twice;
