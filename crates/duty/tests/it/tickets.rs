mod acting;
mod climbing;
mod clocks;
mod network;
mod pauses;

use duty::tickets::{
    self, Opened, State,
    attempts::{self, Outcome},
};
use jiff::SignedDuration;
use kernel::{Role, StaffId, TicketId};
use testkit::TestCentre;

/// The people of Tân Phong that an F0 concerns, and the district's duty leader.
pub struct Day {
    pub centre: TestCentre,
    pub nurse: StaffId,
    pub officer: StaffId,
    pub clerk: StaffId,
    pub chair: StaffId,
    pub leader: StaffId,
    pub opened: Opened,
}

pub const SECOND: SignedDuration = SignedDuration::from_secs(1);

pub async fn news_of_an_f0() -> Day {
    let centre = TestCentre::new().await;
    let (station, ward, police, leaders) = (
        centre.unit("TPHONG.TYT").await,
        centre.unit("TPHONG").await,
        centre.unit("TPHONG.CA").await,
        centre.unit("LDQ").await,
    );
    let at = |name, unit, role| centre.staff(name).at(unit, role);
    let nurse = at("Trực trạm", station, Role::StationStaff).phone("+84900000001").on_duty().create().await;
    let officer =
        at("Trực công an", police, Role::WardOfficial).phone("+84900000002").on_duty().create().await;
    let clerk = at("Trực ủy ban", ward, Role::WardOfficial).phone("+84900000003").on_duty().create().await;
    let chair = at("Chủ tịch phường", ward, Role::WardLeader).phone("+84900000004").head().create().await;
    let leader =
        at("Lãnh đạo trực", leaders, Role::DistrictLeader).phone("+84900000005").on_duty().create().await;
    let opened = centre.news(ward, 1).await;
    Day { centre, nurse, officer, clerk, chair, leader, opened }
}

/// News of another F0 in the same ward.
async fn another_f0(day: &Day, object: u128) -> Opened {
    day.centre.news(day.centre.unit("TPHONG").await, object).await
}

impl Day {
    /// Station, ward committee, police: in the order of the pack.
    pub fn ticket(&self, index: usize) -> TicketId {
        self.opened.tickets[index]
    }

    async fn state(&self, index: usize) -> tickets::Ticket {
        let mut cx = self.centre.system().await;
        tickets::ticket(&mut cx, self.ticket(index)).await.unwrap().0
    }

    /// (channel, staff, outcome) of every attempt, in order.
    pub async fn attempts(&self, index: usize) -> Vec<attempts::Attempt> {
        let mut cx = self.centre.system().await;
        attempts::of_tickets(&mut cx, &[self.ticket(index)]).await.unwrap()
    }

    pub async fn call_to(&self, index: usize, staff: StaffId) -> attempts::Attempt {
        let all = self.attempts(index).await;
        all.into_iter()
            .rev()
            .find(|a| a.channel == "call" && a.staff == Some(staff))
            .expect("that phone was rung")
    }
}

#[tokio::test]
async fn news_of_an_f0_rings_three_units_at_once() {
    let day = news_of_an_f0().await;
    assert_eq!(day.opened.tickets.len(), 3);
    for (index, staff) in [(0, day.nurse), (1, day.clerk), (2, day.officer)] {
        let attempts = day.attempts(index).await;
        let channels: Vec<_> = attempts.iter().map(|a| a.channel.as_str()).collect();
        assert_eq!(channels, ["desk", "call"]);
        assert_eq!(attempts[1].staff, Some(staff));
        assert_eq!(day.state(index).await.level, 0);
    }
}

#[tokio::test]
async fn accepting_in_twenty_seconds_ends_the_climb() {
    let day = news_of_an_f0().await;
    day.centre.advance(SECOND * 20).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    tickets::accept(&mut cx, day.ticket(0)).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(SECOND * 300).await;
    let ticket = day.state(0).await;
    assert_eq!((ticket.state, ticket.level, ticket.accepted_by), (State::Accepted, 0, Some(day.nurse)));
    assert!(day.attempts(0).await.iter().all(|a| a.outcome.as_deref() == Some("accepted")));
}

