//! `ring`: from the deadline of a level to the INVITE on the wire. A hundred thousand timers wait, two hundred
//! fall due each second, and each climb rings somebody: runners, the climb, the queue of calls, the call
//! engine and our own telephone as `serve` starts them, over a trunk that is one bare socket of ours. The
//! moment is taken there, by a thread that does nothing else. One call in twenty finds the line engaged;
//! how long after its 486 the next level's INVITE comes is the second figure.
//!
//! What is said costs nothing here (no sound is made), and a telephone that rings is given up after about a
//! second, so that the calls of half a minute do not all ring at once. A call's number on the wire is its
//! attempt: people are rung for many tickets, and each INVITE must be known again.
//!
//! The limit: the plain loop of `timers` in the same run, and a bare round trip over UDP on top.

use crate::{
    centre::{Centre, FIRST, micros},
    figure::{Figure, median, percentile, round},
    timers::{self, Field, LIMIT_S, OURS_S, PENDING, RATE, RUNS},
    trunk::Trunk,
};
use async_trait::async_trait;
use duty::{
    lines::{Dial, Events, Hear, Lines, Spoken},
    messages::{HangUps, LadderCalls, PlaceCall, Voice},
    prompts::Prompter,
    tickets::{self, Escalate},
};
use gateways::{SipLines, SipSettings, TrunkSettings};
use jiff::SignedDuration;
use kernel::{AttemptId, CallId, Error, Result, Rng, clock::machine_now};
use serde_json::json;
use sqlx::PgConnection;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use store::{
    jobs::{OnJob, Worker},
    ledger::Sealer,
    timers::Runner,
};
use tokio::sync::watch;
use uuid::Uuid;

/// One call in so many finds the line engaged.
const BUSY_EVERY: u64 = 20;
/// Far beyond what is needed: no limit of a trunk is measured here.
const CHANNELS: usize = 10_000;
const PER_SECOND: f64 = 10_000.0;
/// As many calls side by side as `serve` takes from the queue.
const SIDE_BY_SIDE: usize = 64;
/// After the last deadline, until what has not come counts as lost.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);
/// A call that never came counts as so many milliseconds.
const NEVER: f64 = 10_000.0;
const TRIPS: usize = 2_000;

/// What one run gave, in milliseconds.
struct Run {
    late: Vec<f64>,
    after_busy: Vec<f64>,
}

pub async fn run() -> Result<Figure> {
    let Field { centre, mut admin, mut ids } = Field::new().await?;
    let rng = Rng::seeded(12);
    let (mut ours, mut busy, mut limits) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 1..=RUNS {
        let bare = ids.split_off(ids.len() - RATE * LIMIT_S);
        let late = timers::bare_loop(&centre, &mut admin, &rng, bare, LIMIT_S).await?;
        let trips = tokio::task::spawn_blocking(round_trips).await.map_err(Error::internal)??;
        eprintln!(
            "  run {turn}, limit: {}; a round trip p99 {} ms",
            timers::describe(&late),
            round(percentile(&trips, 0.99))
        );
        limits.push([0.5, 0.99, 1.0].map(|share| percentile(&late, share) + percentile(&trips, share)));
        let real = ids.split_off(ids.len() - RATE * OURS_S);
        let run = rung(&centre, &mut admin, &rng, real).await?;
        eprintln!("  run {turn}, ours:  {}", timers::describe(&run.late));
        eprintln!("  run {turn}, after a 486: {}", timers::describe(&run.after_busy));
        ours.push(run.late);
        busy.push(run.after_busy);
        let_rest(&centre, &mut admin).await?;
    }
    let of = |runs: &[Vec<f64>], share| {
        round(median(&runs.iter().map(|run| percentile(run, share)).collect::<Vec<_>>()))
    };
    let limit_of =
        |place: usize| round(median(&limits.iter().map(|limit: &[f64; 3]| limit[place]).collect::<Vec<_>>()));
    let (p99, max, limit) = (of(&ours, 0.99), of(&ours, 1.0), limit_of(1));
    let after_busy = of(&busy, 0.99);
    let heard = busy.iter().all(|run| !run.is_empty());
    Ok(Figure {
        name: "ring",
        unit: "ms",
        ours: p99,
        limit,
        ratio: round(p99 / limit),
        goal: 50.0,
        judged: "ours",
        direction: "at_most",
        runs: RUNS,
        ok: p99 <= 50.0 && max <= 250.0 && after_busy <= 100.0 && heard,
        details: json!({
            "p50": of(&ours, 0.5), "max": max, "goal_max": 250.0, "limit_p50": limit_of(0), "limit_max": limit_of(2),
            "busy_p50": of(&busy, 0.5), "busy_p99": after_busy, "busy_max": of(&busy, 1.0), "goal_busy_p99": 100.0,
            "busy": busy.iter().map(Vec::len).sum::<usize>(), "pending": PENDING, "per_second": RATE,
            "seconds": OURS_S, "runners": timers::runner_count(),
        }),
    })
}

