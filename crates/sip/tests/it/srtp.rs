//! Encrypted audio: both ways with a real phone, and no call where it cannot be had.

use crate::{
    bare::both_ways,
    baresip::{Baresip, Kind},
    peer::{LONG, Sipp, agent, config, forgotten, rest, trunk},
    phone::{FRAME, Phone},
    scenario::{Scenario, sdp},
    tls::{HERE, over_tls},
};
use sip::{
    Agent, Count, Dial, Side, StartError, Trunk, What,
    test_peers::tls::{Authority, Door},
};
use std::{net::SocketAddr, time::Duration};
use tokio::time::timeout;

const RING: Duration = Duration::from_secs(10);

fn encrypted(at: SocketAddr, authority: &Authority) -> Trunk {
    Trunk { srtp: true, ..over_tls(at, authority) }
}

#[tokio::test]
async fn a_real_phone_hears_us_and_is_heard_encrypted() {
    let Some(authority) = Authority::new() else { return };
    let Some(phone) = Baresip::start("phone", Kind::Srtp(&authority.sign(HERE))).await else { return };
    let (agent, _incoming) = agent(vec![encrypted(phone.address, &authority)]).await;
    let counters = agent.counters().clone();
    both_ways(agent, &phone).await;
    assert_eq!(counters.get(Count::PacketsUnverified), 0);
}

#[tokio::test]
async fn an_answer_in_the_clear_is_no_call() {
    let phone = Phone::new().await;
    let Some(authority) = Authority::new() else { return };
    let clear = Scenario::new().recv("INVITE").ringing().answer(phone.address()).hung_up();
    let Some(network) = Sipp::start(&clear, &["-m", "1", "-t", "t1"]).await else { return };
    let door = Door::before(network.address, &authority.sign(HERE)).await;
    let (agent, _incoming) = agent(vec![encrypted(door.address, &authority)]).await;
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [.., What::Ringing(180), What::Unreachable(Some(488))]), "{told:?}");
    let log = network.succeeded().await;
    assert!(log.contains("RTP/SAVP 8 0 101") && log.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80"), "{log}");
    forgotten(&agent).await;
    assert_eq!(agent.counters().get(Count::FramesSent), 0);
}

#[tokio::test]
async fn a_caller_in_the_clear_is_declined_and_one_with_a_key_is_heard() {
    let mut phone = Phone::new().await;
    let Some(authority) = Authority::new() else { return };
    let clear = sdp(phone.address());
    let key = "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw|2^31\n";
    let with_key = clear.replace("RTP/AVP", "RTP/SAVP") + key;
    // It calls whom it was called by.
    let caller = |scenario: Scenario| {
        Scenario::verbatim(scenario.xml().replace("[remote_ip]:[remote_port]", "127.0.0.1:5060"))
    };
    let registered = || Scenario::new().recv("REGISTER").reply("200 OK", "Expires: 300\n", "");
    let declined = registered().call(&clear).optional(100).recv_status(488).acknowledge_refusal(2);
    let taken = registered().call(&with_key).optional(100).recv_status(200).ack("").pause(300).bye();
    for (scenario, is_taken) in [(declined, false), (taken, true)] {
        let Some(registrar) = Sipp::start(&caller(scenario), &["-m", "1", "-t", "t1"]).await else { return };
        let door = Door::before(registrar.address, &authority.sign(HERE)).await;
        let registering =
            Trunk { user: "center".into(), register: true, ..encrypted(door.address, &authority) };
        let (agent, mut incoming) = agent(vec![registering]).await;
        if is_taken {
            let offer = timeout(LONG, incoming.next()).await.expect("a call").expect("an agent");
            let (_call, mut events) = offer.accept().await.unwrap();
            let packet = phone.receive().await;
            assert_eq!(packet.payload.len(), FRAME + 10, "with its signature");
            // Clear audio, and a key pressed in the clear, are nobody's.
            phone.press('5').await;
            let told = rest(&mut events).await;
            assert!(matches!(told[..], [What::Answered(200), What::Ended { by: Side::Peer }]), "{told:?}");
            assert_eq!(agent.counters().get(Count::PacketsUnverified), 5);
        }
        let log = registrar.succeeded().await;
        assert_eq!(log.matches("a=crypto:3 AES_CM_128_HMAC_SHA1_80").count(), 2 * usize::from(is_taken));
    }
}

#[tokio::test]
async fn keys_are_not_sent_in_the_clear() {
    let clear = Trunk { srtp: true, ..trunk("127.0.0.1:9".parse().unwrap()) };
    assert!(matches!(Agent::start(config(vec![clear])).await, Err(StartError::SrtpInTheClear(_))));
}
