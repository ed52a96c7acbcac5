//! `ivr`: two hundred conversations at once against a real sipp. Each is answered, hears a question, presses a
//! key and hears it come back (sipp echoes all audio, so each call has it both ways), a dozen times; then it
//! hangs up. What counts is the share of frames that left within 5 ms of their time, those that never left
//! counted as late.
//!
//! The limit: the machine's own jitter, taken just before by a bare thread that sleeps to deadlines 20 ms
//! apart; the same thread runs beside the calls too. The processor time of a call stands beside sipp's.

use crate::{
    centre::micros,
    figure::{Figure, median, percentile, round, seconds_since},
    server::cpu_s,
};
use kernel::{Error, Result, clock::machine_now};
use serde_json::json;
use sip::{
    Agent, Count, Dial, Events, Limits, Trunk, What,
    test_peers::{peer, phone, scenario::Scenario},
};
use std::{
    net::SocketAddr,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread::JoinHandle,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    task::JoinSet,
    time::{sleep, timeout},
};

const CALLS: usize = 200;
const RUNS: usize = 3;
const QUESTIONS: usize = 12;
const QUESTION: Duration = Duration::from_millis(800);
/// A hundred a second, more than any carrier takes.
const BETWEEN: Duration = Duration::from_millis(10);
/// A call that takes longer has failed.
const LONGEST: Duration = Duration::from_mins(1);
/// So late is late, as the agent counts it.
const LATE_MS: f64 = 5.0;
const FRAME_US: i64 = 20_000;
/// How long the machine is looked at alone.
const ALONE: Duration = Duration::from_secs(10);
const GOAL: f64 = 99.9;

/// What one run gave.
struct Run {
    complete: usize,
    /// Calls that talked at the same moment.
    peak: usize,
    /// Shares of frames, or of wake-ups, in time.
    in_time: f64,
    alone: f64,
    beside: f64,
    /// How late the bare thread was beside the calls, in milliseconds.
    beside_p99: f64,
    frames: u64,
    received: u64,
    /// Processor seconds of a call.
    ours_cpu: f64,
    theirs_cpu: f64,
}

pub async fn run() -> Result<Figure> {
    let mut runs = Vec::with_capacity(RUNS);
    for turn in 1..=RUNS {
        let run = crowd().await?;
        eprintln!(
            "  run {turn}: {} of {CALLS} complete, {} at once, {} % of {} frames in time; the bare thread {} % alone, {} % beside",
            run.complete,
            run.peak,
            round(run.in_time),
            run.frames,
            round(run.alone),
            round(run.beside)
        );
        runs.push(run);
    }
    let of = |what: fn(&Run) -> f64| round(median(&runs.iter().map(what).collect::<Vec<_>>()));
    let (ours, limit) = (of(|run| run.in_time), of(|run| run.alone));
    let complete = runs.iter().map(|run| run.complete).min().unwrap_or_default();
    let peak = runs.iter().map(|run| run.peak).min().unwrap_or_default();
    // Each frame that left came back, but for what was on its way at either end.
    let both_ways = runs.iter().all(|run| run.received as f64 >= run.frames as f64 * 0.95);
    Ok(Figure {
        name: "ivr",
        unit: "%",
        ours,
        limit,
        ratio: round(ours / limit),
        goal: GOAL,
        judged: "ours",
        direction: "at_least",
        runs: RUNS,
        ok: ours >= GOAL && complete == CALLS && peak == CALLS && both_ways,
        details: json!({
            "calls": CALLS, "complete": complete, "at_once": peak, "questions": QUESTIONS,
            "frames": of(|run| run.frames as f64), "received": of(|run| run.received as f64),
            "bare_beside": of(|run| run.beside), "bare_beside_p99_ms": of(|run| run.beside_p99),
            "cpu_s_per_call": of(|run| run.ours_cpu), "sipp_cpu_s_per_call": of(|run| run.theirs_cpu),
            "cores": std::thread::available_parallelism().map_or(0, usize::from),
        }),
    })
}

