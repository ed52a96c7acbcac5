//! SRTP (RFC 3711) with the suite that everybody has, AES_CM_128_HMAC_SHA1_80, and its keys in session
//! descriptions (RFC 4568). They are only as secret as the signalling, hence only over TLS.
//!
//! Ours, over the ciphers that the program has anyway: the crates there are bring RTP, RTCP and a runtime of their
//! own with them, or wrap the C library.

use crate::clock;
use aes::Aes128;
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit, StreamCipher},
};
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use std::fmt;

pub(crate) const SUITE: &str = "AES_CM_128_HMAC_SHA1_80";
const TAG: usize = 10;
const HEADER: usize = 12;
/// SSRCs of one sender that are remembered; after a transfer at the other side there is a second.
const MOST_STREAMS: usize = 4;
/// How far a packet may be late.
const WINDOW: u64 = 64;

/// A master key and its salt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Master {
    key: [u8; 16],
    salt: [u8; 14],
}

// By hand, so that a key never stands in a log.
impl fmt::Debug for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Master")
    }
}

/// What an `a=crypto` line offers that we can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crypto {
    pub tag: String,
    pub master: Master,
}

impl Crypto {
    /// `1 AES_CM_128_HMAC_SHA1_80 inline:…|2^31`; `None` for other suites, and for what changes the packets.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let (tag, suite, keys) = (words.next()?, words.next()?, words.next()?);
        let number = !tag.is_empty() && tag.len() <= 9 && tag.bytes().all(|byte| byte.is_ascii_digit());
        // A session parameter may leave out encryption or authentication; a second key needs an MKI.
        if !number || suite != SUITE || words.next().is_some() {
            return None;
        }
        let mut parts = keys.strip_prefix("inline:")?.split('|');
        let bytes: [u8; 30] = BASE64.decode(parts.next()?.as_bytes()).ok()?.try_into().ok()?;
        if parts.any(|part| part.contains([':', ';'])) {
            return None;
        }
        Some(Self { tag: tag.to_owned(), master: Master::of(bytes) })
    }
}

impl Master {
    pub(crate) fn new() -> Self {
        Self::of(clock::secret())
    }

    fn of(bytes: [u8; 30]) -> Self {
        let (mut key, mut salt) = ([0; 16], [0; 14]);
        key.copy_from_slice(&bytes[..16]);
        salt.copy_from_slice(&bytes[16..]);
        Self { key, salt }
    }

    /// As an `a=crypto` line has it.
    pub(crate) fn line(&self, tag: &str) -> String {
        let bytes = [&self.key[..], &self.salt].concat();
        format!("{tag} {SUITE} inline:{}", BASE64.encode(&bytes))
    }

    /// §4.3.1, with a key derivation rate of zero.
    fn derived<const N: usize>(&self, label: u8) -> [u8; N] {
        let mut iv = [0; 16];
        iv[..14].copy_from_slice(&self.salt);
        iv[7] ^= label;
        let mut derived = [0; N];
        Ctr128BE::<Aes128>::new(&self.key.into(), &iv.into()).apply_keystream(&mut derived);
        derived
    }
}

/// The keys of one direction.
struct Keys {
    cipher: [u8; 16],
    salt: [u8; 14],
    mac: Hmac<Sha1>,
}

impl Keys {
    fn new(master: &Master) -> Self {
        let auth: [u8; 20] = master.derived(1);
        // Shorter than a block of the hash: hashed nowhere, padded with zeros.
        let mut block = [0; 64];
        block[..20].copy_from_slice(&auth);
        Self { cipher: master.derived(0), salt: master.derived(2), mac: Hmac::new(&block.into()) }
    }

    /// Encrypts or decrypts the payload of a packet.
    fn apply(&self, ssrc: [u8; 4], index: u64, payload: &mut [u8]) {
        let mut iv = [0; 16];
        iv[..14].copy_from_slice(&self.salt);
        for (byte, ssrc) in iv[4..8].iter_mut().zip(ssrc) {
            *byte ^= ssrc;
        }
        for (byte, index) in iv[8..14].iter_mut().zip(&index.to_be_bytes()[2..]) {
            *byte ^= index;
        }
        Ctr128BE::<Aes128>::new(&self.cipher.into(), &iv.into()).apply_keystream(payload);
    }

    fn mac(&self, packet: &[u8], index: u64) -> Hmac<Sha1> {
        let mut mac = self.mac.clone();
        mac.update(packet);
        mac.update(&((index >> 16) as u32).to_be_bytes());
        mac
    }
}

