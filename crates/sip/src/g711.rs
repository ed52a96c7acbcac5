//! G.711, the two laws a telephone network speaks.

use audio_codec_algorithms::{decode_alaw, decode_ulaw, encode_alaw, encode_ulaw};

/// Samples a second, both laws and RFC 4733 events.
pub const RATE: u32 = 8_000;

/// A G.711 law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// µ-law, static payload type 0.
    Pcmu,
    /// A-law, static payload type 8; what Vietnamese networks use among themselves.
    Pcma,
}

impl Law {
    pub const ALL: [Self; 2] = [Self::Pcma, Self::Pcmu];

    /// The payload type that needs no `rtpmap` (RFC 3551).
    pub fn static_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
        }
    }

    /// The encoding name in SDP.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }

    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Pcmu => encode_ulaw(sample),
            Self::Pcma => encode_alaw(sample),
        }
    }

    pub fn decode(self, byte: u8) -> i16 {
        match self {
            Self::Pcmu => decode_ulaw(byte),
            Self::Pcma => decode_alaw(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_decoding_and_encoding() {
        for law in Law::ALL {
            for byte in 0..=u8::MAX {
                let sample = law.decode(byte);
                assert_eq!(law.decode(law.encode(sample)), sample, "{law:?} {byte}");
            }
        }
    }

    #[test]
    fn speech_keeps_its_shape() {
        for law in Law::ALL {
            for sample in (i16::MIN..=i16::MAX).step_by(7) {
                let back = i32::from(law.decode(law.encode(sample)));
                let error = (back - i32::from(sample)).abs();
                // G.711 keeps about 38 dB: an error below a sixteenth, and a step of 16 near zero.
                assert!(error <= i32::from(sample).abs() / 16 + 16, "{law:?} {sample} became {back}");
            }
        }
    }

    #[test]
    fn silence_is_the_byte_the_networks_send() {
        assert_eq!(Law::Pcmu.encode(0), 0xff);
        assert_eq!(Law::Pcma.encode(0), 0xd5);
    }
}
