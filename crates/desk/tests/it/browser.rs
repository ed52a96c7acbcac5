//! A browser without a window: a signed-in member of staff who opens pages.

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
    response::Response,
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
        seen(self.response(path).await).await
    }

    /// The answer as it begins to come in.
    pub async fn response(&self, path: &str) -> Response {
        let request = Request::get(address(path)).body(Body::empty()).unwrap();
        self.ask(request).await
    }

    /// Sends a form, every field already quoted.
    pub async fn send(&self, path: &str, form: &str) -> Seen {
        let request = Request::post(address(path))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        seen(self.ask(request).await).await
    }

    /// Presses a button of a ring.
    pub async fn press(&self, path: &str, csrf: &str) -> StatusCode {
        let request = Request::post(address(path)).header("x-csrf-token", csrf).body(Body::empty()).unwrap();
        self.ask(request).await.status()
    }

    /// The token of this session's forms.
    pub async fn csrf(&self) -> String {
        let page = self.open("account").await.text;
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").expect("a form with a token");
        rest.split('"').next().unwrap().to_owned()
    }

    async fn ask(&self, mut request: Request<Body>) -> Response {
        request.headers_mut().insert(header::COOKIE, self.cookie.parse().unwrap());
        desk::routes().with_state(self.app.clone()).oneshot(request).await.unwrap()
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

fn address(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/quan7demo/desk/{path}") }
}

async fn seen(response: Response) -> Seen {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let kind = kind.map_or("", |kind| kind.to_str().unwrap()).to_owned();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 24).await.unwrap();
    Seen { status, kind, text: String::from_utf8(body.to_vec()).unwrap() }
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
