//! One care call, from the dialling to its end.

use super::{
    bridge::{Fetched, NotCome},
    farewell::{Farewell, Why},
    keep::{self, Seen},
    make,
    model::{Came, Law},
    settle::{self, Ending},
    sql::{self, Row},
};
use crate::{
    alerts::{self, Grade},
    followups::{self, Entered},
    households::{self, Kept},
    scripts::{Effect, Run, Step},
};
use duty::{
    calls::{self, Shelf, recordings},
    lines::{Events, Happened, Hear, Heard, Lines, Side, Spoken, Talk, Told},
    messages::Joins,
    prompts::{Prompter, Say},
    tenants::{self, Tenant},
    tickets::{self, Ticket},
};
use kernel::{Actor, AlertId, CallId, Error, PersonId, Result, StaffId, TenantId, UnitId};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use store::{Cx, Store, Turns};

pub(super) const PART: Actor = Actor::system("care_calls");
/// What the alarm's tickets are told, each as it was: they are read when somebody asks who did what.
const HUNG_UP: &str = "Hộ báo dấu hiệu nặng qua cuộc gọi tự động rồi gác máy trước khi người trực được gọi vào cuộc gọi. Chưa ai nói chuyện với gia đình.";
const HUNG_UP_WAITING: &str = "Hộ báo dấu hiệu nặng qua cuộc gọi tự động; gia đình gác máy trong lúc người trực đang được gọi vào cuộc gọi. Chưa ai nói chuyện với gia đình.";
const FAILED: &str = "Hộ báo dấu hiệu nặng qua cuộc gọi tự động; do lỗi hệ thống không nối được ai vào cuộc gọi. Chưa ai nói chuyện với gia đình.";
const TOLD: &str = "Gia đình đã được báo là trạm sẽ gọi lại ngay.";
const SPOKEN: &str = "Người nhận việc đã nói chuyện với gia đình ngay trong cuộc gọi tự động.";

/// By which it is tried whether names can be said.
const ANY_NAME: &str = "An";

/// Where calls are recorded: into a folder of this machine, then sealed onto the shelf.
#[derive(Clone)]
pub struct Recording {
    pub spool: PathBuf,
    pub shelf: Arc<dyn Shelf>,
}

/// The calls that this process holds, by whom they are for.
pub(super) type Live = Arc<Mutex<BTreeMap<CallId, TenantId>>>;

/// Conducts care calls. Cheap to clone.
#[derive(Clone)]
pub struct Conductor {
    pub(super) store: Store,
    pub(super) lines: Arc<dyn Lines>,
    pub(super) prompter: Prompter,
    /// Where families wait for whoever accepts their alarm.
    pub(super) joins: Joins,
    recording: Option<Recording>,
    live: Live,
}

/// A call that this process holds, for as long as it is conducted.
pub(super) struct Holding {
    live: Live,
    call: CallId,
}

impl Drop for Holding {
    fn drop(&mut self) {
        locked(&self.live).remove(&self.call);
    }
}

fn locked(live: &Live) -> MutexGuard<'_, BTreeMap<CallId, TenantId>> {
    live.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What has been looked at in this call: the answers, and whether they were whole.
type Looked = BTreeMap<PersonId, (String, bool)>;

/// What a call is about.
pub(super) struct Ground {
    pub tenant: Tenant,
    pub row: Row,
    pub home: Kept,
    pub law: Law,
    pub farewell: Farewell,
}

impl Conductor {
    pub fn new(store: Store, lines: Arc<dyn Lines>, prompter: Prompter) -> Self {
        Self { store, lines, prompter, joins: Joins::default(), recording: None, live: Live::default() }
    }

    /// Joins families with whoever accepts in a call of these ladders, which go by the same network.
    #[must_use]
    pub fn joining(self, joins: Joins) -> Self {
        Self { joins, ..self }
    }

    /// Records what is said, where the rule asks for it.
    #[must_use]
    pub fn recording(self, recording: Recording) -> Self {
        Self { recording: Some(recording), ..self }
    }

    /// The calls that are held here, by whom they are for.
    pub(super) fn all_held(&self) -> BTreeMap<TenantId, Vec<CallId>> {
        let mut held: BTreeMap<TenantId, Vec<CallId>> = BTreeMap::new();
        for (call, of) in locked(&self.live).iter() {
            held.entry(*of).or_default().push(*call);
        }
        held
    }

    pub(super) fn holding(&self, tenant: TenantId, call: CallId) -> Holding {
        locked(&self.live).insert(call, tenant);
        Holding { live: self.live.clone(), call }
    }

