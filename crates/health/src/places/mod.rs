//! Places: where people were who fell ill. A place is `known`, `watched`, an `outbreak` place (ổ dịch) or
//! `closed`, when nothing comes from it any more; it is never deleted.
//!
//! When as many cases as the rule `tracing.windows` names were at one place within its days, it is
//! proposed as an outbreak place. Only a person declares it: that closes a market or a workplace. What is
//! ordered there (stopped, disinfected, tested, distanced, reopened) is kept with its day. A declaration
//! that was an error is taken back, and the cases it tied are parted again; closing a place parts nobody.
//!
//! Every official who sees cases sees the places of the whole district, because people cross wards; whose
//! cases they were is shown for his own wards only.

mod act;
mod list;
mod model;
mod sql;
mod sql_visits;

pub(crate) use act::widen;
pub use act::{measure, move_to, record, visit, withdraw_visit};
pub(crate) use list::days_at;
pub use list::{At, Found, Ordered, Seen, at, find, list, to_choose};
pub(crate) use model::point;
pub use model::{Kind, Measure, NewPlace, NewVisit, Role, State, Told};
pub use sql::{Line, move_to_ward};
pub(crate) use sql::{employers_of_visits, is_known, outbreak_in};
