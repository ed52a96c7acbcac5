//! Staff: the officials of the tenant, the posts they hold, who is on duty, and who may act on
//! whose behalf. A phone number is sealed; a name is found by its unaccented key.

mod model;
mod sql;

pub use model::{Badge, NewPost, NewStaff, Post, Reached, Staff};
pub use sql::{acts_for, badges, insert, insert_post, insert_shift, key, of, phone, posts_at, posts_of, reached, reached_units};
