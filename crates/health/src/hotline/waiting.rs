//! The line for an operator. Everybody in it looks who is next whenever something has changed, and once a
//! second; whoever stands first takes the operator who has been free longest.

use super::{
    leg::{Leg, Whom, gone, still},
    model::{End, Owing, Topic},
    owed::{self, NewOwed},
    sql,
    visit::Visit,
    words::{self, Instead},
};
use duty::{
    calls::operators::{self, Operator, Presence},
    lines::{Happened, Side},
    prompts::Say,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Error, Result, StaffId};
use std::time::Duration;
use store::Topic as Screens;

/// The longest that nobody looks.
const SAFETY: Duration = Duration::from_secs(1);
/// How long nobody is rung after the network took no call. Each try is written, and wakes all who wait: tried
/// without a pause, full lines would keep everybody busy with nothing else.
const REST: SignedDuration = SignedDuration::from_secs(2);
/// How long a database that is away is borne: whoever waits is not cut off by its restart.
const BORNE: SignedDuration = SignedDuration::from_secs(20);

/// What a look at the line came to.
enum Turn {
    /// His telephone is to be rung.
    Yours(Operator),
    Place {
        /// From 1.
        place: usize,
        /// Any operator is there at all.
        anybody: bool,
        /// One of them may take a call now, or once his own has ended. Who only writes is given none.
        takes: bool,
        /// One of them could be rung now.
        ready: bool,
    },
    /// Nobody could look.
    Unknown,
}

/// What ringing an operator came to.
enum Rung {
    Taken(Leg),
    NotTaken,
    /// The network takes no more calls now.
    Later,
    /// The caller has hung up.
    Gone,
}

/// What may have changed the line.
fn matters(topic: &Screens) -> bool {
    match topic {
        Screens::Screen(name) => matches!(name.as_str(), "hotline" | "calls" | "operators"),
        Screens::Rings => true,
        _ => false,
    }
}

