//! Numbers of the epidemic by ward and day: new F0s, who is cared for where, severe, recovered, died,
//! F1s followed, tests. They are counted from the sealed record by a durable subscription ([`Fold`]), so
//! nobody enters them a second time, they cost the same after a week and after ten years, and anyone can
//! count again ([`rebuild`]) and must come to the same.
//!
//! A day's number stands on the day to which it belongs: an F0 on the day on which he became one (as on
//! the command board), an end on its own day, a test on the day on which its result was entered. How
//! many are in care stands on the day on which somebody said so.
//!
//! The *daily report* is what a steering committee reads. Shortly after midnight the whole day is kept, as
//! it was; by one press it is kept before, provisionally and with its hour; *beds* are what hospitals report three times a day (heartbeat `beds`);
//! *history* is what others have published, shown beside our own count with its source named.

mod beds;
mod fold;
mod history;
mod measure;
mod report;
mod sql;
mod sql_history;
mod stocks;
mod table;
mod xlsx;

pub use beds::{Beds, HEARTBEAT, House, beds, may_report_beds, report_beds, reporting_units, treats};
pub use fold::{Fold, rebuild};
pub use history::{COLUMNS as HISTORY_COLUMNS, History, Published, SOURCE, history, import_history};
pub use measure::{Measure, Values};
pub use report::{Line, MakeReport, Report, arm, freeze, provisional, report, reports};
pub use stocks::Stock;
pub use table::{LONGEST, Numbers, behind, numbers};
pub use xlsx::xlsx;
