use crate::lines::{Happened, Side};
use jiff::{SignedDuration, Timestamp};
use kernel::{CallId, Error, Phone, Result, StaffId, UnitId};
use std::str::FromStr;
use uuid::Uuid;

/// Declares an enum that is stored and sent as one word each.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident in $field:literal { $($(#[$note:meta])* $variant:ident = $text:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$note])* $variant),+ }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
                    .ok_or(Error::invalid($field, "error-choice-unknown"))
            }
        }
    )+};
}

words! {
    Direction in "direction" {
        Out = "out",
        In = "in",
    }

    /// What a call is for. Calls of ladders have their own rows.
    Purpose in "purpose" {
        /// By a robot.
        Care = "care",
        /// Whoever is on duty, fetched into a robot's call.
        Fetched = "fetched",
        Hotline = "hotline",
        /// What somebody is owed who called in vain.
        CallBack = "call_back",
        /// Asked for by an operator.
        Desk = "desk",
        Test = "test",
    }

    /// How a call ended.
    Outcome in "outcome" {
        /// All that was to be said has been said.
        Completed = "completed",
        /// Some of it.
        Partial = "partial",
        /// Whoever answered did not want to be asked.
        Refused = "refused",
        /// The other side hung up in the middle.
        HungUp = "hung_up",
        Busy = "busy",
        Rejected = "rejected",
        Unreachable = "unreachable",
        NoAnswer = "no_answer",
        /// Given up by whoever waited: a caller in the queue, an operator while it rang.
        Abandoned = "abandoned",
        /// With the process or the network that held it.
        Lost = "lost",
        /// Answered while our giving up was on its way.
        TooLate = "too_late",
        /// It could not be placed.
        Failed = "failed",
        Voicemail = "voicemail",
        /// Went on with a person.
        HandedOver = "handed_over",
    }

    /// What an operator says came of a call.
    Disposition in "disposition" {
        Answered = "answered",
        Ticket = "ticket",
        PassedOn = "passed_on",
        CallBack = "call_back",
        NotReached = "not_reached",
        WrongNumber = "wrong_number",
        Other = "other",
    }

    /// How an operator stands.
    Presence in "presence" {
        /// May be rung.
        Ready = "ready",
        Talking = "talking",
        /// Writes up the call that has ended.
        Writing = "writing",
        Away = "away",
    }

    /// What a recording holds.
    Kind in "kind" {
        Whole = "whole",
        VoiceMessage = "voice_message",
    }
}

impl Purpose {
    /// Those that an operator makes, or answers, himself.
    pub const fn is_peoples(self) -> bool {
        matches!(self, Self::Hotline | Self::CallBack | Self::Desk)
    }
}

impl Outcome {
    /// What something that happened ends a call as, with the code of the network; `None` for what ends none.
    pub const fn of(what: &Happened) -> Option<(Self, Option<i16>)> {
        match what {
            Happened::Busy(code) => Some((Self::Busy, Some(*code))),
            Happened::Rejected(code) => Some((Self::Rejected, Some(*code))),
            Happened::Unreachable(code) => Some((Self::Unreachable, *code)),
            Happened::NoAnswer => Some((Self::NoAnswer, None)),
            Happened::Ended(Side::Network) => Some((Self::Lost, None)),
            Happened::Ended(Side::Us | Side::Them) => Some((Self::Completed, None)),
            Happened::AnsweredTooLate => Some((Self::TooLate, None)),
            _ => None,
        }
    }
}

/// A call that begins.
#[derive(Clone, Debug)]
pub struct NewCall<'a> {
    pub id: CallId,
    pub direction: Direction,
    pub purpose: Purpose,
    /// A household, a ticket, …; another call makes this one its leg.
    pub object: Option<Uuid>,
    /// Who is called, or who calls as the network says.
    pub number: Option<&'a str>,
    pub unit: Option<UnitId>,
    pub staff: Option<StaffId>,
    pub trunk: Option<&'a str>,
}

/// How a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not yet at the other side.
    Dialling,
    Ringing,
    /// For an operator.
    Waiting,
    Talking,
    Ended,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dialling => "dialling",
            Self::Ringing => "ringing",
            Self::Waiting => "waiting",
            Self::Talking => "talking",
            Self::Ended => "ended",
        }
    }
}

/// A call as kept, its number masked.
#[derive(Clone, Debug)]
pub struct Call {
    pub id: CallId,
    pub direction: Direction,
    pub purpose: Purpose,
    pub object: Option<Uuid>,
    /// The call that this one is a leg of.
    pub leg_of: Option<CallId>,
    pub number_masked: Option<String>,
    pub unit: Option<UnitId>,
    /// Who asked for it.
    pub staff: Option<StaffId>,
    pub trunk: Option<String>,
    pub began_at: Timestamp,
    pub invited_at: Option<Timestamp>,
    pub ringing_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub outcome: Option<Outcome>,
    pub sip_code: Option<i16>,
    /// What it waits about.
    pub topic: Option<String>,
    pub waiting_since: Option<Timestamp>,
    pub served_at: Option<Timestamp>,
    pub served_by: Option<StaffId>,
    pub disposition: Option<Disposition>,
    pub note: Option<String>,
    pub disposed_at: Option<Timestamp>,
    pub disposed_by: Option<StaffId>,
}

