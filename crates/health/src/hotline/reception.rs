//! Takes calls that come in, and sees each to its end.

use super::{
    law::Law,
    leg::{Held, gone, held},
    model::{End, Owing, Topic},
    owed::{self, NewOwed},
    sql, sql_orders,
    visit::Visit,
    watch,
};
use duty::{
    calls::{self, Direction, NewCall, Outcome, Purpose, Shelf},
    lines::{Happened, Lines, Offer, Spoken, Talk, Told},
    prompts::{Prompter, Say},
    tenants::Tenant,
};
use jiff::SignedDuration;
use kernel::{Actor, CallId, Error, Phone, Result, TenantId};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};
use store::{Cx, Store, Topic as Screens};

/// The part of the program that answers, as the record names it.
pub(super) const PART: Actor = Actor::system("hotline.reception");
/// Well within the time after which a call counts as lost.
const HOLD_EVERY: Duration = Duration::from_secs(3);
/// The caller hears for so long at most that something is wrong.
const LAST_WORDS: Duration = Duration::from_secs(20);
/// How long the database is waited for before what became of a call is written again.
pub(super) const TRIES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(6)];
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The hotline of this process. Cheap to clone.
#[derive(Clone)]
pub struct Reception {
    pub(super) store: Store,
    pub(super) lines: Arc<dyn Lines>,
    prompter: Prompter,
    pub(super) kept: Option<Tapes>,
}

/// Where recordings are kept.
#[derive(Clone)]
pub(super) struct Tapes {
    pub shelf: Arc<dyn Shelf>,
    /// A folder for what is being recorded.
    pub spool: PathBuf,
}

impl Reception {
    /// Without a place for recordings nothing is recorded, and no message can be left.
    pub fn new(store: Store, lines: Arc<dyn Lines>, prompter: Prompter) -> Self {
        Self { store, lines, prompter, kept: None }
    }

    /// Records conversations with operators, and takes messages.
    #[must_use]
    pub fn recording(self, shelf: Arc<dyn Shelf>, spool: PathBuf) -> Self {
        Self { kept: Some(Tapes { shelf, spool }), ..self }
    }

    /// Answers one call and stays with it to its end.
    ///
    /// Errors: those of the database and the network; the caller is told, and what he is owed is put on
    /// record where that can still be done.
    pub async fn receive(&self, tenant: &Tenant, offer: Offer) -> Result<()> {
        let Offer { call, from, trunk, events, .. } = offer;
        let from = from.and_then(|number| Phone::parse(&number).ok());
        let (law, often) = match self.put_on_record(tenant.id, call, from.as_ref(), &trunk).await {
            Ok(begun) => begun,
            Err(error) => {
                // Nobody could be told of it: the network says that nobody is here.
                gone(self.lines.refuse(call, 480).await)?;
                return Err(error);
            }
        };
        let calls_held: Held = Arc::new(Mutex::new(BTreeSet::from([call])));
        let mut visit = Visit {
            on: self,
            tenant,
            talk: Talk::new(self.lines.clone(), call, events),
            from,
            law,
            held: calls_held.clone(),
            topic: None,
            waits: false,
            told: None,
            danger: false,
            ward_unasked: false,
        };
        let ended = tokio::select! {
            ended = visit.run(often) => ended,
            () = self.hold_on(tenant.id, &calls_held) => Err(Error::internal("a call is held no longer")),
        };
        let closed = self.close(&mut visit, ended.as_ref().ok().copied()).await;
        ended.map(drop).and(closed)
    }

    /// Writes the call; the law of today, and whether this number has called too often.
    async fn put_on_record(
        &self,
        tenant: TenantId,
        call: CallId,
        from: Option<&Phone>,
        trunk: &str,
    ) -> Result<(Law, bool)> {
        let mut cx = self.begin(tenant).await?;
        let law = Law::today(&mut cx).await?;
        let new = NewCall {
            id: call,
            direction: Direction::In,
            purpose: Purpose::Hotline,
            object: None,
            number: from.map(Phone::as_e164),
            unit: None,
            staff: None,
            trunk: Some(trunk),
        };
        calls::begin(&mut cx, &new).await?;
        sql::insert(&mut cx, call, from).await?;
        let often = match from {
            Some(number) => {
                let since = cx.now() - HOUR;
                sql::calls_since(&mut cx, number, since).await? > law.calls_an_hour
            }
            // Those who withhold their numbers are not held to account for each other.
            None => false,
        };
        watch::arm_later(&mut cx, call);
        cx.tell(Screens::screen("hotline"));
        cx.commit().await?;
        Ok((law, often))
    }

