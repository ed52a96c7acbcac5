//! The minute of a level, as telephones see it.

use crate::{open, open_on};
use async_trait::async_trait;
use duty::{
    messages::{CallEvent, HangUps, LostCalls, PlaceCall, Placing, Report, Text, Texting, Voice, calls},
    tickets::{self, Channel, State, Ticket, attempts, ladder},
    units::Who,
};
use gateways::{Phones, phones::Do};
use jiff::SignedDuration;
use kernel::{AttemptId, Error, Result, Role, StaffId, TenantId, TicketId, UnitId};
use std::sync::Arc;
use store::jobs::{OnJob, Worker};
use testkit::TestCentre;

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const CLERK: &str = "+84900000003";
const SECOND_CLERK: &str = "+84900000006";
const CHAIR: &str = "+84900000004";

/// The ward committee of Tân Phong, its chair, the duty leader, and a telephone network.
struct Day {
    centre: TestCentre,
    phones: Phones,
    ward: UnitId,
    clerk: StaffId,
    chair: StaffId,
}

async fn day() -> Day {
    let centre = TestCentre::new().await;
    let (ward, leaders) = (centre.unit("TPHONG").await, centre.unit("LDQ").await);
    let at = |name, unit, role| centre.staff(name).at(unit, role);
    let clerk = at("Trực ủy ban", ward, Role::WardOfficial).phone(CLERK).on_duty().create().await;
    let chair = at("Chủ tịch phường", ward, Role::WardLeader).phone(CHAIR).head().create().await;
    at("Lãnh đạo trực", leaders, Role::DistrictLeader).phone("+84900000005").on_duty().create().await;
    let phones = Phones::new(centre.store.clone());
    Day { centre, phones, ward, clerk, chair }
}

impl Day {
    /// News of an F0 for the committee; the telephones have begun to ring.
    async fn news(&self) -> TicketId {
        let mut cx = self.centre.system().await;
        let opened = open(&mut cx, "f0_news", self.ward, Some(self.ward)).await;
        cx.commit().await.unwrap();
        self.place().await;
        opened.tickets[0]
    }

    /// Places the calls that are asked for.
    async fn place(&self) {
        self.place_with(Arc::new(self.phones.clone())).await;
    }

    async fn place_with(&self, voice: Arc<dyn Voice>) {
        let handlers: Vec<Arc<dyn OnJob>> = vec![Arc::new(PlaceCall::new(Some(voice)))];
        let worker = Worker::new(self.centre.store.clone(), tickets::CALLS, handlers);
        while worker.run_due(64).await.unwrap() > 0 {}
    }

    /// Time passes; timers fire, the network goes on, new calls are placed, old ones hung up.
    async fn advance(&self, by: SignedDuration) {
        self.centre.clock.advance(by);
        self.phones.tick().await.unwrap();
        self.settle().await;
    }

    async fn settle(&self) {
        self.centre.settle().await;
        self.place().await;
        self.centre.settle().await;
        self.keep().look().await.unwrap();
    }

    fn keep(&self) -> HangUps {
        HangUps::new(self.centre.store.clone(), Arc::new(self.phones.clone()))
    }

    async fn take_up_lost(&self) -> usize {
        let lost = LostCalls::new(self.centre.store.clone()).look().await.unwrap();
        self.place().await;
        lost
    }

    async fn handle(&self, number: &str, what: Do) {
        let line = self.phones.line_to(number).expect("that phone rings");
        self.phones.handle(line.attempt, what).await.unwrap();
        self.settle().await;
    }

    fn rings(&self, number: &str) -> bool {
        self.phones.line_to(number).is_some()
    }

    async fn ticket(&self, id: TicketId) -> Ticket {
        let mut cx = self.centre.system().await;
        tickets::ticket(&mut cx, id).await.unwrap().0
    }

    /// How the calls to a person ended, oldest first; `None` while one runs.
    async fn outcomes(&self, ticket: TicketId, staff: StaffId) -> Vec<Option<String>> {
        let mut cx = self.centre.system().await;
        let all = attempts::of_tickets(&mut cx, &[ticket]).await.unwrap();
        all.into_iter()
            .filter(|call| call.channel == "call" && call.staff == Some(staff))
            .map(|call| call.outcome)
            .collect()
    }

    async fn outcome(&self, ticket: TicketId, staff: StaffId) -> Option<String> {
        self.outcomes(ticket, staff).await.pop().expect("that phone was called")
    }
}

