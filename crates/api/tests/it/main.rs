//! Machines at the door.

mod heartbeats;
