//! The shape of the house: rooms (crates) in their order, areas (modules of a crate) in the order
//! their `lib.rs` lists them, names and lengths of files.

mod areas;
mod files;
mod rooms;
mod tokens;

use crate::{Outcome, workspace};

pub fn run(graph: bool) -> Outcome {
    let mut faults = Vec::new();
    for name in workspace::crates()? {
        rooms::check(&name, &mut faults)?;
        areas::check(&name, graph, &mut faults)?;
    }
    files::check(&mut faults)?;
    if faults.is_empty() {
        println!("rooms, areas and files stand in order");
        return Ok(());
    }
    Err(format!("the house is out of shape:\n  {}", faults.join("\n  ")))
}
