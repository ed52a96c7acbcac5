//! The migrations are read when the crate is compiled: a new one alone must compile it anew.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
