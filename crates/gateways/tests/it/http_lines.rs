//! Lines of a provider that speaks HTTP, against a stub of ours: it takes requests as such a provider does and
//! calls our webhooks when the test says so. No real provider was asked.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use duty::lines::{Dial, Events, Happened, Hear, Heard, Lines, Side, Spoken, Talk};
use gateways::{
    HttpLines,
    http_lines::{self, Key, Settings},
};
use jiff::SignedDuration;
use kernel::{CallId, Clock, Error, Rng, TenantId};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{net::TcpListener, sync::mpsc};
use uuid::Uuid;

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const HOME: &str = "+84900010001";
const TOKEN: &str = "0123456789abcdefghijklmnopqrstuv";

/// A request that the provider got.
#[derive(Debug)]
struct Asked {
    method: Method,
    path: String,
    key: String,
    body: Value,
}

#[derive(Clone)]
struct Stub {
    asked: mpsc::UnboundedSender<Asked>,
    /// With which status it answers.
    status: Arc<AtomicU16>,
}

async fn stub(
    State(stub): State<Stub>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if uri.path() == "/files/late" && stub.status.swap(200, SeqCst) == 503 {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if uri.path().starts_with("/files/") {
        // Two seconds of silence.
        let mut file =
            b"RIFF\x24\x7d\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data"
                .to_vec();
        file.extend(32_000_u32.to_le_bytes());
        file.extend(vec![0; 32_000]);
        return file.into_response();
    }
    let key = headers.get("authorization").and_then(|key| key.to_str().ok()).unwrap_or_default().to_owned();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let status = StatusCode::from_u16(stub.status.load(SeqCst)).unwrap();
    let _ = stub.asked.send(Asked { method, path: uri.path().to_owned(), key, body });
    (status, axum::Json(json!({ "uuid": "leg-1", "status": "started" }))).into_response()
}

struct Day {
    lines: HttpLines,
    clock: Clock,
    asked: mpsc::UnboundedReceiver<Asked>,
    status: Arc<AtomicU16>,
    provider: String,
    us: String,
    client: reqwest::Client,
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn day() -> Day {
    let (sender, asked) = mpsc::unbounded_channel();
    let status = Arc::new(AtomicU16::new(201));
    let state = Stub { asked: sender, status: status.clone() };
    let provider = serve(Router::new().fallback(stub).with_state(state)).await;
    // Our address is known before there is anything at it.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let us = format!("http://{}", listener.local_addr().unwrap());
    let clock = Clock::fixed("2021-09-25T00:05:00Z".parse().unwrap());
    let settings = Settings {
        calls: format!("{provider}/v1/calls").parse().unwrap(),
        key: Key::Bearer("the-key".into()),
        token: TOKEN.into(),
        public_url: us.clone(),
        from: "842873000000".into(),
        channels: 4,
        recordings: None,
        hold: Duration::from_millis(300),
    };
    let lines = HttpLines::new(clock.clone(), Rng::seeded(3), settings).unwrap();
    let router = http_lines::routes(lines.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Day { lines, clock, asked, status, provider, us, client: reqwest::Client::new() }
}

fn call(number: u128) -> CallId {
    CallId(Uuid::from_u128(number))
}

fn dialled(number: u128) -> Dial {
    let tenant = TenantId(Uuid::from_u128(7));
    Dial { tenant, call: call(number), number: HOME.into(), ring_for: SECOND * 30 }
}

fn words(text: &str) -> Spoken {
    Spoken { words: text.into(), samples: Arc::from(vec![0; 800]), length: SECOND }
}

fn told(events: &mut Events) -> Vec<Happened> {
    std::iter::from_fn(|| events.ready()).map(|told| told.what).collect()
}

/// What the provider does at an address that we gave it.
async fn post(client: &reqwest::Client, url: &str, body: Value) -> (u16, Value) {
    let answer = client.post(url).json(&body).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

impl Day {
    async fn next(&mut self) -> Asked {
        self.asked.recv().await.unwrap()
    }

    async fn dial(&mut self, number: u128) -> (Asked, Events) {
        let events = self.lines.dial(dialled(number)).await.unwrap();
        (self.next().await, events)
    }

    /// A call that talks; what is told until then is read. It listens and has nothing to say.
    async fn talk(&mut self, number: u128) -> Events {
        let (asked, mut events) = self.dial(number).await;
        let url = asked.body["answer_url"][0].as_str().unwrap();
        let (_, list) = post(&self.client, url, json!({})).await;
        assert_eq!(list[0]["action"], "input");
        assert_eq!(told(&mut events).pop(), Some(Happened::Answered));
        events
    }

    async fn event(&self, number: u128, body: Value) -> (u16, Value) {
        let url = format!("{}/voice/{TOKEN}/event?call={}", self.us, call(number));
        post(&self.client, &url, body).await
    }

    async fn keys(&self, list: &Value, digits: &str, timed_out: bool) -> (u16, Value) {
        let input = list.as_array().unwrap().last().unwrap();
        let body = json!({ "uuid": "leg-1", "dtmf": { "digits": digits, "timed_out": timed_out } });
        post(&self.client, input["eventUrl"][0].as_str().unwrap(), body).await
    }
}

#[tokio::test]
async fn a_call_is_placed_answered_asked_and_hung_up() {
    let mut day = day().await;
    let (asked, events) = day.dial(1).await;
    assert_eq!(
        (asked.method, asked.path.as_str(), asked.key.as_str()),
        (Method::POST, "/v1/calls", "Bearer the-key")
    );
    assert_eq!(asked.body["to"][0]["number"], "84900010001");
    assert_eq!(asked.body["ringing_timer"], 30);
    assert_eq!(day.event(1, json!({ "uuid": "leg-1", "status": "ringing" })).await.0, 204);
    let lines: Arc<dyn Lines> = Arc::new(day.lines.clone());
    let mut talk = Talk::new(lines, call(1), events);
    let conducting = tokio::spawn(async move {
        while talk.next().await.unwrap().what != Happened::Answered {}
        assert!(talk.say(&words("Trạm y tế xin chào")).await.unwrap());
        let spo2 = talk.ask(&words("SpO2?"), 2, SECOND * 5).await.unwrap();
        let breath = talk.ask(&words("Khó thở?"), 1, SECOND * 3).await.unwrap();
        talk.lines.hang_up(talk.call).await.unwrap();
        (spo2, breath)
    });
    let answer = asked.body["answer_url"][0].as_str().unwrap();
    let (_, greeting) = post(&day.client, answer, json!({ "uuid": "leg-1" })).await;
    assert_eq!((&greeting[0]["action"], &greeting[0]["bargeIn"]), (&json!("stream"), &json!(true)));
    // The sound is there once.
    let sound = greeting[0]["streamUrl"][0].as_str().unwrap();
    let wav = day.client.get(sound).send().await.unwrap().bytes().await.unwrap();
    assert_eq!((&wav[..4], wav.len()), (&b"RIFF"[..], 44 + 1600));
    assert_eq!(day.client.get(sound).send().await.unwrap().status().as_u16(), 404);

    let (_, question) = day.keys(&greeting, "", true).await;
    assert_eq!(question[1]["dtmf"]["timeOut"], 2);
    let (_, next) = day.keys(&question, "96", true).await;
    assert_eq!(next[0]["action"], "stream");
    // Nobody presses a key for three seconds: asked for two, then for one more.
    let (_, still) = day.keys(&next, "", true).await;
    assert_eq!(still[0]["dtmf"]["timeOut"], 1);
    let (_, over) = day.keys(&still, "", true).await;
    assert_eq!(over, json!([{ "action": "hangup" }]));
    assert_eq!(conducting.await.unwrap(), (Heard::Keys("96".into()), Heard::Nothing));
    let asked = day.next().await;
    assert_eq!((asked.path.as_str(), &asked.body), ("/v1/calls/leg-1", &json!({ "action": "hangup" })));
    assert!(day.lines.live().is_empty());
}

#[tokio::test]
async fn the_key_that_ends_an_entry_is_told_and_so_is_the_silence_after_keys() {
    let mut day = day().await;
    let mut events = day.talk(1).await;
    day.lines.say(call(1), &words("Nhiệt độ?"), Some(SECOND * 4)).await.unwrap();
    let list = day.next().await.body["destination"]["ncco"].clone();
    let (_, on) = day.keys(&list, "385", false).await;
    let keys = ['3', '8', '5', '#'].map(Happened::Key);
    assert_eq!(told(&mut events), keys);
    assert_eq!(on[0]["action"], "input");
    let (_, on) = day.keys(&on, "", true).await;
    assert!(told(&mut events).is_empty());
    day.keys(&on, "", true).await;
    assert_eq!(told(&mut events), [Happened::Silent]);
}

#[tokio::test]
async fn how_a_call_that_was_not_answered_ended_is_told() {
    let mut day = day().await;
    let cases = [
        ("busy", true, Happened::Busy(486)),
        ("rejected", true, Happened::Rejected(603)),
        ("failed", false, Happened::Unreachable(Some(404))),
        ("unanswered", true, Happened::NoAnswer),
        ("timeout", false, Happened::Unreachable(Some(404))),
    ];
    for (number, (status, rang, happened)) in (1..).zip(cases) {
        let (_, mut events) = day.dial(number).await;
        if rang {
            day.event(number, json!({ "status": "ringing" })).await;
        }
        let code = if rang { Value::Null } else { json!(404) };
        day.event(number, json!({ "status": status, "sip_code": code })).await;
        assert_eq!(told(&mut events).pop(), Some(happened), "{status}");
        assert!(events.next().await.is_none());
    }
}

#[tokio::test]
async fn a_provider_that_is_down_or_says_no_takes_no_call() {
    let mut day = day().await;
    for (status, unavailable) in [(503, true), (429, true), (401, true), (400, false)] {
        day.status.store(status, SeqCst);
        let answer = day.lines.dial(dialled(1)).await;
        day.next().await;
        match answer {
            Err(Error::Unavailable(why)) => assert!(unavailable && why.contains(&status.to_string())),
            Err(Error::Invalid { field: "number", .. }) => assert!(!unavailable),
            _ => panic!("{status}"),
        }
        assert_eq!(day.lines.free(), 4);
    }
    let settings = Settings {
        // Nobody listens there.
        calls: "http://127.0.0.1:9/v1/calls".parse().unwrap(),
        key: Key::Signed { issuer: "SK".into(), secret: "secret".into() },
        token: TOKEN.into(),
        public_url: day.us.clone(),
        from: "842873000000".into(),
        channels: 1,
        recordings: None,
        hold: http_lines::HOLD,
    };
    let lines = HttpLines::new(day.clock.clone(), Rng::seeded(4), settings).unwrap();
    let error = lines.dial(dialled(1)).await.unwrap_err();
    assert!(matches!(&error, Error::Unavailable(why) if !why.contains("/v1")), "{error}");
    let mut short = dialled(2);
    short.number = "sip:me@example".into();
    assert!(matches!(lines.dial(short).await, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn events_that_come_twice_late_or_out_of_order_change_nothing() {
    let mut day = day().await;
    let mut events = day.talk(1).await;
    // The ringing comes after the answer.
    day.event(1, json!({ "uuid": "leg-1", "status": "ringing" })).await;
    day.event(1, json!({ "uuid": "leg-1", "status": "started" })).await;
    day.lines.say(call(1), &words("một"), Some(SECOND * 2)).await.unwrap();
    let first = day.next().await.body["destination"]["ncco"].clone();
    day.lines.say(call(1), &words("hai"), Some(SECOND * 9)).await.unwrap();
    let second = day.next().await.body["destination"]["ncco"].clone();
    // Keys of a list that has been replaced.
    assert_eq!(day.keys(&first, "1", true).await.0, 204);
    assert!(told(&mut events).is_empty());
    let (_, on) = day.keys(&second, "", true).await;
    assert_eq!(told(&mut events), [Happened::Said]);
    // Our answer was lost: the same is told again, and answered by the same list.
    assert_eq!(day.keys(&second, "", true).await, (200, on));
    assert!(told(&mut events).is_empty());
    for _ in 0..2 {
        assert_eq!(day.event(1, json!({ "uuid": "leg-1", "status": "completed" })).await.0, 204);
    }
    day.event(1, json!({ "uuid": "leg-1", "status": "busy" })).await;
    assert_eq!(told(&mut events), [Happened::Ended(Side::Them)]);
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn unknown_calls_wrong_tokens_and_bodies_find_nothing() {
    let mut day = day().await;
    let (asked, _events) = day.dial(1).await;
    let answer = asked.body["answer_url"][0].as_str().unwrap();
    assert_eq!(day.event(9, json!({ "status": "busy" })).await.0, 404);
    let stranger = answer.replace(&call(1).to_string(), &call(9).to_string());
    assert_eq!(post(&day.client, &stranger, json!({})).await.0, 404);
    let not_an_id = answer.replace(&call(1).to_string(), "x");
    assert_eq!(post(&day.client, &not_an_id, json!({})).await.0, 404);
    // The call of somebody else's name.
    assert_eq!(day.event(1, json!({ "uuid": "leg-2", "status": "busy" })).await.0, 404);
    for token in ["", "x", &TOKEN[1..], TOKEN.to_uppercase().as_str()] {
        let wrong = answer.replace(TOKEN, token);
        assert_eq!(post(&day.client, &wrong, json!({})).await.0, 404, "{token}");
        let sound = format!("{}/voice/{token}/sound/x.wav", day.us);
        assert_eq!(day.client.get(sound).send().await.unwrap().status().as_u16(), 404);
    }
    let event = format!("{}/voice/{TOKEN}/event?call={}", day.us, call(1));
    for (body, status) in [("[]", 422), ("nothing", 422), (&*" ".repeat(70_000), 413)] {
        let answer = day.client.post(&event).body(body.to_owned()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
    }
    assert_eq!(day.lines.live(), [call(1)]);
}

#[tokio::test]
async fn a_call_that_is_given_up_is_not_answered_any_more() {
    let mut day = day().await;
    let (asked, mut events) = day.dial(1).await;
    assert!(matches!(day.lines.dial(dialled(1)).await, Err(Error::Conflict(_))));
    day.lines.hang_up(call(1)).await.unwrap();
    assert_eq!(day.next().await.body, json!({ "action": "hangup" }));
    assert_eq!(told(&mut events).pop(), Some(Happened::Ended(Side::Us)));
    let answer = asked.body["answer_url"][0].as_str().unwrap();
    let (_, list) = post(&day.client, answer, json!({ "uuid": "leg-1" })).await;
    assert_eq!(list, json!([{ "action": "hangup" }]));
    assert_eq!(told(&mut events), [Happened::AnsweredTooLate]);
    assert!(events.next().await.is_none());
    // A provider that falls silent is not waited for.
    let (_, mut events) = day.dial(2).await;
    day.event(2, json!({ "status": "ringing" })).await;
    day.clock.advance(SECOND * 36);
    day.lines.tick().await;
    assert_eq!(told(&mut events).pop(), Some(Happened::NoAnswer));
    day.clock.advance(SECOND * 200);
    day.lines.tick().await;
    assert!(events.next().await.is_none());
    assert_eq!(day.event(2, json!({ "status": "completed" })).await.0, 404);
}

#[tokio::test]
async fn calls_are_joined_overheard_and_parted_as_conferences() {
    let mut day = day().await;
    let _one = day.talk(1).await;
    // The stub calls every leg the same; what matters is what each is told.
    let _other = day.talk(2).await;
    let _listener = day.talk(3).await;
    assert!(matches!(day.lines.overhear(call(1), call(3)).await, Err(Error::Conflict(_))));
    day.lines.bridge(call(1), call(2)).await.unwrap();
    let mut lists = Vec::new();
    for _ in 0..2 {
        lists.push(day.next().await.body["destination"]["ncco"][0].clone());
    }
    assert_eq!(lists[0]["action"], "conversation");
    assert_eq!(lists[0]["name"], lists[1]["name"]);
    day.lines.overhear(call(1), call(3)).await.unwrap();
    let listens = day.next().await.body["destination"]["ncco"][0].clone();
    assert_eq!((&listens["name"], &listens["mute"]), (&lists[0]["name"], &json!(true)));
    Lines::press(&day.lines, call(1), "5").await.unwrap();
    let asked = day.next().await;
    assert_eq!((asked.path.as_str(), &asked.body["digits"]), ("/v1/calls/leg-1/dtmf", &json!("5")));
    // With one of the two the conference ends, and the others go on alone.
    day.event(2, json!({ "status": "completed" })).await;
    for _ in 0..2 {
        assert_eq!(day.next().await.body["destination"]["ncco"][0]["action"], "input");
    }
    assert_eq!(day.lines.live(), [call(1), call(3)]);
}

#[tokio::test]
async fn a_recording_is_fetched_once_and_what_follows_its_stop_is_not_kept() {
    let mut day = day().await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("message.wav");
    let mut events = day.talk(1).await;
    day.lines.record(call(1), into.clone(), Hear::Inbound).await.unwrap();
    let list = day.next().await.body["destination"]["ncco"].clone();
    assert_eq!((&list[0]["action"], &list[0]["format"]), (&json!("record"), &json!("wav")));
    day.clock.advance(SECOND);
    day.lines.stop_recording(call(1)).await.unwrap();
    day.clock.advance(SECOND);
    day.event(1, json!({ "status": "completed" })).await;
    let ready = json!({ "recording_url": format!("{}/files/1", day.provider) });
    for _ in 0..2 {
        assert_eq!(day.event(1, ready.clone()).await.0, 204);
    }
    let mut all = Vec::new();
    while let Some(told) = events.next().await {
        all.push(told.what);
    }
    assert_eq!(all, [Happened::Ended(Side::Them), Happened::Recorded { whole: true }]);
    assert_eq!(std::fs::read(&into).unwrap().len(), 44 + 16_000);
    // A recording elsewhere is not fetched, and one that never comes is told as lost.
    for elsewhere in [true, false] {
        let number = if elsewhere { 2 } else { 3 };
        let mut events = day.talk(number).await;
        day.lines.record(call(number), folder.path().join("2.wav"), Hear::Both).await.unwrap();
        day.next().await;
        day.event(number, json!({ "status": "completed" })).await;
        if elsewhere {
            day.event(number, json!({ "recording_url": "http://127.0.0.2/files/1" })).await;
        } else {
            day.clock.advance(SECOND * 181);
            day.lines.tick().await;
        }
        let mut last = None;
        while let Some(told) = events.next().await {
            last = Some(told.what);
        }
        assert_eq!(last, Some(Happened::Recorded { whole: false }));
    }
}

#[tokio::test]
async fn a_recording_that_cannot_be_fetched_at_once_is_fetched_again() {
    let mut day = day().await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("late.wav");
    let mut events = day.talk(1).await;
    day.lines.record(call(1), into.clone(), Hear::Both).await.unwrap();
    day.next().await;
    day.event(1, json!({ "status": "completed" })).await;
    day.status.store(503, SeqCst);
    day.event(1, json!({ "recording_url": format!("{}/files/late", day.provider) })).await;
    let mut last = None;
    while let Some(told) = events.next().await {
        last = Some(told.what);
    }
    assert_eq!(last, Some(Happened::Recorded { whole: true }));
    assert!(into.exists());
}

#[tokio::test]
async fn a_call_that_comes_in_is_offered_taken_or_refused() {
    let mut day = day().await;
    let mut offers = day.lines.offers();
    let answer = format!("{}/voice/{TOKEN}/answer", day.us);
    let comes = |id: &'static str| {
        let (client, answer) = (day.client.clone(), answer.clone());
        let body = json!({ "uuid": id, "from": "84900010001", "to": "1022" });
        tokio::spawn(async move { post(&client, &answer, body).await.1 })
    };
    let list = comes("in-1");
    let mut offer = offers.recv().await.unwrap();
    assert_eq!((offer.from.as_deref(), offer.to.as_str()), (Some(HOME), "1022"));
    day.lines.take(offer.call).await.unwrap();
    day.lines.say(offer.call, &words("Trung tâm xin nghe"), None).await.unwrap();
    assert_eq!(list.await.unwrap()[0]["action"], "stream");
    assert_eq!(told(&mut offer.events), [Happened::Answered]);
    // The provider's event names it by its own name only.
    let event = format!("{}/voice/{TOKEN}/event", day.us);
    let ended = json!({ "uuid": "in-1", "status": "completed" });
    assert_eq!(post(&day.client, &event, ended).await.0, 204);
    assert_eq!(told(&mut offer.events), [Happened::Ended(Side::Them)]);
    assert!(day.asked.try_recv().is_err());

    let list = comes("in-2");
    let mut offer = offers.recv().await.unwrap();
    day.lines.refuse(offer.call, 486).await.unwrap();
    assert_eq!(list.await.unwrap(), json!([{ "action": "hangup" }]));
    assert_eq!(told(&mut offer.events), [Happened::Ended(Side::Us)]);

    // Two callers of four channels: the others are for whoever serves them.
    let waiting = [comes("in-4"), comes("in-5")];
    let two = [offers.recv().await.unwrap(), offers.recv().await.unwrap()];
    assert_eq!(comes("in-6").await.unwrap(), json!([{ "action": "hangup" }]));
    assert!(offers.try_recv().is_err() && day.lines.free() == 2);
    for offer in two {
        day.lines.refuse(offer.call, 486).await.unwrap();
    }
    for list in waiting {
        list.await.unwrap();
    }

    // Nobody takes it.
    let list = comes("in-3");
    let mut offer = offers.recv().await.unwrap();
    assert_eq!(list.await.unwrap(), json!([{ "action": "hangup" }]));
    assert_eq!(told(&mut offer.events), [Happened::Ended(Side::Network)]);
    assert!(matches!(day.lines.take(offer.call).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_call_whose_events_nobody_hears_any_more_is_ended() {
    let mut day = day().await;
    let events = day.talk(1).await;
    day.lines.tick().await;
    assert_eq!(day.lines.live(), [call(1)]);
    drop(events);
    day.lines.tick().await;
    let asked = day.next().await;
    assert_eq!((asked.path.as_str(), asked.body), ("/v1/calls/leg-1", json!({ "action": "hangup" })));
    // One that still rings.
    let (asked, events) = day.dial(2).await;
    drop(events);
    day.lines.tick().await;
    assert_eq!(day.next().await.body, json!({ "action": "hangup" }));
    let answer = asked.body["answer_url"][0].as_str().unwrap();
    assert_eq!(post(&day.client, answer, json!({})).await.1, json!([{ "action": "hangup" }]));
    // One that is offered.
    let mut offers = day.lines.offers();
    let (client, answer) = (day.client.clone(), format!("{}/voice/{TOKEN}/answer", day.us));
    let comes = json!({ "uuid": "in-1", "from": "84900010001", "to": "1022" });
    let list = tokio::spawn(async move { post(&client, &answer, comes).await.1 });
    drop(offers.recv().await.unwrap());
    day.lines.tick().await;
    assert_eq!(list.await.unwrap(), json!([{ "action": "hangup" }]));
    assert!(day.lines.live().is_empty());
}

#[tokio::test]
async fn a_token_that_can_be_guessed_is_refused() {
    for token in ["short", "with/a/slash/and/long/enough", ""] {
        let settings = Settings {
            calls: "https://voice.example/v1/calls".parse().unwrap(),
            key: Key::Bearer("k".into()),
            token: token.into(),
            public_url: "https://centre.example".into(),
            from: "1".into(),
            channels: 1,
            recordings: None,
            hold: http_lines::HOLD,
        };
        assert!(HttpLines::new(Clock::system(), Rng::seeded(1), settings).is_err(), "{token}");
    }
}
