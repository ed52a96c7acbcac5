//! The gazetteer of the wards: streets, the alleys off them, apartment blocks, and in which khu phố or tổ
//! dân phố their houses lie. It says where an address belongs that does not name its tổ itself, so that
//! people and households can be counted by it. A ward without a gazetteer loses nothing but that.

mod act;
mod listed;
mod model;
mod sql;
mod sql_listed;

pub use act::{Added, add, find, quarter_of};
pub(crate) use act::{laid, move_to_ward, quarter_named, quarters_of};
pub(crate) use listed::{Listed, add_listed, take_back};
pub use model::{Kind, NewStreet, Street};
