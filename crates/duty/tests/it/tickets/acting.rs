//! Who may act on a ticket: whoever owes it and whoever was called; the rest may look.

use super::{SECOND, news_of_an_f0};
use duty::tickets::{self, NewMatter, NewTicket, Responsible, Severity, State, ladder};
use kernel::{Error, Role};
use serde_json::json;
use testkit::TestCentre;
use uuid::Uuid;

#[tokio::test]
async fn a_unit_that_was_told_of_an_illness_may_accept_once_the_ladder_calls_it() {
    let centre = TestCentre::new().await;
    let (station, ward) = (centre.unit("TPHONG.TYT").await, centre.unit("TPHONG").await);
    let district = centre.unit("TTYT").await;
    let at = |name, unit, role| centre.staff(name).at(unit, role).phone("+84900000001").on_duty();
    at("Trực trạm", station, Role::StationStaff).create().await;
    centre.staff("Trưởng trạm").at(station, Role::StationStaff).phone("+84900000002").head().create().await;
    let doctor = at("Trực TTYT", district, Role::DepartmentOfficial).create().await;
    let mut cx = centre.system().await;
    let illness = centre.tenant.pack.category("illness").unwrap().clone();
    let matter = NewMatter {
        kind: "report",
        severity: Severity::Emergency,
        ward: Some(ward),
        object_kind: "report",
        object: Uuid::from_u128(1),
    };
    let ticket = NewTicket {
        kind: "report".into(),
        responsible: Responsible::Unit(station),
        ladder: ladder::by_code(&mut cx, illness.ladder.as_deref().unwrap()).await.unwrap(),
        task: json!({}),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let id = tickets::open_ticket(&mut cx, &matter, ticket).await.unwrap().tickets[0];
    tickets::inform(&mut cx, id, &[district]).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = centre.as_staff(doctor).await;
    let early = tickets::accept(&mut cx, id).await;
    assert!(matches!(early, Err(Error::Forbidden(_))), "only told: {early:?}");
    drop(cx);
    centre.advance(SECOND * 60).await;
    centre.advance(SECOND * 60).await;
    let mut cx = centre.as_staff(doctor).await;
    assert_eq!(tickets::ticket(&mut cx, id).await.unwrap().0.level, 2);
    tickets::accept(&mut cx, id).await.unwrap();
    assert_eq!(tickets::ticket(&mut cx, id).await.unwrap().0.accepted_by, Some(doctor));
}

#[tokio::test]
async fn a_ward_committee_sees_the_tickets_of_its_police_and_does_not_stop_their_ladder() {
    let day = news_of_an_f0().await;
    let police = day.ticket(2);
    let elsewhere = day.centre.unit("BTHUAN.CA").await;
    let mut cx = day.centre.as_staff(day.clerk).await;
    let (ticket, _) = tickets::ticket(&mut cx, police).await.unwrap();
    let seen = ticket.rung().unwrap();
    let forbidden = |done: kernel::Result<()>| matches!(done, Err(Error::Forbidden(_)));
    assert!(forbidden(tickets::accept(&mut cx, police).await));
    assert!(forbidden(tickets::resolve(&mut cx, police, "Đã xong", None).await));
    assert!(forbidden(tickets::forward(&mut cx, police, elsewhere, "Không phải của ta").await));
    assert!(forbidden(tickets::pass_up(&mut cx, police, seen, "").await));
    assert!(forbidden(tickets::assign(&mut cx, police, day.officer).await));
    tickets::note(&mut cx, police, "Công an đang trên đường.").await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(day.state(2).await.state, State::Open);
    // Its chair commands them in the administrative line.
    let mut cx = day.centre.as_staff(day.chair).await;
    tickets::accept(&mut cx, police).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(day.state(2).await.accepted_by, Some(day.chair));
}

#[tokio::test]
async fn the_unit_that_gave_a_directive_waits_for_the_answer_and_does_not_write_it() {
    let day = news_of_an_f0().await;
    let order = tickets::Directive {
        matter: day.opened.matter,
        to: day.centre.unit("TPHONG.TYT").await,
        words: "Lấy mẫu cả hẻm trước 17 giờ".into(),
        within: None,
    };
    let mut cx = day.centre.as_staff(day.chair).await;
    let given = tickets::directive(&mut cx, order).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.clerk).await;
    assert!(tickets::ticket(&mut cx, given).await.is_ok());
    let done = tickets::resolve(&mut cx, given, "Đã lấy mẫu", None).await;
    assert!(matches!(done, Err(Error::Forbidden(_))), "{done:?}");
    drop(cx);
    let mut cx = day.centre.as_staff(day.nurse).await;
    tickets::resolve(&mut cx, given, "Đã lấy mẫu 42 người", None).await.unwrap();
}
