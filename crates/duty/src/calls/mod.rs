//! Every telephone call on record, whoever conducts it: care calls, the hotline, calls back, calls that an
//! operator asks for at the desk. (Calls of ladders have their own rows, `tickets::attempts`.)
//!
//! A call begins, is told of while it lives, and ends once. Whoever holds it says so every few seconds
//! ([`hold`]); what nobody has held for ten seconds was lost with its process and ends so ([`lost`],
//! [`Watch`]). A call that has come in may wait for an operator ([`wait`], [`served`]): the queue is those
//! calls, the longest first. Operators sit in the call room by [`operators`]; what was recorded lies sealed on a
//! [`Shelf`] and is heard for a reason alone ([`recordings`]); what was left behind on the way there is taken up
//! ([`Spool`]). A call from the desk rings the operator's own
//! telephone first, then the other side ([`Connect`]); whether that telephone rings at all he can try ([`TryOwn`]).
//!
//! `begin`, `told`, `ended`, `hold`, `wait` and `served` are the doors of the program's own parts, which have
//! asked for the permission or need none. Numbers are sealed and stand in no event and no log.

mod actions;
mod connect;
mod figures;
mod model;
pub mod operators;
pub mod recordings;
mod shelf;
mod sight;
mod spool;
mod sql;
mod sql_operators;
mod sql_recordings;
mod toll;
mod try_own;
mod watch;
mod write_up;

pub use actions::{
    begin, dispose, ended, find, hold, live, lost, number, of_day, of_number, of_object, of_stretch, queue,
    runs_with, served, told, unwritten, wait,
};
pub use connect::{Connect, QUEUE, Wanted, ask};
pub use figures::{ByOperator, Figures, today};
pub use model::{Call, Direction, Disposition, NewCall, Outcome, Purpose, State};
pub use shelf::Shelf;
pub use sight::{may, sees};
pub use spool::Spool;
pub use try_own::{TryOwn, last_tried, try_own};
pub use watch::Watch;
pub use write_up::{WriteUp, reconcile};

use store::Topic;

/// What open screens of the call room are told by.
fn screen() -> Topic {
    Topic::screen("calls")
}
