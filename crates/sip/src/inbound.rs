//! What comes in: calls, and requests of calls that stand.

use crate::{
    agent::Shared,
    call::{Call, Orders},
    clock,
    counters::Count,
    event::{Events, Side, Teller, What},
    limits::Channel,
    media,
    sdp::{Description, Us},
    talk::{States, Talk, Terms},
    timer::{self, Timer},
    trunks::{self, TrunkState},
};
use rsipstack::{
    dialog::{
        dialog::{Dialog, DialogState, DialogStateReceiver},
        invite_dialog::InviteDialog,
    },
    sip::{ContentType, Header, HeadersExt, Host, Method, StatusCode, Transport},
    transaction::{TransactionReceiver, transaction::Transaction},
    transport::SipConnection,
};
use std::{collections::VecDeque, net::IpAddr, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, sleep_until},
};

pub(crate) const ALLOWED: [&str; 8] =
    ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "NOTIFY"];

/// An offered call that nobody decides about is refused after this.
const UNDECIDED: Duration = Duration::from_mins(3);
/// A BYE may overtake the moment in which the stack files the confirmed dialog.
const FILING: (u32, Duration) = (20, Duration::from_millis(10));

/// The call is not offered any more: the caller gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the caller has given up")]
pub struct Gone;

/// A call that comes in. Dropped without a decision, it is refused with 480.
#[derive(Debug)]
pub struct Offer {
    trunk: Arc<str>,
    from: String,
    to: String,
    decisions: mpsc::UnboundedSender<Decision>,
}

#[derive(Debug)]
enum Decision {
    Ring,
    Accept(oneshot::Sender<(Call, Events)>),
    Reject(u16),
}

impl Offer {
    pub fn trunk(&self) -> &str {
        &self.trunk
    }

    /// The calling number, as the trunk says it; a caller can make one up.
    pub fn from(&self) -> &str {
        &self.from
    }

    /// The number that was called.
    pub fn to(&self) -> &str {
        &self.to
    }

    /// Says 180: the caller hears it ring.
    pub fn ring(&self) -> Result<(), Gone> {
        self.decisions.send(Decision::Ring).map_err(|_| Gone)
    }

    pub async fn accept(self) -> Result<(Call, Events), Gone> {
        let (accepted, call) = oneshot::channel();
        self.decisions.send(Decision::Accept(accepted)).map_err(|_| Gone)?;
        call.await.map_err(|_| Gone)
    }

    /// Refuses with a code of 4xx, 5xx or 6xx; any other becomes 480.
    pub fn reject(self, code: u16) {
        let _ = self.decisions.send(Decision::Reject(code));
    }

    /// Returns when the caller has given up.
    pub async fn gone(&self) {
        self.decisions.closed().await;
    }
}

/// Takes each request that begins a transaction.
pub(crate) async fn dispatch(shared: Arc<Shared>, mut requests: TransactionReceiver) {
    loop {
        let request = tokio::select! {
            Some(request) = requests.recv() => request,
            () = shared.stopped.cancelled() => return,
        };
        // One task each: a request may last as long as its call rings.
        tokio::spawn(handle(Arc::clone(&shared), request));
    }
}

async fn handle(shared: Arc<Shared>, mut request: Transaction) {
    let method = request.original.method;
    let outcome = if source(&request).is_none_or(|ip| !shared.peers.knows(ip)) {
        request.reply(StatusCode::Forbidden).await
    } else if request.original.to_header().is_ok_and(|to| matches!(to.tag(), Ok(Some(_)))) {
        within(&shared, &mut request).await
    } else {
        match method {
            Method::Invite => invited(&shared, request).await,
            Method::Options => request.reply_with(StatusCode::OK, capabilities(), None).await,
            _ => request.reply_with(StatusCode::MethodNotAllowed, capabilities(), None).await,
        }
    };
    if let Err(error) = outcome {
        tracing::info!(%method, %error, "a request could not be handled");
    }
}

fn source(request: &Transaction) -> Option<IpAddr> {
    match &request.connection.as_ref()?.get_remote_addr()?.addr.host {
        Host::IpAddr(ip) => Some(*ip),
        Host::Domain(_) => None,
    }
}

fn capabilities() -> Vec<Header> {
    vec![
        Header::Allow(ALLOWED.join(", ").into()),
        Header::Accept("application/sdp".into()),
        Header::Supported("timer".into()),
    ]
}

