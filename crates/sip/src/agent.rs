//! The user agent: one SIP endpoint, its trunks, its calls.

use crate::{
    book::Book,
    call::Call,
    clock,
    config::{Config, Limits, Over, Timers},
    counters::Counters,
    event::{Events, Teller},
    inbound::{self, Offer},
    limits::{Channel, Channels, Full, Rate},
    listen::{self, Sockets},
    media::Media,
    outbound::{self, Dial, Refused},
    peers::Peers,
    register,
    streams::Streams,
    tls::Claims,
    trunks::{Locator, TrunkState, TrunkStatus},
};
use rsipstack::{
    EndpointBuilder, dialog::dialog_layer::DialogLayer, platform::CancellationToken, sip::Method,
    transaction::endpoint::EndpointOption,
};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{sleep, timeout},
};

/// What the stack logs at INFO is every message with numbers and digests; a program that uses this crate
/// adds this to its log filter.
pub const LOG_FILTER: &str = "rsipstack=warn";

/// Calls that came in and wait for a decision.
const OFFERS: usize = 64;
/// How long [`Agent::stop`] waits for BYEs and the last REGISTER.
const PATIENCE: Duration = Duration::from_secs(3);

/// The agent could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen at {0}: {1}")]
    Bind(SocketAddr, io::Error),
    #[error("two trunks are called {0}")]
    SameName(String),
    #[error("the trunk {0} cannot be verified over TLS: {1}")]
    Tls(String, String),
    #[error("the trunk {0} wants SRTP, whose keys would stand in the clear: it needs TLS")]
    SrtpInTheClear(String),
    #[error("the SIP stack does not start: {0}")]
    Stack(String),
}

impl From<rsipstack::Error> for StartError {
    fn from(error: rsipstack::Error) -> Self {
        Self::Stack(error.to_string())
    }
}

/// A SIP user agent. Cheap to clone; it runs until [`Agent::stop`].
#[derive(Clone)]
pub struct Agent(pub(crate) Arc<Shared>);

/// What all tasks of an agent share.
pub(crate) struct Shared {
    pub layer: Arc<DialogLayer>,
    pub trunks: Vec<Arc<TrunkState>>,
    pub peers: Arc<Peers>,
    pub tls: Claims,
    pub streams: Streams,
    pub media: Media,
    pub counters: Counters,
    pub channels: Arc<Channels>,
    pub rate: Rate,
    pub limits: Limits,
    pub timers: Timers,
    /// Where others reach us.
    pub us: SocketAddr,
    pub book: Book,
    pub offers: mpsc::Sender<Offer>,
    pub stopping: CancellationToken,
    /// Ends the endpoint itself, after the last BYE.
    pub stopped: CancellationToken,
}

/// Calls that come in. Those not taken in time are refused with 503.
#[derive(Debug)]
pub struct Incoming {
    offers: mpsc::Receiver<Offer>,
    stopping: CancellationToken,
}

impl Incoming {
    /// The next call; `None` when the agent has stopped, also by itself.
    pub async fn next(&mut self) -> Option<Offer> {
        tokio::select! {
            offer = self.offers.recv() => offer,
            () = self.stopping.cancelled() => None,
        }
    }
}