    /// Takes the call; `false` when the caller has gone meanwhile.
    pub(super) async fn take(&self, tenant: TenantId, call: CallId) -> Result<bool> {
        match self.lines.take(call).await {
            Err(Error::NotFound) => return Ok(false),
            taken => taken?,
        }
        let mut cx = self.begin(tenant).await?;
        let told = Told { at: cx.now(), what: Happened::Answered };
        calls::told(&mut cx, call, &told).await?;
        cx.commit().await?;
        Ok(true)
    }

    /// Ends a call and whatever was rung for it, and puts on record what its caller is still owed. `None`:
    /// something went wrong.
    async fn close(&self, visit: &mut Visit<'_>, end: Option<End>) -> Result<()> {
        if end.is_none() && visit.talk.ended().is_none() {
            // What cannot be said any more is not worth another error.
            let _ = tokio::time::timeout(LAST_WORDS, visit.tell_caller(&["hotline.fault"])).await;
        }
        // Before anything is written: where that fails nobody is left ringing, or on a dead line.
        let left: Vec<CallId> = held(&visit.held).iter().copied().collect();
        for call in left {
            if let Err(error) = gone(self.lines.hang_up(call).await) {
                tracing::warn!(%error, %call, "a call of the hotline could not be ended");
            }
        }
        for pause in TRIES {
            match self.write_end(visit, end).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::warn!(%error, call = %visit.call(), "the end of a call could not be written yet");
                }
            }
            tokio::time::sleep(pause).await;
        }
        self.write_end(visit, end).await
    }

    async fn write_end(&self, visit: &Visit<'_>, end: Option<End>) -> Result<()> {
        let call = visit.call();
        let mut cx = self.begin(visit.tenant.id).await?;
        sql::over(&mut cx, call).await?;
        sql_orders::close(&mut cx, call).await?;
        watch::disarm(&mut cx, call);
        let topic = visit.topic.unwrap_or(Topic::Person);
        let owing = match end {
            // Only an emergency is worth a ticket when he hung up; the rest of it is a missed call.
            Some(End::Abandoned) if topic == Topic::Emergency => Some(Owing::Emergency),
            Some(End::Abandoned) => Some(Owing::Missed),
            // Nothing was chosen yet: he may have mistaken the number.
            Some(End::HungUp) if visit.topic.is_none() => None,
            Some(End::HungUp) => Some(Owing::Missed),
            None if topic == Topic::Emergency || visit.danger => Some(Owing::Emergency),
            // Whatever failed, what he told is not lost.
            None if visit.told.is_some() => Some(Owing::Symptoms),
            None => Some(Owing::Missed),
            Some(End::Served | End::Done | End::Promised { .. }) => None,
        };
        if let Some(kind) = owing {
            let told = visit.told.as_deref().filter(|_| kind != Owing::Missed);
            let new = NewOwed { told, ..NewOwed::of(call, kind, topic, visit.from.as_ref()) };
            owed::open(&mut cx, Some(visit.tenant), &new).await?;
        }
        let outcome = match end {
            Some(End::Served | End::Done | End::Promised { message: false }) => Outcome::Completed,
            Some(End::Promised { message: true }) => Outcome::Voicemail,
            Some(End::HungUp) => Outcome::HungUp,
            Some(End::Abandoned) => Outcome::Abandoned,
            None => Outcome::Failed,
        };
        calls::ended(&mut cx, call, outcome, None).await?;
        cx.tell(Screens::screen("hotline"));
        cx.commit().await
    }

    pub(super) async fn begin(&self, tenant: TenantId) -> Result<Cx> {
        self.store.begin(tenant, PART).await
    }

    /// Says every few seconds that this process holds these calls; never ends.
    async fn hold_on(&self, tenant: TenantId, calls: &Held) {
        loop {
            tokio::time::sleep(HOLD_EVERY).await;
            let ids: Vec<CallId> = held(calls).iter().copied().collect();
            if let Err(error) = self.hold(tenant, &ids).await {
                tracing::warn!(%error, "calls of the hotline could not be held");
            }
        }
    }

    async fn hold(&self, tenant: TenantId, ids: &[CallId]) -> Result<()> {
        let mut cx = self.begin(tenant).await?;
        calls::hold(&mut cx, ids).await?;
        cx.commit().await
    }

    /// What these pieces sound like; what is neither recorded nor can be synthesised is left out. A voice that is
    /// away keeps nobody from being put through.
    pub(super) async fn spoken(&self, tenant: TenantId, says: &[Say]) -> Result<Spoken> {
        let mut cx = self.begin(tenant).await?;
        let ready = self.prompter.prepare(&mut cx, says).await?;
        cx.rollback().await?;
        match self.prompter.sound_with_gaps(&ready).await {
            Ok(spoken) => Ok(spoken),
            Err(error) => {
                tracing::error!(%error, "the hotline has no voice");
                Ok(Spoken {
                    words: ready.words(),
                    samples: Vec::new().into(),
                    length: SignedDuration::from_secs(1),
                })
            }
        }
    }
}
