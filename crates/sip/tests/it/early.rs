//! What is heard before the answer: the network's own voice, or our ringing tone where it has none.

use crate::{
    peer::{Sipp, agent, answered, forgotten, rest, trunk, until},
    phone::{FRAME, Packet, Phone, decoded, now, share, tone},
    recording::samples,
    scenario::{Scenario, sdp_with},
};
use sip::{Agent, Call, Dial, Events, Hear, Law, Side, What};
use std::{fs::File, net::SocketAddr, time::Duration};

const RING: Duration = Duration::from_secs(20);
const RINGBACK: f64 = 425.0;

/// A network that describes where it speaks before anybody answers.
fn speaks_early(rtp: SocketAddr) -> Scenario {
    let early = sdp_with(rtp, "8 101", "sendrecv");
    Scenario::new().recv("INVITE").reply("183 Session Progress", "Content-Type: application/sdp\n", &early)
}

/// An operator who has answered, and the trunk of the call that he waits for.
struct Room {
    agent: Agent,
    own: Call,
    events: Events,
    phone: Phone,
    network: Sipp,
    second: String,
}

async fn room(scenario: &Scenario) -> Option<(Room, Sipp)> {
    let phone = Phone::new().await;
    let picks_up = Scenario::new().recv("INVITE").ringing().answer(phone.address()).hung_up();
    let network = Sipp::called(&picks_up).await?;
    let other = Sipp::called(scenario).await?;
    let trunks = vec![trunk(network.address), trunk(other.address)];
    let (first, second) = (trunks[0].name.clone(), trunks[1].name.clone());
    let (agent, _incoming) = agent(trunks).await;
    let dial = Dial { trunk: Some(first), ..Dial::new("201", "own", RING) };
    let (own, mut events) = agent.call(dial).unwrap();
    answered(&mut events).await;
    Some((Room { agent, own, events, phone, network, second }, other))
}

impl Room {
    /// The second call, and the operator waits for it.
    fn rings(&self) -> (Call, Events) {
        let dial = Dial { trunk: Some(self.second.clone()), ..Dial::new("0901234567", "other", RING) };
        let (other, events) = self.agent.call(dial).unwrap();
        self.own.await_answer(&other).unwrap();
        (other, events)
    }

    async fn over(mut self) {
        self.own.hang_up();
        assert!(matches!(rest(&mut self.events).await[..], [What::Ended { by: Side::Us }]));
        self.network.succeeded().await;
        forgotten(&self.agent).await;
    }
}

/// Reads what has come meanwhile: the next packet is of this moment.
async fn catch_up(phone: &mut Phone) {
    loop {
        let before = now();
        phone.receive().await;
        if now() - before > Duration::from_millis(5) {
            return;
        }
    }
}

fn heard(packets: &[Packet], hertz: f64) -> f64 {
    share(&decoded(Law::Pcma, packets), hertz)
}

fn is_silence(packets: &[Packet]) -> bool {
    decoded(Law::Pcma, packets).iter().all(|sample| sample.abs() < 100)
}