/// A request of a dialog that stands.
async fn within(shared: &Shared, request: &mut Transaction) -> rsipstack::Result<()> {
    let call_id = request.original.call_id_header().map(|id| id.value().to_owned()).unwrap_or_default();
    let over_tls = request.connection.as_ref().is_some_and(|flow| flow.transport() == Transport::Tls);
    if !over_tls && shared.book.is_over_tls(&call_id) {
        // Whoever has read or guessed the Call-ID is not whom we talk to, and our answer may carry a key.
        return match request.original.method {
            Method::Ack => Ok(()),
            _ => request.reply(StatusCode::Forbidden).await,
        };
    }
    let (tries, pause) = FILING;
    for _ in 0..tries {
        if let Some(Dialog::Invite(mut dialog)) = shared.layer.match_dialog(request) {
            return dialog.handle(request).await;
        }
        if !shared.book.has_id(&call_id) {
            break;
        }
        sleep(pause).await;
    }
    if request.original.method == Method::Ack {
        return Ok(());
    }
    request.reply(StatusCode::CallTransactionDoesNotExist).await
}

/// A new call.
async fn invited(shared: &Arc<Shared>, mut request: Transaction) -> rsipstack::Result<()> {
    let Some(trunk) = trunk(shared, &request) else {
        tracing::warn!("a call came in that any of several trunks could mean");
        return request.reply(StatusCode::NotFound).await;
    };
    let Some(channels) = room(shared, &trunk) else {
        shared.counters.one(Count::CallsOverLimit);
        return request.reply(StatusCode::ServiceUnavailable).await;
    };
    if let Some(unsupported) = timer::unsupported(&request.original) {
        let unsupported = vec![Header::Unsupported(unsupported.into())];
        return request.reply_with(StatusCode::BadExtension, unsupported, None).await;
    }
    if let Some(min) = Timer::new(&shared.timers).refuses(&request.original) {
        return request.reply_with(StatusCode::SessionIntervalTooSmall, min, None).await;
    }
    let described = match request.original.body.as_slice() {
        [] => None,
        body => match Description::parse(body)
            .and_then(|offer| offer.suits(&trunk.config.codecs, trunk.config.srtp).map(|()| offer))
        {
            Ok(offer) => Some(offer),
            Err(fault) => {
                tracing::info!(trunk = %trunk.name, %fault, "an incoming call was declined");
                return request.reply(StatusCode::NotAcceptableHere).await;
            }
        },
    };
    let (decisions, decided) = mpsc::unbounded_channel();
    let offer = Offer {
        trunk: Arc::clone(&trunk.name),
        from: user(request.original.from_header().ok().and_then(|from| from.uri().ok())),
        to: request.original.uri.user().unwrap_or_default().to_owned(),
        decisions,
    };
    let number = offer.from.clone();
    let Ok(place) = shared.offers.try_reserve() else {
        return request.reply(StatusCode::ServiceUnavailable).await;
    };
    let (states, heard) = shared.layer.new_dialog_state_channel();
    // Over TLS we are where our connection begins.
    let flow = request.connection.clone().filter(|flow| flow.transport() == Transport::Tls);
    let us = flow.as_ref().and_then(|flow| flow.get_addr().get_socketaddr().ok()).unwrap_or(shared.us);
    let contact = Some(trunk.contact(us));
    let mut dialog = shared.layer.get_or_create_server_invite(&request, states, None, contact)?;
    shared.counters.one(Count::CallsReceived);
    place.send(offer);
    let offered = Offered {
        shared: Arc::clone(shared),
        trunk,
        call_id: dialog.id().call_id,
        dialog: dialog.clone(),
        heard,
        number,
        described,
        flow,
        channels,
    };
    shared.book.open_id(offered.call_id.clone(), offered.flow.is_some());
    tokio::spawn(offered.run(decided));
    // Drives the transaction: 100, our responses and their repetition, CANCEL, ACK.
    dialog.handle(&mut request).await
}

/// The trunk it came over.
fn trunk(shared: &Shared, request: &Transaction) -> Option<Arc<TrunkState>> {
    let names = shared.peers.trunks_at(source(request)?);
    // Whoever can write a trunk's address on a datagram is not that trunk where it speaks TLS.
    let encrypted = request.connection.as_ref()?.transport() == Transport::Tls;
    let fits = |trunk: &&Arc<TrunkState>| {
        names.contains(&trunk.name) && (trunk.transport() == Transport::Tls) == encrypted
    };
    let here: Vec<_> = shared.trunks.iter().filter(fits).collect();
    trunks::meant(&here, request.original.uri.user().unwrap_or_default()).cloned()
}

