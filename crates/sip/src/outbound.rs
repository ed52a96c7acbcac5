//! Calls that we place: one trunk after the other, until one takes the call or the time is over.

use crate::{
    agent::Shared,
    call::{Call, Order, Orders},
    clock,
    counters::Count,
    event::{Events, Side, Teller, What},
    limits::{Channel, Full},
    media,
    sdp::{Description, Session, Us},
    talk::{self, States, Terms},
    timer::Timer,
    trunks::{Reached, TrunkState},
};
use rsipstack::{
    dialog::{
        dialog::{DialogState, DialogStateReceiver},
        invitation::{InviteAsyncResult, InviteOption},
        invite_dialog::InviteDialog,
    },
    sip::{Header, Response, StatusCodeKind, Transport},
};
use std::{
    collections::VecDeque,
    io,
    net::UdpSocket,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    task::JoinHandle,
    time::{sleep_until, timeout},
};

/// Longest a trunk stays down on its own word (`Retry-After`).
const MOST_DOWN: Duration = Duration::from_mins(5);
/// E.164 has 15 digits; extensions and names of a PBX may have more.
const LONGEST_NUMBER: usize = 64;
/// So often a trunk may ask for a longer session interval (RFC 4028 §7.3); each proxy on the way may once.
const LONGER: usize = 3;

/// A call to be placed.
#[derive(Clone, Debug)]
pub struct Dial {
    /// The user part of the address: `+84901234567`, `115`, an extension.
    pub to: String,
    /// The idempotency key: under one key the agent rings once.
    pub key: String,
    /// From the INVITE until we give up; each trunk that is tried has this time anew.
    pub ring_for: Duration,
    /// The calling number to show, instead of the trunk's.
    pub from: Option<String>,
    /// Only this trunk.
    pub trunk: Option<String>,
}

impl Dial {
    pub fn new(to: impl Into<String>, key: impl Into<String>, ring_for: Duration) -> Self {
        Self { to: to.into(), key: key.into(), ring_for, from: None, trunk: None }
    }
}

/// Why a call was not even tried.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("this is no number that can be called")]
    BadNumber,
    #[error("a call under this key rings, talks, or has ended a while ago")]
    KnownKey,
    #[error("no such trunk")]
    NoTrunk,
    #[error("all channels are taken")]
    ChannelsFull,
    #[error("too many calls in this second")]
    TooFast,
    #[error("no port for RTP: {0}")]
    Media(#[from] io::Error),
    #[error("the agent has stopped")]
    Stopped,
}

impl From<Full> for Refused {
    fn from(full: Full) -> Self {
        match full {
            Full::Channels => Self::ChannelsFull,
            Full::Rate => Self::TooFast,
        }
    }
}

pub(crate) fn place(shared: &Arc<Shared>, dial: Dial) -> Result<(Call, Events), Refused> {
    if shared.stopping.is_cancelled() {
        return Err(Refused::Stopped);
    }
    if !is_number(&dial.to) || dial.from.as_deref().is_some_and(|from| !is_number(from)) {
        return Err(Refused::BadNumber);
    }
    let (call, orders) = Call::new(dial.key.as_str().into(), dial.to.clone(), shared.counters.clone());
    if !shared.book.add(&call) {
        return Err(Refused::KnownKey);
    }
    let begin = || -> Result<_, Refused> {
        let whole = shared.channel()?;
        let route = Route::new(shared, dial.trunk.as_deref())?;
        Ok((whole, route, shared.media.socket()?))
    };
    let (whole, route, socket) = begin().inspect_err(|refused| {
        if matches!(refused, Refused::ChannelsFull | Refused::TooFast) {
            shared.counters.one(Count::CallsOverLimit);
        }
        shared.book.withdraw(&call);
    })?;
    shared.counters.one(Count::CallsPlaced);
    let (teller, events) = Teller::new();
    let placed = Placed {
        shared: Arc::clone(shared),
        call: call.clone(),
        deadline: clock::now() + dial.ring_for,
        dial,
        teller,
        orders,
        channel: Some(Arc::new(whole)),
        timer: Timer::new(&shared.timers),
        longer: 0,
        call_id: None,
    };
    tokio::spawn(placed.run(route, socket));
    Ok((call, events))
}

