//! `campaign`: the day's care calls to five thousand households over two dozen lines, as the dialler makes them
//! and as people take them: some seconds of ringing, the greeting heard to its end, each question heard for a
//! while before its key is pressed; one in ten does not answer at all and is called again an hour later. All
//! of it is the program's own (campaign, dialler, conversation, diaries) but the network and the clock: the
//! clock goes on by a quarter of a second when everybody has done what this moment asks of him, and the
//! dialler looks once a second, as it does in `serve`.
//!
//! The limit: every line busy in every second in which some household waits for its turn.

use crate::{
    centre::{Centre, FIRST},
    figure::{Figure, round, seconds_since},
    homes::{self, Tomorrow},
};
use duty::{lines::Lines, prompts::Prompter};
use gateways::phones::{Exchange, Telephone};
use health::{
    care_calls::{Campaigns, Dialler, Law},
    followups::Slots,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{CallId, Clock, Error, Result, Rng, TenantId, clock::machine_now};
use serde_json::json;
use sqlx::{PgConnection, Row};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use store::timers::{OnTimer, Runner};

const HOUSEHOLDS: usize = 5_000;
const LINES: usize = 24;
/// As often as a network that is served tells what has become due.
const STEP: SignedDuration = SignedDuration::from_millis(250);
const STEPS_A_SECOND: u64 = 4;
/// What the program has not done after this, while the clock stands still, it will not do.
const PATIENCE: Duration = Duration::from_secs(30);
/// Yes to the call; then well, 36,8, 97 %, no breathlessness, no chest pain, for each member.
const WILLING: &str = "1";
const WELL: [&str; 5] = ["1", "368#", "97#", "2", "2"];
const GOAL: f64 = 0.95;

pub async fn run() -> Result<Figure> {
    let centre = Centre::new().await?;
    let mut admin = centre.admin(FIRST).await?;
    let (tomorrow, store) = Tomorrow::of(&centre, FIRST).await?;
    let clock = tomorrow.early()?;
    let store = store.at(clock.clone());
    homes::make(&centre, &mut admin, &store, &tomorrow, HOUSEHOLDS).await?;
    let law = Law::read(None)?;
    if law.channels != LINES {
        return Err(Error::internal(format!("the rule gives care calls {} lines", law.channels)));
    }
    let window = law.windows.first().copied().ok_or(Error::NotFound)?;
    let opens = tomorrow.at(window.opens.hour(), window.opens.minute())?;
    let closes = tomorrow.at(window.closes.hour(), window.closes.minute())?;
    let exchange = Exchange::new(store.clone());
    exchange.set_channels(LINES + law.kept_free);
    let mut morning = Morning {
        tenant: centre.tenant,
        dialler: Dialler::new(store.clone(), Arc::new(exchange.clone()), Prompter::silent()),
        runner: Runner::new(store.clone(), handlers()),
        exchange,
        clock,
        rng: Rng::seeded(13),
        admin,
        calls: BTreeMap::new(),
        steps: 0,
        due: false,
        tally: Tally::default(),
    };
    let from = machine_now();
    morning.until(opens).await?;
    while morning.now() < closes && morning.step().await? {}
    morning.last_words().await?;
    let took = seconds_since(from);
    let counts = morning.counts().await?;
    let Morning { tally, .. } = morning;
    store.close().await;
    let (used, offered) = (tally.used / 3600.0, tally.offered / 3600.0);
    let share = used / offered.max(f64::EPSILON);
    let of = |state: &str| counts.get(state).copied().unwrap_or_default();
    let households: i64 = counts.values().sum();
    // Whoever did not answer three times is people's; nobody else may be left over.
    let done = of("reached") + of("unreached") + of("waiting") + of("no_number") == households;
    let enough = households >= HOUSEHOLDS as i64 && of("reached") as usize >= HOUSEHOLDS * 4 / 5;
    eprintln!(
        "  {} calls, {} of {households} reached; {} of {} line-hours; {took:.0} s for the morning",
        tally.calls,
        of("reached"),
        round(used),
        round(offered)
    );
    Ok(Figure {
        name: "campaign",
        unit: "lineh",
        ours: round(used),
        limit: round(offered),
        ratio: round(share),
        goal: GOAL,
        judged: "ratio",
        direction: "at_least",
        runs: 1,
        ok: share >= GOAL && done && enough,
        details: json!({
            "households": households, "lines": LINES, "calls": tally.calls, "came_to": counts,
            "seconds_a_call": round(tally.talked / tally.calls.max(1) as f64), "first_round_hours": round(offered / LINES as f64),
            "machine_s": round(took),
        }),
    })
}

fn handlers() -> Vec<Arc<dyn OnTimer>> {
    vec![Arc::new(Slots), Arc::new(Campaigns)]
}

/// What is counted, in seconds of lines.
#[derive(Default)]
struct Tally {
    /// Line-seconds while a household waited for its turn: those there were, and those that were used.
    offered: f64,
    used: f64,
    calls: usize,
    talked: f64,
}

/// What somebody does next at his telephone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// He is not at home.
    Nothing,
    Answer,
    /// He listens until it has been said.
    Listen,
    Press,
}

