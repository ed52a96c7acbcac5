//! A district that lives: people fall ill, residents report, officials pick up, accept, or miss the
//! call. Before the first start a week of it is lived in fast motion, with the same actions that
//! people use, so that the board has yesterday to compare with. One ward is left alone: what
//! happens there is for whoever tries the demo.

use super::{
    care_calls::{Families, Past},
    diaries,
    gates::Crowd,
    news, texts,
};
use duty::{
    tenants::Tenant,
    tickets::{
        self, Filter, State,
        attempts::{self, Attempt, Outcome},
    },
    units,
};
use gateways::{Exchange, Phones, phones::Do};
use health::{
    alerts::{self, Ended},
    care_calls,
    checkins::{self, Intake},
    followups,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, AttemptId, Clock, Result, Rng, UnitId};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use store::{Store, leases, ledger::Sealer, timers};
use tokio::sync::watch;

/// The ward that the simulator never touches.
pub const YOURS: &str = "TPHONG";
pub(super) const ME: Actor = Actor::system("demo.simulator");
/// More open tickets than this and the simulator only works them off.
const ENOUGH: i64 = 120;

/// So long before now households are called by the robot: two windows of calls, at most.
const CALLED_FOR: SignedDuration = SignedDuration::from_hours(17);
/// Hours within which the windows lie.
const CALLED_AT: std::ops::Range<i8> = 8..19;

const ANSWER: &str = "Đơn vị đã kiểm tra tại chỗ và xử lý xong. Cảm ơn anh/chị đã báo.";
const CHECKED: &str = "Đã đối chiếu tên, năm sinh với giấy tờ tại chốt và hướng dẫn người có mã.";
const DONE: &str = "Đã liên hệ người bệnh, đủ điều kiện theo dõi tại nhà, đã phát túi thuốc.";

/// What an official will do with a call, decided when it begins.
#[derive(Clone, Copy)]
enum Plan {
    Accept,
    /// Listens and does nothing.
    Listen,
    Miss,
}

fn plan(rng: &Rng) -> Plan {
    match rng.below(100) {
        0..70 => Plan::Accept,
        70..82 => Plan::Listen,
        _ => Plan::Miss,
    }
}

/// Lives the days before now in fast motion. Every event carries the time it would have had.
pub async fn live_the_past(store: &Store, tenant: &Tenant, days: i64) -> Result<()> {
    let rng = Rng::seeded(2021);
    let end = store.clock().now();
    let clock = Clock::fixed(end - SignedDuration::from_hours(24 * days));
    let past = store.at(clock.clone());
    let handlers: Vec<Arc<dyn timers::OnTimer>> = vec![
        Arc::new(tickets::Escalate),
        Arc::new(tickets::Deadline),
        Arc::new(tickets::Resume),
        Arc::new(followups::Slots),
        Arc::new(care_calls::Campaigns),
    ];
    let runner = timers::Runner::new(past.clone(), handlers);
    let sealer = Sealer::new(past.clone());
    let mut cx = past.begin(tenant.id, ME).await?;
    followups::rearm(&mut cx);
    cx.commit().await?;
    texts::fall_ill(&past, tenant).await?;
    let mut robot: Option<Past> = None;
    let step = SignedDuration::from_mins(90);
    while clock.now() + step < end {
        clock.advance(step);
        if robot.is_none() && clock.now() + CALLED_FOR >= end {
            let mut cx = past.begin(tenant.id, ME).await?;
            care_calls::install(&mut cx).await?;
            cx.commit().await?;
            robot = Some(Past::new(&past));
        }
        while runner.fire_due().await? > 0 {}
        let mut cx = past.begin(tenant.id, ME).await?;
        let tree = units::tree(&mut cx).await?;
        if let Some(ward) = news::ward(&rng, &tree, None)
            && rng.chance(0.35)
        {
            news::f0(&mut cx, tenant, &rng, ward.id, None).await?;
        }
        if let Some(ward) = news::ward(&rng, &tree, None)
            && rng.chance(0.45)
        {
            news::report(&mut cx, tenant, &rng, ward).await?;
        }
        cx.commit().await?;
        let hour = clock.now().to_zoned(tenant.timezone()).hour();
        if let Some(robot) = robot.as_mut().filter(|_| CALLED_AT.contains(&hour)) {
            // A day with fewer calls is no reason not to start.
            if let Err(error) = robot.call(tenant.id, &clock, end).await {
                tracing::warn!(%error, "calls of the past could not be made");
            }
        }
        // The next minutes matter by the second: whoever was rung answers, or the ladder climbs.
        for _ in 0..4 {
            clock.advance(SignedDuration::from_secs(20 + rng.below(30) as i64));
            answer(&past, tenant, &rng).await?;
            while runner.fire_due().await? > 0 {}
        }
        work_off(&past, tenant, &rng, 0.5).await?;
        let mut cx = past.begin(tenant.id, ME).await?;
        // Whoever has written his diary is not called.
        let share = if robot.is_some() { 0.4 } else { 0.7 };
        diaries::write(&mut cx, tenant, &rng, None, share).await?;
        cx.commit().await?;
        sealer.seal(tenant.id).await?;
    }
    Ok(())
}

