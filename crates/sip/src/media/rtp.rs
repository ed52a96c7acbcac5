//! RTP (RFC 3550), as much of it as one audio stream needs.

use crate::{clock, g711::RATE};

/// Samples in a frame of 20 ms.
pub(crate) const FRAME: usize = 160;
/// A frame's length on the clock.
pub(crate) const FRAME_MS: u64 = 1_000 * FRAME as u64 / RATE as u64;

const HEADER: usize = 12;

/// What a received packet says. The payload borrows from the datagram.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// `None` for anything that is no whole RTP version 2 packet (also RTCP on the same port).
    pub(crate) fn parse(datagram: &'a [u8]) -> Option<Self> {
        let (&first, &second) = (datagram.first()?, datagram.get(1)?);
        if first >> 6 != 2 {
            return None;
        }
        let mut start = HEADER + 4 * usize::from(first & 0x0f);
        if first & 0x10 != 0 {
            let words = datagram.get(start + 2..start + 4)?;
            start += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
        }
        let mut end = datagram.len();
        if first & 0x20 != 0 {
            end = end.checked_sub(usize::from(*datagram.last()?))?;
        }
        Some(Self {
            payload_type: second & 0x7f,
            marker: second & 0x80 != 0,
            sequence: u16::from_be_bytes(datagram.get(2..4)?.try_into().ok()?),
            timestamp: u32::from_be_bytes(datagram.get(4..8)?.try_into().ok()?),
            ssrc: u32::from_be_bytes(datagram.get(8..12)?.try_into().ok()?),
            payload: datagram.get(start..end)?,
        })
    }
}

/// The sending side of a stream: one SSRC, sequence numbers by packet, timestamps by time.
#[derive(Debug)]
pub(crate) struct Stream {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// The first packet after a silence carries the marker (RFC 3551 §4.1).
    talkspurt: bool,
}

impl Stream {
    pub(crate) fn new() -> Self {
        Self {
            ssrc: clock::random(),
            // In the lower half: over SRTP nobody must count through the first rollover (RFC 3711 §3.3.1).
            sequence: clock::random() as u16 & 0x7fff,
            timestamp: clock::random(),
            talkspurt: true,
        }
    }

    pub(crate) fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Time passes whether or not something is sent.
    pub(crate) fn advance(&mut self, frames: u64) {
        self.timestamp = self.timestamp.wrapping_add((frames as u32).wrapping_mul(FRAME as u32));
    }

    /// After a gap the next audio packet begins a talkspurt.
    pub(crate) fn pause(&mut self) {
        self.talkspurt = true;
    }

    pub(crate) fn audio(&mut self, payload_type: u8, payload: &[u8], out: &mut Vec<u8>) {
        let marker = std::mem::take(&mut self.talkspurt);
        let timestamp = self.timestamp;
        self.write(payload_type, marker, timestamp, payload, out);
    }

    /// An event keeps the timestamp of its beginning (RFC 4733 §2.2).
    pub(crate) fn event(
        &mut self,
        payload_type: u8,
        first: bool,
        began: u32,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) {
        self.talkspurt = true;
        self.write(payload_type, first, began, payload, out);
    }

    fn write(&mut self, payload_type: u8, marker: bool, timestamp: u32, payload: &[u8], out: &mut Vec<u8>) {
        out.clear();
        out.push(0x80);
        out.push(u8::from(marker) << 7 | payload_type & 0x7f);
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&timestamp.to_be_bytes());
        out.extend_from_slice(&self.ssrc.to_be_bytes());
        out.extend_from_slice(payload);
        self.sequence = self.sequence.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_stream_counts_packets_and_time_apart() {
        let mut stream = Stream { ssrc: 7, sequence: u16::MAX, timestamp: u32::MAX - 79, talkspurt: true };
        let mut wire = Vec::new();
        stream.audio(8, &[1; FRAME], &mut wire);
        let first = Packet::parse(&wire).unwrap();
        assert_eq!((first.sequence, first.marker, first.payload_type, first.ssrc), (u16::MAX, true, 8, 7));
        assert_eq!(first.payload, [1; FRAME]);
        stream.advance(2);
        stream.audio(8, &[2; FRAME], &mut wire);
        let second = Packet::parse(&wire).unwrap();
        assert_eq!((second.sequence, second.marker, second.timestamp), (0, false, 240));
    }

    #[test]
    fn padding_extension_and_sources_are_no_audio() {
        let mut wire = vec![0x80 | 0x20 | 0x10 | 1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        wire.extend([0, 0, 0, 9]);
        wire.extend([0xbe, 0xde, 0, 1, 5, 5, 5, 5]);
        wire.extend([42, 43, 0, 2]);
        assert_eq!(Packet::parse(&wire).unwrap().payload, [42, 43]);
    }

    proptest! {
        #[test]
        fn no_datagram_panics(datagram in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Packet::parse(&datagram);
        }
    }
}
