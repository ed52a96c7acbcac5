//! SIP over TLS to a trunk. We are the client: the trunk's certificate must be good for the name of its server,
//! under the roots of this machine or the trunk's own authority; its calls come in over the connection that we
//! have opened, for we have no certificate to show to whoever connects to us.
//!
//! The stack's own TLS would bring a second crypto provider into the program, and would verify the address where
//! the name is meant. But it lets others make its connections, with one connector for the whole process.

use crate::{
    clock,
    framing::{self, Fault, Framing, Piece},
    peers::Peers,
};
use rsipstack::{
    platform::tls::{self, TlsClientConfig, TlsStream as Wire},
    sip::Transport,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    collections::HashMap,
    io::{self, ErrorKind},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock, Once, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf},
    net::TcpStream,
    sync::Mutex,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// To a connection that is silent for so long an empty line is sent (RFC 5626 §4.4.1).
const PING: Duration = Duration::from_secs(30);
/// A connection is dead when what was sent has not arrived for so long.
const UNHEARD_MS: u32 = 30_000;
/// The longest that connecting may take, whoever waits for it.
const CONNECT: Duration = Duration::from_secs(10);
const MOST_READ: usize = 8_192;

/// Whom a trunk's certificate must name, and who must have signed it.
#[derive(Debug)]
pub(crate) struct Target {
    name: ServerName<'static>,
    ca: Option<PathBuf>,
    config: Arc<ClientConfig>,
}

impl Target {
    pub(crate) fn new(host: &str, ca: Option<&Path>) -> Result<Self, String> {
        let name = ServerName::try_from(host.to_owned()).map_err(|error| format!("{host}: {error}"))?;
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots(ca)?)
            .with_no_client_auth();
        Ok(Self { name, ca: ca.map(Path::to_owned), config: Arc::new(config) })
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.name, &self.ca) == (&other.name, &other.ca)
    }
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let Some(file) = ca else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let none = "this machine has no root certificates; name an authority";
        return if roots.is_empty() { Err(none.to_owned()) } else { Ok(roots) };
    };
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))? {
        roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
    }
    if roots.is_empty() { Err(wrong(&"no certificate is in it")) } else { Ok(roots) }
}

/// Whom an agent expects somewhere.
struct Expected {
    agent: u64,
    target: Arc<Target>,
    peers: Arc<Peers>,
}

type Targets = HashMap<SocketAddr, Expected>;

static TARGETS: LazyLock<RwLock<Targets>> = LazyLock::new(RwLock::default);

/// The addresses that one agent has claimed; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Claims {
    agent: u64,
    peers: Arc<Peers>,
}

impl Claims {
    pub(crate) fn new(peers: Arc<Peers>) -> Self {
        static CONNECTOR: Once = Once::new();
        static NEXT: AtomicU64 = AtomicU64::new(1);
        CONNECTOR.call_once(|| tls::set_client_connector(Arc::new(Connector)));
        Self { agent: NEXT.fetch_add(1, SeqCst), peers }
    }

    /// From now on connections to this address are made, and only to this target. Trunks that stand at one
    /// address share a connection, so they must expect the same there.
    pub(crate) fn claim(&self, address: SocketAddr, target: &Arc<Target>) -> io::Result<()> {
        let mut targets = TARGETS.write().unwrap_or_else(PoisonError::into_inner);
        match targets.get(&address) {
            Some(other) if other.agent == self.agent && !other.target.is_same(target) => {
                let why = "another trunk stands at this address under another name or authority";
                Err(io::Error::new(ErrorKind::AddrInUse, why))
            }
            _ => {
                let (target, peers) = (Arc::clone(target), Arc::clone(&self.peers));
                targets.insert(address, Expected { agent: self.agent, target, peers });
                Ok(())
            }
        }
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        let mut targets = TARGETS.write().unwrap_or_else(PoisonError::into_inner);
        targets.retain(|_, expected| expected.agent != self.agent);
    }
}

struct Connector;