    /// Runs a call that has been dialled to its end, and puts on record what came of it. A call that cannot be
    /// conducted (no voice, no database) is given up and tried again later.
    pub async fn conduct(&self, tenant: TenantId, call: CallId, events: Events) -> Result<()> {
        let _held = self.holding(tenant, call);
        let mut talk = Talk::new(self.lines.clone(), call, events);
        let mut answered = false;
        let of = self.tenant(tenant).await;
        let conducted = match &of {
            Ok(of) => self.through(of, &mut talk, &mut answered).await,
            Err(_) => Err(Error::Unavailable("the tenant of a care call".into())),
        };
        let _ = self.lines.hang_up(call).await;
        let of = of?;
        let (ending, fault) = match conducted {
            Ok(ending) => (ending, None),
            // A family that has heard us fail is not called every two minutes.
            Err(error) => (Ending::from(if answered { Came::Partial } else { Came::NoLine }), Some(error)),
        };
        let settled = settle::settle(&self.store, &of, call, ending).await;
        // Whatever went wrong, what was recorded does not stay behind.
        let filed = self.file(&of, &mut talk).await;
        match fault {
            Some(fault) => Err(fault),
            None => settled.and(filed),
        }
    }

    async fn tenant(&self, id: TenantId) -> Result<Tenant> {
        let all = tenants::find(&self.store).await?;
        all.into_values().find(|tenant| tenant.id == id).ok_or(Error::NotFound)
    }

    async fn through(&self, tenant: &Tenant, talk: &mut Talk, answered: &mut bool) -> Result<Ending> {
        if let Some((came, code)) = self.ringing(tenant.id, talk).await? {
            return Ok(Ending { code, ..Ending::from(came) });
        }
        *answered = true;
        let Some((ground, mut run)) = self.ground(tenant, talk.call).await? else {
            return Ok(Came::Written.into());
        };
        if ground.law.record {
            self.record(talk.call).await;
        }
        self.ask_all(&ground, talk, &mut run).await
    }

    /// Until somebody answers; how it ended when nobody does.
    async fn ringing(&self, tenant: TenantId, talk: &mut Talk) -> Result<Option<(Came, Option<i16>)>> {
        let mut rang = false;
        while let Some(told) = talk.next().await {
            self.tell(tenant, talk.call, &told).await?;
            rang |= told.what == Happened::Ringing;
            if told.what == Happened::Answered {
                let mut cx = self.store.begin(tenant, PART).await?;
                sql::answered(&mut cx, talk.call, told.at).await?;
                cx.commit().await?;
                return Ok(None);
            }
            let ended = Came::in_vain(&told.what, rang);
            if ended.is_some() {
                return Ok(ended);
            }
        }
        Ok(Some((Came::NoLine, None)))
    }

    /// Takes what the network tells into the record of all calls.
    pub(super) async fn tell(&self, tenant: TenantId, call: CallId, told: &Told) -> Result<()> {
        let mut cx = self.store.begin(tenant, PART).await?;
        calls::told(&mut cx, call, told).await?;
        cx.commit().await
    }

    /// Who is asked and by which words; `None` when nobody owes an entry any more.
    async fn ground(&self, tenant: &Tenant, call: CallId) -> Result<Option<(Ground, Run)>> {
        let mut cx = self.store.begin(tenant.id, PART).await?;
        let Some(mut row) = sql::of_call(&mut cx, call).await? else { return Ok(None) };
        let home = households::kept(&mut cx, row.household).await?;
        let law = make::law_on(&mut cx, row.day).await?;
        // Who was asked before and is followed no more, or has written meanwhile, is not asked; who has come since is.
        let owing: Vec<PersonId> =
            followups::owing(&mut cx, &[row.household]).await?.iter().map(|kept| kept.person).collect();
        let mut asked = row.people.clone();
        asked.extend(owing.iter().filter(|person| !row.people.contains(person)));
        if asked != row.people {
            sql::set_people(&mut cx, row.id, &asked).await?;
        }
        row.people = asked.into_iter().filter(|person| owing.contains(person)).collect();
        if row.people.is_empty() {
            cx.commit().await?;
            return Ok(None);
        }
        let run = keep::run_of(&mut cx, &home, &row.people, row.answers.clone()).await?;
        cx.commit().await?;
        let farewell = self.farewell(tenant);
        Ok(Some((Ground { tenant: tenant.clone(), row, home, law, farewell }, run)))
    }

