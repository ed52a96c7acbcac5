//! The media of one call: what it sends each 20 ms, and what it makes of what arrives.

use super::{
    jitter::Jitter,
    keys::{Heard, Hearing, Pressing},
    pace::{Due, Pace},
    pipe::Pipe,
    recorder::{Hear, Recorder},
    ringback::Ringback,
    rtp::{FRAME, Packet, Stream},
};
use crate::{
    clock,
    counters::{Count, Counters},
    event::{Teller, What},
    g711::Law,
    sdp::Session,
    srtp::{Receiver, Sender},
};
use std::{
    io::ErrorKind,
    net::{SocketAddr, UdpSocket},
    sync::Arc,
    time::{Duration, Instant},
};

/// So many datagrams are read in one frame's time. Ten times what a call needs; a flood beyond it
/// stays in the kernel's buffer and is thrown away there.
const MOST_READS: usize = 32;

/// What is louder than this is no silence, however a gateway writes silence.
const LOUD: u16 = 256;

/// Where RTP may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RtpSource {
    /// Exactly the negotiated address and port.
    #[default]
    Exact,
    /// Any port of the negotiated address; some carriers send from another one.
    SameHost,
}

pub(crate) struct Leg {
    socket: UdpSocket,
    session: Session,
    source: RtpSource,
    teller: Teller,
    counters: Counters,
    pace: Pace,
    stream: Stream,
    /// What encrypts; in both directions or in none.
    srtp: Option<(Sender, Receiver)>,
    play: Option<Play>,
    pressing: Pressing,
    hearing: Hearing,
    jitter: Option<Jitter>,
    recorder: Option<Recorder>,
    /// Where what is heard goes, and where what is sent comes from, while bridged.
    bridge: Option<Bridge>,
    /// Where both sides of this call go, for whoever listens to a bridge.
    taps: Vec<Arc<Pipe>>,
    /// What this call hears of another's bridge.
    overheard: Option<Arc<Pipe>>,
    /// What it hears until the call it waits for says something.
    ringback: Option<Ringback>,
    /// Not answered yet: what the network says is heard, and nothing is said to it, nor a key taken from it.
    early: bool,
    /// The other side has been loud.
    sounds: bool,
    heard_at: Instant,
    lost_after: Option<Duration>,
    lost: Option<Box<dyn FnOnce() + Send>>,
}

struct Play {
    play: u64,
    samples: Arc<[i16]>,
    at: usize,
}

#[derive(Debug)]
pub(crate) struct Bridge {
    pub to: Arc<Pipe>,
    pub from: Arc<Pipe>,
}

/// What a leg is made of.
pub(crate) struct Parts {
    pub socket: UdpSocket,
    pub session: Session,
    /// Before the answer.
    pub early: bool,
    pub source: RtpSource,
    pub teller: Teller,
    pub counters: Counters,
    /// With no RTP for so long, `lost` is called once.
    pub lost_after: Option<Duration>,
    pub lost: Box<dyn FnOnce() + Send>,
}

/// Buffers that all legs of a thread share.
pub(crate) struct Scratch {
    datagram: Box<[u8; 2_048]>,
    out: Vec<u8>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { datagram: Box::new([0; 2_048]), out: Vec::with_capacity(256) }
    }
}

impl Leg {
    pub(crate) fn new(parts: Parts, now: Instant) -> Self {
        let Parts { socket, session, early, source, teller, counters, lost_after, lost } = parts;
        // What came before belongs to nobody.
        let mut stale = [0; 64];
        for _ in 0..1_000 {
            if socket.recv_from(&mut stale).is_err() {
                break;
            }
        }
        let srtp = session.srtp.map(|keys| (Sender::new(&keys.ours), Receiver::new(&keys.theirs)));
        Self {
            socket,
            session,
            srtp,
            source,
            teller,
            counters,
            pace: Pace::new(now),
            stream: Stream::new(),
            play: None,
            pressing: Pressing::default(),
            hearing: Hearing::default(),
            jitter: None,
            recorder: None,
            bridge: None,
            taps: Vec::new(),
            overheard: None,
            ringback: None,
            early,
            sounds: false,
            heard_at: now,
            lost_after,
            lost: Some(lost),
        }
    }

    /// The time of the first frame.
    pub(crate) fn begin(&mut self, at: Instant) {
        self.pace = Pace::new(at);
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.pace.deadline()
    }

