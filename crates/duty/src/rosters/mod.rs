//! Who can be rung now, and whether anyone can be next Sunday at three.
//!
//! A plan (a weekly [`Pattern`], a [`Rotation`], or a table that the unit hands in) is laid out into
//! [`Shift`]s for the coming weeks. What happens to a plan is never written into it: swaps, covers
//! and absences are changes with their own dates, and [`apply`] turns planned shifts and changes
//! into who really stands. From that the rest follows: [`on_duty`] for a ladder, [`gaps`] and
//! [`conflicts`] before they hurt, the calendar feed, the month's signed form.
//!
//! A shift holds its start and not its end, so at a handover exactly one person is on duty. A night
//! belongs to the day on which it begins. Local times are read in the tenant's zone.

mod cells;
mod changes;
mod coverage;
mod form;
pub mod ical;
mod model;
mod pattern;
mod rotation;
mod sheet;
#[cfg(test)]
mod tests;

pub use changes::{Applied, Change, Cover, Refusal, Refused, Swap, apply, owed_after};
pub use coverage::{Conflict, ConflictKind, Gap, OnDuty, Required, RequiredWindow, conflicts, gaps, on_duty};
pub use form::{FormColumn, FormDay, FormEntry, FormHead, RosterForm, Signature};
pub use model::{
    Absence, AbsenceKind, Band, Period, PlanChange, Post, RosterFault, Shift, Vacated, WeekdaySet, reconcile,
};
pub use pattern::{Pattern, Slot};
pub use rotation::{Restriction, Rotation, TurnLength};
pub use sheet::{
    Person, ProposedShift, RowFault, RowProblem, SheetColumn, SheetReading, read_sheet, write_sheet,
};
