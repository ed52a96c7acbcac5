//! Accounts: how officials come in, stay in and go. One account for one member of staff, opened by
//! a one-time link, entered by password and authenticator code or by a passkey alone.
//!
//! States: `invited` (a link waits) → `active` ⇄ `locked` (by an administrator) → `closed` (has
//! left). Five wrong tries shut the door for passwords for 15 minutes, doubling each time; a
//! passkey cannot be guessed, so it still opens. Who has lost a factor is let in again by a second
//! person, an administrator, and both stand on the record; a leader, an auditor or an administrator
//! only after a third has released the link ([`release`]). Every step is an event; none holds an
//! address or what browser it was.
//!
//! Nothing outside says which of login, password and code was wrong, or that a login exists: the
//! answer and its cost are the same.

mod acting;
mod agent;
pub mod csrf;
mod door;
mod links;
mod manage;
mod model;
mod passkeys;
mod password;
mod people;
mod release;
mod sessions;
mod sign_in;
mod sql;
mod sweep;
mod throttle;
mod totp;

pub use acting::{
    Delegation, NewDelegation, act_for, delegate, delegations, end_delegation, own_delegations, stop_acting,
};
pub use door::Door;
pub use links::{
    Acceptance, Offer, Second, accept, first_administrator, invite, offer, recover, recover_login,
};
pub use manage::{change_password, finish_totp, prefer, remove_passkey, start_totp};
pub use model::{Before, Language, Purpose, State, Theme};
pub use passkeys::{
    Ceremony, Key, add_passkey, confirm_with_passkey, keys_of, sign_in_with_passkey, start_passkey,
    start_passkey_for, start_passkey_sign_in,
};
pub use password::Cost;
pub use people::{Overview, close, list, lock, of, unlock};
pub use release::{Waiting, release, waiting as waiting_links, withdraw as withdraw_link};
pub use sessions::{Open, Signed, authenticate, confirm, end_session, enter, open_sessions, seen, sign_out};
pub use sign_in::{Attempt, SignedIn, demo_sign_in, sign_in};
pub use sweep::Sweep;
pub use throttle::count_wrong_key;
pub use totp::Enrolment;
