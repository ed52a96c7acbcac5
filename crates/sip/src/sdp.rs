//! Session descriptions (RFC 4566) and the offer/answer rules of RFC 3264, for one stream of G.711
//! with RFC 4733 keys. Other streams in an offer are declined one by one, as the RFC asks.

use crate::{
    clock,
    config::Trunk,
    g711::{Law, RATE},
    srtp::{Crypto, Master},
};
use std::{
    fmt::Write as _,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

/// The payload type we offer for keys; 101 is what nearly every gateway expects.
pub(crate) const EVENTS: u8 = 101;
const MOST_BYTES: usize = 16 * 1024;
const MOST_STREAMS: usize = 16;
/// The one key of our offers.
const TAG: &str = "1";

/// Why a description cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("no session description")]
    Missing,
    #[error("the session description is malformed")]
    Malformed,
    #[error("no audio stream over RTP/AVP")]
    NoAudio,
    #[error("no audio stream over RTP/SAVP with a key that we can use")]
    NotEncrypted,
    #[error("no codec in common")]
    NoCodec,
}

/// Which way media may flow, as the describing side sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    fn parse(attribute: &str) -> Option<Self> {
        match attribute {
            "sendrecv" => Some(Self::SendRecv),
            "sendonly" => Some(Self::SendOnly),
            "recvonly" => Some(Self::RecvOnly),
            "inactive" => Some(Self::Inactive),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// What the other side answers (RFC 3264 §6.1).
    fn mirrored(self) -> Self {
        match self {
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            same => same,
        }
    }

    fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }
}

/// What offer and answer have agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// Where RTP goes, and the only place it may come from.
    pub remote: SocketAddr,
    pub law: Law,
    pub payload_type: u8,
    /// The payload types of audio that may arrive.
    pub audio: Vec<(u8, Law)>,
    /// The payload type for keys we press; `None` when the other side takes none.
    pub press: Option<u8>,
    /// The payload types of keys that may arrive.
    pub hear: Vec<u8>,
    /// Whether we may send; not while the other side holds the call.
    pub send: bool,
    pub receive: bool,
    /// What encrypts it.
    pub srtp: Option<Masters>,
}

/// The keys of both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Masters {
    pub ours: Master,
    pub theirs: Master,
}

/// What an SDP body says.
#[derive(Debug)]
pub(crate) struct Description {
    streams: Vec<Stream>,
}

#[derive(Debug)]
struct Stream {
    kind: String,
    port: u16,
    protocol: String,
    formats: Vec<String>,
    address: Option<IpAddr>,
    maps: Vec<(u8, String)>,
    direction: Option<Direction>,
    /// The first key that we can use.
    crypto: Option<Crypto>,
}

impl Description {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Fault> {
        if body.is_empty() {
            return Err(Fault::Missing);
        }
        let text = std::str::from_utf8(body).map_err(|_| Fault::Malformed)?;
        if body.len() > MOST_BYTES || !text.starts_with("v=0") {
            return Err(Fault::Malformed);
        }
        let (mut address, mut direction) = (None, None);
        let mut streams: Vec<Stream> = Vec::new();
        for line in text.lines() {
            let Some((kind, value)) = line.trim_end().split_once('=') else { continue };
            if kind == "m" {
                if streams.len() == MOST_STREAMS {
                    return Err(Fault::Malformed);
                }
                streams.push(stream(value).ok_or(Fault::Malformed)?);
                continue;
            }
            match (kind, streams.last_mut()) {
                ("c", None) => address = Some(connection(value)?),
                ("c", Some(stream)) => stream.address = Some(connection(value)?),
                ("a", None) => direction = Direction::parse(value).or(direction),
                ("a", Some(stream)) => stream.attribute(value),
                _ => {}
            }
        }
        for stream in &mut streams {
            stream.address = stream.address.or(address);
            stream.direction = stream.direction.or(direction);
        }
        Ok(Self { streams })
    }

