//! The order of the morning list: whoever stands highest is called first. The numbers are our own
//! choice; no guideline orders the calls of a station.

use crate::{alerts::Grade, risk::Group};

/// How it stands with somebody's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Nobody has been reached since the plan was opened.
    Never,
    /// So many entries in a row are missing.
    Missed(i16),
    /// One is owed now and not late.
    Owed,
    /// Nothing is owed now.
    Done,
}

/// From so many missed entries on one more makes no difference: before that a ticket has opened.
const MOST_MISSED: i16 = 4;

/// A place in the order from the risk, the worst alert that nobody has ended, and the silence.
pub fn rank(risk: Group, open: Option<Grade>, silence: Silence) -> i16 {
    let risk = match risk {
        Group::VeryHigh => 60,
        Group::High => 40,
        Group::Medium => 20,
        Group::Unknown => 10,
        Group::Low => 0,
    };
    match (open, silence) {
        (Some(Grade::Emergency), _) => 900,
        (Some(Grade::Today), _) => 700,
        (_, Silence::Never) => 500 + risk,
        (_, Silence::Missed(missed)) => 300 + 40 * missed.clamp(1, MOST_MISSED) + risk,
        (Some(Grade::Watch), Silence::Owed) => 250 + risk,
        (Some(Grade::Watch), Silence::Done) => 65 + risk / 2,
        (_, Silence::Owed) => 100 + risk,
        (_, Silence::Done) => risk,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_stands_by_danger_then_silence_then_risk() {
        use Silence::{Done, Missed, Never, Owed};
        for (risk, open, silence, expected) in [
            (Group::Low, Some(Grade::Emergency), Done, 900),
            (Group::VeryHigh, Some(Grade::Today), Never, 700),
            (Group::VeryHigh, None, Never, 560),
            (Group::High, Some(Grade::Watch), Missed(9), 500),
            (Group::Low, None, Missed(4), 460),
            (Group::Medium, None, Missed(1), 360),
            (Group::Low, Some(Grade::Watch), Missed(1), 340),
            (Group::Unknown, Some(Grade::Watch), Owed, 260),
            (Group::Low, Some(Grade::Watch), Done, 65),
            (Group::VeryHigh, Some(Grade::Watch), Done, 95),
            (Group::VeryHigh, None, Owed, 160),
            (Group::Low, None, Owed, 100),
            (Group::Unknown, Some(Grade::Well), Done, 10),
            (Group::Low, None, Done, 0),
        ] {
            assert_eq!(rank(risk, open, silence), expected, "{risk:?} {open:?} {silence:?}");
        }
    }

    #[test]
    fn too_little_known_stands_above_low_and_below_the_others() {
        let done = |risk| rank(risk, None, Silence::Done);
        assert!(done(Group::Low) < done(Group::Unknown) && done(Group::Unknown) < done(Group::Medium));
    }
}
