//! Cases: one illness of one person, from the day it was reported.
//!
//! A case is `suspected`, `confirmed` (an F0: a positive PCR or rapid test, Decision
//! 4038/QĐ-BYT of 21/8/2021) or `not_a_case`, and is cared for at home, in a facility, in hospital
//! or at a place not yet known; each move is dated, has its author and is an event. It ends in recovery, in
//! death, or out of the district. The moment
//! somebody becomes an F0 the matter `f0_news` opens in the same transaction, so there is no F0 on
//! record for whom nobody was rung. A person who is an active F0 already is not news: the result is
//! added to the running case, unless he is now reported in another ward, whose units were not told.

mod lists;
mod model;
mod moves;
mod news;
mod outcome;
mod record;
mod same;
mod sql;
mod sql_imports;
mod sql_outcome;
mod sql_results;
mod sql_traced;
mod traced;
mod sql_same;
mod undo;

pub use crate::{fault::Fault, vitals::Symptom};
pub use lists::{
    Case, Filter, Line, Page, TestLine, WardCount, by_ward, find, list, timeline, today_by_ward,
};
pub use model::{ACTIVE_DAYS, Care, Classification, Ending, NewCase, NoPhone, Outcome, TestKind, TestResult};
pub(crate) use model::{CaseReport, NewResult, days_agree, event_day};
pub use moves::{classify, move_care};
pub(crate) use news::{join_matter, ring_list, ring_one};
pub(crate) use outcome::{admit, ended};
pub use outcome::{end, set_onset, set_severe};
pub(crate) use record::{Placed, Test, add_result, add_results, place_known, running};
pub use record::{Recorded, record};
pub use same::{decide_pair, merge, of_person, part, running_of};
pub use sql::move_to_ward;
pub(crate) use sql::{Footing, footing, rests_on};
pub(crate) use sql_imports::{Probe, known_results, of_import};
pub(crate) use sql_outcome::{Illness, Sampled, confirmed_of, results_of, told_symptoms};
pub(crate) use sql_traced::{
    Traced, begin_trace, f0_of, leave_clusters, lock_traced, set_clusters, set_trace_ticket, set_traced,
    traced,
};
pub(crate) use traced::{claim_traced, see_traced, set_source};
pub(crate) use undo::{acted_upon, withdraw};