/// Some of those who are rung right now accept.
async fn answer(store: &Store, tenant: &Tenant, rng: &Rng) -> Result<()> {
    let mut cx = store.begin(tenant.id, ME).await?;
    for attempt in calls(&mut cx).await? {
        match (plan(rng), attempt.staff) {
            (Plan::Accept, Some(_)) => attempts::key(&mut cx, attempt.id, '1').await?,
            (Plan::Listen, Some(_)) => {
                attempts::answered(&mut cx, attempt.id, SignedDuration::from_secs(12)).await?;
                attempts::ended(&mut cx, attempt.id, Outcome::HeardNotAccepted, None).await?;
            }
            _ => {}
        }
    }
    cx.commit().await
}

/// Calls under way in the tenant.
async fn calls(cx: &mut store::Cx) -> Result<Vec<Attempt>> {
    let tree = units::tree(cx).await?;
    let all: Vec<UnitId> = tree.iter().map(|unit| unit.id).collect();
    let lines =
        tickets::queue(cx, &Filter { units: all, waiting: true, limit: 60, ..Filter::default() }).await?;
    let ids: Vec<_> = lines.iter().map(|line| line.id).collect();
    let found = attempts::of_tickets(cx, &ids).await?;
    Ok(found.into_iter().filter(|attempt| attempt.channel == "call" && attempt.ended_at.is_none()).collect())
}

/// Officials answer some of what they have in hand.
async fn work_off(store: &Store, tenant: &Tenant, rng: &Rng, share: f64) -> Result<()> {
    let mut cx = store.begin(tenant.id, ME).await?;
    let tree = units::tree(&mut cx).await?;
    let yours = tree.by_code(YOURS).map(|unit| unit.id);
    let all: Vec<UnitId> = tree.iter().map(|unit| unit.id).collect();
    let lines = tickets::queue(&mut cx, &Filter { units: all, limit: 80, ..Filter::default() }).await?;
    for line in lines.iter().filter(|line| line.ward != yours || line.ward.is_none()) {
        let age = cx.now().duration_since(line.opened_at);
        let ripe = line.state == State::Accepted || line.kind == "report";
        if !ripe || age < SignedDuration::from_mins(5) || !rng.chance(share * 0.4) {
            continue;
        }
        if line.kind == "report" {
            let report = kernel::ReportId(tickets::matter(&mut cx, line.matter).await?.object);
            town::reports::answer(&mut cx, report, ANSWER, None).await?;
        } else {
            let answer = if line.kind == checkins::ALERT { CHECKED } else { DONE };
            tickets::resolve(&mut cx, line.id, answer, None).await?;
        }
        if line.kind == alerts::KIND {
            let alert = tickets::matter(&mut cx, line.matter).await?.object;
            diaries::seen_to(&mut cx, alert.into(), Ended::Oxygen).await?;
        }
    }
    cx.commit().await
}

