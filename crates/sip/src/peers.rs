//! Who may speak to us. SIP from an address that belongs to no trunk is dropped before it is parsed:
//! every machine with a SIP port is scanned day and night.

use crate::{
    book::Book,
    clock,
    config::Strangers,
    counters::{Count, Counters},
    limits::Rate,
};
use rsipstack::{platform::net::UdpSocket as Datagrams, sip::SipMessage};
use std::{
    collections::HashMap,
    fmt::Display,
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
    panic::catch_unwind,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};
use tokio::net::UdpSocket;

#[derive(Debug)]
pub(crate) struct Peers {
    /// The addresses of each trunk, as last looked up.
    trunks: RwLock<HashMap<Arc<str>, Vec<IpAddr>>>,
    /// Addresses that calls brought in: behind a carrier's proxy, BYE comes from the gateway.
    calls: Mutex<HashMap<IpAddr, usize>>,
    strangers: Strangers,
    refusals: Rate,
    told: Mutex<Told>,
    /// Those who said what cannot be read.
    faulty: Mutex<Told>,
    counters: Counters,
}

/// Addresses that the log has named within the last minute.
#[derive(Debug, Default)]
struct Told(HashMap<IpAddr, Instant>);

/// A stranger is named in the log once in so long.
const TOLD_EVERY: Duration = Duration::from_mins(1);
/// So many strangers at most: addresses can be made up, and the log is not for them to fill.
const MOST_TOLD: usize = 100;

impl Told {
    /// Whether an address is to be named now.
    fn is_due(&mut self, ip: IpAddr, now: Instant) -> bool {
        self.0.retain(|_, at| now.saturating_duration_since(*at) < TOLD_EVERY);
        if self.0.contains_key(&ip) || self.0.len() >= MOST_TOLD {
            return false;
        }
        self.0.insert(ip, now);
        true
    }
}

impl Peers {
    pub(crate) fn new(strangers: Strangers, counters: Counters) -> Arc<Self> {
        let per_second = match strangers {
            Strangers::Silence => 0,
            Strangers::Refuse { per_second } => per_second,
        };
        Arc::new(Self {
            trunks: RwLock::default(),
            calls: Mutex::default(),
            strangers,
            refusals: Rate::new(f64::from(per_second), clock::now()),
            told: Mutex::default(),
            faulty: Mutex::default(),
            counters,
        })
    }

    pub(crate) fn set_trunk(&self, name: Arc<str>, addresses: impl IntoIterator<Item = IpAddr>) {
        let addresses = addresses.into_iter().map(|ip| ip.to_canonical()).collect();
        self.trunks.write().unwrap_or_else(PoisonError::into_inner).insert(name, addresses);
    }

    /// The trunks at an address.
    pub(crate) fn trunks_at(&self, ip: IpAddr) -> Vec<Arc<str>> {
        let ip = ip.to_canonical();
        let trunks = self.trunks.read().unwrap_or_else(PoisonError::into_inner);
        trunks.iter().filter(|(_, at)| at.contains(&ip)).map(|(name, _)| Arc::clone(name)).collect()
    }

