//! People and the epidemic. Areas in the order in which they may call each other: an area uses
//! only those named before it.

mod codes;
mod fault;
mod stand_in;
mod windows;

pub mod vitals;

pub mod streets;

pub mod people;

pub mod households;

pub mod facts;

pub mod cases;

pub mod samples;

pub mod risk;

pub mod alerts;

pub mod followups;

pub mod removals;

pub mod clusters;

pub mod places;

pub mod contacts;

pub mod care;

pub mod discharge;

pub mod numbers;

pub mod case_files;
pub mod lockdowns;

pub mod signals;

pub mod corrections;

pub mod cards;
pub mod passes;
pub mod declarations;
pub mod gates;
pub mod checkins;

pub mod scripts;

pub mod care_calls;

pub mod hotline;

pub mod answers;

pub mod imports;
