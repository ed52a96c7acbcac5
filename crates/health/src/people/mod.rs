//! People the centre knows: who they are, how they are reached, where they live.
//!
//! Several people may share one phone, so a phone never identifies anybody by itself; a citizen id
//! does when the name agrees, and a phone does together with the name and the birth. What matches
//! only in part makes a new person and a line in the list of possible duplicates, found when it is
//! written and decided by a person. Phone numbers and citizen ids are sealed;
//! opening a record needs a reason and is itself on record.

mod act;
mod batch;
mod correct;
mod matching;
mod model;
mod sql;
mod who;

pub use act::{brief, duplicates, duplicates_of, read};
pub(crate) use act::{briefs, erase, find_or_make, open_for, queue_up, scope, wards};
pub(crate) use correct::{Change, correct, numbers, own};
pub(crate) use batch::find_or_make_all;
pub use matching::Basis;
pub(crate) use model::{Found, Lives};
pub use model::{Birth, Brief, Duplicate, NewPerson, Opened};
pub(crate) use sql::{births, lives};
pub(crate) use who::{Unclear, choices, unclear};
