//! A caller and an operator hear each other, until one of them hangs up; what the desk asks meanwhile.

use super::{
    leg::{Leg, Whom, gone, next_of, still},
    model::End,
    orders::Order,
    sql,
    visit::Visit,
    words,
};
use duty::{
    calls::{
        self,
        operators::{self, Presence},
        recordings,
    },
    lines::{Happened, Hear, Told},
};
use kernel::{Result, StaffId};
use serde_json::json;
use store::{Event, Topic as Screens};

/// How long a supervisor's telephone rings.
const LISTENER_RINGS: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

/// Who hears the caller now.
pub(super) struct Room {
    pub leg: Leg,
    /// The caller waits, and hears nothing of the other side.
    pub held: bool,
    /// A supervisor's telephone, from the moment it rings.
    pub listener: Option<Leg>,
}

impl Visit<'_> {
    /// The conversation with whoever has answered.
    pub async fn talk_with(&mut self, leg: Leg) -> Result<End> {
        self.join(&leg).await?;
        let tape = self.begin_recording(Hear::Both).await;
        let mut room = Room { leg, held: false, listener: None };
        let ended = self.converse(&mut room).await;
        let lines = self.on.lines.clone();
        if let Some(mut listener) = room.listener.take() {
            listener.end(lines.as_ref()).await?;
        }
        room.leg.end(lines.as_ref()).await?;
        self.release(room.leg.staff, Presence::Writing).await?;
        self.file_recording(tape, recordings::Kind::Whole).await;
        if ended? {
            self.tell_caller(&["hotline.thanks"]).await?;
        }
        Ok(End::Served)
    }

    /// Joins the caller with a leg, and writes who serves him.
    pub async fn join(&mut self, leg: &Leg) -> Result<()> {
        let call = self.call();
        gone(self.on.lines.hush(call).await)?;
        gone(self.on.lines.bridge(call, leg.call).await)?;
        let mut cx = self.cx().await?;
        sql::serve(&mut cx, call, leg.staff).await?;
        if let Some(staff) = leg.staff {
            still(calls::served(&mut cx, call, staff).await)?;
        }
        cx.record(Event::new("call.bridged", call).unit(leg.unit).data(json!({
            "with": leg.call, "staff": leg.staff,
        })));
        cx.tell(Screens::screen("hotline"));
        cx.commit().await
    }

    /// An operator who is done; nobody where it was no operator.
    pub async fn release(&self, staff: Option<StaffId>, presence: Presence) -> Result<()> {
        let Some(staff) = staff else { return Ok(()) };
        let mut cx = self.cx().await?;
        still(operators::free(&mut cx, staff, presence).await)?;
        cx.tell(Screens::screen("hotline"));
        cx.commit().await
    }

    /// Until one of the two hangs up; `true` when it was not the caller.
    async fn converse(&mut self, room: &mut Room) -> Result<bool> {
        loop {
            tokio::select! {
                told = self.talk.next() => match told.map(|told| told.what) {
                    None => return Ok(false),
                    Some(Happened::Silent) if room.held => self.tell_held().await?,
                    Some(what) if what.is_final() => return Ok(false),
                    Some(_) => {}
                },
                told = room.leg.next() => {
                    let Some(told) = told else { return Ok(true) };
                    room.leg.note(&told).await?;
                    if told.what.is_final() {
                        return Ok(true);
                    }
                }
                told = next_of(&mut room.listener) => {
                    if !self.listener_told(room, told).await? {
                        return Ok(self.talk.ended().is_none());
                    }
                }
                order = self.orders.recv() => match order {
                    Some(order) => self.follow(room, order).await?,
                    // The reception itself holds the other end for as long as the call runs.
                    None => return Ok(true),
                },
            }
        }
    }

    /// What happens to a supervisor's telephone; `false` when the conversation is over.
    async fn listener_told(&mut self, room: &mut Room, told: Option<Told>) -> Result<bool> {
        let Some(told) = told else {
            room.listener = None;
            return Ok(true);
        };
        if let Some(listener) = &mut room.listener {
            listener.note(&told).await?;
        }
        if told.what == Happened::Answered {
            return self.supervise(room).await;
        }
        if told.what.is_final() {
            room.listener = None;
        }
        Ok(true)
    }

    async fn follow(&mut self, room: &mut Room, order: Order) -> Result<()> {
        match order {
            Order::Hold { on, by } => self.hold(room, on, by).await,
            Order::Listen { number, by } => self.ring_listener(room, number, by).await,
            Order::Transfer { whom, by } => self.transfer(room, &whom, by).await,
        }
    }

    async fn hold(&mut self, room: &mut Room, on: bool, by: Option<StaffId>) -> Result<()> {
        if room.held == on {
            return Ok(());
        }
        let call = self.call();
        room.held = on;
        if on {
            gone(self.on.lines.part(call).await)?;
            self.tell_held().await?;
        } else {
            gone(self.on.lines.hush(call).await)?;
            gone(self.on.lines.bridge(call, room.leg.call).await)?;
        }
        let kind = if on { "call.held" } else { "call.resumed" };
        self.tell(Event::new(kind, call).data(json!({ "by": by }))).await
    }

    async fn tell_held(&self) -> Result<()> {
        let every = self.law.hold_told_every;
        self.begin_to_say(self.call(), &words::all(&["hotline.held"]), Some(every)).await
    }

    pub async fn tell(&self, event: Event) -> Result<()> {
        let mut cx = self.cx().await?;
        cx.record(event);
        cx.tell(Screens::screen("hotline"));
        cx.commit().await
    }

    /// Rings whoever wants to listen; nothing is heard before the notice has been said.
    async fn ring_listener(&mut self, room: &mut Room, number: String, by: StaffId) -> Result<()> {
        if room.listener.is_some() {
            return Ok(());
        }
        let whom = Whom { number, staff: Some(by), unit: None };
        match Leg::dial(self, &whom, LISTENER_RINGS).await {
            Ok(leg) => room.listener = Some(leg),
            Err(error) => tracing::warn!(%error, "a supervisor could not be rung"),
        }
        Ok(())
    }

    /// Says to the operator, and to the caller where the law asks for it, that somebody listens; then he
    /// does. `false` when one of the two has gone meanwhile.
    async fn supervise(&mut self, room: &mut Room) -> Result<bool> {
        let (call, other) = (self.call(), room.leg.call);
        let lines = self.on.lines.clone();
        let notice = words::all(&["hotline.supervised"]);
        if !room.held {
            gone(lines.part(call).await)?;
        }
        let both = self.law.caller_told_of_listening;
        self.begin_to_say(other, &notice, None).await?;
        if both {
            self.begin_to_say(call, &notice, None).await?;
        }
        let (mut operator_heard, mut caller_heard) = (false, !both);
        while !(operator_heard && caller_heard) {
            tokio::select! {
                told = self.talk.next() => match told.map(|told| told.what) {
                    None => return Ok(false),
                    Some(Happened::Said) => caller_heard = true,
                    Some(what) if what.is_final() => return Ok(false),
                    Some(_) => {}
                },
                told = room.leg.next() => {
                    let Some(told) = told else { return Ok(false) };
                    room.leg.note(&told).await?;
                    match told.what {
                        Happened::Said => operator_heard = true,
                        what if what.is_final() => return Ok(false),
                        _ => {}
                    }
                }
            }
        }
        gone(lines.bridge(call, other).await)?;
        // Whoever was held is with the operator again.
        room.held = false;
        let Some(listener) = &room.listener else { return Ok(true) };
        gone(lines.overhear(call, listener.call).await)?;
        let data = json!({ "by": listener.staff, "listener": listener.call, "caller_told": both });
        self.tell(Event::new("call.supervised", call).data(data)).await?;
        Ok(true)
    }
}
