//! `--faults escalation`: five hundred ladders climb while the server, PostgreSQL or one of its
//! sessions is killed (`kill -9`) twenty times at random moments, and while people answer phones,
//! accept, pass up and hang up. Whatever was killed is started again. In the end the record is read:
//! every ticket must be there, every open one with its timer, no level skipped, doubled or early.
//!
//! Only processes that this program started are killed, by their numbers.

mod record;

use crate::{
    centre::{Centre, FIRST},
    server::Server,
};
use duty::{
    calendars::ClockKind,
    tickets::{
        self, Channel, NewMatter, NewTicket, Responsible, Severity, Tone,
        ladder::{LadderSpec, Level, Until},
    },
};
use jiff::SignedDuration;
use kernel::{Actor, AttemptId, Error, Result, Rng, UnitId};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::{Mutex, watch};
use uuid::Uuid;

const TICKETS: usize = 500;
const KILLS: usize = 20;
/// The shortest that the editor of ladders allows.
const STEP: SignedDuration = SignedDuration::from_secs(10);

/// What can be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Victim {
    Server,
    Postgres,
    Session,
}

/// Whether nothing was lost or doubled.
pub async fn run() -> Result<bool> {
    let mut centre = Centre::new().await?;
    let rng = Rng::system();
    let mut server = centre.server(FIRST).await?;
    eprintln!("  opening {TICKETS} tickets");
    open(&centre, TICKETS).await?;
    let address = Arc::new(Mutex::new(server.address.clone()));
    let (stop, stopping) = watch::channel(false);
    let people = tokio::spawn(handle_phones(centre.url(FIRST), address.clone(), rng.clone(), stopping));
    let mut killed: BTreeMap<Victim, usize> = BTreeMap::new();
    for turn in 1..=KILLS {
        tokio::time::sleep(Duration::from_millis(1500 + rng.below(6000))).await;
        let victim =
            *rng.pick(&[Victim::Server, Victim::Postgres, Victim::Session]).unwrap_or(&Victim::Server);
        eprintln!("  {turn}/{KILLS}: kill -9 of {victim:?}");
        *killed.entry(victim).or_default() += 1;
        kill(victim, &mut centre, &mut server, &rng).await?;
        server.address.clone_into(&mut *address.lock().await);
    }
    let _ = stop.send(true);
    let handled = people.await.map_err(Error::internal)?;
    settle(&centre).await?;
    server.kill();
    let verdict = record::read(&centre, TICKETS).await?;
    let ok = verdict.lost == 0 && verdict.doubled == 0;
    for fault in &verdict.faults {
        eprintln!("  {fault}");
    }
    let killed: BTreeMap<String, usize> =
        killed.into_iter().map(|(victim, times)| (format!("{victim:?}").to_lowercase(), times)).collect();
    println!(
        "{}",
        json!({
            "name": "escalation", "lost": verdict.lost, "doubled": verdict.doubled, "runs": KILLS, "ok": ok,
            "details": {
                "tickets": TICKETS, "killed": killed, "levels": verdict.levels, "rounds": verdict.rounds,
                "accepted": verdict.accepted, "phones_handled": handled, "events": verdict.events,
            },
        })
    );
    Ok(ok)
}

/// Four levels ten seconds apart, desk and phone, until somebody accepts.
fn ladder() -> Result<LadderSpec> {
    let level = |whom: &str, after| -> Result<Level> {
        Ok(Level {
            whom: whom.parse()?,
            after,
            channels: vec![Channel::Desk, Channel::Call],
            tone: Tone::Ring,
        })
    };
    let ladder = LadderSpec {
        code: "faults".into(),
        name_vi: "Thử nghiệm".into(),
        name_en: "Trial".into(),
        until: Until::Accepted,
        severity: Severity::Emergency,
        due: SignedDuration::from_hours(24),
        clock: ClockKind::Calendar,
        warn: None,
        levels: vec![
            level("duty@responsible", SignedDuration::ZERO)?,
            level("head@responsible", STEP)?,
            level("duty@parent:administrative", STEP)?,
            level("duty@leader", STEP)?,
        ],
    };
    ladder.check()?;
    Ok(ladder)
}

