//! Pressed keys as RFC 4733 telephone events, both ways.

use super::rtp::FRAME;
use std::collections::VecDeque;

/// The sixteen keys; an event's number is its place.
const KEYS: &[u8; 16] = b"0123456789*#ABCD";

/// A key is held for 160 ms and followed by 80 ms of nothing: what exchanges and the strictest
/// gateways still hear.
const HELD_FRAMES: u16 = 8;
const GAP_FRAMES: u8 = 4;
/// The end is said three times, since a packet may be lost (RFC 4733 §2.5.1.4).
const ENDS: u8 = 3;
/// −10 dBm0.
const VOLUME: u8 = 0x0a;
/// More keys than this in one call are nobody's choice but an attack or a fax.
pub(crate) const MOST_KEYS: usize = 1_000;

/// The event number of a key.
pub(crate) fn event_of(key: char) -> Option<u8> {
    let key = u8::try_from(key.to_ascii_uppercase()).ok()?;
    KEYS.iter().position(|&one| one == key).map(|at| at as u8)
}

fn key_of(event: u8) -> Option<char> {
    KEYS.get(usize::from(event)).map(|&key| char::from(key))
}

/// Which keys a stream of event packets means.
#[derive(Debug, Default)]
pub(crate) struct Hearing {
    last: Option<Last>,
    heard: usize,
}

#[derive(Debug)]
struct Last {
    ssrc: u32,
    timestamp: u32,
    event: u8,
    duration: u16,
    ended: bool,
}

/// What a packet added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Key(char),
    /// Another packet of a key already told, or no key at all.
    Nothing,
    /// Beyond [`MOST_KEYS`].
    TooMany,
}

impl Hearing {
    /// A key is told at its first packet that arrives: the first, or a later one when that was lost.
    pub(crate) fn packet(&mut self, ssrc: u32, timestamp: u32, payload: &[u8]) -> Heard {
        let &[event, flags, high, low, ..] = payload else { return Heard::Nothing };
        let Some(key) = key_of(event) else { return Heard::Nothing };
        let (ended, duration) = (flags & 0x80 != 0, u16::from_be_bytes([high, low]));
        if let Some(last) = self.last.as_mut().filter(|last| last.ssrc == ssrc) {
            let ahead = timestamp.wrapping_sub(last.timestamp);
            if ahead == 0 {
                last.ended |= ended;
                last.duration = last.duration.max(duration);
                return Heard::Nothing;
            }
            // Older than what was told: reordered, or a late repetition.
            if ahead > u32::MAX / 2 {
                return Heard::Nothing;
            }
            // A key held beyond the 16-bit duration goes on as a further segment (§2.5.1.3).
            if !last.ended && last.event == event && ahead == u32::from(last.duration) && ahead > 0x8000 {
                (last.timestamp, last.duration, last.ended) = (timestamp, duration, ended);
                return Heard::Nothing;
            }
        }
        self.last = Some(Last { ssrc, timestamp, event, duration, ended });
        if self.heard == MOST_KEYS {
            return Heard::TooMany;
        }
        self.heard += 1;
        Heard::Key(key)
    }
}

/// Keys waiting to be sent, and the one that is being pressed.
#[derive(Debug, Default)]
pub(crate) struct Pressing {
    waiting: VecDeque<u8>,
    now: Option<Now>,
    gap: u8,
}

#[derive(Debug)]
struct Now {
    event: u8,
    began: u32,
    frames: u16,
    ends: u8,
}

/// One event packet to send.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EventPacket {
    pub first: bool,
    pub began: u32,
    pub payload: [u8; 4],
}

impl Pressing {
    /// `false` when too many wait already.
    pub(crate) fn press(&mut self, key: char) -> bool {
        let Some(event) = event_of(key).filter(|_| self.waiting.len() < MOST_KEYS) else { return false };
        self.waiting.push_back(event);
        true
    }

    /// Whether this frame belongs to a key rather than to audio.
    pub(crate) fn busy(&self) -> bool {
        self.now.is_some() || self.gap > 0 || !self.waiting.is_empty()
    }

