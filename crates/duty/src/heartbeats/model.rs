use jiff::{SignedDuration, Timestamp};
use kernel::{Error, HeartbeatId, Result, TicketId};
use sqlx::types::Uuid;

/// How an instance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    NotConnected,
    Alive,
    Silent,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotConnected => "not_connected",
            Self::Alive => "alive",
            Self::Silent => "silent",
        }
    }
}

/// One line of the data-sources page.
#[derive(Clone, Debug)]
pub struct Status {
    pub code: String,
    pub name_vi: String,
    pub name_en: String,
    /// Code of the unit that answers for it.
    pub responsible: String,
    /// `None` for the only one of its code, or where nothing has connected yet.
    pub instance: Option<String>,
    pub state: State,
    pub last_beat_at: Option<Timestamp>,
    /// The ticket of the present silence, or the one still open from the last.
    pub ticket: Option<TicketId>,
    /// What it said when it could not beat, until it beats again.
    pub failing_since: Option<Timestamp>,
    pub last_error: Option<String>,
}

impl Status {
    pub fn name_in(&self, language: &str) -> &str {
        if language == "en" { &self.name_en } else { &self.name_vi }
    }
}

/// What the pack says about a code.
#[derive(Clone, Debug)]
pub(super) struct Heartbeat {
    pub id: HeartbeatId,
    pub name_vi: String,
    pub name_en: String,
    pub every: SignedDuration,
    pub grace: SignedDuration,
    pub responsible: String,
    pub ladder: String,
}

impl Heartbeat {
    /// When a beat of `at` is no longer enough.
    pub fn missed_at(&self, at: Timestamp) -> Timestamp {
        at + self.every + self.grace
    }

    /// The name with its instance, in Vietnamese and English.
    pub fn names(&self, instance: &str) -> (String, String) {
        let with =
            |name: &str| if instance.is_empty() { name.to_owned() } else { format!("{name} ({instance})") };
        (with(&self.name_vi), with(&self.name_en))
    }
}

/// An instance as kept, locked.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub id: Uuid,
    pub name: String,
    pub last_beat_at: Option<Timestamp>,
    pub generation: i32,
    pub silent_since: Option<Timestamp>,
    pub ticket: Option<TicketId>,
    pub failing_since: Option<Timestamp>,
    pub last_error: Option<String>,
}

/// Longest name of an instance, in characters.
const NAME_CAP: usize = 60;

/// The name of an instance ("3", "camera 12"), trimmed; empty for the only one.
pub(super) fn instance_name(text: &str) -> Result<&str> {
    let text = text.trim();
    let sound = text.chars().count() <= NAME_CAP && !text.chars().any(char::is_control);
    if sound { Ok(text) } else { Err(Error::invalid("instance", "error-heartbeat-instance")) }
}

/// "1 giờ 5 phút", for the words of a ticket.
pub(super) fn spoken(span: SignedDuration) -> String {
    let minutes = span.as_mins();
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{} giây", span.as_secs()),
        (0, minutes) => format!("{minutes} phút"),
        (hours, 0) => format!("{hours} giờ"),
        (hours, minutes) => format!("{hours} giờ {minutes} phút"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_have_short_plain_names() {
        assert_eq!(instance_name("  chốt 3 ").unwrap(), "chốt 3");
        assert_eq!(instance_name("").unwrap(), "");
        assert!(instance_name(&"x".repeat(61)).is_err());
        assert!(instance_name("a\u{0}b").is_err());
    }

    #[test]
    fn spans_are_spoken() {
        for (seconds, words) in [(40, "40 giây"), (60, "1 phút"), (3600, "1 giờ"), (3900, "1 giờ 5 phút")]
        {
            assert_eq!(spoken(SignedDuration::from_secs(seconds)), words);
        }
    }
}
