//! A whole centre to measure: a durable PostgreSQL of its own in a temporary folder, and in it the
//! district of the demo with its synthetic people. All of it is gone afterwards.

use crate::server::Server;
use duty::tenants;
use jiff::Timestamp;
use kernel::{Clock, Error, Result, Rng, StaffId, TenantId, UnitId};
use pgbox::PgBox;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool, Row,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::path::{Path, PathBuf};
use store::{Keys, Options, Store};
use uuid::Uuid;

/// The first database; others are copies of it.
pub const FIRST: &str = "vungxanh";
/// As many as `serve` takes when it is not told otherwise.
pub const CONNECTIONS: u32 = 16;

pub struct Centre {
    cluster: Option<PgBox>,
    url: String,
    folder: tempfile::TempDir,
    pub tenant: TenantId,
}

impl Centre {
    /// Takes some seconds: the cluster is made, and the program itself fills it.
    pub async fn new() -> Result<Self> {
        let folder = tempfile::tempdir().map_err(Error::internal)?;
        let cluster = launch(folder.path().join("pg")).await?;
        eprintln!("  PostgreSQL {} in {}", cluster.version(), folder.path().display());
        let url = cluster.url(FIRST);
        let admin_url = cluster.url("postgres");
        let mut centre = Self { cluster: Some(cluster), url, folder, tenant: TenantId(Uuid::nil()) };
        let mut admin = PgConnection::connect(&admin_url).await?;
        sqlx::query(AssertSqlSafe(format!("create database {FIRST}"))).execute(&mut admin).await?;
        admin.close().await?;
        centre.server(FIRST).await?.kill();
        let mut first = PgConnection::connect(&centre.url).await?;
        let tenant = sqlx::query_scalar("select id from tenants").fetch_one(&mut first).await?;
        centre.tenant = TenantId(tenant);
        first.close().await?;
        Ok(centre)
    }

    pub fn url(&self, database: &str) -> String {
        self.url.replacen(&format!("/{FIRST}?"), &format!("/{database}?"), 1)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn server_log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    pub fn postgres_log(&self) -> Result<PathBuf> {
        Ok(self.cluster()?.home().join("postgres.log"))
    }

    fn cluster(&self) -> Result<&PgBox> {
        self.cluster.as_ref().ok_or_else(|| Error::internal("the cluster has been given up"))
    }

    pub fn postmaster(&self) -> Result<u32> {
        Ok(self.cluster()?.pid())
    }

    /// The real program over one of the databases, as a demo in which nothing happens by itself.
    pub async fn server(&self, database: &str) -> Result<Server> {
        Server::start(&self.data(), &self.url(database), &["--demo", "--still"], &self.server_log()).await
    }

    /// The demo with a telephone: the trunks stand in a file.
    pub async fn telephoning_server(&self, database: &str, trunks: &Path) -> Result<Server> {
        let trunks = trunks.to_str().ok_or_else(|| Error::internal("the folder has no readable name"))?;
        let more = [
            "--demo",
            "--still",
            "--sip-listen",
            "127.0.0.1:0",
            "--sip-channels",
            "500",
            "--sip-calls-per-second",
            "500",
            "--sip-trunks",
            trunks,
        ];
        Server::start(&self.data(), &self.url(database), &more, &self.server_log()).await
    }

    /// The demo behind a proxy that says who asks: devices of many addresses.
    pub async fn proxied_server(&self, database: &str) -> Result<Server> {
        let behind = [("VX_BEHIND_PROXY", "true")];
        let (data, url, log) = (self.data(), self.url(database), self.server_log());
        Server::start_with(&data, &url, &["--demo", "--still"], &behind, &log).await
    }

    /// Without the demo's extras.
    pub async fn plain_server(&self, database: &str) -> Result<Server> {
        Server::start(&self.data(), &self.url(database), &[], &self.server_log()).await
    }

    /// A second database with the same content. Nobody may be connected to the first.
    pub async fn copy(&self, name: &str) -> Result<()> {
        self.administer(format!("create database {name} template {FIRST}")).await
    }

    /// One statement as superuser, outside the centre's databases.
    pub async fn administer(&self, statement: String) -> Result<()> {
        let mut admin = PgConnection::connect(&self.url("postgres")).await?;
        sqlx::query(AssertSqlSafe(statement)).execute(&mut admin).await?;
        admin.close().await?;
        Ok(())
    }

    /// A superuser's connection: sees every tenant and may seed.
    pub async fn admin(&self, database: &str) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.url(database)).await?)
    }

    /// Connections like the program's own: its role, its number, its prepared statements, its checks.
    pub async fn pool(&self, database: &str) -> Result<PgPool> {
        let options: PgConnectOptions = self.url(database).parse().map_err(Error::from)?;
        let options = options.options([("role", "vx_app")]).statement_cache_capacity(500);
        Ok(PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .test_before_acquire(false)
            .connect_with(options)
            .await?)
    }

    /// The program's store, in this process.
    pub async fn store(&self, database: &str) -> Result<Store> {
        let rng = Rng::system();
        let keys = Keys::open(self.data().join("keys"), rng.clone())?;
        let options = Options { url: self.url(database), max_connections: CONNECTIONS };
        let store = Store::open(&options, Clock::system(), rng, keys)?;
        store.follow_database_clock().await?;
        Ok(store)
    }

    pub async fn tenant(&self, store: &Store) -> Result<tenants::Tenant> {
        tenants::find(store).await?.into_values().next().ok_or(Error::NotFound)
    }

    /// Somebody who works in a health station, and the station.
    pub async fn nurse(&self, admin: &mut PgConnection) -> Result<(StaffId, UnitId)> {
        let row = sqlx::query(
            "select p.staff_id, p.unit_id from posts p join units u on u.tenant_id = p.tenant_id and u.id = p.unit_id
             where u.kind = 'station' and p.role = 'station_staff' order by u.code, p.id limit 1",
        )
        .fetch_one(admin)
        .await?;
        Ok((StaffId(row.get(0)), UnitId(row.get(1))))
    }

    /// Whoever directs the centre.
    pub async fn director(&self, admin: &mut PgConnection) -> Result<StaffId> {
        let staff = sqlx::query_scalar(
            "select staff_id from posts where tenant_id = $1 and role = 'centre_director' order by id limit 1",
        )
        .bind(self.tenant.uuid())
        .fetch_one(admin)
        .await?;
        Ok(StaffId(staff))
    }

    /// Starts PostgreSQL again after it was killed.
    pub async fn revive(&mut self) -> Result<()> {
        if let Some(dead) = self.cluster.take() {
            // It is dead: there is nothing to stop, only our place among its users to give up.
            dead.leave_running();
        }
        self.cluster = Some(launch(self.folder.path().join("pg")).await?);
        Ok(())
    }
}

async fn launch(data: PathBuf) -> Result<PgBox> {
    let options = pgbox::Options { data, fast: false, node_modules: None };
    tokio::task::spawn_blocking(move || PgBox::start(&options))
        .await
        .map_err(Error::internal)?
        .map_err(|error| Error::Unavailable(error.to_string()))
}

impl Drop for Centre {
    fn drop(&mut self) {
        if let Some(cluster) = self.cluster.take()
            && let Err(error) = cluster.stop()
        {
            eprintln!("PostgreSQL was not stopped: {error}");
        }
    }
}

/// The machine's clock in microseconds, as the seeds write times.
pub fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}
