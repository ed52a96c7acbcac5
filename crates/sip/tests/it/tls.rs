//! Trunks over TLS: whom we believe, and how their calls come in.

use crate::{
    baresip::{Baresip, Kind},
    peer::{LOCALHOST, LONG, Sipp, agent, answered, config, forgotten, free_port, rest, trunk, until},
    phone::{Phone, tone},
    scenario::{Scenario, sdp},
};
use sip::{
    Agent, Dial, Over, Side, StartError, Trunk, What,
    test_peers::tls::{Authority, Door},
};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpListener, UdpSocket},
    time::timeout,
};

const RING: Duration = Duration::from_secs(10);
pub const HERE: &str = "IP:127.0.0.1";

pub fn over_tls(at: SocketAddr, authority: &Authority) -> Trunk {
    Trunk { over: Over::Tls, ca: Some(authority.certificates()), ..trunk(at) }
}

async fn until_opened(door: &Door, times: usize) {
    let mut opened = door.opened.subscribe();
    timeout(LONG, opened.wait_for(|so_far| *so_far >= times)).await.expect("a connection").unwrap();
}

#[tokio::test]
async fn a_call_over_tls_from_invite_to_bye() {
    let mut phone = Phone::new().await;
    let Some(authority) = Authority::new() else { return };
    let answer = Scenario::new().recv("INVITE").ringing().answer(phone.address()).hung_up();
    let Some(network) = Sipp::start(&answer, &["-m", "1", "-t", "t1"]).await else { return };
    let door = Door::before(network.address, &authority.sign("DNS:localhost")).await;
    let by_name =
        Trunk { server: format!("localhost:{}", door.address.port()), ..over_tls(door.address, &authority) };
    let (agent, _incoming) = agent(vec![by_name]).await;
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    answered(&mut events).await;
    phone.receive().await;
    call.hang_up();
    assert!(matches!(rest(&mut events).await[..], [What::Ended { by: Side::Us }]));
    let log = network.succeeded().await;
    assert!(log.contains("Via: SIP/2.0/TLS 127.0.0.1:") && log.contains(";transport=TLS>"), "{log}");
    forgotten(&agent).await;
    assert_eq!(*door.opened.borrow(), 1, "one connection for all of it");
}

#[tokio::test]
async fn nothing_is_said_to_a_server_whose_certificate_is_not_good() {
    let (Some(authority), Some(other)) = (Authority::new(), Authority::new()) else { return };
    let nowhere = free_port();
    let here = Door::before(nowhere, &authority.sign(HERE)).await;
    let elsewhere = Door::before(nowhere, &authority.sign("DNS:pbx.example.vn,IP:127.0.0.2")).await;
    for (trunk, why) in [
        (over_tls(here.address, &other), "another authority"),
        (over_tls(elsewhere.address, &authority), "another name"),
        (Trunk { ca: None, ..over_tls(here.address, &authority) }, "no authority of this machine"),
        (over_tls(free_port(), &authority), "nobody there"),
    ] {
        let (agent, _incoming) = match Agent::start(config(vec![trunk])).await {
            Ok(agent) => agent,
            // A machine without any root certificate says so at once.
            Err(StartError::Tls(..)) if why.contains("machine") => continue,
            Err(error) => panic!("{error}"),
        };
        let (_call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
        let told = rest(&mut events).await;
        assert!(matches!(told[..], [What::Unreachable(None)]), "{why}: {told:?}");
        assert!(agent.trunks()[0].down, "{why}");
        forgotten(&agent).await;
    }
    assert_eq!((*here.opened.borrow(), *elsewhere.opened.borrow()), (0, 0));
    let missing = Trunk { ca: Some("/nowhere/ca.pem".into()), ..over_tls(here.address, &authority) };
    let started = Agent::start(config(vec![missing])).await;
    assert!(matches!(started, Err(StartError::Tls(..))));
}

#[tokio::test]
async fn calls_do_not_wait_one_behind_the_other_for_a_server_that_is_dead() {
    let Some(authority) = Authority::new() else { return };
    // Takes connections, and says nothing on them.
    let silent = TcpListener::bind((LOCALHOST, 0)).await.unwrap();
    let mut config = config(vec![over_tls(silent.local_addr().unwrap(), &authority)]);
    config.timers.silent = Duration::from_secs(2);
    config.limits.calls_per_second = 100.0;
    config.trunks[0].calls_per_second = 100.0;
    let (agent, _incoming) = Agent::start(config).await.unwrap();
    // Ten in a row would take 20 s.
    let calls: Vec<_> = (0..10)
        .map(|n| agent.call(Dial::new("0901234567", format!("call-{n}"), Duration::from_mins(1))).unwrap())
        .collect();
    let all = async {
        for (_call, mut events) in calls {
            let told = rest(&mut events).await;
            assert!(matches!(told[..], [What::Unreachable(None)]), "{told:?}");
        }
    };
    timeout(Duration::from_secs(10), all).await.expect("all fail with the first");
    assert!(agent.trunks()[0].down);
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_call_comes_in_over_the_connection_that_registered() {
    let mut phone = Phone::new().await;
    let Some(authority) = Authority::new() else { return };
    let scenario = Scenario::new()
        .recv("REGISTER")
        .reply("200 OK", "Expires: 300\n", "")
        .call(&sdp(phone.address()))
        .optional(100)
        .recv_status(200)
        .ack("")
        .pause(200)
        .bye();
    // It calls whom it was called by.
    let scenario = Scenario::verbatim(scenario.xml().replace("[remote_ip]:[remote_port]", "127.0.0.1:5060"));
    let Some(registrar) = Sipp::start(&scenario, &["-m", "1", "-t", "t1"]).await else { return };
    let door = Door::before(registrar.address, &authority.sign(HERE)).await;
    let registering = Trunk { user: "center".into(), register: true, ..over_tls(door.address, &authority) };
    let (agent, mut incoming) = agent(vec![registering]).await;
    let offer = timeout(LONG, incoming.next()).await.expect("a call").expect("an agent");
    let (_call, mut events) = offer.accept().await.unwrap();
    phone.receive().await;
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::Answered(200), What::Ended { by: Side::Peer }]), "{told:?}");
    let log = registrar.succeeded().await;
    assert!(log.contains("Contact: <sip:center@127.0.0.1:"), "{log}");
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_lost_connection_is_opened_again_and_clear_text_is_not_the_trunks() {
    let phone = Phone::new().await;
    let Some(authority) = Authority::new() else { return };
    let answer = Scenario::new().recv("INVITE").ringing().answer(phone.address()).hung_up();
    let Some(network) = Sipp::start(&answer, &["-m", "1", "-t", "t1"]).await else { return };
    let door = Door::before(network.address, &authority.sign(HERE)).await;
    let (agent, _incoming) = agent(vec![over_tls(door.address, &authority)]).await;
    until_opened(&door, 1).await;
    let clear = Scenario::new().call(&sdp(phone.address())).recv_status(404).acknowledge_refusal(2);
    Sipp::calls(&clear, agent.address()).await.unwrap().succeeded().await;
    door.cut();
    until_opened(&door, 2).await;
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    answered(&mut events).await;
    call.hang_up();
    network.succeeded().await;
    assert_eq!(*door.opened.borrow(), 2);
}

