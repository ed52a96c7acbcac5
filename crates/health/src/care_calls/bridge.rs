//! Fetching a person into a call: whoever is on duty at the household's station is rung, says by a key that
//! he listens, and speaks with the family. A mailbox presses no key. Whom an alarm's ladder rings the family waits
//! for ([`super::hold`]).

use super::{
    conduct::{Conductor, Ground, PART},
    hold::{Turn, Waiting},
    model::Came,
};
use duty::{
    calls::{self, Direction, NewCall, Outcome, Purpose},
    lines::{Dial, Events, Happened, Heard, Side, Talk},
    prompts::Say,
    staff,
    units::{self, Who},
};
use jiff::SignedDuration;
use kernel::{AlertId, CallId, Error, Result, StaffId, UnitId};

/// How long somebody has for the key after he has heard what it is about.
const KEY_WAIT: SignedDuration = SignedDuration::from_secs(10);

/// What came of fetching somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fetched {
    /// He spoke with the family.
    Talked,
    Nobody(NotCome),
    /// The family has hung up meanwhile; whether somebody's telephone was asked for by then.
    Gone {
        rung: bool,
    },
}

/// Why nobody came; the last says most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NotCome {
    /// The roster has nobody with a telephone.
    NoneOnDuty,
    /// A ladder of ours rings, and nobody has taken up its ticket in time.
    Rung,
    /// The network took no call.
    NoLine,
    /// He was called, and did not come.
    NotAnswered,
    /// Somebody has taken up the alarm, and could not be joined with the family.
    Accepted,
}

/// Nobody came of one telephone that was called.
const VAIN: Fetched = Fetched::Nobody(NotCome::NotAnswered);

/// Somebody who is competent, and where he is rung.
pub(super) struct OnDuty {
    pub staff: StaffId,
    pub unit: UnitId,
    pub number: String,
}

/// What whoever comes takes up with it.
#[derive(Clone, Copy)]
struct Takes<'a> {
    alerts: &'a [AlertId],
    unit: UnitId,
    staff: StaffId,
}

impl Conductor {
    /// Brings somebody competent to the family: whoever takes up the alarm in a ladder's call, or whoever is on duty
    /// and presses 1; with that he has taken up these alarms. Who is engaged or cannot be reached costs no time: then
    /// the next is rung. Whom a ladder rings just now is not rung a second time: the family holds the line for him,
    /// and for whoever the ladder rings after him, as long as the rule lets it.
    pub(super) async fn fetch(
        &self,
        ground: &Ground,
        talk: &mut Talk,
        about: Vec<Say>,
        alerts: &[AlertId],
        mut waiting: Waiting,
    ) -> Result<Fetched> {
        loop {
            match self.turn(ground, &mut waiting).await? {
                Turn::Join(joined) => {
                    if let Some(fetched) = self.join(ground, talk, joined, alerts, &mut waiting).await? {
                        return Ok(fetched);
                    }
                }
                Turn::Ring(one) => {
                    let takes = Takes { alerts, unit: one.unit, staff: one.staff };
                    let (outcome, fetched) =
                        self.ring(ground, talk, one, &about, takes, &mut waiting).await?;
                    let at_once = matches!(
                        outcome,
                        Outcome::Busy | Outcome::Rejected | Outcome::Unreachable | Outcome::Failed
                    );
                    match fetched {
                        Fetched::Nobody(why) => waiting.in_vain(why, at_once, self.store.clock().now()),
                        other => return Ok(other),
                    }
                }
                Turn::Hold { above } => {
                    if !self.hold_line(ground, talk, &mut waiting, above).await? {
                        return Ok(Fetched::Gone { rung: waiting.rung });
                    }
                }
                Turn::Over(why) => return Ok(Fetched::Nobody(why)),
            }
        }
    }

