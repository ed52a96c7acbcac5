//! REGISTER with a password, refreshed in time and taken back.

use crate::{
    peer::{LONG, Sipp, agent, trunk},
    scenario::Scenario,
};
use sip::{Count, Trunk};
use std::time::Duration;
use tokio::time::{sleep, timeout};

#[tokio::test]
async fn a_registration_is_kept_and_taken_back() {
    let granted = "Expires: 2\n";
    let scenario = Scenario::new()
        .challenge("REGISTER", "center", "s3cret")
        .reply("200 OK", granted, "")
        .recv("REGISTER")
        .reply("200 OK", granted, "")
        .recv("REGISTER")
        .reply("200 OK", "Expires: 0\n", "");
    let Some(registrar) = Sipp::called(&scenario).await else { return };
    let registering = Trunk {
        user: "center".into(),
        password: "s3cret".into(),
        register: true,
        ..trunk(registrar.address)
    };
    let (agent, _incoming) = agent(vec![registering]).await;
    let twice = async {
        while agent.counters().get(Count::Registrations) < 2 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, twice).await.expect("two registrations");
    assert_eq!(agent.trunks()[0].registered, Some(true));
    agent.stop().await;
    let log = registrar.succeeded().await;
    assert!(log.contains("Contact: <sip:center@127.0.0.1:") && log.contains("Expires: 0"), "{log}");
}

#[tokio::test]
async fn a_registrar_that_refuses_is_asked_again() {
    let scenario = Scenario::new().recv("REGISTER").reply("403 Forbidden", "", "").recv("REGISTER").ok();
    let Some(registrar) = Sipp::called(&scenario).await else { return };
    let registering = Trunk { user: "center".into(), register: true, ..trunk(registrar.address) };
    let (agent, _incoming) = agent(vec![registering]).await;
    let then = async {
        while agent.trunks()[0].registered != Some(true) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, then).await.expect("registered at last");
    assert_eq!(agent.counters().get(Count::RegistrationsFailed), 1);
    registrar.succeeded().await;
}