#[async_trait::async_trait]
impl tls::TlsConnector for Connector {
    async fn connect(&self, _: &TlsClientConfig, address: SocketAddr) -> rsipstack::Result<Box<dyn Wire>> {
        let expected = {
            let targets = TARGETS.read().unwrap_or_else(PoisonError::into_inner);
            targets.get(&address).map(|known| (Arc::clone(&known.target), Arc::clone(&known.peers)))
        };
        // What a peer's Contact or Route names is no reason to trust it.
        let (target, peers) =
            expected.ok_or_else(|| io::Error::new(ErrorKind::NotFound, "no trunk over TLS is there"))?;
        let connected = timeout(CONNECT, connect(&target, address, peers)).await;
        let stream = connected.map_err(|_| io::Error::from(ErrorKind::TimedOut))??;
        Ok(Box::new(stream))
    }
}

async fn connect(target: &Target, address: SocketAddr, peers: Arc<Peers>) -> io::Result<Stream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    rustix::net::sockopt::set_tcp_user_timeout(&stream, UNHEARD_MS)?;
    let local = stream.local_addr()?;
    let secured = TlsConnector::from(Arc::clone(&target.config)).connect(target.name.clone(), stream).await?;
    let (read, write) = tokio::io::split(secured);
    let framing = Framing::new(address, Transport::Tls);
    let reading = Mutex::new(Reading { read, framing, begun: None });
    Ok(Stream { reading, write: Mutex::new(write), local, address, peers })
}

struct Stream {
    reading: Mutex<Reading>,
    write: Mutex<WriteHalf<TlsStream<TcpStream>>>,
    local: SocketAddr,
    address: SocketAddr,
    peers: Arc<Peers>,
}

struct Reading {
    read: ReadHalf<TlsStream<TcpStream>>,
    framing: Framing,
    /// When what waits to become whole began.
    begun: Option<Instant>,
}

impl Stream {
    fn fault(&self, fault: Fault) -> io::Error {
        self.peers.unreadable(self.address.ip(), &fault);
        io::Error::new(ErrorKind::InvalidData, fault)
    }
}

#[async_trait::async_trait]
impl Wire for Stream {
    /// One whole message, which the stack then reads once more, or a sign of life.
    async fn recv(&self) -> rsipstack::Result<Vec<u8>> {
        let mut reading = self.reading.lock().await;
        let Reading { read, framing, begun } = &mut *reading;
        let mut chunk = vec![0; MOST_READ];
        loop {
            while let Some(piece) = framing.piece().map_err(|fault| self.fault(fault))? {
                *begun = None;
                match piece {
                    Piece::Message(whole) => return Ok(whole.bytes),
                    Piece::Ping => return Ok(framing::PING.to_vec()),
                    Piece::Pong => {}
                    Piece::Unreadable => self.peers.unreadable(self.address.ip(), &"a message that is none"),
                }
            }
            let wait = if framing.is_empty() {
                PING
            } else {
                let by = *begun.get_or_insert_with(clock::now) + framing::WHOLE;
                by.saturating_duration_since(clock::now())
            };
            match timeout(wait, read.read(&mut chunk)).await {
                Ok(Ok(0)) => return Ok(Vec::new()),
                Ok(Ok(length)) => framing.put(&chunk[..length]),
                // Many peers close without saying so.
                Ok(Err(error)) if error.kind() == ErrorKind::UnexpectedEof => return Ok(Vec::new()),
                Ok(Err(error)) => return Err(error.into()),
                Err(_) if framing.is_empty() => self.send_all(framing::PING.to_vec()).await?,
                Err(_) => return Err(self.fault(Fault::Unfinished).into()),
            }
        }
    }

    async fn send_all(&self, data: Vec<u8>) -> rsipstack::Result<()> {
        let mut write = self.write.lock().await;
        write.write_all(&data).await?;
        write.flush().await?;
        Ok(())
    }

    async fn shutdown(&self) -> rsipstack::Result<()> {
        Ok(self.write.lock().await.shutdown().await?)
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_must_be_a_file_with_certificates() {
        let missing = Target::new("sip.example.vn", Some(Path::new("/nowhere/ca.pem"))).unwrap_err();
        assert!(missing.contains("/nowhere/ca.pem"), "{missing}");
        let empty = tempfile::NamedTempFile::new().unwrap();
        let none = Target::new("sip.example.vn", Some(empty.path())).unwrap_err();
        assert!(none.contains("no certificate"), "{none}");
        assert!(Target::new("not a name", Some(empty.path())).is_err());
    }
}