    /// The audio stream that we take, and the key with which it is encrypted where that is wanted.
    fn audio(&self, encrypted: bool) -> Result<(usize, Option<&Crypto>), Fault> {
        let (protocol, fault) =
            if encrypted { ("RTP/SAVP", Fault::NotEncrypted) } else { ("RTP/AVP", Fault::NoAudio) };
        let mut streams = self.streams.iter().enumerate();
        let fits = |stream: &Stream| {
            stream.kind == "audio"
                && stream.port != 0
                && stream.protocol == protocol
                && (!encrypted || stream.crypto.is_some())
        };
        let (at, stream) = streams.find(|(_, stream)| fits(stream)).ok_or(fault)?;
        Ok((at, stream.crypto.as_ref().filter(|_| encrypted)))
    }

    /// Whether a call could come of it.
    pub(crate) fn suits(&self, ours: &[Law], encrypted: bool) -> Result<(), Fault> {
        let (at, _) = self.audio(encrypted)?;
        if self.streams[at].laws(ours).is_empty() { Err(Fault::NoCodec) } else { Ok(()) }
    }

    /// What an answer to our offer comes to.
    pub(crate) fn agreed(&self, us: &Us) -> Result<Session, Fault> {
        let (at, crypto) = self.audio(us.master.is_some())?;
        let stream = &self.streams[at];
        let audio = stream.laws(&us.laws);
        let &(payload_type, law) = audio.first().ok_or(Fault::NoCodec)?;
        let ip = stream.address.ok_or(Fault::Malformed)?;
        let direction = stream.direction.unwrap_or(Direction::SendRecv);
        let press = stream.events();
        // Until RFC 3264, a call was held by the address 0.0.0.0.
        let reachable = !ip.is_unspecified();
        let mut hear = vec![EVENTS];
        hear.extend(press.filter(|&press| press != EVENTS));
        Ok(Session {
            remote: SocketAddr::new(ip, stream.port),
            law,
            payload_type,
            audio,
            press,
            hear,
            send: direction.receives() && reachable,
            receive: direction.sends(),
            srtp: us.master.zip(crypto).map(|(ours, crypto)| Masters { ours, theirs: crypto.master }),
        })
    }

    /// The answer to an offer, and what it comes to.
    pub(crate) fn answer(&self, us: &Us) -> Result<(Session, String), Fault> {
        let session = self.agreed(us)?;
        let (audio, crypto) = self.audio(us.master.is_some())?;
        let tag = crypto.map_or(TAG, |crypto| &crypto.tag);
        let direction = self.streams[audio].direction.unwrap_or(Direction::SendRecv);
        let mut text = us.head();
        for (at, stream) in self.streams.iter().enumerate() {
            if at == audio {
                us.audio(&mut text, &session.audio, session.press, direction.mirrored(), tag);
            } else {
                let formats = stream.formats.join(" ");
                let _ = write!(text, "m={} 0 {} {formats}\r\n", stream.kind, stream.protocol);
            }
        }
        Ok((session, text))
    }
}

/// Our side of every description of one call.
#[derive(Clone, Debug)]
pub(crate) struct Us {
    pub address: SocketAddr,
    pub laws: Vec<Law>,
    /// The session's id; with the version it tells the other side what is new.
    pub id: u32,
    pub version: u32,
    /// With what we encrypt, where the call is encrypted.
    pub master: Option<Master>,
}

impl Us {
    /// For a new call over a trunk.
    pub(crate) fn new(address: SocketAddr, trunk: &Trunk) -> Self {
        let master = trunk.srtp.then(Master::new);
        Self { address, laws: trunk.codecs.clone(), id: clock::random(), version: 1, master }
    }

    pub(crate) fn offer(&self) -> String {
        let laws: Vec<_> = self.laws.iter().map(|&law| (law.static_type(), law)).collect();
        let mut text = self.head();
        self.audio(&mut text, &laws, Some(EVENTS), Direction::SendRecv, TAG);
        text
    }

