//! The proof that a form without a session came from our own page: a nonce in a cookie, signed
//! into the form. It keeps others from signing a browser in as somebody of their choice.

use crate::session;
use axum::{http::HeaderMap, response::Response};
use data_encoding::BASE64URL_NOPAD;
use duty::{accounts::csrf, tenants::Tenant};
use kernel::{Actor, Error};
use pages::{App, cookies};
use store::Cx;

const COOKIE: &str = "vx_door";

/// The nonce of one browser.
pub struct Nonce {
    text: String,
    new: bool,
}

impl Nonce {
    /// The one it has, else a new one.
    pub fn of(cx: &Cx, headers: &HeaderMap) -> Self {
        match cookies::read(headers, COOKIE).filter(|text| !text.is_empty()) {
            Some(text) => Self { text: text.to_owned(), new: false },
            None => Self { text: BASE64URL_NOPAD.encode(&cx.rng().bytes::<16>()), new: true },
        }
    }

    /// A token for one page's forms.
    pub fn token(&self, cx: &Cx) -> Result<String, Error> {
        Ok(csrf::for_public(&*cx.keys()?, cx.rng(), &self.text))
    }

    /// Keeps a new nonce in the browser, as long as it is open.
    pub fn keep(&self, app: &App, tenant: &Tenant, response: &mut Response) {
        if self.new {
            let path = format!("/{}/desk", tenant.slug);
            session::add(response, cookies::set(COOKIE, &self.text, &path, None, app.place().secure));
        }
    }
}

/// Refuses a form that did not come from our own page in this browser.
pub async fn check(app: &App, tenant: &Tenant, headers: &HeaderMap, token: &str) -> Result<(), Error> {
    let cx = app.store().begin(tenant.id, Actor::public()).await?;
    let nonce = cookies::read(headers, COOKIE).unwrap_or_default();
    if csrf::matches_public(&*cx.keys()?, nonce, token) { Ok(()) } else { Err(Error::Forbidden("csrf")) }
}