impl Visit<'_> {
    /// Waits for an operator, and talks with him.
    pub async fn wait(&mut self, topic: Topic, priority: i16) -> Result<End> {
        self.join_line(topic, priority).await?;
        let mut wake = self.on.store.live().subscribe();
        // An emergency hears what to do before anything else.
        let mut intro = (topic == Topic::Emergency).then(|| words::piece("hotline.emergency"));
        let mut announce = true;
        let instead = match topic {
            Topic::Emergency => Instead::Nothing,
            _ if self.on.kept.is_some() => Instead::Message,
            _ => Instead::CallBack,
        };
        let mut rests_until: Option<Timestamp> = None;
        let mut blind_since: Option<Timestamp> = None;
        loop {
            if self.talk.ended().is_some() {
                return Ok(End::Abandoned);
            }
            let rests = rests_until.is_some_and(|until| self.on.store.clock().now() < until);
            let turn = match self.turn(!rests && self.on.lines.free() > 0).await {
                Ok(turn) => {
                    blind_since = None;
                    turn
                }
                Err(error) => {
                    let now = self.on.store.clock().now();
                    if now.duration_since(*blind_since.get_or_insert(now)) > BORNE {
                        return Err(error);
                    }
                    tracing::warn!(%error, call = %self.call(), "nobody could look who is next");
                    Turn::Unknown
                }
            };
            match turn {
                Turn::Yours(operator) => match self.ring(&operator, topic, &mut intro).await? {
                    Rung::Taken(leg) => return self.talk_with(leg).await,
                    Rung::Gone => return Ok(End::Abandoned),
                    Rung::NotTaken => {
                        announce = true;
                        continue;
                    }
                    Rung::Later => {
                        rests_until = Some(self.on.store.clock().now() + REST);
                        announce = true;
                        continue;
                    }
                },
                Turn::Place { ready: false, .. } if self.ward_unasked => {
                    self.ward_after_all(topic, priority).await?;
                    announce = true;
                    continue;
                }
                Turn::Place { place, anybody, takes, .. } if announce => {
                    if topic == Topic::Emergency && !takes {
                        self.ring_the_leader(topic).await?;
                    }
                    let mut said: Vec<Say> = intro.take().into_iter().collect();
                    said.extend(words::place(place, anybody, instead));
                    self.begin_to_say(self.call(), &said, Some(self.law.place_told_every)).await?;
                    announce = false;
                }
                Turn::Place { .. } | Turn::Unknown => {}
            }
            let told = tokio::select! {
                // Nothing more comes of a call that the network has lost.
                told = self.talk.next() => Some(told.map_or(Happened::Ended(Side::Network), |told| told.what)),
                () = wake.woken(matters) => None,
                () = tokio::time::sleep(SAFETY) => None,
            };
            match told {
                Some(Happened::Silent) => announce = true,
                Some(Happened::Key('1')) if instead == Instead::Message => {
                    self.step_out().await?;
                    return self.leave_message(topic).await;
                }
                Some(Happened::Key('2')) if instead != Instead::Nothing => {
                    self.step_out().await?;
                    return self.call_back(topic).await;
                }
                // Any other key is no reason to lose the place.
                Some(what) if what.is_final() => return Ok(End::Abandoned),
                _ => {}
            }
        }
    }

    /// Looks who is next. `may_ring`: the network would take a call to an operator.
    async fn turn(&self, may_ring: bool) -> Result<Turn> {
        let call = self.call();
        let mut cx = self.cx().await?;
        sql::queue_up(&mut cx).await?;
        sql::seen(&mut cx, call).await?;
        let line = sql::line(&mut cx).await?;
        let place = line.iter().position(|one| *one == call).unwrap_or(line.len());
        if may_ring
            && place == 0
            && let Some(operator) = operators::take_free(&mut cx, call).await?
        {
            sql::offer(&mut cx, call, Some(operator.staff)).await?;
            cx.tell(Screens::screen("hotline"));
            cx.commit().await?;
            return Ok(Turn::Yours(operator));
        }
        let all = operators::all(&mut cx).await?;
        let anybody = all.iter().any(|operator| !matches!(operator.presence, Presence::Away));
        let takes =
            all.iter().any(|operator| matches!(operator.presence, Presence::Ready | Presence::Talking));
        let ready = self.may_be_rung(&all);
        cx.commit().await?;
        Ok(Turn::Place { place: place + 1, anybody, takes, ready })
    }

    /// Whether an operator could be rung now.
    pub async fn somebody_ready(&self) -> Result<bool> {
        let mut cx = self.cx().await?;
        let all = operators::all(&mut cx).await?;
        cx.rollback().await?;
        Ok(self.may_be_rung(&all))
    }

    fn may_be_rung(&self, all: &[Operator]) -> bool {
        self.on.lines.free() > 0 && all.iter().any(|operator| operator.presence == Presence::Ready)
    }

    /// The operator to whom he was offered has not taken him, and nobody else is ready: he is asked for his ward, so
    /// that the station there is rung. Meanwhile he holds nobody up.
    async fn ward_after_all(&mut self, topic: Topic, priority: i16) -> Result<()> {
        self.ward_unasked = false;
        self.step_out().await?;
        if let Some(ward) = self.ward().await? {
            self.owe(Owing::Emergency, Some(ward), None).await?;
        }
        self.join_line(topic, priority).await
    }

    /// Nobody is here who could take an emergency: its ladder begins at once.
    async fn ring_the_leader(&self, topic: Topic) -> Result<()> {
        let mut cx = self.cx().await?;
        let new = NewOwed::of(self.call(), Owing::Emergency, topic, self.from.as_ref());
        owed::open(&mut cx, Some(self.tenant), &new).await?;
        cx.commit().await
    }

    /// Out of the line, to leave a message or a number.
    async fn step_out(&self) -> Result<()> {
        let mut cx = self.cx().await?;
        sql::leave_line(&mut cx, self.call()).await?;
        cx.tell(Screens::screen("hotline"));
        cx.commit().await
    }

    /// Rings an operator and tells him what it is about, the caller holding; what the caller has not heard
    /// yet is said to him then. Only a key takes the call: his telephone may be answered by a machine.
    async fn ring(&mut self, operator: &Operator, topic: Topic, intro: &mut Option<Say>) -> Result<Rung> {
        let whom = Whom { number: operator.extension.clone(), staff: Some(operator.staff), unit: None };
        let lines = self.on.lines.clone();
        let mut leg = match Leg::dial(self, &whom, self.law.operator_rings).await {
            Ok(leg) => leg,
            Err(error @ Error::Unavailable(_)) => {
                tracing::warn!(%error, "an operator could not be rung");
                self.not_taken(operator.staff, Presence::Ready).await?;
                return Ok(Rung::Later);
            }
            Err(error) => {
                tracing::warn!(%error, "an operator's telephone cannot be rung");
                self.not_taken(operator.staff, Presence::Away).await?;
                return Ok(Rung::NotTaken);
            }
        };
        let words = intro.take().unwrap_or_else(|| words::piece("hotline.connecting"));
        self.begin_to_say(self.call(), &[words], None).await?;
        loop {
            tokio::select! {
                told = self.talk.next() => {
                    if told.is_none_or(|told| told.what.is_final()) {
                        leg.end(lines.as_ref()).await?;
                        self.not_taken(operator.staff, Presence::Ready).await?;
                        return Ok(Rung::Gone);
                    }
                }
                told = leg.next() => {
                    let Some(told) = told else {
                        leg.end(lines.as_ref()).await?;
                        self.not_taken(operator.staff, Presence::Away).await?;
                        return Ok(Rung::NotTaken);
                    };
                    leg.note(&told).await?;
                    match told.what {
                        Happened::Answered => {
                            let said = words::offered(topic);
                            self.begin_to_say(leg.call, &said, Some(words::TAKEN_WITHIN)).await?;
                        }
                        Happened::Key('1') => {
                            gone(lines.hush(leg.call).await)?;
                            return Ok(Rung::Taken(leg));
                        }
                        Happened::Silent => {
                            leg.end(lines.as_ref()).await?;
                            self.not_taken(operator.staff, Presence::Away).await?;
                            return Ok(Rung::NotTaken);
                        }
                        what if what.is_final() => {
                            self.not_taken(operator.staff, Presence::Away).await?;
                            return Ok(Rung::NotTaken);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// The caller stands in the line again, where he stood.
    async fn not_taken(&self, staff: StaffId, presence: Presence) -> Result<()> {
        let mut cx = self.cx().await?;
        sql::offer(&mut cx, self.call(), None).await?;
        still(operators::free(&mut cx, staff, presence).await)?;
        cx.tell(Screens::screen("hotline"));
        cx.commit().await
    }
}
