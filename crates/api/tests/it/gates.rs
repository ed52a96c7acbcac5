//! A gate at its door: enrolled, supplied, heard, removed.

use api::Rates;
use axum::{
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header, request},
};
use health::gates::{self, Kind, NewGate, Role as Who};
use jiff::SignedDuration;
use kernel::{GateId, Role, StaffId};
use object_store::memory::InMemory;
use pages::{App, Place};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use testkit::TestCentre;
use tower::ServiceExt;
use town::files::Vault;

struct Door {
    centre: TestCentre,
    router: axum::Router,
    chair: StaffId,
    gate: GateId,
}

struct Seen {
    status: StatusCode,
    headers: HeaderMap,
    json: Value,
}

impl Door {
    async fn open(rates: Rates) -> Self {
        let centre = TestCentre::new().await;
        let vault = Vault::over(Arc::new(InMemory::new()));
        let app = App::new(centre.store.clone(), Place::default(), vault, testkit::door());
        let ward = centre.unit("TPHONG").await;
        let chair = centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).create().await;
        let mut cx = centre.as_staff(chair).await;
        let new = NewGate {
            name: "Chốt cầu Phú Mỹ".into(),
            kind: Some(Kind::Checkpoint),
            unit: Some(ward),
            role: Some(Who::Visitor),
            point: "10.7296, 106.7055".into(),
            sample_of: "5".into(),
            ..NewGate::default()
        };
        let gate = gates::make(&mut cx, &new).await.unwrap();
        cx.commit().await.unwrap();
        Self { router: api::routes_within(rates).with_state(app), centre, chair, gate }
    }

    async fn ask(&self, from: &str, request: request::Builder, body: impl Into<Body>) -> Seen {
        let mut request = request.body(body.into()).unwrap();
        let from: SocketAddr = format!("{from}:4000").parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(from));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Seen { status, headers, json: serde_json::from_slice(&body).unwrap_or_default() }
    }

    async fn invite(&self) -> String {
        let mut cx = self.centre.as_staff(self.chair).await;
        let invite = gates::invite(&mut cx, self.gate).await.unwrap();
        cx.commit().await.unwrap();
        invite.code.to_string()
    }

    async fn enrol(&self, invite: &str) -> Seen {
        let body = json!({ "invite": invite, "name": "Máy 1" }).to_string();
        self.ask("203.0.113.7", Request::post("/quan7/api/gates/enrol"), body).await
    }

    async fn token(&self) -> String {
        self.enrol(&self.invite().await).await.json["token"].as_str().unwrap().to_owned()
    }

    async fn supplies(&self, token: &str, tag: &str) -> Seen {
        let request = Request::get("/quan7/api/gates/supplies")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::IF_NONE_MATCH, tag);
        self.ask("203.0.113.7", request, Body::empty()).await
    }

    async fn send(&self, token: &str, body: impl Into<Body>) -> Seen {
        let request =
            Request::post("/quan7/api/gates/scans").header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.ask("203.0.113.7", request, body).await
    }

    fn now(&self) -> i64 {
        self.centre.clock.now().as_millisecond()
    }

    async fn remove_all(&self) {
        let mut cx = self.centre.as_staff(self.chair).await;
        for device in gates::find(&mut cx, self.gate).await.unwrap().devices {
            gates::remove(&mut cx, device.id).await.unwrap();
        }
        cx.commit().await.unwrap();
    }
}

