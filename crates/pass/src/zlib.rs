//! zlib with an end: what is packed by others may unpack to anything.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Why bytes were not unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ZlibFault {
    #[error("not zlib, or damaged")]
    Damaged,
    #[error("unpacks to more than is allowed")]
    TooMuch,
}

/// Unpacks one text after another with one state and one buffer.
pub(crate) struct Inflate {
    state: Decompress,
    out: Vec<u8>,
}

impl Inflate {
    pub(crate) fn new(most: usize) -> Self {
        // One byte more, to see that more would have come.
        Self { state: Decompress::new(true), out: vec![0; most + 1] }
    }

    pub(crate) fn inflate(&mut self, packed: &[u8]) -> Result<&[u8], ZlibFault> {
        self.state.reset(true);
        let status = self.state.decompress(packed, &mut self.out, FlushDecompress::Finish);
        let length = usize::try_from(self.state.total_out()).unwrap_or(usize::MAX);
        match status {
            _ if length >= self.out.len() => Err(ZlibFault::TooMuch),
            Ok(Status::StreamEnd) => Ok(&self.out[..length]),
            _ => Err(ZlibFault::Damaged),
        }
    }
}

/// Packs as tightly as zlib can.
pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut state = Compress::new(Compression::best(), true);
    let mut packed = Vec::with_capacity(bytes.len() / 8 + 64);
    loop {
        let from = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        match state.compress_vec(&bytes[from..], &mut packed, FlushCompress::Finish) {
            Ok(Status::StreamEnd) | Err(_) => return packed,
            Ok(_) => packed.reserve(packed.capacity().max(64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bomb_is_not_unpacked() {
        let mut inflate = Inflate::new(16_384);
        let bomb = deflate(&vec![0; 10_000_000]);
        assert_eq!(inflate.inflate(&bomb), Err(ZlibFault::TooMuch));
        assert_eq!(inflate.inflate(&deflate(&[7; 16_384])).unwrap(), [7; 16_384]);
        assert_eq!(inflate.inflate(&deflate(&[7; 16_385])), Err(ZlibFault::TooMuch));
        let whole = deflate(b"whole");
        assert_eq!(inflate.inflate(&whole[..whole.len() - 1]), Err(ZlibFault::Damaged));
        assert_eq!(inflate.inflate(&whole).unwrap(), b"whole");
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes: Vec<u8>) {
            let mut inflate = Inflate::new(bytes.len());
            prop_assert_eq!(inflate.inflate(&deflate(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn nothing_makes_it_panic(bytes: Vec<u8>) {
            let _ = Inflate::new(100).inflate(&bytes);
        }
    }
}
