//! Calls that are answered: audio, keys, hold, bridge.

use crate::{
    peer::{LONG, Sipp, agent, answered, forgotten, next, rest, trunk, until},
    phone::{FRAME, Phone, decoded, share, tone},
    scenario::{Scenario, sdp_with},
};
use sip::{Count, Dial, Law, Side, What};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    net::UdpSocket,
    time::{sleep, timeout},
};

const RING: Duration = Duration::from_secs(10);

fn pick_up(rtp: SocketAddr) -> Scenario {
    Scenario::new().recv("INVITE").ringing().pause(50).answer(rtp).hung_up()
}

#[tokio::test]
async fn an_announcement_is_heard_as_it_was_made() {
    let mut phone = Phone::new().await;
    let Some(network) = Sipp::called(&pick_up(phone.address())).await else { return };
    let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    assert!(matches!(next(&mut events).await.what, What::InviteSent { .. }));
    assert!(matches!(next(&mut events).await.what, What::Ringing(180)));
    assert!(call.play(tone(440.0, RING)).is_err(), "nobody listens yet");
    answered(&mut events).await;
    let play = call.play(tone(440.0, Duration::from_secs(1))).unwrap();
    let packets = phone.receive_many(60).await;
    let ended = until(&mut events, |what| match what {
        What::PlayEnded { play, complete } => Some((*play, *complete)),
        _ => None,
    });
    assert_eq!(ended.await, (play, true));
    for (one, next) in packets.iter().zip(&packets[1..]) {
        assert_eq!(next.sequence, one.sequence.wrapping_add(1));
        assert_eq!(next.timestamp, one.timestamp.wrapping_add(FRAME as u32));
        assert_eq!((next.ssrc, next.payload_type, next.payload.len()), (one.ssrc, 8, FRAME));
        assert!(!next.marker);
    }
    assert!(packets[0].marker);
    // A loaded machine may be late once; on the whole it is 20 ms a frame.
    let took = packets[59].at - packets[0].at;
    assert!(took.abs_diff(Duration::from_millis(59 * 20)) < Duration::from_millis(60), "{took:?}");
    let heard = decoded(Law::Pcma, &packets);
    assert!(share(&heard[FRAME * 5..FRAME * 45], 440.0) > 0.98);
    call.hang_up();
    let ends = rest(&mut events).await;
    assert!(matches!(ends[..], [What::Ended { by: Side::Us }]), "{ends:?}");
    let log = network.succeeded().await;
    assert!(log.contains("INVITE sip:0901234567@127.0.0.1:") && log.contains("From: <sip:0281115@"), "{log}");
    forgotten(&agent).await;
    assert_eq!(agent.counters().get(Count::CallsAnswered), 1);
}

#[tokio::test]
async fn keys_are_heard_once_and_only_from_the_phone() {
    let mut phone = Phone::new().await;
    let Some(network) = Sipp::called(&pick_up(phone.address())).await else { return };
    let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    answered(&mut events).await;
    phone.receive().await;
    // Somebody else knows the port and presses 9.
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    Phone::send_from(&stranger, phone.agent.unwrap(), (101, 1, 1), &[9, 0x8a, 2, 128]).await;
    for key in "119*#".chars() {
        phone.press(key).await;
    }
    let mut keys = String::new();
    while keys.len() < 5 {
        keys.push(until(&mut events, |what| if let What::Key(key) = what { Some(*key) } else { None }).await);
    }
    assert_eq!(keys, "119*#");
    assert_eq!(agent.counters().get(Count::PacketsFromStrangers), 1);
    // Noise is counted and harmless.
    phone.socket.send_to(b"noise", phone.agent.unwrap()).await.unwrap();
    call.press("15#x").unwrap();
    let (mut heard, mut last) = (String::new(), None);
    while heard.len() < 3 {
        let packet = phone.receive().await;
        if packet.payload_type == 101 && last.replace(packet.timestamp) != Some(packet.timestamp) {
            assert!(packet.marker);
            heard.push(char::from(b"0123456789*#"[usize::from(packet.payload[0])]));
        }
    }
    assert_eq!(heard, "15#");
    assert_eq!(agent.counters().get(Count::PacketsMalformed), 1);
    assert_eq!(agent.counters().get(Count::KeysDropped), 1, "x is no key");
    call.hang_up();
    assert!(matches!(rest(&mut events).await[..], [What::Ended { by: Side::Us }]));
    network.succeeded().await;
}

#[tokio::test]
async fn a_thousand_keys_are_enough() {
    let mut phone = Phone::new().await;
    let Some(network) = Sipp::called(&pick_up(phone.address())).await else { return };
    let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    answered(&mut events).await;
    for n in 0..1_500 {
        // In the agent's rhythm, as many as it reads: none is lost in the kernel.
        if n % 5 == 0 {
            phone.receive().await;
        }
        phone.press('7').await;
    }
    let counters = agent.counters().clone();
    while counters.get(Count::KeysDropped) < 500 {
        phone.receive().await;
    }
    call.hang_up();
    let told = rest(&mut events).await;
    assert_eq!(told.iter().filter(|what| matches!(what, What::Key('7'))).count(), 1_000);
    network.succeeded().await;
}