/// Opens tickets through the actions, a few at a time, so that their ladders do not march in step.
async fn open(centre: &Centre, count: usize) -> Result<()> {
    let mut admin = centre.admin(FIRST).await?;
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select distinct s.unit_id from shifts s join units u on u.tenant_id = s.tenant_id and u.id = s.unit_id
         where u.ward_id is not null order by 1",
    )
    .fetch_all(&mut admin)
    .await?;
    let units: Vec<UnitId> = ids.into_iter().map(UnitId).collect();
    let store = centre.store(FIRST).await?;
    let ladder = ladder()?;
    for number in 0..count {
        let mut cx = store.begin(centre.tenant, Actor::system("bench")).await?;
        let unit = *units.get(number % units.len().max(1)).ok_or(Error::NotFound)?;
        let ward = duty::units::tree(&mut cx).await?.unit(unit)?.ward;
        let new = NewMatter {
            kind: "faults",
            severity: Severity::Emergency,
            ward,
            object_kind: "fault",
            object: cx.id::<Uuid>(),
        };
        let ticket = NewTicket {
            kind: "faults".into(),
            responsible: Responsible::Unit(unit),
            ladder: ladder.clone(),
            task: json!({ "vi": "Thử nghiệm", "en": "Trial" }),
            words: None,
            given_by: None,
            assignee: None,
            due_at: None,
        };
        tickets::open_ticket(&mut cx, &new, ticket).await?;
        cx.commit().await?;
    }
    store.close().await;
    Ok(())
}

async fn kill(victim: Victim, centre: &mut Centre, server: &mut Server, rng: &Rng) -> Result<()> {
    match victim {
        Victim::Server => {
            server.kill();
            *server = restart(centre).await?;
        }
        Victim::Postgres => {
            end(centre.postmaster()?)?;
            centre.revive().await?;
        }
        Victim::Session => {
            let Ok(mut admin) = centre.admin(FIRST).await else { return Ok(()) };
            let pids: Vec<i32> = sqlx::query_scalar(
                "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
            )
            .fetch_all(&mut admin)
            .await?;
            if let Some(pid) = rng.pick(&pids) {
                end(u32::try_from(*pid).map_err(Error::internal)?)?;
            }
        }
    }
    Ok(())
}

/// As whatever watches over the service would: again and again while PostgreSQL still recovers.
async fn restart(centre: &Centre) -> Result<Server> {
    for _ in 0..60 {
        if let Ok(server) = centre.server(FIRST).await {
            return Ok(server);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    centre.server(FIRST).await
}

/// `kill -9`; one that has just ended by itself is as good.
fn end(pid: u32) -> Result<()> {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| Error::internal("no such process number"))?;
    match kill_process(pid, Signal::KILL) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(Error::internal(error)),
    }
}

/// People at their phones: some answer, some of those accept or pass up, some hang up or reject.
/// How many times a phone did what it was told.
async fn handle_phones(
    url: String,
    address: Arc<Mutex<String>>,
    rng: Rng,
    stop: watch::Receiver<bool>,
) -> usize {
    let mut handled = 0;
    while !*stop.borrow() {
        tokio::time::sleep(Duration::from_millis(150 + rng.below(200))).await;
        let address = address.lock().await.clone();
        // Whatever fails here fails because something has just been killed.
        if let Ok(true) = handle_one(&url, &address, &rng).await {
            handled += 1;
        }
    }
    handled
}

async fn handle_one(url: &str, address: &str, rng: &Rng) -> Result<bool> {
    let mut admin = PgConnection::connect(url).await?;
    let found: Option<(Uuid, bool)> = sqlx::query_as(
        "select id, answered_at is not null from attempts
         where channel = 'call' and ended_at is null and ringing_at is not null order by answered_at is null, md5(id::text || $1) limit 1",
    )
    .bind(rng.code(4))
    .fetch_optional(&mut admin)
    .await?;
    admin.close().await?;
    let Some((attempt, talking)) = found else { return Ok(false) };
    let choices: &[&str] =
        if talking { &["1", "2", "hang-up", "hang-up"] } else { &["answer", "answer", "reject"] };
    let what = rng.pick(choices).copied().unwrap_or("answer");
    let mut session = crate::http::Session::open(address).await?;
    let answer = session.post(&format!("/demo/phones/{}", AttemptId(attempt)), &format!("do={what}")).await?;
    Ok(answer.status == 303)
}

/// Everything runs again: waits until no timer is late, so that what is read is at rest.
async fn settle(centre: &Centre) -> Result<()> {
    for _ in 0..120 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let Ok(mut admin) = centre.admin(FIRST).await else { continue };
        let late: i64 =
            sqlx::query_scalar("select count(*) from timers where fire_at < now() - interval '1 second'")
                .fetch_one(&mut admin)
                .await?;
        if late == 0 {
            return Ok(());
        }
    }
    eprintln!("  a minute after the last kill there are still late timers");
    Ok(())
}
