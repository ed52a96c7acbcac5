//! Telephone lines of a provider that speaks HTTP: we place a call by a request, and when it is answered the
//! provider asks us by a webhook what to do and is given a list of actions (Vonage's NCCO, Stringee's SCCO and
//! their like). A further order is the answer to a webhook that waits for one, or a new list put in place of
//! the running one.
//!
//! What this shape cannot do, and what has been tried, stands in `docs/telephony-http.md`. Calls are kept by the
//! process that placed them: the provider's webhooks must reach that one.

mod leg;
mod provider;
mod table;
mod webhooks;

pub use provider::Key;
pub use webhooks::routes;

use crate::wave;
use async_trait::async_trait;
use duty::lines::{Dial, Events, Happened, Hear, Lines, Offer, Side, Spoken};
use jiff::{SignedDuration, Timestamp};
use kernel::{CallId, Clock, Error, IdMaker, Result, Rng};
use leg::{Doing, Leg, Recording, Stage};
use provider::Provider;
use reqwest::Url;
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use table::{Sound, Table};
use tokio::sync::mpsc;

/// The name of its trunk.
const TRUNK: &str = "http";
/// Beyond the time given for ringing, for the provider to say so itself.
const GRACE: SignedDuration = SignedDuration::from_secs(5);
/// A call whose end the provider never told.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
/// How long a call that is over is remembered, for events that come late, and for its recording.
const AFTERWARDS: SignedDuration = SignedDuration::from_mins(3);
/// A sound that nobody fetches.
const SOUND: SignedDuration = SignedDuration::from_mins(2);
const OFFERS: usize = 64;
/// Between two tries to fetch a recording: the provider tells of it once.
const FETCHED_AGAIN: [Duration; 3] =
    [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(30)];

/// The provider, and where it finds us.
pub struct Settings {
    /// Where calls are placed by a POST; a call's own address is below it.
    pub calls: Url,
    pub key: Key,
    /// The secret in the addresses of our webhooks.
    pub token: String,
    /// Where the provider reaches us.
    pub public_url: String,
    /// The number that calls come from.
    pub from: String,
    pub channels: usize,
    /// The host recordings are fetched from, where it is not that of `calls`.
    pub recordings: Option<String>,
    /// How long a webhook waits for an order before it is told to go on listening.
    pub hold: Duration,
}

/// A token shorter than this is guessed.
pub const SHORTEST_TOKEN: usize = 24;
pub const HOLD: Duration = Duration::from_millis(700);

/// The lines of one provider. Cheap to clone.
#[derive(Clone)]
pub struct HttpLines(Arc<Shared>);

struct Shared {
    provider: Provider,
    token: String,
    public_url: String,
    from: String,
    channels: usize,
    hold: Duration,
    clock: Clock,
    rng: Rng,
    ids: IdMaker,
    table: Mutex<Table>,
}

const STATE: Error = Error::Conflict("error-phone-state");

impl HttpLines {
    pub fn new(clock: Clock, rng: Rng, settings: Settings) -> Result<Self> {
        let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if settings.token.len() < SHORTEST_TOKEN || !settings.token.chars().all(safe) {
            return Err(Error::internal(format!(
                "voice_http_token is at least {SHORTEST_TOKEN} letters, digits, - or _"
            )));
        }
        let Settings { calls, key, token, public_url, from, channels, recordings, hold } = settings;
        let provider = Provider::new(calls, key, recordings, clock.clone(), rng.clone())?;
        let public_url = public_url.trim_end_matches('/').to_owned();
        let table = Mutex::new(Table::new(OFFERS));
        let ids = IdMaker::default();
        Ok(Self(Arc::new(Shared {
            provider,
            token,
            public_url,
            from,
            channels,
            hold,
            clock,
            rng,
            ids,
            table,
        })))
    }

    /// Calls that come in. Whoever asks last gets them.
    pub fn offers(&self) -> mpsc::Receiver<Offer> {
        self.table().offers(OFFERS)
    }

