//! The parts of the file: a ticket with its calls and acts, a lateness, a seal.

use crate::{
    Me,
    frame::{self, Frame},
    record::Column,
    tickets::{Line, kind_word, outcome_word, told},
};
use duty::{
    calls::recordings,
    staff::Badge,
    tickets::{Call, Late, Lateness, MatterFile, State, TicketFile, record::Figures},
};
use jiff::Timestamp;
use kernel::{AttemptId, Error, RecordingId, Result, StaffId, numbers};
use pages::time::{self, Clock};
use std::collections::BTreeMap;
use store::{Cx, events::Recorded};

/// A unit's answer in one line of the summary.
pub struct Answer {
    pub unit: String,
    pub opened: String,
    pub accepted: String,
    pub due: String,
    pub answered: String,
    pub late: bool,
}

/// A ticket or directive of the matter.
pub struct Part {
    pub title: String,
    pub code: String,
    pub words: Option<String>,
    pub calls: Vec<CallLine>,
    pub acts: Vec<Act>,
}

/// One try to reach somebody, times to the second.
pub struct CallLine {
    pub at: String,
    pub level: String,
    pub whom: String,
    pub channel: String,
    pub invited: String,
    pub ringing: String,
    pub answered: String,
    pub heard: String,
    pub whole: String,
    pub outcome: String,
    pub missed: bool,
    /// The place in the chain of the event that states it.
    pub seq: String,
    /// What is kept is not what was stated.
    pub disagrees: bool,
    /// Addresses of what was recorded of it, for those who see it.
    pub sounds: Vec<String>,
}

/// How somebody who was called for the matter answered.
pub struct CalledLine {
    pub whom: String,
    /// In the order of `CALLED`.
    pub figures: Vec<String>,
}

/// Columns of the table of who was called.
pub const CALLED: [Column; 9] = [
    Column::Calls,
    Column::Answered,
    Column::Accepted,
    Column::PassedUp,
    Column::Heard,
    Column::Missed,
    Column::Ours,
    Column::AcceptMedian,
    Column::PerTicket,
];

/// What somebody did.
pub struct Act {
    pub at: String,
    pub who: String,
    pub what: String,
    pub quote: Option<String>,
    pub seq: String,
}

/// One event in the chain.
pub struct Seal {
    pub seq: i64,
    pub at: String,
    pub kind: String,
    pub hash: String,
}

/// 25/09/2021 07:05:12
pub fn moment(clock: &Clock, at: Timestamp) -> String {
    format!("{} {}", clock.date(at), clock.seconds(at))
}

/// Names people and units as they stood on the day of the matter.
pub struct People<'a> {
    pub me: &'a Me,
    pub frame: &'a Frame,
    pub badges: &'a BTreeMap<StaffId, Badge>,
    /// Of each call that was recorded.
    pub sounds: Option<&'a Sounds>,
}

pub type Sounds = BTreeMap<AttemptId, Vec<RecordingId>>;

