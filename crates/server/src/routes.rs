//! All routes of the program and the layers around them.

use crate::{demo, health, settings::Settings, workers::Gateways};
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use pages::{App, fault};
use std::time::Duration;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, timeout::TimeoutLayer};

/// Larger bodies are refused before they are read.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub fn router(app: &App, settings: &Settings, gateways: &Gateways) -> Router {
    health::collect();
    let mut routes = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/assets/{name}", get(pages::assets::serve))
        .merge(portal::routes())
        .merge(desk::routes(app));
    if settings.demo {
        routes = routes.merge(demo::routes(gateways.phones.clone()));
    }
    routes
        .fallback(|| async { pages::Fault(kernel::Error::NotFound) })
        .layer(middleware::from_fn_with_state(app.clone(), fault::tell))
        .layer(middleware::from_fn(guard_headers))
        .layer(middleware::from_fn(measure))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(
            axum::http::StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(120),
        ))
        .with_state(app.clone())
}

/// What every answer tells the browser: scripts and styles of our own only, no framing, no
/// guessing of types, nothing about us to other sites, no pages of people in shared caches.
async fn guard_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 5] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "geolocation=(self), camera=(self), microphone=()"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Counts and times requests by route, never by path: a path may hold a code.
async fn measure(path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let route = path.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().as_str().to_owned();
    let from = kernel::clock::machine_now();
    let response = next.run(request).await;
    let seconds = kernel::clock::machine_now().duration_since(from).as_secs_f64();
    let status = response.status().as_u16().to_string();
    metrics::histogram!("vx_http_seconds", "route" => route.clone(), "method" => method).record(seconds);
    metrics::counter!("vx_http_total", "route" => route, "status" => status).increment(1);
    response
}
