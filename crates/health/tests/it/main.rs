//! The story of a day at the health stations, on a real database.

mod case_files;
mod cases;
mod day;
mod facts;
mod followups;
mod home;
mod imports;
mod numbers;
mod people;
mod removals;
mod samples;
mod twice;
