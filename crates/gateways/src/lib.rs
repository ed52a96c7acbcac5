//! The outside world behind the ports that the rooms below declare.

pub mod phones;

pub use phones::Phones;
