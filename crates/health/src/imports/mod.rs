//! Lists read into people and cases, as CSV or XLSX, the way offices really keep them: the day's
//! results of a laboratory or a station, the residents of a ward, the doses of a round of vaccination, the
//! contacts of its F0s, the streets, alleys and apartment blocks with the quarters they lie in.
//!
//! A list is `reading` while a job reads it (a short one is read at once), then `staged` (read and
//! checked, nothing of it on record: the dry run with its counts), then `applying`, then `applied`; it
//! may be taken back (`undoing`, `undone`) while nobody has acted on it, and one that nobody applies
//! within a week is `expired`. A file that cannot be read to its end is `unreadable`, with the reason.
//! Good rows go in, broken ones come back in a file with the reason beside each; a list read twice
//! doubles nothing. The file is kept, sealed, until it has been read; its rows are sealed until they
//! are on record, the broken ones until they are fetched or a week has passed.
//!
//! **Nobody waits for a list.** Parsing and judging have a thread of their own; rows are written in
//! transactions of two thousand and put on record in transactions of five hundred, so that the record
//! is sealed and telephones ring meanwhile.
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
//!
//! A contact is put on the list of the F0 whom his row names, by name, number or the code of his household;
//! nobody is rung or followed by it. A list of streets is followed by a job which looks up whoever lives in
//! its wards and lies in no quarter.

mod apply;
mod columns;
mod direct;
mod doses;
mod errors;
mod expire;
mod gazetteer;
mod import;
mod judge;
mod keep;
mod kinds;
mod near;
mod place;
mod put;
mod read;
mod residents;
mod resolve;
mod results;
mod rows;
mod sample;
mod sample_people;
mod spelling;
mod sql;
mod sql_files;
mod sql_people;
mod sql_rows;
mod stage;
mod undo;
mod unmatched;
mod whom;

pub use apply::{Apply, QUEUE, apply};
pub use direct::{Direct, DirectOutcome, DirectReport, read_direct};
pub use errors::{BrokenRow, broken_rows, error_file};
pub use expire::Expire;
pub use import::{Arrival, Counts, Import, State, arrivals, find, recent};
pub use kinds::Kind;
pub use place::Place;
pub use read::{READINGS, Read};
pub use sample::{SampleList, sample_list};
pub use sample_people::SamplePeople;
pub use stage::{Staged, Upload, stage};
pub use undo::{Undo, Undone, undo};
pub use unmatched::{Choice, Unmatched, decide, unmatched};
