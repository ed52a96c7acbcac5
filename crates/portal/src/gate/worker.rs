//! The service workers: the built script, and in front of it what it keeps. A changed page, word or
//! script makes another worker of it, which is how a browser learns that there is a newer one.

use super::page::Page;
use crate::home::Visit;
use askama::Template;
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use kernel::Error;
use pages::{Outcome, asset, assets};
use serde_json::json;
use std::hash::{DefaultHasher, Hash, Hasher};

const GATE_ASSETS: [&str; 8] = [
    "gate.css",
    "gate.js",
    "qr-reader.wasm",
    "icons.svg",
    "mark.svg",
    "icon-192.png",
    "icon-512.png",
    "icon-maskable-512.png",
];
const PASS_ASSETS: [&str; 4] = ["portal.css", "portal.js", "icons.svg", "mark.svg"];

/// `GET /{tenant}/gate/worker.js`
pub(super) async fn of_gate(visit: Visit) -> Outcome {
    let page = Page::new(&visit).render().map_err(Error::internal)?;
    let scope = format!("/{}/gate/", visit.tenant.slug);
    let pages = [scope.clone(), format!("{scope}manifest.webmanifest")];
    Ok(worker("gate-worker.js", &scope, &GATE_ASSETS, &pages, &page))
}

/// `GET /{tenant}/pass/worker.js`
pub(super) async fn of_pass(visit: Visit) -> Outcome {
    let scope = format!("/{}/pass/", visit.tenant.slug);
    Ok(worker("pass-worker.js", &scope, &PASS_ASSETS, &[], ""))
}

fn worker(script: &str, scope: &str, names: &[&str], pages: &[String], made_of: &str) -> Response {
    let assets_kept: Vec<String> = names.iter().map(|name| asset(name)).collect();
    let mut version = DefaultHasher::new();
    (&assets_kept, pages, made_of).hash(&mut version);
    let version = format!("{:016x}", version.finish());
    let shell = json!({ "scope": scope, "version": version, "assets": assets_kept, "pages": pages });
    let code = assets::content(script);
    let body = format!("self.vxShell = {shell};\n{}", String::from_utf8_lossy(&code));
    // A worker is asked for anew each time, so that an old one never stays for want of a newer answer.
    let headers =
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, body).into_response()
}
