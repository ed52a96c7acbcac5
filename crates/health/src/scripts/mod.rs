//! Scripts: what the program asks on the telephone, edited in the desk, dated, and tried out with typed keys.
//!
//! A version is never changed, because calls were made by it; the version that holds on the day of a call is
//! asked, and the program's own where the district has none. [`Run`] leads through a script for several members
//! of a household without a line or a database, so that a call and a dry run cannot differ. It decides nothing
//! about anybody's health: an answer becomes what a household would have typed into its diary, and is judged
//! there.
//!
//! In 2021 a robot's calls were taken for fraud (30 % of one trial succeeded): the shipped script names ward and
//! station first, says that nothing is to be paid, and offers a person and a way out before the first question.

mod actions;
mod check;
mod hand;
mod model;
mod play;
mod readings;
mod run;
mod shipped;
mod sql;
#[cfg(test)]
mod tests;

pub(crate) use actions::begun_in;
pub use actions::{Listed, NewScript, current, list, retire, save, version, versions};
pub use check::{CHOICES, QUESTIONS, ScriptFault, WORDS, check};
pub use hand::{Answers, ByHand, by_hand, read_out};
pub use model::{
    Act, Choice, END, GAVE_UP, Kind, Piece, Question, REFUSED, RESERVED, Reading, Script, Slots, pieces,
    somebody, words, written,
};
pub use play::{Line, Played, judged, play};
pub use readings::typed;
pub use run::{Effect, Member, Run, Step};
pub use shipped::{KEYS, shipped};
