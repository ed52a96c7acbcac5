//! Calls that come in, and what must not come in.

use crate::{
    peer::{LOCALHOST, LONG, Sipp, agent, config, forgotten, rest, trunk, until},
    phone::{FRAME, Phone},
    scenario::{Scenario, sdp, sdp_with},
};
use sip::{Agent, Config, Count, Law, Offer, Side, Strangers, Trunk, What};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::timeout,
};

/// Any address of this machine's loopback is the carrier's.
fn anybody() -> sip::Trunk {
    trunk(SocketAddr::new(LOCALHOST, 9))
}

async fn offered(incoming: &mut sip::Incoming) -> Offer {
    timeout(LONG, incoming.next()).await.expect("a call in time").expect("a call")
}

#[tokio::test]
async fn a_caller_is_answered_heard_and_hangs_up() {
    let mut phone = Phone::new().await;
    let (agent, mut incoming) = agent(vec![anybody()]).await;
    let scenario = Scenario::new()
        .call(&sdp(phone.address()))
        .recv_status(100)
        .recv_status(180)
        .recv_status(200)
        .ack("")
        .pause(500)
        .bye();
    let Some(caller) = Sipp::calls(&scenario, agent.address()).await else { return };
    let offer = offered(&mut incoming).await;
    assert_eq!((offer.from(), offer.to()), ("0901234567", "200"));
    offer.ring().unwrap();
    let (call, mut events) = offer.accept().await.unwrap();
    assert!(call.key().starts_with("in:") && call.number() == "0901234567");
    assert_eq!(phone.receive().await.payload.len(), FRAME);
    phone.press('1').await;
    until(&mut events, |what| matches!(what, What::Key('1')).then_some(())).await;
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::Ended { by: Side::Peer }]), "{told:?}");
    caller.succeeded().await;
    forgotten(&agent).await;
    assert!(!call.is_talking());
}

