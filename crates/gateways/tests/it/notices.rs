use crate::{open, open_on, run_notices};
use duty::{
    messages::{
        self, DirectiveAnswers, Mails,
        notices::State,
        preferences::{self, Language, Preferences, Quiet},
    },
    tickets::{self, Directive, Severity, attempts, ladder},
};
use gateways::MailRecorder;
use jiff::{SignedDuration, civil::time};
use kernel::{Error, Role, StaffId, TicketId, UnitId};
use std::sync::Arc;
use store::{
    outbox::{self, Courier},
    subscriptions::Reader,
};
use testkit::TestCentre;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// The duty desk of a ward, with a mail server that is only remembered.
struct Desk {
    centre: TestCentre,
    mails: MailRecorder,
    courier: Courier,
    ward: UnitId,
    clerk: StaffId,
}

async fn desk() -> Desk {
    let centre = TestCentre::new().await;
    let ward = centre.unit("TPHONG").await;
    let clerk = centre
        .staff("Trực ủy ban")
        .at(ward, Role::WardOfficial)
        .email("truc@tanphong.example")
        .on_duty()
        .create()
        .await;
    let mails = MailRecorder::default();
    let public = "https://vungxanh.example/".parse().unwrap();
    let courier = Courier::new(centre.store.clone(), Arc::new(Mails::new(Arc::new(mails.clone()), public)));
    Desk { centre, mails, courier, ward, clerk }
}

impl Desk {
    async fn report(&self) -> TicketId {
        let mut cx = self.centre.system().await;
        let opened = open(&mut cx, "report", self.ward, Some(self.ward)).await;
        cx.commit().await.unwrap();
        opened.tickets[0]
    }

    /// Time passes; what falls due is done.
    async fn advance(&self, by: SignedDuration) {
        run_notices(&self.centre).await;
        self.centre.advance(by).await;
        run_notices(&self.centre).await;
        while self.courier.deliver_due().await.unwrap() > 0 {}
    }

    /// The mail's attempt of a ticket.
    async fn attempt(&self, ticket: TicketId) -> attempts::Attempt {
        let mut cx = self.centre.system().await;
        let all = attempts::of_tickets(&mut cx, &[ticket]).await.unwrap();
        all.into_iter().find(|attempt| attempt.channel == "email").expect("a mail was asked for")
    }

    async fn delivery(&self, ticket: TicketId) -> Option<messages::Delivery> {
        let id = self.attempt(ticket).await.id;
        let mut cx = self.centre.system().await;
        messages::deliveries(&mut cx, &[id]).await.unwrap().remove(&id)
    }

