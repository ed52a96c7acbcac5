//! A tenant is a district (or a ward, or a town) that runs its own centre. It is made from a
//! *pack*: a folder of TOML files that says what its units are, who answers for what, and by which
//! ladders; `packs/README.md` describes the files. Identity is the tenant's own id; the
//! administrative code and name are facts about it that may change.

mod actions;
pub mod pack;

pub use actions::{Tenant, create, find};
pub use pack::Pack;
