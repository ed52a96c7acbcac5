//! Who is signed in. The extractor [`Me`] says who sends a request, with the grants of today; a page
//! that takes `Me` cannot be seen by anyone else.

use axum::{
    Extension,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use duty::{
    accounts::{self, Language, Signed, SignedIn},
    tenants::Tenant,
};
use kernel::{Actor, Error, StaffId};
use pages::{App, Fault, Lang, Words, cookies, shell};
use std::sync::Arc;
use store::Cx;

/// The cookie of a session; each tenant's own, by its path.
const COOKIE: &str = "vx_session";
/// The language of pages that know nobody; a year.
const LANG: (&str, i64) = ("vx_lang", 365 * 24 * 3600);

/// The signed-in member of staff of one request.
pub struct Me {
    pub app: App,
    pub tenant: Arc<Tenant>,
    pub actor: Actor,
    pub staff: StaffId,
    /// A token for the forms of this page.
    pub csrf: String,
    pub w: Words,
    pub signed: Signed,
    token: String,
}

impl Me {
    /// Begins a transaction as this person.
    pub async fn begin(&self) -> Result<Cx, Error> {
        self.app.store().begin(self.tenant.id, self.actor.clone()).await
    }

    /// A path of this tenant's desk.
    pub fn at(&self, path: impl std::fmt::Display) -> String {
        format!("/{}/desk/{path}", self.tenant.slug)
    }

    /// Refuses a form that did not come from our own page.
    pub fn check(&self, token: &str) -> Result<(), Error> {
        if self.signed.csrf.matches(token) { Ok(()) } else { Err(Error::Forbidden("csrf")) }
    }

    /// The same for a script's request, whose token is in a header.
    pub fn check_header(&self, headers: &HeaderMap) -> Result<(), Error> {
        self.check(header_token(headers))
    }

    /// Whether the session still stands; a connection that stays open asks from time to time.
    pub async fn is_still_here(&self) -> Result<bool, Error> {
        let signed = accounts::authenticate(self.app.store(), self.tenant.id, &self.token).await?;
        Ok(signed.is_some_and(|signed| signed.actor == self.actor))
    }
}

/// The token that a script sends beside its request.
pub(crate) fn header_token(headers: &HeaderMap) -> &str {
    headers.get("x-csrf-token").and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Not signed in: to the sign-in page, and back afterwards. Anything else is a fault.
pub enum Stranger {
    SignIn(String),
    /// The same for a part of a page: the whole page moves.
    Move(String),
    /// The same for a form; what was typed is kept by [`crate::again`].
    Form(String),
    Fault(Fault),
}

/// Marks the answer to a form whose session is over.
#[derive(Clone)]
pub(crate) struct Expired;

impl IntoResponse for Stranger {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(to) => Redirect::to(&to).into_response(),
            Self::Form(to) => (Extension(Expired), Redirect::to(&to)).into_response(),
            Self::Move(to) => (StatusCode::UNAUTHORIZED, [("hx-redirect", to)]).into_response(),
            Self::Fault(fault) => fault.into_response(),
        }
    }
}

impl From<Error> for Stranger {
    fn from(error: Error) -> Self {
        Self::Fault(error.into())
    }
}

impl FromRequestParts<App> for Me {
    type Rejection = Stranger;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Stranger> {
        let slug = parts.uri.path().split('/').nth(1).unwrap_or_default().to_owned();
        let tenant = app.tenant(&slug).await?;
        let token = cookies::read(&parts.headers, COOKIE).unwrap_or_default().to_owned();
        let signed = match token.as_str() {
            "" => None,
            token => accounts::authenticate(app.store(), tenant.id, token).await?,
        };
        let Some(signed) = signed else { return Err(stranger(&slug, parts)) };
        let asked = shell::lang_in(parts.uri.query());
        Ok(Self {
            app: app.clone(),
            tenant,
            actor: signed.actor.clone(),
            staff: signed.staff,
            csrf: signed.csrf.token(app.store().rng()),
            w: Words(asked.unwrap_or(lang(signed.language))),
            signed,
            token,
        })
    }
}

/// A token for the forms of whoever is signed in in this browser.
pub(crate) async fn token_of(
    app: &App,
    tenant: &Tenant,
    headers: &HeaderMap,
) -> Result<Option<String>, Error> {
    let token = cookies::read(headers, COOKIE).unwrap_or_default();
    let signed = accounts::authenticate(app.store(), tenant.id, token).await?;
    Ok(signed.map(|signed| signed.csrf.token(app.store().rng())))
}

