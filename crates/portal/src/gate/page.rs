//! The app's page and the paper that a telephone installs it by.

use super::words;
use crate::home::Visit;
use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use pages::{Lang, Outcome, Words, asset, html, policy, shell};
use serde_json::json;

/// The ground of the dark page, where the telephone draws around it.
const GROUND: &str = "#0e1617";

#[derive(Template)]
#[template(path = "gate.html")]
pub(super) struct Page {
    w: Words,
    slug: String,
    place: String,
    demo: bool,
    words: String,
}

impl Page {
    pub(super) fn new(visit: &Visit) -> Self {
        Self {
            w: visit.w,
            slug: visit.tenant.slug.clone(),
            place: visit.tenant.pack.place.name.clone(),
            demo: visit.app.place().demo,
            words: words::block(visit.w),
        }
    }

    fn at(&self, path: &str) -> String {
        format!("/{}/gate/{path}", self.slug)
    }

    fn asset(&self, name: &str) -> String {
        asset(name)
    }

    fn icon(&self, name: &str) -> String {
        shell::icon(name)
    }

    fn other(&self) -> (&'static str, &'static str) {
        match self.w.lang() {
            Lang::Vi => ("en", "English"),
            Lang::En => ("vi", "Tiếng Việt"),
        }
    }
}

/// `GET /{tenant}/gate`: relative to the slash the worker's reach begins. A browser keeps what stands
/// behind `#`.
pub(super) async fn to_slash(visit: Visit) -> Redirect {
    Redirect::permanent(&format!("/{}/gate/", visit.tenant.slug))
}

/// `GET /{tenant}/gate/`. It may run the wasm that reads codes, which no other page may.
pub(super) async fn page(visit: Visit) -> Outcome {
    let mut response = html(&Page::new(&visit))?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy::GATE));
    Ok(visit.keep_language(response))
}

/// `GET /{tenant}/gate/manifest.webmanifest`
pub(super) async fn manifest(visit: Visit) -> Response {
    let w = visit.w;
    let home = format!("/{}/gate/", visit.tenant.slug);
    let icon = |name: &str, sizes: &str, kind: &str, purpose: &str| json!({ "src": asset(name), "sizes": sizes, "type": kind, "purpose": purpose });
    let manifest = json!({
        "id": home,
        "name": w.gate_app_name(visit.tenant.pack.place.name.as_str()),
        "short_name": w.gate_app_short(),
        "lang": w.lang().as_str(),
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": GROUND,
        "icons": [
            icon("icon-192.png", "192x192", "image/png", "any"),
            icon("icon-512.png", "512x512", "image/png", "any"),
            icon("icon-maskable-512.png", "512x512", "image/png", "maskable"),
            icon("mark.svg", "any", "image/svg+xml", "any"),
        ],
    });
    let headers = [(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, "no-cache")];
    (headers, manifest.to_string()).into_response()
}
