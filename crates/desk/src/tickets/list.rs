use super::{Asked, kind_icon, kind_word};
use crate::{Me, frame, frame::Frame};
use duty::tickets::{self, Severity, State};
use kernel::TicketId;

/// One line of the queue.
pub struct Row {
    pub href: String,
    pub here: bool,
    pub urgent: bool,
    /// Every level was called in vain.
    pub used_up: bool,
    pub icon: &'static str,
    pub title: String,
    pub meta: String,
    pub due: String,
    pub due_full: String,
    pub left: String,
    pub pressure: &'static str,
    pub soon: i64,
}

impl Row {
    pub fn new(frame: &Frame, me: &Me, line: &tickets::Line, asked: &Asked, open: Option<TicketId>) -> Self {
        let (w, clock) = (me.w, &frame.d.clock);
        let urgent = line.severity == Severity::Emergency;
        let state = match line.state {
            State::Open if line.level >= 0 && urgent => w.ticket_ringing_level((line.level + 1).to_string()),
            State::Open => w.ticket_state_open(),
            State::Accepted => w.ticket_state_accepted(),
            State::Paused => w.ticket_state_paused(),
            State::Resolved | State::Merged => w.ticket_state_resolved(),
        };
        let place = frame::short(&frame.tree, &frame.d, line.ward.or(line.unit));
        let owes = match line.unit {
            Some(_) => frame::short(&frame.tree, &frame.d, line.unit),
            None => frame.responsible(line.id, None),
        };
        let task = w.lang().of(&line.task);
        let title = match line.kind.as_str() {
            "report" | "directive" if !task.is_empty() => format!("{task} · {place}"),
            _ => format!("{} · {place}", kind_word(w, &line.kind)),
        };
        Self {
            href: format!("{}{}", me.at(format!("tickets/{}", line.id)), asked.query(None)),
            here: open == Some(line.id),
            urgent,
            used_up: line.used_up,
            icon: kind_icon(&line.kind),
            title,
            meta: format!("{} · {} · {state}", line.code, owes),
            due: clock.rfc(line.due_at),
            due_full: clock.full(line.due_at),
            left: clock.left(w, line.due_at),
            pressure: clock.pressure(line.due_at, urgent),
            soon: if urgent { 900 } else { 6 * 3600 },
        }
    }
}
