//! Notices to browsers, with a push service of our own that opens what it gets as a browser would.

use crate::{open_on, run_notices};
use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree},
    hkdf::{HKDF_SHA256, KeyType, Salt},
    signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey as SignerKey},
};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use data_encoding::BASE64URL_NOPAD;
use duty::{
    messages::{
        self, Pushed, Pushes, Pushing,
        notices::State as Sent,
        push::{self, NewBrowser},
    },
    tickets::{self, Channel, attempts, ladder},
};
use gateways::WebPush;
use jiff::SignedDuration;
use kernel::{Error, MessageId, Rng, Role, StaffId, TicketId, UnitId};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use store::outbox::Courier;
use testkit::TestCentre;
use uuid::Uuid;

/// What a push service has taken.
#[derive(Clone)]
struct Taken {
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A push service: `/gone/…` knows no browser, `/busy/…` wants to be asked later, `/away/…` sends elsewhere.
#[derive(Clone, Default)]
struct Service(Arc<Mutex<Vec<Taken>>>);

async fn take(
    State(service): State<Service>,
    Path((kind, _)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    let status = match kind.as_str() {
        "gone" => StatusCode::GONE,
        "busy" => StatusCode::TOO_MANY_REQUESTS,
        "away" => StatusCode::TEMPORARY_REDIRECT,
        _ => StatusCode::CREATED,
    };
    service.0.lock().unwrap().push(Taken { headers, body: body.to_vec() });
    (status, [("location", "/ok/elsewhere")])
}

impl Service {
    /// Starts it; its address.
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/{kind}/{browser}", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        address
    }

    fn taken(&self) -> Vec<Taken> {
        self.0.lock().unwrap().clone()
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// A browser with its keys.
struct Own {
    secret: PrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
}

impl Own {
    fn new(seed: u8) -> Self {
        let secret = PrivateKey::from_private_key(&ECDH_P256, &[seed; 32]).unwrap();
        let public = secret.compute_public_key().unwrap().as_ref().to_vec();
        Self { secret, public, auth: [seed; 16] }
    }

    fn subscription(&self, endpoint: String) -> NewBrowser {
        NewBrowser {
            endpoint,
            p256dh: BASE64URL_NOPAD.encode(&self.public),
            auth: BASE64URL_NOPAD.encode(&self.auth),
            agent: "Chrome · Android".into(),
        }
    }

    /// Opens what was sealed for this browser (RFC 8291), written apart from what seals it.
    fn open(&self, body: &[u8]) -> Value {
        let draw = |salt: &[u8], secret: &[u8], info: &[&[u8]], length: usize| {
            let mut out = vec![0; length];
            let key = Salt::new(HKDF_SHA256, salt).extract(secret);
            key.expand(info, Length(length)).unwrap().fill(&mut out).unwrap();
            out
        };
        let (salt, rest) = body.split_at(16);
        assert_eq!(u32::from_be_bytes(rest[..4].try_into().unwrap()), 4096);
        let (sender, record) = rest[5..].split_at(usize::from(rest[4]));
        let peer = UnparsedPublicKey::new(&ECDH_P256, sender);
        let shared = agree(&self.secret, peer, (), |shared| Ok(shared.to_vec())).unwrap();
        let secret = draw(&self.auth, &shared, &[b"WebPush: info\0", &self.public, sender], 32);
        let key = draw(salt, &secret, &[b"Content-Encoding: aes128gcm\0"], 16);
        let nonce = draw(salt, &secret, &[b"Content-Encoding: nonce\0"], 12);
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&nonce).unwrap();
        let mut record = record.to_vec();
        let plain = key.open_in_place(nonce, Aad::empty(), &mut record).unwrap();
        let (last, said) = plain.split_last().unwrap();
        assert_eq!(*last, 2);
        serde_json::from_slice(said).unwrap()
    }
}

/// Checks who a push says that it is from (RFC 8292); the claims.
fn signed(taken: &Taken, public: &str) -> Value {
    let said = taken.headers["authorization"].to_str().unwrap();
    let (token, key) = said.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    assert_eq!(key, public);
    let (words, signature) = token.rsplit_once('.').unwrap();
    let octets = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    let key = SignerKey::new(&ECDSA_P256_SHA256_FIXED, octets(key));
    key.verify(words.as_bytes(), &octets(signature)).unwrap();
    let (head, claims) = words.split_once('.').unwrap();
    let head: Value = serde_json::from_slice(&octets(head)).unwrap();
    assert_eq!(head["alg"], "ES256");
    serde_json::from_slice(&octets(claims)).unwrap()
}

struct Desk {
    centre: TestCentre,
    service: Service,
    address: String,
    courier: Courier,
    ward: UnitId,
    clerk: StaffId,
}

async fn desk() -> Desk {
    let centre = TestCentre::new().await;
    let ward = centre.unit("TPHONG").await;
    let clerk = centre.staff("Nguyễn Văn Trực").at(ward, Role::WardOfficial).on_duty().create().await;
    let service = Service::default();
    let address = service.start().await;
    let ways = Arc::new(WebPush::for_tests(centre.store.rng().clone()).unwrap());
    let public = "https://vungxanh.example/".parse().unwrap();
    let courier = Courier::new(centre.store.clone(), Arc::new(Pushes::new(ways, &public)));
    Desk { centre, service, address, courier, ward, clerk }
}

impl Desk {
    async fn subscribe(&self, browser: &Own, kind: &str) -> Result<(), Error> {
        let mut cx = self.centre.as_staff(self.clerk).await;
        let endpoint = format!("{}/{kind}/{}", self.address, BASE64URL_NOPAD.encode(&browser.auth));
        push::subscribe(&mut cx, &browser.subscription(endpoint)).await?;
        cx.commit().await
    }

    async fn open(&self, channels: &[Channel]) -> TicketId {
        let mut cx = self.centre.system().await;
        let mut spec = ladder::by_code(&mut cx, "f0_news").await.unwrap();
        spec.levels[0].channels = channels.to_vec();
        let opened = open_on(&mut cx, spec, self.ward, Some(self.ward)).await;
        cx.commit().await.unwrap();
        opened.tickets[0]
    }

    async fn go(&self, seconds: i64) {
        self.centre.advance(SignedDuration::from_secs(seconds)).await;
        run_notices(&self.centre).await;
        self.courier.deliver_due().await.unwrap();
    }

    async fn attempts(&self, ticket: TicketId) -> Vec<attempts::Attempt> {
        let mut cx = self.centre.system().await;
        let all = attempts::of_tickets(&mut cx, &[ticket]).await.unwrap();
        all.into_iter().filter(|attempt| attempt.channel == "push").collect()
    }

    async fn state(&self, ticket: TicketId) -> Sent {
        let id = self.attempts(ticket).await[0].id;
        let mut cx = self.centre.system().await;
        messages::deliveries(&mut cx, &[id]).await.unwrap().remove(&id).unwrap().state
    }

    async fn browsers(&self) -> usize {
        let mut cx = self.centre.as_staff(self.clerk).await;
        push::own(&mut cx).await.unwrap().len()
    }
}

#[tokio::test]
async fn a_push_opens_in_its_browser_alone_and_says_who_sends_it() {
    let desk = desk().await;
    let browser = Own::new(3);
    desk.subscribe(&browser, "ok").await.unwrap();
    let ticket = desk.open(&[Channel::Desk, Channel::Push]).await;
    desk.go(0).await;
    let taken = desk.service.taken();
    assert_eq!(taken.len(), 1);
    let header = |name: &str| taken[0].headers[name].to_str().unwrap().to_owned();
    assert_eq!((header("ttl").as_str(), header("urgency").as_str()), ("60", "high"));
    assert_eq!(header("content-encoding"), "aes128gcm");
    let mut cx = desk.centre.system().await;
    let public = push::public_key(&mut cx).await.unwrap();
    let (known, _) = tickets::ticket(&mut cx, ticket).await.unwrap();
    drop(cx);
    let claims = signed(&taken[0], &public);
    assert_eq!(
        (&claims["aud"], &claims["sub"]),
        (&Value::from(desk.address.as_str()), &"https://vungxanh.example/".into())
    );
    let left = claims["exp"].as_i64().unwrap() - desk.centre.clock.now().as_second();
    assert!((1..=24 * 3600).contains(&left), "{left}");
    let said = browser.open(&taken[0].body);
    assert_eq!(said["path"], format!("/quan7/desk/tickets/{ticket}"));
    let title = said["title"].as_str().unwrap();
    assert!(title.starts_with("KHẨN: ") && title.ends_with("Phường Tân Phong"), "{title}");
    assert!(said["body"].as_str().unwrap().contains(&known.code) && !said.to_string().contains("Trực"));
    assert_eq!(desk.state(ticket).await, Sent::HandedOver);
    let attempt = &desk.attempts(ticket).await[0];
    assert!(attempt.ringing_at.is_some() && attempt.outcome.is_none(), "it tells, and accepts nothing");
    // Nothing of it lies open in the database.
    let mut cx = desk.centre.system().await;
    let kept: Vec<String> =
        sqlx::query_scalar("select t::text from push_subscriptions t").fetch_all(cx.conn()).await.unwrap();
    assert!(kept.iter().all(|row| !row.contains("/ok/")), "{kept:?}");
}

#[tokio::test]
async fn whoever_has_no_browser_is_not_tried_and_a_level_of_browsers_alone_does_not_wait() {
    let desk = desk().await;
    let ticket = desk.open(&[Channel::Push]).await;
    desk.go(0).await;
    assert!(desk.attempts(ticket).await.is_empty() && desk.service.taken().is_empty());
    let mut cx = desk.centre.system().await;
    assert!(tickets::ticket(&mut cx, ticket).await.unwrap().0.level > 0, "it fell through at once");
}

#[tokio::test]
async fn a_browser_that_is_gone_is_let_go_and_another_of_his_is_enough() {
    let desk = desk().await;
    desk.subscribe(&Own::new(3), "gone").await.unwrap();
    desk.subscribe(&Own::new(4), "ok").await.unwrap();
    assert_eq!(desk.browsers().await, 2);
    let ticket = desk.open(&[Channel::Desk, Channel::Push]).await;
    desk.go(0).await;
    assert_eq!((desk.state(ticket).await, desk.browsers().await), (Sent::HandedOver, 1));
}

#[tokio::test]
async fn where_the_last_browser_is_gone_the_attempt_reached_nobody() {
    let desk = desk().await;
    desk.subscribe(&Own::new(3), "gone").await.unwrap();
    let ticket = desk.open(&[Channel::Desk, Channel::Push]).await;
    desk.go(0).await;
    assert_eq!((desk.state(ticket).await, desk.browsers().await), (Sent::GivenUp, 0));
    assert_eq!(desk.attempts(ticket).await[0].outcome.as_deref(), Some("unreachable"));
}

#[tokio::test]
async fn a_service_that_is_busy_is_asked_again_until_somebody_accepts_and_none_sends_us_elsewhere() {
    let desk = desk().await;
    desk.subscribe(&Own::new(3), "busy").await.unwrap();
    let ticket = desk.open(&[Channel::Desk, Channel::Push]).await;
    desk.go(0).await;
    assert_eq!(desk.state(ticket).await, Sent::Failed);
    let mut cx = desk.centre.as_staff(desk.clerk).await;
    tickets::accept(&mut cx, ticket).await.unwrap();
    cx.commit().await.unwrap();
    desk.go(30).await;
    assert_eq!((desk.state(ticket).await, desk.service.taken().len()), (Sent::Withdrawn, 1));
    desk.subscribe(&Own::new(3), "away").await.unwrap();
    let ticket = desk.open(&[Channel::Desk, Channel::Push]).await;
    desk.go(0).await;
    assert_eq!(desk.state(ticket).await, Sent::Failed);
    assert!(desk.service.taken().len() <= 3, "nobody was followed");
}

#[tokio::test]
async fn a_subscription_that_is_none_is_refused_and_one_of_another_is_not_his() {
    let desk = desk().await;
    let browser = Own::new(3);
    let mut cx = desk.centre.as_staff(desk.clerk).await;
    for endpoint in ["http://push.example/x", "https://me@push.example/x", "nothing"] {
        let wrong = push::subscribe(&mut cx, &browser.subscription(endpoint.into())).await;
        assert!(matches!(wrong, Err(Error::Invalid { field: "endpoint", .. })), "{endpoint}");
    }
    let mut wrong = browser.subscription("https://push.example/x".into());
    wrong.p256dh = BASE64URL_NOPAD.encode(&[4; 65]);
    assert!(matches!(push::subscribe(&mut cx, &wrong).await, Err(Error::Invalid { field: "keys", .. })));
    drop(cx);
    desk.subscribe(&browser, "ok").await.unwrap();
    let other = desk.centre.staff("Người khác").at(desk.ward, Role::WardOfficial).create().await;
    let mut cx = desk.centre.as_staff(desk.clerk).await;
    let own = push::own(&mut cx).await.unwrap();
    drop(cx);
    let mut cx = desk.centre.as_staff(other).await;
    assert!(matches!(push::unsubscribe(&mut cx, own[0].id).await, Err(Error::NotFound)));
    drop(cx);
    // The same browser at a shared desk: it tells whoever turned it on last.
    let mut cx = desk.centre.as_staff(other).await;
    let endpoint = format!("{}/ok/{}", desk.address, BASE64URL_NOPAD.encode(&browser.auth));
    push::subscribe(&mut cx, &browser.subscription(endpoint)).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(desk.browsers().await, 0);
}

#[tokio::test]
async fn addresses_within_our_walls_are_never_written_to() {
    let service = Service::default();
    let address = service.start().await;
    let browser = Own::new(3);
    let walled = WebPush::new(Rng::seeded(1)).unwrap();
    for endpoint in [format!("{address}/ok/x"), "https://10.1.2.3/x".into(), "https://localhost/x".into()] {
        let push = messages::Push {
            id: MessageId(Uuid::from_u128(1)),
            endpoint: endpoint.clone(),
            p256dh: browser.public.clone(),
            auth: browser.auth.to_vec(),
            secret: vec![5; 32],
            subject: "mailto:vungxanh@quan7.example".into(),
            payload: b"{}".to_vec(),
            urgent: true,
            at: "2021-09-25T00:05:00Z".parse().unwrap(),
        };
        assert!(!matches!(walled.push(&push).await, Ok(Pushed::Taken)), "{endpoint}");
    }
    assert!(service.taken().is_empty());
}