/// What was recorded of calls that were answered.
pub async fn sounds(cx: &mut Cx, file: &MatterFile) -> Result<Sounds> {
    let mut sounds = Sounds::new();
    let calls = file.tickets.iter().chain(&file.directives).flat_map(|part| &part.calls);
    for attempt in calls.map(|call| &call.attempt) {
        if attempt.channel != "call" || attempt.answered_at.is_none() {
            continue;
        }
        match recordings::of(cx, attempt.id).await {
            Ok(recorded) if recorded.is_empty() => {}
            Ok(recorded) => {
                sounds.insert(attempt.id, recorded.into_iter().map(|one| one.id).collect());
            }
            // A ticket of a unit whose tickets the reader does not see.
            Err(Error::NotFound | Error::Forbidden(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sounds)
}

impl People<'_> {
    fn clock(&self) -> &Clock {
        &self.frame.d.clock
    }

    pub fn name(&self, id: StaffId) -> String {
        self.badges.get(&id).map_or_else(String::new, |badge| badge.full_name.clone())
    }

    /// Unit and post first, the name last.
    fn person(&self, id: StaffId) -> String {
        let Some(badge) = self.badges.get(&id) else { return String::new() };
        let title = self.me.w.lang().pick(&badge.title, &badge.title_en);
        let unit = frame::short(&self.frame.tree, &self.frame.d, badge.unit);
        format!("{unit} · {title} · {}", badge.full_name)
    }

    pub fn answer(&self, part: &TicketFile) -> Answer {
        let (w, clock, ticket) = (self.me.w, self.clock(), &part.ticket);
        let accepted = ticket.accepted_at.map_or_else(
            || w.file_not_accepted(),
            |at| {
                let span = clock.span(w, ticket.opened_at, at);
                match ticket.accepted_by {
                    Some(by) => w.file_accepted_by(span, self.person(by)),
                    None => w.file_accepted_after(span),
                }
            },
        );
        Answer {
            unit: self.frame.responsible(ticket.id, ticket.unit),
            opened: moment(clock, ticket.opened_at),
            accepted,
            due: clock.full(ticket.due_at),
            answered: match (ticket.resolved_at, ticket.state) {
                (Some(at), _) => moment(clock, at),
                (None, State::Merged) => w.ticket_state_merged(),
                (None, _) => w.file_not_answered(),
            },
            late: ticket.overdue_at.is_some() || ticket.resolved_at.is_some_and(|at| at > ticket.due_at),
        }
    }

    /// How each of those who were called answered; empty where nobody was.
    pub fn called(&self, file: &MatterFile) -> Vec<CalledLine> {
        let line = |(staff, figures): &(StaffId, Figures)| CalledLine {
            whom: self.person(*staff),
            figures: CALLED.iter().map(|column| column.text(self.me.w, figures)).collect(),
        };
        file.called.iter().map(line).collect()
    }

    pub fn part(&self, part: &TicketFile) -> Part {
        let w = self.me.w;
        let lines = told(self.me, self.frame, self.badges.clone(), &part.acts);
        Part {
            title: format!(
                "{}: {}",
                self.frame.responsible(part.ticket.id, part.ticket.unit),
                kind_word(w, &part.ticket.kind)
            ),
            code: w.ticket_code(part.ticket.code.as_str()),
            words: part.words.clone(),
            calls: part.calls.iter().map(|call| self.call(call)).collect(),
            acts: self.acts(&part.acts, lines),
        }
    }

    /// What is on record under the matter and about none of its tickets.
    pub fn others(&self, events: &[Recorded]) -> Vec<Act> {
        self.acts(events, told(self.me, self.frame, self.badges.clone(), events))
    }

    /// Acts in order; calls stand in their own table.
    fn acts(&self, events: &[Recorded], lines: Vec<Option<Line>>) -> Vec<Act> {
        let acts = events.iter().zip(lines).filter(|(event, _)| event.object_kind != "attempt");
        acts.filter_map(|(event, line)| Some(self.act(event, line?))).collect()
    }

    fn act(&self, event: &Recorded, line: Line) -> Act {
        let w = self.me.w;
        // The timeline has words for acts on tickets; the file also tells what lies around them.
        let key = format!("file-event-{}", event.kind.replace(['.', '_'], "-"));
        let what = match line.what {
            _ if w.has(&key) => w.by_key(&key),
            what if what == event.kind => w.file_event_other(what),
            what => what,
        };
        Act {
            at: moment(self.clock(), event.at),
            who: line.who,
            what,
            quote: line.quote,
            seq: seq(event.seq),
        }
    }

    fn call(&self, call: &Call) -> CallLine {
        let (w, attempt) = (self.me.w, &call.attempt);
        let seconds = |n: Option<i64>| n.map_or_else(|| "–".to_owned(), |n| n.to_string());
        let outcome = attempt.outcome.as_deref();
        let level = (attempt.level + 1).to_string();
        CallLine {
            at: self.clock().seconds(attempt.started_at),
            level: if attempt.round == 0 {
                level
            } else {
                w.file_level_again(level, (attempt.round + 1).to_string())
            },
            whom: match attempt.staff {
                Some(staff) => self.person(staff),
                None => format!("{} · {}", self.frame.unit(attempt.unit), w.story_nobody()),
            },
            channel: w.by_key(&format!("channel-{}", attempt.channel)),
            invited: seconds(call.seconds.until_invited),
            ringing: seconds(call.seconds.until_ringing),
            answered: seconds(call.seconds.until_answered),
            heard: seconds(call.seconds.message),
            whole: seconds(call.seconds.whole),
            outcome: outcome.map_or_else(|| w.outcome_running(), |outcome| outcome_word(w, outcome)),
            missed: matches!(
                outcome,
                Some("not_answered" | "heard_not_accepted" | "busy" | "rejected" | "unreachable" | "nobody")
            ),
            seq: call.stated.as_ref().map_or_else(|| "–".to_owned(), |stated| seq(stated.seq)),
            sounds: self
                .sounds
                .and_then(|sounds| sounds.get(&attempt.id))
                .into_iter()
                .flatten()
                .map(|id| self.me.at(format!("recordings/{id}")))
                .collect(),
            disagrees: call.stated.as_ref().is_some_and(|stated| !stated.agrees),
        }
    }

    /// Who, and with what.
    pub fn late<'a>(&self, late: &Late, mut all: impl Iterator<Item = &'a TicketFile>) -> (String, String) {
        let w = self.me.w;
        let code = all
            .find(|part| part.ticket.id == late.ticket)
            .map(|part| part.ticket.code.clone())
            .unwrap_or_default();
        let what = match late.what {
            Lateness::Call { level, round, outcome } => {
                let (level, outcome) = ((level + 1).to_string(), outcome_word(w, outcome.as_str()));
                if round == 0 {
                    w.file_late_call(level, outcome)
                } else {
                    w.file_late_call_again(level, (round + 1).to_string(), outcome)
                }
            }
            Lateness::Due { by_s } => w.file_late_due(time::span(w, by_s)),
            Lateness::Reopened { times } => w.file_late_reopened(times.to_string()),
        };
        let who = match late.staff {
            Some(staff) => self.person(staff),
            None => self.frame.unit(late.unit),
        };
        (who, format!("{} · {what}", w.ticket_code(code)))
    }
}

fn seq(seq: Option<i64>) -> String {
    seq.map_or_else(|| "–".to_owned(), numbers::grouped)
}

/// Every sealed event of the matter, in the order of the chain.
pub fn seals(clock: &Clock, file: &MatterFile) -> Vec<Seal> {
    let parts = file.tickets.iter().chain(&file.directives);
    seals_of(clock, parts.flat_map(|part| &part.acts).chain(&file.events))
}

/// The sealed ones among events, in the order of the chain.
pub fn seals_of<'a>(clock: &Clock, events: impl Iterator<Item = &'a Recorded>) -> Vec<Seal> {
    let mut seals: Vec<Seal> = events
        .filter_map(|event| {
            Some(Seal {
                seq: event.seq?,
                at: moment(clock, event.at),
                kind: event.kind.clone(),
                hash: event.hash.as_deref().map(hex).unwrap_or_default(),
            })
        })
        .collect();
    seals.sort_by_key(|seal| seal.seq);
    seals
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
