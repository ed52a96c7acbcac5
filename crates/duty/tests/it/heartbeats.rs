use duty::{
    heartbeats::{self, State, Status},
    tickets::{self, Entry, attempts},
};
use jiff::SignedDuration;
use kernel::{Error, Role, TicketId};
use testkit::TestCentre;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn beat(centre: &TestCentre, instance: &str) {
    let mut cx = centre.system().await;
    heartbeats::beat(&mut cx, "gate_sync", instance).await.unwrap();
    cx.commit().await.unwrap();
}

/// The gates, as the data-sources page lists them.
async fn gates(centre: &TestCentre) -> Vec<Status> {
    let mut cx = centre.system().await;
    let all = heartbeats::status(&mut cx).await.unwrap();
    all.into_iter().filter(|status| status.code == "gate_sync").collect()
}

async fn ticket(centre: &TestCentre, id: TicketId) -> tickets::Ticket {
    let mut cx = centre.system().await;
    tickets::ticket(&mut cx, id).await.unwrap().0
}

/// What was written on a ticket, oldest first.
async fn words(centre: &TestCentre, id: TicketId) -> Vec<String> {
    let mut cx = centre.system().await;
    let entries = tickets::timeline(&mut cx, id).await.unwrap();
    let events = entries.into_iter().filter_map(|entry| match entry {
        Entry::Event(event) => event.payload.and_then(|payload| payload["text"].as_str().map(str::to_owned)),
        Entry::Level { .. } => None,
    });
    events.collect()
}

#[tokio::test]
async fn what_was_never_connected_is_not_missed() {
    let centre = TestCentre::new().await;
    centre.advance(SignedDuration::from_hours(48)).await;
    let mut cx = centre.system().await;
    let all = heartbeats::status(&mut cx).await.unwrap();
    let codes: Vec<_> = all.iter().map(|status| status.code.as_str()).collect();
    assert_eq!(codes, ["beds", "camera_feed", "centre_watch", "city_1022_feed", "gate_sync", "pass_trust"]);
    assert!(all.iter().all(|status| status.state == State::NotConnected && status.ticket.is_none()));
}

#[tokio::test]
async fn beats_in_time_keep_everyone_quiet_and_each_gate_counts_for_itself() {
    let centre = TestCentre::new().await;
    beat(&centre, "10").await;
    for _ in 0..6 {
        beat(&centre, "2").await;
        centre.advance(MINUTE * 5).await;
    }
    let gates = gates(&centre).await;
    let states: Vec<_> = gates.iter().map(|gate| (gate.instance.as_deref().unwrap(), gate.state)).collect();
    assert_eq!(states, [("2", State::Alive), ("10", State::Silent)]);
    let silent = ticket(&centre, gates[1].ticket.unwrap()).await;
    assert_eq!(silent.task["vi"], "Mất tín hiệu: Đồng bộ lượt ra vào từ các chốt (10)");
    assert_eq!(silent.unit, Some(centre.unit("TTDH").await));
}

#[tokio::test]
async fn a_silence_rings_once_and_ends_by_itself_when_the_beat_returns() {
    let centre = TestCentre::new().await;
    let operator = centre
        .staff("Trực tổng đài")
        .at(centre.unit("TTDH").await, Role::Operator)
        .phone("+84900000009")
        .on_duty()
        .create()
        .await;
    beat(&centre, "3").await;
    // Every five minutes with ten minutes of grace.
    centre.advance(MINUTE * 15 - SignedDuration::from_secs(1)).await;
    assert_eq!(gates(&centre).await[0].state, State::Alive);
    centre.advance(SignedDuration::from_secs(1)).await;
    let silence = gates(&centre).await[0].ticket.expect("a ticket opened");
    let mut cx = centre.system().await;
    let rung = attempts::of_tickets(&mut cx, &[silence]).await.unwrap();
    assert!(rung.iter().any(|a| a.channel == "call" && a.staff == Some(operator) && a.ended_at.is_none()));
    cx.rollback().await.unwrap();
    centre.advance(MINUTE).await;
    assert_eq!(gates(&centre).await.len(), 1);
    beat(&centre, "3").await;
    let ended = ticket(&centre, silence).await;
    assert_eq!((ended.state, ended.accepted_at, ended.climbs_at), (tickets::State::Resolved, None, None));
    assert_eq!(words(&centre, silence).await, ["Đã có tín hiệu trở lại sau 16 phút gián đoạn."]);
    let mut cx = centre.system().await;
    let rung = attempts::of_tickets(&mut cx, &[silence]).await.unwrap();
    assert!(rung.iter().all(|a| a.outcome.as_deref() == Some("withdrawn")), "{rung:?}");
    drop(cx);
    assert_eq!((gates(&centre).await[0].state, gates(&centre).await[0].ticket), (State::Alive, None));
    // A closed silence stays closed; the next one is a ticket of its own.
    centre.advance(MINUTE * 15).await;
    let next = gates(&centre).await[0].ticket.expect("a new ticket opened");
    assert_ne!(next, silence);
}