#[tokio::test]
async fn key_1_accepts_and_the_call_is_hung_up() {
    let day = day().await;
    let ticket = day.news().await;
    day.advance(SECOND * 10).await;
    day.handle(CLERK, Do::Answer).await;
    day.handle(CLERK, Do::Press('1')).await;
    let kept = day.ticket(ticket).await;
    assert_eq!((kept.state, kept.level, kept.accepted_by), (State::Accepted, 0, Some(day.clerk)));
    assert_eq!(day.outcome(ticket, day.clerk).await.as_deref(), Some("accepted"));
    assert!(!day.rings(CLERK));
}

#[tokio::test]
async fn key_2_passes_up_at_once() {
    let day = day().await;
    let ticket = day.news().await;
    day.handle(CLERK, Do::Answer).await;
    day.handle(CLERK, Do::Press('2')).await;
    assert_eq!(day.ticket(ticket).await.level, 1);
    assert_eq!(day.outcome(ticket, day.clerk).await.as_deref(), Some("passed_up"));
    assert!(day.rings(CHAIR) && !day.rings(CLERK));
}

#[tokio::test]
async fn whoever_rejects_is_busy_or_switched_off_climbs_at_once() {
    for (how, outcome) in [("reject", "rejected"), ("busy", "busy"), ("off", "unreachable")] {
        let day = day().await;
        day.phones.set_busy(CLERK, how == "busy");
        day.phones.set_off(CLERK, how == "off");
        let ticket = day.news().await;
        if how == "reject" {
            day.handle(CLERK, Do::Reject).await;
        }
        day.settle().await;
        assert_eq!(day.ticket(ticket).await.level, 1, "{how}");
        assert_eq!(day.outcome(ticket, day.clerk).await.as_deref(), Some(outcome));
        assert!(day.rings(CHAIR), "{how}");
    }
}

#[tokio::test]
async fn an_answer_holds_the_level_until_the_message_has_ended_and_20_seconds_more() {
    let day = day().await;
    let ticket = day.news().await;
    day.advance(SECOND * 55).await;
    let length = day.phones.line_to(CLERK).unwrap().length;
    day.handle(CLERK, Do::Answer).await;
    day.advance(length).await;
    assert!(day.phones.line_to(CLERK).unwrap().message_ended);
    day.advance(SECOND * 19).await;
    assert_eq!(day.ticket(ticket).await.level, 0);
    day.advance(SECOND).await;
    assert_eq!(day.ticket(ticket).await.level, 1);
    assert_eq!(day.outcome(ticket, day.clerk).await.as_deref(), Some("heard_not_accepted"));
    assert!(day.rings(CHAIR) && !day.rings(CLERK));
}

#[tokio::test]
async fn whoever_hangs_up_without_a_key_has_heard_it_and_the_level_keeps_its_minute() {
    let day = day().await;
    let ticket = day.news().await;
    day.advance(SECOND * 5).await;
    day.handle(CLERK, Do::Answer).await;
    day.advance(SECOND * 3).await;
    day.handle(CLERK, Do::HangUp).await;
    assert_eq!(day.outcome(ticket, day.clerk).await.as_deref(), Some("heard_not_accepted"));
    assert_eq!(day.ticket(ticket).await.level, 0);
    day.advance(SECOND * 52).await;
    assert_eq!(day.ticket(ticket).await.level, 1);
}

#[tokio::test]
async fn of_two_phones_on_a_level_one_that_is_busy_does_not_climb() {
    let day = day().await;
    let second = day
        .centre
        .staff("Trực ủy ban 2")
        .at(day.ward, Role::WardOfficial)
        .phone(SECOND_CLERK)
        .on_duty()
        .create()
        .await;
    day.phones.set_busy(CLERK, true);
    // A level that calls everybody of a role.
    let mut cx = day.centre.system().await;
    let mut wide = ladder::by_code(&mut cx, "f0_news").await.unwrap();
    wide.levels[0].whom.who = Who::Role(Role::WardOfficial);
    let ticket = open_on(&mut cx, wide, day.ward, Some(day.ward)).await.tickets[0];
    cx.commit().await.unwrap();
    day.settle().await;
    assert_eq!(day.ticket(ticket).await.level, 0);
    assert_eq!(day.outcome(ticket, day.clerk).await.as_deref(), Some("busy"));
    assert!(day.rings(SECOND_CLERK));
    // The other one says no too: now nobody of the level is left.
    day.handle(SECOND_CLERK, Do::Reject).await;
    assert_eq!(day.ticket(ticket).await.level, 1);
    assert_eq!(day.outcome(ticket, second).await.as_deref(), Some("rejected"));
}

