//! Passing a call on: to another operator, or to whoever is on duty in a unit. The caller waits, the
//! operator too; where nobody answers they are together again.

use super::{
    leg::{Leg, Whom, gone, still},
    model::{Owing, Topic},
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
use kernel::{Result, StaffId};
use serde_json::json;
use store::Event;

/// How long the other telephone rings.
const RINGS: SignedDuration = SignedDuration::from_secs(30);

impl Visit<'_> {
    /// Rings somebody else; when he answers he takes the operator's place.
    pub async fn transfer(&mut self, room: &mut Room, whom: &Whom, by: Option<StaffId>) -> Result<()> {
        let call = self.call();
        let lines = self.on.lines.clone();
        let operator = whom.unit.is_none();
        let mut leg = match Leg::dial(self, whom, RINGS).await {
            Ok(leg) => leg,
            Err(error) => {
                tracing::warn!(%error, "a call could not be passed on");
                return self.refused(whom, by).await;
            }
        };
        if operator && let Some(staff) = whom.staff {
            let mut cx = self.cx().await?;
            still(operators::free(&mut cx, staff, Presence::Talking).await)?;
            cx.commit().await?;
        }
        gone(lines.part(call).await)?;
        room.held = false;
        self.begin_to_say(call, &words::all(&["hotline.transferring"]), None).await?;
        if !self.answers(room, &mut leg).await? {
            leg.end(lines.as_ref()).await?;
            if operator {
                self.release(whom.staff, Presence::Away).await?;
            }
            if self.talk.ended().is_none() {
                self.begin_to_say(room.leg.call, &words::all(&["hotline.not_transferred"]), None).await?;
                gone(lines.hush(call).await)?;
                gone(lines.bridge(call, room.leg.call).await)?;
                if !lines.live().contains(&room.leg.call) {
                    self.promise().await?;
                }
            }
            return self.refused(whom, by).await;
        }
        let mut before = std::mem::replace(&mut room.leg, leg);
        before.end(lines.as_ref()).await?;
        self.release(before.staff, Presence::Writing).await?;
        self.join(&room.leg).await?;
        let data = json!({ "to_staff": whom.staff, "to_unit": whom.unit, "by": by });
        self.tell(Event::new("call.transferred", call).unit(whom.unit).data(data)).await
    }

    /// Until the other side has answered and heard what it is about; `false` when it does not, or the caller
    /// has gone. The operator may hang up meanwhile.
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
                            let said = [words::piece("hotline.transferred"), words::topic(topic)];
                            self.begin_to_say(leg.call, &said, None).await?;
                        }
                        Happened::Said | Happened::Key(_) => return Ok(true),
                        what if what.is_final() => return Ok(false),
                        _ => {}
                    }
                }
                told = room.leg.next(), if operator_there => match told {
                    Some(told) => {
                        room.leg.note(&told).await?;
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

    async fn refused(&self, whom: &Whom, by: Option<StaffId>) -> Result<()> {
        let data = json!({ "to_staff": whom.staff, "to_unit": whom.unit, "by": by });
        self.tell(Event::new("call.transfer_failed", self.call()).unit(whom.unit).data(data)).await
    }
}
