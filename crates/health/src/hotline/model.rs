//! What a caller may choose, and what he is owed.

use crate::codes::codes;

codes! {
    /// What somebody calls about.
    Topic in "topic" {
        Emergency = "emergency",
        Symptoms = "symptoms",
        Report = "report",
        Support = "support",
        /// His own record.
        Record = "record",
        Person = "person",
    }
    /// What a caller is owed who was not put through.
    Owing in "kind" {
        /// He hung up while he waited.
        Missed = "missed",
        VoiceMessage = "voice_message",
        CallBack = "call_back",
        /// He told of symptoms, and nobody knows yet who he is.
        Symptoms = "symptoms",
        Emergency = "emergency",
    }
    /// What the desk may ask of a call that talks.
    Kind in "kind" {
        Hold = "hold",
        Resume = "resume",
        Transfer = "transfer",
        Listen = "listen",
    }
    /// Why something could not be done that the desk has asked for.
    Fault in "fault" {
        /// The call had ended.
        Over = "over",
        /// Somebody else talks with the caller by now.
        Changed = "changed",
        /// He cannot be rung: he is away, or in a call.
        Away = "away",
        /// His telephone rang, and nobody took the call.
        NotTaken = "not_taken",
        /// The network takes no call, or does not do what it was told.
        Network = "network",
        NoPhone = "no_phone",
    }
}

impl Topic {
    /// By the key of the menu.
    pub fn of_key(keys: &str) -> Option<Self> {
        Some(match keys {
            "1" => Self::Emergency,
            "2" => Self::Symptoms,
            "3" => Self::Report,
            "4" => Self::Support,
            "5" => Self::Record,
            "0" => Self::Person,
            _ => return None,
        })
    }

    /// Before whom somebody stands in the line.
    pub const fn priority(self) -> i16 {
        match self {
            Self::Emergency => 2,
            Self::Symptoms => 1,
            Self::Report | Self::Support | Self::Record | Self::Person => 0,
        }
    }
}

impl Owing {
    /// The kind of its matter and ticket.
    pub const fn matter(self) -> &'static str {
        match self {
            Self::Missed => "hotline_missed",
            Self::VoiceMessage => "hotline_message",
            Self::CallBack => "hotline_call_back",
            Self::Symptoms => "hotline_symptoms",
            Self::Emergency => "hotline_emergency",
        }
    }
}

/// How a visit to the hotline ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A person was spoken to.
    Served,
    /// Everything was said and done by the program.
    Done,
    /// A message was left, or a call back asked for.
    Promised { message: bool },
    /// He hung up in the menu, or in what a key of it leads to, and nothing he said is kept.
    HungUp,
    /// He waited for a person in vain.
    Abandoned,
}

/// What comes after a branch of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    End(End),
    /// To the line, before whom the priority says.
    Line(Topic, i16),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_keys_of_the_menu_choose() {
        assert_eq!(Topic::of_key("1"), Some(Topic::Emergency));
        assert_eq!(Topic::of_key("0"), Some(Topic::Person));
        for keys in ["", "6", "9", "#", "*", "11", "A"] {
            assert_eq!(Topic::of_key(keys), None, "{keys}");
        }
    }

    #[test]
    fn an_emergency_stands_before_everybody() {
        assert!(Topic::ALL.iter().all(|topic| topic.priority() <= Topic::Emergency.priority()));
        assert!(Topic::Symptoms.priority() > Topic::Report.priority());
    }
}