fn is_number(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_NUMBER
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+*#-._".contains(&byte))
}

/// The trunks that a call may still try: those that work before those that failed a moment ago.
struct Route {
    trunk: Arc<TrunkState>,
    channel: Channel,
    rest: Vec<Arc<TrunkState>>,
}

impl Route {
    fn new(shared: &Shared, only: Option<&str>) -> Result<Self, Refused> {
        let (down, mut order): (Vec<_>, Vec<_>) = shared
            .trunks
            .iter()
            .filter(|trunk| only.is_none_or(|only| *trunk.name == *only))
            .cloned()
            .partition(|trunk| trunk.is_down());
        order.extend(down);
        order.reverse();
        if order.is_empty() {
            return Err(Refused::NoTrunk);
        }
        Self::next(order)
    }

    /// The next trunk with room; why there is none is the reason of the last.
    fn next(mut rest: Vec<Arc<TrunkState>>) -> Result<Self, Refused> {
        let mut refused = Refused::NoTrunk;
        while let Some(trunk) = rest.pop() {
            match trunk.take() {
                Ok(channel) => return Ok(Self { trunk, channel, rest }),
                Err(full) => refused = full.into(),
            }
        }
        Err(refused)
    }
}

struct Placed {
    shared: Arc<Shared>,
    call: Call,
    dial: Dial,
    deadline: Instant,
    teller: Teller,
    orders: Orders,
    /// The agent's channel, held until the network has truly let go of the call.
    channel: Option<Arc<Channel>>,
    timer: Timer,
    /// How often this trunk has asked for a longer session interval.
    longer: usize,
    /// A call that is asked for once more keeps its Call-ID (RFC 3261 §8.1.3.5).
    call_id: Option<String>,
}

/// How an attempt over one trunk ended.
enum Outcome {
    Talks(Box<talk::Talk>),
    Over(What),
    /// The same trunk wants to be asked once more, for a longer session interval.
    Again(Channel),
    /// The trunk did not do its work; the next may.
    Next {
        code: Option<u16>,
        down: Option<Duration>,
    },
}

impl Placed {
    async fn run(mut self, mut route: Route, socket: UdpSocket) {
        let mut socket = Some(socket);
        let over = loop {
            let trunk = Arc::clone(&route.trunk);
            match self.attempt(&trunk, route.channel, &mut socket).await {
                Outcome::Talks(talk) => {
                    talk.run(&mut self.orders).await;
                    break None;
                }
                Outcome::Over(what) => break Some(what),
                Outcome::Again(channel) => {
                    self.longer += 1;
                    route.channel = channel;
                }
                Outcome::Next { code, down } => {
                    if let Some(down) = down {
                        trunk.failed(down);
                    }
                    match Route::next(route.rest) {
                        Ok(next) => route = next,
                        Err(_) => break Some(What::Unreachable(code)),
                    }
                    (self.timer, self.longer) = (Timer::new(&self.shared.timers), 0);
                    self.shared.counters.one(Count::Failovers);
                }
            }
        };
        if let Some(over) = over {
            self.teller.tell(over);
        }
        self.shared.close(&self.call, self.teller);
    }

