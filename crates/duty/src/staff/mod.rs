//! Staff: the officials of the tenant, the posts they hold, who is on duty, and who may act on
//! whose behalf. A phone number is sealed; a name is found by its unaccented key.

mod edit;
mod edit_sql;
mod find;
mod import;
mod model;
mod sql;

pub use model::{Badge, Contact, NewPost, NewStaff, Post, PostRow, Reached, Staff};
pub use sql::{
    acts_for, badges, email, insert, insert_post, insert_shift, key, of, phone, posts_at, posts_of, posts_on,
    reached, reached_units,
};

pub(crate) use edit::leave;
pub use edit::{appoint, correct, described, end_post, take_on};
pub use edit_sql::{contacts, head_of, holders, post_rows};
pub use find::{Filter, PAGE, find, named, seen};
pub use import::{COLUMNS, Import, import};
