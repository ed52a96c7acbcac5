//! Asks a server on its socket, in its own protocol, whether it takes sessions. So neither `pg_isready` nor
//! `psql` is needed, which the embedded packages do not have.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// What the server answered to a session request.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    /// It takes sessions; its version if it told one (a full server says only that it is full).
    Ready(Option<String>),
    /// Nobody listens yet, or it is starting, recovering or stopping.
    NotYet,
    /// Somebody listens but says nothing for two seconds.
    Silent,
}

/// Protocol 3.0.
const PROTOCOL: u32 = 196_608;
/// A start-up answer is a few dozen messages of under a kilobyte.
const LONGEST_MESSAGE: usize = 64 * 1024;

/// Opens one session as the superuser on the socket file and closes it again.
pub(crate) fn ask(socket: &Path) -> Answer {
    converse(socket).unwrap_or_else(|error| match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Answer::Silent,
        _ => Answer::NotYet,
    })
}

fn converse(socket: &Path) -> io::Result<Answer> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.set_write_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(&session_request())?;
    let mut version = None;
    loop {
        let (kind, body) = read_message(&mut stream)?;
        match kind {
            b'S' => version = version.or_else(|| parameter(&body, "server_version")),
            b'Z' => {
                // Terminate; the answer stands even if the server has already hung up.
                let _ = stream.write_all(&[b'X', 0, 0, 0, 4]);
                return Ok(Answer::Ready(version));
            }
            b'E' => return Ok(judge(&body)),
            _ => {}
        }
    }
}

fn session_request() -> Vec<u8> {
    let fields = b"user\0postgres\0database\0postgres\0application_name\0pgbox\0\0";
    let length = u32::try_from(fields.len() + 8).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], &PROTOCOL.to_be_bytes(), fields].concat()
}

fn read_message(stream: &mut UnixStream) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    stream.read_exact(&mut head)?;
    let [kind, length @ ..] = head;
    let length = (u32::from_be_bytes(length) as usize).saturating_sub(4);
    if length > LONGEST_MESSAGE {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((kind, body))
}

fn parameter(body: &[u8], name: &str) -> Option<String> {
    let mut parts = body.split(|&byte| byte == 0);
    (parts.next()? == name.as_bytes()).then_some(())?;
    Some(String::from_utf8_lossy(parts.next()?).into_owned())
}

/// An error also is an answer: class 57 means starting or stopping; anything else (too many sessions, the
/// `postgres` database dropped) comes from a server that is up.
fn judge(body: &[u8]) -> Answer {
    let code = body.split(|&byte| byte == 0).find_map(|field| field.strip_prefix(b"C"));
    if code.is_none_or(|code| code.starts_with(b"57")) { Answer::NotYet } else { Answer::Ready(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_server_is_up_and_a_starting_one_is_not() {
        assert_eq!(
            judge(b"SFATAL\0VFATAL\0C53300\0Msorry, too many clients already\0\0"),
            Answer::Ready(None)
        );
        assert_eq!(judge(b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"), Answer::NotYet);
    }

    #[test]
    fn the_session_request_counts_its_own_length() {
        let request = session_request();
        assert_eq!(request[..4], (request.len() as u32).to_be_bytes());
    }
}
