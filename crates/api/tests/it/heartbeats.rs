//! A gate reports that it lives.

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use duty::heartbeats::{self, State};
use jiff::SignedDuration;
use kernel::{Error, Role};
use object_store::memory::InMemory;
use pages::{App, Place};
use std::{net::SocketAddr, sync::Arc};
use testkit::TestCentre;
use tower::ServiceExt;
use town::files::Vault;

struct Door {
    centre: TestCentre,
    app: App,
}

async fn door() -> Door {
    let centre = TestCentre::new().await;
    let vault = Vault::over(Arc::new(InMemory::new()));
    let app = App::new(centre.store.clone(), Place::default(), vault, testkit::door());
    Door { centre, app }
}

impl Door {
    async fn key(&self, code: &str, instance: &str) -> String {
        let mut cx = self.centre.system().await;
        let key = heartbeats::make_token(&mut cx, code, instance).await.unwrap();
        cx.commit().await.unwrap();
        key
    }

    async fn post(&self, path: &str, authorization: Option<&str>) -> StatusCode {
        let mut request = Request::post(path).body(Body::empty()).unwrap();
        if let Some(value) = authorization {
            request.headers_mut().insert(header::AUTHORIZATION, value.parse().unwrap());
        }
        let from: SocketAddr = "203.0.113.7:4000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(from));
        api::routes().with_state(self.app.clone()).oneshot(request).await.unwrap().status()
    }

    async fn beat(&self, code: &str, key: &str) -> StatusCode {
        self.post(&format!("/quan7/api/heartbeats/{code}"), Some(&format!("Bearer {key}"))).await
    }

    async fn status(&self, code: &str) -> Vec<heartbeats::Status> {
        let mut cx = self.centre.system().await;
        let mut all = heartbeats::status(&mut cx).await.unwrap();
        all.retain(|status| status.code == code);
        all
    }
}

#[tokio::test]
async fn a_gate_that_reports_is_alive_and_its_silence_opens_a_ticket() {
    let door = door().await;
    let key = door.key("gate_sync", "chốt 3").await;
    assert_eq!(door.beat("gate_sync", &key).await, StatusCode::NO_CONTENT);
    let status = door.status("gate_sync").await;
    assert_eq!((status[0].instance.as_deref(), status[0].state), (Some("chốt 3"), State::Alive));
    door.centre.advance(SignedDuration::from_mins(15)).await;
    let status = door.status("gate_sync").await;
    assert_eq!(status[0].state, State::Silent);
    assert!(status[0].ticket.is_some());
    assert_eq!(door.beat("gate_sync", &key).await, StatusCode::NO_CONTENT);
    assert_eq!(door.status("gate_sync").await[0].state, State::Alive);
}

#[tokio::test]
async fn without_a_good_key_nobody_reports_and_a_key_opens_one_door_only() {
    let door = door().await;
    let key = door.key("gate_sync", "").await;
    let path = "/quan7/api/heartbeats/gate_sync";
    for wrong in [None, Some("Bearer "), Some("Bearer nothing"), Some("Basic abc"), Some("Bearer")] {
        assert_eq!(door.post(path, wrong).await, StatusCode::UNAUTHORIZED, "{wrong:?}");
    }
    assert_eq!(door.beat("camera_feed", &key).await, StatusCode::NOT_FOUND);
    assert_eq!(door.beat("no_such_code", &key).await, StatusCode::NOT_FOUND);
    let bearer = format!("Bearer {key}");
    assert_eq!(door.post("/quan8/api/heartbeats/gate_sync", Some(&bearer)).await, StatusCode::NOT_FOUND);
    assert_eq!(door.status("gate_sync").await[0].state, State::NotConnected);
    assert_eq!(door.status("camera_feed").await[0].state, State::NotConnected);
}

#[tokio::test]
async fn a_key_that_was_taken_back_is_unknown() {
    let door = door().await;
    let key = door.key("gate_sync", "").await;
    assert_eq!(door.beat("gate_sync", &key).await, StatusCode::NO_CONTENT);
    let mut cx = door.centre.system().await;
    let known = heartbeats::tokens(&mut cx).await.unwrap();
    assert_eq!((known.len(), known[0].used_at), (1, Some(door.centre.clock.now())));
    heartbeats::revoke_token(&mut cx, known[0].id).await.unwrap();
    assert!(matches!(heartbeats::revoke_token(&mut cx, known[0].id).await, Err(Error::NotFound)));
    cx.commit().await.unwrap();
    door.centre.advance(SignedDuration::from_secs(5)).await;
    assert_eq!(door.beat("gate_sync", &key).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn too_often_is_refused_and_so_is_guessing() {
    let door = door().await;
    let key = door.key("gate_sync", "").await;
    assert_eq!(door.beat("gate_sync", &key).await, StatusCode::NO_CONTENT);
    assert_eq!(door.beat("gate_sync", &key).await, StatusCode::TOO_MANY_REQUESTS);
    door.centre.advance(SignedDuration::from_secs(1)).await;
    assert_eq!(door.beat("gate_sync", &key).await, StatusCode::NO_CONTENT);
    for _ in 0..60 {
        assert_eq!(door.beat("gate_sync", "guess").await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(door.beat("gate_sync", "guess").await, StatusCode::TOO_MANY_REQUESTS);
    // Behind the same address the right key goes on.
    door.centre.advance(SignedDuration::from_secs(1)).await;
    assert_eq!(door.beat("gate_sync", &key).await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn no_official_makes_keys_and_only_their_hash_is_kept() {
    let door = door().await;
    let unit = door.centre.unit("TTDH").await;
    let admin = door.centre.staff("Quản trị").at(unit, Role::Administrator).create().await;
    let mut cx = door.centre.as_staff(admin).await;
    assert!(matches!(heartbeats::make_token(&mut cx, "gate_sync", "").await, Err(Error::Forbidden(_))));
    let mut cx = door.centre.system().await;
    assert!(matches!(heartbeats::make_token(&mut cx, "nothing", "").await, Err(Error::NotFound)));
    let key = door.key("gate_sync", "").await;
    let mut cx = door.centre.system().await;
    let hash: Vec<u8> =
        sqlx::query_scalar("select hash from heartbeat_tokens").fetch_one(cx.conn()).await.unwrap();
    assert!(hash.len() == 32 && !hash.windows(key.len()).any(|part| part == key.as_bytes()));
}
