//! A whole centre for one test: a database of its own cloned from a template, a clock that stands
//! still, a seeded generator, a tenant from a real pack, and builders for the people in it.

mod centre;
mod database;
mod people;
pub mod routes;

pub use centre::{TestCentre, door};
pub use database::TestDatabase;
pub use people::StaffBuilder;

/// Folder with real input (`VX_TEST_DATA`); `None` prints that the test is skipped.
pub fn test_data(needs: &str) -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("VX_TEST_DATA").map(std::path::PathBuf::from);
    let file = folder.map(|folder| folder.join(needs)).filter(|path| path.exists());
    if file.is_none() {
        println!("skipped: needs VX_TEST_DATA/{needs}");
    }
    file
}
