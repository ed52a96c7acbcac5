//! What a text is taken for.

use crate::codes::codes;
use kernel::{MatterId, TicketId};

codes! {
    /// What a text is taken for, what matters most before the rest.
    Meant in "meant" {
        Danger = "danger",
        /// To be called back.
        CallBack = "call_back",
        /// No robot's calls.
        Stop = "stop",
        /// Robot's calls again.
        Resume = "resume",
        /// Whatever somebody must read.
        Words = "words",
    }
}

/// Where a text stands on which somebody has to act.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stands {
    pub ticket: Option<TicketId>,
    pub matter: Option<MatterId>,
    /// Telephones ring anew for it.
    pub rang: bool,
}

/// What a text is taken for, and the phrases of danger found in it, without marks, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub meant: Meant,
    pub signs: Vec<String>,
}
