//! Several ways into the network, and who may use them.

use crate::{
    peer::{LOCALHOST, Sipp, agent, answered, config, forgotten, free_port, rest, trunk},
    phone::Phone,
    scenario::Scenario,
};
use sip::{Agent, Count, Dial, Over, Trunk, What};
use std::time::Duration;
use tokio::net::UdpSocket;

const RING: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_password_is_proven_and_a_wrong_one_told() {
    let phone = Phone::new().await;
    let right = Scenario::new().challenge("INVITE", "center", "s3cret").answer(phone.address()).hung_up();
    let Some(network) = Sipp::called(&right).await else { return };
    let with = |at, password: &str| Trunk { user: "center".into(), password: password.into(), ..trunk(at) };
    let (one, _incoming) = agent(vec![with(network.address, "s3cret")]).await;
    let (call, mut events) = one.call(Dial::new("0901234567", "a", RING)).unwrap();
    answered(&mut events).await;
    call.hang_up();
    let log = network.succeeded().await;
    assert!(log.contains("Digest username=\"center\"") && !log.contains("s3cret"), "{log}");

    let wrong = Scenario::new().challenge_only("INVITE").challenge_only("INVITE");
    let network = Sipp::called(&wrong).await.unwrap();
    let (two, _incoming) = agent(vec![with(network.address, "guess")]).await;
    let (_call, mut events) = two.call(Dial::new("0901234567", "a", RING)).unwrap();
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::InviteSent { .. }, What::Unreachable(Some(401))]), "{told:?}");
    assert!(two.trunks()[0].down);
    network.succeeded().await;
    forgotten(&two).await;
}

#[tokio::test]
async fn a_dead_trunk_hands_over_and_is_remembered() {
    let silent = UdpSocket::bind((LOCALHOST, 0)).await.unwrap();
    let phone = Phone::new().await;
    let busy =
        Scenario::new().recv("INVITE").reply("503 Service Unavailable", "Retry-After: 60\n", "").recv("ACK");
    let Some(full) = Sipp::called(&busy).await else { return };
    let works = Scenario::new().recv("INVITE").ringing().answer(phone.address()).hung_up();
    let working = Sipp::start(&works, &["-m", "2"]).await.unwrap();
    let trunks = vec![trunk(silent.local_addr().unwrap()), trunk(full.address), trunk(working.address)];
    let mut config = config(trunks);
    config.timers.silent = Duration::from_millis(500);
    let (agent, _incoming) = Agent::start(config).await.unwrap();
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    let mut tried = 0;
    loop {
        match crate::peer::next(&mut events).await.what {
            What::InviteSent { .. } => tried += 1,
            What::Answered(_) => break,
            _ => {}
        }
    }
    assert_eq!(tried, 3);
    assert_eq!(agent.counters().get(Count::Failovers), 2);
    let down: Vec<_> = agent.trunks().iter().map(|trunk| trunk.down).collect();
    assert_eq!(down, [true, true, false]);
    call.hang_up();
    rest(&mut events).await;
    // The next call loses no time.
    let (call, mut events) = agent.call(Dial::new("0901234567", "b", RING)).unwrap();
    match crate::peer::next(&mut events).await.what {
        What::InviteSent { trunk } => assert_eq!(*trunk, *agent.trunks()[2].name),
        other => panic!("{other:?}"),
    }
    answered(&mut events).await;
    call.hang_up();
    full.succeeded().await;
    working.succeeded().await;
    forgotten(&agent).await;
}

/// A trunk whose name nothing has: no name service answers for an empty label.
fn nowhere() -> Trunk {
    Trunk { server: "carrier..invalid".into(), ..trunk(free_port()) }
}

#[tokio::test]
async fn a_trunk_whose_name_leads_nowhere_is_not_looked_up_at_every_call() {
    let phone = Phone::new().await;
    let works = Scenario::new().recv("INVITE").ringing().answer(phone.address()).hung_up();
    let Some(working) = Sipp::start(&works, &["-m", "2"]).await else { return };
    let (agent, _incoming) = agent(vec![nowhere(), trunk(working.address)]).await;
    // The first call tries the name; the second goes to the trunk that works before it.
    for key in ["a", "b"] {
        let (call, mut events) = agent.call(Dial::new("0901234567", key, RING)).unwrap();
        match crate::peer::next(&mut events).await.what {
            What::InviteSent { trunk } => assert_eq!(*trunk, *agent.trunks()[1].name),
            other => panic!("{other:?}"),
        }
        answered(&mut events).await;
        call.hang_up();
        rest(&mut events).await;
        assert_eq!(agent.counters().get(Count::Failovers), 1, "{key}");
    }
    let down: Vec<_> = agent.trunks().iter().map(|trunk| trunk.down).collect();
    assert_eq!(down, [true, false]);
    working.succeeded().await;
    forgotten(&agent).await;
}

#[tokio::test]
async fn where_the_only_trunks_name_leads_nowhere_nobody_has_failed_to_answer() {
    let (agent, _incoming) = agent(vec![nowhere()]).await;
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::Unreachable(None)]), "{told:?}");
    assert!(agent.trunks()[0].down && agent.free() == 0);
    forgotten(&agent).await;
}

