//! How an attempt ends, and what a network's word about a call comes to.

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Accepted,
    PassedUp,
    /// It rang in vain.
    NotAnswered,
    /// Someone listened and did not accept.
    HeardNotAccepted,
    Busy,
    Rejected,
    Unreachable,
    /// Somebody else accepted meanwhile.
    Taken,
    /// The roster had nobody.
    Nobody,
    /// The person takes ordinary notices at the desk only; it stood there.
    NotWanted,
    /// What it was about has ended by itself.
    Withdrawn,
    /// No telephone network carried the call: none is connected to this centre, its channels are taken, no trunk
    /// answered, or the carrier declined us and not him.
    NoNetwork,
    /// The person was in another call of this centre's: our doing, not his.
    Engaged,
    /// There was somebody, but no number or address at which the level could try him.
    NoChannel,
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::PassedUp => "passed_up",
            Self::NotAnswered => "not_answered",
            Self::HeardNotAccepted => "heard_not_accepted",
            Self::Busy => "busy",
            Self::Rejected => "rejected",
            Self::Unreachable => "unreachable",
            Self::Taken => "taken",
            Self::NoNetwork => "no_network",
            Self::Engaged => "engaged",
            Self::NoChannel => "no_channel",
            Self::Nobody => "nobody",
            Self::NotWanted => "not_wanted",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The outcome that an event or a row names.
    pub fn named(text: &str) -> Option<Self> {
        use Outcome as O;
        [
            O::Accepted,
            O::PassedUp,
            O::NotAnswered,
            O::HeardNotAccepted,
            O::Busy,
            O::Rejected,
            O::Unreachable,
            O::Taken,
            O::Nobody,
            O::NotWanted,
            O::Withdrawn,
            O::NoNetwork,
            O::Engaged,
            O::NoChannel,
        ]
        .into_iter()
        .find(|outcome| outcome.as_str() == text)
    }

    /// The network has said that this person cannot be reached: no use waiting out the minute.
    pub(super) const fn climbs_at_once(self) -> bool {
        matches!(self, Self::Busy | Self::Rejected | Self::Unreachable | Self::Engaged)
    }

    /// What a call came to that nobody answered, where the network says `said`. A code that declines or fails whoever
    /// calls is our own trouble, also where the network was heard before it, or said that it rings; any other, and none
    /// at all, is so where nothing rang. What rang has had it so.
    #[must_use]
    pub fn of_vain(said: Self, rang: bool, code: Option<i16>) -> Self {
        let his = match code {
            Some(code) if says_of_the_called(code) => true,
            Some(403) => rang && said == Self::Rejected,
            Some(code) => rang && !says_of_the_caller(code),
            None => rang || said == Self::Rejected,
        };
        if his { said } else { Self::NoNetwork }
    }
}

/// SIP codes about the telephone that was called, or about its owner (RFC 3261 §21, for 607 RFC 8197): engaged,
/// declined, unknown, switched off, an incomplete number.
const fn says_of_the_called(code: i16) -> bool {
    matches!(code, 404 | 410 | 480 | 484 | 486 | 600 | 603 | 604 | 607)
}

/// SIP codes about whoever calls, or about the network itself: no password, no money, no media in common, taken for a
/// nuisance on the way (608, RFC 8688), a server's fault. Telephone networks say 403 of both, of a person's refusal
/// only once his telephone has rung (RFC 3398, cause 21): then the user agent tells it as that.
const fn says_of_the_caller(code: i16) -> bool {
    matches!(code, 401..=403 | 407 | 488 | 606 | 608 | 500..=599)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_the_network_did_not_carry_is_told_from_a_telephone_that_cannot_be_reached() {
        for code in [404, 410, 480, 484, 604] {
            assert_eq!(
                Outcome::of_vain(Outcome::Unreachable, false, Some(code)),
                Outcome::Unreachable,
                "{code}"
            );
        }
        for code in
            [None, Some(401), Some(403), Some(407), Some(408), Some(488), Some(500), Some(503), Some(606)]
        {
            assert_eq!(Outcome::of_vain(Outcome::Unreachable, false, code), Outcome::NoNetwork, "{code:?}");
        }
        assert_eq!(Outcome::of_vain(Outcome::Rejected, false, Some(403)), Outcome::NoNetwork);
        for code in [None, Some(603), Some(607)] {
            assert_eq!(Outcome::of_vain(Outcome::Rejected, false, code), Outcome::Rejected, "{code:?}");
        }
        // What has rung was carried.
        assert_eq!(Outcome::of_vain(Outcome::Rejected, true, Some(403)), Outcome::Rejected);
        assert_eq!(Outcome::of_vain(Outcome::Unreachable, true, None), Outcome::Unreachable);
        assert_eq!(Outcome::of_vain(Outcome::Unreachable, true, Some(408)), Outcome::Unreachable);
    }

    #[test]
    fn a_network_that_spoke_before_it_declined_us_has_carried_nothing() {
        for code in [401, 402, 403, 407, 488, 500, 503, 606, 608] {
            let said = Outcome::of_vain(Outcome::Unreachable, true, Some(code));
            assert_eq!(said, Outcome::NoNetwork, "{code}");
        }
        for (said, code) in [(Outcome::Busy, 486), (Outcome::Rejected, 603), (Outcome::Unreachable, 480)] {
            assert_eq!(Outcome::of_vain(said, true, Some(code)), said, "{code}");
        }
    }
}
