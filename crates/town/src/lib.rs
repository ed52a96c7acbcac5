//! Economy and services. Areas in the order in which they may call each other: an area uses only
//! those named before it.

pub mod files;
pub mod reports;
pub mod board;
