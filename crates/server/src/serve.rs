//! Starting and stopping: database, migrations, clock, workers, web server.

use crate::{
    demo, routes,
    settings::Settings,
    workers::{self, Gateways},
};
use duty::accounts::{Cost, Door};
use kernel::{Clock, Error, Result, Rng};
use pages::{App, Place};
use pgbox::PgBox;
use serde_json::json;
use std::{io::Write, time::Duration};
use store::{Keys, Options, Store};
use tokio::{net::TcpListener, sync::watch};
use town::files::Vault;
use url::Url;

/// The database, and the private server behind it where we started one.
pub struct Database {
    pub url: String,
    own: Option<PgBox>,
}

impl Database {
    /// The operator's database, or a private one in the data folder.
    pub async fn open(settings: &Settings) -> Result<Self> {
        if let Some(url) = &settings.database_url {
            return Ok(Self { url: url.clone(), own: None });
        }
        let options = pgbox::Options { data: settings.data.join("pg"), fast: false, node_modules: None };
        let own = tokio::task::spawn_blocking(move || PgBox::start(&options))
            .await
            .map_err(Error::internal)?
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        let url = own.url("vungxanh");
        ensure_database(&own.url("postgres")).await?;
        Ok(Self { url, own: Some(own) })
    }

    pub fn is_private(&self) -> bool {
        self.own.is_some()
    }

    pub async fn close(self) {
        if let Some(own) = self.own {
            let stopped = tokio::task::spawn_blocking(move || own.stop()).await;
            if let Ok(Err(error)) = stopped {
                tracing::warn!(%error, "the private PostgreSQL did not stop in order");
            }
        }
    }
}

async fn ensure_database(admin_url: &str) -> Result<()> {
    use sqlx::{Connection, PgConnection};
    let mut admin = PgConnection::connect(admin_url).await?;
    let there: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = 'vungxanh')")
            .fetch_one(&mut admin)
            .await?;
    if !there {
        let made = sqlx::query("create database vungxanh").execute(&mut admin).await;
        // Another process of ours may have made it between the look and the making.
        if let Err(error) = made
            && !matches!(&error, sqlx::Error::Database(db) if db.code().as_deref() == Some("42P04"))
        {
            return Err(error.into());
        }
    }
    admin.close().await?;
    Ok(())
}

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
pub async fn serve(settings: Settings) -> Result<()> {
    if settings.demo && !settings.listen.ip().is_loopback() {
        return Err(Error::internal("a demo listens on this machine only (127.0.0.1 or ::1)"));
    }
    let database = Database::open(&settings).await?;
    // A private database is ours to bring up to date; an operator's is migrated by `vungxanh migrate`,
    // once for all processes.
    if database.is_private() || settings.demo {
        store::migrate::migrate(&database.url).await?;
    }
    let store = open_store(&settings, &database).await?;
    follow_clock(&store).await;
    if settings.demo {
        demo::prepare(&store, &settings).await?;
    }
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
    let app = App::new(store.clone(), place.clone(), vault, door);
    let (stop, stopping) = watch::channel(false);
    let gateways = Gateways::open(&settings, &store)?;
    let work = workers::start(&store, &settings, &gateways, &place.public_url, &stopping)?;
    let router = routes::router(&app, &settings, &gateways);
    println!("{}", json!({ "url": url, "pid": std::process::id() }));
    std::io::stdout().flush().map_err(Error::internal)?;
    if settings.demo {
        demo::greet(&url);
        if !settings.still {
            let tenant = demo::tenant(&store).await?;
            tokio::spawn(demo::simulator::run(
                store.clone(),
                tenant,
                gateways.phones.clone(),
                stopping.clone(),
            ));
        }
    }
    let served = axum::serve(listener, router.into_make_service_with_connect_info::<std::net::SocketAddr>())
        .with_graceful_shutdown(stop_signal());
    // Open live connections would hold a shutdown up for ever.
    let outcome = tokio::select! {
        outcome = served => outcome.map_err(Error::internal),
        () = async { stop_signal().await; tokio::time::sleep(Duration::from_secs(3)).await } => Ok(()),
    };
    let _ = stop.send(true);
    work.finish().await;
    store.close().await;
    database.close().await;
    outcome
}

/// The outside address, parsed; passkeys are made for its domain.
fn address_of(public_url: &str) -> Result<Url> {
    public_url.parse().map_err(|error| Error::internal(format!("public_url {public_url}: {error}")))
}

/// `vungxanh worker`.
pub async fn worker(settings: Settings) -> Result<()> {
    let database = Database::open(&settings).await?;
    let store = open_store(&settings, &database).await?;
    follow_clock(&store).await;
    let (stop, stopping) = watch::channel(false);
    let gateways = Gateways::open(&settings, &store)?;
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{}", settings.listen));
    let work = workers::start(&store, &settings, &gateways, &public_url, &stopping)?;
    println!("{}", json!({ "pid": std::process::id() }));
    stop_signal().await;
    let _ = stop.send(true);
    work.finish().await;
    store.close().await;
    database.close().await;
    Ok(())
}

/// Keeps our clock with the database's: now, and every minute. A database that is down is no
/// reason not to start: the clock follows when it is back.
async fn follow_clock(store: &Store) {
    if let Err(error) = store.follow_database_clock().await {
        tracing::warn!(%error, "the database's clock cannot be read yet");
    }
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}
