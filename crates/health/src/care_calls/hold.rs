//! Holding the line: while an alarm's ladder rings whoever is competent, the family waits with its call for him. Who
//! accepts in a call of this process is put through to it; who accepts elsewhere, at the desk or by another process,
//! is rung into it. Nobody's telephone is rung twice at once.

use super::{
    bridge::{Fetched, NotCome, OnDuty},
    conduct::{Conductor, Ground, PART, tickets_of},
};
use duty::{
    calls::{self, Direction, NewCall, Outcome, Purpose},
    lines::{Happened, Talk, Told},
    messages::{Joined, Meeting},
    prompts::Say,
    staff,
    tickets::{
        self, State,
        attempts::{self, Attempt},
    },
};
use jiff::{SignedDuration, Timestamp};
use kernel::{AlertId, CallId, Error, Result, StaffId, TicketId};
use std::{collections::BTreeSet, time::Duration};
use store::{Cx, Topic, live::Listener};

/// The family hears again that it is not forgotten, after so long without a word.
const TOLD_EVERY: SignedDuration = SignedDuration::from_secs(15);
/// An attempt that is as young as this is on its way to the network.
const PLACED_WITHIN: SignedDuration = SignedDuration::from_secs(5);
/// For so long after his key whoever has accepted in another process still hears our thanks.
const THANKED: SignedDuration = SignedDuration::from_secs(5);
/// How long a database that is away is borne: a family in danger is not cut off by its restart.
const BORNE: SignedDuration = SignedDuration::from_secs(20);
/// The longest that nobody looks.
const SAFETY: Duration = Duration::from_secs(1);

/// Whom a family waits for.
pub(super) struct Waiting {
    tickets: Vec<TicketId>,
    meeting: Meeting,
    wake: Listener,
    /// Until when, by the rule.
    until: Timestamp,
    /// The telephones that were rung for it.
    tried: BTreeSet<String>,
    /// Who has accepted and was rung for it.
    accepted: BTreeSet<StaffId>,
    why: NotCome,
    /// Whether anybody's telephone was asked for.
    pub rung: bool,
    /// Nothing is being said to the family.
    silent: bool,
    /// Who was put through while something else was waited for.
    joined: Option<Joined>,
    /// Since when nobody could look.
    blind_since: Option<Timestamp>,
}

/// What is to be done next.
pub(super) enum Turn {
    Join(Joined),
    Ring(OnDuty),
    /// Somebody is being called; whether by now above the station.
    Hold {
        above: bool,
    },
    Over(NotCome),
}

impl Waiting {
    /// Somebody was called in vain. Where no ladder calls anybody, only another whose call costs no time is left.
    pub fn in_vain(&mut self, why: NotCome, at_once: bool, now: Timestamp) {
        self.why = self.why.max(why);
        if self.tickets.is_empty() && !at_once {
            self.until = now;
        }
    }

    /// Who is put through while a telephone is rung.
    pub async fn put_through(&mut self) {
        let joined = self.meeting.next().await;
        self.joined = Some(joined);
    }

    /// The family speaks with somebody: whoever accepts now is thanked.
    pub fn close(&mut self) {
        self.meeting.close();
        self.joined = None;
    }

    /// Takes in what happens to the family's call; `false` when it is over.
    pub fn heard(&mut self, told: Option<&Told>) -> bool {
        match told.map(|told| &told.what) {
            None => return false,
            Some(Happened::Silent) => self.silent = true,
            Some(what) if what.is_final() => return false,
            Some(_) => {}
        }
        true
    }
}

impl Conductor {
    /// From now on whoever accepts these alarms is put through to the family.
    pub(super) async fn waiting(&self, ground: &Ground, alerts: &[AlertId]) -> Result<Waiting> {
        let mut cx = self.store.begin(ground.tenant.id, PART).await?;
        let tickets: Vec<TicketId> =
            tickets_of(&mut cx, alerts).await?.iter().map(|ticket| ticket.id).collect();
        let until = cx.now() + ground.law.hold_line_for;
        cx.rollback().await?;
        Ok(Waiting {
            meeting: self.joins.wait_for(&tickets),
            tickets,
            wake: self.store.live().subscribe(),
            until,
            tried: BTreeSet::new(),
            accepted: BTreeSet::new(),
            why: NotCome::NoneOnDuty,
            rung: false,
            silent: true,
            joined: None,
            blind_since: None,
        })
    }

