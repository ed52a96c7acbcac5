//! Commands on the wire. A command that cannot be read costs itself alone: it is answered and passed over,
//! because a network that gets no answer sends it again on the next connection, and on every one after that.

use rusmpp::{Command, Pdu, tokio_codec::CommandCodec};
use std::io;
use tokio_util::{
    bytes::BytesMut,
    codec::{Decoder, Encoder},
};

/// The largest command that is taken; a text with all its options is far below it.
const LARGEST: usize = 64 * 1024;
const HEAD: usize = 16;

/// One command as it came. Not to be printed: it may hold numbers and words.
pub(super) struct Frame {
    pub id: u32,
    pub status: u32,
    pub sequence: u32,
    /// What it says; none where it has no body, or one that cannot be read.
    pub pdu: Option<Pdu>,
    pub broken: bool,
}

/// Cuts the stream into commands.
#[derive(Debug, Default)]
pub(super) struct Codec;

impl Decoder for Codec {
    type Item = Frame;
    type Error = io::Error;

    fn decode(&mut self, from: &mut BytesMut) -> io::Result<Option<Frame>> {
        let Some(head) = from.get(..HEAD) else { return Ok(None) };
        let number = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (length, id, status, sequence) = (number(0) as usize, number(4), number(8), number(12));
        if !(HEAD..=LARGEST).contains(&length) {
            // The stream is lost: nobody knows where the next command begins.
            return Err(io::Error::other(format!("a command of {length} octets")));
        }
        if from.len() < length {
            from.reserve(length - from.len());
            return Ok(None);
        }
        let mut own = from.split_to(length);
        let read = CommandCodec::new().with_max_length(LARGEST).decode(&mut own);
        let (pdu, broken) = match read {
            Ok(Some(command)) => (command.pdu().cloned(), false),
            Ok(None) | Err(_) => (None, true),
        };
        Ok(Some(Frame { id, status, sequence, pdu, broken }))
    }
}

impl Encoder<Command> for Codec {
    type Error = io::Error;

    fn encode(&mut self, command: Command, into: &mut BytesMut) -> io::Result<()> {
        CommandCodec::new().encode(command, into).map_err(|error| io::Error::other(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusmpp::CommandStatus;

    #[test]
    fn a_command_that_cannot_be_read_costs_itself_alone() {
        let mut stream = BytesMut::new();
        // A deliver_sm whose body ends within its first field.
        let broken = [0, 0, 0, 18, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 7, b'x', b'y'];
        stream.extend_from_slice(&broken);
        Codec.encode(Command::new(CommandStatus::EsmeRok, 8, Pdu::EnquireLink), &mut stream).unwrap();
        let first = Codec.decode(&mut stream).unwrap().unwrap();
        assert_eq!((first.id, first.sequence, first.broken), (5, 7, true));
        let second = Codec.decode(&mut stream).unwrap().unwrap();
        assert_eq!((second.id, second.sequence, second.broken), (0x15, 8, false));
        assert!(Codec.decode(&mut stream).unwrap().is_none());
        stream.extend_from_slice(&[0xff; 16]);
        assert!(Codec.decode(&mut stream).is_err());
    }

    #[test]
    fn a_refusal_without_a_body_is_whole() {
        let refused = [0, 0, 0, 16, 0x80, 0, 0, 4, 0, 0, 0, 0x58, 0, 0, 0, 3];
        let frame = Codec.decode(&mut BytesMut::from(&refused[..])).unwrap().unwrap();
        assert_eq!((frame.id, frame.status, frame.sequence, frame.broken), (0x8000_0004, 0x58, 3, false));
        assert!(frame.pdu.is_none());
    }
}