#[tokio::test]
async fn a_held_call_waits_and_goes_on_at_another_port() {
    let (mut phone, mut other) = (Phone::new().await, Phone::new().await);
    let held = sdp_with(phone.address(), "8 101", "sendonly");
    let moved = sdp_with(other.address(), "0 101", "sendrecv");
    let useless = sdp_with(other.address(), "18", "sendrecv");
    let scenario = Scenario::new()
        .recv_invite_keeping_from()
        .answer(phone.address())
        .pause(300)
        .request_back("INVITE", 1, &held)
        .optional(100)
        .recv_status(200)
        .request_back("ACK", 1, "")
        .pause(300)
        .request_back("INVITE", 2, &useless)
        .optional(100)
        .recv_status(488)
        .acknowledge_refusal_back(3, 2)
        .request_back("INVITE", 3, &moved)
        .optional(100)
        .recv_status(200)
        .request_back("ACK", 3, "")
        .hung_up();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    answered(&mut events).await;
    call.play(tone(700.0, Duration::from_secs(5))).unwrap();
    let before = phone.receive_many(5).await;
    assert_eq!(before[4].payload_type, 8);
    until(&mut events, |what| matches!(what, What::Held).then_some(())).await;
    until(&mut events, |what| matches!(what, What::Resumed).then_some(())).await;
    let after = other.receive_many(50).await;
    assert!(after[0].marker, "a new talkspurt");
    assert!(after[0].timestamp.wrapping_sub(before[4].timestamp) > 200 * 8, "time passed on hold");
    assert_eq!((after[9].payload_type, after[9].ssrc), (0, before[4].ssrc));
    assert!(share(&decoded(Law::Pcmu, &after[10..]), 700.0) > 0.98, "the message goes on");
    // The old port is a stranger's now.
    other.press('4').await;
    until(&mut events, |what| matches!(what, What::Key('4')).then_some(())).await;
    call.hang_up();
    let log = network.succeeded().await;
    assert!(log.contains("a=recvonly"), "{log}");
}

#[tokio::test]
async fn two_calls_hear_each_other() {
    let (mut one, mut two) = (Phone::new().await, Phone::new().await);
    let Some(first) = Sipp::called(&pick_up(one.address())).await else { return };
    let pcmu = sdp_with(two.address(), "0 101", "sendrecv");
    let answer = Scenario::new().recv("INVITE").reply("200 OK", "Content-Type: application/sdp\n", &pcmu);
    let second = Sipp::called(&answer.recv("ACK").hung_up()).await.unwrap();
    let trunks = vec![trunk(first.address), trunk(second.address)];
    let names: Vec<_> = trunks.iter().map(|trunk| Some(trunk.name.clone())).collect();
    let (agent, _incoming) = agent(trunks).await;
    let dial = |key: &str, at: usize| Dial { trunk: names[at].clone(), ..Dial::new("0901234567", key, RING) };
    let (here, mut here_events) = agent.call(dial("a", 0)).unwrap();
    let (there, mut there_events) = agent.call(dial("b", 1)).unwrap();
    answered(&mut here_events).await;
    answered(&mut there_events).await;
    here.bridge(&there).unwrap();
    let (low, high) =
        (tone(400.0, Duration::from_millis(1_500)), tone(1_000.0, Duration::from_millis(1_500)));
    let (heard_one, heard_two) = tokio::join!(one.converse(Law::Pcma, &low), two.converse(Law::Pcmu, &high));
    let (heard_one, heard_two) = (decoded(Law::Pcma, &heard_one), decoded(Law::Pcmu, &heard_two));
    let middle = FRAME * 25..FRAME * 65;
    assert!(share(&heard_one[middle.clone()], 1_000.0) > 0.9, "{}", share(&heard_one[middle], 1_000.0));
    assert!(share(&heard_two[FRAME * 25..FRAME * 65], 400.0) > 0.9);
    one.press('5').await;
    until(&mut here_events, |what| matches!(what, What::Key('5')).then_some(())).await;
    while two.receive().await.payload_type != 101 {}
    here.unbridge().unwrap();
    there.unbridge().unwrap();
    here.hang_up();
    there.hang_up();
    first.succeeded().await;
    second.succeeded().await;
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_third_call_hears_both_sides_of_a_bridge_and_nobody_hears_it() {
    let mut phones = [Phone::new().await, Phone::new().await, Phone::new().await];
    let mut networks = Vec::new();
    for phone in &phones {
        let Some(network) = Sipp::called(&pick_up(phone.address())).await else { return };
        networks.push(network);
    }
    let trunks: Vec<_> = networks.iter().map(|network| trunk(network.address)).collect();
    let (agent, _incoming) = agent(trunks.clone()).await;
    let mut calls = Vec::new();
    for trunk in &trunks {
        let dial = Dial { trunk: Some(trunk.name.clone()), ..Dial::new("0901234567", &*trunk.name, RING) };
        let (call, mut events) = agent.call(dial).unwrap();
        assert!(call.overhear(&call).is_err(), "it does not talk yet");
        answered(&mut events).await;
        calls.push((call, events));
    }
    calls[0].0.bridge(&calls[1].0).unwrap();
    calls[2].0.overhear(&calls[0].0).unwrap();
    let tones = [400.0, 1_000.0, 2_000.0].map(|hertz| tone(hertz, Duration::from_millis(1_500)));
    let [one, two, three] = &mut phones;
    let (one_heard, two_heard, three_heard) = tokio::join!(
        one.converse(Law::Pcma, &tones[0]),
        two.converse(Law::Pcma, &tones[1]),
        three.converse(Law::Pcma, &tones[2])
    );
    let of = |heard: &[crate::phone::Packet], hertz| {
        share(&decoded(Law::Pcma, heard)[FRAME * 25..FRAME * 65], hertz)
    };
    assert!(of(&three_heard, 400.0) > 0.3 && of(&three_heard, 1_000.0) > 0.3, "both");
    assert!(of(&one_heard, 1_000.0) > 0.9 && of(&two_heard, 400.0) > 0.9, "and nobody hears the third");
    // With the bridge ends what may be heard of it.
    calls[0].0.unbridge().unwrap();
    calls[1].0.unbridge().unwrap();
    // What was still on its way.
    three.receive_many(10).await;
    let after = decoded(Law::Pcma, &three.receive_many(20).await);
    assert!(after.iter().all(|sample| sample.abs() < 100), "silence");
    calls[2].0.stop_overhearing().unwrap();
    for (call, _) in &calls {
        call.hang_up();
    }
    for network in networks {
        network.succeeded().await;
    }
    forgotten(&agent).await;
    assert_eq!(agent.free(), 90);
}

#[tokio::test]
async fn keys_told_by_info_and_a_sign_of_life_are_answered() {
    let phone = Phone::new().await;
    let scenario = Scenario::new()
        .recv_invite_keeping_from()
        .answer(phone.address())
        .request_back("INFO", 1, "Signal=8\nDuration=160\n")
        .recv_status(200)
        .request_back("OPTIONS", 2, "")
        .recv_status(200)
        .request_back("UPDATE", 3, "")
        .recv_status(200)
        .request_back("BYE", 4, "")
        .recv_status(200);
    let Some(network) = Sipp::called(&scenario).await else { return };
    let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    answered(&mut events).await;
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::Key('8'), What::Ended { by: Side::Peer }]), "{told:?}");
    network.succeeded().await;
    forgotten(&agent).await;
}

