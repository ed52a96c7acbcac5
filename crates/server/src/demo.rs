//! The demo: a district of synthetic people, a clock that can be moved, telephones to play with.
//! It refuses a database with a real tenant and listens on this machine only.

mod care_calls;
mod district;
mod diaries;
mod gates;
mod news;
mod passes;
mod phones;
pub mod simulator;
mod texts;

pub use district::ACCOUNTS;

use crate::{settings::Settings, upkeep};
use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use duty::tenants;
use gateways::{Exchange, Phones};
use jiff::SignedDuration;
use kernel::{Error, Result};
use pages::{App, Outcome};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Store, Topic};

/// A demo is seen on this machine only.
pub fn on_loopback(settings: &Settings) -> Result<()> {
    if settings.listen.ip().is_loopback() {
        return Ok(());
    }
    Err(Error::internal("a demo listens on this machine only (127.0.0.1 or ::1)"))
}

/// Refuses a database that a real tenant lives in, before anything in it is touched.
pub async fn refuse_real(url: &str) -> Result<()> {
    match store::cell::real_tenant(url).await? {
        None => Ok(()),
        Some(slug) => {
            Err(Error::internal(format!("this database holds the real tenant {slug}: no demo here")))
        }
    }
}

/// Marks the database as a demo and makes its district.
pub async fn prepare(store: &Store, settings: &Settings) -> Result<()> {
    let mut cell = store.cell().await?;
    cell.mark_demo().await?;
    cell.commit().await?;
    let known = tenants::find(store).await?.contains_key("quan7");
    let tenant = district::make(store).await?;
    upkeep::install(store, &tenant).await?;
    care_calls::name_number(store, &tenant).await?;
    passes::trust(store, &tenant).await?;
    if !known && !settings.still {
        let days = if settings.full_scale { 14 } else { 7 };
        simulator::live_the_past(store, &tenant, days).await?;
        passes::issue(store, &tenant).await?;
        gates::open(store, &tenant).await?;
        // A list of texts that is empty is no reason not to start.
        if let Err(error) = texts::come(store, &tenant).await {
            tracing::warn!(%error, "no texts have come in");
        }
    }
    Ok(())
}

/// The district whose life the simulator goes on with.
pub async fn tenant(store: &Store) -> Result<tenants::Tenant> {
    tenants::find(store).await?.remove("quan7").ok_or(Error::NotFound)
}

/// Tells the person who started it where to go.
pub fn greet(url: &str) {
    eprintln!("\n  Vùng Xanh (bản trình diễn): {url}");
    eprintln!("  Tài khoản trình diễn, bấm một lần: {url}/quan7/desk/sign-in\n");
}

pub fn routes(phones: Phones, exchange: Exchange) -> Router<App> {
    Router::new()
        .route("/demo/clock", post(set))
        .route("/demo/clock", get(clock))
        .merge(phones::routes(phones, exchange))
}

/// `{"advance":"PT48H"}`, `{"hold":true}`, or both.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    /// ISO 8601, forward only.
    advance: Option<SignedDuration>,
    /// Stands still until it is told `false`.
    hold: Option<bool>,
}

/// `POST /demo/clock {"advance":"PT48H"}`: the whole centre lives that much later. `{"hold":true}` stops it there.
async fn set(State(app): State<App>, Json(asked): Json<Set>) -> Outcome<Json<Value>> {
    let far = |by: SignedDuration| by <= SignedDuration::ZERO || by > SignedDuration::from_hours(24 * 366);
    if asked.advance.is_some_and(far) || (asked.advance, asked.hold) == (None, None) {
        return Err(Error::invalid("advance", "error-demo-clock").into());
    }
    let mut cell = app.store().cell().await?;
    if let Some(hold) = asked.hold {
        cell.hold_demo_clock(hold).await?;
    }
    if let Some(by) = asked.advance {
        cell.advance_demo_clock(by).await?;
    }
    cell.commit().await?;
    app.store().follow_database_clock().await?;
    for tenant in app.store().cell().await?.tenants().await? {
        // Other processes follow, and runners sleep until what was next on the old clock.
        let changed = [Topic::screen(upkeep::CLOCK), Topic::Timers, Topic::Jobs, Topic::screen("tickets")];
        app.store().live().tell(tenant.id, changed.to_vec());
    }
    Ok(Json(json!({ "now": app.store().clock().now() })))
}

async fn clock(State(app): State<App>) -> Json<Value> {
    Json(json!({ "now": app.store().clock().now() }))
}
