//! All routes of the program and the layers around them.

use crate::{demo, health, outside::Gateways, settings::Settings};
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use gateways::http_lines;
use kernel::Error;
use pages::{App, Fault, fault, policy};
use std::{any::Any, time::Duration};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

/// Larger bodies are refused before they are read.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

pub fn router(app: &App, settings: &Settings, gateways: &Gateways) -> Router {
    let mut routes = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/assets/{name}", get(pages::assets::serve))
        .merge(portal::routes())
        .merge(desk::routes(app))
        .merge(api::routes());
    if settings.demo {
        routes = routes.merge(demo::routes(gateways.phones.clone(), gateways.exchange.clone()));
    }
    if let Some(lines) = &gateways.http_lines {
        routes = routes.merge(http_lines::routes(lines.clone()));
    }
    layered(routes, app)
}

fn layered(routes: Router<App>, app: &App) -> Router {
    routes
        .fallback(|| async { Fault(Error::NotFound) })
        // Innermost first: what takes too long or panics is told in words like any other fault.
        .layer(middleware::from_fn(limit_time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(app.clone(), fault::tell))
        .layer(middleware::from_fn(guard_headers))
        .layer(middleware::from_fn(measure))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CompressionLayer::new())
        .with_state(app.clone())
}

/// How long a request may take to be answered, and one that carries a file over a slow line.
const LIMIT: Duration = Duration::from_secs(30);
const UPLOAD_LIMIT: Duration = Duration::from_mins(2);

async fn limit_time(request: Request, next: Next) -> Response {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let carries_files = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    let limit = if carries_files { UPLOAD_LIMIT } else { LIMIT };
    within(limit, next.run(request)).await
}

async fn within(limit: Duration, answer: impl Future<Output = Response>) -> Response {
    tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| {
        Fault(Error::Unavailable(format!("not answered within {} s", limit.as_secs()))).into_response()
    })
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Fault(Error::internal(format!("panicked: {}", words.unwrap_or("without words")))).into_response()
}

/// What every answer tells the browser: scripts and styles of our own only, no framing, no
/// guessing of types, nothing about us to other sites, no pages of people in shared caches.
async fn guard_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "geolocation=(self), camera=(self), microphone=()"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A page may say these two itself.
    let usual = [(header::CONTENT_SECURITY_POLICY, policy::PAGE), (header::CACHE_CONTROL, "no-store")];
    for (name, value) in usual {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// A method as a label: whoever asks may invent any number of others.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Counts and times requests by route, never by path: a path may hold a code.
async fn measure(path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let route = path.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = method(request.method());
    let from = kernel::clock::machine_now();
    let response = next.run(request).await;
    let seconds = kernel::clock::machine_now().duration_since(from).as_secs_f64();
    let status = response.status().as_u16().to_string();
    metrics::histogram!("vx_http_seconds", "route" => route.clone(), "method" => method).record(seconds);
    metrics::counter!("vx_http_total", "route" => route, "status" => status).increment(1);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::StatusCode};
    use kernel::{Clock, Rng};
    use pages::Place;
    use tower::ServiceExt;

    /// Answers without a database.
    async fn ask(answer: axum::routing::MethodRouter<App>) -> (StatusCode, http::HeaderMap, String) {
        let folder = tempfile::tempdir().unwrap();
        let keys = store::Keys::at(folder.path(), Rng::seeded(1));
        let options = store::Options { url: "postgres://localhost/none".into(), max_connections: 1 };
        let store = store::Store::open(&options, Clock::system(), Rng::seeded(1), keys).unwrap();
        let vault = town::files::Vault::folder(folder.path()).unwrap();
        let app = App::new(store, Place::default(), vault, testkit::door());
        let router = layered(Router::new().route("/", answer), &app);
        let response = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
    }

    async fn broken() -> StatusCode {
        panic!("on purpose")
    }

    #[tokio::test]
    async fn what_panics_or_takes_too_long_is_told_in_words_and_behind_the_same_headers() {
        let panics = get(broken);
        let late = get(|| within(Duration::ZERO, std::future::pending()));
        for (answer, expected, words) in [(panics, 500, "Lỗi đã được ghi lại"), (late, 503, "115")]
        {
            let (status, headers, text) = ask(answer).await;
            assert_eq!(status, expected);
            assert!(text.contains(words) && !text.contains("on purpose"), "{text}");
            assert_eq!(headers[header::CONTENT_SECURITY_POLICY], policy::PAGE);
            assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        }
    }

    #[tokio::test]
    async fn a_page_keeps_the_policy_that_it_says_itself() {
        let own = get(|| async { ([(header::CONTENT_SECURITY_POLICY, policy::GATE)], "") });
        let (_, headers, _) = ask(own).await;
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], policy::GATE);
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }

    #[test]
    fn a_method_that_nobody_knows_is_no_label() {
        assert_eq!(method(&Method::POST), "POST");
        assert_eq!(method(&Method::from_bytes(b"FROBNICATE").unwrap()), "other");
    }
}
