//! Forty households are called by the served program in its morning. Some decline, some say that they are very
//! ill, some let it ring; then the process is killed and started again. What stood on record by then stays, and
//! those households are called no more; whoever was on the telephone is called once again.

use super::{Part, quiet, write_trunks};
use crate::{
    centre::Centre,
    figure::{round, seconds_since},
    homes::{self, Tomorrow},
    trunk::{Call, Trunk},
};
use health::households;
use jiff::Timestamp;
use kernel::{Actor, Error, Phone, Result, Rng, clock::machine_now};
use serde_json::json;
use sip::test_peers::phone::Phone as Handset;
use sqlx::{PgConnection, Row};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{task::JoinSet, time::sleep};
use uuid::Uuid;

/// Its database: the morning comes in this one alone.
pub(super) const DATABASE: &str = "vungxanh_morning";
const HOMES: usize = 40;
/// The process is killed when so many have been heard, and so many are on the telephone.
const HEARD: usize = 6;
const TALKING: usize = 8;
/// What has not happened after this will not.
const PATIENCE_S: f64 = 300.0;
const LOOK: Duration = Duration::from_millis(200);
/// Between two keys, and how many: the longest that somebody listens.
const AGAIN: Duration = Duration::from_millis(800);
const KEYS: usize = 150;

/// What somebody does who is called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Will {
    Decline,
    /// He agrees to be asked, and is very ill.
    Ill,
    /// He does not hear it.
    Miss,
}

/// What stands on record of a household.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Stands {
    state: String,
    /// He has agreed to be asked.
    agreed: bool,
    /// Alarms raised, and answers written into the diary.
    alarms: i64,
    answers: i64,
}

impl Stands {
    /// Nothing more is asked of him.
    fn is_heard(&self) -> bool {
        self.alarms > 0 || matches!(self.state.as_str(), "refused" | "flagged")
    }
}

type Record = BTreeMap<Uuid, Stands>;

