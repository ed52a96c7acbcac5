//! Follow-up: who is asked how he is, on which days and at which times of the day, and who has not
//! answered. One plan follows one person (an F0, an F1 or somebody else), twice a day as the sheet of
//! Decision 4038/QĐ-BYT of 21/8/2021 asks, for as long as the rule of the day says.
//!
//! A contact is never changed and never hidden: what falls outside a plan's days, because they moved
//! or because it came at night, still stands in its calendar. The morning list and the calendar are
//! one reckoning, [`Plan::calendar`], so they cannot disagree. Only a person closes a plan.

mod calendar;
mod change;
mod course;
mod doors;
mod enter;
mod jobs;
mod list;
mod model;
mod protect;
mod rank;
mod rejudge;
mod remind;
mod settle;
mod share;
mod sheet;
mod sql;
mod sql_join;
mod sql_list;
mod sql_risk;
mod sql_share;
mod take_on;
#[cfg(test)]
mod tests;
mod twins;
mod undo;

pub use crate::risk::Group;
pub use calendar::{Slot, State};
pub(crate) use change::{case_of, contact_plan, contact_plan_since, released, removed};
pub use change::{close, end_alert, lengthen, restart};
pub use course::{Course, Times};
pub(crate) use doors::hold;
pub use doors::{end_case, join, leave, record};
pub use enter::{DiaryForm, Entered, MemberEntry, enter};
pub(crate) use jobs::silence_tickets;
pub use jobs::{FollowCases, SILENCE, Slots, install, rearm};
pub use list::{Asked, Counts, Morning, Only, PAGE, Round, lists, morning, owed};
pub use model::{Basis, Channel, Closed, ContactOutcome, Made, Moved, Plan, Standing, Subject};
pub(crate) use protect::told_protected;
pub use rank::{Silence, rank};
pub use rejudge::{add_fact, rejudge, withdraw_fact};
pub(crate) use remind::owing;
pub use remind::{last_reminder, remind};
pub use share::{Graded, Share, share};
pub use sheet::{Entry, Followed, Own, Sheet, held, own, sheet};
pub use sql::{Contact, Kept};
pub(crate) use sql::{ending, find as plan, running};
pub use take_on::{Taken, add_member, follow, take_on};
pub(crate) use take_on::{follow_contact, take_on_all};
pub(crate) use undo::{give_up, heard_of};
