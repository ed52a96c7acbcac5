//! The live connection: rings for the person, and which parts of the screen have changed. One per
//! browser; each connection begins with all that rings, and who misses a notice finds the change at
//! the next look.

use crate::{Me, frame};
use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse,
        sse::{Event, Sse},
    },
};
use duty::{
    staff,
    tickets::{self, Ringing, attempts},
    units,
};
use futures_util::Stream;
use jiff::Timestamp;
use kernel::{AttemptId, Error, Result};
use pages::{Outcome, time::Clock};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    time::Duration,
};
use store::{Cx, Topic, live::Notice};
use tokio::{sync::mpsc, time::MissedTickBehavior};

/// `GET /{tenant}/desk/live`
pub async fn live(me: Me) -> Outcome<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let (sender, receiver) = mpsc::channel::<Event>(64);
    tokio::spawn(async move {
        // Ends when the browser goes away (nobody receives) or the session does.
        if let Err(error) = feed(&me, &sender).await {
            tracing::debug!(%error, "a live connection ended");
        }
    });
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|event| (Ok(event), receiver))
    });
    Ok(Sse::new(stream))
}

/// A burst of notices becomes one message.
const BURST: Duration = Duration::from_millis(150);
/// Notices may be lost between processes, and a shift begins or ends without one: however silent it
/// is, what rings is looked up this often. A look in which nothing is new is four statements by
/// index, so three hundred desks cost the database 240 small statements a second.
const LOOK: Duration = Duration::from_secs(5);
/// Each this many looks the browser hears a tick: an event it can see, because the comments that
/// usually keep such a connection open are hidden from scripts, and a dead one looks open for minutes.
const TICK: u32 = 3;
/// Each this many looks the session is asked for.
const ASK_AGAIN: u32 = 12;

/// What the browser knows to ring, and until when.
type Shown = BTreeMap<AttemptId, Option<Timestamp>>;

async fn feed(me: &Me, to: &mpsc::Sender<Event>) -> Result<()> {
    let mut news = me.app.store().live().subscribe();
    let mut shown = Shown::new();
    snapshot(me, to, &mut shown).await?;
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    look.reset();
    let mut looks: u32 = 0;
    loop {
        let first = tokio::select! {
            notice = news.next() => notice,
            () = to.closed() => return Ok(()),
            _ = look.tick() => {
                looks = looks.wrapping_add(1);
                if looks.is_multiple_of(ASK_AGAIN) && !me.is_still_here().await? {
                    return Ok(());
                }
                rings(me, to, &mut shown).await?;
                if looks.is_multiple_of(TICK) {
                    send(to, "tick", &json!({ "now": me.app.store().clock().now() })).await?;
                }
                continue;
            }
        };
        let mut heard = Heard::default();
        heard.take_in(me, first);
        let burst = tokio::time::sleep(BURST);
        tokio::pin!(burst);
        loop {
            tokio::select! {
                () = &mut burst => break,
                more = news.next() => heard.take_in(me, more),
            }
        }
        if heard.rings {
            // Whoever has signed out, been locked or lost a post hears nothing more.
            if !me.is_still_here().await? {
                return Ok(());
            }
            rings(me, to, &mut shown).await?;
        }
        if !heard.topics.is_empty() {
            let now = me.app.store().clock().now();
            send(to, "changed", &json!({ "topics": heard.topics, "now": now })).await?;
        }
    }
}

/// What a burst of notices asks for.
#[derive(Default)]
struct Heard {
    rings: bool,
    topics: BTreeSet<String>,
}

impl Heard {
    fn take_in(&mut self, me: &Me, notice: Option<Notice>) {
        match notice {
            // Some were missed: anything may have changed.
            None => {
                self.rings = true;
                self.topics.insert("*".to_owned());
            }
            Some(notice) if notice.tenant == me.tenant.id => match notice.topic {
                Topic::Rings => self.rings = true,
                Topic::Screen(name) => {
                    self.topics.insert(name);
                }
                _ => {}
            },
            Some(_) => {}
        }
    }
}

async fn send(to: &mpsc::Sender<Event>, name: &str, data: &Value) -> Result<()> {
    let event = Event::default().event(name).data(data.to_string());
    to.send(event).await.map_err(|_| Error::Unavailable("the browser has gone".into()))
}

