//! Starting and stopping: database, migrations, clock, workers, web server.

use crate::{
    database::Database, demo, health, outside::Gateways, routes, settings::Settings, tasks::Tasks, workers,
};
use ::health::checkins::Intake;
use duty::accounts::{Cost, Door};
use gateways::FolderShelf;
use kernel::{Clock, Error, Result, Rng};
use pages::{App, Place};
use serde_json::json;
use std::{io::Write, sync::Arc, time::Duration};
use store::{Keys, Options, Store};
use tokio::{net::TcpListener, sync::watch};
use town::files::Vault;
use url::Url;

/// The store over a database, its clock set by the database's.
pub async fn open_store(settings: &Settings, database: &Database) -> Result<Store> {
    let rng = Rng::system();
    let keys = Keys::open(&settings.keys, rng.clone())?;
    let options = Options { url: database.url.clone(), max_connections: settings.database_connections };
    Store::open(&options, Clock::system(), rng, keys)
}

pub async fn migrate(settings: &Settings) -> Result<()> {
    let database = Database::open(settings).await?;
    let done = store::migrate::migrate(&database.url).await;
    database.close().await;
    done
}

/// `vungxanh serve`.
pub async fn serve(mut settings: Settings) -> Result<()> {
    if settings.demo {
        demo::on_loopback(&settings)?;
    }
    // Before anything is started, so that nothing started is left behind.
    let told = told_to_stop()?;
    let database = Database::open(&settings).await?;
    let outcome = tokio::select! {
        prepared = prepare(&mut settings, &database) => match prepared {
            Ok(store) => {
                let outcome = answer(settings, &database, &store, told).await;
                store.close().await;
                outcome
            }
            Err(error) => Err(error),
        },
        () = stopped(told.clone()) => Ok(()),
    };
    database.close().await;
    outcome
}

/// Brings the database to where it can be worked with, and the demo's district into it.
async fn prepare(settings: &mut Settings, database: &Database) -> Result<Store> {
    if settings.demo {
        demo::refuse_real(&database.url).await?;
    }
    // A private database is ours to bring up to date; an operator's is migrated by `vungxanh migrate`,
    // once for all processes.
    if database.is_private() || settings.demo {
        store::migrate::migrate(&database.url).await?;
    }
    let store = open_store(settings, database).await?;
    follow_clock(&store).await;
    if settings.demo {
        demo::prepare(&store, settings).await?;
    } else if is_demo(&store).await.unwrap_or(false) {
        // A demo stays one whoever starts it: the banner shows, and nobody is told that a call to a
        // synthetic person had no network. By itself nothing happens in it.
        demo::on_loopback(settings)?;
        (settings.demo, settings.still) = (true, true);
    }
    Ok(store)
}

async fn is_demo(store: &Store) -> Result<bool> {
    store.cell().await?.is_demo().await
}