#[tokio::test]
async fn an_accepted_silence_stays_with_its_owner_and_is_not_opened_twice() {
    let centre = TestCentre::new().await;
    let unit = centre.unit("TTDH").await;
    let operator = centre.staff("Trực tổng đài").at(unit, Role::Operator).on_duty().create().await;
    beat(&centre, "").await;
    centre.advance(MINUTE * 15).await;
    let silence = gates(&centre).await[0].ticket.unwrap();
    let mut cx = centre.as_staff(operator).await;
    tickets::accept(&mut cx, silence).await.unwrap();
    cx.commit().await.unwrap();
    beat(&centre, "").await;
    assert_eq!(ticket(&centre, silence).await.state, tickets::State::Accepted);
    centre.advance(MINUTE * 15).await;
    let again = &gates(&centre).await[0];
    assert_eq!((again.state, again.ticket, again.instance.as_deref()), (State::Silent, Some(silence), None));
    assert_eq!(
        words(&centre, silence).await,
        ["Đã có tín hiệu trở lại sau 15 phút gián đoạn.", "Lại mất tín hiệu."]
    );
}

#[tokio::test]
async fn a_miss_is_recorded_once_until_the_next_beat() {
    let centre = TestCentre::new().await;
    let miss = async || {
        let mut cx = centre.system().await;
        heartbeats::missed(&mut cx, "camera_feed", "12", "no route").await.unwrap();
        cx.commit().await.unwrap();
    };
    miss().await;
    centre.advance(MINUTE).await;
    miss().await;
    let mut cx = centre.system().await;
    let cameras = heartbeats::status(&mut cx).await.unwrap();
    let camera = cameras.iter().find(|status| status.code == "camera_feed").unwrap();
    assert_eq!((camera.state, camera.last_error.as_deref()), (State::NotConnected, Some("no route")));
    assert_eq!(camera.failing_since, Some(cx.now() - MINUTE));
    heartbeats::beat(&mut cx, "camera_feed", "12").await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = centre.system().await;
    let cameras = heartbeats::status(&mut cx).await.unwrap();
    let camera = cameras.iter().find(|status| status.code == "camera_feed").unwrap();
    assert_eq!((camera.state, camera.last_error.as_deref()), (State::Alive, None));
}

#[tokio::test]
async fn unknown_codes_bad_names_and_strangers_are_refused() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    assert!(matches!(heartbeats::beat(&mut cx, "no_such", "1").await, Err(Error::NotFound)));
    let long = heartbeats::beat(&mut cx, "gate_sync", &"x".repeat(61)).await;
    assert!(matches!(long, Err(Error::Invalid { field: "instance", .. })));
    drop(cx);
    let clerk =
        centre.staff("Cán bộ phường").at(centre.unit("TPHONG").await, Role::WardOfficial).create().await;
    let mut cx = centre.as_staff(clerk).await;
    assert!(matches!(heartbeats::status(&mut cx).await, Err(Error::NotFound)));
    // Another tenant has its own: nothing of this one's gates.
    beat(&centre, "3").await;
    let other = centre.add_tenant("tan-hung").await;
    let mut cx = centre.store.begin(other.id, kernel::Actor::system("test")).await.unwrap();
    let theirs = heartbeats::status(&mut cx).await.unwrap();
    assert!(theirs.iter().all(|status| status.code != "gate_sync"));
    assert!(matches!(heartbeats::beat(&mut cx, "gate_sync", "3").await, Err(Error::NotFound)));
}
