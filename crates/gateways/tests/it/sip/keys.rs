//! Keys that sipp presses itself: in its audio, as telephones do, and by INFO, as gateways without RFC 4733 do.

use super::*;
use ::sip::test_peers::peer::{free_port, presses_keys};

/// It listens for a moment, presses, and is hung up on after the thanks.
async fn presses(key: char) -> Option<Sipp> {
    if !presses_keys() {
        return None;
    }
    let scenario = Scenario::new().recv("INVITE").ringing().answer_itself().pause(500).press(key).hung_up();
    // Where its audio comes from; others run beside it.
    let port = free_port().port().to_string();
    Sipp::start(&scenario, &["-m", "1", "-mp", &port]).await
}

#[tokio::test]
async fn key_1_of_the_network_itself_accepts() {
    let Some(network) = presses('1').await else { return };
    let day = day(network.address).await;
    let ticket = day.news().await;
    let call = day.call_when(ticket, |call| call.ended_at.is_some()).await;
    assert_eq!((call.outcome.as_deref(), call.keys.as_deref()), (Some("accepted"), Some("1")));
    let kept = day.ticket(ticket).await;
    assert_eq!((kept.state, kept.level, kept.accepted_by), (State::Accepted, 0, Some(day.clerk)));
    network.succeeded().await;
    day.quiet().await;
}

#[tokio::test]
async fn key_2_of_the_network_itself_passes_up() {
    let Some(network) = presses('2').await else { return };
    let day = day(network.address).await;
    let ticket = day.news().await;
    let call = day.call_when(ticket, |call| call.ended_at.is_some()).await;
    assert_eq!((call.outcome.as_deref(), call.keys.as_deref()), (Some("passed_up"), Some("2")));
    day.centre.settle().await;
    let kept = day.ticket(ticket).await;
    assert_eq!((kept.level, kept.accepted_by), (1, None));
    network.succeeded().await;
    day.quiet().await;
}

#[tokio::test]
async fn keys_told_by_info_accept_and_pass_up_as_well() {
    for (key, outcome, level) in [('1', "accepted", 0), ('2', "passed_up", 1)] {
        let phone = Phone::new().await;
        let told = Scenario::new()
            .recv_invite_keeping_from()
            .ringing()
            .answer(phone.address())
            .pause(500)
            .request_back("INFO", 1, &format!("Signal={key}\nDuration=160\n"))
            .recv_status(200)
            .hung_up();
        let Some(network) = Sipp::called(&told).await else { return };
        let day = day(network.address).await;
        let ticket = day.news().await;
        let call = day.call_when(ticket, |call| call.ended_at.is_some()).await;
        assert_eq!(call.outcome.as_deref(), Some(outcome));
        day.centre.settle().await;
        assert_eq!(day.ticket(ticket).await.level, level);
        network.succeeded().await;
        day.quiet().await;
    }
}
