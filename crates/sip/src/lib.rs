//! Our own telephone: a SIP user agent (RFC 3261) with its media, over UDP, TCP and TLS.
//!
//! [`Agent`] listens at one address, registers with its [`Trunk`]s where they ask for it, places calls
//! ([`Agent::call`]) and offers those that come in ([`Incoming`]). A [`Call`] plays, records, presses keys, is
//! bridged with another, listened to and hung up; everything that happens to it comes as [`Event`]s with their times.
//! Signalling is `rsipstack`'s, pinned, for its interface changes from version to version; session
//! descriptions, RTP, keys and recording are ours.
//!
//! Traps that shaped it:
//!
//! - **A watchdog must not wait for the INVITE.** To a peer that says nothing the stack's INVITE lasts 32 s
//!   (Timer B), and a CANCEL must wait for a provisional response. We report on time and see to the
//!   rest behind the caller's back.
//! - **A 200 may cross our CANCEL.** It is acknowledged, ended with a BYE and told as `AnsweredTooLate`; the call
//!   that was reported as unanswered never stands.
//! - **No answer is a fact about a person, silence of a network is not.** Without a 18x nobody's phone rang: that
//!   is `Unreachable`, never `NoAnswer`. And `Answered` may be a voicemail; ask for a key.
//! - **What is heard before the answer is the network**, not the person: it is listened to and recorded, but nothing
//!   is said to it, and a key in it counts for nothing.
//! - **CANCEL goes where its request URI leads**, not where the INVITE went; hence `trunks::Locator`.
//! - **The stack logs whole messages at INFO**, numbers and digests included: add [`LOG_FILTER`].
//! - **The stack's socket task dies with the parser's first panic**; `peers::Gate` parses before it, guarded, and
//!   `streams` reads the connections that come in.
//! - **A re-INVITE or BYE may overtake the filing of its dialog**; for Call-IDs we know it waits a moment.
//! - **tokio's timers are too coarse and too shared to pace audio**; see `media`.
//!
//! Not there: a TLS port of our own (over TLS we are the client, see `tls`), SRTP with keys other than those of
//! session descriptions (see `srtp`), RTCP, SRV records, ICE, codecs other than G.711, keys sent as tones in
//! the audio, transfer (REFER is declined).

mod agent;
mod book;
mod call;
mod clock;
mod config;
mod counters;
mod event;
mod framing;
mod g711;
mod inbound;
mod limits;
mod listen;
mod media;
mod outbound;
mod peers;
mod register;
mod sdp;
mod srtp;
mod streams;
mod talk;
#[cfg(feature = "test-peers")]
pub mod test_peers;
mod timer;
mod tls;
mod trunks;

pub use agent::{Agent, Incoming, LOG_FILTER, StartError};
pub use call::{Call, CannotRecord, NotTalking};
pub use config::{Config, Limits, Over, Strangers, Timers, Trunk};
pub use counters::{Count, Counters};
pub use event::{Event, Events, Side, What};
pub use g711::{Law, RATE};
pub use inbound::{Gone, Offer};
pub use limits::reserve;
pub use media::{
    leg::RtpSource,
    recorder::{Hear, Sink},
};
pub use outbound::{Dial, Refused};
pub use trunks::TrunkStatus;
