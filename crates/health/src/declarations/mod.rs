//! Health declarations: at most five questions, answered by a resident on a telephone that a one-time code has
//! proven, or by staff for somebody who has none. Which questions, for how long a declaration holds and which
//! answers are red flags says the rule `declaration.valid` (health declaration is one of the 5K of 2020).
//!
//! A telephone is no identity: one number may serve a family, and may have belonged to somebody else last year. So
//! whoever has proven a number sees of the people who have it initials and the given name, and says the year of
//! birth before he may declare for one of them. Before the code, nothing tells whether a number is known.
//!
//! What follows is what exists: danger signs ring as those of a diary do (`alerts`), a positive test made at home is a
//! self-test (`samples`), and the other red flags are lines of the station's list under one ticket a day. Somebody
//! who is followed already, or is an F0, asks for nobody by them. Answers are sealed and forgotten by the rule of
//! retention.

mod codes;
mod declare;
mod devices;
mod follow;
mod law;
mod list;
mod model;
mod purge;
mod see;
mod sql;
mod sql_list;
mod sql_numbers;
#[cfg(test)]
mod tests;
mod who;

pub use codes::{Proved, TRIES, ask, prove, waiting};
pub use declare::{Declared, NewDeclaration, Newcomer, Whom, declare, declare_for, declare_for_new};
pub use devices::{Device, device, forget, revoke};
pub use law::Law;
pub use list::{Last, Line, last_by, of_person, one, standing, to_see};
pub use model::{Answers, Question, Seen, newcomer};
pub use purge::{kept_days, purge};
pub use see::see;
pub use who::{Somebody, people_of, says_year};

/// The kind of the station's ticket, and of the ladder it climbs where a tenant has one.
pub const KIND: &str = "declaration";
