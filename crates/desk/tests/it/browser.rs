//! A browser without a window: somebody who opens pages and sends forms, signed in or not.

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header, request},
    middleware,
    response::Response,
};
use duty::{
    accounts,
    tenants::{self, Pack},
};
use gateways::FolderShelf;
use kernel::StaffId;
use object_store::memory::InMemory;
use pages::{App, Place, fault};
use std::{path::Path, sync::Arc};
use testkit::TestCentre;
use tokio::sync::OnceCell;
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

/// The program over a centre, as a process holds it.
pub fn app(centre: &TestCentre, place: Place) -> App {
    let shelf = Arc::new(FolderShelf::over(Arc::new(InMemory::new())));
    App::new(centre.store.clone(), place, Vault::over(Arc::new(InMemory::new())), testkit::door())
        .with_shelf(shelf)
}

pub struct Browser {
    app: App,
    /// What the browser sends; empty for nobody.
    cookie: String,
    csrf: OnceCell<String>,
}

pub struct Seen {
    pub status: StatusCode,
    pub kind: String,
    /// Where a redirect leads; empty without one.
    pub to: String,
    /// How a file is to be taken.
    pub disposition: String,
    /// Every `Set-Cookie`.
    pub cookies: Vec<String>,
    pub text: String,
}

impl Browser {
    pub async fn of(centre: &TestCentre, staff: StaffId) -> Self {
        Self::at(app(centre, Place { demo: true, ..Place::default() }), centre, staff).await
    }

    /// The same over a program that others use too.
    pub async fn at(app: App, centre: &TestCentre, staff: StaffId) -> Self {
        let signed = accounts::demo_sign_in(&centre.store, centre.id(), staff, "test").await.unwrap();
        Self::with(app, format!("vx_session={}", signed.token))
    }

    /// Somebody with these cookies; nobody without.
    pub fn with(app: App, cookie: impl Into<String>) -> Self {
        Self { app, cookie: cookie.into(), csrf: OnceCell::new() }
    }

    fn address(path: &str) -> String {
        if path.starts_with('/') { path.to_owned() } else { format!("/quan7demo/desk/{path}") }
    }

    /// The answer as it begins to come in.
    pub async fn answer(&self, request: request::Builder, body: impl Into<Body>) -> Response {
        let request = match self.cookie.as_str() {
            "" => request,
            cookie => request.header(header::COOKIE, cookie),
        };
        let router = desk::routes(&self.app)
            .layer(middleware::from_fn_with_state(self.app.clone(), fault::tell))
            .with_state(self.app.clone());
        router.oneshot(request.body(body.into()).unwrap()).await.unwrap()
    }

    pub async fn send(&self, request: request::Builder, body: impl Into<Body>) -> Seen {
        let response = self.answer(request, body).await;
        let head = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let (status, kind, to) = (response.status(), head(header::CONTENT_TYPE), head(header::LOCATION));
        let disposition = head(header::CONTENT_DISPOSITION);
        let cookies = response.headers().get_all(header::SET_COOKIE).iter();
        let cookies = cookies.map(|value| value.to_str().unwrap().to_owned()).collect();
        // The live connection has no end.
        let body = match kind.as_str() {
            "text/event-stream" => Body::empty(),
            _ => response.into_body(),
        };
        let body = to_bytes(body, 1 << 24).await.unwrap();
        Seen { status, kind, to, disposition, cookies, text: String::from_utf8_lossy(&body).into_owned() }
    }

    /// The answer to a path as it begins to come in.
    pub async fn response(&self, path: &str) -> Response {
        self.answer(Request::get(Self::address(path)), Body::empty()).await
    }

    /// Presses a button of a ring.
    pub async fn press(&self, path: &str, csrf: &str) -> StatusCode {
        let request = Request::post(Self::address(path)).header("x-csrf-token", csrf);
        self.answer(request, Body::empty()).await.status()
    }

    /// Sends a form, every field already quoted.
    pub async fn send_form(&self, path: &str, form: &str) -> Seen {
        self.send_raw(path, "application/x-www-form-urlencoded", form.as_bytes().to_vec()).await
    }

