//! Stories over the whole path from a text to its verdict.

mod certificates;
mod craft;
mod dgc;
mod identities;
mod make;
mod make_hcert;
mod make_lists;
mod mutations;
mod passes;
mod status;
mod vectors;