fn error(seen: &Seen) -> &str {
    seen.json["error"]["key"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_telephone_is_enrolled_once_and_knows_its_gate() {
    let door = Door::open(Rates::default()).await;
    let invite = door.invite().await;
    let seen = door.enrol(&invite).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.json);
    let gate = &seen.json["gate"];
    assert_eq!(
        (&gate["id"], &gate["kind"], &gate["role"]),
        (&json!(door.gate), &json!("checkpoint"), &json!("visitor"))
    );
    assert_eq!(
        (&gate["lat"], &gate["zone"], &seen.json["sampleOf"]),
        (&json!(10.7296), &Value::Null, &json!(5))
    );
    let again = door.enrol(&invite).await;
    assert_eq!((again.status, error(&again)), (StatusCode::NOT_FOUND, "gates-api-unknown-invite"));
    for (body, key) in [
        ("{", "error-sent-json"),
        (r#"{"invite":7,"name":"x"}"#, "error-sent-invite"),
        (r#"{"name":"x"}"#, "error-sent-invite"),
    ] {
        let seen = door.ask("203.0.113.7", Request::post("/quan7/api/gates/enrol"), body).await;
        assert_eq!((seen.status, error(&seen)), (StatusCode::UNPROCESSABLE_ENTITY, key), "{body}");
    }
}

#[tokio::test]
async fn a_telephone_with_scans_of_another_gate_does_not_use_an_invite_up() {
    let door = Door::open(Rates::default()).await;
    let invite = door.invite().await;
    let enrol = async |waiting: Value| {
        let body = json!({ "invite": invite, "name": "Máy 1", "waiting": waiting }).to_string();
        door.ask("203.0.113.7", Request::post("/quan7/api/gates/enrol"), body).await
    };
    let elsewhere = "0199a000-0000-7000-8000-000000000001";
    let seen = enrol(json!([elsewhere])).await;
    assert_eq!((seen.status, error(&seen)), (StatusCode::CONFLICT, "error-gate-scans-wait"));
    assert!(seen.json["error"]["message"].as_str().unwrap().contains("chốt khác"), "{}", seen.json);
    let seen = enrol(json!(["chợ"])).await;
    assert_eq!((seen.status, error(&seen)), (StatusCode::UNPROCESSABLE_ENTITY, "error-sent-invite"));
    let seen = enrol(json!([elsewhere, door.gate])).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.json);
}

#[tokio::test]
async fn supplies_that_are_known_are_not_sent_again() {
    let door = Door::open(Rates::default()).await;
    let token = door.token().await;
    let first = door.supplies(&token, "").await;
    assert_eq!((first.status, &first.json["now"]), (StatusCode::OK, &json!(door.now())));
    assert_eq!(
        (&first.json["gate"]["name"], &first.json["inside"]),
        (&json!("Chốt cầu Phú Mỹ"), &Value::Null)
    );
    let tag = first.headers[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(door.supplies(&token, &tag).await.status, StatusCode::NOT_MODIFIED);
    let mut cx = door.centre.as_staff(door.chair).await;
    let today = duty::units::today(&mut cx).await.unwrap();
    let red = gates::Setting::read("red", "4").unwrap();
    gates::set_zone(&mut cx, door.gate, red, today).await.unwrap();
    cx.commit().await.unwrap();
    let changed = door.supplies(&token, &tag).await;
    assert_eq!((changed.status, &changed.json["gate"]["zone"]), (StatusCode::OK, &json!("red")));
}

#[tokio::test]
async fn a_removed_device_is_turned_away_at_its_next_request() {
    let door = Door::open(Rates::default()).await;
    let token = door.token().await;
    assert_eq!(door.supplies(&token, "").await.status, StatusCode::OK);
    door.remove_all().await;
    let seen = door.supplies(&token, "").await;
    assert_eq!((seen.status, error(&seen)), (StatusCode::UNAUTHORIZED, "gates-api-unknown-device"));
    assert_eq!(seen.headers[header::WWW_AUTHENTICATE], "Bearer");
    let body = json!({ "sent": door.now(), "scans": [] }).to_string();
    assert_eq!(door.send(&token, body).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_in_words_and_the_clock_is_kept() {
    let door = Door::open(Rates::default()).await;
    let token = door.token().await;
    let bad = json!({ "sent": door.now() + 200_000, "scans": [{ "key": "x" }] }).to_string();
    let seen = door.send(&token, bad).await;
    assert_eq!((seen.status, &seen.json["keys"]), (StatusCode::OK, &json!([])));
    let refused = &seen.json["refused"][0];
    assert_eq!((&refused["at"], &refused["error"]), (&json!(0), &json!("error-scan-key")));
    assert!(refused["message"].as_str().unwrap().contains("uuid"));
    assert_eq!(refused["final"], json!(true));
    let mut cx = door.centre.as_staff(door.chair).await;
    let device = gates::find(&mut cx, door.gate).await.unwrap().devices.remove(0);
    assert_eq!((device.clock_add_ms, device.is_off()), (Some(-200_000), true));
    drop(cx);
    for (body, status, key) in [
        ("no json".to_owned(), StatusCode::UNPROCESSABLE_ENTITY, "error-sent-json"),
        ("{}".to_owned(), StatusCode::UNPROCESSABLE_ENTITY, "error-sent-clock"),
        (
            json!({ "sent": 0, "scans": vec![0; 51] }).to_string(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "error-sent-too-many",
        ),
        (" ".repeat(300_000), StatusCode::PAYLOAD_TOO_LARGE, "error-sent-too-large"),
    ] {
        let seen = door.send(&token, body).await;
        assert_eq!((seen.status, error(&seen)), (status, key));
        assert!(!seen.json["error"]["message"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn what_is_refused_says_whether_it_may_be_taken_another_time() {
    let door = Door::open(Rates::default()).await;
    let token = door.token().await;
    let scan = |gate: Value, by: &str, number: Value| {
        json!({
            "key": door.centre.store.id(door.centre.clock.now()), "at": door.now(), "clock": null,
            "place": gate, "direction": "in", "by": by, "number": number, "colour": "green",
            "reasons": [], "rules": null, "pickedOf": null,
        })
    };
    let scans = [
        scan(json!(door.gate), "hand", json!("x".repeat(101))),
        // A word of an app that is newer than this server.
        scan(json!(door.gate), "face", Value::Null),
        scan(json!("0199a000-0000-7000-8000-000000000001"), "hand", Value::Null),
    ];
    let seen = door.send(&token, json!({ "sent": door.now(), "scans": scans }).to_string()).await;
    let said = |one: &Value| (one["error"].clone(), one["final"].clone());
    let refused: Vec<_> = seen.json["refused"].as_array().unwrap().iter().map(said).collect();
    assert_eq!(
        refused,
        [
            (json!("error-scan-number"), json!(true)),
            (json!("error-scan-word"), json!(false)),
            (json!("error-scan-place"), json!(false)),
        ]
    );
}

#[tokio::test]
async fn who_asks_too_often_waits_and_others_do_not() {
    let door = Door::open(Rates { device: 3, address: 1000, wrong: 1000 }).await;
    let (one, two) = (door.token().await, door.token().await);
    for _ in 0..3 {
        assert_eq!(door.supplies(&one, "").await.status, StatusCode::OK);
    }
    let seen = door.supplies(&one, "").await;
    assert_eq!((seen.status, error(&seen)), (StatusCode::TOO_MANY_REQUESTS, "gates-api-too-many"));
    assert_eq!(seen.headers[header::RETRY_AFTER], "60");
    assert_eq!(door.supplies(&two, "").await.status, StatusCode::OK);
    door.centre.advance(SignedDuration::from_mins(1)).await;
    assert_eq!(door.supplies(&one, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn five_thousand_guesses_open_nothing_and_slow_nobody() {
    let door = Door::open(Rates::default()).await;
    let token = door.token().await;
    assert_eq!(door.supplies(&token, "").await.status, StatusCode::OK);
    let mut seen = Vec::new();
    for guess in 0..5000_u32 {
        let guess = format!("{guess:043}");
        seen.push(door.supplies(&guess, "").await.status);
    }
    assert_eq!(seen.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count(), 20);
    assert!(seen[20..].iter().all(|status| *status == StatusCode::TOO_MANY_REQUESTS));
    // Behind the same address the gate goes on.
    assert_eq!(door.supplies(&token, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn scans_that_nothing_keeps_yet_stay_on_the_device() {
    let door = Door::open(Rates::default()).await;
    let token = door.token().await;
    let scan = json!({
        "key": door.centre.store.id(door.centre.clock.now()), "at": door.now(), "clock": null,
        "place": door.gate, "direction": "in", "by": "hand", "number": null, "colour": "green",
        "reasons": [], "rules": null, "pickedOf": null,
    });
    let seen = door.send(&token, json!({ "sent": door.now(), "scans": [scan] }).to_string()).await;
    assert_eq!((seen.status, error(&seen)), (StatusCode::SERVICE_UNAVAILABLE, "gates-api-unavailable"));
    assert_eq!(seen.headers[header::RETRY_AFTER], "5");
}

#[tokio::test]
async fn lists_that_are_not_there_are_not_found() {
    let door = Door::open(Rates::default()).await;
    for path in ["/quan7/api/trust", "/quan7/api/status/1", "/quan7/api/status/x", "/quan8/api/trust"] {
        let seen = door.ask("203.0.113.7", Request::get(path), Body::empty()).await;
        assert_eq!((seen.status, error(&seen)), (StatusCode::NOT_FOUND, "gates-api-nothing"), "{path}");
    }
}
