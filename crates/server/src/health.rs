//! For machines that watch this one: `/healthz` (the process lives), `/readyz` (it can do its work),
//! `/metrics` (Prometheus text).

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use pages::App;
use serde::Serialize;
use std::{sync::OnceLock, time::Duration};
use store::{ledger, migrate, timers};
use tokio::sync::watch;

pub async fn healthz() -> &'static str {
    "ok"
}

#[derive(Serialize)]
pub struct Ready {
    db: bool,
    migrations: bool,
    /// How long the oldest unsealed event has waited, seconds.
    sealer_lag_s: Option<f64>,
    /// How late the oldest due timer is, seconds; null when none is due.
    oldest_due_s: Option<f64>,
}

/// 200 when the database answers, its schema is ours and neither sealer nor timers lag; else 503.
pub async fn readyz(State(app): State<App>) -> Response {
    let looked = tokio::time::timeout(Duration::from_secs(3), look(&app)).await;
    let ready =
        looked.unwrap_or(Ready { db: false, migrations: false, sealer_lag_s: None, oldest_due_s: None });
    let good = ready.db
        && ready.migrations
        && ready.sealer_lag_s.is_some_and(|lag| lag < 30.0)
        && ready.oldest_due_s.is_none_or(|late| late < 30.0);
    let status = if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(ready)).into_response()
}

async fn look(app: &App) -> Ready {
    let store = app.store();
    let db = match store.cell().await {
        Ok(mut cell) => cell.is_demo().await.is_ok(),
        Err(_) => false,
    };
    let migrations = db && migrate::is_current(store).await.unwrap_or(false);
    let (mut sealer_lag_s, mut oldest_due_s) = (None, None);
    if migrations {
        sealer_lag_s = ledger::lag_s(store).await.ok();
        oldest_due_s = timers::oldest_due_s(store).await.ok().flatten();
    }
    Ready { db, migrations, sealer_lag_s, oldest_due_s }
}

static METRICS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Histograms keep every sample until they are folded.
const FOLD: Duration = Duration::from_secs(5);

/// Folds what was collected, whether or not anybody asks for it, until `stop`.
pub async fn keep_small(mut stop: watch::Receiver<bool>) {
    loop {
        if let Some(handle) = METRICS.get().and_then(Option::as_ref) {
            handle.run_upkeep();
        }
        tokio::select! {
            () = tokio::time::sleep(FOLD) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Starts collecting; once a process.
pub fn collect() {
    METRICS.get_or_init(|| PrometheusBuilder::new().install_recorder().ok());
}

pub async fn metrics() -> Response {
    match METRICS.get().and_then(Option::as_ref) {
        Some(handle) => {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
        }
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
