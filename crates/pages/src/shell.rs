//! The frames around the pages of the desk and of the portal.

use crate::{App, Lang, Words, asset, cookies, time::Clock};
use axum::http::HeaderMap;
use duty::tenants::Tenant;
use serde_json::json;
use std::sync::Arc;

/// The language asked for by `?lang=`.
pub fn lang_in(query: Option<&str>) -> Option<Lang> {
    query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .find_map(|pair| pair.strip_prefix("lang="))?
        .parse()
        .ok()
}

/// The reader's language: `?lang=`, else the cookie, else Vietnamese.
pub fn lang_of(query: Option<&str>, headers: &HeaderMap) -> Lang {
    lang_in(query).or_else(|| cookies::read(headers, "vx_lang")?.parse().ok()).unwrap_or_default()
}

/// One line of the left rail.
#[derive(Clone, Debug)]
pub struct Nav {
    pub icon: &'static str,
    pub label: String,
    pub href: String,
    pub count: Option<i64>,
    pub late: bool,
    pub here: bool,
}

/// The frame of a desk page.
#[derive(Clone)]
pub struct Desk {
    pub w: Words,
    pub clock: Clock,
    pub tenant: Arc<Tenant>,
    pub demo: bool,
    /// Unit and role first, name small.
    pub who_unit: String,
    pub who_title: String,
    pub who_name: String,
    pub on_behalf_of: Option<String>,
    pub csrf: String,
    /// `light` or `dark` as the person's account says; empty follows the machine.
    pub theme: &'static str,
    /// Wrong tries at the person's account before this sign-in, until he has read of them.
    pub before: Option<String>,
    pub nav: [Vec<Nav>; 2],
    /// Only a page of someone signed in holds the live connection.
    pub signed_in: bool,
}

impl Desk {
    pub fn new(app: &App, tenant: Arc<Tenant>, w: Words) -> Self {
        Self {
            w,
            clock: Clock { zone: tenant.timezone(), now: app.store().clock().now() },
            demo: app.place().demo,
            tenant,
            who_unit: String::new(),
            who_title: String::new(),
            who_name: String::new(),
            on_behalf_of: None,
            csrf: String::new(),
            theme: "",
            before: None,
            nav: [Vec::new(), Vec::new()],
            signed_in: false,
        }
    }

    pub fn slug(&self) -> &str {
        &self.tenant.slug
    }

    /// A path of the desk: `at("tickets")` is `/quan7/desk/tickets`.
    pub fn at(&self, path: impl std::fmt::Display) -> String {
        format!("/{}/desk/{path}", self.tenant.slug)
    }

    pub fn asset(&self, name: &str) -> String {
        asset(name)
    }

    /// Markup of an icon from the sprite, hidden from readers of the page's text.
    pub fn icon(&self, name: impl std::fmt::Display) -> String {
        icon(name)
    }

    /// The scripts' words for time left, so that no language lives in them.
    pub fn left_words(&self) -> String {
        let w = self.w;
        let n = "{n}";
        json!({
            "left-day": w.left_days(n), "left-hour": w.left_hours(n),
            "left-minute": w.left_minutes(n), "left-second": w.left_seconds(n),
            "late-day": w.late_days(n), "late-hour": w.late_hours(n),
            "late-minute": w.late_minutes(n), "late-second": w.late_seconds(n),
        })
        .to_string()
    }
}

/// The frame of a citizen's page.
#[derive(Clone)]
pub struct Portal {
    pub w: Words,
    pub clock: Clock,
    pub tenant: Arc<Tenant>,
    pub demo: bool,
}

impl Portal {
    pub fn new(app: &App, tenant: Arc<Tenant>, w: Words) -> Self {
        let clock = Clock { zone: tenant.timezone(), now: app.store().clock().now() };
        Self { w, clock, demo: app.place().demo, tenant }
    }

    pub fn at(&self, path: impl std::fmt::Display) -> String {
        format!("/{}/{path}", self.tenant.slug)
    }

    pub fn home(&self) -> String {
        format!("/{}", self.tenant.slug)
    }

    pub fn asset(&self, name: &str) -> String {
        asset(name)
    }

    pub fn icon(&self, name: impl std::fmt::Display) -> String {
        icon(name)
    }

    pub fn medical(&self) -> &str {
        &self.tenant.pack.place.emergency.medical
    }

    /// The other language, for the link in the head.
    pub fn other(&self) -> (&'static str, &'static str) {
        match self.w.lang() {
            Lang::Vi => ("en", "English"),
            Lang::En => ("vi", "Tiếng Việt"),
        }
    }
}

/// Markup of one icon.
pub fn icon(name: impl std::fmt::Display) -> String {
    format!(r#"<svg class="icon" aria-hidden="true"><use href="{}#{name}"></use></svg>"#, asset("icons.svg"))
}