#[tokio::test]
async fn whoever_accepts_as_the_minute_ends_holds_up_no_other_ticket_and_is_not_climbed_over() {
    let day = news_of_an_f0().await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    tickets::accept(&mut cx, day.ticket(0)).await.unwrap();
    // The minute ends between his decision and its commit.
    day.centre.advance(SECOND * 60).await;
    assert!(day.state(1).await.level > 0 && day.state(2).await.level > 0);
    cx.commit().await.unwrap();
    day.centre.advance(SECOND).await;
    let ticket = day.state(0).await;
    assert_eq!((ticket.state, ticket.level, ticket.accepted_by), (State::Accepted, 0, Some(day.nurse)));
}

#[tokio::test]
async fn a_ticket_that_is_being_written_as_its_minute_ends_climbs_right_after() {
    let day = news_of_an_f0().await;
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::note(&mut cx, day.ticket(1), "Đang gọi lại.").await.unwrap();
    day.centre.advance(SECOND * 60).await;
    assert_eq!(day.state(1).await.level, 0);
    cx.commit().await.unwrap();
    day.centre.advance(SignedDuration::from_millis(20)).await;
    assert_eq!(day.state(1).await.level, 1);
}

#[tokio::test]
async fn a_missed_call_climbs_to_the_ward_chair_after_a_minute_then_to_the_duty_leader() {
    let day = news_of_an_f0().await;
    let mut cx = day.centre.system().await;
    attempts::ringing_began(&mut cx, day.call_to(1, day.clerk).await.id).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(SECOND * 59).await;
    assert_eq!(day.state(1).await.level, 0);
    day.centre.advance(SECOND).await;
    assert_eq!(day.state(1).await.level, 1);
    let first = day.call_to(1, day.clerk).await;
    assert_eq!(first.outcome.as_deref(), Some("not_answered"));
    assert!(day.call_to(1, day.chair).await.ended_at.is_none());
    day.centre.advance(SECOND * 60).await;
    let ticket = day.state(1).await;
    assert_eq!(ticket.level, 2);
    let mut cx = day.centre.system().await;
    attempts::key(&mut cx, day.call_to(1, day.leader).await.id, '1').await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(day.state(1).await.accepted_by, Some(day.leader));
}

#[tokio::test]
async fn whoever_answers_holds_the_level_and_silence_after_it_is_kept_apart() {
    let day = news_of_an_f0().await;
    day.centre.advance(SECOND * 50).await;
    let call = day.call_to(2, day.officer).await;
    let mut cx = day.centre.system().await;
    attempts::answered(&mut cx, call.id, SECOND * 15).await.unwrap();
    cx.commit().await.unwrap();
    // 50 s + 15 s of message + 20 s to press a key.
    day.centre.advance(SECOND * 34).await;
    assert_eq!(day.state(2).await.level, 0);
    day.centre.advance(SECOND).await;
    // The police post has no head here: the next level falls through to the duty leader.
    assert_eq!(day.state(2).await.level, 2);
    let attempts = day.attempts(2).await;
    let outcome = |channel: &str, level| {
        attempts.iter().find(|a| a.channel == channel && a.level == level).and_then(|a| a.outcome.clone())
    };
    assert_eq!(outcome("call", 0).as_deref(), Some("heard_not_accepted"));
    assert_eq!(outcome("desk", 0).as_deref(), Some("not_answered"));
    assert_eq!(outcome("none", 1).as_deref(), Some("nobody"));
}

#[tokio::test]
async fn busy_climbs_at_once() {
    let day = news_of_an_f0().await;
    let call = day.call_to(1, day.clerk).await;
    let mut cx = day.centre.system().await;
    attempts::ended(&mut cx, call.id, Outcome::Busy, Some(486)).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.settle().await;
    assert_eq!(day.state(1).await.level, 1);
    assert_eq!(day.call_to(1, day.clerk).await.outcome.as_deref(), Some("busy"));
}

#[tokio::test]
async fn a_used_up_ladder_repeats_and_raises_an_alarm() {
    let day = news_of_an_f0().await;
    for _ in 0..3 {
        day.centre.advance(SECOND * 60).await;
    }
    let ticket = day.state(1).await;
    assert_eq!((ticket.level, ticket.round), (0, 1));
    assert!(ticket.used_up_at.is_some());
}