    async fn ring(
        &self,
        ground: &Ground,
        talk: &mut Talk,
        on_duty: OnDuty,
        about: &[Say],
        takes: Takes<'_>,
        waiting: &mut Waiting,
    ) -> Result<(Outcome, Fetched)> {
        let mut cx = self.store.begin(ground.tenant.id, PART).await?;
        let call = cx.id::<CallId>();
        let new = NewCall {
            id: call,
            direction: Direction::Out,
            purpose: Purpose::Fetched,
            object: Some(ground.row.household.uuid()),
            number: Some(&on_duty.number),
            unit: Some(on_duty.unit),
            staff: Some(on_duty.staff),
            trunk: None,
        };
        calls::begin(&mut cx, &new).await?;
        cx.commit().await?;
        let dial = Dial {
            tenant: ground.tenant.id,
            call,
            number: on_duty.number,
            ring_for: ground.law.doctor_ring_for,
        };
        let _held = self.holding(ground.tenant.id, call);
        let events = match self.lines.dial(dial).await {
            Ok(events) => events,
            Err(error) => {
                tracing::warn!(%error, "nobody could be rung into a care call");
                self.ended(ground, call, Outcome::Failed, None).await;
                return Ok((Outcome::Failed, Fetched::Nobody(NotCome::NoLine)));
            }
        };
        match self.fetched(ground, talk, call, events, (about, takes), waiting).await {
            Ok((outcome, code, fetched)) => {
                self.ended(ground, call, outcome, code).await;
                Ok((outcome, fetched))
            }
            Err(error) => {
                let _ = self.lines.hang_up(call).await;
                self.ended(ground, call, Outcome::Failed, None).await;
                Err(error)
            }
        }
    }