    fn head(&self) -> String {
        let (id, version, ip) = (self.id, self.version, self.address.ip());
        let family = if ip.is_ipv6() { "IP6" } else { "IP4" };
        format!("v=0\r\no=- {id} {version} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n")
    }

    fn audio(
        &self,
        text: &mut String,
        laws: &[(u8, Law)],
        events: Option<u8>,
        direction: Direction,
        tag: &str,
    ) {
        let protocol = if self.master.is_some() { "RTP/SAVP" } else { "RTP/AVP" };
        let _ = write!(text, "m=audio {} {protocol}", self.address.port());
        for payload_type in laws.iter().map(|&(payload_type, _)| payload_type).chain(events) {
            let _ = write!(text, " {payload_type}");
        }
        for (payload_type, law) in laws {
            let _ = write!(text, "\r\na=rtpmap:{payload_type} {}/{RATE}", law.name());
        }
        if let Some(events) = events {
            let _ = write!(text, "\r\na=rtpmap:{events} telephone-event/{RATE}\r\na=fmtp:{events} 0-15");
        }
        if let Some(master) = &self.master {
            let _ = write!(text, "\r\na=crypto:{}", master.line(tag));
        }
        let _ = write!(text, "\r\na=ptime:20\r\na={}\r\n", direction.name());
    }
}

fn stream(value: &str) -> Option<Stream> {
    let mut words = value.split_ascii_whitespace();
    let kind = words.next()?.to_owned();
    let port = words.next()?;
    Some(Stream {
        kind,
        port: port.split('/').next()?.parse().ok()?,
        protocol: words.next()?.to_owned(),
        formats: words.map(str::to_owned).collect(),
        address: None,
        maps: Vec::new(),
        direction: None,
        crypto: None,
    })
}

fn connection(value: &str) -> Result<IpAddr, Fault> {
    let address = value.split_ascii_whitespace().nth(2).ok_or(Fault::Malformed)?;
    // A name would have to be looked up while the phone is already at the ear; nobody sends one.
    let address = address.split('/').next().unwrap_or(address);
    IpAddr::from_str(address).map_err(|_| Fault::Malformed)
}

impl Stream {
    fn attribute(&mut self, value: &str) {
        if let Some(map) = value.strip_prefix("rtpmap:") {
            if let Some((payload_type, encoding)) = map.split_once(' ')
                && let Ok(payload_type) = payload_type.parse()
            {
                self.maps.push((payload_type, encoding.trim().to_ascii_lowercase()));
            }
        } else if let Some(crypto) = value.strip_prefix("crypto:") {
            self.crypto = self.crypto.take().or_else(|| Crypto::parse(crypto));
        } else if let Some(direction) = Direction::parse(value) {
            self.direction = Some(direction);
        }
    }

    fn encoding(&self, payload_type: u8) -> Option<&str> {
        self.maps.iter().find(|(mapped, _)| *mapped == payload_type).map(|(_, encoding)| encoding.as_str())
    }

    fn payload_types(&self) -> impl Iterator<Item = u8> {
        self.formats.iter().filter_map(|format| format.parse().ok()).filter(|&format: &u8| format < 128)
    }

    /// Our laws among the formats, in the order of the describing side.
    fn laws(&self, ours: &[Law]) -> Vec<(u8, Law)> {
        self.payload_types()
            .filter_map(|payload_type| {
                let law = ours.iter().copied().find(|law| match self.encoding(payload_type) {
                    Some(encoding) => is(encoding, law.name()),
                    None => law.static_type() == payload_type,
                })?;
                Some((payload_type, law))
            })
            .collect()
    }

    fn events(&self) -> Option<u8> {
        self.payload_types().find(|&payload_type| {
            self.encoding(payload_type).is_some_and(|encoding| is(encoding, "telephone-event"))
        })
    }
}

