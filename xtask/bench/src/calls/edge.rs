//! The port itself: INVITEs from addresses that belong to no trunk, and messages that are none, as datagrams and
//! over connections. Strangers are told nothing and counted; whoever the centre calls meanwhile is rung as quickly
//! as before; afterwards the telephone answers and places calls.

use super::Part;
use crate::{
    centre::micros,
    figure::{percentile, round},
    trunk::Trunk,
};
use duty::lines::{Dial, Happened, Lines};
use gateways::{SipLines, SipSettings, TrunkSettings};
use jiff::SignedDuration;
use kernel::{CallId, Clock, Error, Result, Rng, TenantId, clock::machine_now};
use serde_json::json;
use std::{
    collections::VecDeque,
    io::Write,
    net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket},
    time::Duration,
};
use tokio::{
    task::spawn_blocking,
    time::{sleep, timeout},
};
use uuid::Uuid;

/// An address of this machine that is no trunk's.
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const STRANGERS: usize = 10_000;
const BETWEEN_STRANGERS: Duration = Duration::from_micros(450);
const CALLS: usize = 100;
const BETWEEN_CALLS: Duration = Duration::from_millis(30);
const MALFORMED: usize = 5_000;
const BETWEEN_MALFORMED: Duration = Duration::from_micros(300);
/// Connections over which the same is said, by so many at once.
const CONNECTIONS: usize = 1_000;
const AT_ONCE: usize = 50;
/// Strangers may cost a call so many milliseconds.
const SLOWED_MS: f64 = 25.0;
/// A call that has not rung after this does not ring.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run(rng: &Rng) -> Result<Part> {
    let trunk = Trunk::start(None)?;
    let way = TrunkSettings {
        max_channels: Some(1_000),
        calls_per_second: Some(1_000.0),
        // None of them is held to be one too many.
        max_connections: Some(2 * AT_ONCE),
        ..TrunkSettings::at("bench", trunk.address.to_string())
    };
    let mut settings = SipSettings::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), vec![way]);
    (settings.channels, settings.calls_per_second) = (1_000, 1_000.0);
    let (lines, mut offers) = SipLines::start(settings, Clock::system()).await?;
    let refusing = lines.clone();
    let taken = tokio::spawn(async move {
        let mut offered = 0_usize;
        while let Some(offer) = offers.recv().await {
            offered += 1;
            let _ = refusing.refuse(offer.call, 486).await;
        }
        offered
    });
    let mut part = Part::default();
    let mut callers = Callers { lines: lines.clone(), placed: 0 };

    let quiet = callers.ring(CALLS).await;
    let at = lines.address();
    let flood = spawn_blocking(move || strangers(at));
    let flooded = callers.ring(CALLS).await;
    let (sent, replies) = flood.await.map_err(Error::internal)?.map_err(Error::internal)?;
    let counted = count(&lines, "sip_strangers");
    part.must(replies == 0, "strangers were answered");
    part.must(counted as usize >= sent * 9 / 10, "strangers were not counted");
    part.must(count(&lines, "calls_received") == 0, "a stranger's call was taken for a call");
    let never = [&quiet, &flooded].map(|rung| rung.iter().filter(|ms| ms.is_infinite()).count());
    part.must(never == [0, 0], "calls did not ring");
    let slowed = percentile(&flooded, 0.99) - percentile(&quiet, 0.99);
    if slowed > SLOWED_MS {
        part.fault(format!("strangers slow calls down by {} ms", round(slowed)));
    }

    let messages: Vec<Vec<u8>> = (0..MALFORMED).map(|_| malformed(rng, at, trunk.address)).collect();
    let streams: Vec<Vec<u8>> = (0..CONNECTIONS).map(|_| malformed(rng, at, trunk.address)).collect();
    spawn_blocking(move || feed(&messages, at)).await.map_err(Error::internal)?.map_err(Error::internal)?;
    let datagrams = count(&lines, "sip_malformed");
    let feeding = spawn_blocking(move || pour(&streams, at));
    let poured = callers.ring(CALLS).await;
    feeding.await.map_err(Error::internal)?.map_err(Error::internal)?;
    part.must(poured.iter().all(|ms| ms.is_finite()), "calls do not ring while connections are fed");
    sleep(Duration::from_secs(1)).await;
    let alive =
        spawn_blocking(move || answers(at)).await.map_err(Error::internal)?.map_err(Error::internal)?;
    part.must(alive, "after malformed messages the telephone answers nothing");
    let after = callers.ring(20).await;
    part.must(after.iter().all(|ms| ms.is_finite()), "after malformed messages calls do not ring");
    for _ in 0..100 {
        if lines.live().is_empty() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    part.must(lines.live().is_empty(), "calls that nobody makes are held");
    let unreadable = count(&lines, "sip_malformed");
    part.must(datagrams > 0, "no message was malformed");
    part.must(unreadable > datagrams, "no message over a connection was malformed");
    lines.stop().await;
    let offered = taken.await.map_err(Error::internal)?;
    part.details = json!({
        "strangers": sent, "strangers_counted": counted, "ring_p99_ms": round(percentile(&quiet, 0.99)),
        "ring_p99_ms_among_strangers": round(percentile(&flooded, 0.99)), "malformed": MALFORMED,
        "unreadable": unreadable, "taken_for_calls": offered,
    });
    Ok(part)
}

/// Places calls one after the other.
struct Callers {
    lines: SipLines,
    placed: u128,
}