pub(super) async fn run(centre: &Centre, rng: &Rng) -> Result<Part> {
    let mut admin = centre.admin(DATABASE).await?;
    let folder = tempfile::tempdir().map_err(Error::internal)?;
    let trunk = Arc::new(Trunk::start(None)?);
    let trunks = folder.path().join("trunks.toml");
    write_trunks(&trunks, trunk.address)?;
    quiet(&mut admin).await?;
    only_ours(&mut admin).await?;
    let (tomorrow, store) = Tomorrow::of(centre, DATABASE).await?;
    let early = store.at(tomorrow.early()?);
    homes::make(centre, &mut admin, &early, &tomorrow, HOMES).await?;
    let mut town = Town::new(trunk.clone());
    let mut cx = store.begin(centre.tenant, Actor::system("bench")).await?;
    for place in 0..HOMES {
        let number = Phone::parse(&homes::number(place)).map_err(Error::internal)?;
        let home = households::at_number(&mut cx, &number).await?.pop().ok_or(Error::NotFound)?;
        town.homes.insert(number.as_e164().to_owned(), (place, home.uuid()));
    }
    cx.rollback().await?;
    // Five past eight, for whoever is served.
    let ahead = tomorrow.at(8, 5)?.duration_since(store.clock().now());
    let mut cell = store.cell().await?;
    cell.advance_demo_clock(ahead).await?;
    cell.commit().await?;

    let mut server = centre.telephoning_server(DATABASE, &trunks).await?;
    let from = machine_now();
    loop {
        town.look(&mut admin, centre).await?;
        town.handle(rng, |place| match place % 4 {
            0 => Will::Decline,
            1 | 2 => Will::Ill,
            _ => Will::Miss,
        });
        let heard = town.heard().len();
        if (heard >= HEARD && town.open() >= TALKING) || seconds_since(from) > PATIENCE_S {
            break;
        }
        sleep(LOOK).await;
    }
    sleep(Duration::from_millis(rng.below(400))).await;
    server.kill();
    town.look(&mut admin, centre).await?;
    let (before, heard) = (town.record(), town.heard());
    let first = town.calls();
    let dead: BTreeSet<SocketAddr> = first.iter().map(|(_, call)| call.from).collect();
    let cut_off: BTreeSet<Uuid> =
        first.iter().filter(|(_, call)| call.is_open()).map(|(home, _)| *home).collect();
    eprintln!("  killed with {} heard, {} households on the telephone", heard.len(), cut_off.len());
    town.phones.abort_all();

    let mut server = centre.telephoning_server(DATABASE, &trunks).await?;
    let from = machine_now();
    let mut finished = false;
    while !finished && seconds_since(from) < PATIENCE_S {
        sleep(LOOK).await;
        town.look(&mut admin, centre).await?;
        town.handle(rng, |place| if place % 2 == 0 { Will::Decline } else { Will::Ill });
        finished = !is_owed(&mut admin, centre, &town, store.clock().now() + ahead).await?;
    }
    let recovered_s = seconds_since(from);
    // The last BYE is on its way.
    sleep(Duration::from_secs(3)).await;
    town.look(&mut admin, centre).await?;
    let after = town.record();
    let second: Vec<(Uuid, Call)> =
        town.calls().into_iter().filter(|(_, call)| !dead.contains(&call.from)).collect();
    server.kill();
    store.close().await;

    let mut part = Part::default();
    part.must(heard.len() >= HEARD, "too few were heard before the process was killed");
    part.must(cut_off.len() >= TALKING, "too few were on the telephone when the process was killed");
    part.must(finished, "the morning's calls did not come to their end");
    let again = |home: &Uuid| second.iter().filter(|(called, _)| called == home).count();
    for (home, stands) in &after {
        let was = before.get(home).cloned().unwrap_or_default();
        let (times, needed) = (again(home), cut_off.contains(home) && !heard.contains(home));
        if heard.contains(home) && (!stands.is_heard() || stands.answers < was.answers) {
            part.fault(format!(
                "what a household had answered is lost: it stood as {was:?}, and as {stands:?}"
            ));
        }
        if stands.alarms > 1 || stands.answers > 1 {
            part.fault(format!("what a household has answered once stands twice: {stands:?}"));
        }
        if times > usize::from(!heard.contains(home)) {
            part.fault(format!("a household that stood as {was:?} was called {times} times after the kill"));
        } else if needed && times == 0 {
            part.fault(format!("a household that was cut off is not called again: {stands:?}"));
        }
    }
    let left = second.iter().filter(|(_, call)| call.is_open()).count();
    if left > 0 {
        part.fault(format!("{left} households were left ringing or talking"));
    }
    part.details = json!({
        "households": HOMES, "heard_before": heard.len(), "open_at_the_kill": cut_off.len(),
        "called_again": second.len(), "recovered_s": round(recovered_s),
    });
    Ok(part)
}

/// The telephones of the households, and what stands on record of each.
struct Town {
    trunk: Arc<Trunk>,
    /// By number: its place, and the household.
    homes: BTreeMap<String, (usize, Uuid)>,
    /// Calls that somebody has been told of.
    known: BTreeSet<String>,
    record: Arc<Mutex<Record>>,
    phones: JoinSet<()>,
}

impl Town {
    fn new(trunk: Arc<Trunk>) -> Self {
        Self {
            trunk,
            homes: BTreeMap::new(),
            known: BTreeSet::new(),
            record: Arc::default(),
            phones: JoinSet::new(),
        }
    }