/// A channel of everything and one of the trunk, if there is room.
fn room(shared: &Shared, trunk: &TrunkState) -> Option<(Option<Arc<Channel>>, Channel)> {
    let whole = shared.channels.take_inbound()?;
    Some((Some(Arc::new(whole)), trunk.take_inbound()?))
}

fn user(uri: Option<rsipstack::sip::Uri>) -> String {
    uri.as_ref().and_then(|uri| uri.user()).unwrap_or_default().to_owned()
}

struct Offered {
    shared: Arc<Shared>,
    trunk: Arc<TrunkState>,
    call_id: String,
    dialog: InviteDialog,
    heard: DialogStateReceiver,
    number: String,
    described: Option<Description>,
    /// The connection it came over, if that is TLS.
    flow: Option<SipConnection>,
    channels: (Option<Arc<Channel>>, Channel),
}

impl Offered {
    async fn run(mut self, mut decided: mpsc::UnboundedReceiver<Decision>) {
        let until = clock::now() + UNDECIDED;
        let code = loop {
            tokio::select! {
                state = self.heard.recv() => match state {
                    Some(DialogState::Terminated(..)) | None => return self.close(),
                    Some(_) => {}
                },
                decision = decided.recv() => match decision {
                    Some(Decision::Ring) => {
                        let _ = self.dialog.ringing(None, None);
                    }
                    Some(Decision::Accept(accepted)) => return self.accept(accepted).await,
                    Some(Decision::Reject(code)) => break code,
                    None => break 480,
                },
                () = sleep_until(until.into()) => break 480,
                () = self.shared.stopping.cancelled() => break 503,
            }
        };
        let code = if (400..700).contains(&code) { code } else { 480 };
        let _ = self.dialog.reject(Some(StatusCode::from(code)), None);
        self.close();
    }

    fn close(self) {
        self.shared.layer.remove_dialog(&self.dialog.id());
        self.shared.book.close_id(&self.call_id);
    }

    async fn accept(self, accepted: oneshot::Sender<(Call, Events)>) {
        let key: Arc<str> = format!("in:{}", self.call_id).into();
        let (call, mut orders) = Call::new(key, self.number.clone(), self.shared.counters.clone());
        let (teller, events) = Teller::new();
        if !self.shared.book.add(&call) {
            let _ = self.dialog.reject(Some(StatusCode::LoopDetected), None);
            return self.close();
        }
        let shared = Arc::clone(&self.shared);
        match self.talk(&call, &teller) {
            Ok(talk) => {
                shared.counters.one(Count::CallsAnswered);
                teller.tell(What::Answered(200));
                let _ = accepted.send((call.clone(), events));
                go_on(talk, &mut orders).await;
            }
            Err(offered) => {
                let _ = offered.dialog.reject(Some(StatusCode::ServerInternalError), None);
                offered.close();
                teller.tell(What::Ended { by: Side::Network });
            }
        }
        shared.close(&call, teller);
    }

    /// Answers with our session description and begins to send.
    fn talk(self, call: &Call, teller: &Teller) -> Result<Box<Talk>, Box<Self>> {
        let Ok(socket) = self.shared.media.socket() else { return Err(Box::new(self)) };
        let Ok(address) = media::address(&socket, self.shared.us.ip()) else { return Err(Box::new(self)) };
        let us = Us::new(address, &self.trunk.config);
        let mut talk = Talk::new(&self.shared, &self.trunk, call.clone(), teller.clone());
        let text = match self.described.as_ref().map(|offer| offer.answer(&us)) {
            Some(Ok((session, answer))) => {
                if talk.start_media(socket, session).is_err() {
                    return Err(Box::new(self));
                }
                answer
            }
            Some(Err(_)) => return Err(Box::new(self)),
            None => {
                talk.await_answer(socket);
                us.offer()
            }
        };
        talk.guest_of(&self.dialog);
        let mut timer = Timer::new(&self.shared.timers);
        let mut headers = timer.agrees(&self.dialog.initial_request(), clock::now());
        headers.push(Header::Allow(ALLOWED.join(", ").into()));
        headers.push(Header::ContentType(ContentType::from("application/sdp")));
        if self.dialog.accept(Some(headers), Some(text.clone().into_bytes())).is_err() {
            return Err(Box::new(self));
        }
        let Self { dialog, heard, call_id, flow, channels, .. } = self;
        let states = States { ahead: VecDeque::new(), heard };
        Ok(Box::new(talk.on(dialog, states, Terms { us, said: text, timer, flow }, call_id, channels)))
    }
}

async fn go_on(talk: Box<Talk>, orders: &mut Orders) {
    talk.run(orders).await;
}
