//! Contacts: who was near a case while it could infect him (F1), and who was near those (F2, watched as
//! others). The days are those of the rule `tracing.windows`, from the onset of the case, else from its
//! first positive sample.
//!
//! A contact is `proposed` by the program (who works for the same employer, who works at a place where the
//! case was) or `listed`: named by a person, or living in the household. Once he was `reached` a plan
//! follows him from the last day of his exposure on, and it is `done` with that plan; or he `refused`, is
//! `lost`, is `not_a_contact`, or `became_case`. Somebody who is an F0 already is never made an F1: he is
//! tied to his own case.
//!
//! Each F0 has one ticket, `trace`, which is answered when all its listed contacts have been reached, or by
//! a person with the reason; proposals hold it open for nobody. How tracing does is told by the five indicators of the WHO.

mod act;
mod add;
mod begin;
mod checked_in;
mod indicators;
mod jobs;
mod list;
mod listed;
mod model;
mod proposals;
mod running;
mod sql;
mod sql_indicators;
mod sql_list;
mod sql_listed;
mod trace;

pub use act::{accept, end, name, open_phone, reach};
pub use begin::begin;
pub(crate) use checked_in::{Beside, CheckedIn, add_checked_in, standing};
pub use indicators::{DayFigures, Share, indicators};
pub use jobs::TraceCases;
pub use list::{Contact, Task, Tasks, Traced, find, of_case, to_reach};
pub(crate) use listed::{Asked, Listed, Near, add_listed, f0s, take_back};
pub use model::{Basis, Ended, Named, NewContact, State};
pub use proposals::{dismiss, take_all};
pub use running::{Running, running};
pub use sql::move_to_ward;
pub use trace::{KIND, close};
