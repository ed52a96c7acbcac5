//! The hotline: calls that come in. A menu by keys; symptoms asked by a script; a line for an operator
//! with the place in it told; an operator's telephone rung and joined to the caller.
//!
//! Whoever calls may have an old telephone, a withheld number, or somebody else's number. So a number
//! never proves anything: nothing of a record is said before the code of a diary has been pressed on the
//! keys, and whether a number is known is told to staff alone.
//!
//! Nobody who called is lost. Who hangs up while he waits, leaves a message or asks to be called back
//! is a ticket with a due time; an emergency that no operator has taken after a moment is one at once,
//! and climbs to the duty leader. A danger sign rings before anything more is asked, at the station to which the number
//! leads or else with the duty leader, and at the station of the ward once that is told; each answer is written before
//! the next question. [`Watch`] sees to it even where the process that held the call died.
//!
//! A call lives in the process whose lines it came by ([`Reception`]); the line itself stands in the
//! database, so that several processes serve it in one order. What the desk asks of a call that runs
//! (hold, transfer, listening) stands there too, in the order in which it was given, and is read by the
//! process that holds the call ([`orders`]).

mod branches;
mod law;
mod leg;
mod list;
mod model;
mod number;
mod old_orders;
pub mod orders;
mod owed;
mod place;
mod proof;
mod record;
mod reception;
mod sql;
mod sql_orders;
mod sql_owed;
mod symptoms;
mod talking;
mod told;
mod transfer;
mod visit;
mod waiting;
mod watch;
mod words;

pub use law::operator_rings;
pub use list::{Owed, Waiting, owed, waiting};
pub use model::{Fault, Kind, Owing, Topic};
pub use number::{call_back, open as open_number};
pub use old_orders::OldOrder;
pub use orders::{Asked, To};
pub(crate) use owed::tenant_of;
pub use reception::Reception;
pub use told::{Saying, Told, alarm, enter, proved, tell};
pub use watch::Watch;
