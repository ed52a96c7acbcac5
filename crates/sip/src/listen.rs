//! The sockets: UDP with its gate, and TCP. We accept connections ourselves, for the stack would bind
//! TCP only when it serves, and merely log that it could not.

use crate::{
    agent::Shared,
    book::Book,
    config::Config,
    counters::Count,
    peers::{Gate, Peers},
    streams::{self, Streams},
};
use rsipstack::{
    platform::CancellationToken,
    transport::{SipConnection, TransportLayer, udp::UdpConnection},
};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, UdpSocket},
    time::sleep,
};

/// With no file descriptor left, accepting fails at once and again.
const BREATH: Duration = Duration::from_millis(100);

/// What an agent listens at.
pub(crate) struct Sockets {
    udp: UdpSocket,
    tcp: Option<TcpListener>,
    /// As others see it.
    pub us: SocketAddr,
}

impl Sockets {
    /// UDP and TCP share a port; when any will do, one that is free for both is looked for.
    pub(crate) async fn bind(config: &Config) -> io::Result<Self> {
        let mut tries = if config.bind.port() == 0 { 20 } else { 1 };
        loop {
            tries -= 1;
            let udp = UdpSocket::bind(config.bind).await?;
            let local = udp.local_addr()?;
            let tcp = if config.tcp {
                match TcpListener::bind(local).await {
                    Ok(tcp) => Some(tcp),
                    Err(error) if tries == 0 => return Err(error),
                    Err(_) => continue,
                }
            } else {
                None
            };
            let us = match config.public {
                Some(public) => SocketAddr::new(public, local.port()),
                None => SipConnection::resolve_bind_address(local),
            };
            return Ok(Self { udp, tcp, us });
        }
    }

    /// Hands UDP to the stack, and the way for what comes over connections; what is left is to be given to
    /// [`accept`].
    pub(crate) async fn transport(
        self,
        peers: &Arc<Peers>,
        book: &Book,
        stopped: &CancellationToken,
    ) -> rsipstack::Result<(TransportLayer, Streams, Option<TcpListener>)> {
        let transport = TransportLayer::new(stopped.clone());
        let (peers, book) = (Arc::clone(peers), book.clone());
        let gate = Gate { socket: self.udp, peers, book };
        let udp =
            UdpConnection::from_socket(Arc::new(gate), Some(self.us), Some(stopped.child_token())).await?;
        transport.add_transport(udp.into());
        let streams = Streams::opened(&transport, stopped).await?;
        Ok((transport, streams, self.tcp))
    }
}

/// Lets trunks connect until the agent stops. A stranger is told nothing, not even no.
pub(crate) async fn accept(shared: Arc<Shared>, listener: TcpListener) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shared.stopped.cancelled() => return,
        };
        match accepted {
            Ok((stream, from)) if shared.peers.knows(from.ip()) => streams::open(&shared, stream, from),
            // What it wants is never read.
            Ok((_, from)) => {
                shared.peers.tell_of(from.ip());
                shared.counters.one(Count::SipStrangers);
            }
            Err(error) => {
                tracing::warn!(%error, "no TCP connection could be accepted");
                sleep(BREATH).await;
            }
        }
    }
}
