//! What a call says: recorded clips where a district has recorded some, synthesised speech else.
//!
//! Every announcement has a key (`care.intro`) and Vietnamese words that ship with the program. A district may
//! record its own voice over them, or only change the words: each is a version, heard from the moment it is
//! kept until another takes its place. Going back keeps the older one again as the newest, so that the record
//! says what was heard on which day.
//!
//! A message is a sequence of pieces: an announcement, a number, a name. Numbers are put together from recorded
//! words where all of them are recorded; else they are synthesised. Where nothing synthesises, who conducts the
//! call says whether it may be heard with gaps: what is recorded is still said.
//!
//! Synthesis may take seconds. It has no part in a transaction: what a message needs from the database is read
//! first ([`Prompter::prepare`]), then it is made to sound.
//!
//! What may name a person (names, telephone numbers) is synthesised each time and never lies on the disk.
//! Recordings hold no personal data.

mod actions;
mod cache;
mod model;
mod prompter;
mod shipped;
mod sound;
pub mod spoken;
mod sql;
mod tape;
#[cfg(test)]
mod tests;

pub use actions::{NewVersion, back, current, keep, list, samples_of, versions, withdraw};
pub use cache::MOST_BYTES;
pub use model::{Prompt, Say, Version, in_words};
pub use prompter::{Announcement, Prompter, Speech};
pub use shipped::{NUMBER_WORDS, key_of, shipped, words_of};
pub use sound::{LONGEST, MAX_FILE, SHORTEST, from_wav, recording, to_wav};