/// Begins a connection with everything that rings now, in place of whatever the browser knows: what
/// ended while it was not connected stops so.
async fn snapshot(me: &Me, to: &mpsc::Sender<Event>, shown: &mut Shown) -> Result<()> {
    let mut cx = me.begin().await?;
    let ringing = ringing(me, &mut cx).await?;
    let now = Clock { zone: me.tenant.timezone(), now: cx.now() }.rfc(cx.now());
    let mut cards = Vec::new();
    for ring in &ringing {
        cards.extend(card(me, &mut cx, ring).await?);
        shown.insert(ring.attempt, ring.until);
    }
    cx.commit().await?;
    send(to, "rings", &json!({ "rings": cards, "now": now })).await
}

/// Sends what has begun to ring for this person, what rings longer than it was said to, and what
/// has stopped.
async fn rings(me: &Me, to: &mpsc::Sender<Event>, shown: &mut Shown) -> Result<()> {
    let mut cx = me.begin().await?;
    let ringing = ringing(me, &mut cx).await?;
    let mut cards = Vec::new();
    for ring in &ringing {
        if shown.get(&ring.attempt) != Some(&ring.until) {
            cards.extend(card(me, &mut cx, ring).await?);
            shown.insert(ring.attempt, ring.until);
        }
    }
    cx.commit().await?;
    for card in &cards {
        send(to, "ring", card).await?;
    }
    let gone: Vec<AttemptId> =
        shown.keys().filter(|id| !ringing.iter().any(|ring| ring.attempt == **id)).copied().collect();
    for id in gone {
        shown.remove(&id);
        send(to, "stop", &json!({ "attempt": id })).await?;
    }
    Ok(())
}

/// What rings now for this person, by the posts and shifts of this moment.
async fn ringing(_me: &Me, cx: &mut Cx) -> Result<Vec<Ringing>> {
    let mine = staff::heard_units(cx).await?;
    tickets::ringing(cx, &mine).await
}

/// A ring as the browser shows it, marked as heard at the desk; `None` where its ticket is not this
/// person's to see.
async fn card(me: &Me, cx: &mut Cx, ring: &Ringing) -> Result<Option<Value>> {
    let ticket = match tickets::ticket(cx, ring.ticket).await {
        Ok((ticket, _)) => ticket,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    if ring.ringing_at.is_none() {
        attempts::ringing_began(cx, ring.attempt).await?;
    }
    let tree = units::tree(cx).await?;
    let d = pages::Desk::new(&me.app, me.tenant.clone(), me.w);
    let title = me.w.lang().pick(&ticket.ladder.name_vi, &ticket.ladder.name_en).to_owned();
    let place = frame::short(&tree, &d, ticket.ward);
    let clock = Clock { zone: me.tenant.timezone(), now: cx.now() };
    Ok(Some(json!({
        "attempt": ring.attempt,
        "ticket": ticket.id,
        "code": ticket.code,
        "title": if ticket.ward.is_some() { format!("{title} · {place}") } else { title },
        "unit": frame::name(&tree, &d, ticket.unit),
        "level": ring.level + 1,
        "tone": ring.tone,
        "until": ring.until.map(|at| clock.rfc(at)),
        "accept": me.at(format!("rings/{}/accept", ring.attempt)),
        "pass": if ticket.is_climbing() { me.at(format!("rings/{}/pass", ring.attempt)) } else { String::new() },
        "open": me.at(format!("tickets/{}", ticket.id)),
        "csrf": me.csrf,
        "now": clock.rfc(clock.now),
    })))
}

/// `POST /{tenant}/desk/rings/{attempt}/accept`: 204; 409 when someone else was faster.
pub async fn accept(me: Me, Path((_, attempt)): Path<(String, AttemptId)>, headers: HeaderMap) -> Outcome {
    me.check_header(&headers)?;
    let mut cx = me.begin().await?;
    let ticket = attempts::find(&mut cx, attempt).await?.ticket;
    tickets::accept(&mut cx, ticket).await?;
    cx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /{tenant}/desk/rings/{attempt}/pass`
pub async fn pass(me: Me, Path((_, attempt)): Path<(String, AttemptId)>, headers: HeaderMap) -> Outcome {
    me.check_header(&headers)?;
    let mut cx = me.begin().await?;
    let attempt = attempts::find(&mut cx, attempt).await?;
    tickets::pass_up(&mut cx, attempt.ticket, attempt.rung(), "").await?;
    cx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
