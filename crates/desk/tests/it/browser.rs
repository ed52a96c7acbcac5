//! A browser without a window: a signed-in member of staff who opens pages.

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use duty::{
    accounts,
    tenants::{self, Pack},
};
use kernel::StaffId;
use object_store::memory::InMemory;
use pages::{App, Place};
use std::{path::Path, sync::Arc};
use testkit::TestCentre;
use tower::ServiceExt;
use town::files::Vault;

/// A centre whose district lets people in by one click.
pub async fn centre() -> TestCentre {
    let mut centre = TestCentre::new().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/quan7");
    let mut pack = Pack::read(&folder).unwrap();
    pack.place.slug = "quan7demo".into();
    centre.tenant = tenants::create(&centre.store, &pack, true).await.unwrap();
    centre
}

pub struct Browser {
    app: App,
    cookie: String,
}

pub struct Seen {
    pub status: StatusCode,
    pub kind: String,
    /// Where it sends on to; empty for a page.
    pub to: String,
    pub text: String,
}

impl Browser {
    pub async fn of(centre: &TestCentre, staff: StaffId) -> Self {
        let signed = accounts::demo_sign_in(&centre.store, centre.id(), staff, "test").await.unwrap();
        let place = Place { demo: true, ..Place::default() };
        let vault = Vault::over(Arc::new(InMemory::new()));
        let app = App::new(centre.store.clone(), place, vault, testkit::door());
        Self { app, cookie: format!("vx_session={}", signed.token) }
    }

    /// Opens a path of the desk, or a whole address out of a page.
    pub async fn open(&self, path: &str) -> Seen {
        self.ask(Request::get(address(path)).body(Body::empty()).unwrap()).await
    }

    /// Sends a form of the desk, with the token of a page.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let mut body = format!("csrf={}", quoted(&self.csrf().await));
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", quoted(value)));
        }
        self.send(path, "application/x-www-form-urlencoded", body.into_bytes()).await
    }

    /// Sends a body of any kind.
    pub async fn send(&self, path: &str, kind: &str, body: Vec<u8>) -> Seen {
        let request = Request::post(address(path)).header(header::CONTENT_TYPE, kind);
        self.ask(request.body(Body::from(body)).unwrap()).await
    }

    /// A token for forms, out of a page.
    pub async fn csrf(&self) -> String {
        let page = self.page("tickets").await;
        field(&page, "csrf").expect("every page has a form").to_owned()
    }

    async fn ask(&self, mut request: Request<Body>) -> Seen {
        request.headers_mut().insert(header::COOKIE, self.cookie.parse().unwrap());
        let response = desk::routes().with_state(self.app.clone()).oneshot(request).await.unwrap();
        let said = |name| response.headers().get(name).map_or("", |said| said.to_str().unwrap()).to_owned();
        let (kind, to, status) = (said(header::CONTENT_TYPE), said(header::LOCATION), response.status());
        let body = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        Seen { status, kind, to, text: String::from_utf8_lossy(&body).into_owned() }
    }

    /// Opens a page that must be there and whose every word must be in the reader's language.
    pub async fn page(&self, path: &str) -> String {
        let seen = self.open(path).await;
        assert_eq!(seen.status, StatusCode::OK, "{path}");
        for area in
            ["board", "brief", "source", "ledger", "units", "unit-kind", "file", "paper", "role", "outcome"]
        {
            let raw = seen.text.split('>').find(|text| text.starts_with(&format!("{area}-")));
            assert!(raw.is_none(), "{path} shows a key: {}", raw.unwrap_or_default());
        }
        seen.text
    }
}

/// The addresses in a page that hold `part`, each once.
pub fn hrefs(page: &str, part: &str) -> Vec<String> {
    let mut found: Vec<String> = page
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|href| href.contains(part))
        .map(|href| href.replace("&#38;", "&").replace("&amp;", "&"))
        .collect();
    found.sort();
    found.dedup();
    found
}

fn address(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/quan7demo/desk/{path}") }
}

/// The value of a hidden field of a page.
pub fn field<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    page.split(&format!("name=\"{name}\" value=\"")).nth(1)?.split('"').next()
}

/// A text as one value of a form.
fn quoted(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
