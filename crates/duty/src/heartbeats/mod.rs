//! Heartbeats: what must keep reporting to the centre (a gate's check-ins, a camera, a feed) and
//! the centre itself, which reports to a watch outside. Each code of the tenant's pack may have
//! several instances; each instance is
//!
//! - *not connected* until its first beat, and then nobody misses it;
//! - *alive* while beats come within `every` + `grace`;
//! - *silent* afterwards: one ticket opens on the heartbeat's ladder. When the beat returns, a
//!   ticket that nobody has accepted is withdrawn; one that was accepted gets a note and stays.
//!
//! Things outside report over HTTP with a key of their own ([`report`]).
//!
//! A beat as such is no event: only first beats, silences and returns are on the record.

mod actions;
mod model;
mod sql;
mod sql_tokens;
mod tokens;
mod watch;

pub use actions::{Silent, beat, install, missed, status};
pub use model::{State, Status};
pub use tokens::{Report, Token, make_token, report, revoke_token, tokens};
pub use watch::{CENTRE, OwnPulse, Watch};
