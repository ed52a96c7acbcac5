//! Ladders and conversations over real telephones: sipp plays the network, baresip is a whole phone.
//! The centre's clock stands still; what is waited for comes over the network. `early` is what is heard before the
//! answer, `keys` are those that sipp presses itself.

mod early;
mod keys;

use crate::open;
use ::sip::test_peers::{
    baresip::Baresip,
    peer::{LOCALHOST, LONG, Sipp},
    phone::{Phone, tone},
    scenario::{Scenario, sdp},
};
use duty::{
    calls::{
        Spool,
        recordings::{self, Kind, Owner},
    },
    lines::{Dial, Events, Happened, Lines, Side, Spoken},
    messages::{HangUps, LadderCalls, PlaceCall, Voice},
    prompts::Prompter,
    tickets::{self, State, Ticket, attempts},
};
use gateways::{FolderShelf, SipLines, SipSettings, TrunkSettings};
use jiff::SignedDuration;
use kernel::{CallId, Clock, Error, Role, StaffId, TicketId, UnitId};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use store::jobs::{OnJob, Worker};
use testkit::TestCentre;
use tokio::time::{sleep, timeout};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const CLERK: &str = "+84900000003";

async fn lines(
    network: SocketAddr,
    clock: Clock,
) -> (SipLines, tokio::sync::mpsc::Receiver<duty::lines::Offer>) {
    let trunk = TrunkSettings::at("carrier", network.to_string());
    SipLines::start(SipSettings::new(SocketAddr::new(LOCALHOST, 0), vec![trunk]), clock).await.unwrap()
}

/// The ward committee of Tân Phong, its chair, the duty leader, and a telephone network.
struct Day {
    centre: TestCentre,
    calls: LadderCalls,
    lines: SipLines,
    ward: UnitId,
    clerk: StaffId,
}

async fn day(network: SocketAddr) -> Day {
    let centre = TestCentre::new().await;
    let (ward, leaders) = (centre.unit("TPHONG").await, centre.unit("LDQ").await);
    let at = |name, unit, role| centre.staff(name).at(unit, role);
    let clerk = at("Trực ủy ban", ward, Role::WardOfficial).phone(CLERK).on_duty().create().await;
    at("Chủ tịch phường", ward, Role::WardLeader).phone("+84900000004").head().create().await;
    at("Lãnh đạo trực", leaders, Role::DistrictLeader).phone("+84900000005").on_duty().create().await;
    let (lines, _) = lines(network, centre.clock.clone()).await;
    let calls = LadderCalls::new(centre.store.clone(), Arc::new(lines.clone()), Prompter::silent());
    Day { centre, calls, lines, ward, clerk }
}

/// Asks again and again until there is an answer.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asked = timeout(LONG, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            sleep(Duration::from_millis(10)).await;
        }
    });
    asked.await.unwrap_or_else(|_| panic!("waited in vain until {what}"))
}

impl Day {
    /// News of an F0 for the committee; the telephones are rung.
    async fn news(&self) -> TicketId {
        let mut cx = self.centre.system().await;
        let opened = open(&mut cx, "f0_news", self.ward, Some(self.ward)).await;
        cx.commit().await.unwrap();
        self.place().await;
        opened.tickets[0]
    }

    /// Places the calls that are asked for now.
    async fn place(&self) -> usize {
        let place = PlaceCall::new(Some(Arc::new(self.calls.clone())));
        let handlers: Vec<Arc<dyn OnJob>> = vec![Arc::new(place)];
        Worker::new(self.centre.store.clone(), tickets::CALLS, handlers).run_due(64).await.unwrap()
    }

    async fn hang_ups(&self) -> usize {
        HangUps::new(self.centre.store.clone(), Arc::new(self.calls.clone())).look().await.unwrap()
    }

    async fn ticket(&self, id: TicketId) -> Ticket {
        let mut cx = self.centre.system().await;
        tickets::ticket(&mut cx, id).await.unwrap().0
    }

