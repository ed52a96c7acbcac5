//! Tickets: whatever someone must answer by a time. A ticket has one responsible party, a due time
//! and a ladder that was copied into it when it opened.
//!
//! States: `open` → `accepted` → `resolved`, with `paused` between and `merged` for duplicates; a
//! resolved ticket may be reopened and then counts as late. While its ladder waits (`until` it is
//! accepted, or answered), a durable timer climbs one level at a time; a level that finds nobody
//! falls through at once, the last level is always the tenant's duty leader, and a ladder that is
//! used up repeats and raises an alarm. Every attempt to reach someone is kept with its times, and
//! only [`attempts`] writes them.

mod act;
pub mod attempts;
mod climb;
mod clock;
mod endings;
mod file;
mod follow;
pub mod ladder;
mod law;
mod matter;
mod missed;
mod model;
mod open;
mod outcome;
mod pauses;
mod queue;
mod reconcile;
pub mod record;
mod ringing;
mod sql;
mod sql_record;
mod timeline;
mod watch;
mod withdraw;

pub use act::{
    Concerned, Directive, accept, accept_as, assign, directive, directive_outside, forward, hand_over,
    inform, merge, note, pass_up, reopen, reopen_by_reporter, resolve,
};
pub use climb::{CALLS, Escalate, NOTICES, PLACE_CALL, SEND_NOTICE, SEND_PUSH, SEND_TEXT};
pub use file::{Call, Late, Lateness, MatterFile, Official, Proof, Seconds, Stated, TicketFile, file};
pub use follow::{Standing, follow, standing_at};
pub use matter::{MatterSpec, MatterTicketSpec};
pub use missed::{Missed, in_event as missed_in};
pub use model::{Channel, Rung, Severity, State, Ticket, Tone, only_tells};
pub use open::{NewMatter, NewTicket, Opened, Responsible, competent, open_matter, open_ticket};
pub use pauses::{
    PauseRequest, approve_pause, ask_pause, pause_request, pauses_to_decide, refuse_pause, resume,
};
pub use queue::{
    Counts, Filter, Line, Matter, counts, find_matter, matter, matter_tickets, matter_units, owed_by, queue,
    seats, seen_matter, ticket, tickets,
};
pub use reconcile::reconcile;
pub use ringing::{Ring, Ringing, is_rung, ring, ringing, running_calls, talks_about_another};
pub use timeline::{Entry, timeline};
pub use watch::{Deadline, Resume};
pub use withdraw::{remark, retract, withdraw};
