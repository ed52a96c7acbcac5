//! Who can be rung now, and whether anyone can be next Sunday at three.
//!
//! A plan (a weekly [`Pattern`], a [`Rotation`], or a table that the unit hands in) is laid out into
//! [`Shift`]s for the coming weeks. What happens to a plan is never written into it: swaps, covers
//! and absences are changes with their own dates, and [`apply`] turns planned shifts and changes
//! into who really stands. From that the rest follows: [`who_stands`] for a ladder, [`gaps`] and
//! [`conflicts`] before they hurt, the calendar feed, the month's signed form.
//!
//! The database keeps three layers: `roster_plans`, the `planned_shifts` laid out of them five weeks
//! ahead ([`LayOut`], every night), and `shifts`, who really stands, which the call engine reads.
//! The past of none of them is ever written anew.
//!
//! A shift holds its start and not its end, so at a handover exactly one person is on duty. A night
//! belongs to the day on which it begins. Local times are read in the tenant's zone.

mod absences;
mod access;
mod cells;
mod changes;
mod changes_sql;
mod consent;
mod coverage;
mod desk;
mod feeds;
mod form;
mod gaps_sql;
pub mod ical;
mod import;
mod layout;
mod model;
mod pattern;
mod plans;
mod rotation;
mod sheet;
mod sql;
#[cfg(test)]
mod tests;

pub use absences::{absences_ahead, absent, end_absence, end_post, leave, owed_after as owed_by};
pub use access::{manages, reads_phones};
pub use changes::{Applied, Change, Cover, Refusal, Refused, Swap, apply, owed_after};
pub use changes_sql::Asked;
pub use consent::{agree, cover, refuse, swap, waiting};
pub use coverage::{
    Conflict, ConflictKind, Gap, OnDuty, Required, RequiredWindow, conflicts, gaps, who_stands,
};
pub use desk::{OpenGap, UnitRoster, gaps_ahead, gaps_watched, month_form, on_duty, roster};
pub use feeds::{OpenFeed, open_feed, open_feeds, read_feed, revoke_feed};
pub use form::{FormColumn, FormDay, FormEntry, FormHead, RosterForm, Signature};
pub use import::{COLUMNS, Import, import, undo_import};
pub use layout::{LayOut, lay_out};
pub use model::{
    Absence, AbsenceKind, Band, Period, PlanChange, Post, RosterFault, Shift, Vacated, WeekdaySet, reconcile,
};
pub use pattern::{Pattern, Slot};
pub use plans::{Plan, SheetShift, StoredPlan, plans, require, required, set_plans, stand_down, stand_guard};
pub use rotation::{Restriction, Rotation, TurnLength};
pub use sheet::{
    Person, ProposedShift, RowFault, RowProblem, SheetColumn, SheetReading, read_sheet, write_sheet,
};
