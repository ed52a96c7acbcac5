//! People and the epidemic. Areas in the order in which they may call each other: an area uses
//! only those named before it.

mod codes;

pub mod people;

pub mod cases;

pub mod imports;