#[tokio::test]
async fn a_carrier_that_declines_the_caller_is_not_the_last_word_and_stays_up() {
    let phone = Phone::new().await;
    for status in ["403 Forbidden", "488 Not Acceptable Here", "606 Not Acceptable", "608 Rejected"] {
        let declines = Scenario::new().recv("INVITE").reply(status, "", "").recv("ACK");
        let Some(first) = Sipp::called(&declines).await else { return };
        let works = Scenario::new().recv("INVITE").ringing().answer(phone.address()).hung_up();
        let second = Sipp::called(&works).await.unwrap();
        let (agent, _incoming) = agent(vec![trunk(first.address), trunk(second.address)]).await;
        let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
        answered(&mut events).await;
        assert_eq!(agent.counters().get(Count::Failovers), 1, "{status}");
        // It declined one call: the next one may be another matter.
        assert!(agent.trunks().iter().all(|trunk| !trunk.down), "{status}");
        call.hang_up();
        first.succeeded().await;
        second.succeeded().await;
        forgotten(&agent).await;
    }
}

#[tokio::test]
async fn who_is_busy_declines_or_is_unknown_is_not_tried_by_the_next_trunk() {
    for status in
        ["486 Busy Here", "603 Decline", "607 Unwanted", "404 Not Found", "480 Temporarily Unavailable"]
    {
        let answers = Scenario::new().recv("INVITE").reply(status, "", "").recv("ACK");
        let Some(first) = Sipp::called(&answers).await else { return };
        let idle = UdpSocket::bind((LOCALHOST, 0)).await.unwrap();
        let (agent, _incoming) = agent(vec![trunk(first.address), trunk(idle.local_addr().unwrap())]).await;
        let (_call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
        let told = rest(&mut events).await;
        assert!(told.len() == 2 && told[1].is_final(), "{status}: {told:?}");
        assert_eq!(agent.counters().get(Count::Failovers), 0, "{status}");
        first.succeeded().await;
        forgotten(&agent).await;
    }
}

#[tokio::test]
async fn a_dead_trunk_takes_nothing_from_the_time_that_the_next_one_rings() {
    let silent = UdpSocket::bind((LOCALHOST, 0)).await.unwrap();
    let rings = Scenario::new().recv("INVITE").ringing().cancelled();
    let Some(network) = Sipp::called(&rings).await else { return };
    let mut config = config(vec![trunk(silent.local_addr().unwrap()), trunk(network.address)]);
    config.timers.silent = Duration::from_millis(600);
    let (agent, _incoming) = Agent::start(config).await.unwrap();
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", Duration::from_secs(1))).unwrap();
    let mut invited = Vec::new();
    let left = loop {
        let event = crate::peer::next(&mut events).await;
        match event.what {
            What::InviteSent { .. } => invited.push(event.at),
            What::NoAnswer => break event.at,
            _ => {}
        }
    };
    assert_eq!(invited.len(), 2);
    let rang = left - invited[1];
    assert!(rang.abs_diff(Duration::from_secs(1)) < Duration::from_millis(250), "{rang:?}");
    network.succeeded().await;
    forgotten(&agent).await;
}

#[tokio::test]
async fn when_no_trunk_works_the_last_code_is_told() {
    for (status, code) in [("500 Server Internal Error", 500), ("403 Forbidden", 403)] {
        let down = Scenario::new().recv("INVITE").reply(status, "", "").recv("ACK");
        let Some(network) = Sipp::called(&down).await else { return };
        let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
        let (_call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
        let told = rest(&mut events).await;
        let [What::InviteSent { .. }, What::Unreachable(Some(last))] = told[..] else { panic!("{told:?}") };
        assert_eq!(last, code);
        network.succeeded().await;
    }
}

#[tokio::test]
async fn a_trunk_over_tcp() {
    let mut phone = Phone::new().await;
    let scenario = Scenario::new().recv("INVITE").ringing().answer(phone.address()).hung_up();
    let Some(network) = Sipp::start(&scenario, &["-m", "1", "-t", "t1"]).await else { return };
    let over_tcp = Trunk { over: Over::Tcp, ..trunk(network.address) };
    let (agent, _incoming) = agent(vec![over_tcp]).await;
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    answered(&mut events).await;
    phone.receive().await;
    call.hang_up();
    let log = network.succeeded().await;
    assert!(log.contains("Via: SIP/2.0/TCP 127.0.0.1:"), "{log}");
    forgotten(&agent).await;
}

#[tokio::test]
async fn nobody_listens_on_tcp_and_the_next_trunk_is_tried() {
    let over_tcp = Trunk { over: Over::Tcp, ..trunk(free_port()) };
    let mut config = config(vec![over_tcp]);
    config.timers.silent = Duration::from_secs(1);
    let (agent, _incoming) = Agent::start(config).await.unwrap();
    let (_call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    let told = rest(&mut events).await;
    assert!(matches!(told[..], [What::InviteSent { .. }, What::Unreachable(None)]), "{told:?}");
    forgotten(&agent).await;
}