    /// Sends a body of any kind.
    pub async fn send_raw(&self, path: &str, kind: &str, body: Vec<u8>) -> Seen {
        self.send(Request::post(Self::address(path)).header(header::CONTENT_TYPE, kind), body).await
    }

    /// Sends a form with a file as the field `file`, with the token of a page; no name, no file.
    pub async fn post_with(&self, path: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> Seen {
        let fields = [fields, &[("csrf", self.csrf().await)]].concat();
        self.post_bare_with(path, &fields, file).await
    }

    /// The same with just these fields.
    pub async fn post_bare_with(&self, path: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> Seen {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(
                format!("--vx\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        let head =
            format!("--vx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\r\n", file.0);
        body.extend(head.bytes());
        body.extend(file.1);
        body.extend(b"\r\n--vx--\r\n");
        self.send_raw(path, "multipart/form-data; boundary=vx", body).await
    }

    /// Opens a path of the desk, or a whole address out of a page.
    pub async fn open(&self, path: &str) -> Seen {
        self.send(Request::get(Self::address(path)), Body::empty()).await
    }

    /// The token that this person's forms carry.
    pub async fn csrf(&self) -> &str {
        let read = || async {
            let page = self.open("account").await.text;
            hidden(&page, "csrf").expect("a signed-in person's page has a token")
        };
        self.csrf.get_or_init(read).await
    }

    /// Sends a form with the token of this person's pages.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let fields = [fields, &[("csrf", self.csrf().await)]].concat();
        self.post_bare(path, &fields).await
    }

    /// Sends just these fields.
    pub async fn post_bare(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(Self::address(path))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, body).await
    }

    /// Sends a form with a file, and the token of this person's pages.
    pub async fn post_file(&self, path: &str, fields: &[(&str, &str)], file: &str) -> Seen {
        let fields = [fields, &[("csrf", self.csrf().await)]].concat();
        self.post_parts(path, &fields, file).await
    }

    pub async fn post_parts(&self, path: &str, fields: &[(&str, &str)], file: &str) -> Seen {
        let mut body = String::new();
        for (name, value) in fields {
            body.push_str(&format!(
                "--vx\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
        body.push_str(&format!(
            "--vx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{file}\r\n--vx--\r\n"
        ));
        let request = Request::post(Self::address(path))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=vx");
        self.send(request, body).await
    }

    /// Sends what a script sends: JSON, the token in a header.
    pub async fn post_script(&self, path: &str, csrf: &str, body: &str) -> Seen {
        let request = Request::post(Self::address(path))
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-csrf-token", csrf);
        self.send(request, body.to_owned()).await
    }

    /// Sends an empty form, the token in a header.
    pub async fn post_header(&self, path: &str, csrf: &str) -> Seen {
        let request = Request::post(Self::address(path))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("x-csrf-token", csrf);
        self.send(request, Body::empty()).await
    }

    /// Opens a page that must be there and whose every word must be in the reader's language.
    pub async fn page(&self, path: &str) -> String {
        let seen = self.open(path).await;
        assert_eq!(seen.status, StatusCode::OK, "{path}");
        for area in [
            "board",
            "brief",
            "source",
            "ledger",
            "units",
            "unit-kind",
            "file",
            "paper",
            "role",
            "outcome",
            "rounds",
            "household",
            "follow",
            "alert",
            "reading",
            "fact",
            "removal",
            "contact",
            "place",
            "cluster",
            "indicator",
            "trace",
            "numbers",
            "daily",
            "beds",
            "history",
            "case-file",
            "sample",
            "lockdown",
            "signal",
            "correction",
            "balance",
            "share",
            "prompt",
            "call",
            "calls",
            "texts",
            "checkins",
        ] {
            let raw = seen.text.split('>').find(|text| text.starts_with(&format!("{area}-")));
            assert!(raw.is_none(), "{path} shows a key: {}", raw.unwrap_or_default());
        }
        seen.text
    }
}

/// A text as one value of a form.
pub fn quoted(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The value of the first hidden field of a name in a page.
pub fn hidden(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
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