async fn crowd() -> Result<Run> {
    let alone = Pace::begin()?;
    sleep(ALONE).await;
    let alone = alone.end()?;
    let mut sipp = Sipp::start(CALLS).await?;
    let trunk =
        Trunk { max_channels: CALLS, calls_per_second: 1_000.0, ..Trunk::new("sipp", sipp.at.to_string()) };
    let mut config = sip::Config::new(SocketAddr::new(peer::LOCALHOST, 0));
    config.trunks = vec![trunk];
    config.limits = Limits { channels: CALLS, calls_per_second: 1_000.0, ..Limits::default() };
    let (agent, _incoming) = Agent::start(config).await.map_err(Error::internal)?;
    let question = phone::tone(440.0, QUESTION);
    let (talking, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (cpu, from) = (cpu_s("self")?, machine_now());
    let beside = Pace::begin()?;
    let mut calls = JoinSet::new();
    let mut pace = tokio::time::interval(BETWEEN);
    for number in 0..CALLS {
        pace.tick().await;
        let (agent, question) = (agent.clone(), Arc::clone(&question));
        let (talking, peak) = (Arc::clone(&talking), Arc::clone(&peak));
        calls.spawn(async move {
            let done = timeout(LONGEST, converse(&agent, number, &question, &talking, &peak)).await;
            let done = done.unwrap_or_else(|_| Err(Error::internal("does not end")));
            done.inspect_err(|error| eprintln!("  call {number}: {error}")).is_ok()
        });
    }
    let mut complete = 0;
    while let Some(ended) = calls.join_next().await {
        complete += usize::from(ended.map_err(Error::internal)?);
    }
    let beside = beside.end()?;
    let ours_cpu = (cpu_s("self")? - cpu) / CALLS as f64;
    let theirs_cpu = sipp.cpu_s()? / CALLS as f64;
    eprintln!("  {CALLS} calls in {:.1} s", seconds_since(from));
    let count = |what| agent.counters().get(what);
    let (sent, late) = (count(Count::FramesSent), count(Count::FramesLate));
    let never = count(Count::FramesSkipped) + count(Count::FramesNotSent);
    let run = Run {
        complete,
        peak: peak.load(SeqCst),
        in_time: 100.0 * sent.saturating_sub(late) as f64 / (sent + never).max(1) as f64,
        alone: in_time(&alone),
        beside: in_time(&beside),
        beside_p99: percentile(&beside, 0.99),
        frames: sent,
        received: count(Count::PacketsReceived),
        ours_cpu,
        theirs_cpu,
    };
    agent.stop().await;
    sipp.end().await?;
    Ok(run)
}

/// One conversation, from its INVITE to our BYE.
async fn converse(
    agent: &Agent,
    number: usize,
    question: &Arc<[i16]>,
    talking: &AtomicUsize,
    peak: &AtomicUsize,
) -> Result<()> {
    let dial = Dial::new("0901234567", number.to_string(), Duration::from_secs(20));
    let (call, mut events) = agent.call(dial).map_err(Error::internal)?;
    until(&mut events, |what| matches!(what, What::Answered(_))).await?;
    peak.fetch_max(talking.fetch_add(1, SeqCst) + 1, SeqCst);
    for turn in 0..QUESTIONS {
        let key = char::from_digit((turn % 10) as u32, 10).unwrap_or('0');
        call.play(Arc::clone(question)).map_err(Error::internal)?;
        until(&mut events, |what| matches!(what, What::PlayEnded { complete: true, .. })).await?;
        call.press(&key.to_string()).map_err(Error::internal)?;
        until(&mut events, |what| matches!(what, What::Key(heard) if *heard == key)).await?;
    }
    talking.fetch_sub(1, SeqCst);
    call.hang_up();
    while events.next().await.is_some() {}
    Ok(())
}

/// Reads on to the event that is waited for; the end of the call before it is an error.
async fn until(events: &mut Events, wanted: impl Fn(&What) -> bool) -> Result<()> {
    while let Some(event) = events.next().await {
        if wanted(&event.what) {
            return Ok(());
        }
        if event.what.is_final() {
            return Err(Error::internal(format!("ended as {:?}", event.what)));
        }
    }
    Err(Error::internal("its events ended"))
}

/// The share of wake-ups in time, in per cent.
fn in_time(late: &[f64]) -> f64 {
    let met = late.iter().filter(|late| **late <= LATE_MS).count();
    100.0 * met as f64 / late.len().max(1) as f64
}

/// A bare thread that sleeps to absolute deadlines, as audio does, and does nothing else.
struct Pace {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<f64>>,
}

impl Pace {
    fn begin() -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("pace".into())
            .spawn(move || {
                let mut late = Vec::new();
                let mut deadline = micros(machine_now());
                while !stopped.load(SeqCst) {
                    deadline += FRAME_US;
                    let wait = deadline - micros(machine_now());
                    if wait > 0 {
                        std::thread::sleep(Duration::from_micros(wait as u64));
                    }
                    late.push((micros(machine_now()) - deadline) as f64 / 1000.0);
                }
                late
            })
            .map_err(Error::internal)?;
        Ok(Self { stop, thread })
    }

    /// How late each wake-up was, in milliseconds.
    fn end(self) -> Result<Vec<f64>> {
        self.stop.store(true, SeqCst);
        self.thread.join().map_err(|_| Error::internal("the bare thread panicked"))
    }
}

