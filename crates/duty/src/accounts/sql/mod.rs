//! The statements of this area, by table.

pub(super) mod accounts;
pub(super) mod delegations;
pub(super) mod links;
pub(super) mod passkeys;
pub(super) mod sessions;
pub(super) mod tries;

use jiff::Timestamp;

fn jiff(at: Option<jiff_sqlx::Timestamp>) -> Option<Timestamp> {
    at.map(jiff_sqlx::Timestamp::to_jiff)
}