    async fn ask_all(&self, ground: &Ground, talk: &mut Talk, run: &mut Run) -> Result<Ending> {
        let mut came = None;
        // Whether a key has been pressed that says something: without one nobody has answered.
        let mut heard_any = false;
        let mut seen = Looked::new();
        loop {
            match run.step() {
                Step::Say(says) => {
                    if !self.say(ground, talk, &says).await? {
                        let came = match came {
                            Some(came) => came,
                            None => broken(ground, talk, run, heard_any).await,
                        };
                        return Ok(came.into());
                    }
                    run.said();
                }
                Step::Ask { says, most, wait } => {
                    let spoken = self.spoken(ground.tenant.id, &says).await?;
                    let heard = talk.ask(&spoken, most, wait).await?;
                    if heard == Heard::Gone {
                        return Ok(broken(ground, talk, run, heard_any).await.into());
                    }
                    let effect = run.answer(&heard);
                    match effect {
                        Effect::Repeat => {}
                        Effect::Next | Effect::MemberDone(_) => {
                            heard_any = true;
                            if let Some(entered) = self.look(ground, run, None, &mut seen).await? {
                                return Ok(self.flagged(ground, talk, &entered).await);
                            }
                        }
                        Effect::Flagged(person) => {
                            heard_any = true;
                            if let Some(entered) = self.look(ground, run, Some(person), &mut seen).await? {
                                return Ok(self.flagged(ground, talk, &entered).await);
                            }
                            if run.gave_up() {
                                came = Some(Came::Partial);
                            }
                        }
                        Effect::WantsPerson => {}
                        // What is said now is the farewell; what was pressed last is looked at all the same.
                        Effect::Refused | Effect::GaveUp => {
                            if let Some(entered) = self.look(ground, run, None, &mut seen).await? {
                                return Ok(self.flagged(ground, talk, &entered).await);
                            }
                            came = Some(match effect {
                                Effect::Refused => Came::Refused,
                                _ if heard_any => Came::Partial,
                                _ => Came::Silent,
                            });
                        }
                    }
                }
                Step::Person => return Ok(self.handed(ground, talk, run).await),
                Step::Done => return Ok(came.unwrap_or(Came::Completed).into()),
            }
        }
    }

    /// Looks at what has been answered: who is finished is written down, and at once who is in danger. What an
    /// emergency came to.
    async fn look(
        &self,
        ground: &Ground,
        run: &Run,
        flagged: Option<PersonId>,
        known: &mut Looked,
    ) -> Result<Option<Entered>> {
        let mut looked = false;
        for person in &ground.row.people {
            let entry = run.entry(*person);
            let finished = run.finished().contains(person);
            // An answer of the household itself says nothing of anybody's health.
            if !keep::says(&entry) && !finished {
                continue;
            }
            let whole = finished || flagged == Some(*person);
            let now = (keep::canonical(ground.row.id, &entry), whole);
            if known.get(person) == Some(&now) {
                continue;
            }
            known.insert(*person, now);
            looked |= whole;
            let seen = keep::look(&self.store, &ground.tenant, &ground.row, run, *person, whole).await?;
            if let Seen::Kept(entered) = seen
                && entered.worst == Grade::Emergency
            {
                return Ok(Some(entered));
            }
        }
        if !looked {
            keep::keep_answers(&self.store, &ground.tenant, &ground.row, run).await?;
        }
        Ok(None)
    }

    /// Somebody is in danger; the alarm rings already, and the household stands as flagged whatever fails from here
    /// on: it is not called by a robot while people try to get through. Where something fails the family is not hung
    /// up on without a word: it is called back.
    async fn flagged(&self, ground: &Ground, talk: &mut Talk, entered: &Entered) -> Ending {
        let mut ending = Ending::from(Came::Flagged);
        if let Err(error) = self.after_alarm(ground, talk, entered).await {
            tracing::error!(call = %talk.call, %error, "after an alarm nobody was brought into the call");
            let told = self.told_of_call_back(ground, talk).await;
            ending.call_back = !self.book(ground, Why::Alarm).await;
            self.remark(ground, entered, &with_told(FAILED, told)).await;
        }
        ending
    }