#[tokio::test]
async fn early_media_describes_a_session_that_the_answer_leaves_out() {
    let mut phone = Phone::new().await;
    let early = sdp_with(phone.address(), "8 101", "sendrecv");
    let scenario = Scenario::new()
        .recv("INVITE")
        .reply("183 Session Progress", "Content-Type: application/sdp\n", &early)
        .pause(50)
        .ok()
        .recv("ACK")
        .hung_up();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    until(&mut events, |what| matches!(what, What::Ringing(183)).then_some(())).await;
    assert!(matches!(next(&mut events).await.what, What::EarlyMedia(183)));
    answered(&mut events).await;
    assert_eq!(phone.receive().await.payload_type, 8);
    call.hang_up();
    network.succeeded().await;
    let _ = timeout(LONG, rest(&mut events)).await;
}

/// Behind a carrier's proxy stands a gateway with an address of its own.
#[tokio::test]
async fn a_gateway_may_speak_for_the_length_of_its_call() {
    let phone = Phone::new().await;
    let gateway = UdpSocket::bind("127.0.0.2:0").await.unwrap();
    let body = sdp_with(phone.address(), "8 101", "sendrecv");
    let xml = Scenario::new().recv("INVITE").reply("200 OK", "Content-Type: application/sdp\n", &body).xml();
    let contact = format!("sip:gateway@{}", gateway.local_addr().unwrap());
    let scenario = Scenario::verbatim(xml.replace("sip:sipp@[local_ip]:[local_port]", &contact));
    let Some(network) = Sipp::called(&scenario).await else { return };
    let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    answered(&mut events).await;
    call.hang_up();
    let mut message = [0; 4_096];
    let mut receive = async || {
        let (length, from) =
            timeout(LONG, gateway.recv_from(&mut message)).await.expect("a request").unwrap();
        (String::from_utf8_lossy(&message[..length]).into_owned(), from)
    };
    assert!(receive().await.0.starts_with(&format!("ACK {contact}")));
    let (bye, from) = receive().await;
    assert!(bye.starts_with(&format!("BYE {contact}")), "{bye}");
    let (_, headers) = bye.split_once("\r\n").unwrap();
    gateway.send_to(format!("SIP/2.0 200 OK\r\n{headers}").as_bytes(), from).await.unwrap();
    forgotten(&agent).await;
    assert_eq!(agent.counters().get(Count::SipStrangers), 0);
    // Now it is a stranger again.
    gateway.send_to(b"OPTIONS sip:x SIP/2.0\r\n\r\n", from).await.unwrap();
    let noticed = async {
        while agent.counters().get(Count::SipStrangers) == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, noticed).await.expect("a stranger");
    network.succeeded().await;
}
