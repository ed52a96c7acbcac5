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
        let response = desk::routes().with_state(self.app.clone()).oneshot(request).await.unwrap();
        let kind = response.headers().get(header::CONTENT_TYPE);
        let kind = kind.map_or("", |kind| kind.to_str().unwrap()).to_owned();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        Seen { status, kind, text: String::from_utf8(body.to_vec()).unwrap() }
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
