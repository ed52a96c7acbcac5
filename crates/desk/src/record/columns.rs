//! The columns of the record: what each shows, by what it sorts, and which calls it opens.

use duty::tickets::record::{Ending, Figures, What};
use pages::{Words, time};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Calls,
    Phone,
    Desk,
    Answered,
    Rate,
    Accepted,
    PassedUp,
    Heard,
    Missed,
    NotAnswered,
    Busy,
    Rejected,
    Unreachable,
    Ours,
    Taken,
    AnswerMedian,
    AnswerP90,
    AcceptMedian,
    AcceptP90,
    Tickets,
    PerTicket,
}

impl Column {
    pub const ALL: [Self; 21] = [
        Self::Calls,
        Self::Phone,
        Self::Desk,
        Self::Answered,
        Self::Rate,
        Self::Accepted,
        Self::PassedUp,
        Self::Heard,
        Self::Missed,
        Self::NotAnswered,
        Self::Busy,
        Self::Rejected,
        Self::Unreachable,
        Self::Ours,
        Self::Taken,
        Self::AnswerMedian,
        Self::AnswerP90,
        Self::AcceptMedian,
        Self::AcceptP90,
        Self::Tickets,
        Self::PerTicket,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Phone => "phone",
            Self::Desk => "desk",
            Self::Answered => "answered",
            Self::Rate => "rate",
            Self::Accepted => "accepted",
            Self::PassedUp => "passed-up",
            Self::Heard => "heard",
            Self::Missed => "missed",
            Self::NotAnswered => "not-answered",
            Self::Busy => "busy",
            Self::Rejected => "rejected",
            Self::Unreachable => "unreachable",
            Self::Ours => "ours",
            Self::Taken => "taken",
            Self::AnswerMedian => "answer-median",
            Self::AnswerP90 => "answer-p90",
            Self::AcceptMedian => "accept-median",
            Self::AcceptP90 => "accept-p90",
            Self::Tickets => "tickets",
            Self::PerTicket => "per-ticket",
        }
    }

    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.as_str() == text)
    }

    pub fn label(self, w: Words) -> String {
        w.by_key(&format!("call-record-column-{}", self.as_str()))
    }

    /// What lines are put in order by; none where there is nothing to tell.
    pub fn value(self, figures: &Figures) -> Option<i64> {
        match self {
            Self::Rate => figures.answer_rate(),
            Self::AnswerMedian => figures.answer_median_s,
            Self::AnswerP90 => figures.answer_p90_s,
            Self::AcceptMedian => figures.accept_median_s,
            Self::AcceptP90 => figures.accept_p90_s,
            Self::PerTicket => figures.attempts_per_ticket(),
            Self::Tickets => Some(figures.tickets),
            Self::Calls => Some(figures.calls),
            Self::Phone => Some(figures.phone),
            Self::Desk => Some(figures.desk),
            Self::Answered => Some(figures.answered()),
            Self::Missed => Some(figures.missed()),
            Self::Ours => Some(figures.ours()),
            Self::Accepted => Some(figures.accepted),
            Self::PassedUp => Some(figures.passed_up),
            Self::Heard => Some(figures.heard_not_accepted),
            Self::NotAnswered => Some(figures.not_answered),
            Self::Busy => Some(figures.busy),
            Self::Rejected => Some(figures.rejected),
            Self::Unreachable => Some(figures.unreachable),
            Self::Taken => Some(figures.taken),
        }
    }

    /// As it stands in the table.
    pub fn text(self, w: Words, figures: &Figures) -> String {
        let Some(value) = self.value(figures) else { return "–".to_owned() };
        match self {
            Self::Rate => format!("{value}%"),
            Self::AnswerMedian | Self::AnswerP90 | Self::AcceptMedian | Self::AcceptP90 => {
                time::span(w, value)
            }
            Self::PerTicket => w.call_record_tenths((value / 10).to_string(), (value % 10).to_string()),
            _ => value.to_string(),
        }
    }

    /// As a spreadsheet takes it: seconds, per cent and tenths as numbers.
    pub fn plain(self, figures: &Figures) -> String {
        match (self, self.value(figures)) {
            (_, None) => String::new(),
            (Self::PerTicket, Some(value)) => format!("{}.{}", value / 10, value % 10),
            (_, Some(value)) => value.to_string(),
        }
    }

    /// The calls behind the number; none behind a share or a time.
    pub const fn what(self) -> Option<What> {
        Some(match self {
            Self::Calls => What::All,
            Self::Phone => What::Phone,
            Self::Desk => What::Desk,
            Self::Answered => What::Answered,
            Self::Missed => What::Missed,
            Self::Ours => What::Ours,
            Self::Accepted => What::Ended(Ending::Accepted),
            Self::PassedUp => What::Ended(Ending::PassedUp),
            Self::Heard => What::Ended(Ending::HeardNotAccepted),
            Self::NotAnswered => What::Ended(Ending::NotAnswered),
            Self::Busy => What::Ended(Ending::Busy),
            Self::Rejected => What::Ended(Ending::Rejected),
            Self::Unreachable => What::Ended(Ending::Unreachable),
            Self::Taken => What::Ended(Ending::Taken),
            Self::Rate
            | Self::AnswerMedian
            | Self::AnswerP90
            | Self::AcceptMedian
            | Self::AcceptP90
            | Self::Tickets
            | Self::PerTicket => return None,
        })
    }
}