    /// Ends what has lasted too long or has nobody who conducts it, and forgets what is over.
    pub async fn tick(&self) {
        let abandoned = self.table().abandoned();
        for call in abandoned {
            tracing::warn!(call.id = %call, "a call that nobody conducts any more is ended");
            self.end(call, Happened::Ended(Side::Us)).await;
        }
        let now = self.now();
        let due = self.table().due(now);
        for call in due {
            let (stage, rang) = {
                let table = self.table();
                let Some(leg) = table.legs.get(&call) else { continue };
                (leg.stage, leg.stage == Stage::Ringing && !leg.incoming)
            };
            match stage {
                Stage::Over => self.table().forget(call, now),
                // Where nobody's phone rang, nobody has failed to answer.
                Stage::Placed | Stage::Ringing => {
                    let what = if rang { Happened::NoAnswer } else { Happened::Unreachable(None) };
                    self.end(call, what).await;
                }
                Stage::Talking => self.end(call, Happened::Ended(Side::Network)).await,
            }
        }
    }

    /// Runs the watch over calls until `stop`.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        loop {
            self.tick().await;
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// We end a call: told at once, whatever the provider says.
    async fn end(&self, call: CallId, what: Happened) {
        let id = {
            let now = self.now();
            let mut table = self.table();
            let id = table.legs.get(&call).and_then(|leg| leg.id.clone());
            self.over(&mut table, call, now, what, true);
            id
        };
        if let Some(id) = id
            && let Err(error) = self.0.provider.hang_up(&id).await
            && !matches!(error, Error::NotFound)
        {
            tracing::warn!(%error, "a call could not be ended at the provider");
        }
    }

    /// A call is over. Others who heard it go on alone.
    fn over(&self, table: &mut Table, call: CallId, at: Timestamp, what: Happened, by_us: bool) {
        let alone = table.over(call, at, what, by_us, at + AFTERWARDS);
        if alone.is_empty() {
            return;
        }
        let lines = self.clone();
        tokio::spawn(async move {
            for call in alone {
                let _ = lines.give(call, Doing::Nothing, None).await;
            }
        });
    }

    /// Gives a call that talks its next list: to the request that waits for one, or in place of the running one.
    async fn give(&self, call: CallId, doing: Doing, sound: Option<Vec<u8>>) -> Result<()> {
        let (id, list) = {
            let now = self.now();
            let mut table = self.table();
            talking(&mut table, call)?;
            let sound = sound.map(|wav| {
                let id = self.0.rng.code(32);
                table.sounds.insert(id.clone(), Sound { call, wav, until: now + SOUND });
                id
            });
            let event = self.address("event", call);
            let url = sound.as_ref().map(|id| format!("{}/sound/{id}.wav", self.base()));
            let leg = talking(&mut table, call)?;
            let replaced = std::mem::replace(&mut leg.sound, sound);
            let list = leg.next(now, doing, url.as_deref(), &event);
            // Sent under the lock, under which a request also gives up waiting: one of the two happens.
            let unsent = match leg.waiting.take() {
                Some(waiting) => waiting.send(list).err(),
                None => Some(list),
            };
            leg.answers = unsent.is_none().then_some(leg.heard);
            let id = leg.id.clone();
            if let Some(replaced) = replaced {
                table.sounds.remove(&replaced);
            }
            let Some(list) = unsent else { return Ok(()) };
            (id, list)
        };
        self.0.provider.transfer(&id.ok_or(STATE)?, &list).await
    }

    /// The provider's own name for a call that is not over.
    fn named(&self, call: CallId) -> Result<String> {
        let mut table = self.table();
        talking(&mut table, call)?.id.clone().ok_or(STATE)
    }

