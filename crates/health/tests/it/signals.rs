//! A quarter falls ill, and the station is told before the cases come.

use crate::{day::Day, home::Home};
use duty::{tickets, units};
use health::{
    cases::{Classification, NewCase, TestKind},
    followups::{self, MemberEntry, Subject},
    households::NewMember,
    signals::{self, Judged, Kind, Look},
    vitals::Symptom,
};
use jiff::{SignedDuration, ToSpan, civil::Date};
use kernel::UnitId;
use serde_json::json;
use std::sync::Arc;
use store::{Event, subscriptions::Reader, timers::Runner};

const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Day {
    /// Reads the record for what is counted.
    async fn count_signals(&self) {
        self.centre.seal().await;
        let reader = Reader::new(self.centre.store.clone(), vec![Arc::new(signals::Count)]);
        while reader.read(self.centre.id()).await.unwrap() > 0 {}
    }

    async fn today(&self) -> Date {
        let mut cx = self.centre.system().await;
        units::today(&mut cx).await.unwrap()
    }

    /// So many of a kind in a place on a day before today.
    async fn counted(&self, place: UnitId, days_ago: i32, kind: Kind, n: i32) {
        let day = self.today().await.saturating_sub(days_ago.days());
        let mut cx = self.centre.system().await;
        signals::count(&mut cx, place, day, kind, n).await.unwrap();
        cx.commit().await.unwrap();
    }

    async fn install_signals(&self) {
        let mut cx = self.centre.system().await;
        signals::install(&mut cx).await.unwrap();
        cx.commit().await.unwrap();
    }

    /// Lets a day pass, with its morning's look.
    async fn morning(&self) {
        self.centre.advance(DAY).await;
        let runner = Runner::new(self.centre.store.clone(), vec![Arc::new(Look)]);
        while runner.fire_due().await.unwrap() > 0 {}
    }

    async fn overview(&self) -> signals::Overview {
        let mut cx = self.centre.as_staff(self.nurse).await;
        signals::overview(&mut cx).await.unwrap()
    }

    /// What the record has counted: place, kind, number.
    async fn told(&self) -> Vec<(UnitId, String, i32)> {
        let mut cx = self.centre.system().await;
        let rows: Vec<(uuid::Uuid, String, i32)> =
            sqlx::query_as("select quarter_id, kind, n from signal_days order by kind, quarter_id")
                .fetch_all(cx.conn())
                .await
                .unwrap();
        rows.into_iter().map(|(place, kind, n)| (place.into(), kind, n)).collect()
    }
}

fn coughs(person: kernel::PersonId) -> MemberEntry {
    MemberEntry { symptoms: [Symptom::Cough].into(), ..MemberEntry::of(person) }
}

#[tokio::test]
async fn three_sick_in_a_quiet_quarter_open_a_ticket_and_the_same_in_a_loud_one_do_not() {
    let day = Day::begin().await;
    let (quiet, loud) = (day.centre.unit("TPHONG.KP1").await, day.centre.unit("TPHONG.KP2").await);
    day.install_signals().await;
    for ago in 5..33 {
        day.counted(loud, ago, Kind::Symptoms, 1).await;
    }
    // Tomorrow's window: today and the two days before.
    for place in [quiet, loud] {
        for ago in 0..3 {
            day.counted(place, ago, Kind::Symptoms, 1).await;
        }
    }
    day.morning().await;
    let overview = day.overview().await;
    assert_eq!(overview.signals.len(), 1, "{:?}", overview.signals);
    let signal = &overview.signals[0];
    assert_eq!((signal.place, signal.ward, signal.n), (quiet, day.ward, 3));
    assert_eq!((signal.expected_hundredths, signal.judged), (0, None));
    // One ticket at the station, of which the health centre is told.
    let mut cx = day.centre.system().await;
    let (ticket, _) = tickets::ticket(&mut cx, signal.ticket).await.unwrap();
    assert_eq!(
        (ticket.kind.as_str(), ticket.unit, ticket.ladder.code.as_str()),
        (signals::SIGNAL, Some(day.station), "signal")
    );
    let seats = tickets::seats(&mut cx, ticket.id).await.unwrap();
    assert!(seats.contains(&day.centre.unit("TTYT").await), "{seats:?}");
    assert!(ticket.task["vi"].as_str().unwrap().contains("Khu phố 1"));
    let told = store::events::of_object(&mut cx, signal.id.uuid()).await.unwrap();
    assert_eq!(told[0].data["rules"][0]["code"], "signal.early");
    drop(cx);
    // The next morning tells the same place no second time.
    day.counted(quiet, 1, Kind::Symptoms, 2).await;
    day.morning().await;
    assert_eq!(day.overview().await.signals.len(), 1);
}