    async fn wish(&self, wishes: Preferences) {
        let mut cx = self.centre.as_staff(self.clerk).await;
        preferences::save(&mut cx, &wishes).await.unwrap();
        assert_eq!(preferences::own(&mut cx).await.unwrap(), wishes);
        cx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn the_notices_of_two_minutes_come_as_one_mail() {
    let desk = desk().await;
    let first = desk.report().await;
    desk.advance(MINUTE).await;
    let second = desk.report().await;
    desk.advance(SignedDuration::from_secs(59)).await;
    assert!(desk.mails.mails().is_empty());
    desk.advance(SignedDuration::from_secs(1)).await;
    let mails = desk.mails.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (mails[0].to.as_str(), mails[0].subject.as_str()),
        ("truc@tanphong.example", "Có 2 việc cần xem")
    );
    for ticket in [first, second] {
        assert!(mails[0].text.contains(&format!("https://vungxanh.example/quan7/desk/tickets/{ticket}")));
        assert!(desk.attempt(ticket).await.ringing_at.is_some());
        assert_eq!(desk.delivery(ticket).await.unwrap().state, State::HandedOver);
    }
    // What arises later is news of its own.
    let third = desk.report().await;
    desk.advance(MINUTE * 2).await;
    let mails = desk.mails.mails();
    assert_eq!(mails.len(), 2);
    assert!(mails[1].subject.starts_with("Việc cần xử lý: Phản ánh, kiến nghị, "), "{}", mails[1].subject);
    assert!(mails[1].text.contains("còn 47 giờ"), "{}", mails[1].text);
    assert_eq!(desk.delivery(third).await.unwrap().state, State::HandedOver);
    let mut cx = desk.centre.system().await;
    assert!(outbox::waiting(&mut cx).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_whole_list_handled_side_by_side_is_still_one_mail() {
    let desk = desk().await;
    let mut cx = desk.centre.system().await;
    for _ in 0..40 {
        open(&mut cx, "report", desk.ward, Some(desk.ward)).await;
    }
    cx.commit().await.unwrap();
    desk.advance(MINUTE * 2).await;
    let mails = desk.mails.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].text.matches("/quan7/desk/tickets/").count(), 40);
    let mut cx = desk.centre.system().await;
    let left: i64 = sqlx::query_scalar("select count(*) from jobs").fetch_one(cx.conn()).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn an_emergency_is_mailed_at_once_each_on_its_own_and_in_quiet_hours() {
    let desk = desk().await;
    let centre = &desk.centre;
    let chair = centre
        .staff("Chủ tịch phường")
        .at(desk.ward, Role::WardLeader)
        .head()
        .email("chu-tich@tanphong.example")
        .create()
        .await;
    let mut cx = centre.as_staff(chair).await;
    let day = Some(Quiet { from: time(0, 0, 0, 0), to: time(23, 59, 0, 0) });
    preferences::save(&mut cx, &Preferences { by_email: false, language: Language::En, quiet: day })
        .await
        .unwrap();
    cx.commit().await.unwrap();
    let mut cx = centre.system().await;
    for _ in 0..2 {
        open(&mut cx, "heartbeat", desk.ward, None).await;
    }
    cx.commit().await.unwrap();
    // The head of the unit is reached, by mail too, after five minutes.
    desk.advance(MINUTE * 5).await;
    let mails = desk.mails.mails();
    assert_eq!(mails.len(), 2);
    for mail in mails {
        assert_eq!(mail.to, "chu-tich@tanphong.example");
        assert!(mail.subject.starts_with("URGENT: Lost sign of life – ticket "), "{}", mail.subject);
    }
}

#[tokio::test]
async fn an_emergency_is_mailed_at_once_even_where_its_level_speaks_softly() {
    let desk = desk().await;
    let day = Some(Quiet { from: time(0, 0, 0, 0), to: time(23, 59, 0, 0) });
    desk.wish(Preferences { by_email: false, quiet: day, ..Preferences::default() }).await;
    let mut cx = desk.centre.system().await;
    let mut soft = ladder::by_code(&mut cx, "report").await.unwrap();
    soft.severity = Severity::Emergency;
    let ticket = open_on(&mut cx, soft, desk.ward, Some(desk.ward)).await.tickets[0];
    cx.commit().await.unwrap();
    assert_eq!(desk.attempt(ticket).await.tone, "notice");
    desk.advance(SignedDuration::ZERO).await;
    let mails = desk.mails.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].subject.starts_with("KHẨN: "), "{}", mails[0].subject);
}

#[tokio::test]
async fn a_delivery_says_when_it_is_tried_next() {
    let desk = desk().await;
    let ticket = desk.report().await;
    desk.advance(MINUTE).await;
    let waiting = desk.delivery(ticket).await.unwrap();
    assert_eq!((waiting.state, waiting.next_try_at), (State::Queued, Some(waiting.send_at)));
    desk.mails.set_down(true);
    desk.advance(MINUTE).await;
    let failed = desk.delivery(ticket).await.unwrap();
    assert_eq!((failed.state, failed.tries), (State::Failed, 1));
    assert_eq!(failed.next_try_at, Some(desk.centre.clock.now() + SignedDuration::from_secs(2)));
    desk.mails.set_down(false);
    desk.advance(SignedDuration::from_secs(2)).await;
    let sent = desk.delivery(ticket).await.unwrap();
    assert_eq!((sent.state, sent.tries, sent.next_try_at), (State::HandedOver, 2, None));
}

#[tokio::test]
async fn what_was_answered_before_the_mail_went_is_not_mailed() {
    let desk = desk().await;
    let ticket = desk.report().await;
    desk.advance(MINUTE).await;
    let mut cx = desk.centre.as_staff(desk.clerk).await;
    tickets::resolve(&mut cx, ticket, "Đã dọn.", None).await.unwrap();
    cx.commit().await.unwrap();
    desk.advance(MINUTE).await;
    assert!(desk.mails.mails().is_empty());
    assert_eq!(desk.delivery(ticket).await.unwrap().state, State::Withdrawn);
}

#[tokio::test]
async fn who_wants_notices_at_the_desk_only_gets_no_mail_and_missed_nothing() {
    let desk = desk().await;
    desk.wish(Preferences { by_email: false, ..Preferences::default() }).await;
    let ticket = desk.report().await;
    desk.advance(MINUTE * 10).await;
    assert!(desk.mails.mails().is_empty());
    assert_eq!(desk.attempt(ticket).await.outcome.as_deref(), Some("not_wanted"));
    let mut cx = desk.centre.system().await;
    assert_eq!(tickets::ticket(&mut cx, ticket).await.unwrap().0.level, 0);
}

