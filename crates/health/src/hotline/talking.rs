//! A caller and an operator hear each other, until one of them hangs up; what the desk asks meanwhile.

use super::{
    leg::{Leg, Whom, go_on, gone, next_of, still},
    model::{End, Fault},
    orders::{self, Order, What},
    reception::TRIES,
    sql, sql_orders,
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
use std::time::Duration;
use store::{Event, Topic as Screens, live::Listener};

/// How long a supervisor's telephone rings.
const LISTENER_RINGS: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);
/// The longest that nobody looks what the desk has asked for.
const SAFETY: Duration = Duration::from_secs(1);

/// Who hears the caller now.
pub(super) struct Room {
    pub leg: Leg,
    /// The caller waits, and hears nothing of the other side.
    pub held: bool,
    /// A supervisor's telephone, from the moment it rings.
    pub listener: Option<Leg>,
    /// He has pressed the key, and both sides know that he listens.
    pub overheard: bool,
    /// By which order he was rung, until it is known what came of it.
    listens: Option<i16>,
    /// The last order that was taken.
    taken: i16,
    /// What came of orders and is not written yet.
    unwritten: Vec<(i16, Option<Fault>)>,
}

impl Room {
    fn of(leg: Leg) -> Self {
        Self {
            leg,
            held: false,
            listener: None,
            overheard: false,
            listens: None,
            taken: 0,
            unwritten: Vec::new(),
        }
    }

    /// What came of ringing the supervisor.
    fn listened(&mut self, fault: Option<Fault>) {
        self.unwritten.extend(self.listens.take().map(|place| (place, fault)));
    }

    /// The supervisor has gone.
    fn alone(&mut self, fault: Fault) {
        (self.listener, self.overheard) = (None, false);
        self.listened(Some(fault));
    }
}

/// Until something may have been asked for, or nobody has looked for a while; at once where it is `due`.
async fn asked(wake: &mut Listener, due: bool) {
    if !due {
        tokio::select! {
            () = wake.woken(orders::matters) => {}
            () = tokio::time::sleep(SAFETY) => {}
        }
    }
}

impl Visit<'_> {
    /// The conversation with whoever has answered.
    pub async fn talk_with(&mut self, leg: Leg) -> Result<End> {
        self.join(&leg).await?;
        let tape = self.begin_recording(Hear::Both).await;
        let mut room = Room::of(leg);
        let still_here = self.converse(&mut room).await;
        let lines = self.on.lines.clone();
        self.dismiss(&mut room, Fault::Over).await;
        self.write_done(&mut room).await;
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
        let mut wake = self.on.store.live().subscribe();
        let mut due = true;
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
                () = asked(&mut wake, due) => due = self.obey(room).await,
            }
        }
    }

    /// Does the next thing that the desk has asked for; whether there was one.
    async fn obey(&mut self, room: &mut Room) -> bool {
        let next = orders::next(self, room.taken).await;
        let obeyed = match next {
            Ok(Some(order)) => {
                room.taken = order.asked.place;
                self.follow(room, order).await;
                true
            }
            Ok(None) => false,
            Err(error) => {
                go_on(Err(error), "orders");
                false
            }
        };
        self.write_done(room).await;
        obeyed
    }

    /// Writes what came of orders; what cannot be written now is written at the next look.
    async fn write_done(&self, room: &mut Room) {
        if room.unwritten.is_empty() {
            return;
        }
        match self.write_faults(&room.unwritten).await {
            Ok(()) => room.unwritten.clear(),
            failed => go_on(failed, "orders"),
        }
    }

    async fn write_faults(&self, done: &[(i16, Option<Fault>)]) -> Result<()> {
        let mut cx = self.cx().await?;
        for (place, fault) in done {
            sql_orders::done(&mut cx, self.call(), *place, *fault).await?;
        }
        cx.tell(Screens::screen("hotline"));
        cx.commit().await
    }

    /// What happens to a supervisor's telephone; `false` when the conversation is over. It may be answered by
    /// a machine that records: only a key lets it hear anything.
    async fn listener_told(&mut self, room: &mut Room, told: Option<Told>) -> bool {
        let Some(told) = told else {
            room.alone(Fault::Network);
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
                        self.dismiss(room, Fault::Network).await;
                        self.together_again(room).await;
                        true
                    }
                };
            }
            Happened::Silent if !room.overheard => self.dismiss(room, Fault::NotTaken).await,
            what if what.is_final() => room.alone(Fault::NotTaken),
            _ => {}
        }
        true
    }

    /// Lets go of a supervisor who rings or listens; where he does not listen yet he is told why.
    pub async fn dismiss(&self, room: &mut Room, fault: Fault) {
        if let Some(mut listener) = room.listener.take() {
            go_on(listener.end(self.on.lines.as_ref()).await, "end of listening");
        }
        room.alone(fault);
    }

    async fn follow(&mut self, room: &mut Room, order: Order) {
        let Order { asked, what } = order;
        let (place, by) = (asked.place, asked.by);
        let (word, followed) = match what {
            What::Hold(on) => ("hold", self.hold(room, on, by).await.map(|()| None)),
            What::Transfer(whom) => ("transfer", self.transfer(room, &whom, by).await),
            What::Listen(number) => {
                self.ring_listener(room, place, number, by).await;
                return;
            }
            What::Refuse(fault) => ("refused", Ok(Some(self.turned_down(&asked, fault).await))),
        };
        if followed.is_err() {
            // Nobody is left in silence.
            self.together_again(room).await;
        }
        let fault = followed.unwrap_or_else(|error| {
            go_on(Err(error), word);
            Some(Fault::Network)
        });
        room.unwritten.push((place, fault));
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

    async fn hold(&mut self, room: &mut Room, on: bool, by: StaffId) -> Result<()> {
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
    async fn ring_listener(&mut self, room: &mut Room, place: i16, number: String, by: StaffId) {
        if room.listener.is_some() {
            // Pressed twice, or somebody else listens: the first press is answered, the second is told.
            let own = room.listener.as_ref().is_some_and(|listener| listener.staff == Some(by));
            room.unwritten.push((place, (!own).then_some(Fault::Changed)));
            return;
        }
        let whom = Whom { number, staff: Some(by), unit: None };
        match Leg::dial(self, &whom, LISTENER_RINGS).await {
            Ok(leg) => (room.listener, room.listens) = (Some(leg), Some(place)),
            Err(error) => {
                tracing::warn!(%error, "a supervisor could not be rung");
                room.unwritten.push((place, Some(Fault::Network)));
            }
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
        room.listened(None);
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