#[tokio::test]
async fn a_signal_is_real_when_an_f0_of_the_place_follows_and_false_when_none_does() {
    let day = Day::begin().await;
    let (one, two) = (day.centre.unit("TPHONG.KP1").await, day.centre.unit("TPHONG.KP2").await);
    day.install_signals().await;
    for place in [one, two] {
        day.counted(place, 0, Kind::Report, 4).await;
    }
    day.morning().await;
    assert_eq!(day.overview().await.signals.len(), 2);
    let f0 =
        NewCase {
            address: "12 Đường số 15, khu phố 1".into(), sample_on: "25/9/2021".into(), ..day.form(1)
        };
    day.record(&f0).await;
    day.morning().await;
    let judged = |overview: &signals::Overview, place| {
        overview.signals.iter().find(|signal| signal.place == place).unwrap().judged
    };
    let overview = day.overview().await;
    assert_eq!((judged(&overview, one), judged(&overview, two)), (Some(Judged::Real), None));
    for _ in 0..14 {
        day.morning().await;
    }
    let overview = day.overview().await;
    assert_eq!(judged(&overview, two), Some(Judged::False));
    // What is shown is what was judged: one in some weeks, beside the one a week that was planned.
    let rates = overview.rates;
    assert_eq!((rates.planned_per_week, rates.real, rates.false_alarms, rates.waiting), (1.0, 1, 1, 0));
    assert!((rates.observed_per_week.unwrap() - 1.0 / rates.weeks).abs() < 1e-9);
}

#[tokio::test]
async fn a_signal_of_a_place_with_a_wave_already_is_neither_real_nor_false() {
    let day = Day::begin().await;
    let place = day.centre.unit("TPHONG.KP1").await;
    let f0 = |key, sample_on: &str| NewCase {
        address: format!("{key} Đường số 15, khu phố 1"),
        sample_on: sample_on.into(),
        result_on: String::new(),
        ..day.form(key)
    };
    day.record(&f0(1, "25/9/2021")).await;
    day.install_signals().await;
    day.counted(place, 0, Kind::Report, 4).await;
    day.morning().await;
    assert_eq!(day.overview().await.signals[0].judged, None);
    let next = NewCase {
        full_name: "Lê Văn Ba".into(),
        citizen_id: String::new(),
        phone: "0900555780".into(),
        ..f0(2, "26/9/2021")
    };
    day.record(&next).await;
    day.morning().await;
    let overview = day.overview().await;
    assert_eq!(overview.signals[0].judged, Some(Judged::Known));
    let rates = overview.rates;
    assert_eq!((rates.real, rates.false_alarms, rates.known, rates.waiting), (0, 0, 1, 0));
}

#[tokio::test]
async fn whoever_falls_ill_is_counted_once_in_his_quarter_and_an_f0_not_at_all() {
    let home = Home::begin().await;
    let day = &home.day;
    let mut cx = day.centre.system().await;
    let quarter = day.centre.unit("TPHONG.KP2").await;
    sqlx::query("update households set quarter_id = $2 where id = $1")
        .bind(home.id.uuid())
        .bind(quarter.uuid())
        .execute(cx.conn())
        .await
        .unwrap();
    cx.commit().await.unwrap();
    let child = NewMember { full_name: "Lê Minh An".into(), birth: "2014".into(), ..NewMember::default() };
    let mut cx = day.centre.as_staff(day.nurse).await;
    let child = followups::add_member(&mut cx, home.id, &child, Some(Subject::F1)).await.unwrap();
    cx.commit().await.unwrap();
    home.send(10, vec![coughs(home.mother), coughs(home.grandmother)]).await;
    home.wait(SignedDuration::from_hours(6)).await;
    home.send(11, vec![coughs(home.grandmother), crate::home::well(child)]).await;
    day.count_signals().await;
    assert_eq!(day.told().await, [(quarter, "symptoms".to_owned(), 1)]);
}

#[tokio::test]
async fn suspected_cases_and_words_of_reports_are_counted_where_their_address_says() {
    let day = Day::begin().await;
    let (one, two) = (day.centre.unit("TPHONG.KP1").await, day.centre.unit("TPHONG.KP2").await);
    let suspected = NewCase {
        classification: Classification::Suspected,
        basis: TestKind::SelfTest,
        address: "12 Đường số 15, tổ 3".into(),
        ..day.form(1)
    };
    day.record(&suspected).await;
    let mut cx = day.centre.system().await;
    let reports = [
        ("web", "7 Đường số 3, khu phố 1", "Nhà bên có ba người sốt, ho"),
        ("phone", "khu phố 1", "Gọi báo cả nhà mất mùi"),
        ("web", "khu phố 1", "Rác đổ trước cổng"),
        ("web", "Đường số 3", "Có người khó thở"),
    ];
    for (channel, address, details) in reports {
        let event = Event::new("report.received", cx.id::<uuid::Uuid>()).unit(day.ward).data(json!({
            "channel": channel, "ward": day.ward,
        }));
        cx.record(event.payload(json!({ "address": address, "details": details })));
    }
    cx.commit().await.unwrap();
    day.count_signals().await;
    let mut expected = vec![
        (one, "call".to_owned(), 1),
        (one, "report".to_owned(), 1),
        (day.ward, "report".to_owned(), 1),
        (two, "self_test".to_owned(), 1),
    ];
    let mut told = day.told().await;
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
    // Read again from the same place, nothing is counted twice.
    day.count_signals().await;
    assert_eq!(day.told().await.len(), 4);
}

#[tokio::test]
async fn a_neighbouring_station_sees_nothing_of_it() {
    let day = Day::begin().await;
    let place = day.centre.unit("TPHONG.KP1").await;
    day.install_signals().await;
    day.counted(place, 0, Kind::SelfTest, 5).await;
    day.morning().await;
    let overview = day.overview().await;
    assert_eq!(overview.signals[0].kind, Kind::SelfTest);
    assert!(overview.places.iter().any(|one| one.unit == place && one.days[34] == 5));
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    let theirs = signals::overview(&mut cx).await.unwrap();
    assert!(theirs.signals.is_empty() && theirs.places.iter().all(|one| one.ward != day.ward));
}