    pub(crate) fn agree(&mut self, session: Session) {
        match (self.session.send, session.send) {
            // Nobody is held before there is an answer.
            _ if self.early => {}
            (true, false) => self.teller.tell(What::Held),
            (false, true) => self.teller.tell(What::Resumed),
            _ => {}
        }
        // Our own key is the call's; theirs may be another now.
        if let (Some((_, receiver)), Some(keys)) = (&mut self.srtp, session.srtp)
            && !receiver.is_of(&keys.theirs)
        {
            *receiver = Receiver::new(&keys.theirs);
        }
        self.session = session;
    }

    /// The other side has answered what was heard early: from now on it hears us, and its keys count.
    pub(crate) fn answered(&mut self, session: Session) {
        self.agree(session);
        self.early = false;
    }

    pub(crate) fn play(&mut self, play: u64, samples: Arc<[i16]>) {
        self.stop();
        self.play = Some(Play { play, samples, at: 0 });
    }

    pub(crate) fn stop(&mut self) {
        if let Some(play) = self.play.take() {
            self.teller.tell(What::PlayEnded { play: play.play, complete: false });
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        for key in keys.chars() {
            if self.session.press.is_none() || !self.pressing.press(key) {
                self.counters.one(Count::KeysDropped);
            }
        }
    }

    pub(crate) fn record(&mut self, recorder: Option<Recorder>) {
        self.recorder = recorder;
        self.listen();
    }

    pub(crate) fn bridge(&mut self, bridge: Option<Bridge>) {
        self.bridge = bridge;
        self.ringback = None;
        // Whoever listens was let into that conversation, and into no other.
        self.taps.clear();
        self.listen();
    }

    /// A bridge with a call that rings: until something is heard from there, our own ringing tone.
    pub(crate) fn await_answer(&mut self, bridge: Bridge) {
        self.bridge(Some(bridge));
        self.ringback = Some(Ringback::default());
    }

    /// Somebody hears both sides of this call, until he drops his end of the pipe.
    pub(crate) fn tap(&mut self, tap: Arc<Pipe>) {
        self.taps.push(tap);
        self.listen();
    }

    /// What this call hears when nothing else is said to it.
    pub(crate) fn overhear(&mut self, overheard: Option<Arc<Pipe>>) {
        self.overheard = overheard;
    }

    /// Audio is decoded only while somebody listens.
    fn listen(&mut self) {
        if self.recorder.is_none() && self.bridge.is_none() && self.taps.is_empty() {
            self.jitter = None;
        } else if self.jitter.is_none() {
            self.jitter = Some(Jitter::new());
        }
    }

    /// One frame's time: receive, send, record.
    pub(crate) fn tick(&mut self, now: Instant, scratch: &mut Scratch) {
        let due = self.pace.take(now);
        if due.skipped > 0 {
            self.counters.add(Count::FramesSkipped, due.skipped);
            self.stream.advance(due.skipped);
        }
        self.receive(now, scratch);
        let sent = self.send(due, scratch);
        self.listened(&sent);
        self.stream.advance(1);
        if self.lost_after.is_some_and(|after| now.saturating_duration_since(self.heard_at) > after)
            && let Some(lost) = self.lost.take()
        {
            lost();
        }
    }

    fn receive(&mut self, now: Instant, scratch: &mut Scratch) {
        for _ in 0..MOST_READS {
            let (length, from) = match self.socket.recv_from(&mut scratch.datagram[..]) {
                Ok(received) => received,
                // An ICMP error of something sent earlier; there may be more to read.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => continue,
                Err(_) => break,
            };
            if !self.expects(from) {
                self.counters.one(Count::PacketsFromStrangers);
                continue;
            }
            let datagram = &mut scratch.datagram[..length];
            let length = match &mut self.srtp {
                None => Some(length),
                Some((_, receiver)) => receiver.unprotect(datagram),
            };
            let Some(length) = length else {
                self.counters.one(Count::PacketsUnverified);
                continue;
            };
            match Packet::parse(&scratch.datagram[..length]) {
                Some(packet) => {
                    self.counters.one(Count::PacketsReceived);
                    self.heard_at = now;
                    self.packet(&packet);
                }
                None => self.counters.one(Count::PacketsMalformed),
            }
        }
        // Silence on hold is no loss, nor is it before the answer.
        if !self.session.receive || self.early {
            self.heard_at = now;
        }
    }

    fn expects(&self, from: SocketAddr) -> bool {
        match self.source {
            RtpSource::Exact => from == self.session.remote,
            RtpSource::SameHost => from.ip() == self.session.remote.ip(),
        }
    }

    fn packet(&mut self, packet: &Packet<'_>) {
        if self.session.hear.contains(&packet.payload_type) {
            match self.hearing.packet(packet.ssrc, packet.timestamp, packet.payload) {
                // A network that presses keys before the answer is nobody's choice.
                Heard::Key(_) if self.early => {}
                Heard::Key(key) => {
                    self.counters.one(Count::KeysHeard);
                    self.teller.tell(What::Key(key));
                    if let Some(bridge) = &self.bridge {
                        bridge.to.push_key(key);
                    }
                }
                Heard::TooMany => self.counters.one(Count::KeysDropped),
                Heard::Nothing => {}
            }
            return;
        }
        let law = self.session.audio.iter().find(|(known, _)| *known == packet.payload_type);
        if let (Some(&(_, law)), Some(jitter)) = (law, &mut self.jitter) {
            let dropped = jitter.dropped;
            jitter.write(packet.ssrc, packet.timestamp, packet.payload.iter().map(|&byte| law.decode(byte)));
            self.counters.add(Count::PacketsLate, jitter.dropped - dropped);
        }
    }

    /// Sends this frame and tells what it was.
    fn send(&mut self, due: Due, scratch: &mut Scratch) -> [i16; FRAME] {
        let bridged = self.bridge.as_ref().map(|bridge| bridge.from.pull());
        let (bridged, keys) = bridged.filter(|_| !self.early).unwrap_or_default();
        if bridged.is_some() {
            self.ringback = None;
        }
        let overheard = self.overheard.as_ref().and_then(|pipe| pipe.pull().0);
        for key in keys.into_iter().filter(|_| self.session.press.is_some()) {
            self.pressing.press(key);
        }
        if !self.session.send {
            // Time passes for the stream, not for the message.
            self.stream.pause();
            return [0; FRAME];
        }
        if let Some(payload_type) = self.session.press.filter(|_| self.pressing.busy())
            && let Some(event) = self.pressing.frame(self.stream.timestamp())
        {
            self.stream.event(payload_type, event.first, event.began, &event.payload, &mut scratch.out);
            self.put(due, scratch);
            return [0; FRAME];
        }
        let frame = self.playing().or(bridged).or(overheard).or_else(|| self.ringing()).unwrap_or([0; FRAME]);
        let law: Law = self.session.law;
        let payload = frame.map(|sample| law.encode(sample));
        self.stream.audio(self.session.payload_type, &payload, &mut scratch.out);
        self.put(due, scratch);
        frame
    }

    fn put(&mut self, due: Due, scratch: &mut Scratch) {
        if let Some((sender, _)) = &mut self.srtp {
            sender.protect(&mut scratch.out);
        }
        match self.socket.send_to(&scratch.out, self.session.remote) {
            Ok(_) => self.counters.one(Count::FramesSent),
            Err(_) => self.counters.one(Count::FramesNotSent),
        }
        if due.is_late(clock::now()) {
            self.counters.one(Count::FramesLate);
        }
    }

    fn playing(&mut self) -> Option<[i16; FRAME]> {
        let play = self.play.as_mut()?;
        let rest = &play.samples[play.at..];
        if rest.is_empty() {
            // Told one frame after the last one left: now it has been heard.
            let play = play.play;
            self.play = None;
            self.teller.tell(What::PlayEnded { play, complete: true });
            return None;
        }
        let length = rest.len().min(FRAME);
        let mut frame = [0; FRAME];
        frame[..length].copy_from_slice(&rest[..length]);
        play.at += length;
        Some(frame)
    }

    fn ringing(&mut self) -> Option<[i16; FRAME]> {
        // A call that is over does not ring any more.
        if self.bridge.as_ref().is_none_or(|bridge| Arc::strong_count(&bridge.from) == 1) {
            self.ringback = None;
        }
        self.ringback.as_mut().map(Ringback::frame)
    }

    fn listened(&mut self, sent: &[i16; FRAME]) {
        let Some(jitter) = &mut self.jitter else { return };
        let heard = jitter.read();
        self.sounds |= heard.iter().any(|sample| sample.unsigned_abs() > LOUD);
        // A network that sends silence while it rings leaves the ringing to us.
        if let Some(bridge) = self.bridge.as_ref().filter(|_| self.sounds || !self.early) {
            bridge.to.push(&heard);
        }
        if !self.taps.is_empty() {
            self.taps.retain(|tap| Arc::strong_count(tap) > 1);
            let both = both(&heard, sent);
            for tap in &self.taps {
                tap.push(&both);
            }
            self.listen();
        }
        if let Some(recorder) = &mut self.recorder {
            let frame = match recorder.hear {
                Hear::Inbound => heard,
                Hear::Mixed => both(&heard, sent),
            };
            if !recorder.push(&frame) {
                self.record(None);
            }
        }
    }
}

fn both(heard: &[i16; FRAME], sent: &[i16; FRAME]) -> [i16; FRAME] {
    std::array::from_fn(|at| heard[at].saturating_add(sent[at]))
}