    async fn fetched(
        &self,
        ground: &Ground,
        talk: &mut Talk,
        call: CallId,
        events: Events,
        (about, takes): (&[Say], Takes<'_>),
        waiting: &mut Waiting,
    ) -> Result<(Outcome, Option<i16>, Fetched)> {
        let mut theirs = Talk::new(self.lines.clone(), call, events);
        if let Some(ended) = self.until_answered(ground, talk, &mut theirs, waiting).await? {
            return Ok(ended);
        }
        let spoken = self.spoken(ground.tenant.id, about).await?;
        match theirs.ask(&spoken, 1, KEY_WAIT).await? {
            Heard::Keys(keys) if keys == "1" => {}
            Heard::Gone => return Ok((Outcome::HungUp, None, VAIN)),
            Heard::Keys(_) => {
                let _ = self.lines.hang_up(call).await;
                return Ok((Outcome::Refused, None, VAIN));
            }
            Heard::Nothing => {
                let _ = self.lines.hang_up(call).await;
                return Ok((Outcome::Voicemail, None, VAIN));
            }
        }
        // The family may be hearing that it is asked to hold the line.
        let _ = self.lines.hush(talk.call).await;
        match self.lines.bridge(talk.call, call).await {
            Ok(()) => {}
            // One of the two has hung up in this moment.
            Err(Error::NotFound) => {
                let _ = self.lines.hang_up(call).await;
                let gone = talk.ended().is_some() || !self.lines.live().contains(&talk.call);
                let fetched = if gone { Fetched::Gone { rung: true } } else { VAIN };
                return Ok((Outcome::Abandoned, None, fetched));
            }
            Err(other) => return Err(other),
        }
        waiting.close();
        if let Err(error) = self.take_up(ground.tenant.id, takes.alerts, takes.unit, takes.staff).await {
            // They talk already: nothing is worth parting them.
            tracing::error!(%call, %error, "whoever speaks with the family has not accepted the alarm's ticket");
        }
        // They speak until one of them hangs up.
        loop {
            let told = tokio::select! {
                told = theirs.next() => told,
                told = talk.next() => told,
            };
            if told.is_none_or(|told| told.what.is_final()) {
                break;
            }
        }
        let _ = self.lines.part(call).await;
        let _ = self.lines.hang_up(call).await;
        Ok((Outcome::Completed, None, Fetched::Talked))
    }

    /// Waits until he answers; what it ended as when he does not. The family may hang up meanwhile, or somebody else
    /// be put through to it.
    async fn until_answered(
        &self,
        ground: &Ground,
        talk: &mut Talk,
        theirs: &mut Talk,
        waiting: &mut Waiting,
    ) -> Result<Option<(Outcome, Option<i16>, Fetched)>> {
        let mut rang = false;
        loop {
            tokio::select! {
                told = theirs.next() => {
                    let Some(told) = told else { return Ok(Some((Outcome::Lost, None, VAIN))) };
                    if let Err(error) = self.tell(ground.tenant.id, theirs.call, &told).await {
                        // He is rung all the same.
                        tracing::warn!(call = %theirs.call, %error, "what a call does is not on record");
                    }
                    rang |= told.what == Happened::Ringing;
                    let ended = match told.what {
                        Happened::Answered => return Ok(None),
                        Happened::Busy(code) => (Outcome::Busy, Some(code)),
                        Happened::Rejected(code) => (Outcome::Rejected, Some(code)),
                        Happened::Unreachable(code) => (Outcome::Unreachable, code),
                        Happened::NoAnswer => (Outcome::NoAnswer, None),
                        Happened::Ended(Side::Network) => (Outcome::Lost, None),
                        Happened::Ended(_) => (Outcome::HungUp, None),
                        _ => continue,
                    };
                    // Where no telephone was reached at all, nobody has failed to answer.
                    let came = Came::in_vain(&told.what, rang).map(|(came, _)| came);
                    let fetched =
                        if came == Some(Came::NoLine) { Fetched::Nobody(NotCome::NoLine) } else { VAIN };
                    return Ok(Some((ended.0, ended.1, fetched)));
                }
                told = talk.next() => {
                    if !waiting.heard(told.as_ref()) {
                        let _ = self.lines.hang_up(theirs.call).await;
                        return Ok(Some((Outcome::Abandoned, None, Fetched::Gone { rung: true })));
                    }
                }
                () = waiting.put_through() => {
                    let _ = self.lines.hang_up(theirs.call).await;
                    return Ok(Some((Outcome::Abandoned, None, Fetched::Nobody(NotCome::Rung))));
                }
            }
        }
    }

    /// Who is on duty and has a telephone: at the household's station, then at its mobile station.
    pub(super) async fn on_duty(&self, ground: &Ground) -> Result<Vec<OnDuty>> {
        let mut cx = self.store.begin(ground.tenant.id, PART).await?;
        let tree = units::tree(&mut cx).await?;
        let units: Vec<UnitId> =
            std::iter::once(ground.home.station).chain(ground.home.mobile_station).collect();
        let wanted: Vec<(Who, UnitId)> = units.iter().map(|unit| (Who::Duty, *unit)).collect();
        let reached = staff::reached(&mut cx, &tree, &wanted).await?;
        let mut on_duty: Vec<OnDuty> = Vec::new();
        for unit in units {
            let people = reached.get(&staff::key(Who::Duty, unit)).map(Vec::as_slice).unwrap_or_default();
            for person in people.iter().filter(|person| person.has_phone) {
                let Some(number) = staff::phone(&mut cx, person.staff).await? else { continue };
                if on_duty.iter().all(|known| known.number != number) {
                    on_duty.push(OnDuty { staff: person.staff, unit, number });
                }
            }
        }
        Ok(on_duty)
    }

    /// Writes the end of a call of ours. What cannot be written now is written as lost by whoever looks after calls that
    /// nobody holds: it changes nothing for the family.
    pub(super) async fn ended(&self, ground: &Ground, call: CallId, outcome: Outcome, code: Option<i16>) {
        let ended = async {
            let mut cx = self.store.begin(ground.tenant.id, PART).await?;
            calls::ended(&mut cx, call, outcome, code).await?;
            cx.commit().await
        };
        if let Err(error) = ended.await {
            tracing::warn!(%call, %error, "the end of a call is not on record");
        }
    }
}