    /// Says something to the family, to its end or until a key or whoever accepts cuts it short; `false` when the call
    /// is over.
    pub(super) async fn say_meanwhile(
        &self,
        ground: &Ground,
        talk: &mut Talk,
        waiting: &mut Waiting,
        says: &[Say],
    ) -> Result<bool> {
        if waiting.joined.is_some() {
            return Ok(true);
        }
        let spoken = self.spoken(ground.tenant.id, says).await?;
        if !talk.begin(&spoken, None).await? {
            return Ok(false);
        }
        loop {
            tokio::select! {
                told = talk.next() => {
                    if !waiting.heard(told.as_ref()) {
                        return Ok(false);
                    }
                    match told.map(|told| told.what) {
                        Some(Happened::Said) => return Ok(true),
                        Some(Happened::Key(_)) => {
                            let _ = self.lines.hush(talk.call).await;
                            return Ok(true);
                        }
                        _ => {}
                    }
                }
                () = waiting.put_through() => return Ok(true),
            }
        }
    }

    /// Looks what can be done for the family: whoever has accepted comes first, then whoever is on duty and is not in
    /// a ladder's call, then it waits for those who are.
    pub(super) async fn turn(&self, ground: &Ground, waiting: &mut Waiting) -> Result<Turn> {
        if let Some(joined) = waiting.joined.take().or_else(|| waiting.meeting.ready()) {
            return Ok(Turn::Join(joined));
        }
        let turn = match self.looked(ground, waiting).await {
            Ok(turn) => turn,
            Err(error) => {
                let now = self.store.clock().now();
                if now.duration_since(*waiting.blind_since.get_or_insert(now)) > BORNE {
                    return Err(error);
                }
                tracing::warn!(%error, "nobody could look who comes to a family");
                return Ok(Turn::Hold { above: false });
            }
        };
        waiting.blind_since = None;
        if let Turn::Ring(one) = &turn {
            waiting.tried.insert(one.number.clone());
            waiting.rung = true;
        }
        Ok(turn)
    }

    async fn looked(&self, ground: &Ground, waiting: &mut Waiting) -> Result<Turn> {
        let on_duty = self.on_duty(ground).await?;
        let mut cx = self.store.begin(ground.tenant.id, PART).await?;
        // Tickets, calls and who is rung: an acceptance between two of these questions would look like nobody's.
        cx.one_snapshot().await?;
        let turn = self.next_turn(&mut cx, waiting, on_duty).await?;
        cx.rollback().await?;
        Ok(turn)
    }

    async fn next_turn(&self, cx: &mut Cx, waiting: &mut Waiting, on_duty: Vec<OnDuty>) -> Result<Turn> {
        let now = cx.now();
        if now >= waiting.until {
            return Ok(Turn::Over(waiting.why));
        }
        let tickets = tickets::tickets(cx, &waiting.tickets).await?;
        let calls: Vec<Attempt> = attempts::of_tickets(cx, &waiting.tickets).await?;
        let calls: Vec<Attempt> = calls.into_iter().filter(|one| one.channel == "call").collect();
        let mut held = false;
        // Who has accepted and is about to be put through is on no duty list's next call.
        let mut coming = BTreeSet::new();
        for ticket in &tickets {
            let Some(staff) = ticket.accepted_by else { continue };
            let mut his = calls.iter().filter(|call| call.ticket == ticket.id && call.staff == Some(staff));
            if his.any(|call| self.talks_still(call, now)) || tickets::is_rung(cx, staff).await? {
                held = true;
                coming.insert(staff);
                continue;
            }
            waiting.why = NotCome::Accepted;
            let Some(unit) = ticket.unit else { continue };
            let Some(number) = staff::phone(cx, staff).await? else { continue };
            // Who was rung in vain before is rung once more now that it is his.
            if waiting.accepted.insert(staff) {
                return Ok(Turn::Ring(OnDuty { staff, unit, number }));
            }
        }
        for one in on_duty {
            let mut his = calls.iter().filter(|call| call.staff == Some(one.staff));
            // Who has passed it up is not asked again.
            if waiting.tried.contains(&one.number)
                || coming.contains(&one.staff)
                || his.clone().any(|call| call.outcome.as_deref() == Some("passed_up"))
            {
                continue;
            }
            if his.any(|call| is_placed(call, now)) || tickets::is_rung(cx, one.staff).await? {
                waiting.why = waiting.why.max(NotCome::Rung);
                held |= !waiting.tickets.is_empty();
                continue;
            }
            return Ok(Turn::Ring(one));
        }
        let mut open = tickets.iter().filter(|ticket| ticket.state == State::Open).peekable();
        if open.peek().is_none() && !held {
            return Ok(Turn::Over(waiting.why));
        }
        waiting.why = waiting.why.max(NotCome::Rung);
        waiting.rung |= calls.iter().any(|call| call.invited_at.is_some());
        Ok(Turn::Hold { above: open.any(|ticket| ticket.level > 0) })
    }

