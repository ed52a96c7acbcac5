//! Staff: the officials of the tenant, the posts they hold, who is on duty, and who may act on
//! whose behalf. A phone number is sealed; a name is found by its unaccented key.

mod edit;
mod edit_sql;
mod find;
mod import;
mod model;
mod sql;

pub use model::{Badge, Contact, NewPost, NewStaff, Post, PostRow, PostSpec, Reached, Staff};
pub use sql::{
    acts_for, badges, email, heard_units, insert, insert_post, insert_shift, key, of, phone, posts_at,
    posts_of, posts_on, reached, reached_units,
};

pub use edit::{appoint, correct, described, take_on};
pub(crate) use edit::{end_post, leave};
pub(crate) use edit_sql::{able_to_stand, tenures};
pub use edit_sql::{by_phone, contacts, head_of, holders, post_rows};
pub use find::{Filter, PAGE, find, named, seen};
pub use import::{COLUMNS, import, role_named};
pub(crate) use sql::opened_phone;