/// The real thing.
async fn rung(centre: &Centre, admin: &mut PgConnection, rng: &Rng, ids: Vec<Uuid>) -> Result<Run> {
    let trunk = Trunk::start(Some(BUSY_EVERY))?;
    let store = centre.store(FIRST).await?;
    let mut way = TrunkSettings::at("bench", trunk.address.to_string());
    (way.max_channels, way.calls_per_second) = (Some(CHANNELS), Some(PER_SECOND));
    let mut settings = SipSettings::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), vec![way]);
    (settings.channels, settings.calls_per_second) = (CHANNELS, PER_SECOND);
    let (lines, _offers) = SipLines::start(settings, store.clock().clone()).await?;
    let calls = LadderCalls::new(store.clone(), Arc::new(ByAttempt(lines.clone())), Prompter::silent());
    let voice: Arc<dyn Voice> = Arc::new(calls.clone());
    let (stop, stopping) = watch::channel(false);
    let mut tasks = tokio::task::JoinSet::new();
    let runner = Runner::new(store.clone(), vec![Arc::new(Escalate)]).planning_once();
    for _ in 0..timers::runner_count() {
        tasks.spawn(runner.clone().run(stopping.clone()));
    }
    tasks.spawn(store.live().clone().send(stopping.clone()));
    tasks.spawn(store.live().clone().hear(stopping.clone()));
    tasks.spawn(Sealer::new(store.clone()).run(stopping.clone()));
    let place: Arc<dyn OnJob> = Arc::new(PlaceCall::new(Some(voice.clone())));
    let worker = Worker::new(store.clone(), tickets::CALLS, vec![place]);
    tasks.spawn(worker.run(SIDE_BY_SIDE, stopping.clone()));
    tasks.spawn(HangUps::new(store.clone(), voice).run(stopping.clone()));
    tasks.spawn(give_up(calls, stopping));
    let armed = timers::arm(centre.tenant, admin, rng, ids, OURS_S).await;
    if let Ok(due) = &armed {
        let until = due.last().map_or(0, |(at, _)| *at) - micros(machine_now());
        let wait = SignedDuration::from_micros(until.max(0)) + PATIENCE;
        tokio::time::sleep(wait.unsigned_abs()).await;
    }
    let _ = stop.send(true);
    while tasks.join_next().await.is_some() {}
    lines.stop().await;
    store.close().await;
    read(centre, admin, &trunk, &armed?).await
}

/// A telephone here rings for a second at most, then its caller gives up; the attempt stands.
async fn give_up(calls: LadderCalls, mut stop: watch::Receiver<bool>) {
    let mut before = BTreeSet::new();
    loop {
        let over = tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(500)) => false,
            _ = stop.changed() => true,
        };
        let live: BTreeSet<AttemptId> = calls.live().into_iter().map(|(_, attempt)| attempt).collect();
        for attempt in live.iter().filter(|attempt| over || before.contains(*attempt)) {
            let _ = calls.hang_up(*attempt).await;
        }
        if over {
            return;
        }
        before = live;
    }
}

/// Holds what came to the trunk against what was due.
async fn read(centre: &Centre, admin: &mut PgConnection, trunk: &Trunk, due: &[(i64, Uuid)]) -> Result<Run> {
    let came: HashMap<String, (i64, Option<i64>)> = trunk
        .calls()
        .into_iter()
        .map(|(_, call)| (call.number, (call.invited_at, call.refused_at)))
        .collect();
    let tickets: Vec<Uuid> = due.iter().map(|(_, id)| *id).collect();
    let attempts: Vec<(Uuid, Uuid, i16, i16)> = sqlx::query_as(
        "select id, ticket_id, level, round from attempts
         where tenant_id = $1 and ticket_id = any($2) and channel = 'call' and (round, level) <> (0, 0)
         order by round, level, id",
    )
    .bind(centre.tenant.uuid())
    .bind(&tickets)
    .fetch_all(admin)
    .await?;
    let mut by_ticket: HashMap<Uuid, BTreeMap<(i16, i16), Vec<Uuid>>> = HashMap::new();
    for (id, ticket, level, round) in attempts {
        by_ticket.entry(ticket).or_default().entry((round, level)).or_default().push(id);
    }
    let mut run = Run { late: Vec::new(), after_busy: Vec::new() };
    let mut lost = 0;
    let passed = |from: i64, to: i64| (to - from) as f64 / 1000.0;
    let arrival = |attempt: &Uuid| came.get(&attempt.simple().to_string()).copied();
    for (at, ticket) in due {
        let levels: Vec<&Vec<Uuid>> = by_ticket.get(ticket).into_iter().flat_map(BTreeMap::values).collect();
        let Some(first) = levels.first() else {
            lost += 1;
            run.late.push(NEVER);
            continue;
        };
        for attempt in *first {
            let invited = arrival(attempt);
            lost += usize::from(invited.is_none());
            run.late.push(invited.map_or(NEVER, |(came, _)| passed(*at, came)));
        }
        for pair in levels.windows(2) {
            // Where several are rung, one engaged line does not end the level.
            let ([left], [next, ..]) = (&pair[0][..], &pair[1][..]) else { continue };
            if let Some((_, Some(refused))) = arrival(left) {
                run.after_busy.push(arrival(next).map_or(NEVER, |(came, _)| passed(refused, came)));
            }
        }
    }
    if lost > 0 {
        eprintln!("  {lost} calls never came to the trunk");
    }
    Ok(run)
}

