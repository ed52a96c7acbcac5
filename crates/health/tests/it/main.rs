//! The story of a day at the health stations, on a real database.

mod cases;
mod day;
mod imports;
mod people;
