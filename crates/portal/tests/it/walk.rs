//! Every route that is open to residents, visited as nobody. What the server itself adds is named here
//! too, so that no route of the program is in no list.

use crate::site::Site;
use axum::http::StatusCode;
use std::{collections::BTreeSet, path::Path};
use testkit::routes::declared;

/// Method, path, an address, and what a stranger gets there.
const PUBLIC: &[(&str, &str, &str, &[u16])] = &[
    ("GET", "/", "/", &[200, 303, 307]),
    ("GET", "/{tenant}", "/quan7", &[200]),
    ("GET", "/{tenant}/", "/quan7/", &[200]),
    ("GET", "/{tenant}/ledger", "/quan7/ledger", &[200]),
    ("GET", "/{tenant}/report", "/quan7/report", &[303]),
    ("GET", "/{tenant}/report/check", "/quan7/report/check", &[200, 303]),
    ("POST", "/{tenant}/report/check", "/quan7/report/check", &[303, 403, 422]),
    ("GET", "/{tenant}/report/forget", "/quan7/report/forget", &[200, 303]),
    ("POST", "/{tenant}/report/forget", "/quan7/report/forget", &[303]),
    ("GET", "/{tenant}/report/elsewhere/{category}", "/quan7/report/elsewhere/nothing", &[404]),
    ("GET", "/{tenant}/report/{step}", "/quan7/report/category", &[200]),
    ("POST", "/{tenant}/report/{step}", "/quan7/report/category", &[303, 403, 422]),
    ("GET", "/{tenant}/declare", "/quan7/declare", &[200]),
    ("POST", "/{tenant}/declare", "/quan7/declare", &[422]),
    ("GET", "/{tenant}/declare/code", "/quan7/declare/code", &[303]),
    ("POST", "/{tenant}/declare/code", "/quan7/declare/code", &[422]),
    ("GET", "/{tenant}/declare/who", "/quan7/declare/who", &[303]),
    ("POST", "/{tenant}/declare/who", "/quan7/declare/who", &[303]),
    ("GET", "/{tenant}/declare/person", "/quan7/declare/person", &[303]),
    ("POST", "/{tenant}/declare/person", "/quan7/declare/person", &[303]),
    ("GET", "/{tenant}/declare/check", "/quan7/declare/check", &[303]),
    ("POST", "/{tenant}/declare/check", "/quan7/declare/check", &[303]),
    ("GET", "/{tenant}/declare/done", "/quan7/declare/done", &[303]),
    ("GET", "/{tenant}/declare/forget", "/quan7/declare/forget", &[303]),
    ("POST", "/{tenant}/declare/forget", "/quan7/declare/forget", &[303]),
    ("GET", "/{tenant}/declare/without", "/quan7/declare/without", &[200]),
    ("GET", "/{tenant}/declare/{question}", "/quan7/declare/symptoms", &[303]),
    ("POST", "/{tenant}/declare/{question}", "/quan7/declare/symptoms", &[303]),
    ("GET", "/{tenant}/diary", "/quan7/diary", &[200]),
    ("POST", "/{tenant}/diary", "/quan7/diary", &[303, 422]),
    ("GET", "/{tenant}/diary/{code}", "/quan7/diary/AAAA-AAAA-AAAA-AAAA", &[404]),
    ("POST", "/{tenant}/diary/{code}", "/quan7/diary/AAAA-AAAA-AAAA-AAAA", &[404]),
    ("GET", "/{tenant}/diary/{code}/done", "/quan7/diary/AAAA-AAAA-AAAA-AAAA/done?w=emergency", &[404]),
    ("GET", "/{tenant}/diary/{code}/test", "/quan7/diary/AAAA-AAAA-AAAA-AAAA/test", &[404]),
    ("POST", "/{tenant}/diary/{code}/test", "/quan7/diary/AAAA-AAAA-AAAA-AAAA/test", &[404]),
    ("GET", "/{tenant}/diary/{code}/need", "/quan7/diary/AAAA-AAAA-AAAA-AAAA/need", &[404]),
    ("POST", "/{tenant}/diary/{code}/need", "/quan7/diary/AAAA-AAAA-AAAA-AAAA/need", &[404]),
    ("GET", "/{tenant}/check", "/quan7/check", &[200]),
    ("POST", "/{tenant}/check", "/quan7/check", &[303, 422]),
    ("GET", "/{tenant}/check/{code}", "/quan7/check/AAAA-AAAA-AAAA-AAAA", &[404]),
    ("GET", "/{tenant}/gate", "/quan7/gate", &[308]),
    ("GET", "/{tenant}/gate/", "/quan7/gate/", &[200]),
    ("GET", "/{tenant}/gate/manifest.webmanifest", "/quan7/gate/manifest.webmanifest", &[200]),
    ("GET", "/{tenant}/gate/worker.js", "/quan7/gate/worker.js", &[200]),
    ("GET", "/{tenant}/pass", "/quan7/pass", &[200]),
    ("POST", "/{tenant}/pass", "/quan7/pass", &[303, 422]),
    ("GET", "/{tenant}/pass/{key}", "/quan7/pass/AAAA-AAAA-AAAA-AAAA", &[404]),
    ("POST", "/{tenant}/pass/{key}/code", "/quan7/pass/AAAA-AAAA-AAAA-AAAA/code", &[404]),
    ("GET", "/{tenant}/pass/{key}/card.pdf", "/quan7/pass/AAAA-AAAA-AAAA-AAAA/card.pdf", &[404]),
    ("GET", "/{tenant}/pass/worker.js", "/quan7/pass/worker.js", &[200]),
    ("GET", "/{tenant}/lockdowns", "/quan7/lockdowns", &[200]),
    ("GET", "/{tenant}/lockdowns/{id}", "/quan7/lockdowns/00000000-0000-0000-0000-000000000009", &[404]),
    ("GET", "/{tenant}/record", "/quan7/record", &[200]),
    ("POST", "/{tenant}/record", "/quan7/record", &[303, 422]),
    ("GET", "/{tenant}/record/{code}", "/quan7/record/AAAA-AAAA-AAAA-AAAA", &[404]),
    ("GET", "/{tenant}/record/{code}/fix", "/quan7/record/AAAA-AAAA-AAAA-AAAA/fix?field=name", &[404]),
    ("POST", "/{tenant}/record/{code}/fix", "/quan7/record/AAAA-AAAA-AAAA-AAAA/fix?field=name", &[404]),
    ("GET", "/{tenant}/v", "/quan7/v", &[200]),
    ("POST", "/{tenant}/v", "/quan7/v", &[303, 422]),
    ("GET", "/{tenant}/v/{code}", "/quan7/v/AAAA-AAAA", &[404]),
    ("POST", "/{tenant}/v/{code}", "/quan7/v/AAAA-AAAA", &[404]),
    ("GET", "/{tenant}/v/{code}/owner", "/quan7/v/AAAA-AAAA/owner", &[404]),
    ("POST", "/{tenant}/v/{code}/owner", "/quan7/v/AAAA-AAAA/owner", &[404]),
    ("GET", "/{tenant}/track", "/quan7/track", &[200]),
    ("POST", "/{tenant}/track", "/quan7/track", &[303, 422]),
    ("GET", "/{tenant}/track/{code}", "/quan7/track/AAAA-AAAA-AAAA-AAAA", &[404]),
    ("GET", "/{tenant}/track/{code}/rate", "/quan7/track/AAAA-AAAA-AAAA-AAAA/rate", &[303, 404]),
    ("POST", "/{tenant}/track/{code}/rate", "/quan7/track/AAAA-AAAA-AAAA-AAAA/rate", &[404]),
    ("GET", "/{tenant}/track/{code}/contest", "/quan7/track/AAAA-AAAA-AAAA-AAAA/contest", &[303, 404]),
    ("POST", "/{tenant}/track/{code}/contest", "/quan7/track/AAAA-AAAA-AAAA-AAAA/contest", &[404]),
    (
        "GET",
        "/{tenant}/track/{code}/files/{file}",
        "/quan7/track/AAAA-AAAA-AAAA-AAAA/files/00000000-0000-0000-0000-000000000009",
        &[404],
    ),
    (
        "GET",
        "/{tenant}/track/{code}/files/{file}/small",
        "/quan7/track/AAAA-AAAA-AAAA-AAAA/files/00000000-0000-0000-0000-000000000009/small",
        &[404],
    ),
];

