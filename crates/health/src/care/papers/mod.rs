//! Papers of home care, made from what is on record: the decision of isolation, the commitment, the
//! follow-up sheet, the notice at the door, the certificate of completion and the data of the sick leave
//! (3885/TTKSBT-BTN of 14/9/2021; Circular 56/2017/TT-BYT, appendix 7). Their form follows Decree
//! 30/2020/NĐ-CP.
//!
//! A paper is kept as it was issued ([`Body`], sealed): what changes afterwards changes no paper. Numbers
//! run without a gap for each unit, kind and year, because they are taken in the transaction that issues.
//! A paper is never removed: it is withdrawn, with the reason, and may be replaced by a new one. Whoever
//! holds a paper, or is shown one, asks by its code whether it stands ([`check`]).

mod act;
mod check;
mod compose;
mod gather;
mod list;
mod model;
mod sql;
#[cfg(test)]
mod tests;

pub use act::{Issued, NewPapers, Signer, issue, replace, withdraw};
pub use check::{Checked, check};
pub use list::{Opened, Paper, of_household, open};
pub use model::{Body, Fact, Kind, SheetLine};