#[tokio::test]
async fn key_1_at_the_very_minute_accepts_whichever_is_first() {
    // The key comes before the timer.
    let day = day().await;
    let ticket = day.news().await;
    day.handle(CLERK, Do::Answer).await;
    let until = day.ticket(ticket).await.climbs_at.unwrap();
    day.centre.clock.advance(until.duration_since(day.centre.clock.now()));
    let line = day.phones.line_to(CLERK).unwrap();
    day.phones.handle(line.attempt, Do::Press('1')).await.unwrap();
    day.settle().await;
    let kept = day.ticket(ticket).await;
    assert_eq!((kept.state, kept.level, kept.accepted_by), (State::Accepted, 0, Some(day.clerk)));
    assert!(!day.rings(CHAIR));

    // The timer comes first, and the line is still open when the key is pressed.
    let ticket = day.news().await;
    day.handle(CLERK, Do::Answer).await;
    let until = day.ticket(ticket).await.climbs_at.unwrap();
    day.centre.clock.advance(until.duration_since(day.centre.clock.now()));
    day.centre.settle().await;
    let line = day.phones.line_to(CLERK).unwrap();
    day.phones.handle(line.attempt, Do::Press('1')).await.unwrap();
    day.settle().await;
    let kept = day.ticket(ticket).await;
    assert_eq!((kept.state, kept.accepted_by), (State::Accepted, Some(day.clerk)));
    assert_eq!(day.outcome(ticket, day.chair).await.as_deref(), Some("taken"));
    assert!(!day.rings(CHAIR) && !day.rings(CLERK));
}

#[tokio::test]
async fn who_listens_to_our_other_call_is_passed_over_at_once_and_has_missed_nothing() {
    let day = day().await;
    let first = day.news().await;
    day.handle(CLERK, Do::Answer).await;
    let second = day.news().await;
    day.settle().await;
    assert_eq!(day.ticket(first).await.level, 0);
    assert_eq!(day.ticket(second).await.level, 1);
    assert_eq!(day.outcome(second, day.clerk).await.as_deref(), Some("engaged"));
    assert!(day.rings(CHAIR));
    let mut cx = day.centre.system().await;
    cx.flush().await.unwrap();
    let events = store::events::of_object(&mut cx, second.uuid()).await.unwrap();
    assert!(events.iter().any(|event| event.data["before"][1]["outcome"] == "engaged"));
    assert_eq!(events.iter().flat_map(tickets::missed_in).count(), 0);
}

#[tokio::test]
async fn a_network_that_says_busy_during_our_other_call_says_nothing_about_him() {
    let day = day().await;
    // Both ring; he takes one, and the network, asked again, finds his line engaged.
    day.news().await;
    day.news().await;
    let lines = day.phones.lines();
    day.phones.handle(lines[0].attempt, Do::Answer).await.unwrap();
    let report = Report {
        tenant: day.centre.id(),
        attempt: lines[1].attempt,
        at: day.centre.clock.now(),
        event: CallEvent::Busy(Some(486)),
        length: SECOND,
    };
    calls::report(&day.centre.store, report).await.unwrap();
    let mut cx = day.centre.system().await;
    let call = attempts::find(&mut cx, lines[1].attempt).await.unwrap();
    assert_eq!(call.outcome.as_deref(), Some("engaged"));
}

/// A server that was killed: nothing of its telephones is left.
fn killed(day: Day) -> Day {
    Day { phones: Phones::new(day.centre.store.clone()), ..day }
}

#[tokio::test]
async fn a_call_that_was_lost_with_its_server_rings_again() {
    let day = day().await;
    let ticket = day.news().await;
    day.advance(SECOND * 5).await;
    // While someone holds it nobody else places it.
    for _ in 0..4 {
        day.advance(SECOND * 4).await;
        assert_eq!(day.take_up_lost().await, 0);
    }
    let day = killed(day);
    assert_eq!(day.take_up_lost().await, 0);
    assert!(!day.rings(CLERK));
    day.advance(SECOND * 11).await;
    assert_eq!(day.take_up_lost().await, 1);
    assert!(day.rings(CLERK));
    assert_eq!((day.take_up_lost().await, day.phones.lines().len()), (0, 1));
    day.handle(CLERK, Do::Answer).await;
    day.handle(CLERK, Do::Press('1')).await;
    assert_eq!(day.ticket(ticket).await.accepted_by, Some(day.clerk));
}

