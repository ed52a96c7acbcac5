//! Risk: how likely somebody is to fall severely ill, by age, doses, illness and oxygen, in the four
//! groups of Decision 5525/QĐ-BYT of 1/12/2021 and, before it, 3646/QĐ-BYT of 31/7/2021. The group
//! decides who stands first on the morning list, whose silence is followed up at once, and where he
//! should be cared for.
//!
//! Too little known is a group of its own: nobody is "low" because nobody asked. Each verdict names
//! the version that gave it.

mod actions;
mod model;
#[cfg(test)]
mod tests;

pub(crate) use actions::judge;
pub use model::{Group, Why};
