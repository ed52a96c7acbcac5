//! `read`: a ticket's page over HTTP from the real server, beside the same page's SQL run bare in
//! one transaction over a pool of the same settings, as many at once. The load is made on the same
//! machine for both.

use crate::{
    centre::{Centre, FIRST, micros},
    figure::{Figure, median, round, seconds_since},
    http::Session,
    replay::{self, Ready, Spoken},
    seed::{self, Seed},
};
use duty::{
    accounts,
    tickets::{self, NewMatter, Severity},
    units,
};
use kernel::{Actor, Error, Result, StaffId, TicketId, UnitId, clock::machine_now};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

const RUNS: usize = 5;
const SECONDS: f64 = 4.0;
const AT_ONCE: usize = 8;

/// The cookie of a session signed in as a member of staff, by the demo's one click.
pub async fn cookie(centre: &Centre, database: &str, staff: StaffId) -> Result<String> {
    let store = centre.store(database).await?;
    let signed = accounts::demo_sign_in(&store, centre.tenant, staff, "bench").await?;
    store.close().await;
    Ok(format!("vx_session={}", signed.token))
}

pub async fn run() -> Result<Figure> {
    let centre = Centre::new().await?;
    let mut admin = centre.admin(FIRST).await?;
    let (nurse, station) = centre.nurse(&mut admin).await?;
    // A queue beside the ticket, as there would be.
    let from = micros(machine_now()) + 3_600_000_000;
    let seed = Seed {
        first: 0,
        count: 200,
        units: vec![station],
        climbs_from: from,
        climbs_until: from * 2 - micros(machine_now()),
    };
    seed::tickets(&mut admin, centre.tenant, &seed).await?;
    let ticket = story(&centre, &mut admin, station, nurse).await?;
    let path = format!("/quan7/desk/tickets/{ticket}");

    let statements = trace(&centre, nurse, &path).await?;
    eprintln!("  the page speaks {} statements", statements.len());
    let pool = centre.pool(FIRST).await?;
    let mut conn = pool.acquire().await?;
    let ready = replay::prepare(&mut conn, &statements).await?;
    drop(conn);
    let begin = format!("begin; set local vx.tenant = '{}'", centre.tenant);

    let server = centre.server(FIRST).await?;
    let cookie = cookie(&centre, FIRST, nurse).await?;
    pages(&server.address, &cookie, &path, 1.0).await?;
    bare(&pool, &begin, &ready, 1.0).await?;
    let (mut ours, mut limits, mut costs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let limit = bare(&pool, &begin, &ready, SECONDS).await?;
        let cpu = server.cpu_s()?;
        let our = pages(&server.address, &cookie, &path, SECONDS).await?;
        let cost = (server.cpu_s()? - cpu) * 1e6 / (our * SECONDS);
        eprintln!(
            "  {our:.0} pages/s at {cost:.0} µs of the server's processor time, {limit:.0} times their SQL/s"
        );
        costs.push(cost);
        limits.push(limit);
        ours.push(our);
    }
    let ratios: Vec<f64> = ours.iter().zip(&limits).map(|(our, limit)| our / limit).collect();
    let ratio = round(median(&ratios));
    Ok(Figure {
        name: "read",
        unit: "1/s",
        ours: round(median(&ours)),
        limit: round(median(&limits)),
        ratio,
        goal: 0.6,
        judged: "ratio",
        direction: "at_least",
        runs: RUNS,
        ok: ratio >= 0.6,
        details: json!({ "at_once": AT_ONCE, "statements": statements.len(), "seconds": SECONDS, "server_cpu_us": round(median(&costs)) }),
    })
}

