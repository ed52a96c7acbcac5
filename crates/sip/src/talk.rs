//! An answered call, whoever called: requests of the other side, our orders, its end.

use crate::{
    agent::Shared,
    call::{Call, Order, Orders},
    clock,
    counters::Count,
    event::{Side, Teller, What},
    inbound::ALLOWED,
    limits::Channel,
    media::{keys, leg::Parts},
    peers::Guest,
    sdp::{Description, Session, Us},
    timer::{Due, Refreshed, Timer},
    trunks::{Named, TrunkState},
};
use rsipstack::{
    dialog::{
        dialog::{DialogState, DialogStateReceiver, TerminatedReason, TransactionHandle},
        invite_dialog::InviteDialog,
    },
    sip::{
        ContentType, Header, Host, Method, Param, Request, Response, StatusCode, StatusCodeKind,
        ToTypedHeader, Transport,
    },
    transport::SipConnection,
};
use std::{
    collections::VecDeque,
    io,
    net::UdpSocket,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::{sleep_until, timeout};

/// A call that talks; made in two steps, since its media begin before it is handed its dialog.
pub(crate) struct Talk {
    shared: Arc<Shared>,
    trunk: Arc<TrunkState>,
    call: Call,
    teller: Teller,
    guests: Vec<Guest>,
    named: Vec<Named>,
    on: Option<On>,
    /// Waits for the answer to our own offer, which comes with the ACK.
    offered: Option<UdpSocket>,
    awaits_answer: bool,
    keys: usize,
}

struct On {
    dialog: InviteDialog,
    states: States,
    terms: Terms,
    call_id: String,
    /// A refresh of ours that has no answer yet.
    refresh: Option<Refresh>,
    _channels: (Option<Arc<Channel>>, Channel),
}

type Refresh = Pin<Box<dyn Future<Output = Option<Response>> + Send>>;

/// What a call stands on.
pub(crate) struct Terms {
    pub us: Us,
    /// The last description of our side that the other side has.
    pub said: String,
    pub timer: Timer,
    /// The connection it began over, if that is TLS.
    pub flow: Option<SipConnection>,
}

impl On {
    /// Whether a request would go in the clear now: where the connection is lost the stack sends it to the first
    /// route, as that says, and asks no locator.
    fn is_exposed(&self) -> bool {
        let token = self.terms.flow.as_ref().and_then(SipConnection::cancel_token);
        if token.is_none_or(|token| !token.is_cancelled()) {
            return false;
        }
        let known = self.dialog.snapshot();
        let first = known.route_set.iter().find_map(|route| Some(route.typed().ok()?.uri));
        first.is_some_and(|route| !route.params.contains(&Param::Transport(Transport::Tls)))
    }
}

/// What the stack says about a dialog, first what came too early for its reader.
pub(crate) struct States {
    pub ahead: VecDeque<DialogState>,
    pub heard: DialogStateReceiver,
}

impl States {
    async fn next(&mut self) -> Option<DialogState> {
        match self.ahead.pop_front() {
            Some(state) => Some(state),
            None => self.heard.recv().await,
        }
    }
}

impl Talk {
    pub(crate) fn new(shared: &Arc<Shared>, trunk: &Arc<TrunkState>, call: Call, teller: Teller) -> Self {
        Self {
            shared: Arc::clone(shared),
            trunk: Arc::clone(trunk),
            call,
            teller,
            guests: Vec::new(),
            named: Vec::new(),
            on: None,
            offered: None,
            awaits_answer: false,
            keys: 0,
        }
    }

    /// Lets the other side's Contact and its route speak SIP while the call lasts; of a call over TLS nothing is
    /// said to them in the clear.
    pub(crate) fn guest_of(&mut self, dialog: &InviteDialog) {
        let known = dialog.snapshot();
        let routes = known.route_set.iter().filter_map(|route| Some(route.typed().ok()?.uri.host_with_port));
        for there in routes.chain([known.remote_uri.host_with_port]) {
            if let Host::IpAddr(ip) = &there.host {
                self.guests.push(self.shared.peers.invite(*ip));
            }
            if self.trunk.transport() == Transport::Tls {
                self.named.push(self.trunk.over_tls_to(there));
            }
        }
    }

    pub(crate) fn on(
        mut self,
        dialog: InviteDialog,
        states: States,
        terms: Terms,
        call_id: String,
        channels: (Option<Arc<Channel>>, Channel),
    ) -> Self {
        self.on = Some(On { dialog, states, terms, call_id, refresh: None, _channels: channels });
        self
    }

    pub(crate) fn start_media(&mut self, socket: UdpSocket, session: Session) -> io::Result<()> {
        start_media(&self.shared, &self.trunk, &self.call, &self.teller, (socket, session), false)
    }

    /// The other side called without a session description; ours was the offer.
    pub(crate) fn await_answer(&mut self, socket: UdpSocket) {
        self.offered = Some(socket);
        self.awaits_answer = true;
    }

    pub(crate) async fn run(mut self: Box<Self>, orders: &mut Orders) {
        let Some(mut on) = self.on.take() else { return };
        let longest = clock::now() + self.shared.limits.talk;
        let by = loop {
            let due = on.terms.timer.due(on.refresh.is_some());
            tokio::select! {
                state = on.states.next() => match state {
                    Some(DialogState::Terminated(_, TerminatedReason::Timeout)) => break Side::Network,
                    Some(DialogState::Terminated(..)) => break Side::Peer,
                    Some(state) => {
                        if !self.hear(state, &mut on).await {
                            break Side::Network;
                        }
                    }
                    None => break Side::Network,
                },
                Some(order) = orders.recv() => break match order {
                    Order::HangUp => Side::Us,
                    Order::Lost => Side::Network,
                },
                response = answer(&mut on.refresh) => {
                    on.refresh = None;
                    if !self.refreshed(response.as_ref(), &mut on) {
                        break Side::Network;
                    }
                }
                what = comes(due) => match what {
                    Due::Refresh if on.is_exposed() => {
                        on.terms.timer.refreshed(None, clock::now());
                    }
                    Due::Refresh => on.refresh = Some(refresh(&on)),
                    Due::Over => {
                        tracing::info!("a call was not refreshed in time");
                        break Side::Network;
                    }
                },
                () = sleep_until(longest.into()) => break Side::Us,
                () = self.shared.stopping.cancelled() => break Side::Us,
            }
        };
        self.call.end();
        self.teller.tell(What::Ended { by });
        let shared = Arc::clone(&self.shared);
        let (guests, named) = (std::mem::take(&mut self.guests), std::mem::take(&mut self.named));
        // The BYE may take its 32 seconds; the caller need not wait.
        tokio::spawn(async move {
            let exposed = on.is_exposed();
            if exposed {
                tracing::info!("the connection is lost, and BYE does not go in the clear");
            } else {
                bye(&on.dialog, shared.timers.t1 * 64).await;
            }
            shared.layer.remove_dialog(&on.dialog.id());
            shared.book.close_id(&on.call_id);
            drop((on, guests, named));
        });
    }

    /// `false` when the call cannot go on.
    async fn hear(&mut self, state: DialogState, on: &mut On) -> bool {
        match state {
            DialogState::Updated(_, request, handle) => self.updated(&request, &handle, on).await,
            DialogState::Info(_, request, handle) => {
                if let Some(key) = pressed(&request) {
                    self.key(key);
                }
                reply(&handle, StatusCode::OK).await;
            }
            DialogState::Options(_, _, handle)
            | DialogState::Notify(_, _, handle)
            | DialogState::Message(_, _, handle)
            | DialogState::Publish(_, _, handle) => reply(&handle, StatusCode::OK).await,
            // We transfer nobody at the other side's word.
            DialogState::Refer(_, _, handle) => reply(&handle, StatusCode::Decline).await,
            DialogState::Confirmed(..) if self.awaits_answer => {
                let ack = on.dialog.last_remote_ack();
                let answer = ack.and_then(|ack| Description::parse(&ack.body).ok());
                let Some(session) = answer.and_then(|answer| answer.agreed(&on.terms.us).ok()) else {
                    return false;
                };
                self.awaits_answer = false;
                return self.agree(session);
            }
            _ => {}
        }
        true
    }

    /// A re-INVITE or UPDATE: hold, another codec, another address, or only a sign of life.
    async fn updated(&mut self, request: &Request, handle: &TransactionHandle, on: &mut On) {
        let terms = &mut on.terms;
        if let Some(min) = terms.timer.refuses(request) {
            let _ = handle.respond(StatusCode::SessionIntervalTooSmall, Some(min), None).await;
            return;
        }
        let said = if !request.body.is_empty() {
            terms.us.version += 1;
            match Description::parse(&request.body).and_then(|offer| offer.answer(&terms.us)) {
                Ok((session, answer)) => {
                    self.agree(session);
                    Some(answer)
                }
                Err(fault) => {
                    tracing::info!(%fault, "an offer within a call was declined");
                    return reply(handle, StatusCode::NotAcceptableHere).await;
                }
            }
        } else if request.method == Method::Invite {
            self.awaits_answer = true;
            terms.us.version += 1;
            Some(terms.us.offer())
        } else {
            None
        };
        let mut headers = terms.timer.agrees(request, clock::now());
        let body = said.map(|said| {
            headers.push(Header::ContentType(ContentType::from("application/sdp")));
            terms.said.clone_from(&said);
            said.into_bytes()
        });
        let _ = handle.respond(StatusCode::OK, Some(headers), body).await;
    }

    /// `false` when the call cannot go on.
    fn refreshed(&mut self, response: Option<&Response>, on: &mut On) -> bool {
        if on.terms.timer.refreshed(response, clock::now()) == Refreshed::Over {
            tracing::info!("the other side does not know the call any more");
            return false;
        }
        // A re-INVITE describes the session once more; the answer may have changed.
        let answer = response.filter(|response| response.status_code.kind() == StatusCodeKind::Successful);
        let answer = answer.and_then(|response| Description::parse(&response.body).ok());
        if let Some(session) = answer.and_then(|answer| answer.agreed(&on.terms.us).ok()) {
            self.agree(session);
        }
        true
    }

    fn agree(&mut self, session: Session) -> bool {
        if let Some(socket) = self.offered.take() {
            return self.start_media(socket, session).is_ok();
        }
        self.call.line(|line| line.agree(session))
    }

    /// A key told by INFO instead of RTP.
    fn key(&mut self, key: char) {
        if self.keys == keys::MOST_KEYS {
            self.shared.counters.one(Count::KeysDropped);
        } else {
            self.keys += 1;
            self.shared.counters.one(Count::KeysHeard);
            self.teller.tell(What::Key(key));
        }
    }
}

/// Begins to hear and to be heard; `early`, before the answer, only to hear.
pub(crate) fn start_media(
    shared: &Shared,
    trunk: &TrunkState,
    call: &Call,
    teller: &Teller,
    (socket, session): (UdpSocket, Session),
    early: bool,
) -> io::Result<()> {
    let lost = call.clone();
    let line = shared.media.start(Parts {
        socket,
        session,
        early,
        source: trunk.config.rtp_source,
        teller: teller.clone(),
        counters: shared.counters.clone(),
        lost_after: shared.timers.rtp_lost,
        lost: Box::new(move || lost.order(Order::Lost)),
    })?;
    call.begin(line, teller.clone(), early);
    Ok(())
}

/// Asks the other side whether the call still stands, and says that it does.
fn refresh(on: &On) -> Refresh {
    let (dialog, mut headers) = (on.dialog.clone(), on.terms.timer.request());
    let body = (!on.terms.timer.updates()).then(|| on.terms.said.clone().into_bytes());
    Box::pin(async move {
        let asked = match body {
            None => dialog.update(Some(headers), None).await,
            body => {
                headers.push(Header::ContentType(ContentType::from("application/sdp")));
                headers.push(Header::Allow(ALLOWED.join(", ").into()));
                dialog.reinvite(Some(headers), body).await
            }
        };
        asked.unwrap_or_else(|error| {
            tracing::info!(%error, "a call could not be refreshed");
            None
        })
    })
}

async fn answer(refresh: &mut Option<Refresh>) -> Option<Response> {
    match refresh {
        Some(refresh) => refresh.await,
        None => std::future::pending().await,
    }
}

async fn comes(due: Option<(Instant, Due)>) -> Due {
    match due {
        Some((at, what)) => {
            sleep_until(at.into()).await;
            what
        }
        None => std::future::pending().await,
    }
}

async fn reply(handle: &TransactionHandle, status: StatusCode) {
    let _ = handle.reply(status).await;
}

/// `Signal=5` of `application/dtmf-relay`, what gateways without RFC 4733 send.
fn pressed(request: &Request) -> Option<char> {
    let body = std::str::from_utf8(&request.body).ok()?;
    let value = body.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.trim().eq_ignore_ascii_case("signal").then(|| value.trim())
    })?;
    let key = value.chars().next()?.to_ascii_uppercase();
    (value.len() == 1 && keys::event_of(key).is_some()).then_some(key)
}

/// Ends a dialog; nothing happens when it has ended already.
pub(crate) async fn bye(dialog: &InviteDialog, limit: Duration) {
    match timeout(limit, dialog.bye()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::info!(%error, "BYE failed"),
        Err(_) => tracing::info!("BYE was not answered"),
    }
}
