//! What a network says before anybody answers: whoever waits hears it, and it is filed where calls are recorded.

use super::*;
use ::sip::{
    Law,
    test_peers::phone::{FRAME, decoded, now, share},
};

/// "The number you have dialled …", and then it is over.
fn says_why(rtp: SocketAddr, for_ms: u32) -> Scenario {
    speaks_and_ends(rtp, for_ms, "480 Temporarily Unavailable")
}

fn speaks_and_ends(rtp: SocketAddr, for_ms: u32, status: &str) -> Scenario {
    Scenario::new()
        .recv("INVITE")
        .reply("183 Session Progress", "Content-Type: application/sdp\n", &sdp(rtp))
        .pause(for_ms)
        .reply(status, "", "")
        .recv("ACK")
}

/// Takes what has come to a telephone until now, so that it listens to the present.
async fn read_away(phone: &mut Phone) {
    loop {
        let before = now();
        phone.receive().await;
        if now() - before > Duration::from_millis(5) {
            return;
        }
    }
}

#[tokio::test]
async fn what_the_network_says_of_an_official_who_cannot_be_reached_is_filed() {
    let mut there = Phone::new().await;
    let Some(network) = Sipp::called(&says_why(there.address(), 2_000)).await else { return };
    let mut day = day(network.address).await;
    let folder = tempfile::tempdir().unwrap();
    let (shelf, spool) = (folder.path().join("shelf"), folder.path().join("spool"));
    Spool::make(&spool).unwrap();
    day.calls = day.calls.recording(Arc::new(FolderShelf::folder(&shelf).unwrap()), spool.clone());
    let ticket = day.news().await;
    there.converse(Law::Pcma, &tone(1_000.0, Duration::from_secs(1))).await;
    let call = day.call_when(ticket, |call| call.ended_at.is_some()).await;
    assert_eq!((call.outcome.as_deref(), call.sip_code), (Some("unreachable"), Some(480)));
    assert!(call.answered_at.is_none(), "nobody has answered");
    let filed = until("the recording is filed", async || {
        let mut cx = day.centre.system().await;
        recordings::of(&mut cx, call.id).await.unwrap().pop()
    })
    .await;
    assert_eq!((filed.owner, filed.kind), (Owner::Attempt(call.id), Kind::Whole));
    assert!(filed.bytes > 8_000, "{}", filed.bytes);
    network.succeeded().await;
    day.quiet().await;
}

#[tokio::test]
async fn a_network_that_speaks_and_then_declines_us_counts_against_nobody() {
    for (status, outcome, code) in [
        ("403 Forbidden", "no_network", 403),
        ("402 Payment Required", "no_network", 402),
        ("500 Server Internal Error", "no_network", 500),
        ("603 Decline", "rejected", 603),
        ("486 Busy Here", "busy", 486),
    ] {
        let there = Phone::new().await;
        let ends = speaks_and_ends(there.address(), 100, status);
        let Some(network) = Sipp::called(&ends).await else { return };
        let day = day(network.address).await;
        let ticket = day.news().await;
        let call = day.call_when(ticket, |call| call.ended_at.is_some()).await;
        assert_eq!((call.outcome.as_deref(), call.sip_code), (Some(outcome), Some(code)), "{status}");
        network.succeeded().await;
        day.quiet().await;
    }
}

#[tokio::test]
async fn whoever_waits_for_an_answer_hears_it_ring_and_what_the_network_says() {
    let (mut own, mut there) = (Phone::new().await, Phone::new().await);
    let answers = Scenario::new().recv("INVITE").ringing().answer(own.address()).hung_up();
    let Some(house) = Sipp::called(&answers).await else { return };
    let Some(network) = Sipp::called(&says_why(there.address(), 4_000)).await else { return };
    // The operator's telephone takes the only channel of the house; the rest goes out.
    let trunks = vec![
        TrunkSettings { max_channels: Some(1), ..TrunkSettings::at("house", house.address.to_string()) },
        TrunkSettings::at("carrier", network.address.to_string()),
    ];
    let settings = SipSettings::new(SocketAddr::new(LOCALHOST, 0), trunks);
    let (lines, _offers) = SipLines::start(settings, Clock::system()).await.unwrap();
    let [operator, other] = [1, 2].map(|n| dial(n, CLERK).call);
    let mut events = lines.dial(dial(1, CLERK)).await.unwrap();
    while next(&mut events).await != Happened::Answered {}
    let mut heard = lines.dial(dial(2, CLERK)).await.unwrap();
    assert_eq!(next(&mut heard).await, Happened::Invited("carrier".into()));
    assert_eq!(next(&mut heard).await, Happened::Ringing);
    assert_eq!(next(&mut heard).await, Happened::EarlyMedia);
    assert!(matches!(lines.await_answer(other, operator).await, Err(Error::NotFound)), "nobody waits there");
    assert!(matches!(lines.await_answer(operator, operator).await, Err(Error::NotFound)));
    assert!(matches!(lines.bridge(operator, other).await, Err(Error::NotFound)), "nobody has answered");
    read_away(&mut own).await;
    lines.await_answer(operator, other).await.unwrap();
    let ringing = decoded(Law::Pcma, &own.receive_many(25).await);
    assert!(share(&ringing[FRAME * 5..], 425.0) > 0.9, "{}", share(&ringing[FRAME * 5..], 425.0));
    // For each packet that it has received it sends one: a burst would be no announcement.
    read_away(&mut there).await;
    let announcement = tone(1_000.0, Duration::from_millis(1_200));
    let (_, said) = tokio::join!(there.converse(Law::Pcma, &announcement), own.receive_many(60));
    let said = decoded(Law::Pcma, &said);
    assert!(share(&said[FRAME * 20..FRAME * 50], 1_000.0) > 0.9);
    assert_eq!(next(&mut heard).await, Happened::Unreachable(Some(480)));
    network.succeeded().await;
    assert!(matches!(lines.await_answer(operator, other).await, Err(Error::NotFound)), "it is over");
    lines.hang_up(operator).await.unwrap();
    house.succeeded().await;
}
