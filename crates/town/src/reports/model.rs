//! Words of a report, and how its state follows from its ticket.

use duty::{
    tickets::{self, Ticket},
    units::UnitRef,
};
use kernel::Error;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$of])* $variant),+ }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
        impl std::str::FromStr for $name {
            type Err = Error;
            fn from_str(s: &str) -> Result<Self, Error> {
                Self::ALL.iter().copied().find(|one| one.as_str() == s)
                    .ok_or(Error::invalid(stringify!($name), "error-choice-unknown"))
            }
        }
    };
}

words! {
    /// How a report came in.
    Channel {
        Web = "web",
        /// Told to an operator on the telephone.
        Phone = "phone",
        /// Told to an official face to face.
        Counter = "counter",
        /// Passed on by the city's 1022 line.
        #[serde(rename = "1022")]
        Line1022 = "1022",
        Sms = "sms",
        Email = "email",
        Zalo = "zalo",
        Api = "api",
    }
}

impl Channel {
    /// An official writes down what somebody else says.
    pub const fn is_entered_by_staff(self) -> bool {
        matches!(self, Self::Phone | Self::Counter)
    }
}

words! {
    /// Where a report stands, for its reporter.
    State {
        Received = "received",
        InProgress = "in_progress",
        Answered = "answered",
        /// The reporter has said that the answer satisfies.
        Closed = "closed",
        /// The reporter has contested the answer; it counts as late.
        Reopened = "reopened",
    }
}

words! {
    /// What a reply to the reporter is.
    ReplyKind { Progress = "progress", Answer = "answer" }
}

impl State {
    /// The state that follows from the ticket; `satisfied` is the reporter's word on the last answer.
    pub fn of(ticket: &Ticket, satisfied: bool) -> Self {
        match ticket.state {
            tickets::State::Open if ticket.reopened > 0 => Self::Reopened,
            tickets::State::Open => Self::Received,
            tickets::State::Accepted | tickets::State::Paused => Self::InProgress,
            tickets::State::Resolved | tickets::State::Merged if satisfied => Self::Closed,
            tickets::State::Resolved | tickets::State::Merged => Self::Answered,
        }
    }

    pub const fn is_answered(self) -> bool {
        matches!(self, Self::Answered | Self::Closed)
    }
}

/// Whether the ticket has come before the tenant's duty leader: its time is over, or its ladder has
/// reached the leader's level.
pub(super) fn is_with_leader(ticket: &Ticket) -> bool {
    let climbed = usize::try_from(ticket.level + 1).unwrap_or(0);
    ticket.overdue_at.is_some()
        || ticket.round > 0
        || ticket.ladder.levels.iter().take(climbed).any(|level| level.whom.at == UnitRef::Leader)
}
