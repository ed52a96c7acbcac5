//! Citizens' reports: what a resident says is wrong, to whom it goes, and what he is told.
//!
//! One intake record for every channel (web, phone, counter, 1022, SMS, e-mail, Zalo, API). The
//! competent unit follows from category and ward by the tenant's pack; the report opens a matter
//! with one ticket on the category's ladder, and has no clock of its own. States: `received` →
//! `in_progress` → `answered` → `closed`, and `reopened` when the reporter contests the answer;
//! they derive from the ticket and are kept in step by [`Follow`].
//!
//! The reporter holds a tracking code (80 random bits) and sees the unit, never a person. The
//! handling unit sees the report, never the reporter: only the centre may open who it was, with a
//! reason, on record; so may the unit that must answer where somebody ill waits to be called back. A formal complaint or denunciation is not a report: its category redirects
//! (Law on Complaints 2011, Law on Denunciations 2018).
//!
//! Open311 GeoReport v2 reads on this: `service_code` is the category, `service_request_id` the
//! tracking code, `requested_datetime` the time received, `agency_responsible` the unit's name.

mod answer;
mod draft;
mod duplicates;
mod follow;
mod lists;
mod model;
mod place;
mod reporter;
mod sight;
mod sql;
mod submit;
mod track;

pub use answer::{answer, forward, moderate, progress};
pub use draft::{Fault, NewReport};
pub use duplicates::{Candidate, candidates, merge, refuse};
pub use follow::Follow;
/// What a reporter holds to follow a report: whoever knows it may contest the answer.
pub use kernel::SecretCode as TrackingCode;
pub use lists::{Filter, Line, list, of_phone};
pub use model::{Channel, ReplyKind, State};
pub use reporter::{contest, rate};
pub use sight::{Attachment, Evidence, Report, Reporter, code, file, may_identify, report, reporter};
pub use sql::{Reply, move_to_ward};
pub use submit::{Submitted, faults, submit};
pub use track::{Step, StepKind, Track, track, tracked_file};