impl Call {
    pub const fn state(&self) -> State {
        if self.ended_at.is_some() {
            State::Ended
        } else if self.waiting_since.is_some() && self.served_at.is_none() {
            State::Waiting
        } else if self.answered_at.is_some() {
            State::Talking
        } else if self.ringing_at.is_some() {
            State::Ringing
        } else {
            State::Dialling
        }
    }

    /// Since when it stands as it does.
    pub fn since(&self) -> Timestamp {
        let waiting = self.waiting_since.filter(|_| self.served_at.is_none());
        let met = self.served_at.or(self.answered_at).or(self.ringing_at).or(self.invited_at);
        self.ended_at.or(waiting).or(met).unwrap_or(self.began_at)
    }

    /// The operator who has it, or had it.
    pub fn operator(&self) -> Option<StaffId> {
        self.served_by.or(self.staff)
    }

    /// How long somebody waited for an operator, until now where he still does.
    pub fn waited(&self, now: Timestamp) -> Option<SignedDuration> {
        let until = self.served_at.or(self.ended_at).unwrap_or(now);
        self.waiting_since.map(|since| until.duration_since(since))
    }

    /// How long it was talked, once it has ended.
    pub fn talked(&self) -> Option<SignedDuration> {
        Some(self.ended_at?.duration_since(self.answered_at?))
    }
}

/// A number as it is kept and looked up: E.164 where it is one, else as the network tells it.
pub(super) fn canonical(number: &str) -> String {
    Phone::parse(number).map_or_else(|_| number.trim().to_owned(), |phone| phone.as_e164().to_owned())
}

/// For lists and screens: `0903 ··· 456`. A short number names nobody.
pub(super) fn masked(number: &str) -> String {
    if let Ok(phone) = Phone::parse(number) {
        return phone.masked();
    }
    let chars: Vec<char> = number.chars().collect();
    match chars.len() {
        0..=5 => number.to_owned(),
        n => format!("··· {}", chars[n - 3..].iter().collect::<String>()),
    }
}

/// What an operator dials: a telephone number, a service (115, 1900…) or an extension of the house.
///
/// Errors: those of `kernel::Phone`, in `number`.
pub(super) fn dialled(text: &str) -> Result<String> {
    match Phone::parse(text) {
        Ok(phone) => Ok(phone.as_e164().to_owned()),
        Err(error) if error.key == "error-phone-short" => {
            Ok(text.chars().filter(char::is_ascii_digit).collect())
        }
        Err(error) => Err(Error::invalid("number", error.key)),
    }
}

/// Longest extension in digits.
const LONGEST_EXTENSION: usize = 8;

/// Where an operator's telephone is rung: a number, or the name of a telephone at our own exchange.
///
/// Errors: `extension`: `error-extension-format`.
pub(super) fn extension(text: &str) -> Result<String> {
    let text = text.trim();
    if let Ok(phone) = Phone::parse(text) {
        return Ok(phone.as_e164().to_owned());
    }
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    // Digits that are no number of ours would still be dialled as one.
    let dialled = text.chars().all(|c| c.is_ascii_digit()) && text.len() > LONGEST_EXTENSION;
    if plain && !dialled && (2..=32).contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        Err(Error::invalid("extension", "error-extension-format"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked_whatever_they_are() {
        assert_eq!(masked("+84903123456"), "0903 ··· 456");
        assert_eq!(masked("201"), "201");
        assert_eq!(masked("anonymous-caller"), "··· ler");
        assert_eq!(canonical("0903 123 456"), "+84903123456");
    }

    #[test]
    fn services_and_extensions_can_be_dialled_and_nonsense_cannot() {
        assert_eq!(dialled("0903 123 456").unwrap(), "+84903123456");
        assert_eq!(dialled("115").unwrap(), "115");
        assert!(matches!(dialled(""), Err(Error::Invalid { field: "number", key: "error-phone-empty" })));
        assert!(dialled("gọi bác sĩ").is_err());
        assert_eq!(extension("0903123456").unwrap(), "+84903123456");
        assert_eq!(extension(" ban-truc.1 ").unwrap(), "ban-truc.1");
        for wrong in ["", "1", "a@b", "máy 1", "sip:201;x", "00855123456789012345", "123456789"] {
            assert!(extension(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_ends_a_call_has_a_word_and_what_does_not_has_none() {
        assert_eq!(Outcome::of(&Happened::Busy(486)), Some((Outcome::Busy, Some(486))));
        assert_eq!(Outcome::of(&Happened::Ended(Side::Network)), Some((Outcome::Lost, None)));
        assert_eq!(Outcome::of(&Happened::Ringing), None);
        for outcome in Outcome::ALL {
            assert_eq!(outcome.as_str().parse::<Outcome>().unwrap(), *outcome);
        }
    }
}