/// Runs until `stop`.
pub async fn run(
    store: Store,
    tenant: Tenant,
    phones: Phones,
    exchange: Exchange,
    intake: Intake,
    mut stop: watch::Receiver<bool>,
) {
    let now = store.clock().now();
    let mut simulator = Simulator {
        me: store.id(now),
        rng: Rng::seeded(926),
        plans: BTreeMap::new(),
        families: Families::default(),
        crowd: None,
        next_news: now,
    };
    loop {
        let answered = simulator.answer_calls(&store, &tenant, &exchange).await;
        if let Err(error) = answered.and(simulator.step(&store, &tenant, &phones, &intake).await) {
            tracing::debug!(%error, "the simulator stumbled");
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Of several processes one makes the news; each handles the telephones it shows.
const LEASE: (&str, SignedDuration) = ("demo.simulator", SignedDuration::from_secs(10));

struct Simulator {
    me: uuid::Uuid,
    rng: Rng,
    plans: BTreeMap<AttemptId, (Plan, i64)>,
    families: Families,
    /// Those who come through the gates, once somebody is looked for.
    crowd: Option<Crowd>,
    next_news: Timestamp,
}

impl Simulator {
    async fn step(&mut self, store: &Store, tenant: &Tenant, phones: &Phones, intake: &Intake) -> Result<()> {
        self.handle_phones(store, tenant, phones).await?;
        let now = store.clock().now();
        if !leases::hold(store, LEASE.0, self.me, LEASE.1).await? {
            return Ok(());
        }
        if let Some(crowd) = &mut self.crowd {
            crowd.pass(store, tenant, intake).await?;
        }
        if now < self.next_news {
            return Ok(());
        }
        if self.crowd.is_none() {
            self.crowd = Crowd::gather(store, tenant, self.rng.below(u64::MAX)).await?;
        }
        self.next_news = now + SignedDuration::from_secs(40 + self.rng.below(50) as i64);
        work_off(store, tenant, &self.rng, 0.15).await?;
        let mut cx = store.begin(tenant.id, ME).await?;
        let tree = units::tree(&mut cx).await?;
        let all: Vec<UnitId> = tree.iter().map(|unit| unit.id).collect();
        let open =
            tickets::queue(&mut cx, &Filter { units: all, limit: ENOUGH, ..Filter::default() }).await?.len();
        let yours = tree.by_code(YOURS).map(|unit| unit.id);
        diaries::write(&mut cx, tenant, &self.rng, yours, 0.02).await?;
        if (open as i64) < ENOUGH
            && let Some(ward) = news::ward(&self.rng, &tree, yours)
        {
            if self.rng.chance(0.4) {
                news::f0(&mut cx, tenant, &self.rng, ward.id, None).await?;
            } else {
                news::report(&mut cx, tenant, &self.rng, ward).await?;
            }
        }
        cx.commit().await
    }

    /// Families outside your ward handle theirs.
    async fn answer_calls(&mut self, store: &Store, tenant: &Tenant, exchange: &Exchange) -> Result<()> {
        if exchange.calls().iter().all(gateways::phones::Telephone::is_over) {
            return Ok(());
        }
        let mut cx = store.begin(tenant.id, ME).await?;
        let yours = units::tree(&mut cx).await?.by_code(YOURS).map(|unit| unit.id);
        self.families.answer(&mut cx, exchange, &self.rng, yours).await
    }

    /// Officials outside your ward handle their telephones.
    async fn handle_phones(&mut self, store: &Store, tenant: &Tenant, phones: &Phones) -> Result<()> {
        let now = store.clock().now();
        let lines = phones.lines();
        self.plans.retain(|attempt, _| lines.iter().any(|line| line.attempt == *attempt));
        for line in lines {
            let (plan, after) = if let Some(known) = self.plans.get(&line.attempt) {
                *known
            } else {
                let mut cx = store.begin(tenant.id, ME).await?;
                let ticket = attempts::find(&mut cx, line.attempt).await?.ticket;
                let (ticket, _) = tickets::ticket(&mut cx, ticket).await?;
                let yours = units::tree(&mut cx).await?.by_code(YOURS).map(|unit| unit.id);
                let plan = if ticket.ward == yours { Plan::Miss } else { plan(&self.rng) };
                let known = (plan, 6 + self.rng.below(30) as i64);
                self.plans.insert(line.attempt, known);
                known
            };
            let rung = now.duration_since(line.placed_at).as_secs();
            let talked = line.answered_at.map(|at| now.duration_since(at).as_secs());
            let what = match (plan, talked) {
                (Plan::Accept | Plan::Listen, None) if rung >= after => Some(Do::Answer),
                (Plan::Accept, Some(seconds)) if seconds >= 7 => Some(Do::Press('1')),
                (Plan::Listen, Some(_)) if line.message_ended => Some(Do::HangUp),
                _ => None,
            };
            if let Some(what) = what {
                // The call may have ended this very second.
                let _ = phones.handle(line.attempt, what).await;
            }
        }
        Ok(())
    }
}