#[tokio::test]
async fn a_call_that_was_cut_off_is_heard_again_and_holds_the_level_again() {
    let day = day().await;
    let ticket = day.news().await;
    day.advance(SECOND * 5).await;
    day.handle(CLERK, Do::Answer).await;
    let day = killed(day);
    day.advance(SECOND * 11).await;
    assert_eq!(day.take_up_lost().await, 1);
    day.advance(SECOND * 40).await;
    assert_eq!(day.ticket(ticket).await.level, 0);
    let length = day.phones.line_to(CLERK).unwrap().length;
    day.handle(CLERK, Do::Answer).await;
    day.advance(length + SECOND * 19).await;
    assert_eq!(day.ticket(ticket).await.level, 0);
    day.handle(CLERK, Do::Press('1')).await;
    assert_eq!(day.ticket(ticket).await.accepted_by, Some(day.clerk));
}

#[tokio::test]
async fn a_call_whose_job_failed_before_it_was_placed_is_placed_again() {
    let day = day().await;
    let mut cx = day.centre.system().await;
    let ticket = open(&mut cx, "f0_news", day.ward, Some(day.ward)).await.tickets[0];
    cx.commit().await.unwrap();
    let mut cell = day.centre.store.cell().await.unwrap();
    let failed = sqlx::query("update jobs set attempts = 2, failed_at = run_at").execute(cell.conn()).await;
    assert_eq!(failed.unwrap().rows_affected(), 1);
    cell.commit().await.unwrap();
    day.place().await;
    assert!(!day.rings(CLERK));
    assert_eq!(day.take_up_lost().await, 1);
    assert!(day.rings(CLERK));
    assert_eq!(day.outcomes(ticket, day.clerk).await, [None]);
}

/// A network that takes no calls.
struct Dead;

#[async_trait]
impl Voice for Dead {
    async fn place(&self, _call: Placing) -> Result<()> {
        Err(Error::Unavailable("the trunk is down".into()))
    }

    async fn hang_up(&self, _attempt: AttemptId) -> Result<()> {
        Ok(())
    }

    fn live(&self) -> Vec<(TenantId, AttemptId)> {
        Vec::new()
    }
}

#[tokio::test]
async fn whom_a_network_that_takes_no_calls_did_not_ring_has_missed_nothing_and_the_bell_keeps_its_minute() {
    let day = day().await;
    let mut cx = day.centre.system().await;
    let ticket = open(&mut cx, "f0_news", day.ward, Some(day.ward)).await.tickets[0];
    cx.commit().await.unwrap();
    day.place_with(Arc::new(Dead)).await;
    assert_eq!(day.outcomes(ticket, day.clerk).await, [None], "it is tried twice");
    day.centre.clock.advance(SECOND * 2);
    day.place_with(Arc::new(Dead)).await;
    day.centre.advance(SECOND * 57).await;
    assert_eq!(day.outcome(ticket, day.clerk).await.as_deref(), Some("no_network"));
    assert_eq!(day.ticket(ticket).await.level, 0);
    day.centre.advance(SECOND).await;
    assert_eq!(day.ticket(ticket).await.level, 1);
    let mut cx = day.centre.system().await;
    let events = store::events::of_object(&mut cx, ticket.uuid()).await.unwrap();
    assert_eq!(events.iter().flat_map(tickets::missed_in).count(), 0, "nothing rang anywhere");
}

#[tokio::test]
async fn a_level_of_telephones_alone_is_left_at_once_when_no_network_takes_its_call() {
    let day = day().await;
    let mut cx = day.centre.system().await;
    let mut by_call = ladder::by_code(&mut cx, "f0_news").await.unwrap();
    by_call.levels[0].channels = vec![Channel::Call];
    let ticket = open_on(&mut cx, by_call, day.ward, Some(day.ward)).await.tickets[0];
    cx.commit().await.unwrap();
    day.place_with(Arc::new(Dead)).await;
    day.centre.clock.advance(SECOND * 2);
    day.place_with(Arc::new(Dead)).await;
    day.centre.settle().await;
    assert_eq!(day.outcome(ticket, day.clerk).await.as_deref(), Some("no_network"));
    assert_eq!(day.ticket(ticket).await.level, 1, "nothing else of it reaches anybody");
}

#[tokio::test]
async fn a_text_comes_once_and_not_while_the_phone_is_off() {
    let centre = TestCentre::new().await;
    let phones = Phones::new(centre.store.clone());
    let id = centre.system().await.id();
    let text =
        Text { tenant: centre.id(), id, number: CLERK.into(), words: "Nhắc ghi sổ sức khỏe".into() };
    phones.set_off(CLERK, true);
    assert!(matches!(phones.send(&text).await, Err(Error::Unavailable(_))));
    assert!(phones.texts().is_empty());
    phones.set_off(CLERK, false);
    for _ in 0..2 {
        phones.send(&text).await.unwrap();
    }
    assert_eq!(phones.texts().len(), 1);
    assert_eq!(phones.texts()[0].words, text.words);
}
