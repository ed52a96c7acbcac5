//! The portal of a centre under test, asked as a browser without scripts asks.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    middleware,
};
use http_body_util::BodyExt;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use object_store::memory::InMemory;
use pages::{App, Place, fault};
use scraper::{Html, Selector};
use std::{io::Cursor, sync::Arc};
use testkit::TestCentre;
use tower::ServiceExt;
use town::files::Vault;

pub struct Site {
    pub centre: TestCentre,
    pub vault: Vault,
    router: Router,
}

/// An answer, and what a reader finds on it.
pub struct Seen {
    pub status: StatusCode,
    pub to: String,
    /// `name=value` of the draft's cookie.
    pub cookie: String,
    /// How a file is to be taken.
    pub disposition: String,
    /// What the answer is, how long it is kept, and what it may load.
    pub kind: String,
    pub kept: String,
    pub policy: String,
    pub text: String,
}

impl Site {
    pub async fn new() -> Self {
        let centre = TestCentre::new().await;
        let vault = Vault::over(Arc::new(InMemory::new()));
        let app = App::new(centre.store.clone(), Place::default(), vault.clone(), testkit::door());
        let router =
            portal::routes().layer(middleware::from_fn_with_state(app.clone(), fault::tell)).with_state(app);
        Self { centre, vault, router }
    }

    pub async fn ask(&self, request: Request<Body>) -> Seen {
        let response = self.router.clone().oneshot(request).await.expect("the router answers");
        let head =
            |name| response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let cookie = head(header::SET_COOKIE).split(';').next().unwrap_or_default().to_owned();
        let (status, to) = (response.status(), head(header::LOCATION));
        let disposition = head(header::CONTENT_DISPOSITION);
        let (kind, kept) = (head(header::CONTENT_TYPE), head(header::CACHE_CONTROL));
        let policy = head(header::CONTENT_SECURITY_POLICY);
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Seen { status, to, cookie, disposition, kind, kept, policy, text }
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Seen {
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty());
        self.ask(request.expect("a request")).await
    }

    pub async fn post(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Seen {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.post_raw(path, cookie, "application/x-www-form-urlencoded", body.into_bytes()).await
    }

    pub async fn post_raw(&self, path: &str, cookie: &str, kind: &str, body: Vec<u8>) -> Seen {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body));
        self.ask(request.expect("a request")).await
    }

    /// A form with files, as a browser sends it.
    pub async fn post_parts(&self, path: &str, cookie: &str, fields: &[(&str, &str)], photo: &[u8]) -> Seen {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(
                format!("--vx\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        body.extend(b"--vx\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n");
        body.extend(photo);
        body.extend(b"\r\n--vx--\r\n");
        self.post_raw(path, cookie, "multipart/form-data; boundary=vx", body).await
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut cx = self.centre.system().await;
        sqlx::query_scalar(sql).fetch_one(cx.conn()).await.expect("a count")
    }
}

impl Seen {
    /// The text of the first element that a selector finds; empty when there is none.
    pub fn of(&self, selector: &str) -> String {
        let page = Html::parse_document(&self.text);
        let selector = Selector::parse(selector).expect("a selector");
        page.select(&selector)
            .next()
            .map(|found| found.text().collect::<String>().trim().to_owned())
            .unwrap_or_default()
    }

    pub fn has(&self, selector: &str) -> bool {
        let selector = Selector::parse(selector).expect("a selector");
        Html::parse_document(&self.text).select(&selector).next().is_some()
    }

    /// Names and values that a form sends without being asked.
    pub fn hidden(&self, form: &str) -> Vec<(String, String)> {
        let page = Html::parse_document(&self.text);
        let selector = Selector::parse(&format!("{form} input[type=hidden]")).expect("a selector");
        let value = |name: &str, of: &scraper::ElementRef<'_>| of.attr(name).unwrap_or_default().to_owned();
        page.select(&selector).map(|found| (value("name", &found), value("value", &found))).collect()
    }

    /// An attribute of the first element that a selector finds.
    pub fn attribute(&self, selector: &str, name: &str) -> String {
        let page = Html::parse_document(&self.text);
        let selector = Selector::parse(selector).expect("a selector");
        page.select(&selector).next().and_then(|found| found.attr(name)).unwrap_or_default().to_owned()
    }
}

pub fn picture() -> Vec<u8> {
    let pixels = RgbImage::from_fn(64, 48, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8]));
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(pixels).write_to(&mut out, ImageFormat::Jpeg).expect("a picture is written");
    out.into_inner()
}

/// Everything that a client may send at once.
pub const ALL: [(&str, &str); 9] = [
    ("category", "rubbish"),
    ("ward", "TPHONG"),
    ("address", "Sau chợ Tân Phong"),
    ("lat", "10.7296"),
    ("lon", "106.7055"),
    ("text", "Rác chất đống sau chợ ba ngày nay, bốc mùi."),
    ("phone", "0903 123 456"),
    ("name", "Lê Thị Thử"),
    ("key", "khoa-thu-0001"),
];

/// [`ALL`] with one field changed.
pub fn all_but<'a>(name: &str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    ALL.iter().map(|(field, old)| (*field, if *field == name { value } else { *old })).collect()
}
