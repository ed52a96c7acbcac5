//! The database of a process: the operator's, or a private PostgreSQL in the data folder, which is
//! started with the first process that needs it, started again when it dies, and stopped by the last.

use crate::settings::Settings;
use kernel::{Error, Result};
use pgbox::{Options, PgBox};
use sqlx::{Connection, PgConnection};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// The database, and the private server behind it where we started one.
pub struct Database {
    pub url: String,
    own: Option<Private>,
}

/// `None` in it once it was given up.
#[derive(Clone)]
struct Private {
    options: Options,
    server: Arc<Mutex<Option<PgBox>>>,
}

/// How often a process looks whether its private server still lives.
const LOOK: Duration = Duration::from_secs(1);

/// Where and how a private server is kept.
pub fn private(settings: &Settings) -> Options {
    Options { data: settings.data.join("pg"), fast: false, node_modules: None }
}

impl Database {
    /// The operator's database, or a private one in the data folder.
    pub async fn open(settings: &Settings) -> Result<Self> {
        if let Some(url) = &settings.database_url {
            return Ok(Self { url: url.clone(), own: None });
        }
        let options = private(settings);
        let starting = options.clone();
        let server = tokio::task::spawn_blocking(move || PgBox::start(&starting))
            .await
            .map_err(Error::internal)?
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        let url = server.url("vungxanh");
        ensure_database(&server.url("postgres")).await?;
        Ok(Self { url, own: Some(Private { options, server: Arc::new(Mutex::new(Some(server))) }) })
    }

    pub fn is_private(&self) -> bool {
        self.own.is_some()
    }

    /// Who looks after the private server; an operator's database is looked after by the operator.
    pub fn watcher(&self) -> Watcher {
        Watcher(self.own.clone())
    }

    pub async fn close(self) {
        let Some(own) = self.own else { return };
        let stopped = tokio::task::spawn_blocking(move || own.server().take().map(PgBox::stop)).await;
        if let Ok(Some(Err(error))) = stopped {
            tracing::warn!(%error, "the private PostgreSQL did not stop in order");
        }
    }
}

/// Starts the private server again when it has died.
#[derive(Clone)]
pub struct Watcher(Option<Private>);

impl Watcher {
    /// Runs until `stop`.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let Some(own) = self.0 else {
            // Told, or nobody left to tell.
            let _ = stop.changed().await;
            return;
        };
        loop {
            let own = own.clone();
            if let Ok(Err(error)) = tokio::task::spawn_blocking(move || own.revive()).await {
                tracing::warn!(%error, "the private PostgreSQL has died and cannot be started yet");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stop.changed() => return,
            }
        }
    }
}

impl Private {
    fn server(&self) -> std::sync::MutexGuard<'_, Option<PgBox>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks while the server recovers. Another process may have been quicker: then its server is taken over.
    fn revive(&self) -> Result<(), pgbox::Error> {
        let mut server = self.server();
        if server.as_ref().is_none_or(PgBox::is_running) {
            return Ok(());
        }
        tracing::error!("the private PostgreSQL has died; starting it again");
        let again = PgBox::start(&self.options)?;
        if let Some(dead) = server.replace(again) {
            // Nothing to stop, only its place among the users to give up.
            dead.leave_running();
        }
        metrics::counter!("vx_postgres_restarts_total").increment(1);
        Ok(())
    }
}

async fn ensure_database(admin_url: &str) -> Result<()> {
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