#[tokio::test]
async fn we_hang_up_on_a_caller() {
    let phone = Phone::new().await;
    let (agent, mut incoming) = agent(vec![anybody()]).await;
    let scenario =
        Scenario::new().call(&sdp(phone.address())).optional(100).recv_status(200).ack("").hung_up();
    let Some(caller) = Sipp::calls(&scenario, agent.address()).await else { return };
    let (call, mut events) = offered(&mut incoming).await.accept().await.unwrap();
    until(&mut events, |what| matches!(what, What::Answered(200)).then_some(())).await;
    call.hang_up();
    rest(&mut events).await;
    caller.succeeded().await;
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_call_may_be_rejected_dropped_or_given_up() {
    let phone = Phone::new().await;
    let (agent, mut incoming) = agent(vec![anybody()]).await;
    let refused = |status| {
        Scenario::new().call(&sdp(phone.address())).optional(100).recv_status(status).acknowledge_refusal(3)
    };
    let Some(caller) = Sipp::calls(&refused(486), agent.address()).await else { return };
    offered(&mut incoming).await.reject(486);
    caller.succeeded().await;

    let caller = Sipp::calls(&refused(480), agent.address()).await.unwrap();
    drop(offered(&mut incoming).await);
    caller.succeeded().await;

    let gives_up = Scenario::new()
        .call(&sdp(phone.address()))
        .optional(100)
        .recv_status(180)
        .send(
            "CANCEL sip:200@[remote_ip]:[remote_port] SIP/2.0\n\
             Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-3]\n\
             From: <sip:0901234567@[local_ip]:[local_port]>;tag=[call_number]from\n\
             To: <sip:200@[remote_ip]:[remote_port]>\nCall-ID: [call_id]\nCSeq: 1 CANCEL\nMax-Forwards: 70\n\
             Content-Length: 0\n",
        )
        .recv_status(200)
        .recv_status(487)
        .acknowledge_refusal(6);
    let _caller = Sipp::calls(&gives_up, agent.address()).await.unwrap();
    let offer = offered(&mut incoming).await;
    offer.ring().unwrap();
    timeout(LONG, offer.gone()).await.expect("the caller gives up");
    assert!(offer.accept().await.is_err());
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_caller_without_a_description_takes_ours() {
    let mut phone = Phone::new().await;
    let (agent, mut incoming) = agent(vec![anybody()]).await;
    let scenario = Scenario::new()
        .call("")
        .optional(100)
        .recv_status(200)
        .ack(&sdp_with(phone.address(), "0 101", "sendrecv"))
        .hung_up();
    let Some(caller) = Sipp::calls(&scenario, agent.address()).await else { return };
    let (call, mut events) = offered(&mut incoming).await.accept().await.unwrap();
    assert_eq!(phone.receive().await.payload_type, Law::Pcmu.static_type());
    call.hang_up();
    rest(&mut events).await;
    caller.succeeded().await;
    forgotten(&agent).await;
}

#[tokio::test]
async fn an_offer_we_cannot_use_and_extensions_we_lack() {
    let phone = Phone::new().await;
    let (agent, _incoming) = agent(vec![anybody()]).await;
    let g729 = Scenario::new()
        .call(&sdp_with(phone.address(), "18", "sendrecv"))
        .recv_status(488)
        .acknowledge_refusal(2);
    let Some(caller) = Sipp::calls(&g729, agent.address()).await else { return };
    caller.succeeded().await;
    let required = Scenario::new()
        .call(&sdp(phone.address()))
        .xml()
        .replace("Max-Forwards", "Require: 100rel\nMax-Forwards");
    let required = required.replace("</scenario>", "<recv response=\"420\"/></scenario>");
    let caller = Sipp::calls(&Scenario::verbatim(required), agent.address()).await.unwrap();
    let log = caller.succeeded().await;
    assert!(log.contains("Unsupported: 100rel"), "{log}");
}

#[tokio::test]
async fn callers_leave_a_channel_for_whoever_serves_them() {
    let phone = Phone::new().await;
    let (agent, mut incoming) = agent(vec![Trunk { max_channels: 2, ..anybody() }]).await;
    let talks = Scenario::new().call(&sdp(phone.address())).optional(100).recv_status(200).ack("").hung_up();
    let Some(caller) = Sipp::calls(&talks, agent.address()).await else { return };
    let (call, mut events) = offered(&mut incoming).await.accept().await.unwrap();
    let refused = Scenario::new().call(&sdp(phone.address())).recv_status(503).acknowledge_refusal(2);
    Sipp::calls(&refused, agent.address()).await.unwrap().succeeded().await;
    assert_eq!((agent.free(), agent.counters().get(Count::CallsOverLimit)), (1, 1));
    call.hang_up();
    rest(&mut events).await;
    caller.succeeded().await;
}

#[tokio::test]
async fn a_call_that_may_be_anothers_is_refused() {
    let phone = Phone::new().await;
    let of = |name: &str, from: &str| {
        let (name, from) = (name.to_owned(), from.to_owned());
        Trunk { owner: Some(name.clone()), name, from, ..anybody() }
    };
    // Both behind one exchange; 200 is called.
    let (unclear, _incoming) = agent(vec![of("quan7", "02838123456"), of("quan8", "02838999999")]).await;
    let refused = Scenario::new().call(&sdp(phone.address())).recv_status(404).acknowledge_refusal(2);
    let Some(caller) = Sipp::calls(&refused, unclear.address()).await else { return };
    caller.succeeded().await;
    let (clear, mut incoming) = agent(vec![of("quan7", "02838123456"), of("quan8", "200")]).await;
    let busy =
        Scenario::new().call(&sdp(phone.address())).optional(100).recv_status(486).acknowledge_refusal(3);
    let caller = Sipp::calls(&busy, clear.address()).await.unwrap();
    let offer = offered(&mut incoming).await;
    assert_eq!(offer.trunk(), "quan8");
    offer.reject(486);
    caller.succeeded().await;
}

#[tokio::test]
async fn a_caller_that_never_acknowledges_is_given_up() {
    let phone = Phone::new().await;
    let mut config = config(vec![anybody()]);
    config.timers.t1 = Duration::from_millis(20);
    let (agent, mut incoming) = Agent::start(config).await.unwrap();
    let scenario = Scenario::new().call(&sdp(phone.address())).optional(100).recv_status(200).hung_up();
    let Some(_caller) = Sipp::calls(&scenario, agent.address()).await else { return };
    let (_call, mut events) = offered(&mut incoming).await.accept().await.unwrap();
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::Answered(200), What::Ended { by: Side::Network }]), "{told:?}");
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_caller_that_vanishes_does_not_hold_its_channel() {
    let phone = Phone::new().await;
    let mut config = config(vec![anybody()]);
    config.timers.rtp_lost = Some(Duration::from_millis(400));
    let (agent, mut incoming) = Agent::start(config).await.unwrap();
    let scenario = Scenario::new().call(&sdp(phone.address())).optional(100).recv_status(200).ack("");
    let Some(_caller) = Sipp::calls(&scenario, agent.address()).await else { return };
    let (_call, mut events) = offered(&mut incoming).await.accept().await.unwrap();
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::Answered(200), What::Ended { by: Side::Network }]), "{told:?}");
    assert!(agent.live().is_empty());
}

