//! The phone's end of the audio: an RTP socket that the test holds itself.

use super::peer::{LOCALHOST, LONG};
use crate::Law;
use std::{
    f64::consts::TAU,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{net::UdpSocket, time::timeout};

pub const FRAME: usize = 160;

pub struct Phone {
    pub socket: UdpSocket,
    /// Where the agent's audio comes from, once it has come.
    pub agent: Option<SocketAddr>,
    sequence: u16,
    timestamp: u32,
}

#[derive(Debug)]
pub struct Packet {
    pub at: Instant,
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub payload: Vec<u8>,
}

#[expect(clippy::disallowed_methods, reason = "the pace of packets is measured")]
pub fn now() -> Instant {
    Instant::now()
}

impl Phone {
    pub async fn new() -> Self {
        let socket = UdpSocket::bind((LOCALHOST, 0)).await.unwrap();
        Self { socket, agent: None, sequence: 65_530, timestamp: 4_294_960_000 }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    pub async fn receive(&mut self) -> Packet {
        let mut datagram = [0; 2_048];
        let (length, from) =
            timeout(LONG, self.socket.recv_from(&mut datagram)).await.expect("audio").unwrap();
        let at = now();
        self.agent = Some(from);
        let word = |at: usize| u32::from_be_bytes(datagram[at..at + 4].try_into().unwrap());
        Packet {
            at,
            payload_type: datagram[1] & 0x7f,
            marker: datagram[1] & 0x80 != 0,
            sequence: (word(0) & 0xffff) as u16,
            timestamp: word(4),
            ssrc: word(8),
            payload: datagram[12..length].to_vec(),
        }
    }

    pub async fn receive_many(&mut self, count: usize) -> Vec<Packet> {
        let mut packets = Vec::with_capacity(count);
        for _ in 0..count {
            packets.push(self.receive().await);
        }
        packets
    }

    pub async fn send(&mut self, payload_type: u8, timestamp: u32, payload: &[u8]) {
        let socket = &self.socket;
        Self::send_from(
            socket,
            self.agent.expect("audio came first"),
            (payload_type, self.sequence, timestamp),
            payload,
        )
        .await;
        self.sequence = self.sequence.wrapping_add(1);
    }

    pub async fn send_from(
        socket: &UdpSocket,
        to: SocketAddr,
        (kind, sequence, timestamp): (u8, u16, u32),
        payload: &[u8],
    ) {
        let mut packet = vec![0x80, kind];
        packet.extend(sequence.to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(0x5161_7233_u32.to_be_bytes());
        packet.extend(payload);
        socket.send_to(&packet, to).await.unwrap();
    }

    /// Presses a key as phones do, but loses the first packet; the end comes three times.
    pub async fn press(&mut self, key: char) {
        let event = "0123456789*#ABCD".find(key).unwrap() as u8;
        let timestamp = self.timestamp;
        for (end, duration) in [(false, 320_u16), (false, 480), (true, 640), (true, 640), (true, 640)] {
            let [high, low] = duration.to_be_bytes();
            self.send(101, timestamp, &[event, u8::from(end) << 7 | 0x0a, high, low]).await;
        }
        self.timestamp = timestamp.wrapping_add(1_600);
    }

    /// One frame of audio, at once.
    pub async fn speak(&mut self, law: Law, frame: &[i16]) {
        let payload: Vec<u8> = frame.iter().map(|&sample| law.encode(sample)).collect();
        let timestamp = self.timestamp;
        self.send(law.static_type(), timestamp, &payload).await;
        self.timestamp = timestamp.wrapping_add(frame.len() as u32);
    }

    /// Speaks in the agent's own rhythm, one frame for each heard, and tells what was heard.
    pub async fn converse(&mut self, law: Law, samples: &[i16]) -> Vec<Packet> {
        let mut heard = Vec::new();
        for frame in samples.chunks(FRAME) {
            heard.push(self.receive().await);
            self.speak(law, frame).await;
        }
        heard
    }
}

pub fn tone(hertz: f64, length: Duration) -> Arc<[i16]> {
    let samples = (length.as_secs_f64() * 8_000.0) as u32;
    (0..samples).map(|n| ((TAU * hertz * f64::from(n) / 8_000.0).sin() * 12_000.0) as i16).collect()
}

/// The share of a signal's power that lies at a frequency (Goertzel); 1 for a pure tone.
pub fn share(samples: &[i16], hertz: f64) -> f64 {
    let turn = 2.0 * (TAU * hertz / 8_000.0).cos();
    let (mut last, mut before, mut power) = (0.0, 0.0, 0.0);
    for &sample in samples {
        let sample = f64::from(sample);
        let next = sample + turn * last - before;
        (before, last) = (last, next);
        power += sample * sample;
    }
    let at = last * last + before * before - turn * last * before;
    if power == 0.0 { 0.0 } else { 2.0 * at / (samples.len() as f64 * power) }
}

pub fn decoded(law: Law, packets: &[Packet]) -> Vec<i16> {
    packets
        .iter()
        .filter(|packet| packet.payload_type == law.static_type())
        .flat_map(|packet| packet.payload.iter().map(|&byte| law.decode(byte)))
        .collect()
}

#[test]
fn a_tone_is_found_at_its_frequency() {
    let samples = tone(440.0, Duration::from_secs(1));
    assert!(share(&samples, 440.0) > 0.99);
    assert!(share(&samples, 500.0) < 0.01);
}
