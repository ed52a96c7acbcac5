//! Peers for tests, here and in the crates above: sipp plays the network with scenarios written in
//! Rust, while the test itself holds the phone's RTP socket; baresip is a whole phone. A test that
//! finds neither program says so and passes.

pub mod baresip;
pub mod peer;
pub mod phone;
pub mod scenario;
pub mod tls;