    /// The call to the clerk.
    async fn call(&self, ticket: TicketId) -> attempts::Attempt {
        let mut cx = self.centre.system().await;
        let all = attempts::of_tickets(&mut cx, &[ticket]).await.unwrap();
        let mut calls =
            all.into_iter().filter(|call| call.channel == "call" && call.staff == Some(self.clerk));
        calls.next_back().expect("that phone was called")
    }

    async fn call_when(
        &self,
        ticket: TicketId,
        ready: impl Fn(&attempts::Attempt) -> bool,
    ) -> attempts::Attempt {
        until("the call is that far", async || Some(self.call(ticket).await).filter(&ready)).await
    }

    /// Nothing rings and nobody talks.
    async fn quiet(&self) {
        until("all calls are over", async || {
            (self.calls.live().is_empty() && self.lines.live().is_empty()).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn the_telephone_of_a_level_rings_and_its_key_1_accepts() {
    let Some(phone) = Baresip::answering(CLERK).await else { return };
    let day = day(phone.address).await;
    let ticket = day.news().await;
    phone.press("1").await;
    let kept = until("somebody has accepted", async || {
        Some(day.ticket(ticket).await).filter(|ticket| ticket.state == State::Accepted)
    })
    .await;
    assert_eq!((kept.level, kept.accepted_by), (0, Some(day.clerk)));
    // The engine's order to hang up comes while he is being thanked, and does no harm.
    day.hang_ups().await;
    let call = day.call(ticket).await;
    assert_eq!((call.outcome.as_deref(), call.keys.as_deref()), (Some("accepted"), Some("1")));
    assert!(call.invited_at.is_some() && call.ringing_at.is_some() && call.answered_at.is_some());
    day.quiet().await;
}

#[tokio::test]
async fn the_call_of_a_ladder_is_recorded_and_filed_under_its_attempt() {
    let Some(phone) = Baresip::answering(CLERK).await else { return };
    let mut day = day(phone.address).await;
    let folder = tempfile::tempdir().unwrap();
    let (shelf, spool) = (folder.path().join("shelf"), folder.path().join("spool"));
    Spool::make(&spool).unwrap();
    day.calls = day.calls.recording(Arc::new(FolderShelf::folder(&shelf).unwrap()), spool.clone());
    let ticket = day.news().await;
    phone.press("1").await;
    day.call_when(ticket, |call| call.outcome.as_deref() == Some("accepted")).await;
    let call = day.call(ticket).await;
    let filed = until("the recording is filed", async || {
        let mut cx = day.centre.system().await;
        recordings::of(&mut cx, call.id).await.unwrap().pop()
    })
    .await;
    assert_eq!((filed.owner, filed.kind), (Owner::Attempt(call.id), Kind::Whole));
    assert!(filed.bytes > 44);
    until("the spool is empty", async || std::fs::read_dir(&spool).unwrap().next().is_none().then_some(()))
        .await;
    day.quiet().await;
}

#[tokio::test]
async fn key_2_passes_up_and_other_keys_are_kept() {
    let Some(phone) = Baresip::answering(CLERK).await else { return };
    let day = day(phone.address).await;
    let ticket = day.news().await;
    phone.press("7").await;
    day.call_when(ticket, |call| call.keys.as_deref() == Some("7")).await;
    assert_eq!(day.ticket(ticket).await.level, 0);
    phone.press("2").await;
    let call = day.call_when(ticket, |call| call.ended_at.is_some()).await;
    assert_eq!((call.outcome.as_deref(), call.keys.as_deref()), (Some("passed_up"), Some("72")));
    day.centre.settle().await;
    assert_eq!(day.ticket(ticket).await.level, 1);
    day.quiet().await;
}

#[tokio::test]
async fn busy_and_declined_climb_at_once_with_the_code_that_came() {
    for (status, outcome, code) in [("486 Busy Here", "busy", 486), ("603 Decline", "rejected", 603)] {
        let refuses = Scenario::new().recv("INVITE").ringing().reply(status, "", "").recv("ACK");
        let Some(network) = Sipp::called(&refuses).await else { return };
        let day = day(network.address).await;
        let ticket = day.news().await;
        let call = day.call_when(ticket, |call| call.ended_at.is_some()).await;
        assert_eq!((call.outcome.as_deref(), call.sip_code), (Some(outcome), Some(code)));
        // The clock has not moved.
        day.centre.settle().await;
        assert_eq!(day.ticket(ticket).await.level, 1);
        let log = network.succeeded().await;
        assert!(log.contains("INVITE sip:+84900000003@127.0.0.1:"), "{log}");
        day.quiet().await;
    }
}

fn rings_for_ever() -> Scenario {
    Scenario::new().recv("INVITE").ringing().cancelled()
}

#[tokio::test]
async fn silence_climbs_at_the_deadline_and_the_phone_is_left() {
    let Some(network) = Sipp::called(&rings_for_ever()).await else { return };
    let day = day(network.address).await;
    let ticket = day.news().await;
    day.call_when(ticket, |call| call.invited_at.is_some() && call.ringing_at.is_some()).await;
    day.centre.advance(SECOND * 59).await;
    assert_eq!((day.ticket(ticket).await.level, day.hang_ups().await), (0, 0));
    day.centre.advance(SECOND).await;
    assert_eq!(day.ticket(ticket).await.level, 1);
    assert_eq!(day.call(ticket).await.outcome.as_deref(), Some("not_answered"));
    assert_eq!(day.hang_ups().await, 1);
    network.succeeded().await;
    day.quiet().await;
}

#[tokio::test]
async fn whoever_answers_and_hangs_up_without_a_key_has_heard_it_and_not_accepted() {
    let phone = Phone::new().await;
    let hangs_up = Scenario::new()
        .recv_invite_keeping_from()
        .ringing()
        .answer(phone.address())
        .pause(500)
        .request_back("BYE", 1, "")
        .recv_status(200);
    let Some(network) = Sipp::called(&hangs_up).await else { return };
    let day = day(network.address).await;
    let ticket = day.news().await;
    let call = day.call_when(ticket, |call| call.ended_at.is_some()).await;
    assert_eq!(call.outcome.as_deref(), Some("heard_not_accepted"));
    assert!(call.answered_at.is_some() && call.message_ended_at.is_some());
    let kept = day.ticket(ticket).await;
    assert_eq!((kept.state, kept.level), (State::Open, 0), "a voicemail would have done the same");
    day.centre.advance(SECOND * 60).await;
    assert_eq!(day.ticket(ticket).await.level, 1);
    network.succeeded().await;
    day.quiet().await;
}

#[tokio::test]
async fn all_competent_units_ring_at_the_same_time() {
    let Some(network) = Sipp::start(&rings_for_ever(), &["-m", "3"]).await else { return };
    let day = day(network.address).await;
    for (unit, role, phone) in [
        ("TPHONG.TYT", Role::StationStaff, "+84900000001"),
        ("TPHONG.CA", Role::WardOfficial, "+84900000002"),
    ] {
        let unit = day.centre.unit(unit).await;
        day.centre.staff(phone).at(unit, role).phone(phone).on_duty().create().await;
    }
    let opened = day.centre.news(day.ward, 1).await;
    assert_eq!(day.place().await, 3);
    until("three phones ring together", async || {
        let mut cx = day.centre.system().await;
        let all = attempts::of_tickets(&mut cx, &opened.tickets).await.unwrap();
        let ringing = all.iter().filter(|call| call.channel == "call" && call.ringing_at.is_some());
        (ringing.filter(|call| call.ended_at.is_none()).count() == 3).then_some(())
    })
    .await;
    assert_eq!((day.calls.live().len(), day.lines.live().len()), (3, 3));
    for (_, attempt) in day.calls.live() {
        day.calls.hang_up(attempt).await.unwrap();
    }
    let log = network.succeeded().await;
    for number in ["+84900000001", "+84900000002", "+84900000003"] {
        assert!(log.contains(&format!("INVITE sip:{number}@")), "{number}");
    }
    day.quiet().await;
}

/// A clock that runs, and somebody who asks.
fn dial(call: u128, number: &str) -> Dial {
    Dial {
        tenant: uuid::Uuid::from_u128(1).into(),
        call: CallId(uuid::Uuid::from_u128(call)),
        number: number.into(),
        ring_for: SECOND * 10,
    }
}

fn spoken(length: Duration) -> Spoken {
    let samples = tone(440.0, length);
    Spoken { words: "…".into(), samples, length: SignedDuration::try_from(length).unwrap() }
}

async fn next(events: &mut Events) -> Happened {
    timeout(LONG, events.next()).await.expect("an event in time").expect("an event").what
}

#[tokio::test]
async fn a_message_is_said_to_its_end_and_silence_counts_from_the_last_key() {
    let mut phone = Phone::new().await;
    let answers = Scenario::new().recv("INVITE").ringing().answer(phone.address()).hung_up();
    let Some(network) = Sipp::called(&answers).await else { return };
    let (lines, _offers) = lines(network.address, Clock::system()).await;
    let free = lines.free();
    let mut events = lines.dial(dial(1, CLERK)).await.unwrap();
    let call = dial(1, CLERK).call;
    assert_eq!((lines.live(), lines.free()), (vec![call], free - 1));
    assert!(matches!(lines.dial(dial(1, CLERK)).await, Err(Error::Conflict(_))), "it rings once");
    assert!(matches!(lines.dial(dial(2, "1 2")).await, Err(Error::Invalid { .. })));
    assert!(matches!(lines.say(call, &spoken(Duration::ZERO), None).await, Err(Error::NotFound)));
    assert_eq!(next(&mut events).await, Happened::Invited("carrier".into()));
    assert_eq!(next(&mut events).await, Happened::Ringing);
    assert_eq!(next(&mut events).await, Happened::Answered);

    // What is replaced does not end as said.
    lines.say(call, &spoken(Duration::from_secs(5)), Some(SECOND / 5)).await.unwrap();
    lines.say(call, &spoken(Duration::from_millis(100)), Some(SECOND)).await.unwrap();
    assert_eq!(next(&mut events).await, Happened::Said);
    phone.receive().await;
    phone.press('4').await;
    assert_eq!(next(&mut events).await, Happened::Key('4'));
    assert_eq!(next(&mut events).await, Happened::Silent);
    // What is stopped was not heard to its end, and a key is waited for all the same.
    lines.say(call, &spoken(Duration::from_secs(5)), Some(SECOND / 5)).await.unwrap();
    lines.hush(call).await.unwrap();
    assert_eq!(next(&mut events).await, Happened::Silent);

    let file = tempfile::NamedTempFile::new().unwrap();
    lines.record(call, file.path().to_owned(), duty::lines::Hear::Both).await.unwrap();
    lines.hang_up(call).await.unwrap();
    let mut ends = vec![next(&mut events).await, next(&mut events).await];
    ends.sort_by_key(Happened::is_final);
    assert_eq!(ends, [Happened::Recorded { whole: true }, Happened::Ended(Side::Us)]);
    assert!(events.next().await.is_none());
    assert!(lines.live().is_empty());
    assert!(matches!(lines.hang_up(call).await, Err(Error::NotFound)));
    network.succeeded().await;
}

#[tokio::test]
async fn a_call_that_comes_in_is_offered_and_taken_or_refused() {
    let phone = Phone::new().await;
    // Any address of this machine's loopback is the carrier's.
    let (lines, mut offers) = lines(SocketAddr::new(LOCALHOST, 9), Clock::system()).await;
    let call = || Scenario::new().call(&sdp(phone.address())).optional(100).optional(180);
    let answered = call().recv_status(200).ack("").pause(200).bye();
    let Some(caller) = Sipp::calls(&answered, lines.address()).await else { return };
    let mut offer = timeout(LONG, offers.recv()).await.unwrap().unwrap();
    assert_eq!((offer.from.as_deref(), offer.to.as_str()), (Some("0901234567"), "200"));
    assert_eq!((offer.trunk.as_str(), lines.live()), ("carrier", vec![offer.call]));
    lines.take(offer.call).await.unwrap();
    assert!(matches!(lines.take(offer.call).await, Err(Error::NotFound)), "it is taken once");
    assert_eq!(next(&mut offer.events).await, Happened::Answered);
    assert_eq!(next(&mut offer.events).await, Happened::Ended(Side::Them));
    caller.succeeded().await;

    let refused = call().recv_status(486).acknowledge_refusal(4);
    let caller = Sipp::calls(&refused, lines.address()).await.unwrap();
    let mut offer = timeout(LONG, offers.recv()).await.unwrap().unwrap();
    lines.refuse(offer.call, 486).await.unwrap();
    assert_eq!(next(&mut offer.events).await, Happened::Ended(Side::Us));
    caller.succeeded().await;
    assert!(lines.live().is_empty());

    // Nobody listens for calls any more: the caller is told at once.
    drop(offers);
    let away =
        Scenario::new().call(&sdp(phone.address())).optional(100).recv_status(480).acknowledge_refusal(3);
    Sipp::calls(&away, lines.address()).await.unwrap().succeeded().await;
    lines.stop().await;
}

#[tokio::test]
async fn two_calls_are_joined_parted_and_overheard_and_the_end_of_one_frees_the_other() {
    let phone = Phone::new().await;
    let answers = Scenario::new().recv("INVITE").ringing().answer(phone.address()).hung_up();
    let Some(network) = Sipp::start(&answers, &["-m", "3"]).await else { return };
    let (lines, _offers) = lines(network.address, Clock::system()).await;
    let calls = [1, 2, 3].map(|n| dial(n, CLERK).call);
    let mut heard = Vec::new();
    for n in [1, 2, 3] {
        let mut events = lines.dial(dial(n, CLERK)).await.unwrap();
        while next(&mut events).await != Happened::Answered {}
        heard.push(events);
    }
    let [one, two, three] = calls;
    assert!(matches!(lines.overhear(one, three).await, Err(Error::NotFound)), "there is nothing to hear");
    assert!(matches!(lines.bridge(one, one).await, Err(Error::NotFound)));
    lines.bridge(one, two).await.unwrap();
    lines.overhear(two, three).await.unwrap();
    lines.part(one).await.unwrap();
    assert!(matches!(lines.overhear(two, three).await, Err(Error::NotFound)), "parted for both");
    // Joined to a third, the second leaves the first.
    lines.bridge(one, two).await.unwrap();
    lines.bridge(two, three).await.unwrap();
    assert!(matches!(lines.overhear(one, three).await, Err(Error::NotFound)));
    lines.hang_up(three).await.unwrap();
    until("the third is over", async || (lines.live().len() == 2).then_some(())).await;
    assert!(matches!(lines.overhear(two, one).await, Err(Error::NotFound)));
    lines.bridge(two, one).await.unwrap();
    lines.hang_up(one).await.unwrap();
    lines.hang_up(two).await.unwrap();
    network.succeeded().await;
}

#[tokio::test]
async fn a_call_whose_events_nobody_hears_any_more_is_ended() {
    let phone = Phone::new().await;
    let answers = Scenario::new().recv("INVITE").ringing().answer(phone.address()).hung_up();
    for (scenario, far) in [(answers, Happened::Answered), (rings_for_ever(), Happened::Ringing)] {
        let Some(network) = Sipp::called(&scenario).await else { return };
        let (lines, _offers) = lines(network.address, Clock::system()).await;
        let mut events = lines.dial(dial(1, CLERK)).await.unwrap();
        while next(&mut events).await != far {}
        drop(events);
        network.succeeded().await;
        until("it is over", async || lines.live().is_empty().then_some(())).await;
    }
    // Whoever was offered a call breaks off before he takes it, or after.
    let (lines, mut offers) = lines(SocketAddr::new(LOCALHOST, 9), Clock::system()).await;
    let call = || Scenario::new().call(&sdp(phone.address())).optional(100).optional(180);
    let refused = call().recv_status(480).acknowledge_refusal(4);
    let caller = Sipp::calls(&refused, lines.address()).await.unwrap();
    drop(timeout(LONG, offers.recv()).await.unwrap().unwrap());
    caller.succeeded().await;
    let taken = call().recv_status(200).ack("").hung_up();
    let caller = Sipp::calls(&taken, lines.address()).await.unwrap();
    let offer = timeout(LONG, offers.recv()).await.unwrap().unwrap();
    lines.take(offer.call).await.unwrap();
    drop(offer);
    caller.succeeded().await;
    until("it is over", async || lines.live().is_empty().then_some(())).await;
}
