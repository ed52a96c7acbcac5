//! Passing a call on: to another operator, or to whoever is on duty in a unit. The caller waits, the
//! operator too; where nobody answers they are together again.

use super::{
    leg::{Leg, Whom, go_on, gone},
    model::{Fault, Owing, Topic},
    orders::{Asked, To},
    owed::{self, NewOwed},
    talking::Room,
    visit::Visit,
    words,
};
use duty::{
    calls::operators::{self, Presence},
    lines::Happened,
};
use jiff::SignedDuration;
use kernel::{Result, StaffId, UnitId};
use serde_json::json;
use store::Event;

/// How long the other telephone rings.
const RINGS: SignedDuration = SignedDuration::from_secs(30);

impl Visit<'_> {
    /// Rings somebody else; when he answers he takes the operator's place. Why he does not.
    pub async fn transfer(&mut self, room: &mut Room, whom: &Whom, by: StaffId) -> Result<Option<Fault>> {
        let call = self.call();
        let lines = self.on.lines.clone();
        // Only an operator is taken, and set free again: whoever is on duty in a unit sits in no call room.
        let operator = whom.staff.filter(|_| whom.unit.is_none());
        if let Some(staff) = operator
            && !self.take_operator(staff).await?
        {
            // He has been given another call since he was chosen.
            return Ok(Some(self.refused(whom, by, Fault::Away).await));
        }
        let mut leg = match Leg::dial(self, whom, RINGS).await {
            Ok(leg) => leg,
            Err(error) => {
                tracing::warn!(%error, "a call could not be passed on");
                self.release(operator, Presence::Ready).await?;
                return Ok(Some(self.refused(whom, by, Fault::Network).await));
            }
        };
        go_on(gone(lines.part(call).await), "transfer");
        let was_held = std::mem::replace(&mut room.held, false);
        go_on(self.begin_to_say(call, &words::all(&["hotline.transferring"]), None).await, "transfer");
        let answers = self.answers(room, &mut leg).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a call could not be passed on");
            false
        });
        if !answers {
            go_on(leg.end(lines.as_ref()).await, "transfer");
            let gone_meanwhile = self.talk.ended().is_some();
            let fault = if gone_meanwhile { Fault::Over } else { Fault::NotTaken };
            let presence = if gone_meanwhile { Presence::Ready } else { Presence::Away };
            go_on(self.release(operator, presence).await, "transfer");
            if !gone_meanwhile {
                let said = words::all(&["hotline.not_transferred"]);
                go_on(self.begin_to_say(room.leg.call, &said, None).await, "transfer");
                self.together_again(room).await;
                if was_held {
                    let data = json!({ "by": by });
                    go_on(self.tell(Event::new("call.resumed", call).data(data)).await, "transfer");
                }
                if !lines.live().contains(&room.leg.call) {
                    self.promise().await?;
                }
            }
            return Ok(Some(self.refused(whom, by, fault).await));
        }
        // Whoever takes the call now has not been told that somebody listens.
        self.dismiss(room, Fault::Changed).await;
        let mut before = std::mem::replace(&mut room.leg, leg);
        go_on(before.end(lines.as_ref()).await, "transfer");
        go_on(self.release(before.operator(), Presence::Writing).await, "transfer");
        self.join(&room.leg).await?;
        let data = json!({ "to_staff": whom.staff, "to_unit": whom.unit, "by": by });
        // They talk already, whatever can be written of it.
        go_on(self.tell(Event::new("call.transferred", call).unit(whom.unit).data(data)).await, "transfer");
        Ok(None)
    }

    /// Takes an operator for this call; `false` where he is not ready any more.
    async fn take_operator(&self, staff: StaffId) -> Result<bool> {
        let mut cx = self.cx().await?;
        let taken = operators::take(&mut cx, staff, self.call()).await?;
        cx.commit().await?;
        Ok(taken)
    }

    /// Until the other side has heard what it is about and pressed the key; `false` when it does not, or the
    /// caller has gone. The operator may hang up meanwhile.
    async fn answers(&mut self, room: &mut Room, leg: &mut Leg) -> Result<bool> {
        let mut operator_there = true;
        loop {
            tokio::select! {
                told = self.talk.next() => {
                    if told.is_none_or(|told| told.what.is_final()) {
                        return Ok(false);
                    }
                }
                told = leg.next() => {
                    let Some(told) = told else { return Ok(false) };
                    leg.note(&told).await?;
                    match told.what {
                        Happened::Answered => {
                            let topic = self.topic.unwrap_or(Topic::Person);
                            let mut said = vec![words::piece("hotline.transferred")];
                            said.extend(words::offered(topic));
                            self.begin_to_say(leg.call, &said, Some(words::TAKEN_WITHIN)).await?;
                        }
                        Happened::Key('1') => {
                            gone(self.on.lines.hush(leg.call).await)?;
                            return Ok(true);
                        }
                        Happened::Silent => return Ok(false),
                        what if what.is_final() => return Ok(false),
                        _ => {}
                    }
                }
                told = room.leg.next(), if operator_there => match told {
                    Some(told) => {
                        go_on(room.leg.note(&told).await, "note");
                        operator_there = !told.what.is_final();
                    }
                    None => operator_there = false,
                },
            }
        }
    }

    /// The operator has hung up meanwhile, and nobody else answers: the caller is owed a call.
    async fn promise(&self) -> Result<()> {
        let mut cx = self.cx().await?;
        let topic = self.topic.unwrap_or(Topic::Person);
        let new = NewOwed::of(self.call(), Owing::CallBack, topic, self.from.as_ref());
        owed::open(&mut cx, Some(self.tenant), &new).await?;
        cx.commit().await
    }

    /// An order that could not be begun.
    pub async fn turned_down(&self, asked: &Asked, fault: Fault) -> Fault {
        match asked.to {
            Some(To::Operator(staff)) => self.write_refused(Some(staff), None, asked.by, fault).await,
            Some(To::Unit(unit)) => self.write_refused(None, Some(unit), asked.by, fault).await,
            None => {}
        }
        fault
    }

    async fn refused(&self, whom: &Whom, by: StaffId, fault: Fault) -> Fault {
        self.write_refused(whom.staff, whom.unit, by, fault).await;
        fault
    }

    async fn write_refused(&self, staff: Option<StaffId>, unit: Option<UnitId>, by: StaffId, fault: Fault) {
        let data = json!({ "to_staff": staff, "to_unit": unit, "by": by, "fault": fault });
        let event = Event::new("call.transfer_failed", self.call()).unit(unit).data(data);
        go_on(self.tell(event).await, "transfer");
    }
}