#[tokio::test]
async fn passing_up_does_not_wait_out_the_minute() {
    let day = news_of_an_f0().await;
    let seen = day.state(1).await.rung().unwrap();
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::pass_up(&mut cx, day.ticket(1), seen, "Ngoài thẩm quyền của tôi").await.unwrap();
    cx.commit().await.unwrap();
    day.centre.settle().await;
    assert_eq!(day.state(1).await.level, 1);
    assert!(day.call_to(1, day.chair).await.ended_at.is_none());
}

#[tokio::test]
async fn the_duty_leader_accepts_and_gives_a_directive_which_is_itself_a_ticket() {
    let day = news_of_an_f0().await;
    day.centre.advance(SECOND * 60).await;
    day.centre.advance(SECOND * 60).await;
    let mut cx = day.centre.as_staff(day.leader).await;
    tickets::accept(&mut cx, day.ticket(1)).await.unwrap();
    let directive = tickets::Directive {
        matter: day.opened.matter,
        to: day.centre.unit("TPHONG").await,
        words: "Lập chốt tại hẻm 12 trước 17 giờ".into(),
        within: Some(SECOND * 3600),
    };
    let given = tickets::directive(&mut cx, directive).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.chair).await;
    let (ticket, words) = tickets::ticket(&mut cx, given).await.unwrap();
    assert_eq!(words.as_deref(), Some("Lập chốt tại hẻm 12 trước 17 giờ"));
    assert_eq!((ticket.kind.as_str(), ticket.level), ("directive", 0));
    // Late: it stands before the duty leader and stays late.
    day.centre.advance(SECOND * 3601).await;
    let mut cx = day.centre.system().await;
    let (ticket, _) = tickets::ticket(&mut cx, given).await.unwrap();
    assert!(ticket.overdue_at.is_some());
    assert!(tickets::seats(&mut cx, given).await.unwrap().contains(&day.centre.unit("LDQ").await));
}

#[tokio::test]
async fn forwarding_moves_the_ticket_but_never_the_clock() {
    let day = news_of_an_f0().await;
    let before = day.state(1).await;
    day.centre.advance(SECOND * 30).await;
    let to = day.centre.unit("BTHUAN").await;
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::forward(&mut cx, day.ticket(1), to, "Nhà thuộc Phường Bình Thuận").await.unwrap();
    cx.commit().await.unwrap();
    let after = day.state(1).await;
    assert_eq!((after.unit, after.clock_from, after.due_at), (Some(to), before.clock_from, before.due_at));
    // Nobody is on duty there: the ladder falls through to the duty leader, and says so.
    assert_eq!(after.level, 2);
    let nobody: Vec<_> = day.attempts(1).await.into_iter().filter(|a| a.channel == "none").collect();
    assert_eq!(nobody.len(), 2);
}

#[tokio::test]
async fn a_pause_needs_a_reason_and_another_person_and_moves_every_time_by_its_length() {
    let day = news_of_an_f0().await;
    let mut cx = day.centre.as_staff(day.clerk).await;
    let until = cx.now() + SECOND * 7200;
    let emergency = tickets::ask_pause(&mut cx, day.ticket(1), until, "Chờ kết quả", day.chair).await;
    assert!(matches!(emergency, Err(kernel::Error::Conflict("error-pause-emergency"))), "{emergency:?}");
    tickets::accept(&mut cx, day.ticket(1)).await.unwrap();
    let own = tickets::ask_pause(&mut cx, day.ticket(1), until, "Chờ kết quả", day.clerk).await;
    assert!(matches!(own, Err(kernel::Error::Invalid { field: "approver", .. })), "{own:?}");
    let silent = tickets::ask_pause(&mut cx, day.ticket(1), until, " ", day.chair).await;
    assert!(matches!(silent, Err(kernel::Error::Invalid { field: "text", .. })), "{silent:?}");
    let long = tickets::ask_pause(&mut cx, day.ticket(1), until + SECOND * 864_000, "Chờ", day.chair).await;
    assert!(matches!(long, Err(kernel::Error::Invalid { key: "error-pause-cap", .. })), "{long:?}");
    tickets::ask_pause(&mut cx, day.ticket(1), until, "Chờ kết quả", day.chair).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.chair).await;
    tickets::approve_pause(&mut cx, day.ticket(1)).await.unwrap();
    cx.commit().await.unwrap();
    let paused = day.state(1).await;
    day.centre.advance(SECOND * 7200).await;
    let after = day.state(1).await;
    assert_eq!((after.state, after.paused_s), (State::Accepted, 7200));
    assert_eq!(after.due_at, paused.due_at + SECOND * 7200);
}

