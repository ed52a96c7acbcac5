//! The words every other room speaks: typed ids. No I/O.

pub mod ids;

pub use ids::*;