/// The server's own: the state of the machine, scripts and styles, and what only a demo has. None of
/// them reads a tenant's people; `server` keeps the demo's off everywhere else.
const SERVER: &[(&str, &str)] = &[
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/assets/{name}"),
    ("GET", "/demo/clock"),
    ("POST", "/demo/clock"),
    ("GET", "/demo/phones"),
    ("POST", "/demo/phones/{attempt}"),
    ("POST", "/demo/lines"),
    ("POST", "/demo/calls"),
    ("POST", "/demo/calls/{call}"),
];

#[test]
fn no_open_route_is_forgotten_and_none_that_is_gone_is_named() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (room, listed) in [
        ("portal", PUBLIC.iter().map(|(method, path, ..)| (*method, *path)).collect::<Vec<_>>()),
        ("server", SERVER.to_vec()),
    ] {
        let declared = declared(&crates.join(room).join("src"));
        let listed: BTreeSet<_> =
            listed.into_iter().map(|(method, path)| (method.to_owned(), path.to_owned())).collect();
        assert_eq!(declared, listed, "{room}");
    }
}

#[tokio::test]
async fn a_stranger_gets_the_public_pages_and_nobody_s_report_or_diary() {
    let site = Site::new().await;
    let mut wrong = Vec::new();
    for (method, path, address, expected) in PUBLIC {
        let seen = match *method {
            "GET" => site.get(address, "").await,
            _ => site.post(address, "", &[]).await,
        };
        if !expected.contains(&seen.status.as_u16()) || seen.status == StatusCode::INTERNAL_SERVER_ERROR {
            wrong.push(format!("{method} {path}: {} {}", seen.status, seen.to));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
