//! Lists read into people and cases: the day's results of a laboratory or a station, as CSV or
//! XLSX, the way offices really keep them.
//!
//! A list is `staged` (read and checked, nothing of it on record: the dry run with its counts),
//! then `applying`, then `applied`; it may be `undone` while nobody has acted on it, and one that
//! nobody applies within a week is `expired`. Good rows go in, broken ones come back in a file with
//! the reason beside each; a list read twice doubles nothing. The file is not kept: its rows are
//! sealed until they are on record, the broken ones until they are fetched or a week has passed.
//!
//! A row that names nobody who could be found again (a bare name), or that is of two people with equal
//! right, is not guessed: it waits `unmatched` until a person chooses whose it is, makes him new, or
//! refuses it. When a list leaves such rows its unit has a ticket.
//!
//! **What rings.** A list that brings one new F0 for a ward opens `f0_news` for it, exactly as if a
//! nurse had entered it. A list that brings several opens one matter `f0_list` for that ward: the
//! station, the committee and the police of the ward are each rung once and told how many and where
//! the list stands. Forty F0s in one list are three calls, not a hundred and twenty to the same
//! three phones. Positives are put on record before all other rows, ward by ward, and the matter of
//! a ward opens in the transaction that puts its F0s on record.

mod apply;
mod columns;
mod errors;
mod expire;
mod import;
mod rows;
mod sample;
mod spelling;
mod sql;
mod sql_rows;
mod stage;
mod undo;
mod unmatched;

pub use apply::{Apply, QUEUE, apply};
pub use columns::COLUMNS;
pub use errors::{BrokenRow, broken_rows, error_file};
pub use expire::Expire;
pub use import::{Arrival, Counts, Import, State, arrivals, find, recent};
pub use sample::{SampleList, sample_list};
pub use stage::{Staged, Upload, stage};
pub use undo::{Undone, undo};
pub use unmatched::{Choice, Unmatched, decide, unmatched};
