//! Removals: one journey of a patient from home to a hospital or a facility. It is asked for, then the
//! vehicle is called, leaves with him, and arrives; each hour is pressed when it happens, so that
//! afterwards nobody has to ask how long it took. It ends when he is admitted, or without that: turned
//! back, not needed, died on the way. Whoever refuses to go is on record with his reason, and may be
//! asked again.
//!
//! The ward's rapid team takes oxygen to the house and the patient to hospital, so it presses the hours
//! itself. Being admitted moves the case, closes the plan and ends the alerts: entered once.

mod act;
mod end;
mod list;
mod model;
mod sql;

pub use act::{ask, direct, give_oxygen, refuse, step};
pub use end::end;
pub use list::{Removal, of_household, open};
pub use model::{Ended, NewRemoval, Reason, State, Step, Vehicle};
