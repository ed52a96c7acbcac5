//! The live connection: rings for the person, and which parts of the screen have changed. One per
//! browser; who misses something gets it again at the next connection.

use crate::{Me, frame};
use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use duty::{
    staff,
    tickets::{self, attempts},
    units,
};
use futures_util::Stream;
use kernel::{AttemptId, Error, Result};
use pages::{Outcome, time::Clock};
use serde_json::json;
use std::{collections::BTreeSet, convert::Infallible, time::Duration};
use store::Topic;
use tokio::sync::mpsc;

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
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

async fn feed(me: &Me, to: &mpsc::Sender<Event>) -> Result<()> {
    let mut news = me.app.store().live().subscribe();
    let mut shown = BTreeSet::new();
    rings(me, to, &mut shown).await?;
    let mut ask_again = tokio::time::interval(ASK_AGAIN);
    loop {
        // A burst becomes one message.
        let mut topics = Vec::new();
        let mut ringing = false;
        let mut next = tokio::select! {
            notice = news.next() => notice,
            () = to.closed() => return Ok(()),
            _ = ask_again.tick() => {
                if me.is_still_here().await? { continue } else { return Ok(()) }
            }
        };
        loop {
            match next {
                None => {
                    ringing = true;
                    topics.push("*".to_owned());
                }
                Some(notice) if notice.tenant == me.tenant.id => match notice.topic {
                    Topic::Rings => ringing = true,
                    Topic::Screen(name) if !topics.contains(&name) => topics.push(name),
                    _ => {}
                },
                Some(_) => {}
            }
            match tokio::time::timeout(Duration::from_millis(150), news.next()).await {
                Ok(more) => next = more,
                Err(_) => break,
            }
        }
        if ringing {
            // Whoever has signed out, been locked or lost a post hears nothing more.
            if !me.is_still_here().await? {
                return Ok(());
            }
            rings(me, to, &mut shown).await?;
        }
        if !topics.is_empty() {
            let now = me.app.store().clock().now();
            send(
                to,
                Event::default().event("changed").data(json!({ "topics": topics, "now": now }).to_string()),
            )
            .await?;
        }
    }
}

async fn send(to: &mpsc::Sender<Event>, event: Event) -> Result<()> {
    to.send(event).await.map_err(|_| Error::Unavailable("the browser has gone".into()))
}

/// How long a connection may go on without asking whether its session still stands.
const ASK_AGAIN: Duration = Duration::from_secs(60);

/// Sends what has begun to ring for this person and what has stopped.
async fn rings(me: &Me, to: &mpsc::Sender<Event>, shown: &mut BTreeSet<AttemptId>) -> Result<()> {
    let mut cx = me.begin().await?;
    let tree = units::tree(&mut cx).await?;
    let mine = staff::reached_units(&mut cx, me.staff).await?;
    let now_ringing = attempts::ringing(&mut cx, &mine).await?;
    let mut events = Vec::new();
    for attempt in &now_ringing {
        if shown.contains(&attempt.id) {
            continue;
        }
        let Ok((ticket, _)) = tickets::ticket(&mut cx, attempt.ticket).await else { continue };
        if attempt.ringing_at.is_none() {
            attempts::ringing_began(&mut cx, attempt.id).await?;
        }
        let d = pages::Desk::new(&me.app, me.tenant.clone(), me.w);
        let title = me.w.lang().pick(&ticket.ladder.name_vi, &ticket.ladder.name_en).to_owned();
        let place = frame::short(&tree, &d, ticket.ward);
        let clock = Clock { zone: me.tenant.timezone(), now: cx.now() };
        let data = json!({
            "attempt": attempt.id,
            "ticket": ticket.id,
            "code": ticket.code,
            "title": if ticket.ward.is_some() { format!("{title} · {place}") } else { title },
            "unit": frame::name(&tree, &d, ticket.unit),
            "level": attempt.level + 1,
            "tone": attempt.tone,
            "until": ticket.climbs_at.map(|at| clock.rfc(at)),
            "accept": me.at(format!("rings/{}/accept", attempt.id)),
            "pass": if ticket.is_climbing() { me.at(format!("rings/{}/pass", attempt.id)) } else { String::new() },
            "open": me.at(format!("tickets/{}", ticket.id)),
            "csrf": me.csrf,
            "now": clock.rfc(clock.now),
        });
        events.push(Event::default().event("ring").data(data.to_string()));
        shown.insert(attempt.id);
    }
    cx.commit().await?;
    let gone: Vec<AttemptId> =
        shown.iter().filter(|id| !now_ringing.iter().any(|attempt| attempt.id == **id)).copied().collect();
    for id in gone {
        shown.remove(&id);
        events.push(Event::default().event("stop").data(json!({ "attempt": id }).to_string()));
    }
    for event in events {
        send(to, event).await?;
    }
    Ok(())
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