    async fn attempt(
        &mut self,
        trunk: &Arc<TrunkState>,
        channel: Channel,
        socket: &mut Option<UdpSocket>,
    ) -> Outcome {
        let down = self.shared.timers.down;
        let dead = Outcome::Next { code: None, down: Some(down) };
        self.call.unheard();
        let Reached { address, us: here } = tokio::select! {
            found = trunk.reach(&self.shared) => match found {
                Ok(reached) => reached,
                Err(_) => return dead,
            },
            early = give_up(&mut self.orders, &self.shared, self.deadline) => return Outcome::Over(early.what(false)),
        };
        let flow = trunk.flow();
        let Some(bound) = socket.as_ref() else { return dead };
        let Ok(media) = media::address(bound, self.shared.us.ip()) else { return dead };
        let us = Us::new(media, &trunk.config);
        let said = us.offer();
        let mut headers = self.timer.request();
        headers.push(Header::Allow(crate::inbound::ALLOWED.join(", ").into()));
        let (states, mut heard) = self.shared.layer.new_dialog_state_channel();
        let call_id = self.call_id.take().unwrap_or_else(|| {
            format!("{:08x}{:08x}@{}", clock::random(), clock::random(), self.shared.us.ip())
        });
        let option = InviteOption {
            caller: trunk.uri(self.dial.from.as_deref().unwrap_or(&trunk.config.from)),
            callee: trunk.uri(&self.dial.to),
            destination: Some(trunk.destination(address)),
            content_type: Some("application/sdp".into()),
            offer: Some(said.clone().into_bytes()),
            contact: trunk.contact(here),
            credential: trunk.credential(),
            headers: Some(headers),
            call_id: Some(call_id.clone()),
            ..InviteOption::default()
        };
        self.shared.book.open_id(call_id.clone(), trunk.transport() == Transport::Tls);
        let invited = match self.shared.layer.do_invite_async(option, states) {
            Ok((dialog, handle)) => Invited {
                dialog,
                handle,
                call_id,
                shared: Arc::clone(&self.shared),
                channels: (self.channel.clone(), channel),
            },
            Err(error) => {
                tracing::warn!(trunk = %trunk.name, %error, "an INVITE could not be made");
                self.shared.book.close_id(&call_id);
                return dead;
            }
        };
        if self.longer == 0 {
            // What a dead trunk cost is not taken from the phone that rings by the next.
            self.deadline = clock::now() + self.dial.ring_for;
            self.teller.tell(What::InviteSent { trunk: Arc::clone(&trunk.name) });
        }
        let (invited, mut progress, result) = match self.wait(trunk, &us, invited, &mut heard, bound).await {
            Ok(answered) => answered,
            Err(outcome) => return outcome,
        };
        match result {
            Some(response) if response.status_code.kind() == StatusCodeKind::Successful => {
                trunk.works();
                let code = response.status_code.code();
                let session = match Description::parse(&response.body) {
                    Ok(found) => found.agreed(&us).ok(),
                    // Some gateways describe the session only while it rings.
                    Err(_) => progress.session,
                };
                let (Some(session), Some(socket)) = (session, socket.take()) else {
                    invited.say_goodbye();
                    return Outcome::Over(What::Unreachable(Some(488)));
                };
                let states = States { ahead: std::mem::take(&mut progress.ahead), heard };
                self.timer.answered(&response, clock::now());
                let terms = Terms { us, said, timer: self.timer, flow };
                match self.talk(trunk, invited, terms, code, states, (socket, session)) {
                    Ok(talk) => Outcome::Talks(Box::new(talk)),
                    Err((invited, error)) => {
                        tracing::error!(%error, "no thread for media");
                        invited.say_goodbye();
                        Outcome::Over(What::Unreachable(Some(500)))
                    }
                }
            }
            Some(response)
                if response.status_code.code() == 422
                    && self.longer < LONGER
                    && self.timer.too_short(&response) =>
            {
                self.call_id = Some(invited.call_id.clone());
                Outcome::Again(invited.close())
            }
            Some(response) => {
                invited.close();
                let outcome = judge(&response, &progress, down, trunk);
                if matches!(outcome, Outcome::Over(_)) {
                    trunk.works();
                }
                outcome
            }
            None => {
                invited.close();
                if progress.rang { Outcome::Over(What::Unreachable(None)) } else { dead }
            }
        }
    }

    /// Waits for the final response, but no longer than for the watchdog.
    async fn wait(
        &mut self,
        trunk: &TrunkState,
        us: &Us,
        mut invited: Invited,
        heard: &mut DialogStateReceiver,
        socket: &UdpSocket,
    ) -> Result<(Invited, Progress, Option<Response>), Outcome> {
        let mut progress = Progress::default();
        let silent = clock::now() + self.shared.timers.silent;
        loop {
            tokio::select! {
                // What has come in time counts, even if the clock has struck meanwhile.
                biased;
                Some(state) = heard.recv() => {
                    progress.hear(state, trunk, us, &self.teller);
                    self.hear_early(trunk, &mut progress, socket);
                }
                result = &mut invited.handle => {
                    let response = match result {
                        Ok(Ok((_, response))) => response,
                        Ok(Err(error)) => {
                            tracing::info!(trunk = %trunk.name, %error, "the INVITE failed");
                            None
                        }
                        Err(_) => None,
                    };
                    // Provisionals that came together with the answer.
                    while let Ok(state) = heard.try_recv() {
                        progress.hear(state, trunk, us, &self.teller);
                    }
                    return Ok((invited, progress, response));
                }
                early = give_up(&mut self.orders, &self.shared, self.deadline) => {
                    let what = early.what(progress.rang);
                    self.abandon(invited, progress.answered_at_all);
                    return Err(Outcome::Over(what));
                }
                () = sleep_until(silent.into()), if !progress.answered_at_all => {
                    self.abandon(invited, false);
                    return Err(Outcome::Next { code: None, down: Some(self.shared.timers.down) });
                }
            }
        }
    }

