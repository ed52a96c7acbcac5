//! Many calls at once.

use crate::{
    peer::{Sipp, agent, config, forgotten, rest, trunk},
    phone::{FRAME, share, tone},
    recording::samples,
    scenario::{Scenario, sdp},
};
use sip::{Agent, Count, Dial, Hear, Limits, Side, Trunk, What};
use std::{
    env,
    fs::{self, File},
    sync::Arc,
    time::Duration,
};
use tokio::{net::UdpSocket, task::JoinSet};

/// So many calls are played to at once, and all end well. Says how many frames were late.
async fn crowd(calls: usize, length: Duration) -> Option<f64> {
    // One socket swallows everybody's audio.
    let sink = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let answer = Scenario::new().recv("INVITE").ringing().answer(sink.local_addr().unwrap()).hung_up();
    let network = Sipp::start(&answer, &["-m", &calls.to_string()]).await?;
    let trunk = Trunk { max_channels: calls, calls_per_second: 1_000.0, ..trunk(network.address) };
    let mut config = config(vec![trunk]);
    config.limits = Limits { channels: calls, calls_per_second: 1_000.0, ..Limits::default() };
    let (agent, _incoming) = Agent::start(config).await.unwrap();
    let samples = tone(440.0, length);
    let mut playing = JoinSet::new();
    // A hundred a second, more than any carrier takes; sipp loses what comes in one heap.
    let mut pace = tokio::time::interval(Duration::from_millis(10));
    for n in 0..calls {
        pace.tick().await;
        let (agent, samples) = (agent.clone(), Arc::clone(&samples));
        playing.spawn(async move {
            let (call, mut events) =
                agent.call(Dial::new("0901234567", n.to_string(), Duration::from_secs(20))).unwrap();
            while let Some(event) = events.next().await {
                match event.what {
                    What::Answered(_) => drop(call.play(Arc::clone(&samples)).unwrap()),
                    What::PlayEnded { complete, .. } => {
                        call.hang_up();
                        assert!(complete);
                        rest(&mut events).await;
                        return;
                    }
                    _ => {}
                }
            }
            panic!("call {n} ended before its message");
        });
    }
    while let Some(ended) = playing.join_next().await {
        ended.unwrap();
    }
    network.succeeded().await;
    forgotten(&agent).await;
    let count = |count| agent.counters().get(count);
    let (sent, late) = (count(Count::FramesSent), count(Count::FramesLate));
    println!(
        "{calls} calls: {sent} frames, {late} late by more than 5 ms, {} skipped, {} not sent",
        count(Count::FramesSkipped),
        count(Count::FramesNotSent)
    );
    assert!(sent as usize >= calls * (length.as_millis() / 20) as usize);
    assert_eq!(count(Count::FramesNotSent), 0);
    Some(late as f64 / sent as f64)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_calls_at_once() {
    crowd(20, Duration::from_secs(2)).await;
}

/// A figure of the machine as much as of the program, so it is asked for: `VX_SIP_CALLS=200`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_calls_as_asked_for_keep_their_pace() {
    let Some(calls) = env::var("VX_SIP_CALLS").ok().and_then(|calls| calls.parse().ok()) else { return };
    if let Some(late) = crowd(calls, Duration::from_secs(10)).await {
        assert!(late <= 0.001, "{late}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_stops_ends_its_calls() {
    let sink = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let answer = Scenario::new()
        .call(&sdp(sink.local_addr().unwrap()))
        .optional(100)
        .recv_status(200)
        .ack("")
        .hung_up();
    let (agent, mut incoming) = agent(vec![trunk("127.0.0.1:9".parse().unwrap())]).await;
    let Some(caller) = Sipp::calls(&answer, agent.address()).await else { return };
    let (_call, mut events) = incoming.next().await.unwrap().accept().await.unwrap();
    crate::peer::answered(&mut events).await;
    agent.stop().await;
    rest(&mut events).await;
    caller.succeeded().await;
    assert!(incoming.next().await.is_none());
}

/// No other program: what one agent plays, the other records, each call its own tone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_agents_call_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let (here, mut incoming) = agent(vec![trunk("127.0.0.1:9".parse().unwrap())]).await;
    let fast = Trunk { calls_per_second: 100.0, ..trunk(here.address()) };
    let (there, _nobody) = agent(vec![fast]).await;
    let hertz = |number: &str| 300.0 + 100.0 * number.parse::<f64>().unwrap();
    let mut playing = JoinSet::new();
    for number in 0..10 {
        let number = number.to_string();
        let (call, mut events) =
            there.call(Dial::new(number.clone(), number.clone(), Duration::from_secs(10))).unwrap();
        playing.spawn(async move {
            crate::peer::answered(&mut events).await;
            call.play(tone(hertz(&number), Duration::from_secs(1))).unwrap();
            crate::peer::until(&mut events, |what| matches!(what, What::PlayEnded { .. }).then_some(()))
                .await;
            call.hang_up();
            rest(&mut events).await;
        });
    }
    let mut listening = JoinSet::new();
    for _ in 0..10 {
        let offer = incoming.next().await.unwrap();
        let path = dir.path().join(offer.to());
        listening.spawn(async move {
            let (call, mut events) = offer.accept().await.unwrap();
            call.record(Hear::Inbound, Box::new(File::create(&path).unwrap())).unwrap();
            let told = rest(&mut events).await;
            assert!(told.iter().any(|what| matches!(what, What::Ended { by: Side::Peer })), "{told:?}");
        });
    }
    while let Some(ended) = playing.join_next().await {
        ended.unwrap();
    }
    while let Some(ended) = listening.join_next().await {
        ended.unwrap();
    }
    for number in 0..10 {
        let number = number.to_string();
        let heard = samples(&fs::read(dir.path().join(&number)).unwrap());
        let share = share(&heard[FRAME * 15..FRAME * 40], hertz(&number));
        assert!(share > 0.9, "call {number}: {share}");
    }
    forgotten(&here).await;
    forgotten(&there).await;
}
