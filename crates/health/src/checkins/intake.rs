//! The way in: scans of many requests become one statement and one COMMIT, and each request is answered after it.
//! A commit costs the database about the same for one scan as for five hundred, so while one batch is written the
//! next gathers.

use super::{
    inside::{Counts, day_start},
    law,
    model::Reason,
    scan::{FUTURE, made_at},
    sql::Row,
    turn::{Turn, Turns},
    weeks::{self, week},
    whose::Mark,
    write::write,
};
use crate::gates::Scan;
use duty::units;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use kernel::{Actor, Error, GateId, Result, TenantId};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use store::Store;
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{JoinError, JoinSet},
};
use uuid::Uuid;

/// Scans of one request.
const MOST_SCANS: usize = 50;
/// Scans of one transaction; the request that reaches it is still in.
const BATCH: usize = 512;
/// Requests that may wait in one lane.
const WAITING: usize = 2048;
/// Tenants are spread over so many writers, so that one whose rows are slow holds up only its lane.
const LANES: usize = 4;
/// Batches of a lane that are under way at once: while one waits for its commit the next is written.
const UNDER_WAY: usize = 3;
/// How long what is known of a tenant holds.
const KNOWN_FOR: SignedDuration = SignedDuration::from_secs(60);

/// What became of the scans of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Kept for good, new or known before.
    pub keys: Vec<Uuid>,
    /// Cannot be kept, most of them however often they are sent.
    pub refused: Vec<Refused>,
    /// How many are inside of the gates of these scans.
    pub inside: BTreeMap<GateId, u32>,
}

/// A scan that cannot be kept, and the key of the words that say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    pub key: Uuid,
    pub why: &'static str,
}

impl Refused {
    /// Sent another time it is refused again, so that its device need not keep it. A scan that is to come waits
    /// there until its time has.
    pub fn is_final(self) -> bool {
        self.why != FUTURE
    }
}

/// The way in of a process. Cheap to clone; [`Intake::run`] must run for anything to be written.
#[derive(Clone)]
pub struct Intake(Arc<Inner>);

struct Inner {
    store: Store,
    lanes: Vec<Lane>,
    counts: Counts,
    /// Weeks whose part is there.
    weeks: Mutex<BTreeSet<i64>>,
    known: Mutex<HashMap<TenantId, Known>>,
}

struct Lane {
    send: mpsc::Sender<Request>,
    /// Whoever writes holds it; a writer that panicked leaves it to the next.
    receive: tokio::sync::Mutex<mpsc::Receiver<Request>>,
}

/// What a batch is judged by.
#[derive(Clone)]
struct Known {
    read_at: Timestamp,
    kept: SignedDuration,
    zone: TimeZone,
}

struct Request {
    tenant: TenantId,
    rows: Vec<Row>,
    reply: oneshot::Sender<Result<Receipt>>,
}

impl Intake {
    pub fn new(store: Store) -> Self {
        let lane = || {
            let (send, receive) = mpsc::channel(WAITING);
            Lane { send, receive: tokio::sync::Mutex::new(receive) }
        };
        Self(Arc::new(Inner {
            store,
            lanes: (0..LANES).map(|_| lane()).collect(),
            counts: Counts::default(),
            weeks: Mutex::default(),
            known: Mutex::default(),
        }))
    }

