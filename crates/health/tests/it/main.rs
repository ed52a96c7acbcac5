//! The story of a day at the health stations, on a real database.

mod assign;
mod care;
mod care_calls;
mod case_files;
mod cases;
mod contact_lists;
mod corrections;
mod day;
mod exposures;
mod facts;
mod followups;
mod home;
mod imports;
mod joined;
mod lists;
mod lockdowns;
mod numbers;
mod papers;
mod people;
mod removals;
mod samples;
mod scripts;
mod signals;
mod station;
mod tracing;
mod twice;