    pub(crate) fn knows(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let trunks = self.trunks.read().unwrap_or_else(PoisonError::into_inner);
        trunks.values().any(|at| at.contains(&ip))
            || self.calls.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&ip)
    }

    /// Names a stranger that wants to call, if the log has not done so within the minute.
    pub(crate) fn tell_of(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let due = self.told.lock().unwrap_or_else(PoisonError::into_inner).is_due(ip, clock::now());
        if due {
            tracing::warn!(address = %ip, "an address that is no trunk's tries to call; it is not let in");
        }
        due
    }

    /// Counts what could not be read, and names who sent it, if the log has not done so within the minute. What it
    /// was is not said: it may hold numbers.
    pub(crate) fn unreadable(&self, ip: IpAddr, why: &dyn Display) {
        self.counters.one(Count::SipMalformed);
        self.refuse(ip, why);
    }

    /// Names whoever was refused something that his address could have had.
    pub(crate) fn refuse(&self, ip: IpAddr, why: &dyn Display) {
        let ip = ip.to_canonical();
        if self.faulty.lock().unwrap_or_else(PoisonError::into_inner).is_due(ip, clock::now()) {
            tracing::warn!(address = %ip, %why, "SIP was refused");
        }
    }

    /// Whether to read on what comes from an address; counts a stranger.
    pub(crate) fn admits(&self, ip: IpAddr) -> bool {
        if self.knows(ip) {
            return true;
        }
        self.counters.one(Count::SipStrangers);
        matches!(self.strangers, Strangers::Refuse { .. }) && self.refusals.take(clock::now())
    }

    /// Lets an address in for the length of a call.
    pub(crate) fn invite(self: &Arc<Self>, ip: IpAddr) -> Guest {
        let ip = ip.to_canonical();
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(ip).or_default() += 1;
        Guest { peers: Arc::clone(self), ip }
    }
}

/// An address that may speak while its call lasts.
#[derive(Debug)]
pub(crate) struct Guest {
    peers: Arc<Peers>,
    ip: IpAddr,
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut calls = self.peers.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = calls.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                calls.remove(&self.ip);
            }
        }
    }
}

/// The SIP socket with its door. What passes has been parsed once here, guarded: the stack reads its
/// socket in one task, which a panic in the parser would end, and with it all telephony.
pub(crate) struct Gate {
    pub socket: UdpSocket,
    pub peers: Arc<Peers>,
    pub book: Book,
}

impl Gate {
    /// Whether this is a key, or a request of a call over TLS. Where its connection is lost the stack would
    /// follow whatever the other side's Contact or route says.
    fn is_secret(&self, datagram: &[u8]) -> bool {
        let has_key = datagram.windows(KEY.len()).any(|bytes| bytes == KEY);
        let is_request = !datagram.starts_with(b"SIP/");
        has_key || (is_request && call_id(datagram).is_some_and(|id| self.book.is_over_tls(id)))
    }
}

/// How a description says the key of its audio.
const KEY: &[u8] = b"a=crypto:";

fn call_id(message: &[u8]) -> Option<&str> {
    let head = std::str::from_utf8(message).ok()?.split("\r\n\r\n").next()?;
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("call-id").then(|| value.trim())
    })
}

#[async_trait::async_trait]
impl Datagrams for Gate {
    async fn recv_from(&self, buffer: &mut [u8]) -> rsipstack::Result<(usize, SocketAddr)> {
        loop {
            let (length, from) = self.socket.recv_from(buffer).await?;
            let datagram = &buffer[..length];
            // Not parsed: its first word is enough.
            if datagram.starts_with(b"INVITE ") && !self.peers.knows(from.ip()) {
                self.peers.tell_of(from.ip());
            }
            if !self.peers.admits(from.ip()) {
                continue;
            }
            if datagram.iter().all(u8::is_ascii_whitespace) || readable(datagram) {
                return Ok((length, from));
            }
            self.peers.unreadable(from.ip(), &"a datagram that is no message");
        }
    }

    async fn send_to(&self, datagram: &[u8], to: SocketAddr) -> rsipstack::Result<usize> {
        if self.is_secret(datagram) {
            let why = "this belongs to a call over TLS and is not said in the clear";
            return Err(io::Error::new(ErrorKind::PermissionDenied, why).into());
        }
        Ok(self.socket.send_to(datagram, to).await?)
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }
}

