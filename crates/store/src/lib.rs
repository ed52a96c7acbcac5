//! PostgreSQL plumbing. The pool is private: whoever wants a row begins a [`Cx`], which carries
//! the actor, the time and the tenant through one transaction, and commits events, timers, jobs
//! and outbox rows together with the change they belong to.

pub mod backup;
pub mod cell;
mod cx;
pub mod events;
pub mod jobs;
pub mod keys;
pub mod leases;
pub mod ledger;
pub mod live;
pub mod migrate;
pub mod outbox;
pub mod subscriptions;
pub mod timers;
mod turns;

pub use cell::Cell;
pub use cx::{Cx, Mark};
pub use events::Event;
pub use jobs::Job;
pub use keys::{Keys, Sealed};
pub use live::{Live, Topic};
pub use timers::Timer;
pub use turns::Turns;

use kernel::{Actor, Clock, Error, Result, Rng, TenantId};
use sqlx::{
    AssertSqlSafe, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{sync::Arc, time::Duration};

/// The database of a cell and what every transaction needs beside it. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: PgPool,
    clock: Clock,
    rng: Rng,
    ids: Arc<kernel::IdMaker>,
    keys: Arc<Keys>,
    live: Live,
}

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct Options {
    /// `postgres://…`; the login must be a member of `vx_app` (and of `vx_owner` to migrate).
    pub url: String,
    pub max_connections: u32,
}

/// The quickest of so many readings tells the database's time most truly: what a reading takes is
/// how wrong it can be, and the first one also opens a connection or prepares the statement.
const CLOCK_READINGS: usize = 5;

/// The role that everything but migrations works as: it owns nothing and row security binds it.
const APP_ROLE: &str = "vx_app";

impl Store {
    /// Opens the pool without waiting for the database: a centre that starts while its database
    /// is down answers "unavailable" and recovers by itself.
    pub fn open(options: &Options, clock: Clock, rng: Rng, keys: Keys) -> Result<Self> {
        let connect = connect_options(&options.url)?.options([("role", APP_ROLE)]);
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(5))
            .test_before_acquire(false)
            // A connection that rested may have died with its server; one in use has just proved itself.
            .before_acquire(|conn, meta| {
                Box::pin(async move {
                    if meta.idle_for > Duration::from_secs(1) {
                        sqlx::Connection::ping(conn).await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(connect.clone());
        let live = Live::new(pool.clone(), rng.code(12));
        Ok(Self { pool, clock, rng, ids: Arc::default(), keys: Arc::new(keys), live })
    }

    /// The same database seen at another time: for what is lived in fast motion.
    #[must_use]
    pub fn at(&self, clock: Clock) -> Self {
        Self { clock, ..self.clone() }
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn rng(&self) -> &Rng {
        &self.rng
    }

    /// A new uuid v7 for something that happens at `now`.
    pub fn id(&self, now: jiff::Timestamp) -> uuid::Uuid {
        self.ids.next(now, &self.rng)
    }

    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    pub fn live(&self) -> &Live {
        &self.live
    }

    /// Begins a transaction that sees one tenant's rows and acts as `actor`.
    pub async fn begin(&self, tenant: TenantId, actor: Actor) -> Result<Cx> {
        // One round trip for both; a uuid prints only hex digits and dashes.
        let begin = format!("begin; set local vx.tenant = '{tenant}'");
        let tx = self.begun(Some(begin)).await?;
        Ok(Cx::new(self.clone(), tx, tenant, actor))
    }

    /// Begins a transaction over the tables of the cell (registry, timers, jobs), no tenant's rows.
    pub async fn cell(&self) -> Result<Cell> {
        Ok(Cell { tx: self.begun(None).await?, now: self.clock.now() })
    }

    /// A transaction that has begun. It begins in a task of its own: broken off on the way, because whoever
    /// asked has gone, it would go back to the pool as one that nobody counts and nobody ends.
    pub(crate) async fn begun(
        &self,
        with: Option<String>,
    ) -> Result<sqlx::Transaction<'static, sqlx::Postgres>> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move {
            match with {
                Some(begin) => pool.begin_with(AssertSqlSafe(begin)).await,
                None => pool.begin().await,
            }
        });
        Ok(begun.await.map_err(Error::internal)??)
    }

    /// Measures how far the database's clock is from this machine's and keeps the offset.
    /// `ahead` is the demo's head start; a demo whose clock is held stands still.
    pub async fn follow_database_clock(&self) -> Result<()> {
        if !self.clock.follows_database() {
            return Ok(());
        }
        let mut conn = self.pool.acquire().await?;
        let mut best: Option<(jiff::SignedDuration, jiff::SignedDuration)> = None;
        for _ in 0..CLOCK_READINGS {
            let before = kernel::clock::machine_now();
            let row = sqlx::query!(
                r#"select clock_timestamp() as "now!", clock_ahead_us as "ahead_us!", clock_held_at from cell"#
            )
            .fetch_one(&mut *conn)
            .await?;
            let took = kernel::clock::machine_now().duration_since(before);
            let ahead = jiff::SignedDuration::from_micros(row.ahead_us);
            if let Some(held) = row.clock_held_at {
                self.clock.hold(held.to_jiff() + ahead);
                return Ok(());
            }
            let measured = row.now.to_jiff().duration_since(before + took / 2) + ahead;
            if best.is_none_or(|(quickest, _)| took < quickest) {
                best = Some((took, measured));
            }
        }
        let measured = best.map_or(self.clock.offset(), |(_, measured)| measured);
        // A correction back is taken too: a clock that stood still until the others had caught up
        // would hold up every ladder for as long.
        self.clock.set_offset(measured);
        Ok(())
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// A panic of a handler as an error like any other: the work is tried again, the loop goes on.
pub(crate) fn panicked(panic: &(dyn std::any::Any + Send)) -> Error {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::internal(format!("panicked: {}", words.unwrap_or("without words")))
}

/// Parses an operator's database address.
pub(crate) fn connect_options(url: &str) -> Result<PgConnectOptions> {
    let options: PgConnectOptions =
        url.parse().map_err(|error| Error::internal(format!("database address: {error}")))?;
    Ok(options.application_name("vungxanh").statement_cache_capacity(500))
}
