//! Households: who lives together is cared for together. One household has one number at which it is
//! called, one page, one code for its diary, and the units that answer for it.
//!
//! Sight follows those units and not the ward alone: a care team sees the households it was given
//! and no others. Whoever holds the code of a diary is the household itself; no account is needed.

mod code;
mod members;
mod model;
mod open;
mod sight;
mod sql;
mod sql_list;

pub(crate) use code::of_code;
pub use code::{issue_code, revoke_code};
pub use members::{add_member, leave};
pub(crate) use model::Standing;
pub use model::{Edit, Home, Member, NewMember, Oxygen, Relation};
pub(crate) use open::of_person;
pub use sight::{answering, edit, find, home_of, open_contact};
pub(crate) use sight::{claim, seen_by, units_of};
pub(crate) use sql::{
    Kept, clear_erased, home_of as lives_in, kept, lock, lock_all, members_of, stand, stations,
};
pub use sql_list::Placed;
pub(crate) use sql_list::{from_rank, placed, ranks};