#[tokio::test]
async fn quiet_hours_hold_notices_until_they_end() {
    let desk = desk().await;
    let quiet = Some(Quiet { from: time(22, 0, 0, 0), to: time(8, 0, 0, 0) });
    desk.wish(Preferences { quiet, ..Preferences::default() }).await;
    // 07:05 in the district.
    desk.report().await;
    desk.advance(MINUTE * 30).await;
    desk.report().await;
    desk.advance(MINUTE * 24).await;
    assert!(desk.mails.mails().is_empty());
    desk.advance(MINUTE).await;
    assert_eq!(desk.mails.mails().len(), 1);
    assert_eq!(desk.mails.mails()[0].subject, "Có 2 việc cần xem");
}

#[tokio::test]
async fn wishes_are_ones_own() {
    let desk = desk().await;
    let mut cx = desk.centre.system().await;
    let refused = preferences::save(&mut cx, &Preferences::default()).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)));
    let mut cx = desk.centre.as_staff(desk.clerk).await;
    let noon = Some(Quiet { from: time(12, 0, 0, 0), to: time(12, 0, 0, 0) });
    let wrong =
        preferences::save(&mut cx, &Preferences { quiet: noon, ..Preferences::default() }).await.unwrap_err();
    assert!(matches!(wrong, Error::Invalid { field: "quiet_to", .. }));
}

#[tokio::test]
async fn who_gave_a_directive_hears_that_it_was_answered() {
    let desk = desk().await;
    let centre = &desk.centre;
    let leaders = centre.unit("LDQ").await;
    let leader = centre
        .staff("Lãnh đạo trực")
        .at(leaders, Role::DistrictLeader)
        .email("lanh-dao@quan7.example")
        .create()
        .await;
    let mut cx = centre.system().await;
    let matter = open(&mut cx, "report", desk.ward, Some(desk.ward)).await.matter;
    cx.commit().await.unwrap();
    let mut cx = centre.as_staff(leader).await;
    let order = Directive { matter, to: desk.ward, words: "Kiểm tra ngay.".into(), within: None };
    let ticket = tickets::directive(&mut cx, order).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = centre.as_staff(desk.clerk).await;
    tickets::resolve(&mut cx, ticket, "Đã kiểm tra.", None).await.unwrap();
    cx.commit().await.unwrap();
    centre.seal().await;
    let reader = Reader::new(centre.store.clone(), vec![Arc::new(DirectiveAnswers)]);
    while reader.read(centre.id()).await.unwrap() > 0 {}
    desk.advance(MINUTE * 2).await;
    let mails = desk.mails.mails();
    let answer = mails.iter().find(|mail| mail.to == "lanh-dao@quan7.example").expect("the leader was told");
    assert!(answer.subject.starts_with("Ý kiến chỉ đạo đã được trả lời – phiếu "), "{}", answer.subject);
    assert!(!answer.text.contains("Đã kiểm tra"), "words stay in the house");
}

#[tokio::test]
async fn the_ledgers_head_goes_to_auditors_and_director_once_a_day() {
    let desk = desk().await;
    let centre = &desk.centre;
    let unit = centre.unit("TTDH").await;
    let auditor =
        centre.staff("Thanh tra").at(unit, Role::Auditor).email("thanh-tra@quan7.example").create().await;
    centre.staff("Giám đốc").at(unit, Role::CentreDirector).email("giam-doc@quan7.example").create().await;
    // Evidence is mailed whatever one wishes of notices.
    let mut cx = centre.as_staff(auditor).await;
    preferences::save(&mut cx, &Preferences { by_email: false, ..Preferences::default() }).await.unwrap();
    cx.commit().await.unwrap();
    centre.seal().await;
    desk.advance(SignedDuration::from_hours(17) + MINUTE * 4).await;
    assert!(desk.mails.mails().is_empty());
    desk.advance(MINUTE).await;
    let mut to: Vec<_> = desk.mails.mails().into_iter().map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, ["giam-doc@quan7.example", "thanh-tra@quan7.example"]);
    let mail = &desk.mails.mails()[0];
    let mut cx = centre.system().await;
    let head = store::ledger::head(&mut cx).await.unwrap().unwrap();
    assert!(mail.subject.starts_with("Nhật ký xử lý ngày 26/09/2021: số "), "{}", mail.subject);
    assert!(mail.text.contains(&head.hash) && mail.text.contains(&head.signature), "{}", mail.text);
    desk.advance(SignedDuration::from_hours(23)).await;
    assert_eq!(desk.mails.mails().len(), 2);
    desk.advance(SignedDuration::from_hours(1)).await;
    assert_eq!(desk.mails.mails().len(), 4);
}
