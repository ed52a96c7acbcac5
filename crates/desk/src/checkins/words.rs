//! Words of scans, by the values that are stored.

use health::{
    checkins::{AlertKind, Reason},
    gates::Direction,
    passes::Standing,
};
use pages::{Words, words::heading};

/// Why somebody was turned away. A gate says it with figures of the one person; here it stands for many.
pub(super) fn reason(w: Words, reason: Reason) -> String {
    let of_many = reason.key().replacen("gate-", "checkins-why-", 1);
    w.by_key(if w.has(&of_many) { of_many.as_str() } else { reason.key() })
}

pub(super) fn alert(w: Words, kind: AlertKind) -> String {
    w.by_key(&format!("checkins-alert-{}", kind.as_str().replace('_', "-")))
}

/// A colour by its word, as a line begins.
pub(super) fn colour(w: Words, colour: &str) -> String {
    heading(&w.by_key(&format!("gate-colour-{colour}")))
}

pub(super) fn direction(w: Words, direction: Direction) -> String {
    w.by_key(&format!("checkins-direction-{}", direction.as_str()))
}

/// Whose passes they are, by the name of their kind.
pub(super) fn kind(w: Words, name: &str) -> String {
    heading(&w.by_key(&format!("gate-kind-{name}")))
}

pub(super) fn standing(w: Words, standing: Standing) -> String {
    w.by_key(&format!("checkins-standing-{}", standing.as_str()))
}