#[tokio::test]
async fn whoever_waits_hears_our_ringing_and_then_what_the_network_says() {
    let mut there = Phone::new().await;
    let refuses =
        speaks_early(there.address()).pause(6_000).reply("480 Temporarily Unavailable", "", "").recv("ACK");
    let Some((mut room, network)) = room(&refuses).await else { return };
    let (other, mut events) = room.rings();
    until(&mut events, |what| matches!(what, What::EarlyMedia(183)).then_some(())).await;
    assert!(!other.is_talking() && other.play(tone(440.0, RING)).is_err(), "nobody has answered");
    let file = tempfile::NamedTempFile::new().unwrap();
    other.record(Hear::Inbound, Box::new(File::create(file.path()).unwrap())).unwrap();
    // A gateway that sends silence has said nothing.
    let silence = vec![0; FRAME * 20];
    let (_, ringing) = tokio::join!(there.converse(Law::Pcma, &silence), room.phone.receive_many(30));
    assert!(heard(&ringing[5..25], RINGBACK) > 0.9, "{}", heard(&ringing[5..25], RINGBACK));
    // "Thuê bao quý khách vừa gọi …": the operator hears it, and is not heard.
    catch_up(&mut room.phone).await;
    let (announcement, question) =
        (tone(1_000.0, Duration::from_millis(1_500)), tone(700.0, Duration::from_millis(1_500)));
    let (said, listened) =
        tokio::join!(there.converse(Law::Pcma, &announcement), room.phone.converse(Law::Pcma, &question));
    assert!(heard(&listened[25..65], 1_000.0) > 0.9, "{}", heard(&listened[25..65], 1_000.0));
    assert!(is_silence(&said), "what he says reaches nobody");
    // A key before the answer is nobody's.
    there.press('1').await;
    let told = rest(&mut events).await;
    assert!(told.iter().any(|what| matches!(what, What::Unreachable(Some(480)))), "{told:?}");
    assert!(!told.iter().any(|what| matches!(what, What::Key(_) | What::Answered(_))), "{told:?}");
    let recorded = samples(&std::fs::read(file.path()).unwrap());
    let loud = recorded.iter().position(|sample| sample.abs() > 5_000).expect("the announcement");
    assert!(share(&recorded[loud + FRAME..loud + FRAME * 40], 1_000.0) > 0.9);
    network.succeeded().await;
    // The operator is still there, and hears nothing ring any more.
    catch_up(&mut room.phone).await;
    room.phone.receive_many(5).await;
    assert!(is_silence(&room.phone.receive_many(20).await));
    room.over().await;
}

#[tokio::test]
async fn a_call_that_only_rings_is_heard_ringing_until_the_answer_joins_the_two() {
    let mut there = Phone::new().await;
    let answers = Scenario::new().recv("INVITE").ringing().pause(2_000).answer(there.address()).hung_up();
    let Some((mut room, network)) = room(&answers).await else { return };
    let (other, mut events) = room.rings();
    let ringing = room.phone.receive_many(40).await;
    assert!(heard(&ringing[10..35], RINGBACK) > 0.9, "{}", heard(&ringing[10..35], RINGBACK));
    answered(&mut events).await;
    catch_up(&mut room.phone).await;
    let (low, high) =
        (tone(600.0, Duration::from_millis(1_500)), tone(1_000.0, Duration::from_millis(1_500)));
    let (here_heard, there_heard) =
        tokio::join!(room.phone.converse(Law::Pcma, &low), there.converse(Law::Pcma, &high));
    assert!(heard(&here_heard[35..65], 1_000.0) > 0.9, "{}", heard(&here_heard[35..65], 1_000.0));
    assert!(heard(&there_heard[35..65], 600.0) > 0.9, "{}", heard(&there_heard[35..65], 600.0));
    there.press('5').await;
    until(&mut events, |what| matches!(what, What::Key('5')).then_some(())).await;
    other.hang_up();
    rest(&mut events).await;
    network.succeeded().await;
    room.over().await;
}

#[tokio::test]
async fn an_early_voice_goes_on_in_the_answer_at_another_port() {
    let (mut early, mut phone) = (Phone::new().await, Phone::new().await);
    let scenario = speaks_early(early.address()).pause(500).answer(phone.address()).hung_up();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    until(&mut events, |what| matches!(what, What::EarlyMedia(183)).then_some(())).await;
    let before = early.receive_many(5).await;
    answered(&mut events).await;
    call.play(tone(440.0, Duration::from_secs(2))).unwrap();
    let after = phone.receive_many(50).await;
    assert_eq!(after[9].ssrc, before[4].ssrc, "one stream");
    assert!(heard(&after[10..], 440.0) > 0.95);
    phone.press('1').await;
    until(&mut events, |what| matches!(what, What::Key('1')).then_some(())).await;
    call.hang_up();
    let told = rest(&mut events).await;
    assert!(!told.iter().any(|what| matches!(what, What::Held | What::Resumed)), "{told:?}");
    network.succeeded().await;
    forgotten(&agent).await;
}