    /// The family is told whom to call, and a person fetched; who accepts before it has heard all need not wait. The
    /// questions end here: the line is needed for what is more urgent.
    async fn after_alarm(&self, ground: &Ground, talk: &mut Talk, entered: &Entered) -> Result<()> {
        let medical = &ground.tenant.pack.place.emergency.medical;
        let advice = [Say::clip("care.flagged"), Say::clip("care.medical"), Say::Digits(medical.clone())];
        let mut waiting = match self.waiting(ground, &entered.alerts).await {
            Ok(waiting) => waiting,
            Err(error) => {
                // Whatever fails, the family hears whom to call.
                self.say(ground, talk, &advice).await?;
                return Err(error);
            }
        };
        for says in [&advice[..], &[Say::clip("care.doctor")]] {
            if !self.say_meanwhile(ground, talk, &mut waiting, says).await? {
                self.remark(ground, entered, HUNG_UP).await;
                return Ok(());
            }
        }
        let about = about(ground, "care.alarm");
        match self.fetch(ground, talk, about, &entered.alerts, waiting).await? {
            Fetched::Talked => self.remark(ground, entered, SPOKEN).await,
            Fetched::Gone { rung: true } => self.remark(ground, entered, HUNG_UP_WAITING).await,
            Fetched::Gone { rung: false } => self.remark(ground, entered, HUNG_UP).await,
            Fetched::Nobody(why) => {
                let told = self.told_of_call_back(ground, talk).await;
                self.remark(ground, entered, &with_told(came_not(why), told)).await;
            }
        }
        Ok(())
    }

    /// Somebody wants to speak to a person. Whatever fails, somebody owes the family a call.
    async fn handed(&self, ground: &Ground, talk: &mut Talk, run: &Run) -> Ending {
        if let Err(error) = keep::keep_answers(&self.store, &ground.tenant, &ground.row, run).await {
            tracing::error!(call = %talk.call, %error, "what was answered before a person was asked for is not kept");
        }
        let fetched = self.for_family(ground, talk).await.unwrap_or_else(|error| {
            tracing::error!(call = %talk.call, %error, "nobody was brought to a family that asked for a person");
            Fetched::Nobody(NotCome::NoLine)
        });
        let mut ending = Ending::from(Came::HandedOver);
        if fetched != Fetched::Talked {
            ending.call_back = !self.book(ground, Why::Asked).await;
        }
        if matches!(fetched, Fetched::Nobody(_)) {
            self.told_of_call_back(ground, talk).await;
        }
        ending
    }

    async fn for_family(&self, ground: &Ground, talk: &mut Talk) -> Result<Fetched> {
        if !self.say(ground, talk, &[Say::clip("care.doctor")]).await? {
            return Ok(Fetched::Gone { rung: false });
        }
        let about = about(ground, "care.wanted");
        let waiting = self.waiting(ground, &[]).await?;
        self.fetch(ground, talk, about, &[], waiting).await
    }

    /// Whoever speaks with the family has taken up the alarm: its ticket at his unit is his, and climbs no further
    /// while he talks.
    pub(super) async fn take_up(
        &self,
        tenant: TenantId,
        alerts: &[AlertId],
        unit: UnitId,
        staff: StaffId,
    ) -> Result<()> {
        let mut turns = Turns::default();
        loop {
            match self.take_up_once(tenant, alerts, unit, staff).await {
                Err(error) if turns.again(&error) => {}
                done => return done,
            }
        }
    }

    async fn take_up_once(
        &self,
        tenant: TenantId,
        alerts: &[AlertId],
        unit: UnitId,
        staff: StaffId,
    ) -> Result<()> {
        let mut cx = self.store.begin(tenant, PART).await?;
        for ticket in tickets_of(&mut cx, alerts).await? {
            // Another unit's is not his to take.
            if ticket.unit != Some(unit) || ticket.state != tickets::State::Open {
                continue;
            }
            match tickets::accept_as(&mut cx, ticket.id, staff, None).await {
                // Somebody was faster.
                Ok(()) | Err(Error::Conflict(_)) => {}
                Err(other) => return Err(other),
            }
        }
        cx.commit().await
    }

    /// Says something to its end; false when the call is over.
    async fn say(&self, ground: &Ground, talk: &mut Talk, says: &[Say]) -> Result<bool> {
        let spoken = self.spoken(ground.tenant.id, says).await?;
        talk.say(&spoken).await
    }

    pub(super) async fn spoken(&self, tenant: TenantId, says: &[Say]) -> Result<Spoken> {
        let mut cx = self.store.begin(tenant, PART).await?;
        let ready = self.prompter.prepare(&mut cx, says).await?;
        // Synthesis may take seconds; no transaction waits for it.
        cx.rollback().await?;
        self.prompter.sound(&ready).await
    }

    /// Whether all can be said. Nobody records the names of a family, and a family that does not hear whom it is
    /// asked about answers for somebody else: without a voice it is not called, whatever is recorded and whatever was
    /// said before.
    pub(super) async fn has_voice(&self, tenant: TenantId) -> Result<()> {
        self.spoken(tenant, &[Say::clip("care.flagged")]).await?;
        self.prompter.ask_voice(ANY_NAME).await
    }