fn readable(datagram: &[u8]) -> bool {
    catch_unwind(|| SipMessage::try_from(datagram).is_ok()).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_guest_leaves_with_the_last_call() {
        let counters = Counters::default();
        let peers = Peers::new(Strangers::Silence, counters.clone());
        let gateway: IpAddr = "192.0.2.7".parse().unwrap();
        assert!(!peers.admits(gateway));
        let (one, other) = (peers.invite(gateway), peers.invite(gateway));
        drop(one);
        assert!(peers.admits("::ffff:192.0.2.7".parse().unwrap()));
        drop(other);
        assert!(!peers.admits(gateway));
        assert_eq!(counters.get(Count::SipStrangers), 2);
    }

    #[test]
    fn strangers_are_refused_so_many_times_a_second() {
        let peers = Peers::new(Strangers::Refuse { per_second: 3 }, Counters::default());
        let refused = (0..100).filter(|_| peers.admits("198.51.100.1".parse().unwrap())).count();
        assert_eq!(refused, 3);
        peers.set_trunk("carrier".into(), ["198.51.100.1".parse().unwrap()]);
        assert!((0..100).all(|_| peers.admits("198.51.100.1".parse().unwrap())));
        assert_eq!(peers.trunks_at("198.51.100.1".parse().unwrap()), ["carrier".into()]);
    }

    #[test]
    fn a_stranger_is_named_once_a_minute_and_a_flood_of_them_does_not_fill_the_log() {
        let (mut told, now) = (Told::default(), clock::now());
        let address = |n: u32| IpAddr::from(n.to_be_bytes());
        let after = |seconds: u64| now + Duration::from_secs(seconds);
        assert!(told.is_due(address(1), now));
        assert!(!told.is_due(address(1), after(59)));
        assert!(told.is_due(address(2), after(59)));
        assert!(told.is_due(address(1), after(60)));
        assert!(!told.is_due(address(2), after(118)));
        let named = (10..10_000).filter(|n| told.is_due(address(*n), after(200))).count();
        assert_eq!(named, MOST_TOLD);
        assert!(told.is_due(address(1), after(260)));
        let peers = Peers::new(Strangers::Silence, Counters::default());
        assert!(peers.tell_of("198.51.100.1".parse().unwrap()));
        assert!(!peers.tell_of("::ffff:198.51.100.1".parse().unwrap()));
    }

    #[tokio::test]
    async fn nothing_of_a_call_over_tls_leaves_in_the_clear() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let there = socket.local_addr().unwrap();
        let peers = Peers::new(Strangers::Silence, Counters::default());
        let gate = Gate { socket, peers, book: Book::default() };
        gate.book.open_id("7@here".into(), true);
        gate.book.open_id("8@here".into(), false);
        let message = |first: &str, id: &str, body: &str| format!("{first}\r\nCall-ID: {id}\r\n\r\n{body}");
        for (message, leaves) in [
            (message("BYE sip:1@192.0.2.1 SIP/2.0", "7@here", ""), false),
            (message("BYE sip:1@192.0.2.1 SIP/2.0", "8@here", "Call-ID: 7@here"), true),
            (message("SIP/2.0 403 Forbidden", "7@here", ""), true),
            (message("SIP/2.0 200 OK", "8@here", "v=0\r\na=crypto:1 AES"), false),
        ] {
            assert_eq!(gate.send_to(message.as_bytes(), there).await.is_ok(), leaves, "{message}");
        }
        gate.book.close_id("7@here");
        let bye = message("BYE sip:1@192.0.2.1 SIP/2.0", "7@here", "");
        assert!(gate.send_to(bye.as_bytes(), there).await.is_ok());
    }

    const INVITE: &str = "INVITE sip:1@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5;branch=z9hG4bK1;rport\r\n\
        From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1:5>\r\n\
        Max-Forwards: 70\r\nContent-Type: application/sdp\r\nContent-Length: 4\r\n\r\nv=0\r\n";

    proptest! {
        /// Bytes of a good message changed, cut and repeated.
        #[test]
        fn no_message_panics(changes in proptest::collection::vec((0..400_usize, any::<u8>()), 0..12), cut in 0..400_usize) {
            let mut message = INVITE.as_bytes().to_vec();
            for (at, byte) in changes {
                let at = at % message.len();
                message[at] = byte;
            }
            message.truncate(message.len().min(cut + 20));
            // Without the guard: it is there for the panic nobody has found yet.
            let _ = SipMessage::try_from(&message[..]);
        }
    }
}