    /// The network says something before the answer: it is heard from now on. The socket stays ours, for the
    /// answer or for the next trunk.
    fn hear_early(&self, trunk: &TrunkState, progress: &mut Progress, socket: &UdpSocket) {
        let Some(code) = progress.described.take() else { return };
        let Some(session) = progress.session.clone() else { return };
        if self.call.line(|line| line.agree(session.clone())) {
            return;
        }
        let started = socket.try_clone().and_then(|socket| {
            talk::start_media(&self.shared, trunk, &self.call, &self.teller, (socket, session), true)
        });
        match started {
            Ok(()) => self.teller.tell(What::EarlyMedia(code)),
            Err(error) => tracing::warn!(%error, "what is said before the answer is not heard"),
        }
    }

    /// Lets go of an INVITE that has no final response yet. What still comes is dealt with behind the
    /// caller's back: a call that was reported as over must never stand.
    fn abandon(&self, mut invited: Invited, answered_at_all: bool) {
        let teller = self.teller.clone();
        tokio::spawn(async move {
            if answered_at_all {
                invited.cancel(&teller).await;
            } else {
                // No CANCEL before a provisional response (RFC 3261 §9.1). Dropped, the stack stops repeating
                // the INVITE, and cancels or ends whatever a peer that wakes up makes of it.
                invited.handle.abort();
            }
            invited.close();
        });
    }

    fn talk(
        &self,
        trunk: &Arc<TrunkState>,
        invited: Invited,
        terms: Terms,
        code: u16,
        states: States,
        (socket, session): (UdpSocket, Session),
    ) -> Result<talk::Talk, (Invited, io::Error)> {
        let mut talk = talk::Talk::new(&self.shared, trunk, self.call.clone(), self.teller.clone());
        talk.guest_of(&invited.dialog);
        if !self.call.answered(&session)
            && let Err(error) = talk.start_media(socket, session)
        {
            return Err((invited, error));
        }
        self.shared.counters.one(Count::CallsAnswered);
        self.teller.tell(What::Answered(code));
        let Invited { dialog, call_id, channels, .. } = invited;
        Ok(talk.on(dialog, states, terms, call_id, channels))
    }
}

/// Why the wait for an answer ends without one.
#[derive(Clone, Copy)]
enum Early {
    Time,
    HungUp,
    Stopping,
}

impl Early {
    fn what(self, rang: bool) -> What {
        match self {
            Self::Time if rang => What::NoAnswer,
            // A phone that never rang was not left unanswered by its owner.
            Self::Time => What::Unreachable(None),
            Self::HungUp => What::Ended { by: Side::Us },
            Self::Stopping => What::Ended { by: Side::Network },
        }
    }
}