impl Agent {
    /// Listens, registers where trunks ask for it, and returns at once; a trunk that cannot be reached
    /// now is tried again later.
    pub async fn start(config: Config) -> Result<(Self, Incoming), StartError> {
        let counters = Counters::default();
        let peers = Peers::new(config.strangers, counters.clone());
        let trunks = trunks(&config)?;
        for trunk in &trunks {
            trunk.introduce(&peers);
        }
        let stopped = CancellationToken::new();
        let sockets = Sockets::bind(&config).await.map_err(|error| StartError::Bind(config.bind, error))?;
        let us = sockets.us;
        let book = Book::default();
        let (transport, streams, tcp) = sockets.transport(&peers, &book, &stopped).await?;
        let endpoint = EndpointBuilder::new()
            .with_user_agent(&config.user_agent)
            .with_transport_layer(transport)
            .with_cancel_token(stopped.clone())
            .with_option(EndpointOption {
                t1: config.timers.t1,
                t1x64: config.timers.t1 * 64,
                // A phone may ring longer than the stack's three minutes; our own clock ends it.
                timerc: Duration::from_mins(10),
                callid_suffix: Some(us.ip().to_string()),
                ..EndpointOption::default()
            })
            .with_allows(inbound::ALLOWED.iter().filter_map(|name| name.parse::<Method>().ok()).collect())
            .with_target_locator(Box::new(Locator(trunks.clone())))
            .build();
        let requests = endpoint.incoming_transactions()?;
        let (offers, offered) = mpsc::channel(OFFERS);
        let shared = Arc::new(Shared {
            layer: Arc::new(DialogLayer::new(Arc::clone(&endpoint.inner))),
            trunks,
            tls: Claims::new(Arc::clone(&peers)),
            peers,
            streams,
            media: Media::new(config.bind.ip(), config.rtp_ports),
            counters,
            channels: Channels::new(config.limits.channels),
            rate: Rate::new(config.limits.calls_per_second, clock::now()),
            limits: config.limits,
            timers: config.timers,
            us,
            book,
            offers,
            stopping: CancellationToken::new(),
            stopped,
        });
        let served = Arc::clone(&shared);
        tokio::spawn(async move {
            let ended = tokio::spawn(async move { endpoint.serve().await }).await;
            if !served.stopped.is_cancelled() {
                // Whoever waits for calls learns of it, and may start another agent.
                tracing::error!(?ended, "the SIP endpoint has ended by itself");
                served.stopping.cancel();
            }
        });
        tokio::spawn(inbound::dispatch(Arc::clone(&shared), requests));
        for trunk in &shared.trunks {
            tokio::spawn(register::keep(Arc::clone(&shared), Arc::clone(trunk)));
        }
        if let Some(tcp) = tcp {
            tokio::spawn(listen::accept(Arc::clone(&shared), tcp));
        }
        let incoming = Incoming { offers: offered, stopping: shared.stopping.clone() };
        Ok((Self(shared), incoming))
    }

    /// Where it listens, as others see it.
    pub fn address(&self) -> SocketAddr {
        self.0.us
    }

    /// Places a call. Returns at once; everything that happens to it comes as an event.
    pub fn call(&self, dial: Dial) -> Result<(Call, Events), Refused> {
        outbound::place(&self.0, dial)
    }

    /// A call that this agent holds now.
    pub fn get(&self, key: &str) -> Option<Call> {
        self.0.book.get(key)
    }

    /// All calls it holds now.
    pub fn live(&self) -> Vec<Call> {
        self.0.book.all()
    }

    /// How many calls more it would place now: channels that are free on trunks which work.
    pub fn free(&self) -> usize {
        let trunks = self.0.trunks.iter().filter(|trunk| !trunk.is_down());
        trunks.map(|trunk| trunk.free()).sum::<usize>().min(self.0.channels.free())
    }

    pub fn trunks(&self) -> Vec<TrunkStatus> {
        self.0.trunks.iter().map(|trunk| trunk.status()).collect()
    }

    pub fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// Dialogs in the stack's table; each ended call must have left it.
    pub fn dialogs(&self) -> usize {
        self.0.layer.len()
    }

    /// Ends all calls, takes back registrations, closes the sockets.
    pub async fn stop(self) {
        self.0.stopping.cancel();
        let mut goodbyes: JoinSet<()> = JoinSet::new();
        for trunk in self.0.trunks.iter().filter(|trunk| trunk.config.register) {
            let (shared, trunk) = (Arc::clone(&self.0), Arc::clone(trunk));
            goodbyes.spawn(async move { register::take_back(&shared, &trunk).await });
        }
        let over = async {
            while goodbyes.join_next().await.is_some() {}
            // Each call ends by itself on `stopping`; a dialog leaves the table with its BYE.
            while !self.0.book.all().is_empty() || !self.0.layer.is_empty() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let _ = timeout(PATIENCE, over).await;
        self.0.stopped.cancel();
    }
}

impl Shared {
    /// A channel of the whole agent.
    pub(crate) fn channel(&self) -> Result<Channel, Full> {
        let channel = self.channels.take().ok_or(Full::Channels)?;
        if self.rate.take(clock::now()) { Ok(channel) } else { Err(Full::Rate) }
    }

    pub(crate) fn close(&self, call: &Call, teller: Teller) {
        call.end();
        self.book.close(call);
        drop(teller);
    }
}

fn trunks(config: &Config) -> Result<Vec<Arc<TrunkState>>, StartError> {
    let mut trunks: Vec<Arc<TrunkState>> = Vec::new();
    for trunk in &config.trunks {
        if trunks.iter().any(|other| *other.name == *trunk.name) {
            return Err(StartError::SameName(trunk.name.clone()));
        }
        if trunk.srtp && trunk.over != Over::Tls {
            return Err(StartError::SrtpInTheClear(trunk.name.clone()));
        }
        let state = TrunkState::new(trunk.clone());
        trunks.push(state.map_err(|why| StartError::Tls(trunk.name.clone(), why))?);
    }
    Ok(trunks)
}
