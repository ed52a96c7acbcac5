//! Calls that come to nothing, each told for what it was and in time.

use crate::{
    peer::{LOCALHOST, Sipp, agent, config, forgotten, free_port, next, rest, trunk},
    phone::{Phone, now},
    scenario::{Scenario, sdp, sdp_with},
};
use sip::{Agent, Count, Dial, Limits, Refused, Side, Trunk, What};
use std::time::Duration;
use tokio::net::UdpSocket;

const RING: Duration = Duration::from_secs(10);
/// What a watchdog may be late on a loaded machine.
const SLACK: Duration = Duration::from_millis(250);

async fn refused(status: &str) -> Option<Vec<What>> {
    let scenario = Scenario::new().recv("INVITE").ringing().reply(status, "", "").recv("ACK");
    let network = Sipp::called(&scenario).await?;
    let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    let told = rest(&mut events).await;
    network.succeeded().await;
    forgotten(&agent).await;
    Some(told)
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    type Means = fn(&What) -> bool;
    let cases: [(&str, Means); 6] = [
        ("486 Busy Here", |what| matches!(what, What::Busy(486))),
        ("600 Busy Everywhere", |what| matches!(what, What::Busy(600))),
        ("603 Decline", |what| matches!(what, What::Rejected(603))),
        ("403 Forbidden", |what| matches!(what, What::Rejected(403))),
        ("404 Not Found", |what| matches!(what, What::Unreachable(Some(404)))),
        ("480 Temporarily Unavailable", |what| matches!(what, What::Unreachable(Some(480)))),
    ];
    for (status, means) in cases {
        let Some(told) = refused(status).await else { return };
        assert!(matches!(told[..2], [What::InviteSent { .. }, What::Ringing(180)]), "{told:?}");
        assert!(told.len() == 3 && means(&told[2]), "{status}: {told:?}");
    }
}

#[tokio::test]
async fn a_phone_that_rings_for_ever_is_left_on_time() {
    let scenario = Scenario::new().recv("INVITE").ringing().cancelled();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
    let began = now();
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", Duration::from_secs(1))).unwrap();
    let told = loop {
        let event = next(&mut events).await;
        if event.what.is_final() {
            break event;
        }
    };
    assert!(matches!(told.what, What::NoAnswer), "{told:?}");
    assert!((told.at - began).abs_diff(Duration::from_secs(1)) < SLACK, "{:?}", told.at - began);
    network.succeeded().await;
    assert!(rest(&mut events).await.is_empty());
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_network_that_says_nothing_does_not_delay_the_report() {
    let silent = UdpSocket::bind((LOCALHOST, 0)).await.unwrap();
    let (agent, _incoming) = agent(vec![trunk(silent.local_addr().unwrap())]).await;
    let began = now();
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", Duration::from_secs(1))).unwrap();
    assert!(matches!(next(&mut events).await.what, What::InviteSent { .. }));
    let told = next(&mut events).await;
    assert!(matches!(told.what, What::Unreachable(None)), "no phone rang: {told:?}");
    assert!((told.at - began).abs_diff(Duration::from_secs(1)) < SLACK, "{:?}", told.at - began);
    assert!(rest(&mut events).await.is_empty());
    forgotten(&agent).await;
}

#[tokio::test]
async fn nothing_listens_there() {
    let (agent, _incoming) = agent(vec![trunk(free_port())]).await;
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", Duration::from_millis(700))).unwrap();
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::InviteSent { .. }, What::Unreachable(None)]), "{told:?}");
    forgotten(&agent).await;
}

#[tokio::test]
async fn an_answer_after_our_cancel_is_ended_and_told() {
    let phone = Phone::new().await;
    let scenario = Scenario::new()
        .recv("INVITE")
        .ringing()
        .recv("CANCEL")
        .ok()
        .pause(200)
        .reply_invite("200 OK", &sdp(phone.address()))
        .recv("ACK")
        .hung_up();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", Duration::from_secs(1))).unwrap();
    let told = rest(&mut events).await;
    assert!(
        matches!(told[..], [.., What::Ringing(180), What::NoAnswer, What::AnsweredTooLate(200)]),
        "{told:?}"
    );
    assert!(!call.is_talking());
    network.succeeded().await;
    forgotten(&agent).await;
    assert_eq!(agent.counters().get(Count::AnsweredTooLate), 1);
    assert_eq!(agent.counters().get(Count::CallsAnswered), 0);
}

