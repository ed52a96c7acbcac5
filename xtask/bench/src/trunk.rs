//! A carrier small enough not to be what is measured: one UDP socket that reads requests, notes when they
//! came, and answers at once. It rings, is busy for every so many calls, or is silent; whoever plays a
//! person at one of its telephones answers through it.

use crate::centre::micros;
use kernel::{Error, Result, clock::machine_now};
use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Between two looks whether the carrier shall end.
const LOOK: Duration = Duration::from_millis(200);
const LONGEST: usize = 8_192;

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Ringing,
    /// Somebody has picked up.
    Talking,
    /// Refused as engaged.
    Busy,
    /// Given up before the answer.
    Cancelled,
    /// Ended by whoever called.
    HungUp,
}

/// One call as the carrier sees it.
#[derive(Clone, Debug)]
pub struct Call {
    pub number: String,
    /// Who called: a process that was started again has another port.
    pub from: SocketAddr,
    /// In microseconds, as all times here.
    pub invited_at: i64,
    /// When it was refused.
    pub refused_at: Option<i64>,
    pub state: State,
    /// Where the caller wants to hear.
    pub audio: Option<SocketAddr>,
    /// The request that began it, for answers that come later.
    invite: Message,
    tag: u64,
}

impl Call {
    /// Whether a telephone rings, or somebody holds it to his ear.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Ringing | State::Talking)
    }
}

/// The carrier at work; it ends when this is dropped.
pub struct Trunk {
    shared: Arc<Shared>,
    pub address: SocketAddr,
    reader: Option<JoinHandle<()>>,
}

struct Shared {
    socket: UdpSocket,
    calls: Mutex<HashMap<String, Call>>,
    /// Every so many calls one finds the line engaged.
    busy_every: Option<u64>,
    seen: AtomicU64,
    silent: AtomicBool,
    stopped: AtomicBool,
}

impl Trunk {
    /// Rings for every call, but for one in `busy_every`.
    pub fn start(busy_every: Option<u64>) -> Result<Self> {
        let open = || -> io::Result<(UdpSocket, SocketAddr)> {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            socket.set_read_timeout(Some(LOOK))?;
            let address = socket.local_addr()?;
            Ok((socket, address))
        };
        let (socket, address) = open().map_err(Error::internal)?;
        let shared = Arc::new(Shared {
            socket,
            calls: Mutex::default(),
            busy_every,
            seen: AtomicU64::new(0),
            silent: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        });
        let reading = Arc::clone(&shared);
        let reader = std::thread::Builder::new()
            .name("trunk".into())
            .spawn(move || reading.read())
            .map_err(Error::internal)?;
        Ok(Self { shared, address, reader: Some(reader) })
    }

    /// Says nothing to anything any more, or speaks again.
    pub fn silence(&self, silent: bool) {
        self.shared.silent.store(silent, SeqCst);
    }

    /// Every call there was, by its Call-ID.
    pub fn calls(&self) -> Vec<(String, Call)> {
        self.shared.calls().iter().map(|(id, call)| (id.clone(), call.clone())).collect()
    }

    pub fn call(&self, id: &str) -> Option<Call> {
        self.shared.calls().get(id).cloned()
    }

    /// Somebody picks up: his audio is there. `false` when it does not ring any more.
    pub fn answer(&self, id: &str, audio: SocketAddr) -> bool {
        let mut calls = self.shared.calls();
        let Some(call) = calls.get_mut(id).filter(|call| call.state == State::Ringing) else { return false };
        call.state = State::Talking;
        let body = format!(
            "v=0\r\no=bench 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 0 101\r\n\
             a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n",
            ip = audio.ip(),
            port = audio.port()
        );
        let answer = call.invite.answer("200 OK", call.tag, &self.shared.contact(), &body);
        let _ = self.shared.socket.send_to(answer.as_bytes(), call.from);
        true
    }
}