pub(crate) fn lang(language: Language) -> Lang {
    match language {
        Language::Vi => Lang::Vi,
        Language::En => Lang::En,
    }
}

fn stranger(slug: &str, parts: &Parts) -> Stranger {
    let part = parts.headers.contains_key("hx-request");
    // Back to the page that was looked at; what a form would have done is not done again unasked.
    let next = match (part, &parts.method) {
        (true, _) => current(&parts.headers),
        (false, &Method::GET) => parts.uri.path_and_query().map(ToString::to_string),
        _ => None,
    };
    let next = next.filter(|next| is_own(slug, next) && *next != format!("/{slug}/desk"));
    let to = match next {
        Some(next) => format!("/{slug}/desk/sign-in?next={}", quoted(&next)),
        None => format!("/{slug}/desk/sign-in"),
    };
    match (part, &parts.method) {
        (true, _) => Stranger::Move(to),
        (false, &Method::POST) => Stranger::Form(to),
        _ => Stranger::SignIn(to),
    }
}

/// The page that holds the part which asked, as htmx names it.
fn current(headers: &HeaderMap) -> Option<String> {
    let url: Uri = headers.get("hx-current-url")?.to_str().ok()?.parse().ok()?;
    url.path_and_query().map(ToString::to_string)
}

/// A text as one value of a query.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(byte.into());
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Whether an address is a page of this tenant's desk: nobody is sent elsewhere by a link.
pub(crate) fn is_own(slug: &str, path: &str) -> bool {
    let Some(rest) = path.strip_prefix(&format!("/{slug}/desk")) else { return false };
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let segments = rest.split(['?', '#']).next().unwrap_or_default();
    plain
        && (rest.is_empty() || rest.starts_with(['/', '?']))
        && segments.split('/').all(|segment| segment != ".." && segment != ".")
        && !segments.starts_with("/sign-")
}

/// Where someone goes after signing in.
pub(crate) fn next_or_home(slug: &str, next: &str) -> String {
    if is_own(slug, next) { next.to_owned() } else { format!("/{slug}/desk") }
}

/// Begins a session in this browser, on an answer that is going out.
pub(crate) fn begin(app: &App, tenant: &Tenant, signed: &SignedIn, response: &mut Response) {
    let path = format!("/{}", tenant.slug);
    // Without an age of its own: gone with the browser, and after a day in any case.
    add(response, cookies::set(COOKIE, &signed.token, &path, None, app.place().secure));
}

/// Takes the session's cookie away.
pub(crate) fn end(app: &App, tenant: &Tenant, response: &mut Response) {
    let path = format!("/{}", tenant.slug);
    add(response, cookies::set(COOKIE, "", &path, Some(0), app.place().secure));
}

/// Pages that know nobody speak this language from now on.
pub(crate) fn speak(app: &App, lang: Lang, response: &mut Response) {
    add(response, cookies::set(LANG.0, lang.as_str(), "/", Some(LANG.1), app.place().secure));
}

pub(crate) fn add(response: &mut Response, cookie: HeaderValue) {
    response.headers_mut().append(header::SET_COOKIE, cookie);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_out_of_the_desk_by_a_link() {
        for own in ["/quan7/desk", "/quan7/desk/", "/quan7/desk/tickets?view=mine", "/quan7/desk?x=1"] {
            assert!(is_own("quan7", own), "{own}");
        }
        for other in [
            "",
            "/",
            "//evil.example/quan7/desk",
            "https://evil.example/quan7/desk",
            "/quan7/deskevil",
            "/quan8/desk",
            "/quan7/desk/../../x",
            "/quan7/desk\\@evil",
            "/quan7/desk/a b",
            "/quan7/desk/\r\nset-cookie:x",
            "/quan7/desk/sign-in",
            "/quan7/desk/sign-out",
        ] {
            assert!(!is_own("quan7", other), "{other:?}");
        }
        assert_eq!(next_or_home("quan7", "//evil"), "/quan7/desk");
    }

    #[test]
    fn a_path_is_quoted_for_a_query() {
        assert_eq!(
            quoted("/quan7/desk/tickets?view=mine&x=é"),
            "/quan7/desk/tickets%3Fview%3Dmine%26x%3D%C3%A9"
        );
    }
}
