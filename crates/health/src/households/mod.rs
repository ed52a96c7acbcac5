//! Households: who lives together is cared for together. One household has one number at which it is
//! called, one page, one code for its diary, and the units that answer for it.
//!
//! The units beside the station are given by load: no team is given more than it can carry by the
//! program itself, and whoever gives it more sees that he does. Two households that turn out to be one
//! become one; the row of the other stays and points there.
//!
//! Sight follows those units and not the ward alone: a care team sees the households it was given
//! and no others. Whoever holds the code of a diary is the household itself; no account is needed.

mod assign;
mod code;
mod join;
mod keyed;
mod members;
mod model;
mod open;
mod sight;
mod spread;
mod sql;
mod sql_assign;
mod sql_join;
mod sql_list;
mod sql_number;
mod sql_place;

pub use assign::{Balance, Proposal, apply, assign, balance, proposal};
pub(crate) use code::{code_to_send, of_code};
pub use code::{has_code, issue_code, revoke_code};
pub(crate) use join::join;
pub use join::{Near, all_of, near, stays};
pub use keyed::{at_number, seen_at_number};
pub(crate) use keyed::{code_at_number, followed_at_number};
pub use members::add_member;
pub(crate) use members::leave;
pub(crate) use model::Standing;
pub use model::{Edit, Home, Member, NewMember, Oxygen, Relation};
pub(crate) use open::of_person;
pub(crate) use sight::{answered_by, claim, seen_by, units_of};
pub use sight::{answering, edit, find, home_of, open_contact};
pub use spread::{Load, Lone, Placing};
pub(crate) use sql::{
    Kept, clear_erased, home_of as lives_in, kept, lock, lock_all, members_of, queue_up, stand, stations,
};
pub use sql_list::Placed;
pub(crate) use sql_list::{from_rank, placed, ranks};
pub(crate) use sql_place::{displace, place};
