//! The first page: the emergency number, what one can do here.

use askama::Template;
use axum::{
    extract::{FromRequestParts, Path, State},
    http::{HeaderMap, request::Parts},
    response::Response,
};
use duty::tenants::{self, Tenant};
use pages::{App, Fault, Lang, Outcome, Portal, Words, cookies, html, see_other, shell};
use std::sync::Arc;

/// A citizen's request: the tenant of its path and the reader's language.
pub struct Visit {
    pub app: App,
    pub tenant: Arc<Tenant>,
    pub w: Words,
    /// Asked for in the address just now: to be remembered.
    chosen: Option<Lang>,
}

impl Visit {
    pub fn frame(&self) -> Portal {
        Portal::new(&self.app, self.tenant.clone(), self.w)
    }

    /// Keeps a language that was asked for.
    pub fn keep_language(&self, mut response: Response) -> Response {
        if let Some(lang) = self.chosen {
            let secure = self.app.place().secure;
            let cookie = cookies::set("vx_lang", lang.as_str(), "/", Some(365 * 86_400), secure);
            response.headers_mut().append(axum::http::header::SET_COOKIE, cookie);
        }
        response
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let slug = parts.uri.path().split('/').nth(1).unwrap_or_default().to_owned();
        let tenant = app.tenant(&slug).await?;
        let lang = shell::lang_of(parts.uri.query(), &parts.headers);
        let asked = parts.uri.query().is_some_and(|query| query.contains("lang="));
        Ok(Self { app: app.clone(), tenant, w: Words(lang), chosen: asked.then_some(lang) })
    }
}

/// `GET /`: to the one district, or a list of them.
pub async fn choose(State(app): State<App>, headers: HeaderMap) -> Outcome {
    let tenants = tenants::find(app.store()).await?;
    let mut slugs = tenants.keys();
    if let (Some(only), None) = (slugs.next(), slugs.next()) {
        return Ok(see_other(&format!("/{only}")));
    }
    let w = Words(shell::lang_of(None, &headers));
    let page = Choose {
        w,
        css: pages::asset("portal.css"),
        places: tenants.values().map(|t| (t.slug.clone(), t.pack.place.full_name.clone())).collect(),
    };
    html(&page)
}

#[derive(Template)]
#[template(path = "choose.html")]
struct Choose {
    w: Words,
    css: String,
    places: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    p: Portal,
}

/// `GET /{tenant}`
pub async fn page(visit: Visit, Path(_): Path<String>) -> Outcome {
    let response = html(&Home { p: visit.frame() })?;
    Ok(visit.keep_language(response))
}

impl Home {
    fn number(&self, which: &str) -> &str {
        let numbers = &self.p.tenant.pack.place.emergency;
        match which {
            "police" => &numbers.police,
            "fire" => &numbers.fire,
            _ => &numbers.medical,
        }
    }
}
