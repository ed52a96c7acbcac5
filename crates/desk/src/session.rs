//! Who is signed in. The extractor [`Me`] opens one transaction as that person; a page that takes
//! `Me` cannot be seen by anyone else.

use axum::{
    Router,
    extract::{FromRequestParts, Path, Query},
    http::{HeaderMap, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use duty::tenants::Tenant;
use kernel::{Actor, Error, Grant, StaffId};
use pages::{App, Fault, Words, cookies, shell};
use std::{collections::BTreeMap, sync::Arc};
use store::Cx;

/// The signed-in member of staff of one request.
pub struct Me {
    pub app: App,
    pub tenant: Arc<Tenant>,
    pub actor: Actor,
    pub staff: StaffId,
    pub csrf: String,
    pub w: Words,
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
        if token == self.csrf { Ok(()) } else { Err(Error::Forbidden("csrf")) }
    }
}

/// Not signed in: to the sign-in page, and back afterwards. Anything else is a fault.
pub enum Stranger {
    SignIn(String),
    Fault(Fault),
}

impl IntoResponse for Stranger {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(to) => Redirect::to(&to).into_response(),
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
        let w = Words(shell::lang_of(parts.uri.query(), &parts.headers));
        let Some(staff) = cookies::read(&parts.headers, "vx_probe").and_then(|id| id.parse::<StaffId>().ok()) else {
            return Err(Stranger::SignIn(format!("/{slug}/desk/sign-in")));
        };
        let mut cx = app.store().begin(tenant.id, Actor::system("probe")).await?;
        let tree = duty::units::tree(&mut cx).await?;
        let grants = duty::staff::posts_of(&mut cx, staff).await?.into_iter()
            .map(|post| Grant { role: post.role, unit: post.unit, reach: tree.reach(post.unit) }).collect();
        let actor = Actor::staff(staff, grants);
        Ok(Self { app: app.clone(), tenant, actor, staff, csrf: "probe".into(), w })
    }
}

pub fn routes() -> Router<App> {
    Router::new().route("/{tenant}/desk/probe", get(probe))
}
async fn probe(Path(tenant): Path<String>, Query(q): Query<BTreeMap<String, String>>, _h: HeaderMap) -> Response {
    let mut r = Redirect::to(&format!("/{tenant}/desk")).into_response();
    r.headers_mut().insert("set-cookie", cookies::set("vx_probe", &q["staff"], "/", None, false));
    r
}