    /// Whether whoever has accepted is in this call still: he is put through, or hears our thanks, or it is ended
    /// because he has accepted elsewhere.
    fn talks_still(&self, call: &Attempt, now: Timestamp) -> bool {
        call.ended_at.is_none_or(|at| now < at + THANKED)
            || self.lines.live().contains(&CallId(call.id.uuid()))
    }

    /// Lets the family wait until something changes; `false` when its call is over.
    pub(super) async fn hold_line(
        &self,
        ground: &Ground,
        talk: &mut Talk,
        waiting: &mut Waiting,
        above: bool,
    ) -> Result<bool> {
        if waiting.silent {
            match self.spoken(ground.tenant.id, &hold_words(ground, above)).await {
                Ok(spoken) => {
                    if !talk.begin(&spoken, Some(TOLD_EVERY)).await? {
                        return Ok(false);
                    }
                    waiting.silent = false;
                }
                // Without the words it is waited for all the same.
                Err(error) => {
                    tracing::warn!(%error, call = %talk.call, "a family is not asked to hold the line");
                }
            }
        }
        let Waiting { meeting, wake, .. } = &mut *waiting;
        let told = tokio::select! {
            told = talk.next() => told,
            joined = meeting.next() => {
                waiting.joined = Some(joined);
                return Ok(true);
            }
            () = wake.woken(|topic| *topic == Topic::Rings) => return Ok(true),
            () = tokio::time::sleep(SAFETY) => return Ok(true),
        };
        Ok(waiting.heard(told.as_ref()))
    }

    /// Joins the family with whoever was put through, until one of them hangs up; `None` when he has gone meanwhile.
    pub(super) async fn join(
        &self,
        ground: &Ground,
        talk: &mut Talk,
        mut joined: Joined,
        alerts: &[AlertId],
        waiting: &mut Waiting,
    ) -> Result<Option<Fetched>> {
        let his = joined.call();
        for call in [talk.call, his] {
            // What is over is told by the bridge.
            let _ = self.lines.hush(call).await;
        }
        match self.lines.bridge(talk.call, his).await {
            Ok(()) => {}
            // One of the two has hung up in this moment.
            Err(Error::NotFound) => {
                let gone = talk.ended().is_some() || !self.lines.live().contains(&talk.call);
                return Ok(gone.then_some(Fetched::Gone { rung: true }));
            }
            Err(other) => return Err(other),
        }
        waiting.close();
        let tenant = ground.tenant.id;
        let record = match self.put_on_record(ground, &joined).await {
            Ok(call) => Some(call),
            Err(error) => {
                // They talk already: nothing is worth parting them.
                tracing::error!(call = %his, %error, "a talk with a family is on no record");
                None
            }
        };
        let _held = record.map(|call| self.holding(tenant, call));
        if let Some(unit) = joined.unit
            && let Err(error) = self.take_up(tenant, alerts, unit, joined.staff).await
        {
            tracing::error!(call = %his, %error, "whoever speaks with the family has not accepted all its tickets");
        }
        loop {
            tokio::select! {
                told = talk.next() => {
                    if told.is_none_or(|told| told.what.is_final()) {
                        break;
                    }
                }
                _ = &mut joined.over => break,
            }
        }
        let _ = self.lines.part(his).await;
        let _ = self.lines.hang_up(his).await;
        if let Some(call) = record {
            self.ended(ground, call, Outcome::Completed, None).await;
        }
        Ok(Some(Fetched::Talked))
    }

    /// The talk as the record of all calls keeps it; while it lasts nothing else rings him.
    async fn put_on_record(&self, ground: &Ground, joined: &Joined) -> Result<CallId> {
        let mut cx = self.store.begin(ground.tenant.id, PART).await?;
        let number = staff::phone(&mut cx, joined.staff).await?;
        let (id, at) = (cx.id::<CallId>(), cx.now());
        let new = NewCall {
            id,
            direction: Direction::Out,
            purpose: Purpose::Fetched,
            object: Some(ground.row.household.uuid()),
            number: number.as_deref(),
            unit: joined.unit,
            staff: Some(joined.staff),
            trunk: None,
        };
        calls::begin(&mut cx, &new).await?;
        calls::told(&mut cx, id, &Told { at, what: Happened::Answered }).await?;
        cx.commit().await?;
        Ok(id)
    }
}

/// Whether an attempt is about to become a call.
fn is_placed(call: &Attempt, now: Timestamp) -> bool {
    call.ended_at.is_none() && call.invited_at.is_none() && now < call.started_at + PLACED_WITHIN
}

/// What a family hears that holds the line.
fn hold_words(ground: &Ground, above: bool) -> [Say; 3] {
    let whom = if above { "care.hold_superior" } else { "care.hold" };
    let medical = ground.tenant.pack.place.emergency.medical.clone();
    [Say::clip(whom), Say::clip("care.hang_up_and_call"), Say::Digits(medical)]
}