/// A running sipp that answers calls and echoes their audio.
struct Sipp {
    child: Child,
    pid: u32,
    at: SocketAddr,
    _folder: TempDir,
}

impl Sipp {
    async fn start(calls: usize) -> Result<Self> {
        let folder = tempfile::tempdir().map_err(Error::internal)?;
        let (at, audio) = (peer::free_port(), peer::free_port());
        let scenario = Scenario::new().recv("INVITE").ringing().answer(audio).hung_up();
        std::fs::write(folder.path().join("scenario.xml"), scenario.xml()).map_err(Error::internal)?;
        let child = Command::new("sipp")
            .args(["-sf", "scenario.xml", "-i", "127.0.0.1", "-t", "u1", "-nostdin", "-nd", "-rtp_echo"])
            .args(["-p", &at.port().to_string(), "-mp", &audio.port().to_string(), "-m", &calls.to_string()])
            .args(["-timeout", "120", "-timeout_error"])
            .current_dir(folder.path())
            .env("TERM", "dumb")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Error::Unavailable(format!("sipp does not start: {error}")))?;
        let pid = child.id().ok_or_else(|| Error::internal("sipp has ended at once"))?;
        let sipp = Self { child, pid, at, _folder: folder };
        let ports = [at, audio].map(|address| format!(":{:04X} ", address.port()));
        for _ in 0..1_000 {
            let table = std::fs::read_to_string("/proc/net/udp").map_err(Error::internal)?;
            if ports.iter().all(|port| table.contains(port)) {
                return Ok(sipp);
            }
            sleep(Duration::from_millis(10)).await;
        }
        Err(Error::Unavailable("sipp does not listen".into()))
    }

    /// Also after it has ended: nobody has waited for it yet.
    fn cpu_s(&self) -> Result<f64> {
        cpu_s(&self.pid.to_string())
    }

    /// Waits until it has ended by itself, content with what it saw.
    async fn end(&mut self) -> Result<()> {
        match timeout(Duration::from_secs(40), self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(Error::internal(format!("sipp ended with {status}"))),
            Ok(Err(error)) => Err(Error::internal(error)),
            Err(_) => Err(Error::Unavailable("sipp does not end".into())),
        }
    }
}
