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
    /// Where it sends the browser, when it does.
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
        let address = if path.starts_with('/') { path.to_owned() } else { format!("/quan7demo/desk/{path}") };
        let request =
            Request::get(&address).header(header::COOKIE, &self.cookie).body(Body::empty()).unwrap();
        self.ask(request).await
    }

    /// Sends a form with the token that the desk's pages carry.
    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let token = self.token().await;
        let fields = [&[("csrf", token.as_str())], fields].concat();
        let body: Vec<String> =
            fields.iter().map(|(name, text)| format!("{name}={}", percent(text))).collect();
        self.post(path, "application/x-www-form-urlencoded", body.join("&").into_bytes()).await
    }

    /// Sends a form with one file in it.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Seen {
        let token = self.token().await;
        let mut body = Vec::new();
        for (name, text) in [&[("csrf", token.as_str())], fields].concat() {
            body.extend(format!("--line\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n").bytes());
        }
        let head = "content-disposition: form-data; name=\"file\"; filename=\"list.csv\"\r\ncontent-type: text/csv";
        body.extend(format!("--line\r\n{head}\r\n\r\n").bytes());
        body.extend(file);
        body.extend(b"\r\n--line--\r\n");
        self.post(path, "multipart/form-data; boundary=line", body).await
    }

    async fn post(&self, path: &str, kind: &str, body: Vec<u8>) -> Seen {
        let request = Request::post(format!("/quan7demo/desk/{path}"))
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap();
        self.ask(request).await
    }

    async fn token(&self) -> String {
        let page = self.open("account").await.text;
        let at = page.find("name=\"csrf\" value=\"").expect("a form on the page") + 19;
        page[at..].split('"').next().unwrap().to_owned()
    }

    async fn ask(&self, request: Request<Body>) -> Seen {
        let response = desk::routes().with_state(self.app.clone()).oneshot(request).await.unwrap();
        let header = |name| {
            let value = response.headers().get(name);
            value.map_or("", |value| value.to_str().unwrap()).to_owned()
        };
        let (kind, to, status) = (header(header::CONTENT_TYPE), header(header::LOCATION), response.status());
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

fn percent(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
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
