//! The agent against real peers: sipp plays the network with scenarios written here, while the test
//! itself holds the phone's RTP socket; baresip is a whole phone.

mod bare;
mod calls;
mod early;
mod endings;
mod incoming;
mod load;
mod recording;
mod registrar;
mod srtp;
mod streams;
mod timers;
mod tls;
mod trunks;

use sip::test_peers::{baresip, peer, phone, scenario};
