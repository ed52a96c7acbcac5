//! A whole phone at the other end.

use crate::{
    baresip::Baresip,
    peer::{agent, answered, rest, trunk, until},
    phone::{share, tone},
    recording::samples,
};
use sip::{Agent, Dial, Hear, What};
use std::{
    fs::{self, File},
    time::Duration,
};

/// Our tone is heard there and comes back, and a key of it is heard here.
pub async fn both_ways(agent: Agent, phone: &Baresip) {
    let dir = tempfile::tempdir().unwrap();
    let (call, mut events) = agent.call(Dial::new("phone", "a", Duration::from_secs(10))).unwrap();
    answered(&mut events).await;
    let ours = dir.path().join("ours.wav");
    call.record(Hear::Inbound, Box::new(File::create(&ours).unwrap())).unwrap();
    call.play(tone(440.0, Duration::from_secs(3))).unwrap();
    until(&mut events, |what| matches!(what, What::PlayEnded { complete: true, .. }).then_some(())).await;
    phone.press("7").await;
    until(&mut events, |what| matches!(what, What::Key('7')).then_some(())).await;
    call.hang_up();
    rest(&mut events).await;
    agent.stop().await;
    let back = samples(&fs::read(&ours).unwrap());
    let share_back = share(&back[16_000..20_000], 440.0);
    // Its recording is read while it still runs; its header may not be whole.
    let bytes = fs::read(phone.heard().expect("baresip keeps what it hears")).unwrap();
    let heard: Vec<i16> =
        bytes[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    let share_heard = share(&heard[8_000..16_000], 440.0);
    assert!(share_heard > 0.95 && share_back > 0.9, "heard {share_heard}, sent back {share_back}");
}

#[tokio::test]
async fn a_real_phone_hears_our_tone_and_sends_it_back_and_its_key_is_heard() {
    let Some(phone) = Baresip::answering("phone").await else { return };
    let (agent, _incoming) = agent(vec![trunk(phone.address)]).await;
    both_ways(agent, &phone).await;
}