async fn give_up(orders: &mut Orders, shared: &Shared, deadline: Instant) -> Early {
    let hung_up = async {
        while let Some(order) = orders.recv().await {
            if order == Order::HangUp {
                return;
            }
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = hung_up => Early::HungUp,
        () = shared.stopping.cancelled() => Early::Stopping,
        () = sleep_until(deadline.into()) => Early::Time,
    }
}

/// What has been heard of an INVITE so far.
#[derive(Default)]
struct Progress {
    answered_at_all: bool,
    trying: bool,
    rang: bool,
    last: u16,
    session: Option<Session>,
    /// The code of a response that has described a session, or another one.
    described: Option<u16>,
    /// Requests of the other side that came with its answer; they belong to the talk.
    ahead: VecDeque<DialogState>,
}

impl Progress {
    fn hear(&mut self, state: DialogState, trunk: &TrunkState, us: &Us, teller: &Teller) {
        match &state {
            DialogState::Trying(_) => {
                self.answered_at_all = true;
                if !std::mem::replace(&mut self.trying, true) {
                    teller.tell(What::Trying);
                }
            }
            DialogState::Early(_, response) => {
                self.answered_at_all = true;
                trunk.works();
                let code = response.status_code.code();
                if (180..200).contains(&code) && self.last != code {
                    // What a network says in a 183 may be why it does not carry the call.
                    self.rang |= code == 180;
                    self.last = code;
                    teller.tell(What::Ringing(code));
                }
                if let Ok(found) = Description::parse(&response.body)
                    && let Ok(session) = found.agreed(us)
                    && self.session.as_ref() != Some(&session)
                {
                    self.session = Some(session);
                    self.described = Some(code);
                }
            }
            DialogState::Calling(_) | DialogState::Confirmed(..) => {}
            _ => self.ahead.push_back(state),
        }
    }
}

/// What a final response other than 2xx means.
fn judge(response: &Response, progress: &Progress, down: Duration, trunk: &TrunkState) -> Outcome {
    let code = response.status_code.code();
    let next = |down| Outcome::Next { code: Some(code), down };
    match code {
        486 | 600 => Outcome::Over(What::Busy(code)),
        401 | 407 => {
            tracing::error!(trunk = %trunk.name, code, "the trunk does not accept our user and password");
            next(Some(down))
        }
        // The stack's own, when nobody answered at all.
        408 if !progress.answered_at_all => Outcome::Next { code: None, down: Some(down) },
        503 if !progress.rang => next(Some(retry_after(response).unwrap_or(down))),
        500..=599 if !progress.rang => next(None),
        _ if declines_us(code) && !progress.rang => next(None),
        403 | 603 | 607 | 608 => Outcome::Over(What::Rejected(code)),
        _ => Outcome::Over(What::Unreachable(Some(code))),
    }
}

/// Answers by which a trunk declines who calls, or how, and not who is called: no money (402), no leave (403), no
/// media in common (488, 606), taken for a nuisance on the way (608, RFC 8688). Another trunk may carry the same
/// call. RFC 3261 (§16.7) ends a search at any 6xx because the user has been found; where nothing has rung, of 606
/// and 608 that is not so.
const fn declines_us(code: u16) -> bool {
    matches!(code, 402 | 403 | 488 | 606 | 608)
}

fn retry_after(response: &Response) -> Option<Duration> {
    response.headers.iter().find_map(|header| match header {
        Header::RetryAfter(after) => {
            let seconds = after.value().trim().split([';', ' ', '(']).next()?.parse().ok()?;
            Some(Duration::from_secs(seconds).min(MOST_DOWN))
        }
        _ => None,
    })
}

/// An INVITE on its way, and what must be given back when it is over.
struct Invited {
    dialog: InviteDialog,
    handle: JoinHandle<InviteAsyncResult>,
    call_id: String,
    shared: Arc<Shared>,
    channels: (Option<Arc<Channel>>, Channel),
}

impl Invited {
    /// Gives back the trunk's channel.
    fn close(self) -> Channel {
        self.shared.layer.remove_dialog(&self.dialog.id());
        self.shared.book.close_id(&self.call_id);
        self.channels.1
    }

    /// Answered, but of no use.
    fn say_goodbye(self) {
        tokio::spawn(async move {
            talk::bye(&self.dialog, self.shared.timers.t1 * 64).await;
            self.close();
        });
    }

    async fn cancel(&mut self, teller: &Teller) {
        let limit = self.shared.timers.t1 * 64;
        let dialog = self.dialog.clone();
        tokio::spawn(async move {
            if let Err(error) = dialog.cancel().await {
                tracing::debug!(%error, "CANCEL was not acknowledged");
            }
        });
        let Ok(result) = timeout(limit, &mut self.handle).await else {
            // No 487 either; the stack goes on listening for a late 2xx by itself.
            self.handle.abort();
            return;
        };
        let Ok(Ok((_, Some(response)))) = result else { return };
        if response.status_code.kind() == StatusCodeKind::Successful {
            self.shared.counters.one(Count::AnsweredTooLate);
            teller.tell(What::AnsweredTooLate(response.status_code.code()));
            // The stack acknowledges and ends a 2xx that follows its CANCEL, but not one that crossed it.
            talk::bye(&self.dialog, limit).await;
        }
    }
}
