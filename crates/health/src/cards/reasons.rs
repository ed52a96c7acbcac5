//! Why a card has its colour, and what its holder does next: keys of messages, each with the figures that
//! stand in it.

use jiff::civil::Date;
use kernel::dates::shown_date;
use serde::Serialize;
use std::collections::BTreeMap;

/// A number of days or doses; a code; a day as people write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Figure {
    Number(i64),
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    pub key: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<&'static str, Figure>,
}

impl Reason {
    pub fn new(key: &'static str) -> Self {
        Self { key, figures: BTreeMap::new() }
    }

    #[must_use]
    pub fn number(mut self, name: &'static str, figure: i64) -> Self {
        self.figures.insert(name, Figure::Number(figure));
        self
    }

    #[must_use]
    pub fn text(mut self, name: &'static str, figure: impl Into<String>) -> Self {
        self.figures.insert(name, Figure::Text(figure.into()));
        self
    }

    #[must_use]
    pub fn day(self, name: &'static str, day: Date) -> Self {
        self.text(name, shown_date(day))
    }

    /// The figure of this name, if it is a number.
    pub fn figure(&self, name: &str) -> Option<i64> {
        match self.figures.get(name) {
            Some(Figure::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

pub(super) const HAS_DOSES: &str = "gate-has-doses";
pub(super) const HAS_DAYS_SINCE_DOSE: &str = "gate-has-days-since-dose";
pub(super) const HAS_NEGATIVE_TEST: &str = "gate-has-negative-test";
pub(super) const HAS_RECOVERED: &str = "gate-has-recovered";
pub(super) const LACKS_DOSES: &str = "gate-lacks-doses";
pub(super) const LACKS_DAYS_SINCE_DOSE: &str = "gate-lacks-days-since-dose";
pub(super) const LACKS_RECENT_DOSE: &str = "gate-lacks-recent-dose";
pub(super) const LACKS_NEGATIVE_TEST: &str = "gate-lacks-negative-test";
pub(super) const LACKS_DAYS_SINCE_RECOVERY: &str = "gate-lacks-days-since-recovery";
pub(super) const LACKS_RECENT_RECOVERY: &str = "gate-lacks-recent-recovery";
pub(super) const NO_CARD_FOR_KIND: &str = "gate-no-card-for-kind";
pub(super) const PLACE_ASKS: &str = "gate-place-asks";
pub(super) const PLACE_CLOSED: &str = "gate-place-closed";
pub(super) const NO_RULES: &str = "gate-no-rules";

/// What a verdict of this room names, of the keys that gates know (`web/src/gate/reasons.ts`).
pub const REASONS: [&str; 14] = [
    HAS_DOSES,
    HAS_DAYS_SINCE_DOSE,
    HAS_NEGATIVE_TEST,
    HAS_RECOVERED,
    LACKS_DOSES,
    LACKS_DAYS_SINCE_DOSE,
    LACKS_RECENT_DOSE,
    LACKS_NEGATIVE_TEST,
    LACKS_DAYS_SINCE_RECOVERY,
    LACKS_RECENT_RECOVERY,
    NO_CARD_FOR_KIND,
    PLACE_ASKS,
    PLACE_CLOSED,
    NO_RULES,
];

pub(super) const ILL: &str = "card-ill";
pub(super) const ISOLATED: &str = "card-isolated";

/// What only the person himself is told.
pub const OWN: [&str; 2] = [ILL, ISOLATED];

pub(super) const NEXT_ILL: &str = "card-next-ill";
pub(super) const NEXT_ISOLATED: &str = "card-next-isolated";
pub(super) const NEXT_UNPROVEN: &str = "card-next-unproven";
pub(super) const NEXT_LACKS_DOSES: &str = "card-next-lacks-doses";
pub(super) const NEXT_DAYS_SINCE_DOSE: &str = "card-next-lacks-days-since-dose";
pub(super) const NEXT_DAYS_SINCE_DOSE_ON: &str = "card-next-lacks-days-since-dose-on";
pub(super) const NEXT_RECENT_DOSE: &str = "card-next-lacks-recent-dose";
pub(super) const NEXT_NEGATIVE_TEST: &str = "card-next-lacks-negative-test";
pub(super) const NEXT_DAYS_SINCE_RECOVERY: &str = "card-next-lacks-days-since-recovery";
pub(super) const NEXT_DAYS_SINCE_RECOVERY_ON: &str = "card-next-lacks-days-since-recovery-on";
pub(super) const NEXT_RECENT_RECOVERY: &str = "card-next-lacks-recent-recovery";
pub(super) const NEXT_NO_CARD_FOR_KIND: &str = "card-next-no-card-for-kind";
pub(super) const NEXT_NO_RULES: &str = "card-next-no-rules";
pub(super) const NEXT_TURNS: &str = "card-next-turns";
pub(super) const NEXT_LASTS: &str = "card-next-lasts";

/// What a person is told to do, and when.
pub const NEXT: [&str; 15] = [
    NEXT_ILL,
    NEXT_ISOLATED,
    NEXT_UNPROVEN,
    NEXT_LACKS_DOSES,
    NEXT_DAYS_SINCE_DOSE,
    NEXT_DAYS_SINCE_DOSE_ON,
    NEXT_RECENT_DOSE,
    NEXT_NEGATIVE_TEST,
    NEXT_DAYS_SINCE_RECOVERY,
    NEXT_DAYS_SINCE_RECOVERY_ON,
    NEXT_RECENT_RECOVERY,
    NEXT_NO_CARD_FOR_KIND,
    NEXT_NO_RULES,
    NEXT_TURNS,
    NEXT_LASTS,
];