    /// Tells the tickets of these alarms something; what cannot be written changes nothing for the family.
    async fn remark(&self, ground: &Ground, entered: &Entered, words: &str) {
        let told = async {
            let mut cx = self.store.begin(ground.tenant.id, PART).await?;
            for ticket in tickets_of(&mut cx, &entered.alerts).await? {
                tickets::remark(&mut cx, ticket.id, words).await?;
            }
            cx.commit().await
        };
        if let Err(error) = told.await {
            tracing::warn!(%error, "an alarm's tickets do not say what became of the call");
        }
    }

    /// A call goes on though it cannot be recorded.
    async fn record(&self, call: CallId) {
        let Some(recording) = &self.recording else { return };
        let into = recording.spool.join(format!("{call}.wav"));
        if let Err(error) = self.lines.record(call, into, Hear::Both).await {
            tracing::warn!(%call, %error, "a care call is not recorded");
        }
    }

    /// Puts the recording away, once the network has written it to its end.
    async fn file(&self, tenant: &Tenant, talk: &mut Talk) -> Result<()> {
        let Some(recording) = &self.recording else { return Ok(()) };
        let spool = recording.spool.join(format!("{}.wav", talk.call));
        if !spool.exists() {
            return Ok(());
        }
        while talk.recorded().is_none() {
            if talk.next().await.is_none() {
                break;
            }
        }
        let mut cx = self.store.begin(tenant.id, PART).await?;
        recordings::file(&mut cx, recording.shelf.as_ref(), talk.call, &spool, recordings::Kind::Whole)
            .await?;
        cx.commit().await
    }
}

/// The tickets that these alarms have opened.
pub(super) async fn tickets_of(cx: &mut Cx, alerts: &[AlertId]) -> Result<Vec<Ticket>> {
    let mut found = Vec::new();
    for alert in alerts {
        if let Some(matter) = alerts::matter_of(cx, *alert).await? {
            found.extend(tickets::matter_tickets(cx, matter).await?);
        }
    }
    Ok(found)
}

/// What tickets are told; a family that has heard to the end that it is called back was told so.
fn with_told(words: &str, told: bool) -> String {
    if told { format!("{words} {TOLD}") } else { words.to_owned() }
}

/// What whoever is fetched hears before he presses the key.
fn about(ground: &Ground, why: &str) -> Vec<Say> {
    let household = [Say::clip("care.household"), Say::Digits(ground.home.code.clone())];
    vec![Say::together(household), Say::clip(why)]
}

/// Why nobody came into the call, as the alarm's tickets are told.
const fn came_not(why: NotCome) -> &'static str {
    match why {
        NotCome::NoneOnDuty => {
            "Hộ báo dấu hiệu nặng qua cuộc gọi tự động; theo lịch trực không có ai có số điện thoại để nối vào cuộc gọi."
        }
        NotCome::Rung => {
            "Hộ báo dấu hiệu nặng qua cuộc gọi tự động; gia đình đã giữ máy chờ người được gọi theo phiếu, hết thời gian theo quy định mà chưa ai nhận."
        }
        NotCome::NoLine => {
            "Hộ báo dấu hiệu nặng qua cuộc gọi tự động; mạng điện thoại không nhận cuộc gọi tới người trực trạm."
        }
        NotCome::NotAnswered => {
            "Hộ báo dấu hiệu nặng qua cuộc gọi tự động; đã gọi cho người trực trạm nhưng không nối được máy."
        }
        NotCome::Accepted => {
            "Hộ báo dấu hiệu nặng qua cuộc gọi tự động; đã có người nhận việc nhưng không nối được máy với gia đình. Người nhận việc gọi lại ngay."
        }
    }
}

/// What a call is that has ended before the script did. Whoever has answered for all is heard, though he did not
/// wait for the farewell; what the network cut is nobody's.
async fn broken(ground: &Ground, talk: &mut Talk, run: &Run, heard_any: bool) -> Came {
    if ground.row.people.iter().all(|person| run.finished().contains(person)) {
        return Came::Completed;
    }
    while talk.ended().is_none() {
        if talk.next().await.is_none() {
            break;
        }
    }
    match talk.ended() {
        Some(ended) if ended.what == Happened::Ended(Side::Network) => Came::Lost,
        _ if heard_any => Came::Partial,
        _ => Came::HungUp,
    }
}
