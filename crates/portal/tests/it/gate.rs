//! The app for guards, as a telephone fetches it: the same for everybody, complete, and renewed when it changes.

use crate::site::{Seen, Site};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::Value;

/// What a worker says it keeps.
fn shell(worker: &Seen) -> Value {
    let first = worker.text.lines().next().unwrap_or_default();
    let json = first.strip_prefix("self.vxShell = ").and_then(|rest| rest.strip_suffix(';'));
    serde_json::from_str(json.expect("the worker begins with what it keeps")).expect("JSON")
}

fn words(page: &Seen) -> Value {
    serde_json::from_str(&page.attribute("body", "data-words")).expect("the words are JSON")
}

#[tokio::test]
async fn the_app_s_page_may_run_its_reader_of_codes_and_nothing_of_others() {
    let site = Site::new().await;
    let page = site.get("/quan7/gate/", "").await;
    assert_eq!((page.status, page.of("title")), (StatusCode::OK, "Vùng Xanh · Chốt Quận 7".into()));
    for part in ["'wasm-unsafe-eval'", "worker-src 'self'", "manifest-src 'self'", "default-src 'none'"] {
        assert!(page.policy.contains(part), "{part}: {}", page.policy);
    }
    assert!(!page.policy.contains("'unsafe-inline'") && !page.policy.contains("http"), "{}", page.policy);
    assert_eq!(page.attribute("body", "data-door"), "/quan7/api/gates");
    assert!(page.attribute("body", "data-wasm").contains(".wasm"));
    assert!(!page.has("script:not([src])"), "no script stands in the page itself");
    // Any other page keeps to what every page may do.
    assert_eq!(site.get("/quan7", "").await.policy, "");
    let bare = site.get("/quan7/gate", "").await;
    assert_eq!((bare.status, bare.to), (StatusCode::PERMANENT_REDIRECT, "/quan7/gate/".into()));
    assert_eq!(site.get("/nowhere/gate/", "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_part_that_the_script_looks_for_is_there() {
    let page = Site::new().await.get("/quan7/gate/", "").await;
    for (name, all) in [
        ("part", "starting enrol gate pad verdict removed left give-up no-camera"),
        ("notice", "unkept sound clock full picked supplies spoiled refused unfit left"),
        ("do", "pad hand rush light day camera scan clear back digit unfit give-up give-up-not give-up-sure"),
        ("turn", "in out"),
        (
            "slot",
            "starting removed kept enrol-fault left give-up give-up-ask give-up-sure gate net supplied camera \
             inside limit waiting rush digits pad-fault word pass name year compare unrecorded reasons",
        ),
    ] {
        for one in all.split_whitespace() {
            assert!(page.has(&format!("[data-{name}='{one}']")), "data-{name}={one}");
        }
    }
    for digit in 0..10 {
        assert!(page.has(&format!("[data-do='digit'][data-digit='{digit}']")), "{digit}");
    }
}

#[tokio::test]
async fn the_app_has_its_words_in_the_reader_s_language() {
    let site = Site::new().await;
    let (vi, en) = (site.get("/quan7/gate/", "").await, site.get("/quan7/gate/?lang=en", "").await);
    assert_eq!(words(&vi)["gate-app-pass-red"], "Chưa được vào");
    assert_eq!(words(&en)["gate-app-pass-red"], "May not enter yet");
    assert_eq!(en.cookie, "vx_lang=en");
    let keys = |page: &Seen| words(page).as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&vi), keys(&en));
    for key in ["gate-expired", "gate-lacks-doses", "gate-code-unknown", "gate-app-enrol-unreached"] {
        assert!(words(&vi)[key].is_string(), "{key}");
    }
}

#[tokio::test]
async fn the_page_is_the_same_for_everybody_and_holds_nobody() {
    let site = Site::new().await;
    let plain = site.get("/quan7/gate/", "").await;
    site.centre.clock.advance(SignedDuration::from_hours(24));
    let known = site.get("/quan7/gate/", "vx_session=somebody; vx_lang=vi").await;
    assert_eq!(plain.text, known.text);
    assert!(!plain.has("input[type=hidden]") && plain.cookie.is_empty());
}

#[tokio::test]
async fn a_telephone_can_install_it() {
    let site = Site::new().await;
    let seen = site.get("/quan7/gate/manifest.webmanifest", "").await;
    assert_eq!((seen.status, seen.kind.as_str()), (StatusCode::OK, "application/manifest+json"));
    let manifest: Value = serde_json::from_str(&seen.text).unwrap();
    assert_eq!(manifest["name"], "Vùng Xanh · Chốt Quận 7");
    for place in ["id", "start_url", "scope"] {
        assert_eq!(manifest[place], "/quan7/gate/");
    }
    let icons = manifest["icons"].as_array().unwrap();
    let sizes: Vec<_> = icons.iter().filter_map(|icon| icon["sizes"].as_str()).collect();
    assert!(sizes.contains(&"192x192") && sizes.contains(&"512x512"), "{sizes:?}");
    assert!(icons.iter().any(|icon| icon["purpose"] == "maskable"));
    assert!(icons.iter().all(|icon| icon["src"].as_str().unwrap().starts_with("/assets/")));
}

#[tokio::test]
async fn the_worker_keeps_all_that_the_page_loads_and_changes_with_it() {
    let site = Site::new().await;
    let worker = site.get("/quan7/gate/worker.js", "").await;
    assert_eq!((worker.status, worker.kept.as_str()), (StatusCode::OK, "no-cache"));
    assert!(worker.kind.starts_with("text/javascript"), "{}", worker.kind);
    let kept = shell(&worker);
    assert_eq!(kept["scope"], "/quan7/gate/");
    assert_eq!(kept["pages"][0], "/quan7/gate/");
    let page = site.get("/quan7/gate/", "").await;
    let assets: Vec<&str> = kept["assets"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for loaded in [
        page.attribute("script", "src"),
        page.attribute("link[rel=stylesheet]", "href"),
        page.attribute("link[rel=icon]", "href"),
        page.attribute("link[rel=apple-touch-icon]", "href"),
        page.attribute("body", "data-wasm"),
    ] {
        assert!(assets.contains(&loaded.as_str()), "{loaded} of {assets:?}");
    }
    assert_eq!(worker.text, site.get("/quan7/gate/worker.js", "").await.text);
    let english = site.get("/quan7/gate/worker.js", "vx_lang=en").await;
    assert_ne!(shell(&english)["version"], kept["version"], "other words are another version");
}

#[tokio::test]
async fn a_person_s_own_pass_has_a_worker_that_names_nobody() {
    let site = Site::new().await;
    let worker = site.get("/quan7/pass/worker.js", "").await;
    assert_eq!((worker.status, worker.kept.as_str()), (StatusCode::OK, "no-cache"));
    let kept = shell(&worker);
    assert_eq!((kept["scope"].as_str(), kept["pages"].as_array().unwrap().len()), (Some("/quan7/pass/"), 0));
    assert!(
        kept["assets"].as_array().unwrap().iter().any(|asset| asset.as_str().unwrap().contains("portal-"))
    );
}
