//! The centre's own sign of life, once a minute, to a watch outside itself: a centre that is down
//! cannot report its own silence. The watch (any service that calls somebody when an expected
//! request stays out) is the operator's to choose; its address is a setting.

use super::actions;
use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::{Actor, Error, Result};
use sqlx::types::Uuid;
use std::{sync::Arc, time::Duration};
use store::{Store, leases, timers};

/// The code in a pack under which the centre watches that the outside watch hears it.
pub const CENTRE: &str = "centre_watch";
const EVERY: Duration = Duration::from_mins(1);
/// Longer than a minute, so that the process that reports goes on reporting; short enough for
/// another to take over before a watch with three minutes' patience calls.
const LEASE: SignedDuration = SignedDuration::from_secs(90);
/// A centre whose timers are later than this is not well and says nothing.
const LATE_S: f64 = 60.0;
const PART: Actor = Actor::system("heartbeats.watch");

/// The watch outside.
#[async_trait]
pub trait Watch: Send + Sync {
    /// Tells it that the centre lives. Errors name no address with a secret in it.
    async fn alive(&self) -> Result<()>;
}

/// Reports to the watch outside, from one process of the cell at a time.
pub struct OwnPulse {
    store: Store,
    watch: Arc<dyn Watch>,
    holder: Uuid,
}

impl OwnPulse {
    pub fn new(store: Store, watch: Arc<dyn Watch>) -> Self {
        let holder = store.id(store.clock().now());
        Self { store, watch, holder }
    }

    /// Reports once, and notes in every tenant that asks for it whether the watch heard; false when
    /// another process does the reporting. Nothing is sent while the database does not answer or
    /// timers are late: then the outside watch must call somebody.
    pub async fn report(&self) -> Result<bool> {
        if !leases::hold(&self.store, "heartbeats.watch", self.holder, LEASE).await? {
            return Ok(false);
        }
        let heard = match timers::oldest_due_s(&self.store).await? {
            Some(late) if late > LATE_S => Err(Error::Unavailable(format!("timers are {late:.0} s late"))),
            _ => self.watch.alive().await,
        };
        if let Err(error) = &heard {
            tracing::warn!(%error, "the watch outside was not told that the centre lives");
        }
        let tenants = self.store.cell().await?.tenant_ids().await?;
        for tenant in tenants {
            let mut cx = self.store.begin(tenant, PART).await?;
            let noted = match &heard {
                Ok(()) => actions::beat(&mut cx, CENTRE, "").await,
                Err(error) => actions::missed(&mut cx, CENTRE, "", &error.to_string()).await,
            };
            match noted {
                Ok(()) => cx.commit().await?,
                // This tenant's pack does not ask for it.
                Err(Error::NotFound) => cx.rollback().await?,
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Runs until `stop`.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.report().await {
                tracing::warn!(%error, "the centre's own sign of life could not be kept");
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.changed() => return,
            }
        }
    }
}