    /// Keeps the scans of a device (`None`: of a poster) and answers once they are committed. A key that is known
    /// is named again and changes nothing; a scan that cannot be kept is named with the reason and holds up none
    /// of the others.
    ///
    /// Errors: `Unavailable` while the database does not answer or too many wait: none of it is lost if it is sent
    /// again; `scans`: `error-checkin-too-many` for more than 50.
    pub async fn put(&self, tenant: TenantId, device: Option<Uuid>, scans: Vec<Scan>) -> Result<Receipt> {
        if scans.len() > MOST_SCANS {
            return Err(Error::invalid("scans", "error-checkin-too-many"));
        }
        let known = self.known(tenant).await?;
        let keys = self.0.store.keys().of(tenant)?;
        let now = self.0.store.clock().now();
        let (mut rows, mut refused) = (Vec::with_capacity(scans.len()), Vec::new());
        for scan in scans {
            let scan = scan.settled(now);
            if let Some(why) = scan.fault(now, known.kept) {
                refused.push(Refused { key: scan.key, why });
                continue;
            }
            let mark = scan.number.as_deref().and_then(|number| Mark::of(&keys, scan.by, number));
            let reasons: Vec<u8> = scan.reasons.iter().map(|key| Reason::of(key).number()).collect();
            rows.push(Row {
                key: scan.key,
                gate: scan.gate,
                device,
                at: scan.at,
                doubted: scan.from_future,
                direction: scan.direction,
                by: scan.by,
                colour: scan.colour,
                mark,
                reasons: (!reasons.is_empty()).then_some(reasons),
                rules: scan.rules,
                picked_of: scan.picked_of.map(|of| i16::try_from(of).unwrap_or(i16::MAX)),
            });
        }
        if rows.is_empty() {
            return Ok(Receipt { refused, ..Receipt::default() });
        }
        let (reply, answer) = oneshot::channel();
        let lane = tenant.uuid().as_u128() % LANES as u128;
        let lane = &self.0.lanes[lane as usize];
        lane.send
            .try_send(Request { tenant, rows, reply })
            .map_err(|_| Error::Unavailable("too many check-ins wait to be written".into()))?;
        let mut receipt =
            answer.await.map_err(|_| Error::Unavailable("the writer of check-ins ended".into()))??;
        receipt.refused.extend(refused);
        Ok(receipt)
    }

    /// What batches of a tenant are judged by, read once a minute.
    async fn known(&self, tenant: TenantId) -> Result<Known> {
        let now = self.0.store.clock().now();
        let known = lock(&self.0.known).get(&tenant).cloned();
        if let Some(known) = known.filter(|known| now.duration_since(known.read_at).abs() < KNOWN_FOR) {
            return Ok(known);
        }
        let mut cx = self.0.store.begin(tenant, Actor::system("checkins.intake")).await?;
        let known =
            Known { read_at: now, kept: law::kept(&mut cx).await?, zone: units::timezone(&mut cx).await? };
        cx.rollback().await?;
        lock(&self.0.known).insert(tenant, known.clone());
        Ok(known)
    }

