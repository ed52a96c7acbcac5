//! A caller and an operator hear each other, until one of them hangs up; what the desk asks meanwhile.

use super::{
    leg::{Leg, Whom, go_on, gone, next_of, still},
    model::End,
    orders::Order,
    reception::TRIES,
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
    /// He has pressed the key, and both sides know that he listens.
    pub overheard: bool,
}

impl Visit<'_> {
    /// The conversation with whoever has answered.
    pub async fn talk_with(&mut self, leg: Leg) -> Result<End> {
        self.join(&leg).await?;
        let tape = self.begin_recording(Hear::Both).await;
        let mut room = Room { leg, held: false, listener: None, overheard: false };
        let still_here = self.converse(&mut room).await;
        let lines = self.on.lines.clone();
        self.dismiss(&mut room).await;
        go_on(room.leg.end(lines.as_ref()).await, "end");
        go_on(self.release(room.leg.operator(), Presence::Writing).await, "release");
        self.file_recording(tape, recordings::Kind::Whole).await;
        if still_here {
            go_on(self.tell_caller(&["hotline.thanks"]).await.map(drop), "end");
        }
        Ok(End::Served)
    }

    /// Joins the caller with a leg, and writes who serves him. Once they hear each other they talk, whatever
    /// becomes of what is written.
    pub async fn join(&mut self, leg: &Leg) -> Result<()> {
        let call = self.call();
        gone(self.on.lines.hush(call).await)?;
        gone(self.on.lines.bridge(call, leg.call).await)?;
        for pause in TRIES {
            match self.write_served(leg).await {
                Ok(()) => return Ok(()),
                failed => go_on(failed, "served"),
            }
            tokio::time::sleep(pause).await;
        }
        go_on(self.write_served(leg).await, "served");
        Ok(())
    }

    async fn write_served(&self, leg: &Leg) -> Result<()> {
        let call = self.call();
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
    async fn converse(&mut self, room: &mut Room) -> bool {
        loop {
            tokio::select! {
                told = self.talk.next() => match told.map(|told| told.what) {
                    None => return false,
                    Some(Happened::Silent) if room.held => go_on(self.tell_held().await, "hold"),
                    Some(what) if what.is_final() => return false,
                    Some(_) => {}
                },
                told = room.leg.next() => {
                    let Some(told) = told else { return true };
                    go_on(room.leg.note(&told).await, "note");
                    if told.what.is_final() {
                        return true;
                    }
                }
                told = next_of(&mut room.listener) => {
                    if !self.listener_told(room, told).await {
                        return self.talk.ended().is_none();
                    }
                }
                order = self.orders.recv() => match order {
                    Some(order) => self.follow(room, order).await,
                    // The reception itself holds the other end for as long as the call runs.
                    None => return true,
                },
            }
        }
    }

    /// What happens to a supervisor's telephone; `false` when the conversation is over. It may be answered by
    /// a machine that records: only a key lets it hear anything.
    async fn listener_told(&mut self, room: &mut Room, told: Option<Told>) -> bool {
        let Some(told) = told else {
            (room.listener, room.overheard) = (None, false);
            return true;
        };
        let Some(listener) = &mut room.listener else { return true };
        go_on(listener.note(&told).await, "note");
        let call = listener.call;
        match told.what {
            Happened::Answered => {
                let said = words::all(&["hotline.overhear"]);
                go_on(self.begin_to_say(call, &said, Some(words::TAKEN_WITHIN)).await, "listen");
            }
            Happened::Key('1') if !room.overheard => {
                go_on(gone(self.on.lines.hush(call).await), "listen");
                return match self.supervise(room).await {
                    Ok(goes_on) => goes_on,
                    Err(error) => {
                        go_on(Err(error), "listen");
                        self.dismiss(room).await;
                        self.together_again(room).await;
                        true
                    }
                };
            }
            Happened::Silent if !room.overheard => self.dismiss(room).await,
            what if what.is_final() => (room.listener, room.overheard) = (None, false),
            _ => {}
        }
        true
    }

    /// Lets go of a supervisor who rings or listens.
    pub async fn dismiss(&self, room: &mut Room) {
        room.overheard = false;
        if let Some(mut listener) = room.listener.take() {
            go_on(listener.end(self.on.lines.as_ref()).await, "end of listening");
        }
    }

    async fn follow(&mut self, room: &mut Room, order: Order) {
        let (what, followed) = match order {
            Order::Hold { on, by } => ("hold", self.hold(room, on, by).await),
            Order::Listen { number, by } => {
                self.ring_listener(room, number, by).await;
                return;
            }
            Order::Transfer { whom, by } => ("transfer", self.transfer(room, &whom, by).await),
        };
        if followed.is_err() {
            // Nobody is left in silence.
            self.together_again(room).await;
        }
        go_on(followed, what);
    }

    /// Where nobody is held the two hear each other, and whoever listens hears both.
    pub async fn together_again(&self, room: &Room) {
        if !room.held {
            go_on(self.together(room).await, "bridge");
        }
    }

    async fn together(&self, room: &Room) -> Result<()> {
        let (call, lines) = (self.call(), &self.on.lines);
        gone(lines.hush(call).await)?;
        gone(lines.bridge(call, room.leg.call).await)?;
        match &room.listener {
            Some(listener) if room.overheard => gone(lines.overhear(call, listener.call).await),
            _ => Ok(()),
        }
    }

    async fn hold(&mut self, room: &mut Room, on: bool, by: Option<StaffId>) -> Result<()> {
        if room.held == on {
            return Ok(());
        }
        let call = self.call();
        if on {
            gone(self.on.lines.part(call).await)?;
            go_on(self.tell_held().await, "hold");
        } else {
            self.together(room).await?;
        }
        room.held = on;
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
    async fn ring_listener(&mut self, room: &mut Room, number: String, by: StaffId) {
        if room.listener.is_some() {
            return;
        }
        let whom = Whom { number, staff: Some(by), unit: None };
        match Leg::dial(self, &whom, LISTENER_RINGS).await {
            Ok(leg) => room.listener = Some(leg),
            Err(error) => tracing::warn!(%error, "a supervisor could not be rung"),
        }
    }

    /// Says to the operator, and to the caller where the law asks for it, that somebody listens; then he
    /// does; whoever is held stays held, and is heard once he talks again. `false` when one of the two has
    /// gone meanwhile.
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
                    go_on(room.leg.note(&told).await, "note");
                    match told.what {
                        Happened::Said => operator_heard = true,
                        what if what.is_final() => return Ok(false),
                        _ => {}
                    }
                }
            }
        }
        room.overheard = true;
        if room.held {
            go_on(self.tell_held().await, "hold");
        } else {
            self.together(room).await?;
        }
        if let Some(listener) = &room.listener {
            let data = json!({ "by": listener.staff, "listener": listener.call, "caller_told": both });
            go_on(self.tell(Event::new("call.supervised", call).data(data)).await, "listen");
        }
        Ok(true)
    }
}
