//! What passes are called.

use health::passes::{Reason, Standing, Whose};
use pages::{Words, words::heading};
use pass::{Force, Kind};

/// "Cá nhân"
pub fn kind(w: Words, kind: Kind) -> String {
    heading(&w.by_key(&format!("gate-kind-{}", kind.name())))
}

/// "Người giao hàng"
pub fn force(w: Words, force: Force) -> String {
    w.by_key(&format!("gate-force-{}", force.number()))
}

/// The kind, or what a member of a force does.
pub fn whose(w: Words, whose: Whose) -> String {
    whose.force().map_or_else(|| kind(w, whose.kind()), |one| force(w, one))
}

pub fn standing(w: Words, standing: Standing) -> String {
    w.by_key(&format!("passes-standing-{}", standing.as_str()))
}

/// How urgently the standing looks.
pub const fn tone(standing: Standing) -> &'static str {
    match standing {
        Standing::Good => "calm",
        Standing::Suspended => "soon",
        Standing::Revoked | Standing::Replaced => "late",
    }
}

pub fn reason(w: Words, reason: Reason) -> String {
    w.by_key(&format!("passes-reason-{}", reason.as_str()))
}