    /// Writes until `stop`, and then what still waits.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let mut writers = JoinSet::new();
        for lane in 0..LANES {
            writers.spawn(self.clone().write_lane(lane, stop.clone()));
        }
        while let Some(ended) = writers.join_next().await {
            if let Err(error) = ended {
                // Whoever keeps this part starts all of it again; the other lanes end with the set.
                tracing::error!(%error, "a writer of check-ins ended");
                return;
            }
        }
    }

    async fn write_lane(self, lane: usize, mut stop: watch::Receiver<bool>) {
        let mut waiting = self.0.lanes[lane].receive.lock().await;
        let mut under_way = JoinSet::new();
        let mut turns = Turns::default();
        loop {
            let next = tokio::select! {
                next = waiting.recv() => next,
                _ = stop.changed() => {
                    waiting.close();
                    waiting.recv().await
                }
            };
            let Some(first) = next else { break };
            while under_way.len() >= UNDER_WAY {
                told(under_way.join_next().await);
            }
            // Whoever is about to send has sent when it is our turn again.
            tokio::task::yield_now().await;
            let mut n = first.rows.len();
            let mut batch = vec![first];
            while n < BATCH
                && let Ok(next) = waiting.try_recv()
            {
                n += next.rows.len();
                batch.push(next);
            }
            // Who reads a count must find in it what is counted, and nothing that is counted after it: he is alone.
            let reads = self.reads(&batch);
            while reads && let Some(ended) = under_way.join_next().await {
                told(Some(ended));
            }
            let (this, turn) = (self.clone(), turns.next());
            under_way.spawn(async move { this.take(batch, (turn, reads)).await });
            while reads && let Some(ended) = under_way.join_next().await {
                told(Some(ended));
            }
        }
        while let Some(ended) = under_way.join_next().await {
            told(Some(ended));
        }
    }

    /// Whether counts must be read for what is to be written.
    fn reads(&self, batch: &[Request]) -> bool {
        let now = self.0.store.clock().now();
        batch.iter().any(|request| {
            self.day(request.tenant)
                .map_or(true, |day| !self.0.counts.stale(request.tenant, &request.rows, day, now).is_empty())
        })
    }

    async fn take(&self, batch: Vec<Request>, (mut turn, reads): (Turn, bool)) {
        let mut tenants: BTreeMap<TenantId, Vec<Request>> = BTreeMap::new();
        for request in batch {
            tenants.entry(request.tenant).or_default().push(request);
        }
        for (tenant, requests) in tenants {
            let rows: Vec<Row> = requests.iter().flat_map(|request| request.rows.iter().cloned()).collect();
            let kept = self.keep(tenant, rows, (&mut turn, reads)).await;
            for request in requests {
                let answer = match &kept {
                    Ok(unfit) => Ok(self.receipt(tenant, &request.rows, unfit)),
                    Err(why) => Err(Error::Unavailable(why.clone())),
                };
                // Whoever asked may have gone; his scans are kept all the same.
                let _ = request.reply.send(answer);
            }
        }
    }

    /// What the database did not take is not named: its device keeps it, until somebody has mended what the log
    /// tells of.
    fn receipt(&self, tenant: TenantId, rows: &[Row], unfit: &BTreeSet<Uuid>) -> Receipt {
        let kept = rows.iter().map(|row| row.key).filter(|key| !unfit.contains(key));
        Receipt { keys: kept.collect(), refused: Vec::new(), inside: self.0.counts.of(tenant, rows) }
    }

    /// Writes rows of one tenant; the keys of those that the database does not take. Where a batch is refused it
    /// is halved until the row at fault stands alone: a row fails nobody but itself. `Err` says why nothing can be
    /// written now.
    async fn keep(
        &self,
        tenant: TenantId,
        mut rows: Vec<Row>,
        (turn, reads): (&mut Turn, bool),
    ) -> Result<BTreeSet<Uuid>, String> {
        rows.sort_by_key(|row| row.key);
        // Sent by two requests at once it is still one scan.
        rows.dedup_by_key(|row| row.key);
        let day = self.day(tenant).map_err(|error| error.to_string())?;
        self.make_weeks(&rows).await.map_err(|error| error.to_string())?;
        let (mut parts, mut unfit) = (vec![rows], BTreeSet::new());
        while let Some(mut part) = parts.pop() {
            match write(&self.0.store, tenant, &part, (&self.0.counts, turn, reads), day).await {
                Ok(()) => {}
                Err(error @ Error::Unavailable(_)) => return Err(error.to_string()),
                Err(error) if part.len() == 1 => {
                    tracing::error!(%error, key = %part[0].key, "a check-in cannot be kept");
                    unfit.insert(part[0].key);
                    // Its week may have been dropped meanwhile.
                    lock(&self.0.weeks).clear();
                }
                Err(error) => {
                    tracing::debug!(%error, rows = part.len(), "a batch of check-ins is halved");
                    let rest = part.split_off(part.len() / 2);
                    parts.extend([rest, part]);
                }
            }
        }
        Ok(unfit)
    }

    fn day(&self, tenant: TenantId) -> Result<Timestamp> {
        let zone = lock(&self.0.known).get(&tenant).map(|known| known.zone.clone());
        day_start(self.0.store.clock().now(), &zone.unwrap_or(TimeZone::UTC))
    }

    /// Weeks that rows lie in and that nobody has made yet.
    async fn make_weeks(&self, rows: &[Row]) -> Result<()> {
        let missing: BTreeMap<i64, Timestamp> = {
            let made = lock(&self.0.weeks);
            let times = rows.iter().filter_map(|row| made_at(row.key));
            times.map(|at| (week(at), at)).filter(|(week, _)| !made.contains(week)).collect()
        };
        for (week, at) in missing {
            weeks::make(&self.0.store, at, at).await?;
            lock(&self.0.weeks).insert(week);
        }
        Ok(())
    }
}

/// A batch whose writer panicked is answered as one that could not be written; the next goes on.
fn told(ended: Option<Result<(), JoinError>>) {
    if let Some(Err(error)) = ended {
        tracing::error!(%error, "a batch of check-ins was given up");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
