//! Session timers: who refreshes a call, and what becomes of one that nobody refreshes.

use crate::{
    peer::{LOCALHOST, LONG, Sipp, agent, answered, config, forgotten, rest, trunk},
    phone::{Phone, now},
    scenario::{Scenario, sdp},
};
use sip::{Agent, Config, Dial, Incoming, Side, Trunk, What};
use std::{net::SocketAddr, time::Duration};
use tokio::time::timeout;

const RING: Duration = Duration::from_secs(10);

/// Real time, but little of it.
fn hasty(trunks: Vec<Trunk>) -> Config {
    let mut config = config(trunks);
    (config.timers.session, config.timers.session_min) = (Duration::from_secs(2), Duration::from_secs(1));
    config
}

fn answers(phone: &Phone, headers: &str) -> Scenario {
    let headers = format!("{headers}Content-Type: application/sdp\n");
    Scenario::new().recv("INVITE").reply("200 OK", &headers, &sdp(phone.address())).recv("ACK")
}

#[tokio::test]
async fn a_longer_interval_is_granted_and_the_call_refreshed_by_update_or_invite() {
    let mut phone = Phone::new().await;
    let ours = "Session-Expires: 3;refresher=uac\nRequire: timer\nAllow: INVITE, ACK, BYE, UPDATE\n";
    let with_body = format!("{ours}Content-Type: application/sdp\n");
    let scenario = Scenario::new()
        .recv("INVITE")
        .reply("422 Session Interval Too Small", "Min-SE: 3\n", "")
        .recv("ACK")
        .recv("INVITE")
        .reply("200 OK", &with_body, &sdp(phone.address()))
        .recv("ACK")
        .recv("UPDATE")
        .reply("200 OK", ours, "")
        .recv("UPDATE")
        .reply("405 Method Not Allowed", "", "")
        .recv("INVITE")
        .reply("200 OK", &with_body, &sdp(phone.address()))
        .recv("ACK")
        .hung_up();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let (agent, _incoming) = Agent::start(hasty(vec![trunk(network.address)])).await.unwrap();
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    answered(&mut events).await;
    // It goes on all the while.
    phone.receive_many(200).await;
    assert!(call.is_talking());
    call.hang_up();
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::Ended { by: Side::Us }]), "{told:?}");
    let log = network.succeeded().await;
    assert!(log.contains("Session-Expires: 2\r\n") && log.contains("Session-Expires: 3\r\n"), "{log}");
    assert!(log.contains("Min-SE: 3\r\n") && log.contains("Session-Expires: 3;refresher=uac\r\n"), "{log}");
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_trunk_that_never_grants_its_own_interval_is_not_asked_for_ever() {
    let mut scenario = Scenario::new();
    for min in 3..7 {
        let min = format!("Min-SE: {min}\n");
        scenario = scenario.recv("INVITE").reply("422 Session Interval Too Small", &min, "").recv("ACK");
    }
    let Some(network) = Sipp::called(&scenario).await else { return };
    let (agent, _incoming) = Agent::start(hasty(vec![trunk(network.address)])).await.unwrap();
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::InviteSent { .. }, What::Unreachable(Some(422))]), "{told:?}");
    network.succeeded().await;
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_call_that_the_other_side_forgets_to_refresh_is_ended_in_time() {
    let phone = Phone::new().await;
    let scenario = answers(&phone, "Session-Expires: 3;refresher=uas\n").hung_up();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let (agent, _incoming) = Agent::start(hasty(vec![trunk(network.address)])).await.unwrap();
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    answered(&mut events).await;
    let since = now();
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::Ended { by: Side::Network }]), "{told:?}");
    assert!(since.elapsed().abs_diff(Duration::from_secs(2)) < Duration::from_millis(500), "a third before");
    network.succeeded().await;
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_call_that_the_other_side_does_not_know_any_more_is_ended_by_our_refresh() {
    let phone = Phone::new().await;
    let scenario = answers(&phone, "Session-Expires: 2;refresher=uac\n")
        .recv("INVITE")
        .reply("481 Call/Transaction Does Not Exist", "", "")
        .recv("ACK")
        .hung_up();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let (agent, _incoming) = Agent::start(hasty(vec![trunk(network.address)])).await.unwrap();
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    answered(&mut events).await;
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::Ended { by: Side::Network }]), "{told:?}");
    network.succeeded().await;
    forgotten(&agent).await;
}

/// Every request of the caller says so.
fn asking(scenario: &Scenario, headers: &str) -> Scenario {
    Scenario::verbatim(scenario.xml().replace("Max-Forwards: 70", &format!("{headers}Max-Forwards: 70")))
}

fn anybody() -> Trunk {
    trunk(SocketAddr::new(LOCALHOST, 9))
}

async fn taken(incoming: &mut Incoming) -> (sip::Call, sip::Events) {
    let offer = timeout(LONG, incoming.next()).await.expect("a call").expect("an agent");
    offer.accept().await.unwrap()
}

#[tokio::test]
async fn a_caller_who_refreshes_keeps_his_call_and_one_who_stops_loses_it() {
    let mut phone = Phone::new().await;
    let (agent, mut incoming) = Agent::start(hasty(vec![anybody()])).await.unwrap();
    let scenario = Scenario::new()
        .call(&sdp(phone.address()))
        .optional(100)
        .recv_status(200)
        .ack("")
        .pause(1_300)
        .follow("UPDATE", 2, "")
        .recv_status(200)
        .hung_up();
    let scenario = asking(&scenario, "Supported: timer\nSession-Expires: 3;refresher=uac\n");
    let Some(caller) = Sipp::calls(&scenario, agent.address()).await else { return };
    let (_call, mut events) = taken(&mut incoming).await;
    answered(&mut events).await;
    let since = now();
    phone.receive().await;
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::Ended { by: Side::Network }]), "{told:?}");
    assert!(since.elapsed().abs_diff(Duration::from_millis(3_300)) < Duration::from_millis(600));
    let log = caller.succeeded().await;
    let says = |what: &str| log.matches(what).count();
    assert_eq!(says("Require: timer\r\n"), 2, "in both answers: {log}");
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_caller_for_whom_we_refresh_and_one_whose_interval_is_too_short() {
    let phone = Phone::new().await;
    let (hasty, mut incoming) = Agent::start(hasty(vec![anybody()])).await.unwrap();
    let call = Scenario::new().call(&sdp(phone.address())).optional(100);
    let scenario = call
        .clone()
        .recv_status(200)
        .ack("")
        .recv("UPDATE")
        .reply("200 OK", "Session-Expires: 2;refresher=uac\n", "")
        .follow("BYE", 2, "")
        .recv_status(200);
    let asks = "Supported: timer\nAllow: INVITE, ACK, UPDATE, BYE\nSession-Expires: 2;refresher=uas\n";
    let Some(caller) = Sipp::calls(&asking(&scenario, asks), hasty.address()).await else { return };
    let (_call, mut events) = taken(&mut incoming).await;
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::Answered(200), What::Ended { by: Side::Peer }]), "{told:?}");
    caller.succeeded().await;
    forgotten(&hasty).await;

    let (agent, _incoming) = agent(vec![anybody()]).await;
    let short =
        asking(&call.recv_status(422).acknowledge_refusal(2), "Supported: timer\nSession-Expires: 30\n");
    let log = Sipp::calls(&short, agent.address()).await.unwrap().succeeded().await;
    assert!(log.contains("Min-SE: 90"), "{log}");
}
