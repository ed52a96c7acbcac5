use crate::codes::codes;
pub use crate::{
    cards::Colour,
    gates::{By, Direction},
};
use kernel::{Error, Result};

codes! {
    /// What is unusual at a gate.
    AlertKind in "kind" {
        /// A pass that was taken back.
        Revoked = "revoked",
        Red = "red",
        /// One pass at two gates farther apart than can be travelled.
        TwoGates = "two_gates",
        /// More people inside than the place may hold.
        OverLimit = "over_limit",
    }
}

/// Why a gate came to its colour, as the gate's program names it. The place in this list is what is stored: it is
/// only ever added to at its end.
pub const REASONS: [&str; 32] = [
    "gate-has-doses",
    "gate-has-days-since-dose",
    "gate-has-negative-test",
    "gate-has-recovered",
    "gate-lacks-doses",
    "gate-lacks-days-since-dose",
    "gate-lacks-recent-dose",
    "gate-lacks-negative-test",
    "gate-lacks-days-since-recovery",
    "gate-lacks-recent-recovery",
    "gate-no-card-for-kind",
    "gate-positive-test",
    "gate-place-asks",
    "gate-place-closed",
    "gate-expired",
    "gate-not-yet-valid",
    "gate-revoked",
    "gate-status-unknown",
    "gate-signer-unknown",
    "gate-not-genuine",
    "gate-not-understood",
    "gate-only-identity",
    "gate-code-unknown",
    "gate-code-of-two",
    "gate-scan-again",
    "gate-code-mistyped",
    "gate-no-rules",
    "gate-no-trust-list",
    "gate-trust-list-too-old",
    "gate-no-code-table",
    "gate-code-table-too-old",
    // What a newer gate says and this program does not know yet.
    "gate-other",
];

/// A reason by its place in [`REASONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason(u8);

impl Reason {
    pub const REVOKED: Self = Self(16);
    const OTHER: Self = Self(31);

    /// The reason of a key; one that is not known is "other", so that a gate that is newer than the server loses
    /// no scan.
    pub fn of(key: &str) -> Self {
        let at = REASONS.iter().position(|known| *known == key);
        at.and_then(|at| u8::try_from(at).ok()).map_or(Self::OTHER, Self)
    }

    pub const fn number(self) -> u8 {
        self.0
    }

    pub(super) fn stored(number: i16) -> Result<Self> {
        let number = u8::try_from(number).ok().filter(|number| usize::from(*number) < REASONS.len());
        number.map(Self).ok_or_else(|| Error::internal("a reason of a scan has no such number"))
    }

    /// The key of its words.
    pub fn key(self) -> &'static str {
        REASONS.get(usize::from(self.0)).copied().unwrap_or("gate-other")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_keeps_its_number() {
        assert_eq!((Reason::of("gate-revoked"), Reason::REVOKED.key()), (Reason::REVOKED, "gate-revoked"));
        assert_eq!(Reason::of("gate-has-doses").number(), 0);
        assert_eq!(Reason::of("gate-of-next-year").key(), "gate-other");
        assert!(Reason::stored(32).is_err() && Reason::stored(-1).is_err());
    }
}