#[tokio::test]
async fn a_call_whose_connection_is_lost_does_not_end_in_the_clear() {
    let phone = Phone::new().await;
    let Some(authority) = Authority::new() else { return };
    for route in ["", "Record-Route: <sip:GATEWAY;lr>\n"] {
        // The other side names what is no trunk's, and nothing of TLS.
        let gateway = UdpSocket::bind((LOCALHOST, 0)).await.unwrap();
        let at = gateway.local_addr().unwrap().to_string();
        let named = format!("Contact: <sip:GATEWAY>\n{route}").replace("GATEWAY", &at);
        let answer = Scenario::new().recv("INVITE").ringing().answer(phone.address()).hung_up().xml();
        let answer = answer.replace("Contact: <sip:sipp@[local_ip]:[local_port]>\n", &named);
        assert!(answer.contains(&at));
        let answer = Scenario::verbatim(answer);
        let Some(network) = Sipp::start(&answer, &["-m", "1", "-t", "t1"]).await else { return };
        let door = Door::before(network.address, &authority.sign(HERE)).await;
        let (agent, _incoming) = agent(vec![over_tls(door.address, &authority)]).await;
        let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
        answered(&mut events).await;
        door.cut();
        until_opened(&door, 2).await;
        call.hang_up();
        let told = rest(&mut events).await;
        assert!(matches!(told[..], [What::Ended { by: Side::Us }]), "{told:?}");
        let mut datagram = [0; 2_000];
        let heard = timeout(Duration::from_secs(1), gateway.recv_from(&mut datagram)).await;
        assert!(heard.is_err(), "{}", String::from_utf8_lossy(&datagram));
    }
}

#[tokio::test]
async fn a_real_phone_is_called_over_tls() {
    let Some(authority) = Authority::new() else { return };
    let Some(phone) = Baresip::start("phone", Kind::Tls(&authority.sign(HERE))).await else { return };
    let (agent, _incoming) = agent(vec![over_tls(phone.address, &authority)]).await;
    let (call, mut events) = agent.call(Dial::new("phone", "a", RING)).unwrap();
    answered(&mut events).await;
    call.play(tone(440.0, Duration::from_millis(300))).unwrap();
    until(&mut events, |what| matches!(what, What::PlayEnded { complete: true, .. }).then_some(())).await;
    phone.press("7").await;
    until(&mut events, |what| matches!(what, What::Key('7')).then_some(())).await;
    phone.hang_up().await;
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::Ended { by: Side::Peer }]), "{told:?}");
    forgotten(&agent).await;
}
