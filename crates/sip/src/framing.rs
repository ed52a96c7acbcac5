//! The messages of a stream (RFC 3261 §18.3): its Content-Length says how long each is. Whoever sends one without
//! an end, or lies about its length, loses his connection; a whole message that cannot be read is passed over, for
//! calls of others may run over the same connection.

use rsipstack::{
    sip::{SipMessage, Transport},
    transport::SipConnection,
};
use std::{net::SocketAddr, panic::catch_unwind, time::Duration};

/// Four times the longest head that an exchange with all its routes sends.
const MOST_HEAD: usize = 16_384;
/// Nor does the stack take a longer message.
const MOST: usize = 65_535;
/// So many messages in a row that cannot be read are no accident.
const MOST_NOISE: u32 = 16;
/// A message that has begun is whole within this.
pub(crate) const WHOLE: Duration = Duration::from_secs(10);

/// A sign of life (RFC 5626 §4.4.1), and its answer.
pub(crate) const PING: &[u8] = b"\r\n\r\n";
pub(crate) const PONG: &[u8] = b"\r\n";

/// Why a connection is given up, in words that show nothing of what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the head of a message has no end")]
    Endless,
    #[error("a message does not say how long it is")]
    Length,
    #[error("a message is too long")]
    TooLong,
    #[error("one message after the other cannot be read")]
    Noise,
    #[error("a message did not become whole in time")]
    Unfinished,
}

/// What stands next in a stream.
#[derive(Debug)]
pub(crate) enum Piece {
    Ping,
    Pong,
    Message(Box<Whole>),
    /// Whole by its length, and no message.
    Unreadable,
}

#[derive(Debug)]
pub(crate) struct Whole {
    pub bytes: Vec<u8>,
    pub message: SipMessage,
}

/// What has come over one connection and is not taken yet: one message at most, and what was read with its end.
#[derive(Debug)]
pub(crate) struct Framing {
    from: SocketAddr,
    transport: Transport,
    bytes: Vec<u8>,
    noise: u32,
}

impl Framing {
    pub(crate) fn new(from: SocketAddr, transport: Transport) -> Self {
        Self { from, transport, bytes: Vec::new(), noise: 0 }
    }

    /// Every piece is to be taken before more is put in.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether nothing waits to become whole.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// `None` when more must come first.
    pub(crate) fn piece(&mut self) -> Result<Option<Piece>, Fault> {
        if self.bytes.starts_with(PING) {
            self.bytes.drain(..PING.len());
            return Ok(Some(Piece::Ping));
        }
        if self.bytes.starts_with(PONG) {
            self.bytes.drain(..PONG.len());
            return Ok(Some(Piece::Pong));
        }
        let end = self.bytes.windows(PING.len()).position(|bytes| bytes == PING);
        let Some(head) = end.filter(|head| *head <= MOST_HEAD) else {
            return if self.bytes.len() > MOST_HEAD { Err(Fault::Endless) } else { Ok(None) };
        };
        let whole = head + PING.len() + body_length(&self.bytes[..head])?;
        if whole > MOST {
            return Err(Fault::TooLong);
        }
        if self.bytes.len() < whole {
            return Ok(None);
        }
        let bytes: Vec<u8> = self.bytes.drain(..whole).collect();
        if let Some(message) = read(&bytes, self.from, self.transport) {
            self.noise = 0;
            return Ok(Some(Piece::Message(Box::new(Whole { bytes, message }))));
        }
        self.noise += 1;
        if self.noise > MOST_NOISE { Err(Fault::Noise) } else { Ok(Some(Piece::Unreadable)) }
    }
}

/// What Content-Length says; a message without one has no body. Over TLS the stack looks for it once more, and
/// must not find another: a name that it would not know, or two lengths, are none.
fn body_length(head: &[u8]) -> Result<usize, Fault> {
    let mut found = None;
    for line in head.split(|&byte| byte == b'\n') {
        // The line before goes on.
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            continue;
        }
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let name = line[..colon].trim_ascii();
        if !name.eq_ignore_ascii_case(b"content-length") && !name.eq_ignore_ascii_case(b"l") {
            continue;
        }
        let value = std::str::from_utf8(&line[colon + 1..]).map_err(|_| Fault::Length)?.trim();
        if name.len() != colon || !value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Fault::Length);
        }
        // A number of more digits than a machine counts is one, and too long.
        let length = match value.parse::<usize>() {
            Ok(length) if length <= MOST => length,
            Err(_) if value.is_empty() => return Err(Fault::Length),
            _ => return Err(Fault::TooLong),
        };
        if found.replace(length).is_some_and(|before| before != length) {
            return Err(Fault::Length);
        }
    }
    Ok(found.unwrap_or(0))
}