/// Somebody whose telephone rings, or who talks.
struct Callee {
    next: Next,
    /// Not before then.
    at: Timestamp,
    /// Questions answered.
    asked: usize,
    /// What was said to him and he has heard.
    heard: usize,
}

/// A morning of calls.
struct Morning {
    tenant: TenantId,
    clock: Clock,
    exchange: Exchange,
    dialler: Dialler,
    runner: Runner,
    rng: Rng,
    admin: PgConnection,
    calls: BTreeMap<CallId, Callee>,
    steps: u64,
    /// Whether a household waits whose turn has come.
    due: bool,
    tally: Tally,
}

impl Morning {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn timers(&self) -> Result<()> {
        while self.runner.fire_due().await? > 0 {}
        Ok(())
    }

    /// Nobody is called before then; the first look arms what makes campaigns.
    async fn until(&mut self, opens: Timestamp) -> Result<()> {
        while self.now() < opens {
            self.timers().await?;
            self.dialler.tick().await?;
            let left = opens.duration_since(self.now());
            self.clock.advance(left.min(SignedDuration::from_mins(20)));
        }
        self.timers().await?;
        if self.in_state("waiting").await? == 0 {
            return Err(Error::internal("no campaign was made"));
        }
        Ok(())
    }

    /// A moment in which everybody does what is due; whether more is to come.
    async fn step(&mut self) -> Result<bool> {
        let looks = self.steps.is_multiple_of(STEPS_A_SECOND);
        if self.steps.is_multiple_of(60 * STEPS_A_SECOND) {
            self.timers().await?;
        }
        if self.people().await? {
            self.settled().await?;
        }
        let mut waits = true;
        if looks {
            self.dialler.tick().await?;
            self.greet_new();
            self.due = self.is_due().await?;
            waits = self.due || self.in_state("waiting").await? > 0;
        }
        let (lines, seconds) = (self.calls.len() as f64, STEP.as_secs_f64());
        if self.due {
            self.tally.offered += LINES as f64 * seconds;
            self.tally.used += lines * seconds;
        }
        self.tally.talked += lines * seconds;
        self.steps += 1;
        self.clock.advance(STEP);
        Ok(waits || !self.calls.is_empty())
    }

    /// What has become due at the telephones, and what people do; whether a line has become free.
    async fn people(&mut self) -> Result<bool> {
        self.exchange.tick();
        let mut freed = self.forget_ended();
        for call in self.calls.keys().copied().collect::<Vec<_>>() {
            self.person(call).await?;
        }
        freed |= self.forget_ended();
        Ok(freed)
    }

    /// The window is over: what still talks is talked to its end, and put on record.
    async fn last_words(&mut self) -> Result<()> {
        let longest = self.now() + SignedDuration::from_mins(15);
        while !self.calls.is_empty() {
            if self.now() > longest {
                return Err(Error::internal("calls do not end"));
            }
            self.people().await?;
            self.clock.advance(STEP);
        }
        self.dialler.finished().await;
        Ok(())
    }