impl Drop for Trunk {
    fn drop(&mut self) {
        self.shared.stopped.store(true, SeqCst);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

impl Shared {
    fn calls(&self) -> MutexGuard<'_, HashMap<String, Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn contact(&self) -> String {
        let at = self.socket.local_addr().unwrap_or_else(|_| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        format!("Contact: <sip:bench@{at}>\r\n")
    }

    fn read(&self) {
        let mut datagram = vec![0; LONGEST];
        while !self.stopped.load(SeqCst) {
            let Ok((length, from)) = self.socket.recv_from(&mut datagram) else { continue };
            let at = micros(machine_now());
            if self.silent.load(SeqCst) {
                continue;
            }
            if let Some(message) = datagram.get(..length).and_then(Message::parse) {
                self.hear(message, from, at);
            }
        }
    }

    fn hear(&self, message: Message, from: SocketAddr, at: i64) {
        let Some(id) = message.header("Call-ID").map(str::to_owned) else { return };
        match message.method.as_str() {
            "INVITE" => self.invited(id, message, from, at),
            "CANCEL" => {
                self.say(&message, "200 OK", 0, from);
                let mut calls = self.calls();
                if let Some(call) = calls.get_mut(&id).filter(|call| call.state == State::Ringing) {
                    call.state = State::Cancelled;
                    self.say(&call.invite, "487 Request Terminated", call.tag, from);
                }
            }
            "BYE" => {
                self.say(&message, "200 OK", 0, from);
                if let Some(call) = self.calls().get_mut(&id).filter(|call| call.is_open()) {
                    call.state = State::HungUp;
                }
            }
            "OPTIONS" | "REGISTER" => self.say(&message, "200 OK", 0, from),
            _ => {}
        }
    }

    fn invited(&self, id: String, invite: Message, from: SocketAddr, at: i64) {
        let mut calls = self.calls();
        if let Some(known) = calls.get(&id) {
            // It is said again because our word was lost.
            let word = match known.state {
                State::Busy => "486 Busy Here",
                State::Cancelled => "487 Request Terminated",
                State::Ringing => "180 Ringing",
                State::Talking | State::HungUp => return,
            };
            return self.say(&known.invite, word, known.tag, from);
        }
        let tag = self.seen.fetch_add(1, SeqCst) + 1;
        let busy = self.busy_every.is_some_and(|every| tag.is_multiple_of(every));
        self.say(&invite, "100 Trying", 0, from);
        self.say(&invite, if busy { "486 Busy Here" } else { "180 Ringing" }, tag, from);
        let call = Call {
            number: invite.number(),
            from,
            invited_at: at,
            refused_at: busy.then(|| micros(machine_now())),
            state: if busy { State::Busy } else { State::Ringing },
            audio: invite.audio(),
            invite,
            tag,
        };
        calls.insert(id, call);
    }

    /// Without a tag where the request has one already, or needs none.
    fn say(&self, request: &Message, status: &str, tag: u64, to: SocketAddr) {
        let answer = request.answer(status, tag, &self.contact(), "");
        let _ = self.socket.send_to(answer.as_bytes(), to);
    }
}

/// A request, as far as a carrier of this size looks at it.
#[derive(Clone, Debug)]
struct Message {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Message {
    /// `None` for what is no request.
    fn parse(datagram: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(datagram).ok()?;
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?, first.next()?);
        if method.starts_with("SIP/") {
            return None;
        }
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect();
        Some(Self { method: method.to_owned(), target: target.to_owned(), headers, body: body.to_owned() })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The user part of the address that is called.
    fn number(&self) -> String {
        let address = self.target.strip_prefix("sip:").unwrap_or(&self.target);
        address.split(['@', ';']).next().unwrap_or_default().to_owned()
    }

    /// `c=IN IP4 127.0.0.1` and `m=audio 4711 RTP/AVP …`
    fn audio(&self) -> Option<SocketAddr> {
        let line = |start: &str| self.body.lines().find_map(|line| line.strip_prefix(start));
        let ip: IpAddr = line("c=IN IP4 ")?.trim().parse().ok()?;
        let port = line("m=audio ")?.split(' ').next()?.parse().ok()?;
        Some(SocketAddr::new(ip, port))
    }

    fn answer(&self, status: &str, tag: u64, contact: &str, body: &str) -> String {
        let mut answer = format!("SIP/2.0 {status}\r\n");
        for (name, value) in &self.headers {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            if is("To") && tag > 0 && !value.contains(";tag=") {
                answer.push_str(&format!("To: {value};tag=bench{tag}\r\n"));
            } else if is("Via") || is("From") || is("To") || is("Call-ID") || is("CSeq") {
                answer.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        answer.push_str(contact);
        if !body.is_empty() {
            answer.push_str("Content-Type: application/sdp\r\n");
        }
        answer.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &str = "INVITE sip:+84901234567@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1\r\n\
        From: <sip:1@127.0.0.1>;tag=a\r\nTo: <sip:+84901234567@127.0.0.1>\r\nCall-ID: 7@here\r\nCSeq: 1 INVITE\r\n\
        Content-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4711 RTP/AVP 8 0 101\r\n";

    #[test]
    fn an_invite_is_read_and_answered() {
        let invite = Message::parse(INVITE.as_bytes()).unwrap();
        assert_eq!(invite.number(), "+84901234567");
        assert_eq!(invite.audio(), Some("127.0.0.1:4711".parse().unwrap()));
        let ringing = invite.answer("180 Ringing", 3, "Contact: <sip:b@h>\r\n", "");
        assert!(
            ringing.starts_with("SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1\r\n")
        );
        assert!(ringing.contains("To: <sip:+84901234567@127.0.0.1>;tag=bench3\r\n"));
        assert!(ringing.ends_with("Content-Length: 0\r\n\r\n"));
        assert!(Message::parse(ringing.as_bytes()).is_none());
    }

    #[test]
    fn a_call_rings_and_is_given_up() {
        let trunk = Trunk::start(None).unwrap();
        let caller = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        caller.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let heard = || {
            let mut datagram = [0; 2_000];
            let length = caller.recv(&mut datagram).unwrap();
            String::from_utf8_lossy(&datagram[..length]).into_owned()
        };
        caller.send_to(INVITE.as_bytes(), trunk.address).unwrap();
        assert!(heard().contains("100 Trying"));
        assert!(heard().contains("180 Ringing"));
        caller.send_to(INVITE.replace("INVITE", "CANCEL").as_bytes(), trunk.address).unwrap();
        assert!(heard().contains("200 OK"));
        assert!(heard().contains("487"));
        let calls = trunk.calls();
        assert_eq!((calls.len(), calls[0].1.state), (1, State::Cancelled));
        assert!(!trunk.answer("7@here", "127.0.0.1:9".parse().unwrap()));
    }
}