/// Guarded: a panic of the parser would end whoever reads, and leave a connection that nobody hears.
fn read(bytes: &[u8], from: SocketAddr, transport: Transport) -> Option<SipMessage> {
    let read = catch_unwind(|| {
        let message = SipMessage::try_from(bytes).ok()?;
        SipConnection::update_msg_received(message, from, transport).ok()
    });
    read.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &str = "OPTIONS sip:1@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bK1\r\n\
        From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n";

    fn message(headers: &str, body: &str) -> String {
        format!("{HEAD}{headers}\r\n{body}")
    }

    fn framing() -> Framing {
        Framing::new("192.0.2.1:5060".parse().unwrap(), Transport::Tcp)
    }

    /// Everything that a stream in these portions says, and how it ends.
    fn heard<'a>(portions: impl IntoIterator<Item = &'a [u8]>) -> (Vec<String>, Option<Fault>) {
        let (mut framing, mut heard) = (framing(), Vec::new());
        for portion in portions {
            framing.put(portion);
            loop {
                match framing.piece() {
                    Ok(Some(Piece::Message(whole))) => heard.push(String::from_utf8(whole.bytes).unwrap()),
                    Ok(Some(other)) => heard.push(format!("{other:?}")),
                    Ok(None) => break,
                    Err(fault) => return (heard, Some(fault)),
                }
            }
        }
        (heard, None)
    }

    #[test]
    fn messages_are_cut_where_their_length_says() {
        let one = message("Content-Length: 4\r\n", "v=0\n");
        let two = message("l:0\r\n", "");
        let three = message("", "");
        let all = format!("\r\n\r\n{one}{two}\r\n{three}");
        let expected = ["Ping", &one, &two, "Pong", &three].map(str::to_owned).to_vec();
        assert_eq!(heard([all.as_bytes()]), (expected.clone(), None));
        // Torn into single bytes; a sign of life is then two halves.
        let torn = heard(all.as_bytes()[4..].chunks(1));
        assert_eq!(torn, (expected[1..].to_vec(), None));
    }

    #[test]
    fn a_lie_about_the_length_ends_the_stream() {
        for (headers, fault) in [
            ("Content-Length: -1\r\n", Fault::Length),
            ("Content-Length: +1\r\n", Fault::Length),
            ("Content-Length: 0x10\r\n", Fault::Length),
            ("Content-Length:\r\n", Fault::Length),
            ("Content-Length : 3\r\n", Fault::Length),
            ("Content-Length: 3\r\nl: 4\r\n", Fault::Length),
            ("Content-Length: 65535\r\n", Fault::TooLong),
            ("Content-Length: 18446744073709551615\r\n", Fault::TooLong),
            ("Content-Length: 99999999999999999999999\r\n", Fault::TooLong),
        ] {
            assert_eq!(heard([message(headers, "abc").as_bytes()]), (Vec::new(), Some(fault)), "{headers}");
        }
        let twice = message("Content-Length: 3\r\nl: 3\r\n", "abc");
        assert_eq!(heard([twice.as_bytes()]), (vec![twice], None));
    }

    #[test]
    fn a_head_without_an_end_is_not_kept() {
        let line = b"X-Padding: 0123456789012345678901234567890123456789\r\n";
        let endless = heard(std::iter::repeat_n(&line[..], 10_000));
        assert_eq!(endless, (Vec::new(), Some(Fault::Endless)));
        // Nor what has no lines at all, nor a long head that has an end.
        let binary = heard(std::iter::repeat_n(&[0xff, 0x00, 0x0a][..], 10_000));
        assert_eq!(binary, (Vec::new(), Some(Fault::Endless)));
        let long = message(&String::from_utf8(line.repeat(400)).unwrap(), "");
        assert_eq!(heard([long.as_bytes()]).1, Some(Fault::Endless));
    }

    #[test]
    fn what_cannot_be_read_is_passed_over_for_a_while() {
        let good = message("l: 0\r\n", "");
        let noise = "NOISE\r\nl: 2\r\n\r\nab";
        let (heard_of, fault) = heard([format!("{noise}{good}").as_bytes()]);
        assert_eq!((heard_of, fault), (vec!["Unreadable".to_owned(), good], None));
        let (heard_of, fault) = heard([noise.repeat(100).as_bytes()]);
        assert_eq!((heard_of.len(), fault), (MOST_NOISE as usize, Some(Fault::Noise)));
    }

    proptest! {
        /// Good messages changed, cut and in any portions: nothing panics, and nothing grows.
        #[test]
        fn no_stream_panics(
            changes in proptest::collection::vec((0..2_000_usize, any::<u8>()), 0..12),
            portion in 1..400_usize,
        ) {
            let mut stream = message("Content-Length: 4\r\n", "v=0\n").repeat(6).into_bytes();
            for (at, byte) in changes {
                let at = at % stream.len();
                stream[at] = byte;
            }
            let mut framing = framing();
            'stream: for portion in stream.chunks(portion) {
                framing.put(portion);
                loop {
                    match framing.piece() {
                        Ok(Some(_)) => {}
                        Ok(None) => break,
                        Err(_) => break 'stream,
                    }
                }
                prop_assert!(framing.bytes.len() <= MOST);
            }
        }
    }
}
