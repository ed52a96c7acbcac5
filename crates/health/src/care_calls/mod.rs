//! The day's calls to households under care: one call to a household, which asks for all of its members
//! whose diary is due. A campaign is one window of a day; its rows stand in the order of the morning list.
//!
//! A row goes `waiting` → `calling` → `reached`, `flagged`, `refused` or `handed` (to a person); a call that
//! brings no whole answer puts it back to `waiting` for another hour, and after so many (`care.calls`) it is
//! `unreached`. What a robot did not hear is never "well": an unanswered call fills no slot of a diary, the
//! household stays where it stands on the morning list, and comes onto its care team's list besides, then
//! somebody goes there. A household without a number is listed as such and never silently left out.
//!
//! In 2021 robot calls were taken for fraud (Bắc Ninh: 30 % of 1,067 calls succeeded), so the number that
//! will call is told first, by a text or, where none can be sent, by somebody of the station; and the caller
//! names ward and station.
//!
//! Who is in danger is not hung up on: the family holds the line while the alarm's ladder rings, and is joined with
//! whoever takes it up.
//!
//! Each member's answers are a diary entry as soon as he is done, and at once where they are an emergency:
//! the ticket rings before the call ends. Whoever dies on the way (a process, a line) loses nothing that was
//! answered: the row is put back, and asks for the rest.

mod act;
mod announce;
mod bridge;
mod conduct;
mod day;
mod dial;
mod farewell;
mod hold;
mod jobs;
mod keep;
mod make;
mod model;
mod settle;
mod sql;
mod sql_campaign;
mod sql_day;
#[cfg(test)]
mod tests;

pub(crate) use act::wish;
pub use act::{Do, hold_home, order_visit, release_home, steer, told_home};
pub use conduct::{Conductor, Recording};
pub use day::{Counts, Line, Part, Shown, Try, day, next_window, tries_of};
pub use dial::Dialler;
pub use jobs::{Campaigns, install};
pub use model::{Came, Campaign, Law, State, Step, Window};
pub use settle::{CALL_BACK, VISIT};