#[tokio::test]
async fn an_answer_without_a_common_codec_is_ended() {
    let phone = Phone::new().await;
    for body in [sdp_with(phone.address(), "18", "sendrecv"), "hello\n".to_owned(), String::new()] {
        let scenario = Scenario::new()
            .recv("INVITE")
            .reply("200 OK", "Content-Type: application/sdp\n", &body)
            .recv("ACK")
            .hung_up();
        let Some(network) = Sipp::called(&scenario).await else { return };
        let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
        let (_call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
        let told = rest(&mut events).await;
        assert!(matches!(told[..], [What::InviteSent { .. }, What::Unreachable(Some(488))]), "{told:?}");
        network.succeeded().await;
        forgotten(&agent).await;
    }
}

#[tokio::test]
async fn hanging_up_while_it_rings_cancels() {
    let scenario = Scenario::new().recv("INVITE").ringing().cancelled();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    while !matches!(next(&mut events).await.what, What::Ringing(_)) {}
    call.hang_up();
    assert!(matches!(rest(&mut events).await[..], [What::Ended { by: Side::Us }]));
    network.succeeded().await;
    forgotten(&agent).await;
}

#[tokio::test]
async fn what_cannot_be_called_is_refused_at_once() {
    let silent = UdpSocket::bind((LOCALHOST, 0)).await.unwrap();
    let mut one = trunk(silent.local_addr().unwrap());
    one.max_channels = 2;
    let mut config = config(vec![one]);
    config.limits = Limits { channels: 9, calls_per_second: 3.0, ..Limits::default() };
    let (agent, _incoming) = Agent::start(config).await.unwrap();
    let dial = |to: &str, key: &str| agent.call(Dial::new(to, key, RING));
    for bad in ["", "1 2", "1@evil.example", "1\r\nX: y", "0;phone-context=x", &"1".repeat(65)] {
        assert!(matches!(dial(bad, "bad"), Err(Refused::BadNumber)), "{bad:?}");
    }
    let (call, _events) = dial("+84901234567", "a").unwrap();
    assert!(matches!(dial("+84901234567", "a"), Err(Refused::KnownKey)));
    assert_eq!(agent.get("a").unwrap().number(), call.number());
    let _second = dial("115", "b").unwrap();
    assert!(matches!(dial("115", "c"), Err(Refused::ChannelsFull)));
    assert!(matches!(dial("115", "c"), Err(Refused::TooFast)), "and its key stays free");
    let elsewhere = Dial { trunk: Some("none".into()), ..Dial::new("115", "d", RING) };
    assert!(matches!(agent.call(elsewhere), Err(Refused::NoTrunk | Refused::TooFast)));
    assert_eq!(agent.counters().get(Count::CallsOverLimit), 3);
    let stopped = agent.clone();
    agent.stop().await;
    assert!(matches!(stopped.call(Dial::new("115", "e", RING)), Err(Refused::Stopped)));
}

#[tokio::test]
async fn a_call_that_had_to_prove_its_password_is_cancelled_too() {
    let scenario = Scenario::new().challenge_only("INVITE").recv("INVITE").ringing().cancelled();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let with_password = Trunk { user: "center".into(), password: "s3cret".into(), ..trunk(network.address) };
    let (agent, _incoming) = agent(vec![with_password]).await;
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", Duration::from_secs(1))).unwrap();
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [.., What::Ringing(180), What::NoAnswer]), "{told:?}");
    network.succeeded().await;
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_network_that_wakes_up_too_late_is_let_down_gently() {
    let phone = Phone::new().await;
    let rings = Scenario::new().recv("INVITE").pause(1_200).ringing().cancelled();
    let answers = Scenario::new()
        .recv("INVITE")
        .pause(1_200)
        .reply_invite("200 OK", &sdp(phone.address()))
        .recv("ACK")
        .hung_up();
    for late in [rings, answers] {
        let Some(network) = Sipp::called(&late).await else { return };
        let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
        let (_call, mut events) =
            agent.call(Dial::new("0901234567", "a", Duration::from_millis(700))).unwrap();
        let told = rest(&mut events).await;
        assert!(matches!(told[..], [What::InviteSent { .. }, What::Unreachable(None)]), "{told:?}");
        forgotten(&agent).await;
        network.succeeded().await;
        forgotten(&agent).await;
    }
}

#[tokio::test]
async fn no_call_lasts_for_ever() {
    let phone = Phone::new().await;
    let scenario = Scenario::new().recv("INVITE").answer(phone.address()).hung_up();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let mut config = config(vec![trunk(network.address)]);
    config.limits.talk = Duration::from_millis(300);
    let (agent, _incoming) = Agent::start(config).await.unwrap();
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [.., What::Answered(200), What::Ended { by: Side::Us }]), "{told:?}");
    network.succeeded().await;
    forgotten(&agent).await;
}