impl Callers {
    /// How long each takes until it rings, in milliseconds; one that does not takes for ever.
    async fn ring(&mut self, count: usize) -> Vec<f64> {
        let mut rung = Vec::with_capacity(count);
        for _ in 0..count {
            self.placed += 1;
            let call = CallId(Uuid::from_u128(self.placed));
            rung.push(timeout(PATIENCE, self.one(call)).await.ok().flatten().unwrap_or(f64::INFINITY));
            let _ = self.lines.hang_up(call).await;
            sleep(BETWEEN_CALLS).await;
        }
        rung
    }

    async fn one(&self, call: CallId) -> Option<f64> {
        let from = micros(machine_now());
        let dial = Dial {
            tenant: TenantId(Uuid::nil()),
            call,
            number: "+84901234567".into(),
            ring_for: SignedDuration::from_secs(20),
        };
        let mut events = self.lines.dial(dial).await.ok()?;
        loop {
            match events.next().await?.what {
                Happened::Ringing => return Some((micros(machine_now()) - from) as f64 / 1000.0),
                what if what.is_final() => return None,
                _ => {}
            }
        }
    }
}

fn count(lines: &SipLines, name: &str) -> u64 {
    lines.counters().into_iter().find(|(known, _)| *known == name).map_or(0, |(_, value)| value)
}

fn invite(number: usize, to: SocketAddr, from: SocketAddr) -> String {
    let body = format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 0 101\r\n\
         a=rtpmap:101 telephone-event/8000\r\n",
        ip = from.ip()
    );
    format!(
        "INVITE sip:115@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKx{number};rport\r\n\
         From: <sip:0900000000@{from}>;tag=x{number}\r\nTo: <sip:115@{to}>\r\nCall-ID: x{number}@{from}\r\n\
         CSeq: 1 INVITE\r\nContact: <sip:0900000000@{from}>\r\nMax-Forwards: 70\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Calls from where no trunk is; how many, and how many words came back.
fn strangers(to: SocketAddr) -> std::io::Result<(usize, usize)> {
    let socket = UdpSocket::bind((STRANGER, 0))?;
    let from = socket.local_addr()?;
    for number in 0..STRANGERS {
        socket.send_to(invite(number, to, from).as_bytes(), to)?;
        std::thread::sleep(BETWEEN_STRANGERS);
    }
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut datagram = [0; 2_048];
    let mut replies = 0;
    while socket.recv_from(&mut datagram).is_ok() {
        replies += 1;
    }
    Ok((STRANGERS, replies))
}

/// A good message, changed.
fn malformed(rng: &Rng, to: SocketAddr, from: SocketAddr) -> Vec<u8> {
    let number = STRANGERS + rng.below(1_000_000) as usize;
    let good = invite(number, to, from);
    let methods = ["INVITE", "OPTIONS", "BYE", "CANCEL", "ACK", "REGISTER", "NOTIFY", "INFO", "UPDATE", "QQ"];
    let method = rng.pick(&methods).copied().unwrap_or("INVITE");
    let mut message = match rng.below(8) {
        0 => good.replacen(&format!("INVITE sip:115@{to} SIP/2.0"), "SIP/2.0 200 OK", 1),
        1 => good.replace("Content-Length: ", "Content-Length: 99999"),
        2 => good.replace("Content-Length: ", "Content-Length: -"),
        3 => good.replace("Max-Forwards", &"x".repeat(rng.below(4_000) as usize)),
        _ => good.replace("INVITE", method),
    }
    .into_bytes();
    for _ in 0..rng.below(8) {
        let length = message.len() as u64;
        let at = rng.below(length) as usize;
        let until = (at + rng.below(40) as usize).min(message.len());
        match rng.below(5) {
            0 => message.truncate(at),
            1 => drop(message.drain(at..until)),
            2 => {
                let again = message.get(at..until).unwrap_or_default().to_vec();
                drop(message.splice(at..at, again));
            }
            3 => {
                let bytes: [u8; 16] = rng.bytes();
                drop(message.splice(at..until, bytes));
            }
            _ => {
                let [byte] = rng.bytes();
                if let Some(place) = message.get_mut(at) {
                    *place = byte;
                }
            }
        }
    }
    message
}

fn feed(messages: &[Vec<u8>], to: SocketAddr) -> std::io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    for message in messages {
        socket.send_to(message, to)?;
        std::thread::sleep(BETWEEN_MALFORMED);
    }
    Ok(())
}

/// The same over connections, each torn in the middle; some are left open and silent for a while.
fn pour(messages: &[Vec<u8>], to: SocketAddr) -> std::io::Result<()> {
    let mut open = VecDeque::new();
    for message in messages {
        let mut stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        let (head, rest) = message.split_at(message.len() / 2);
        // Cut off in the middle of it.
        let _ = stream.write_all(head).and_then(|()| stream.write_all(rest));
        open.push_back(stream);
        if open.len() > AT_ONCE {
            open.pop_front();
        }
        std::thread::sleep(BETWEEN_MALFORMED);
    }
    Ok(())
}

/// Whether it says what it can do, as any telephone does when asked.
fn answers(to: SocketAddr) -> std::io::Result<bool> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_read_timeout(Some(Duration::from_secs(2)))?;
    let from = socket.local_addr()?;
    let asked = invite(0, to, from).replace("INVITE", "OPTIONS");
    let mut datagram = [0; 8_192];
    for _ in 0..5 {
        socket.send_to(asked.as_bytes(), to)?;
        if let Ok((length, _)) = socket.recv_from(&mut datagram)
            && datagram[..length].starts_with(b"SIP/2.0 200")
        {
            return Ok(true);
        }
    }
    Ok(false)
}