/// `PCMU/8000` and `PCMU/8000/1` are `PCMU`.
fn is(encoding: &str, name: &str) -> bool {
    let mut parts = encoding.split('/');
    parts.next().is_some_and(|part| part.eq_ignore_ascii_case(name))
        && parts.next().is_none_or(|rate| rate.parse() == Ok(RATE))
        && parts.next().is_none_or(|channels| channels == "1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn us() -> Us {
        Us {
            address: "192.0.2.1:20000".parse().unwrap(),
            laws: Law::ALL.to_vec(),
            id: 7,
            version: 1,
            master: None,
        }
    }

    fn parse(lines: &[&str]) -> Result<Description, Fault> {
        Description::parse((lines.join("\r\n") + "\r\n").as_bytes())
    }

    const HEAD: [&str; 3] = ["v=0", "o=- 1 1 IN IP4 198.51.100.9", "s=-"];

    fn described(rest: &[&str]) -> Result<Description, Fault> {
        parse(&[&HEAD, rest].concat())
    }

    #[test]
    fn our_offer_is_understood_by_ourselves() {
        let offer = us().offer();
        let theirs = Us {
            address: "192.0.2.2:30000".parse().unwrap(),
            laws: vec![Law::Pcmu],
            id: 9,
            version: 3,
            master: None,
        };
        let (session, answer) = Description::parse(offer.as_bytes()).unwrap().answer(&theirs).unwrap();
        assert_eq!(session.remote, us().address);
        assert_eq!((session.law, session.payload_type, session.press), (Law::Pcmu, 0, Some(EVENTS)));
        let session = Description::parse(answer.as_bytes()).unwrap().agreed(&us()).unwrap();
        assert_eq!(session.remote, theirs.address);
        assert_eq!((session.law, session.audio.len(), session.hear), (Law::Pcmu, 1, vec![EVENTS]));
        assert!(session.send && session.receive);
    }

    #[test]
    fn the_other_side_orders_codecs_and_numbers_keys() {
        let session = described(&[
            "c=IN IP4 198.51.100.9",
            "m=audio 4000 RTP/AVP 18 97 0 96",
            "a=rtpmap:97 pcma/8000/1",
            "a=rtpmap:96 telephone-event/8000",
        ])
        .unwrap()
        .agreed(&us())
        .unwrap();
        assert_eq!((session.law, session.payload_type), (Law::Pcma, 97));
        assert_eq!(session.audio, [(97, Law::Pcma), (0, Law::Pcmu)]);
        assert_eq!((session.press, session.hear), (Some(96), vec![EVENTS, 96]));
    }

    #[test]
    fn a_held_call_is_not_sent_to_and_answered_in_mirror() {
        for (hold, answered) in [("a=sendonly", "a=recvonly"), ("a=inactive", "a=inactive")] {
            let offer = described(&["c=IN IP4 198.51.100.9", "m=audio 4000 RTP/AVP 8", hold]).unwrap();
            let (session, answer) = offer.answer(&us()).unwrap();
            assert!(!session.send, "{hold}");
            assert!(answer.contains(answered), "{answer}");
        }
        let old = described(&["c=IN IP4 0.0.0.0", "m=audio 4000 RTP/AVP 8"]).unwrap();
        assert!(!old.agreed(&us()).unwrap().send);
    }

    #[test]
    fn a_video_stream_is_declined_in_its_place() {
        let offer = described(&[
            "c=IN IP4 198.51.100.9",
            "a=sendonly",
            "m=video 5000 RTP/AVP 99",
            "m=audio 4000 RTP/AVP 8",
            "c=IN IP4 198.51.100.10",
        ])
        .unwrap();
        let (session, answer) = offer.answer(&us()).unwrap();
        assert_eq!(session.remote, "198.51.100.10:4000".parse().unwrap());
        assert!(!session.send, "the session's direction holds for the stream");
        let streams: Vec<_> = answer.lines().filter(|line| line.starts_with("m=")).collect();
        assert_eq!(streams, ["m=video 0 RTP/AVP 99", "m=audio 20000 RTP/AVP 8"]);
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let fault = |rest: &[&str]| described(rest).and_then(|found| found.agreed(&us())).unwrap_err();
        assert_eq!(Description::parse(b"").unwrap_err(), Fault::Missing);
        assert_eq!(Description::parse(b"hello").unwrap_err(), Fault::Malformed);
        assert_eq!(fault(&["c=IN IP4 198.51.100.9", "m=audio 0 RTP/AVP 0"]), Fault::NoAudio);
        assert_eq!(fault(&["c=IN IP4 198.51.100.9", "m=audio 9 RTP/SAVP 0"]), Fault::NoAudio);
        assert_eq!(fault(&["c=IN IP4 198.51.100.9", "m=audio 9 RTP/AVP 18 9"]), Fault::NoCodec);
        assert_eq!(fault(&["m=audio 9 RTP/AVP 0"]), Fault::Malformed);
        assert_eq!(fault(&["c=IN IP4 somewhere.example", "m=audio 9 RTP/AVP 0"]), Fault::Malformed);
        assert_eq!(fault(&["m=audio ninety RTP/AVP 0"]), Fault::Malformed);
    }

    #[test]
    fn an_encrypted_call_is_agreed_with_keys_or_not_at_all() {
        let secure = |port| {
            let address = SocketAddr::new("192.0.2.3".parse().unwrap(), port);
            Us { address, master: Some(Master::new()), ..us() }
        };
        let (here, there) = (secure(20_000), secure(30_000));
        let offer = here.offer().replace("crypto:1 ", "crypto:1 F8_128_HMAC_SHA1_80 inline:x\r\na=crypto:7 ");
        assert!(offer.contains("m=audio 20000 RTP/SAVP"), "{offer}");
        let (session, answer) = Description::parse(offer.as_bytes()).unwrap().answer(&there).unwrap();
        let keys = session.srtp.unwrap();
        assert_eq!((Some(keys.ours), Some(keys.theirs)), (there.master, here.master));
        assert!(
            answer.contains("RTP/SAVP") && answer.contains("a=crypto:7 AES_CM_128_HMAC_SHA1_80"),
            "{answer}"
        );
        let back = Description::parse(answer.as_bytes()).unwrap().agreed(&here).unwrap().srtp.unwrap();
        assert_eq!((Some(back.ours), Some(back.theirs)), (here.master, there.master));
        let fault =
            |text: &str, us: &Us| Description::parse(text.as_bytes()).unwrap().answer(us).unwrap_err();
        assert_eq!(fault(&us().offer(), &there), Fault::NotEncrypted, "in the clear");
        assert_eq!(fault(&offer, &us()), Fault::NoAudio, "and no key is given away");
        assert_eq!(fault(&here.offer().replace("inline:", "inline:!"), &there), Fault::NotEncrypted);
        // Both are offered: the one that is wanted is taken, the other declined.
        let both = us().offer()
            + "m=audio 5000 RTP/SAVP 8\r\na=crypto:"
            + here.offer().split_once("crypto:").unwrap().1;
        let (session, answer) = Description::parse(both.as_bytes()).unwrap().answer(&there).unwrap();
        assert_eq!((session.remote.port(), session.srtp.is_some()), (5_000, true));
        assert!(answer.contains("m=audio 0 RTP/AVP"), "{answer}");
    }

    proptest! {
        #[test]
        fn no_body_panics(body in "(v=0\r\n)?([mac]=[ -~]{0,40}\r\n){0,8}") {
            if let Ok(found) = Description::parse(body.as_bytes()) {
                let _ = found.answer(&us());
            }
        }
    }
}