    /// The event packet of this frame; `None` in the gap between keys.
    pub(crate) fn frame(&mut self, timestamp: u32) -> Option<EventPacket> {
        if self.now.is_none() {
            if self.gap > 0 {
                self.gap -= 1;
                return None;
            }
            let event = self.waiting.pop_front()?;
            self.now = Some(Now { event, began: timestamp, frames: 0, ends: 0 });
        }
        let now = self.now.as_mut()?;
        let first = now.frames == 0;
        let end = now.frames + 1 >= HELD_FRAMES;
        now.frames = (now.frames + 1).min(HELD_FRAMES);
        let duration = now.frames * FRAME as u16;
        let [high, low] = duration.to_be_bytes();
        let payload = [now.event, u8::from(end) << 7 | VOLUME, high, low];
        let packet = EventPacket { first, began: now.began, payload };
        if end {
            now.ends += 1;
            if now.ends == ENDS {
                self.now = None;
                self.gap = GAP_FRAMES;
            }
        }
        Some(packet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(hearing: &mut Hearing, ssrc: u32, timestamp: u32, event: u8, end: bool, duration: u16) -> Heard {
        let [high, low] = duration.to_be_bytes();
        hearing.packet(ssrc, timestamp, &[event, u8::from(end) << 7 | VOLUME, high, low])
    }

    #[test]
    fn what_one_side_presses_the_other_hears_once() {
        let mut pressing = Pressing::default();
        for key in "0123456789*#abcd11".chars() {
            assert!(pressing.press(key));
        }
        assert!(!pressing.press('x'));
        let (mut hearing, mut keys, mut timestamp) = (Hearing::default(), String::new(), 4_294_960_000_u32);
        while pressing.busy() {
            if let Some(packet) = pressing.frame(timestamp) {
                assert_eq!(packet.first, packet.began == timestamp);
                if let Heard::Key(key) = hearing.packet(1, packet.began, &packet.payload) {
                    keys.push(key);
                }
            }
            timestamp = timestamp.wrapping_add(FRAME as u32);
        }
        assert_eq!(keys, "0123456789*#ABCD11");
    }

    #[test]
    fn a_key_is_told_once_however_its_packets_come() {
        let mut hearing = Hearing::default();
        // The beginning is lost, the end comes three times, then an old packet once more.
        assert_eq!(heard(&mut hearing, 1, 1_000, 5, false, 320), Heard::Key('5'));
        for _ in 0..3 {
            assert_eq!(heard(&mut hearing, 1, 1_000, 5, true, 1_280), Heard::Nothing);
        }
        assert_eq!(heard(&mut hearing, 1, 3_000, 5, false, 160), Heard::Key('5'));
        assert_eq!(heard(&mut hearing, 1, 1_000, 5, true, 1_280), Heard::Nothing);
        // Another source begins anew.
        assert_eq!(heard(&mut hearing, 2, 500, 9, true, 800), Heard::Key('9'));
        // A flash is no key, half a packet is nothing.
        assert_eq!(heard(&mut hearing, 2, 9_000, 16, true, 800), Heard::Nothing);
        assert_eq!(hearing.packet(2, 9_500, &[1, 0, 0]), Heard::Nothing);
    }

    #[test]
    fn a_key_held_for_ten_seconds_is_one_key() {
        let mut hearing = Hearing::default();
        assert_eq!(heard(&mut hearing, 1, 0, 1, false, 160), Heard::Key('1'));
        assert_eq!(heard(&mut hearing, 1, 0, 1, false, 0xffff), Heard::Nothing);
        assert_eq!(heard(&mut hearing, 1, 0xffff, 1, false, 160), Heard::Nothing);
        assert_eq!(heard(&mut hearing, 1, 0xffff, 1, true, 8_000), Heard::Nothing);
    }

    #[test]
    fn a_flood_of_keys_is_bounded() {
        let mut hearing = Hearing::default();
        let told = (1..=5_000_u32)
            .filter(|n| matches!(heard(&mut hearing, 1, n * 1_000, 3, true, 400), Heard::Key(_)))
            .count();
        assert_eq!(told, MOST_KEYS);
        let mut pressing = Pressing::default();
        assert_eq!((0..5_000).filter(|_| pressing.press('1')).count(), MOST_KEYS);
    }
}