    fn record(&self) -> Record {
        self.record.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn heard(&self) -> BTreeSet<Uuid> {
        self.record().into_iter().filter(|(_, stands)| stands.is_heard()).map(|(home, _)| home).collect()
    }

    /// Calls to the households, each with whose it is.
    fn calls(&self) -> Vec<(Uuid, Call)> {
        let calls = self.trunk.calls().into_iter();
        calls.filter_map(|(_, call)| Some((self.homes.get(&call.number)?.1, call))).collect()
    }

    fn open(&self) -> usize {
        self.calls().iter().filter(|(_, call)| call.is_open()).count()
    }

    fn ids(&self) -> Vec<Uuid> {
        self.homes.values().map(|(_, home)| *home).collect()
    }

    /// Reads how it stands with each.
    async fn look(&self, admin: &mut PgConnection, centre: &Centre) -> Result<()> {
        let rows = sqlx::query(
            "select c.household_id, c.state, c.answers is not null as agreed,
                    (select count(*) from alerts a
                     where a.tenant_id = c.tenant_id and a.household_id = c.household_id) as alarms,
                    (select count(*) from follow_contacts f
                     where f.tenant_id = c.tenant_id and f.household_id = c.household_id
                       and f.channel = 'robot' and f.outcome = 'reached') as answers
             from care_calls c where c.tenant_id = $1 and c.household_id = any($2)",
        )
        .bind(centre.tenant.uuid())
        .bind(self.ids())
        .fetch_all(admin)
        .await?;
        let read = rows.iter().map(|row| {
            let stands = Stands {
                state: row.get("state"),
                agreed: row.get("agreed"),
                alarms: row.get("alarms"),
                answers: row.get("answers"),
            };
            (row.get("household_id"), stands)
        });
        *self.record.lock().unwrap_or_else(PoisonError::into_inner) = read.collect();
        Ok(())
    }

    /// Lets each new call be handled as `does` says.
    fn handle(&mut self, rng: &Rng, does: impl Fn(usize) -> Will) {
        for (id, call) in self.trunk.calls() {
            let Some(&(place, home)) = self.homes.get(&call.number) else { continue };
            if !self.known.insert(id.clone()) {
                continue;
            }
            let (will, after) = (does(place), Duration::from_millis(200 + rng.below(1_300)));
            if let Some(audio) = call.audio.filter(|_| will != Will::Miss) {
                let (trunk, record) = (self.trunk.clone(), Arc::clone(&self.record));
                self.phones.spawn(async move {
                    sleep(after).await;
                    talk(&trunk, &id, audio, will, || {
                        let record = record.lock().unwrap_or_else(PoisonError::into_inner);
                        record.get(&home).cloned().unwrap_or_default()
                    })
                    .await;
                });
            }
        }
    }
}

/// Somebody picks up and presses, until the call is over or he has been heard.
async fn talk(trunk: &Trunk, id: &str, audio: SocketAddr, will: Will, stands: impl Fn() -> Stands) {
    let mut phone = Handset::new().await;
    phone.agent = Some(audio);
    if !trunk.answer(id, phone.address()) {
        return;
    }
    for _ in 0..KEYS {
        sleep(AGAIN).await;
        if trunk.call(id).is_none_or(|call| !call.is_open()) {
            return;
        }
        let now = stands();
        match will {
            Will::Decline => phone.press('9').await,
            // He has said it, and waits for whoever is fetched.
            Will::Ill if now.is_heard() => {}
            Will::Ill if now.agreed => phone.press('3').await,
            Will::Ill => phone.press('1').await,
            Will::Miss => return,
        }
    }
}

/// The demo's own households are left in peace.
async fn only_ours(admin: &mut PgConnection) -> Result<()> {
    sqlx::query(
        "insert into care_call_homes (tenant_id, household_id, paused_at)
         select tenant_id, id, now() from households
         on conflict (tenant_id, household_id) do update set paused_at = excluded.paused_at",
    )
    .execute(admin)
    .await?;
    Ok(())
}

/// Whether somebody is being called, or is to be called now.
async fn is_owed(admin: &mut PgConnection, centre: &Centre, town: &Town, now: Timestamp) -> Result<bool> {
    let owed = sqlx::query_scalar(
        "select exists (select from care_calls
                        where tenant_id = $1 and household_id = any($2)
                          and (state = 'calling' or state = 'waiting'
                               and next_at <= timestamptz 'epoch' + $3 * interval '1 microsecond'))",
    )
    .bind(centre.tenant.uuid())
    .bind(town.ids())
    .bind(now.as_microsecond())
    .fetch_one(admin)
    .await?;
    Ok(owed)
}
