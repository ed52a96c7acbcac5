//! Check-ins: each look of a gate at a pass, kept for tracing and then forgotten.
//!
//! A gate's device gives every scan its key, a uuid v7, and sends it until the server names it. The key is the
//! primary key: sent five times, it is one row. Scans are written by [`Intake`], which gathers what arrives into
//! one statement and answers after the COMMIT; a batch is one event. Parts of a week are made ahead and dropped
//! whole when the rule `checkins.keep` (28 days) is over; what the week still holds of forgotten days is deleted.
//!
//! What follows from scans is looked at afterwards by [`Fold`], which takes each committed batch once: the counts
//! of the board, and alerts. An alert is a ticket: a revoked or red pass was used, one pass stood at two gates
//! farther apart than can be travelled (rule `checkins.alerts`; its QR, its digits and its holder's card are one),
//! a place holds more people than it may. Whoever
//! runs the gate owes the answer: the business its own, else the unit.
//!
//! Who was at a gate is opened for tracing only, with a reason that stays on record; taking the list out of the
//! house needs a second person. It feeds tracing: the gates at which an F0 was let in become places where he was, and
//! whom a person picks out of those who were there with him become his contacts, by the area of contacts.

mod alerts;
mod answers;
mod exports;
mod figures;
mod fold;
mod inside;
mod intake;
mod law;
mod met;
mod model;
mod poster;
mod purge;
mod recent;
mod scan;
mod seen;
mod sql;
mod sql_alerts;
mod sql_board;
mod sql_counts;
mod sql_exports;
mod sql_kin;
mod sql_seen;
mod stays;
mod turn;
mod visits;
mod walk;
mod weeks;
mod whose;
mod write;

pub use alerts::{Alert, KIND as ALERT, alerts_of};
pub use answers::{Owed, answer, owed};
pub use exports::{Export, Waiting, approve, ask, file, of_mine, refuse, to_decide};
pub use figures::{
    AtGate, Colours, Minute, Part, Room, Silent, by_colour, by_gate, counted_at, per_minute, reason_of,
    refusals, rooms, silent,
};
pub use fold::Fold;
pub use inside::counted;
pub use intake::{Intake, Receipt, Refused};
pub use met::{Look, Meeting, Met, Taken, take_met, who_met};
pub use model::{AlertKind, REASONS, Reason};
pub use poster::judged;
pub use purge::{Purged, purge};
pub use seen::{Seen, Spot, spots, who_was_at};
pub use stays::{Stay, Together};
pub use visits::{Entered, Stop, Stops, enter_visits, stops};
pub use weeks::make_weeks;
pub use whose::{Mark, Whose};
