//! The binary, as people at the machine run it.

mod tenants;