/// Answers and works until told to stop.
async fn answer(
    settings: Settings,
    database: &Database,
    store: &Store,
    told: watch::Receiver<bool>,
) -> Result<()> {
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|error| Error::Unavailable(format!("{}: {error}", settings.listen)))?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let url = format!("http://{address}");
    let public_url = settings.public_url.clone().unwrap_or_else(|| url.clone());
    let vault = Vault::folder(&settings.data.join("files"))?;
    let door = Door::new(Cost::OWASP, &address_of(&public_url)?)?;
    let place = Place {
        secure: public_url.starts_with("https://"),
        public_url,
        demo: settings.demo,
        behind_proxy: settings.behind_proxy,
        demo_accounts: if settings.demo { demo::ACCOUNTS } else { &[] },
    };
    let shelf = Arc::new(FolderShelf::folder(&settings.data.join("recordings"))?);
    let (stop, stopping) = watch::channel(false);
    let gateways = Gateways::of_server(&settings, store).await?;
    let intake = Intake::new(store.clone());
    let app = App::new(store.clone(), place.clone(), vault, door)
        .with_shelf(shelf)
        .taking_scans(intake.clone())
        .speaking(gateways.prompter.clone());
    health::collect();
    let mut tasks = Tasks::new(stopping);
    tasks.keep("metrics", health::keep_small);
    let writing = intake.clone();
    tasks.keep("checkins.write", move |stop| writing.clone().run(stop));
    let private = database.watcher();
    tasks.keep("postgres", move |stop| private.clone().run(stop));
    workers::start(&mut tasks, store, &settings, &gateways, &place.public_url)?;
    let router = routes::router(&app, &settings, &gateways);
    println!("{}", json!({ "url": url, "pid": std::process::id() }));
    std::io::stdout().flush().map_err(Error::internal)?;
    if settings.demo {
        demo::greet(&url);
        if !settings.still {
            let tenant = demo::tenant(store).await?;
            let (phones, exchange) = (gateways.phones.clone(), gateways.exchange.clone());
            let store = store.clone();
            tasks.keep("simulator", move |stop| {
                let (phones, exchange, intake) = (phones.clone(), exchange.clone(), intake.clone());
                demo::simulator::run(store.clone(), tenant.clone(), phones, exchange, intake, stop)
            });
        }
    }
    let served = axum::serve(listener, router.into_make_service_with_connect_info::<std::net::SocketAddr>())
        .with_graceful_shutdown(stopped(told.clone()));
    // Open live connections would hold a shutdown up for ever.
    let outcome = tokio::select! {
        outcome = served => outcome.map_err(Error::internal),
        () = async { stopped(told).await; tokio::time::sleep(Duration::from_secs(3)).await } => Ok(()),
    };
    let _ = stop.send(true);
    tasks.finish().await;
    outcome
}

/// The outside address, parsed; passkeys are made for its domain.
fn address_of(public_url: &str) -> Result<Url> {
    public_url.parse().map_err(|error| Error::internal(format!("public_url {public_url}: {error}")))
}

/// `vungxanh worker`.
pub async fn worker(mut settings: Settings) -> Result<()> {
    let told = told_to_stop()?;
    let database = Database::open(&settings).await?;
    let outcome = work(&mut settings, &database, told).await;
    database.close().await;
    outcome
}

async fn work(settings: &mut Settings, database: &Database, told: watch::Receiver<bool>) -> Result<()> {
    let store = open_store(settings, database).await?;
    let Some(demo) = first_look(&store, told.clone()).await else { return Ok(()) };
    if settings.demo && !demo {
        return Err(Error::internal("this database is no demo: start the worker without --demo"));
    }
    settings.demo = demo;
    follow_clock(&store).await;
    let gateways = Gateways::of_worker(settings, &store)?;
    let (stop, stopping) = watch::channel(false);
    let mut tasks = Tasks::new(stopping);
    let private = database.watcher();
    tasks.keep("postgres", move |stop| private.clone().run(stop));
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{}", settings.listen));
    workers::start(&mut tasks, &store, settings, &gateways, &public_url)?;
    println!("{}", json!({ "pid": std::process::id() }));
    std::io::stdout().flush().map_err(Error::internal)?;
    stopped(told).await;
    let _ = stop.send(true);
    tasks.finish().await;
    store.close().await;
    Ok(())
}

/// Whether the database is a demo, as soon as it says so: a worker has nothing to do before. `None`
/// when told to stop first.
async fn first_look(store: &Store, told: watch::Receiver<bool>) -> Option<bool> {
    let look = async {
        loop {
            match is_demo(store).await {
                Ok(demo) => return demo,
                Err(error) => tracing::warn!(%error, "waiting for the database"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        demo = look => Some(demo),
        () = stopped(told) => None,
    }
}

/// Keeps our clock with the database's: now, and every minute. A database that is down is no
/// reason not to start: the clock follows when it is back.
async fn follow_clock(store: &Store) {
    if let Err(error) = store.follow_database_clock().await {
        tracing::warn!(%error, "the database's clock cannot be read yet");
    }
}

/// Listens for the operating system's word to stop, from now on.
fn told_to_stop() -> Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate()).map_err(Error::internal)?;
    let mut int = signal(SignalKind::interrupt()).map_err(Error::internal)?;
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        let _ = tell.send(true);
    });
    Ok(told)
}

async fn stopped(mut told: watch::Receiver<bool>) {
    // The sender ends only after it has spoken.
    let _ = told.wait_for(|told| *told).await;
}
