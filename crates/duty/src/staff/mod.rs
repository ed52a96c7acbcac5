//! Staff: the officials of the tenant, the posts they hold, who is on duty, and who may act on
//! whose behalf. A phone number is sealed; a name is found by its unaccented key.

mod edit;
mod edit_sql;
mod import;
mod model;
mod sql;

pub(crate) use edit::leave;
pub use edit::{appoint, correct, delegate, described, end_delegation, end_post, take_on};
pub use edit_sql::{contacts, head_of, holders, post_rows};
pub use import::{COLUMNS, Import, import};
pub use model::{Contact, NewPost, NewStaff, Post, PostRow, Reached, Staff};
pub use sql::{
    acts_for, insert, insert_post, insert_shift, key, of, phone, posts_of, reached, reached_units,
};
