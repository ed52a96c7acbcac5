//! When the offices work, and how long an answer may take.
//!
//! Two clocks run in a district. The *calendar* clock never stops: an epidemic, an emergency and a
//! citizen's 48 hours run through nights and through Tết. The *working* clock runs only while an
//! office is open, and procedures promise their answers on it. Holidays and make-up days are
//! announced year by year (Labour Code, art. 112; the Prime Minister's yearly notice), so they are
//! data from `rules/calendar.toml`, and a reckoning that leaves the known years, or leans on a day
//! nobody has verified, says so instead of guessing in silence.
//!
//! A term in days leaves out the day of the event and ends with the last working day (Civil Code
//! 2015, art. 147 and 148), here at the close of the office.

mod clocks;
mod model;
mod office;
#[cfg(test)]
mod tests;

pub use clocks::{Amount, AmountFault, ClockKind, Pause};
pub use model::{
    CalendarFault, DayKind, Doubt, Holiday, MakeUp, Opening, Reckoned, WeekHours, WorkCalendar, YearDays,
};
pub use office::{RULES, add_working, of, reckon_working, week};
