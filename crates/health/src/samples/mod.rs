//! Samples: tests that are owed to people, and results that come in.
//!
//! An order names why somebody is to be tested and by when; the first result that can answer it does. A
//! pooled sample that is negative is a negative result of each of its members, otherwise it is opened:
//! each is to be tested alone. Two results of one day that say otherwise both stay and name each other,
//! and a third test is ordered. What a household tells of a test it made itself makes a suspected case;
//! an F0 it is only when staff has seen it (Decision 4038/QĐ-BYT of 21/8/2021 asks for a PCR or a rapid
//! test).
//!
//! An order that is due today is a ticket, one for all that were ordered together; what is due on a later
//! day (an F1's first and last test, a release) stays a line of the list.

mod contacts;
mod list;
mod model;
mod orders;
mod owed;
mod pools;
mod rule;
mod see;
mod self_test;
mod settle;
mod sight;
mod sql;
mod sql_pools;
mod sql_tests;
#[cfg(test)]
mod tests;
mod undo;
mod write;

pub use crate::fault::Fault;
pub use contacts::suspected;
pub(crate) use contacts::{forget_contact, of_contact, owes_last};
pub use list::{Line, Pool, Told, due, of_household, of_person, one, pool, pools, self_test, to_see};
pub use model::{BY_HAND, NewOrder, NewPool, NewTest, PoolState, Reason, SINGLE, Seen, SelfTest};
pub use orders::{order, withdraw};
pub(crate) use owed::answer;
pub use pools::{read_pool, take_pool};
pub use see::{Judged, see};
pub use self_test::{Member, TOLD, TestTold, members, tell};
pub use settle::settle;
pub(crate) use undo::give_up;
pub use write::{Written, write};
