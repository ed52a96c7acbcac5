//! Gates: where passes are scanned, at checkpoints and at the doors of shops, offices and schools. A gate
//! has a poster whose code opens its public page; that code is no secret.
//!
//! A telephone becomes a gate's device by an invite that works once and for a quarter of an hour: a leader
//! shows it at the desk, or the owner of a shop has it made after a code sent to the telephone on record of
//! his organisation. It then holds a token of 32 random bytes, of which only a keyed hash is kept here. What
//! is removed is unknown at its next request.
//!
//! A device says when it lives and what its clock says whenever it asks for something; a gate that is there
//! and that nothing was heard of for an hour is silent. No ticket opens for that: a shop is closed at night,
//! and a checkpoint may be off the network for a day.
//!
//! Zone and level of a gate are dated: set from a day on, never changed for the days before.

mod act;
mod devices;
mod invites;
mod law;
mod list;
mod model;
mod owners;
mod poster;
mod sent;
mod signs;
mod sql;
mod sql_devices;
mod sql_owners;
mod supplies;

pub use act::{edit, make, new_poster, set_zone};
pub use devices::{Device, Devices, device, remove};
pub use invites::{Enrolled, Invite, enrol, enrol_again, invite};
pub use law::{closed, limit};
pub use list::{Asked, Found, Known, Listed, Numbers, One, at, find, list, numbers, of, of_poster};
pub use model::{CLOCK_TOLERATED, Gate, Kind, NewGate, Role, SILENT_AFTER, Setting, Zone};
pub(crate) use owners::phone_on_record;
pub use owners::{
    Owned, Owner, OwnerTries, owned, owner_invite, owner_remove, owner_tries, prove, send_code,
};
pub use poster::poster;
pub use sent::{By, Direction, MOST_SCANS, Refused, Scan, SelfCheckIn, Sent, check_in, read};
pub use sql::move_to_ward;
pub(crate) use sql::{active, at_place, by_name};
pub(crate) use sql_owners::forget_codes;
pub use supplies::{Secrets, Supplies, secrets, status_list, supplies};