/// Where the payload of an RTP packet begins, its sequence number and its SSRC.
fn header(packet: &[u8]) -> Option<(usize, u16, [u8; 4])> {
    let &first = packet.first()?;
    if first >> 6 != 2 {
        return None;
    }
    let mut start = HEADER + 4 * usize::from(first & 0x0f);
    if first & 0x10 != 0 {
        let words = packet.get(start + 2..start + 4)?;
        start += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    let sequence = u16::from_be_bytes(packet.get(2..4)?.try_into().ok()?);
    (start <= packet.len()).then_some((start, sequence, packet.get(8..12)?.try_into().ok()?))
}

/// What we send.
pub(crate) struct Sender {
    keys: Keys,
    rollovers: u64,
    last: u16,
}

impl Sender {
    pub(crate) fn new(master: &Master) -> Self {
        Self { keys: Keys::new(master), rollovers: 0, last: 0 }
    }

    /// Encrypts a packet and signs it. Packets come in the order of their numbers.
    pub(crate) fn protect(&mut self, packet: &mut Vec<u8>) {
        let Some((start, sequence, ssrc)) = header(packet) else { return packet.clear() };
        self.rollovers += u64::from(sequence < self.last);
        self.last = sequence;
        let index = self.rollovers << 16 | u64::from(sequence);
        self.keys.apply(ssrc, index, &mut packet[start..]);
        let tag = self.keys.mac(packet, index).finalize().into_bytes();
        packet.extend_from_slice(&tag[..TAG]);
    }
}

/// What the other side sends.
pub(crate) struct Receiver {
    master: Master,
    keys: Keys,
    streams: Vec<Heard>,
}

/// How far a stream has been heard.
#[derive(Clone, Copy)]
struct Heard {
    ssrc: [u8; 4],
    highest: u64,
    /// Bit n: the packet n before the highest has come.
    seen: u64,
}

impl Heard {
    /// The index that a sequence number most likely means (§3.3.1).
    fn index(&self, sequence: u16) -> Option<u64> {
        let (rollovers, last) = (self.highest >> 16, self.highest as u16);
        let rollovers = match (last < 0x8000, i32::from(sequence) - i32::from(last)) {
            (true, ahead) if ahead > 0x8000 => rollovers.checked_sub(1)?,
            (false, ahead) if ahead < -0x8000 => rollovers + 1,
            _ => rollovers,
        };
        Some(rollovers << 16 | u64::from(sequence))
    }

    /// Whether a packet is old, or has come before.
    fn knows(&self, index: u64) -> bool {
        let behind = self.highest.wrapping_sub(index);
        index <= self.highest && (behind >= WINDOW || self.seen >> behind & 1 == 1)
    }

    fn note(&mut self, index: u64) {
        if index > self.highest {
            let ahead = index - self.highest;
            self.seen = if ahead < WINDOW { self.seen << ahead | 1 } else { 1 };
            self.highest = index;
        } else {
            self.seen |= 1 << (self.highest - index);
        }
    }
}

impl Receiver {
    pub(crate) fn new(master: &Master) -> Self {
        Self { master: *master, keys: Keys::new(master), streams: Vec::new() }
    }

    pub(crate) fn is_of(&self, master: &Master) -> bool {
        self.master == *master
    }

    /// Decrypts a packet in its place; its length without the signature. `None` for what the other side has not
    /// sent, or has sent before.
    pub(crate) fn unprotect(&mut self, packet: &mut [u8]) -> Option<usize> {
        let length = packet.len().checked_sub(TAG)?;
        let (start, sequence, ssrc) = header(&packet[..length])?;
        let at = self.streams.iter().position(|stream| stream.ssrc == ssrc);
        let (signed, tag) = packet.split_at_mut(length);
        let is = |index: u64| self.keys.mac(signed, index).verify_truncated_left(tag).is_ok();
        let index = if let Some(at) = at {
            let index = self.streams[at].index(sequence)?;
            (!self.streams[at].knows(index) && is(index)).then_some(index)?
        } else {
            let first = u64::from(sequence);
            // What came before the first rollover may all have been lost.
            [first, 1 << 16 | first].into_iter().find(|&index| is(index))?
        };
        self.keys.apply(ssrc, index, &mut signed[start..]);
        if let Some(at) = at {
            self.streams[at].note(index);
        } else {
            if self.streams.len() == MOST_STREAMS {
                self.streams.remove(0);
            }
            self.streams.push(Heard { ssrc, highest: index, seen: 1 });
        }
        Some(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER_PERMISSIVE as HEX;
    use proptest::prelude::*;

    fn hex(text: &str) -> Vec<u8> {
        HEX.decode(text.replace(' ', "").as_bytes()).unwrap()
    }

    /// RFC 3711, appendix B.3.
    fn master() -> Master {
        let text = "e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6";
        Master::of(hex(text).try_into().unwrap())
    }

    fn packet(sequence: u16, payload: &[u8]) -> Vec<u8> {
        let mut packet = hex("800f0000 decafbad cafebabe");
        packet[2..4].copy_from_slice(&sequence.to_be_bytes());
        packet.extend_from_slice(payload);
        packet
    }

    #[test]
    fn keys_are_derived_as_the_rfc_derives_them() {
        let master = master();
        assert_eq!(master.derived::<16>(0).to_vec(), hex("c61e7a93744f39ee10734afe3ff7a087"));
        assert_eq!(master.derived::<20>(1).to_vec(), hex("cebe321f6ff7716b6fd4ab49af256a156d38baa4"));
        assert_eq!(master.derived::<14>(2).to_vec(), hex("30cbbc08863d8c85d49db34a9ae1"));
    }

    /// RFC 3711, appendix B.2.
    #[test]
    fn the_keystream_is_the_rfcs() {
        let keys = Keys {
            cipher: hex("2b7e151628aed2a6abf7158809cf4f3c").try_into().unwrap(),
            salt: hex("f0f1f2f3f4f5f6f7f8f9fafbfcfd").try_into().unwrap(),
            ..Keys::new(&master())
        };
        let mut stream = vec![0; 0xff02 * 16];
        keys.apply([0; 4], 0, &mut stream);
        let first = "e03ead0935c95e80e166b16dd92b4eb4 d23513162b02d0f72a43a2fe4a5f97ab \
                     41e95b3bb0a2e8dd477901e4fca894c0";
        assert_eq!(stream[..48].to_vec(), hex(first));
        let last = "ec8cdf7398607cb0f2d21675ea9ea1e4 362b7c3c6773516318a077d7fc5073ae";
        assert_eq!(stream[0xfeff * 16..][..32].to_vec(), hex(last));
    }

    /// The packet with which libsrtp validates itself.
    #[test]
    fn a_packet_is_what_others_make_of_it() {
        let mut wire = packet(0x1234, &[0xab; 16]);
        let plain = wire.clone();
        Sender::new(&master()).protect(&mut wire);
        let expected = "800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb";
        assert_eq!(wire, hex(expected));
        let mut receiver = Receiver::new(&master());
        let length = receiver.unprotect(&mut wire.clone()).unwrap();
        assert_eq!(length, plain.len());
        receiver = Receiver::new(&master());
        receiver.unprotect(&mut wire).unwrap();
        assert_eq!(wire[..length], plain);
    }

    #[test]
    fn nothing_is_heard_twice_or_changed_and_an_hour_of_packets_is_followed() {
        let (mut sender, mut receiver) = (Sender::new(&master()), Receiver::new(&master()));
        let mut sequence = 65_000_u16;
        let mut before = Vec::new();
        for n in 0..66_500_u32 {
            let mut wire = packet(sequence, &n.to_be_bytes());
            sender.protect(&mut wire);
            let kept = wire.clone();
            // Each tenth is lost, each seventh comes one later.
            if n % 7 == 0 {
                before = kept;
            } else if n % 10 != 0 {
                let length = receiver.unprotect(&mut wire).expect("in order");
                assert_eq!(wire[12..length], n.to_be_bytes());
                assert_eq!(receiver.unprotect(&mut kept.clone()), None, "a second time");
                let mut late = std::mem::take(&mut before);
                assert!(late.is_empty() || receiver.unprotect(&mut late).is_some(), "late: {n}");
                let mut changed = kept;
                changed[3] = changed[3].wrapping_add(1);
                assert_eq!(receiver.unprotect(&mut changed), None, "of another number");
            }
            sequence = sequence.wrapping_add(1);
        }
        assert_eq!(receiver.streams.len(), 1);
        let mut old = packet(sequence.wrapping_sub(100), b"old");
        Sender::new(&master()).protect(&mut old);
        assert_eq!(receiver.unprotect(&mut old), None);
        let mut clear = packet(sequence, &[0; 160]);
        assert_eq!(receiver.unprotect(&mut clear), None, "not encrypted");
    }

    #[test]
    fn a_stream_is_heard_whose_beginning_was_lost_across_a_rollover() {
        let (mut sender, mut receiver) = (Sender::new(&master()), Receiver::new(&master()));
        for n in 0..20_u16 {
            let mut wire = packet(65_530_u16.wrapping_add(n), &n.to_be_bytes());
            sender.protect(&mut wire);
            if n >= 10 {
                let length = receiver.unprotect(&mut wire).expect("heard");
                assert_eq!(wire[12..length], n.to_be_bytes());
            }
        }
        assert_eq!(receiver.streams.len(), 1);
    }

    #[test]
    fn a_line_is_read_as_it_is_written_and_what_changes_packets_is_refused() {
        let master = Master::new();
        let line = master.line("1");
        assert_eq!(Crypto::parse(&line), Some(Crypto { tag: "1".into(), master }));
        assert!(Crypto::parse(&format!("{line}|2^31")).is_some());
        assert!(!format!("{master:?}").contains("inline"));
        for refused in [
            format!("{line}|2^31|1:4"),
            format!("{line}|1:1;inline:x"),
            format!("{line} UNENCRYPTED_SRTP"),
            line.replace("_80", "_32"),
            line.replace("inline", "outline"),
            line.replacen('1', "one", 1),
            format!("1 {SUITE} inline:c2hvcnQ="),
            format!("1 {SUITE}"),
            String::new(),
        ] {
            assert_eq!(Crypto::parse(&refused), None, "{refused}");
        }
    }

    proptest! {
        #[test]
        fn no_datagram_panics(mut datagram in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(Receiver::new(&master()).unprotect(&mut datagram), None);
        }
    }
}
