//! Levels of a ladder that are told by text, over the simulated network.

use crate::{open_on, run_notices};
use duty::{
    messages::{
        self, Delivery, Texting, Texts,
        notices::State,
        preferences::{self, Preferences, Quiet},
    },
    tickets::{self, Channel, attempts, ladder},
};
use gateways::Phones;
use jiff::{SignedDuration, civil::time};
use kernel::{Role, StaffId, TicketId, UnitId};
use std::sync::Arc;
use store::outbox::Courier;
use testkit::TestCentre;

const NUMBER: &str = "+84903123456";

struct Desk {
    centre: TestCentre,
    phones: Phones,
    courier: Courier,
    ward: UnitId,
    clerk: StaffId,
}

async fn desk_with(network: bool) -> Desk {
    let centre = TestCentre::new().await;
    let ward = centre.unit("TPHONG").await;
    let clerk =
        centre.staff("Nguyễn Văn Trực").at(ward, Role::WardOfficial).phone(NUMBER).on_duty().create().await;
    let phones = Phones::new(centre.store.clone());
    let texting = network.then(|| Arc::new(phones.clone()) as Arc<dyn Texting>);
    let courier = Courier::new(centre.store.clone(), Arc::new(Texts::new(texting)));
    Desk { centre, phones, courier, ward, clerk }
}

impl Desk {
    /// A ticket on a ladder whose first level speaks this way alone.
    async fn open(&self, ladder: &str, channels: &[Channel]) -> TicketId {
        let mut cx = self.centre.system().await;
        let mut spec = ladder::by_code(&mut cx, ladder).await.unwrap();
        spec.levels[0].channels = channels.to_vec();
        let opened = open_on(&mut cx, spec, self.ward, Some(self.ward)).await;
        cx.commit().await.unwrap();
        opened.tickets[0]
    }

    async fn go(&self, seconds: i64) {
        run_notices(&self.centre).await;
        self.centre.advance(SignedDuration::from_secs(seconds)).await;
        run_notices(&self.centre).await;
        while self.courier.deliver_due().await.unwrap() > 0 {}
    }

    async fn attempt(&self, ticket: TicketId) -> attempts::Attempt {
        let mut cx = self.centre.system().await;
        let all = attempts::of_tickets(&mut cx, &[ticket]).await.unwrap();
        all.into_iter().find(|attempt| attempt.channel == "sms").expect("a text was asked for")
    }

    async fn delivery(&self, ticket: TicketId) -> Option<Delivery> {
        let id = self.attempt(ticket).await.id;
        let mut cx = self.centre.system().await;
        messages::deliveries(&mut cx, &[id]).await.unwrap().remove(&id)
    }

    async fn level(&self, ticket: TicketId) -> i16 {
        let mut cx = self.centre.system().await;
        tickets::ticket(&mut cx, ticket).await.unwrap().0.level
    }
}

#[tokio::test]
async fn a_level_is_told_by_text_without_a_name_and_nobody_has_missed_it() {
    let desk = desk_with(true).await;
    let ticket = desk.open("f0_news", &[Channel::Desk, Channel::Sms]).await;
    desk.go(0).await;
    let texts = desk.phones.texts();
    assert_eq!((texts.len(), texts[0].number.as_str()), (1, NUMBER));
    let mut cx = desk.centre.system().await;
    let (known, _) = tickets::ticket(&mut cx, ticket).await.unwrap();
    drop(cx);
    let words = &texts[0].words;
    assert!(
        words.starts_with("KHẨN") && words.contains(&known.code) && words.contains("Phường Tân Phong"),
        "{words}"
    );
    assert!(words.contains(&format!("https://vungxanh.example/quan7/desk/tickets/{ticket}")), "{words}");
    assert!(!words.contains("Trực") && !words.contains("903123"), "{words}");
    let delivery = desk.delivery(ticket).await.unwrap();
    assert_eq!((delivery.channel.as_str(), delivery.state), ("sms", State::HandedOver));
    assert!(desk.attempt(ticket).await.ringing_at.is_some());
    // It holds no level: the minute of the desk's bell is over after a minute.
    desk.go(60).await;
    assert!(desk.level(ticket).await > 0);
    assert_eq!(desk.attempt(ticket).await.outcome.as_deref(), Some("not_answered"));
    let mut cx = desk.centre.system().await;
    let events = store::events::of_object(&mut cx, ticket.uuid()).await.unwrap();
    let missed: Vec<_> = events.iter().flat_map(tickets::missed_in).collect();
    assert_eq!(missed.len(), 1, "the bell at the desk, and no text: {missed:?}");
}

#[tokio::test]
async fn a_text_that_comes_too_late_is_not_sent() {
    let desk = desk_with(true).await;
    desk.phones.set_off(NUMBER, true);
    let ticket = desk.open("f0_news", &[Channel::Desk, Channel::Sms]).await;
    desk.go(0).await;
    assert_eq!(desk.delivery(ticket).await.unwrap().state, State::Failed);
    let mut cx = desk.centre.as_staff(desk.clerk).await;
    tickets::accept(&mut cx, ticket).await.unwrap();
    cx.commit().await.unwrap();
    desk.phones.set_off(NUMBER, false);
    desk.go(600).await;
    assert!(desk.phones.texts().is_empty());
    assert_eq!(desk.delivery(ticket).await.unwrap().state, State::Withdrawn);
}

#[tokio::test]
async fn where_no_network_is_connected_the_record_says_so_and_blames_nobody() {
    let desk = desk_with(false).await;
    let ticket = desk.open("f0_news", &[Channel::Desk, Channel::Sms]).await;
    desk.go(0).await;
    assert_eq!(desk.delivery(ticket).await.unwrap().state, State::GivenUp);
    assert_eq!(desk.attempt(ticket).await.outcome.as_deref(), Some("no_network"));
    assert_eq!(desk.level(ticket).await, 0);
}

#[tokio::test]
async fn an_ordinary_notice_by_text_waits_for_the_end_of_quiet_hours() {
    let desk = desk_with(true).await;
    let mut cx = desk.centre.as_staff(desk.clerk).await;
    // It is five past seven in the morning.
    let quiet = Some(Quiet { from: time(22, 0, 0, 0), to: time(7, 30, 0, 0) });
    preferences::save(&mut cx, &Preferences { quiet, ..Preferences::default() }).await.unwrap();
    cx.commit().await.unwrap();
    let ticket = desk.open("report", &[Channel::Sms]).await;
    desk.go(60).await;
    assert!(desk.phones.texts().is_empty() && desk.delivery(ticket).await.is_none());
    desk.go(25 * 60).await;
    assert_eq!(desk.phones.texts().len(), 1);
    assert!(!desk.phones.texts()[0].words.contains("KHẨN"));
}
