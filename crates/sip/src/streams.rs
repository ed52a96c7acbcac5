//! Connections that trunks open to us. We read them ourselves, and hand the stack whole messages: it would keep as
//! many connections as are opened, and a panic of its parser would leave one that nobody hears.

use crate::{
    agent::Shared,
    clock,
    config::CONNECTIONS,
    framing::{Fault, Framing, PONG, Piece},
};
use rsipstack::{
    platform::CancellationToken,
    sip::Transport,
    transport::{
        SipAddr, SipConnection, TransportEvent, TransportLayer, channel::ChannelConnection,
        connection::TransportSender, tcp::TcpConnection,
    },
};
use rustix::net::sockopt::set_tcp_user_timeout;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, ReadHalf},
    net::TcpStream,
    sync::mpsc,
    time::timeout,
};

/// A connection over which nothing comes for so long is not kept; the next message opens another.
const IDLE: Duration = Duration::from_mins(5);
/// Whoever takes nothing of what he is told for so long has gone, or wants us to wait for him.
const UNHEARD_MS: u32 = 10_000;
const MOST_READ: usize = 8_192;

/// The connections that stand, and the way by which what they say reaches the stack.
pub(crate) struct Streams {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    heard: TransportSender,
}

/// A connection's place among those of its address.
struct Place {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    ip: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.ip);
            }
        }
    }
}

impl Streams {
    /// Opens the way into the stack.
    pub(crate) async fn opened(
        transport: &TransportLayer,
        stopped: &CancellationToken,
    ) -> rsipstack::Result<Self> {
        let (heard, told) = mpsc::unbounded_channel();
        // The stack sends nothing this way: each message names the connection that it came over.
        let (nowhere, _) = mpsc::unbounded_channel();
        let nobody = SipAddr { r#type: None, addr: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into() };
        let way = ChannelConnection::create_connection(told, nowhere, nobody, Some(stopped.child_token()));
        transport.add_connection(SipConnection::Channel(way.await?));
        Ok(Self { open: Arc::default(), heard })
    }

    /// `None` when as many stand from there as may.
    fn place(&self, ip: IpAddr, most: usize) -> Option<Place> {
        let ip = ip.to_canonical();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(ip).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { open: Arc::clone(&self.open), ip })
    }
}

/// A connection of somebody who may speak to us.
pub(crate) fn open(shared: &Arc<Shared>, stream: TcpStream, from: SocketAddr) {
    match shared.streams.place(from.ip(), most_from(shared, from.ip())) {
        Some(place) => {
            tokio::spawn(serve(Arc::clone(shared), stream, from, place));
        }
        None => shared.peers.refuse(from.ip(), &"too many connections stand from there"),
    }
}

/// How many an address may hold: all its trunks together, and a gateway that a call has brought in as one trunk.
fn most_from(shared: &Shared, ip: IpAddr) -> usize {
    let there = shared.peers.trunks_at(ip);
    if there.is_empty() {
        return CONNECTIONS;
    }
    let trunks = shared.trunks.iter().filter(|trunk| there.contains(&trunk.name));
    trunks.map(|trunk| trunk.config.max_connections).sum()
}

async fn serve(shared: Arc<Shared>, stream: TcpStream, from: SocketAddr, _place: Place) {
    if let Err(error) = set_tcp_user_timeout(&stream, UNHEARD_MS) {
        tracing::info!(%error, "a connection was closed at once");
        return;
    }
    let us = SipAddr { r#type: Some(Transport::Tcp), addr: shared.us.into() };
    let ended = shared.stopped.child_token();
    let connection = match TcpConnection::from_stream(stream, us, Some(ended.clone())) {
        Ok(connection) => connection,
        Err(error) => {
            tracing::info!(%error, "a connection was closed at once");
            return;
        }
    };
    // Nobody else has it yet.
    let Some(read) = connection.inner.read_half.lock().await.take() else { return };
    let fault = tokio::select! {
        heard = hear(&shared, &connection, read, from) => heard.err(),
        // The stack could not write to it any more, or the agent has stopped.
        () = ended.cancelled() => None,
    };
    if let Some(fault) = fault {
        shared.peers.unreadable(from.ip(), &fault);
    }
    // Calls that came over it look for another way.
    ended.cancel();
    let _ = SipConnection::Tcp(connection).close().await;
}

/// Reads until the other side has ended, or must be ended.
async fn hear(
    shared: &Shared,
    connection: &TcpConnection,
    mut read: ReadHalf<TcpStream>,
    from: SocketAddr,
) -> Result<(), Fault> {
    let source = SipAddr { r#type: Some(Transport::Tcp), addr: from.into() };
    let mut framing = Framing::new(from, Transport::Tcp);
    let mut chunk = vec![0; MOST_READ];
    // Whoever connects has something to say.
    let mut until = clock::now() + shared.timers.whole;
    loop {
        let wait = until.saturating_duration_since(clock::now());
        let length = match timeout(wait, read.read(&mut chunk)).await {
            Ok(Ok(0) | Err(_)) => return Ok(()),
            Ok(Ok(length)) => length,
            Err(_) if framing.is_empty() => return Ok(()),
            Err(_) => return Err(Fault::Unfinished),
        };
        let mut begins = framing.is_empty();
        framing.put(&chunk[..length]);
        while let Some(piece) = framing.piece()? {
            begins = true;
            match piece {
                Piece::Ping => {
                    if connection.inner.send_raw(PONG).await.is_err() {
                        return Ok(());
                    }
                }
                Piece::Pong => {}
                Piece::Unreadable => shared.peers.unreadable(from.ip(), &"a message that is none"),
                Piece::Message(whole) => {
                    let over = SipConnection::Tcp(connection.clone());
                    let event = TransportEvent::Incoming(whole.message, over, source.clone());
                    if shared.streams.heard.send(event).is_err() {
                        return Ok(());
                    }
                }
            }
        }
        if framing.is_empty() {
            until = clock::now() + IDLE;
        } else if begins {
            until = clock::now() + shared.timers.whole;
        }
    }
}