    /// Fetches a recording and puts it where it is wanted.
    async fn fetch(&self, call: CallId, url: &str) {
        let wanted = || {
            let table = self.table();
            let recording = table.legs.get(&call).and_then(|leg| leg.recording.as_ref());
            recording.map(|one| (one.into.clone(), one.since, one.stopped))
        };
        let before = wanted();
        let mut fetched = self.0.provider.recording(url).await;
        for pause in FETCHED_AGAIN {
            if !matches!(fetched, Err(Error::Unavailable(_))) {
                break;
            }
            tokio::time::sleep(pause).await;
            fetched = self.0.provider.recording(url).await;
        }
        // A long one takes longer than the call is remembered; whoever looks after the spool files it then.
        let Some((into, since, stopped)) = wanted().or(before) else { return };
        let whole = match fetched {
            Ok(file) => {
                // What came after the stop is not ours to keep.
                let file = match (since, stopped) {
                    (Some(since), Some(stopped)) => wave::cut(file, stopped.duration_since(since)),
                    _ => file,
                };
                tokio::fs::write(into, file).await.map_err(Error::internal)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = &whole {
            tracing::warn!(%error, "a recording could not be fetched");
        }
        let now = self.now();
        if let Some(leg) = self.table().legs.get_mut(&call) {
            leg.recorded(now, whole.is_ok());
        }
    }

    fn base(&self) -> String {
        format!("{}/voice/{}", self.0.public_url, self.0.token)
    }

    fn address(&self, what: &str, call: CallId) -> String {
        format!("{}/{what}?call={call}", self.base())
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that takes orders: `NotFound` when it is over or unknown, a conflict before the answer.
fn talking(table: &mut Table, call: CallId) -> Result<&mut Leg> {
    let leg = table.legs.get_mut(&call).ok_or(Error::NotFound)?;
    match leg.stage {
        Stage::Talking => Ok(leg),
        Stage::Over => Err(Error::NotFound),
        Stage::Placed | Stage::Ringing => Err(STATE),
    }
}

/// E.164 as providers write it: without the plus.
fn written(number: &str) -> Result<&str> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    let right = (3..=15).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit());
    if right { Ok(digits) } else { Err(Error::invalid("number", "error-phone-format")) }
}

#[async_trait]
impl Lines for HttpLines {
    async fn dial(&self, dial: Dial) -> Result<Events> {
        let number = written(&dial.number)?;
        let (teller, events) = Events::channel();
        let now = self.now();
        let seconds = dial.ring_for.as_secs().max(1);
        // Known before it is placed: the provider's first event may overtake its answer to us.
        {
            let mut table = self.table();
            if table.legs.contains_key(&dial.call) {
                return Err(STATE);
            }
            if table.live().count() >= self.0.channels {
                return Err(Error::Unavailable("all channels of the voice provider are taken".into()));
            }
            let leg = Leg::new(None, false, now + dial.ring_for + GRACE, teller);
            leg.tell(now, Happened::Invited(TRUNK.to_owned()));
            table.legs.insert(dial.call, leg);
        }
        let order = json!({
            "to": [{ "type": "phone", "number": number }],
            "from": { "type": "phone", "number": self.0.from },
            "answer_url": [self.address("answer", dial.call)],
            "answer_method": "POST",
            "event_url": [self.address("event", dial.call)],
            "event_method": "POST",
            "ringing_timer": seconds,
        });
        let placed = self.0.provider.place(&order).await;
        let given_up = {
            let mut table = self.table();
            match placed {
                Ok(id) => table.name(dial.call, id),
                Err(error) => {
                    // Should it ring all the same, its webhook finds nothing here and it ends.
                    table.legs.remove(&dial.call);
                    return Err(error);
                }
            }
        };
        if let Some(id) = given_up {
            let _ = self.0.provider.hang_up(&id).await;
        }
        Ok(events)
    }

    async fn take(&self, call: CallId) -> Result<()> {
        let now = self.now();
        let mut table = self.table();
        let leg = table.legs.get_mut(&call).ok_or(Error::NotFound)?;
        match leg.stage {
            Stage::Ringing if leg.incoming => {
                (leg.stage, leg.until) = (Stage::Talking, now + LONGEST);
                leg.tell(now, Happened::Answered);
                Ok(())
            }
            Stage::Over => Err(Error::NotFound),
            _ => Err(STATE),
        }
    }

    async fn refuse(&self, call: CallId, _code: u16) -> Result<()> {
        let now = self.now();
        let mut table = self.table();
        let leg = table.legs.get_mut(&call).ok_or(Error::NotFound)?;
        match leg.stage {
            Stage::Ringing if leg.incoming => {
                if let Some(waiting) = leg.waiting.take() {
                    let _ = waiting.send(leg::hang_up());
                }
                self.over(&mut table, call, now, Happened::Ended(Side::Us), true);
                Ok(())
            }
            Stage::Over => Err(Error::NotFound),
            _ => Err(STATE),
        }
    }

    async fn say(&self, call: CallId, spoken: &Spoken, wait: Option<SignedDuration>) -> Result<()> {
        self.give(call, Doing::Saying { wait }, Some(wave::file(&spoken.samples))).await
    }

    async fn hush(&self, call: CallId) -> Result<()> {
        let on = {
            let mut table = self.table();
            let leg = talking(&mut table, call)?;
            match leg.doing {
                // Its keys have not come: it may still be heard.
                Doing::Saying { wait } if leg.heard != leg.part => {
                    wait.map_or(Doing::Nothing, |wait| Doing::Listening { wait, left: wait })
                }
                _ => return Ok(()),
            }
        };
        self.give(call, on, None).await
    }

    async fn press(&self, call: CallId, keys: &str) -> Result<()> {
        let id = self.named(call)?;
        self.0.provider.press(&id, keys).await
    }

    async fn record(&self, call: CallId, into: PathBuf, _hear: Hear) -> Result<()> {
        let doing = {
            let mut table = self.table();
            let leg = talking(&mut table, call)?;
            if leg.recording.is_some() {
                return Err(STATE);
            }
            leg.recording = Some(Recording { into, since: None, stopped: None, fetched: false });
            leg.doing
        };
        match doing {
            Doing::Nothing | Doing::Joined => self.give(call, doing, None).await,
            // While something is said or asked it begins with the next list.
            Doing::Saying { .. } | Doing::Listening { .. } => Ok(()),
        }
    }

    async fn stop_recording(&self, call: CallId) -> Result<()> {
        let now = self.now();
        let mut table = self.table();
        let leg = talking(&mut table, call)?;
        let recording = leg.recording.as_mut().ok_or(Error::NotFound)?;
        if recording.since.is_some() {
            recording.stopped = recording.stopped.or(Some(now));
        } else {
            leg.recorded(now, false);
        }
        Ok(())
    }

    async fn bridge(&self, one: CallId, other: CallId) -> Result<()> {
        let alone = {
            let mut table = self.table();
            talking(&mut table, one)?;
            talking(&mut table, other)?;
            if one == other {
                return Err(STATE);
            }
            let mut alone = table.leave(one);
            alone.extend(table.leave(other));
            alone.retain(|call| *call != one && *call != other);
            let room = format!("vx-{}", self.0.rng.code(20));
            for call in [one, other] {
                let leg = talking(&mut table, call)?;
                (leg.room, leg.listener) = (Some(room.clone()), false);
            }
            alone
        };
        for call in alone {
            let _ = self.give(call, Doing::Nothing, None).await;
        }
        self.give(one, Doing::Joined, None).await?;
        self.give(other, Doing::Joined, None).await
    }

    async fn overhear(&self, bridged: CallId, listener: CallId) -> Result<()> {
        {
            let mut table = self.table();
            let room = talking(&mut table, bridged)?.room.clone().ok_or(STATE)?;
            let leg = talking(&mut table, listener)?;
            if leg.room.is_some() {
                return Err(STATE);
            }
            (leg.room, leg.listener) = (Some(room), true);
        }
        self.give(listener, Doing::Joined, None).await
    }

    async fn part(&self, call: CallId) -> Result<()> {
        let alone = {
            let mut table = self.table();
            talking(&mut table, call)?;
            let mut alone = table.leave(call);
            alone.push(call);
            alone
        };
        for call in alone {
            match self.give(call, Doing::Nothing, None).await {
                Ok(()) | Err(Error::NotFound) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    async fn hang_up(&self, call: CallId) -> Result<()> {
        let live = self.table().legs.get(&call).is_some_and(|leg| leg.stage != Stage::Over);
        if !live {
            return Err(Error::NotFound);
        }
        self.end(call, Happened::Ended(Side::Us)).await;
        Ok(())
    }

    fn live(&self) -> Vec<CallId> {
        self.table().live().collect()
    }

    fn free(&self) -> usize {
        let taken = self.table().live().count();
        self.0.channels.saturating_sub(taken)
    }
}

/// What a webhook carries.
type Told = serde_json::Map<String, Value>;