const OPTIONS: &str = "OPTIONS sip:ping@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP HERE;branch=z9hG4bKN;rport\r\n\
    From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:b@127.0.0.1>\r\nCall-ID: N@test\r\nCSeq: 1 OPTIONS\r\n\
    Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

fn options(socket: &UdpSocket, number: u32) -> String {
    OPTIONS
        .replace("HERE", &socket.local_addr().unwrap().to_string())
        .replace("bKN", &format!("bK{number}"))
        .replace("N@", &format!("{number}@"))
}

async fn ask(socket: &UdpSocket, agent: SocketAddr, number: u32, wait: Duration) -> Option<String> {
    socket.send_to(options(socket, number).as_bytes(), agent).await.unwrap();
    let mut reply = [0; 4_096];
    let received = timeout(wait, socket.recv_from(&mut reply)).await.ok()?;
    Some(String::from_utf8_lossy(&reply[..received.unwrap().0]).into_owned())
}

#[tokio::test]
async fn noise_is_survived_and_options_answered() {
    let (agent, _incoming) = agent(vec![anybody()]).await;
    let socket = UdpSocket::bind((LOCALHOST, 0)).await.unwrap();
    let answer = ask(&socket, agent.address(), 1, LONG).await.expect("an answer");
    assert!(answer.starts_with("SIP/2.0 200") && answer.contains("Allow: INVITE"), "{answer}");
    let good = options(&socket, 2);
    let mut seed = 1_u32;
    for n in 0..2_000_u32 {
        let mut bad = good.clone().into_bytes();
        for _ in 0..=n % 7 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = seed as usize % bad.len();
            bad[at] = (seed >> 16) as u8;
        }
        bad.truncate(bad.len() - n as usize % 90);
        socket.send_to(&bad, agent.address()).await.unwrap();
        // In small portions, so that all of it is read.
        if n % 50 == 49 {
            tokio::task::yield_now().await;
        }
    }
    let alive = async {
        let mut number = 10_000;
        loop {
            number += 1;
            // At the old socket wait the answers to what was still readable.
            let socket = UdpSocket::bind((LOCALHOST, 0)).await.unwrap();
            let answer = ask(&socket, agent.address(), number, Duration::from_millis(200)).await;
            if answer.is_some_and(|answer| answer.contains(&format!("Call-ID: {number}@test"))) {
                return;
            }
        }
    };
    timeout(LONG, alive).await.expect("it lives");
    assert!(agent.counters().get(Count::SipMalformed) > 100);
}

#[tokio::test]
async fn strangers_hear_nothing_or_no() {
    let socket = UdpSocket::bind((LOCALHOST, 0)).await.unwrap();
    let elsewhere = || trunk("192.0.2.1:5060".parse().unwrap());
    let (silent, _incoming) = agent(vec![elsewhere()]).await;
    assert_eq!(ask(&socket, silent.address(), 1, Duration::from_millis(300)).await, None);
    assert_eq!(silent.counters().get(Count::SipStrangers), 1);
    let polite = Config { strangers: Strangers::Refuse { per_second: 2 }, ..config(vec![elsewhere()]) };
    let (polite, _incoming) = Agent::start(polite).await.unwrap();
    let mut refused = 0;
    for number in 10..30 {
        let answer = ask(&socket, polite.address(), number, Duration::from_millis(20)).await;
        refused += u32::from(answer.is_some_and(|answer| answer.starts_with("SIP/2.0 403")));
    }
    assert!((1..=4).contains(&refused), "{refused}");
    assert_eq!(polite.counters().get(Count::SipStrangers), 20);
}

#[tokio::test]
async fn a_caller_over_tcp_is_answered_and_a_stranger_let_fall() {
    let mut phone = Phone::new().await;
    let (known, mut incoming) = agent(vec![anybody()]).await;
    let scenario =
        Scenario::new().call(&sdp(phone.address())).optional(100).recv_status(200).ack("").pause(200).bye();
    let arguments = ["-m", "1", "-t", "t1", &known.address().to_string()];
    let Some(caller) = Sipp::start(&scenario, &arguments).await else { return };
    let (_call, mut events) = offered(&mut incoming).await.accept().await.unwrap();
    phone.receive().await;
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::Answered(200), What::Ended { by: Side::Peer }]), "{told:?}");
    caller.succeeded().await;
    forgotten(&known).await;

    let (stranger, _incoming) = agent(vec![trunk("192.0.2.1:5060".parse().unwrap())]).await;
    let mut connection = TcpStream::connect(stranger.address()).await.unwrap();
    let _ = connection.write_all(OPTIONS.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = timeout(LONG, connection.read_to_end(&mut answer)).await.expect("the connection is closed");
    assert!(answer.is_empty());
    assert_eq!(stranger.counters().get(Count::SipStrangers), 1);
}
