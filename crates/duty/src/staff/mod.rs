//! Staff: the officials of the tenant, the posts they hold, who is on duty, and who may act on
//! whose behalf. A phone number is sealed; a name is found by its unaccented key.

mod model;
mod sql;

pub use model::{NewPost, NewStaff, Post, Reached, Staff};
pub use sql::{acts_for, insert, insert_post, insert_shift, key, of, phone, posts_of, posts_on, reached, reached_units};