/// What this run has rung climbs no further while the next is measured.
async fn let_rest(centre: &Centre, admin: &mut PgConnection) -> Result<()> {
    for statement in [
        "update timers set fire_at = fire_at + interval '3 days'
         where tenant_id = $1 and kind = 'tickets.escalate' and fire_at < now() + interval '20 minutes'",
        "update tickets set climbs_at = climbs_at + interval '3 days'
         where tenant_id = $1 and climbs_at < now() + interval '20 minutes'",
        "delete from jobs where tenant_id = $1 and queue = 'calls'",
    ] {
        sqlx::query(statement).bind(centre.tenant.uuid()).execute(&mut *admin).await?;
    }
    Ok(())
}

/// A datagram there and back between two bare sockets, in milliseconds.
fn round_trips() -> Result<Vec<f64>> {
    let trips = || -> std::io::Result<Vec<f64>> {
        let (here, there) =
            (UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?, UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?);
        here.connect(there.local_addr()?)?;
        there.connect(here.local_addr()?)?;
        for socket in [&here, &there] {
            socket.set_read_timeout(Some(Duration::from_secs(2)))?;
        }
        let echo = std::thread::spawn(move || {
            let mut datagram = [0; 1_024];
            for _ in 0..TRIPS {
                let Ok(length) = there.recv(&mut datagram) else { return };
                let _ = there.send(&datagram[..length]);
            }
        });
        // As long as an INVITE with its offer.
        let mut datagram = [7; 1_000];
        let mut trips = Vec::with_capacity(TRIPS);
        for _ in 0..TRIPS {
            let from = micros(machine_now());
            here.send(&datagram)?;
            here.recv(&mut datagram)?;
            trips.push((micros(machine_now()) - from) as f64 / 1000.0);
        }
        let _ = echo.join();
        Ok(trips)
    };
    trips().map_err(Error::internal)
}

/// The telephone, with a call's own id in place of the number that is called.
struct ByAttempt(SipLines);

#[async_trait]
impl Lines for ByAttempt {
    async fn dial(&self, dial: Dial) -> Result<Events> {
        let number = dial.call.uuid().simple().to_string();
        self.0.dial(Dial { number, ..dial }).await
    }

    async fn take(&self, call: CallId) -> Result<()> {
        self.0.take(call).await
    }

    async fn refuse(&self, call: CallId, code: u16) -> Result<()> {
        self.0.refuse(call, code).await
    }

    async fn say(&self, call: CallId, spoken: &Spoken, wait: Option<SignedDuration>) -> Result<()> {
        self.0.say(call, spoken, wait).await
    }

    async fn hush(&self, call: CallId) -> Result<()> {
        self.0.hush(call).await
    }

    async fn press(&self, call: CallId, keys: &str) -> Result<()> {
        self.0.press(call, keys).await
    }

    async fn record(&self, call: CallId, into: PathBuf, hear: Hear) -> Result<()> {
        self.0.record(call, into, hear).await
    }

    async fn stop_recording(&self, call: CallId) -> Result<()> {
        self.0.stop_recording(call).await
    }

    async fn bridge(&self, one: CallId, other: CallId) -> Result<()> {
        self.0.bridge(one, other).await
    }

    async fn overhear(&self, bridged: CallId, listener: CallId) -> Result<()> {
        self.0.overhear(bridged, listener).await
    }

    async fn part(&self, call: CallId) -> Result<()> {
        self.0.part(call).await
    }

    async fn hang_up(&self, call: CallId) -> Result<()> {
        self.0.hang_up(call).await
    }

    fn live(&self) -> Vec<CallId> {
        self.0.live()
    }

    fn free(&self) -> usize {
        self.0.free()
    }
}
