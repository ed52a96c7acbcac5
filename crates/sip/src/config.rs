//! How an agent is set up.

use crate::{framing, g711::Law, media::leg::RtpSource};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
    time::Duration,
};

/// One agent: one address, several trunks.
#[derive(Clone, Debug)]
pub struct Config {
    /// UDP, and TCP where `tcp`, are bound here; port 0 takes any.
    pub bind: SocketAddr,
    /// The address others reach us at, when it is not the bound one (NAT, or bound to `0.0.0.0`).
    pub public: Option<IpAddr>,
    pub tcp: bool,
    pub user_agent: String,
    /// In the order in which they are tried.
    pub trunks: Vec<Trunk>,
    pub limits: Limits,
    /// Even ports of this range carry RTP; any free port when `None`.
    pub rtp_ports: Option<RangeInclusive<u16>>,
    pub strangers: Strangers,
    pub timers: Timers,
}

impl Config {
    pub fn new(bind: SocketAddr) -> Self {
        Self {
            bind,
            public: None,
            tcp: true,
            user_agent: concat!("vungxanh/", env!("CARGO_PKG_VERSION")).to_owned(),
            trunks: Vec::new(),
            limits: Limits::default(),
            rtp_ports: None,
            strangers: Strangers::default(),
            timers: Timers::default(),
        }
    }
}

/// Limits over all trunks.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub channels: usize,
    pub calls_per_second: f64,
    /// The longest a call may last: a peer that vanished without a BYE would hold its channel for ever.
    pub talk: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { channels: 240, calls_per_second: 20.0, talk: Duration::from_hours(1) }
    }
}

/// What an address that belongs to no trunk hears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strangers {
    /// Nothing: a scanner does not learn that a telephone exchange lives here.
    #[default]
    Silence,
    /// A 403, at most `per_second`; beyond that silence.
    Refuse { per_second: u32 },
}

#[derive(Clone, Copy, Debug)]
pub struct Timers {
    /// T1 of RFC 3261; INVITE is given up after 64 × T1.
    pub t1: Duration,
    /// A trunk that has not said a word (not even 100) after this is dead, and the next is tried.
    pub silent: Duration,
    /// How long a trunk that failed is tried last.
    pub down: Duration,
    /// A call without any RTP for so long is ended; `None` where the other side may send none.
    pub rtp_lost: Option<Duration>,
    /// Over a connection that comes in a message is whole after so long, the first one too, or it is closed.
    pub whole: Duration,
    /// How long the answers of the name service hold.
    pub names: Duration,
    /// A call is refreshed at half of this time (RFC 4028); the other side may want less or more.
    pub session: Duration,
    /// The shortest such time that we take.
    pub session_min: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            silent: Duration::from_secs(5),
            down: Duration::from_secs(30),
            rtp_lost: None,
            whole: framing::WHOLE,
            names: Duration::from_mins(1),
            session: Duration::from_mins(30),
            session_min: Duration::from_secs(90),
        }
    }
}

/// What SIP runs over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Over {
    #[default]
    Udp,
    Tcp,
    /// The connection is ours: the trunk's calls come in over it, too.
    Tls,
}

/// An exchange keeps one connection, or a few; one that opens one for each call needs as many as it has channels.
pub(crate) const CONNECTIONS: usize = 16;

/// A way into the telephone network: a carrier's SIP trunk, or a PBX.
#[derive(Clone)]
pub struct Trunk {
    pub name: String,
    /// `host` or `host:port`. A name is looked up as A or AAAA; SRV records are not asked for.
    pub server: String,
    pub over: Over,
    /// Over TLS: the certificates (PEM) that must have signed the server's; this machine's roots when `None`.
    pub ca: Option<PathBuf>,
    /// The domain in addresses, when it is not the server's.
    pub domain: Option<String>,
    /// For digest authentication and REGISTER.
    pub user: String,
    pub password: String,
    /// The calling number shown, when a call names none; a call to it comes in by this trunk.
    pub from: String,
    /// Whose the calls are that come in by it. Trunks of different owners may share an address; then the
    /// called user or number tells them apart, or the call is refused.
    pub owner: Option<String>,
    pub register: bool,
    /// The time asked for in REGISTER; refreshed after three quarters of what is granted.
    pub expires: Duration,
    pub max_channels: usize,
    pub calls_per_second: f64,
    /// Connections that its address may open to us and hold; those of trunks at one address together.
    pub max_connections: usize,
    /// The laws offered, the preferred first.
    pub codecs: Vec<Law>,
    pub rtp_source: RtpSource,
    /// Audio is encrypted (SRTP, its keys in the session descriptions) or there is none. Only over TLS.
    pub srtp: bool,
}

impl Trunk {
    pub fn new(name: impl Into<String>, server: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            server: server.into(),
            over: Over::Udp,
            ca: None,
            domain: None,
            user: String::new(),
            password: String::new(),
            from: "anonymous".to_owned(),
            owner: None,
            register: false,
            expires: Duration::from_mins(5),
            max_channels: 30,
            calls_per_second: 5.0,
            max_connections: CONNECTIONS,
            codecs: Law::ALL.to_vec(),
            rtp_source: RtpSource::default(),
            srtp: false,
        }
    }
}

// By hand, so that a password never stands in a log.
impl fmt::Debug for Trunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trunk")
            .field("name", &self.name)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        let trunk = Trunk { password: "hunter2".into(), ..Trunk::new("carrier", "192.0.2.1") };
        let mut config = Config::new("127.0.0.1:0".parse().unwrap());
        config.trunks.push(trunk);
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