    /// Calls that the dialler has just placed.
    fn greet_new(&mut self) {
        let now = self.now();
        for call in self.exchange.live() {
            if self.calls.contains_key(&call) {
                continue;
            }
            let next = if self.rng.chance(0.1) { Next::Nothing } else { Next::Answer };
            let at = now + SignedDuration::from_millis(4_000 + self.rng.below(6_000) as i64);
            self.calls.insert(call, Callee { next, at, asked: 0, heard: 0 });
            self.tally.calls += 1;
        }
    }

    /// Whether a line has become free.
    fn forget_ended(&mut self) -> bool {
        let live: BTreeSet<CallId> = self.exchange.live().into_iter().collect();
        let before = self.calls.len();
        self.calls.retain(|call, _| live.contains(call));
        self.calls.len() < before
    }

    /// What one person does now, and what is said to him upon it.
    async fn person(&mut self, call: CallId) -> Result<()> {
        let now = self.now();
        let (Some(callee), Some(shown)) = (self.calls.get(&call), self.exchange.call(call)) else {
            return Ok(());
        };
        let due = callee.at <= now;
        match callee.next {
            Next::Answer if due => self.exchange.answer(call),
            Next::Press if due => self.exchange.press(call, key(callee.asked)),
            Next::Listen if has_ended(&shown, callee.heard) => {}
            _ => return Ok(()),
        }
        let pressed = callee.next == Next::Press;
        tokio::time::timeout(PATIENCE, self.exchange.said(call))
            .await
            .map_err(|_| Error::Unavailable("nothing more was said in a care call".into()))?;
        let waits = self.exchange.call(call).is_some_and(|shown| shown.waits);
        let after = SignedDuration::from_millis(2_000 + self.rng.below(4_000) as i64);
        if let Some(callee) = self.calls.get_mut(&call) {
            callee.asked += usize::from(pressed);
            callee.heard += 1;
            callee.next = if waits { Next::Press } else { Next::Listen };
            callee.at = now + after;
        }
        Ok(())
    }

    /// Waits until what has ended is on record, so that its line counts as free.
    async fn settled(&mut self) -> Result<()> {
        let from = machine_now();
        while self.in_state("calling").await? > self.calls.len() as i64 {
            if seconds_since(from) > PATIENCE.as_secs_f64() {
                return Err(Error::Unavailable("a call that is over is not on record".into()));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    async fn in_state(&mut self, state: &str) -> Result<i64> {
        let counted =
            sqlx::query_scalar("select count(*) from care_calls where tenant_id = $1 and state = $2")
                .bind(self.tenant.uuid())
                .bind(state)
                .fetch_one(&mut self.admin)
                .await?;
        Ok(counted)
    }

    /// Whether a household waits whose turn has come.
    async fn is_due(&mut self) -> Result<bool> {
        let due = sqlx::query_scalar(
            "select exists (select from care_calls
                            where tenant_id = $1 and state = 'waiting'
                              and next_at <= timestamptz 'epoch' + $2 * interval '1 microsecond')",
        )
        .bind(self.tenant.uuid())
        .bind(self.clock.now().as_microsecond())
        .fetch_one(&mut self.admin)
        .await?;
        Ok(due)
    }

    /// How it stands with how many households.
    async fn counts(&mut self) -> Result<BTreeMap<String, i64>> {
        let rows = sqlx::query("select state, count(*) from care_calls where tenant_id = $1 group by state")
            .bind(self.tenant.uuid())
            .fetch_all(&mut self.admin)
            .await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }
}

/// What somebody who is well presses next.
fn key(asked: usize) -> &'static str {
    match asked.checked_sub(1) {
        None => WILLING,
        Some(asked) => WELL[asked % WELL.len()],
    }
}

/// Whether what was said has been heard to its end, or something else has been said meanwhile.
fn has_ended(shown: &Telephone, heard: usize) -> bool {
    shown.said_at.is_some() || shown.words.len() > heard || shown.is_over()
}
