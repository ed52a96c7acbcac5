//! Machines at the door.

mod gates;
mod heartbeats;
