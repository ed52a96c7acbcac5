//! People the centre knows: who they are, how they are reached, where they live.
//!
//! Several people may share one phone, so a phone never identifies anybody by itself; a citizen id
//! does when the name agrees, and a phone does together with the name and the birth. What matches
//! only in part (a name spelt otherwise on the same day of birth, day and month swapped, the same name
//! at the same address) makes a new person and a line in the list of possible duplicates, found when it
//! is written, by keys, and decided by a person. Phone numbers and citizen ids are sealed;
//! opening a record needs a reason and is itself on record.
//!
//! People are written in one way only: `find_or_make_all` for many, `find_or_make` for one. Both
//! answer with `Found`: the person, and whether he was made just now. Two records found to be of one
//! person are joined by a pointer and can be parted again; nothing moves, so whoever asks what is known
//! of a person asks for all of his records (`all_of`, `records_of`).

mod act;
mod backfill;
mod batch;
mod carers;
mod correct;
mod duplicates;
mod keys;
mod log;
mod matching;
mod merge;
mod model;
mod sql;
mod sql_batch;
mod sql_carers;
mod sql_merge;
mod sql_place;
#[cfg(test)]
mod tests;
mod who;

pub use act::{brief, read};
pub(crate) use act::{briefs, erase, of_number, open_for, queue_up, scope, wards};
pub use backfill::backfill;
pub use batch::enrol;
pub(crate) use batch::{find_or_make, find_or_make_all};
pub use carers::{Carer, CarerKind, Consent, NewCarer, carers, end_care, entrust};
pub(crate) use correct::{Change, correct, numbers, own};
pub use duplicates::{Agreement, Field, Pair, Side, duplicates, duplicates_of, pair, queue};
pub(crate) use duplicates::{decide, raise, twins};
pub(crate) use log::read_by;
pub use log::{Reading, readings};
pub use matching::Basis;
pub use merge::{Merged, merges, merges_of};
pub(crate) use merge::{all_of, merge, records_of, unmerge};
pub use model::{Birth, Brief, Duplicate, NewPerson, Opened};
pub(crate) use model::{Found, Lives};
pub(crate) use sql::{births, lives};
pub(crate) use sql_merge::move_to_ward;
pub(crate) use sql_place::{Looked, displace, place};
pub(crate) use who::{Unclear, choices, unclear};
