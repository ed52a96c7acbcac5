//! Typed ids, clock, randomness and value types; no I/O.

pub mod address;
mod address_words;
pub mod citizen_id;
pub mod dates;
pub mod money;
pub mod names;
pub mod numbers;
pub mod phone;
pub mod tax_code;
pub mod text;
pub mod value;
