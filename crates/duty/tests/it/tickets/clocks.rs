//! Tickets on the offices' clock, over a weekend.

use duty::{
    calendars::ClockKind,
    tickets::{self, NewMatter, NewTicket, Responsible, State, Ticket, ladder},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Role, StaffId, TicketId, UnitId};
use serde_json::json;
use testkit::TestCentre;
use uuid::Uuid;

struct Office {
    centre: TestCentre,
    ward: UnitId,
    clerk: StaffId,
    chair: StaffId,
}

/// Thursday 30/09/2021, four in the afternoon: an hour before the office closes.
async fn thursday_at_four() -> Office {
    let centre = TestCentre::new().await;
    let ward = centre.unit("TPHONG").await;
    let clerk = centre.staff("Trực ủy ban").at(ward, Role::WardOfficial).on_duty().create().await;
    let chair = centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).head().create().await;
    let office = Office { centre, ward, clerk, chair };
    office.until("2021-09-30T16:00:00+07:00").await;
    office
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl Office {
    async fn until(&self, time: &str) {
        self.centre.advance(at(time).duration_since(self.centre.clock.now())).await;
    }

    /// A request to correct data in an office that gives itself two working days of eight hours, warned
    /// after twelve.
    async fn correction(&self, object: u128) -> TicketId {
        let mut cx = self.centre.system().await;
        let mut ladder = ladder::by_code(&mut cx, "correction").await.unwrap();
        ladder.clock = ClockKind::Working;
        (ladder.due, ladder.warn) = (SignedDuration::from_hours(16), Some(SignedDuration::from_hours(12)));
        ladder.levels[1].after = SignedDuration::from_hours(12);
        ladder.levels[2].after = SignedDuration::from_hours(4);
        let matter = NewMatter {
            kind: "correction",
            severity: ladder.severity,
            ward: Some(self.ward),
            object_kind: "case",
            object: Uuid::from_u128(object),
        };
        let ticket = NewTicket {
            kind: "correction".into(),
            responsible: Responsible::Unit(self.ward),
            ladder,
            task: json!({}),
            words: None,
            given_by: None,
            assignee: None,
            due_at: None,
        };
        let opened = tickets::open_ticket(&mut cx, &matter, ticket).await.unwrap();
        cx.commit().await.unwrap();
        opened.tickets[0]
    }

    async fn ticket(&self, id: TicketId) -> Ticket {
        let mut cx = self.centre.system().await;
        tickets::ticket(&mut cx, id).await.unwrap().0
    }
}

#[tokio::test]
async fn a_pause_over_the_weekend_gives_back_office_hours_only() {
    let office = thursday_at_four().await;
    let id = office.correction(1).await;
    assert_eq!(office.ticket(id).await.due_at, at("2021-10-04T16:00:00+07:00"));
    office.until("2021-10-01T16:30:00+07:00").await;
    let mut cx = office.centre.as_staff(office.clerk).await;
    let until = at("2021-10-04T08:00:00+07:00");
    tickets::ask_pause(&mut cx, id, until, "Chờ hồ sơ gốc", office.chair).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = office.centre.as_staff(office.chair).await;
    tickets::approve_pause(&mut cx, id).await.unwrap();
    cx.commit().await.unwrap();
    office.until("2021-10-04T08:00:00+07:00").await;
    // Half an hour on Friday and half an hour on Monday.
    let ticket = office.ticket(id).await;
    assert_eq!(ticket.state, State::Open);
    assert_eq!(ticket.due_at, at("2021-10-04T17:00:00+07:00"));
    assert_eq!(ticket.warn_at, Some(at("2021-10-04T11:30:00+07:00")));
    // Twelve working hours for the level, from Monday eight o'clock.
    assert_eq!(ticket.climbs_at, Some(at("2021-10-05T13:30:00+07:00")));
    office.until("2021-10-04T17:00:01+07:00").await;
    assert!(office.ticket(id).await.overdue_at.is_some());
}

#[tokio::test]
async fn a_duplicate_over_the_weekend_gives_its_earlier_clock_and_the_leader_is_told_by_it() {
    let office = thursday_at_four().await;
    let first = office.correction(1).await;
    office.until("2021-10-04T08:00:00+07:00").await;
    let second = office.correction(2).await;
    assert_eq!(office.ticket(second).await.due_at, at("2021-10-06T08:00:00+07:00"));
    let mut cx = office.centre.as_staff(office.chair).await;
    tickets::merge(&mut cx, first, second).await.unwrap();
    cx.commit().await.unwrap();
    let stays = office.ticket(second).await;
    assert_eq!(stays.clock_from, at("2021-09-30T16:00:00+07:00"));
    assert_eq!(stays.due_at, at("2021-10-04T16:00:00+07:00"));
    assert_eq!(stays.warn_at, Some(at("2021-10-04T10:30:00+07:00")));
    assert_eq!(stays.climbs_at, Some(at("2021-10-04T10:30:00+07:00")));
    office.until("2021-10-04T10:30:00+07:00").await;
    assert_eq!(office.ticket(second).await.level, 1);
}

#[tokio::test]
async fn a_duplicate_emergency_leaves_whoever_is_being_rung_his_minute() {
    let day = super::news_of_an_f0().await;
    day.centre.advance(super::SECOND * 40).await;
    let later = super::another_f0(&day, 2).await;
    let mut cx = day.centre.as_staff(day.chair).await;
    let before = tickets::ticket(&mut cx, later.tickets[1]).await.unwrap().0;
    tickets::merge(&mut cx, day.ticket(1), later.tickets[1]).await.unwrap();
    let after = tickets::ticket(&mut cx, later.tickets[1]).await.unwrap().0;
    assert_eq!((after.climbs_at, after.level), (before.climbs_at, 0));
}
