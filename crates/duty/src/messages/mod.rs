//! Reaching people. Ports to the outside are traits here; `gateways` holds their real and simulated
//! sides. The ladder never waits for any of them: it records an attempt and a job in its own
//! transaction, and what becomes of the attempt is reported back by the engine in [`calls`].

pub mod calls;
pub mod voice;

pub use calls::{HangUps, PlaceCall};
pub use voice::{CallEvent, Placing, Voice};