#[tokio::test]
async fn a_duplicate_gives_its_earlier_clock_to_the_ticket_that_stays() {
    let day = news_of_an_f0().await;
    day.centre.advance(SECOND * 10).await;
    let later = another_f0(&day, 2).await;
    let first = day.state(1).await;
    let mut cx = day.centre.as_staff(day.chair).await;
    tickets::merge(&mut cx, day.ticket(1), later.tickets[1]).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = day.centre.system().await;
    let (stays, _) = tickets::ticket(&mut cx, later.tickets[1]).await.unwrap();
    assert_eq!((stays.clock_from, stays.due_at), (first.clock_from, first.due_at));
    assert_eq!(day.state(1).await.state, State::Merged);
}

#[tokio::test]
async fn a_reopened_ticket_counts_as_late_and_is_called_again() {
    let day = news_of_an_f0().await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    tickets::resolve(&mut cx, day.ticket(0), "Đã đến nhà, phát túi thuốc", None).await.unwrap();
    cx.commit().await.unwrap();
    assert!(!day.state(0).await.is_late(day.centre.clock.now()));
    let mut cx = day.centre.as_staff(day.leader).await;
    tickets::reopen(&mut cx, day.ticket(0), "Người bệnh nói chưa ai đến").await.unwrap();
    cx.commit().await.unwrap();
    let ticket = day.state(0).await;
    assert!(ticket.is_late(day.centre.clock.now()));
    assert_eq!((ticket.state, ticket.level), (State::Open, 0));
    assert!(day.call_to(0, day.nurse).await.ended_at.is_none());
}

#[tokio::test]
async fn another_wards_official_finds_no_such_ticket() {
    let day = news_of_an_f0().await;
    let elsewhere = day.centre.unit("PMY").await;
    let stranger = day.centre.staff("Cán bộ Phú Mỹ").at(elsewhere, Role::WardLeader).create().await;
    let mut cx = day.centre.as_staff(stranger).await;
    assert!(matches!(tickets::ticket(&mut cx, day.ticket(1)).await, Err(kernel::Error::NotFound)));
    assert!(matches!(tickets::accept(&mut cx, day.ticket(1)).await, Err(kernel::Error::NotFound)));
    assert!(matches!(tickets::note(&mut cx, day.ticket(1), "x").await, Err(kernel::Error::NotFound)));
}

#[tokio::test]
async fn a_ticket_that_lost_its_timer_gets_it_back() {
    let day = news_of_an_f0().await;
    let mut cell = day.centre.store.cell().await.unwrap();
    sqlx::query("delete from timers").execute(cell.conn()).await.unwrap();
    cell.commit().await.unwrap();
    let mut cx = day.centre.system().await;
    assert_eq!(tickets::reconcile(&mut cx).await.unwrap(), 3);
    cx.commit().await.unwrap();
    day.centre.advance(SECOND * 60).await;
    assert_eq!(day.state(1).await.level, 1);
}

#[tokio::test]
async fn the_timeline_tells_each_attempt_with_its_times() {
    let day = news_of_an_f0().await;
    day.centre.advance(SECOND * 60).await;
    let mut cx = day.centre.system().await;
    let entries = tickets::timeline(&mut cx, day.ticket(1)).await.unwrap();
    let levels: Vec<_> = entries
        .iter()
        .filter_map(|entry| match entry {
            tickets::Entry::Level { level, attempts, .. } => Some((*level, attempts.len())),
            tickets::Entry::Event(_) => None,
        })
        .collect();
    assert_eq!(levels, [(0, 2), (1, 2)]);
}