/// A ticket with a past: news of an F0 with its three tickets, one level climbed, accepted, noted.
async fn story(
    centre: &Centre,
    admin: &mut PgConnection,
    station: UnitId,
    nurse: StaffId,
) -> Result<TicketId> {
    let store = centre.store(FIRST).await?;
    let tenant = centre.tenant(&store).await?;
    let spec = tenant.pack.matter("f0_news").ok_or(Error::NotFound)?;
    let mut cx = store.begin(centre.tenant, Actor::system("bench")).await?;
    let ward = units::tree(&mut cx).await?.unit(station)?.ward;
    let new = NewMatter {
        kind: "f0_news",
        severity: Severity::Emergency,
        ward,
        object_kind: "case",
        object: cx.id::<Uuid>(),
    };
    let opened = tickets::open_matter(&mut cx, &new, spec).await?;
    cx.commit().await?;
    let ids: Vec<Uuid> = opened.tickets.iter().map(|ticket| ticket.uuid()).collect();
    sqlx::query("update timers set fire_at = now() where tenant_id = $1 and kind = 'tickets.escalate' and object_id = any($2)")
        .bind(centre.tenant.uuid())
        .bind(&ids)
        .execute(admin)
        .await?;
    let runner = store::timers::Runner::new(store.clone(), vec![std::sync::Arc::new(tickets::Escalate)]);
    while runner.fire_due().await? > 0 {}
    let ticket = *opened.tickets.first().ok_or(Error::NotFound)?;
    let mut cx = store.begin(centre.tenant, Actor::system("bench")).await?;
    tickets::accept_as(&mut cx, ticket, nurse, None).await?;
    tickets::note(&mut cx, ticket, "Đã gọi, người bệnh tỉnh táo, không khó thở.").await?;
    cx.commit().await?;
    store.close().await;
    Ok(ticket)
}

/// What one request for the page asks of the database.
async fn trace(centre: &Centre, staff: StaffId, path: &str) -> Result<Vec<Spoken>> {
    centre.administer(format!("alter database {FIRST} set log_statement = 'all'")).await?;
    let server = centre.server(FIRST).await?;
    let mut session = server.session().await?.with_cookie(&cookie(centre, FIRST, staff).await?);
    let log = centre.postgres_log()?;
    // The first fills what the program remembers. Then often, because the program's own rounds
    // (sealing, timers) speak in between: what was said most often is the page alone.
    session.page(path).await?;
    let mut heard: BTreeMap<usize, (usize, Vec<Spoken>)> = BTreeMap::new();
    for _ in 0..15 {
        tokio::time::sleep(Duration::from_millis(130)).await;
        let from = replay::mark(&log)?;
        session.page(path).await?;
        let spoken = of_page(replay::read(&log, from)?, centre);
        let entry = heard.entry(spoken.len()).or_insert((0, spoken));
        entry.0 += 1;
    }
    drop(server);
    centre.administer(format!("alter database {FIRST} reset log_statement")).await?;
    let most = heard.into_values().max_by_key(|(times, _)| *times);
    most.map(|(_, spoken)| spoken)
        .filter(|spoken| !spoken.is_empty())
        .ok_or_else(|| Error::internal("nothing was logged"))
}

/// The statements spoken within transactions of the tenant, without their frame.
fn of_page(sessions: BTreeMap<u32, Vec<Spoken>>, centre: &Centre) -> Vec<Spoken> {
    let begin = format!("begin; set local vx.tenant = '{}'", centre.tenant);
    let mut page = Vec::new();
    for spoken in sessions.into_values() {
        let mut inside = false;
        for one in spoken {
            match one.sql.to_ascii_lowercase().as_str() {
                sql if sql == begin => inside = true,
                "commit" | "rollback" => inside = false,
                sql if inside && !sql.starts_with("set ") => page.push(one),
                _ => {}
            }
        }
    }
    page
}

/// Pages a second.
async fn pages(address: &str, cookie: &str, path: &str, seconds: f64) -> Result<f64> {
    let mut tasks = tokio::task::JoinSet::new();
    let from = machine_now();
    for _ in 0..AT_ONCE {
        let mut session = Session::open(address).await?.with_cookie(cookie);
        let path = path.to_owned();
        tasks.spawn(async move {
            let mut done = 0_u32;
            while seconds_since(from) < seconds {
                session.page(&path).await?;
                done += 1;
            }
            Ok::<_, Error>(done)
        });
    }
    rate(tasks, from).await
}

/// The same SQL so many times a second.
async fn bare(pool: &PgPool, begin: &str, statements: &[Ready], seconds: f64) -> Result<f64> {
    let mut tasks = tokio::task::JoinSet::new();
    let from = machine_now();
    for _ in 0..AT_ONCE {
        let (pool, begin, statements) = (pool.clone(), begin.to_owned(), statements.to_vec());
        tasks.spawn(async move {
            let mut done = 0_u32;
            while seconds_since(from) < seconds {
                replay::run(&pool, &begin, &statements).await?;
                done += 1;
            }
            Ok::<_, Error>(done)
        });
    }
    rate(tasks, from).await
}

async fn rate(mut tasks: tokio::task::JoinSet<Result<u32>>, from: jiff::Timestamp) -> Result<f64> {
    let mut done = 0;
    while let Some(ended) = tasks.join_next().await {
        done += ended.map_err(Error::internal)??;
    }
    Ok(f64::from(done) / seconds_since(from))
}
