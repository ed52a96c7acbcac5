//! What stands behind a poster, and the door of a place's owner.

use crate::site::Site;
use axum::http::StatusCode;
use duty::organisations::{self, Contact, Described, OrganisationKind};
use health::{
    cards::Colour,
    checkins::{Fold, Intake},
    gates::{self, By, Direction, Kind, NewGate, Role as Who, Scan},
};
use jiff::civil::date;
use kernel::Role;
use tokio::sync::watch;

/// A restaurant of Tân Phong with a telephone on record: the code of its poster.
async fn restaurant(site: &Site) -> String {
    let ward = site.centre.unit("TPHONG").await;
    let chair = site.centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).create().await;
    let mut cx = site.centre.system().await;
    let owner = Described {
        code: Some("TAMTHU".into()),
        kind: OrganisationKind::Household,
        name: "Hộ Tấm Thử".into(),
        search: "ho tam thu".into(),
        ward: Some(ward),
        address: None,
        contact: Contact { phone: Some("+84900555123".into()), ..Contact::default() },
        active_from: date(2021, 1, 1),
        active_until: None,
    };
    organisations::create(&mut cx, &owner).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = site.centre.as_staff(chair).await;
    let new = NewGate {
        name: "Quán cơm Tấm Thử".into(),
        kind: Some(Kind::Restaurant),
        unit: Some(ward),
        role: Some(Who::Visitor),
        organisation: "TAMTHU".into(),
        capacity: "40".into(),
        ..NewGate::default()
    };
    let gate = gates::make(&mut cx, &new).await.unwrap();
    let poster = gates::at(&mut cx, gate).await.unwrap().poster;
    cx.commit().await.unwrap();
    poster
}

/// The six digits of the newest text.
async fn digits(site: &Site) -> String {
    let mut cx = site.centre.system().await;
    let (id, words): (uuid::Uuid, Vec<u8>) =
        sqlx::query_as("select id, words from texts order by created_at desc, id desc limit 1")
            .fetch_one(cx.conn())
            .await
            .unwrap();
    let words = cx.open("texts", id, "words", &words).unwrap();
    words.chars().skip_while(|c| !c.is_ascii_digit()).take(6).collect()
}

#[tokio::test]
async fn a_poster_shows_how_the_place_stands() {
    let site = Site::new().await;
    let poster = restaurant(&site).await;
    let typed = format!("{}-{}", &poster[..4].to_lowercase(), &poster[4..]);
    let entered = site.post("/quan7/v", "", &[("code", &typed)]).await;
    assert_eq!(
        (entered.status, entered.to.as_str()),
        (StatusCode::SEE_OTHER, &*format!("/quan7/v/{poster}"))
    );
    let page = site.get(&entered.to, "").await;
    assert_eq!(page.of("h1"), "Quán cơm Tấm Thử");
    assert!(page.text.contains("Đang nhận khách") && page.text.contains("40 người"), "{}", page.text);
    let wrong = site.post("/quan7/v", "", &[("code", "7K3M")]).await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.has("#code-error"));
    let nobody = site.get("/quan7/v/0000-0000", "").await;
    assert!(nobody.status == StatusCode::NOT_FOUND && nobody.text.contains("Không có nơi này"));
}

#[tokio::test]
async fn who_checks_himself_in_is_told_of_a_slip_and_nothing_is_claimed_that_is_not_so() {
    let site = Site::new().await;
    let path = format!("/quan7/v/{}", restaurant(&site).await);
    let slip = site.post(&path, "", &[("direction", "out"), ("code", "123")]).await;
    assert_eq!(slip.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(slip.of("#code-error").contains("12 chữ số") && slip.attribute("#code", "value") == "123");
    let key = slip.hidden("form").into_iter().find(|(name, _)| name == "key").unwrap().1;
    assert_eq!(key.len(), 36);
}

#[tokio::test]
async fn whoever_tries_codes_at_a_poster_waits() {
    let site = Site::new().await;
    let path = format!("/quan7/v/{}", restaurant(&site).await);
    // One in ten has the right check digit, and is nobody's.
    let guesses = (0..5_000).map(|guess| format!("1234567{guess:05}"));
    let mut tried = 0;
    for guess in guesses {
        let answer = site.post(&path, "", &[("direction", "in"), ("code", &guess)]).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(tried > 100, "{tried}");
            return;
        }
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        tried += 1;
        assert!(tried < 1_000, "nobody has stopped the guesser");
    }
}

#[tokio::test]
async fn an_owner_makes_his_telephone_a_gates_by_a_code() {
    let site = Site::new().await;
    let path = format!("/quan7/v/{}/owner", restaurant(&site).await);
    let first = site.get(&path, "").await;
    assert!(first.text.contains("Gửi mã cho tôi") && !first.has("#digits"));
    let sent = site.post(&path, "", &[("do", "send")]).await;
    assert!(sent.to.ends_with("?done=sent"));
    let told = site.get(&sent.to, "").await;
    assert!(told.has("#digits") && told.text.contains("dùng mã mới nhất đã nhận, thử lại sau 1 giờ"));
    let right = digits(&site).await;
    let guess = if right == "000000" { "000001" } else { "000000" };
    let asked = sent.cookie.clone();
    assert!(asked.starts_with("vx_owner_asked="), "{asked}");
    let wrong = site.post(&path, &asked, &[("do", "enter"), ("digits", guess)]).await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.has("#digits-error"));
    let opened = site.post(&path, &asked, &[("do", "enter"), ("digits", &right)]).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    let cookie = opened.cookie.clone();
    assert!(cookie.starts_with("vx_owner="), "{cookie}");

    let page = site.get(&path, &cookie).await;
    assert!(
        page.text.contains("Dùng điện thoại này để quét") && page.text.contains("Chưa có điện thoại nào")
    );
    let invited = site.post(&path, &cookie, &[("do", "invite")]).await;
    let app = invited.attribute("a.btn-primary", "href");
    let letters = app.strip_prefix("/quan7/gate/#invite=").unwrap();
    let mut cx = site.centre.system().await;
    let enrolled = gates::enrol(&mut cx, letters, "Máy của chủ quán").await.unwrap();
    cx.commit().await.unwrap();
    let page = site.get(&path, &cookie).await;
    assert!(page.text.contains("Máy của chủ quán"));
    let device = enrolled.device.id.to_string();
    let removed = site.post(&path, &cookie, &[("do", "remove"), ("device", &device)]).await;
    assert!(removed.to.ends_with("?done=removed"));
    assert!(!site.get(&path, &cookie).await.text.contains("Máy của chủ quán"));
    // Without the cookie one is a stranger again.
    let stranger = site.post(&path, "", &[("do", "invite")]).await;
    assert!(stranger.status == StatusCode::SEE_OTHER && stranger.to == path);
}

#[tokio::test]
async fn a_code_works_in_the_browser_that_asked_for_it_and_a_stranger_does_not_use_it_up() {
    let site = Site::new().await;
    let path = format!("/quan7/v/{}/owner", restaurant(&site).await);
    let owner = site.post(&path, "", &[("do", "send")]).await.cookie;
    let right = digits(&site).await;
    let enter = async |cookie: &str, digits: &str| {
        site.post(&path, cookie, &[("do", "enter"), ("digits", digits)]).await.status
    };
    // Whoever has read the text over his shoulder types it in vain.
    assert_eq!(enter("", &right).await, StatusCode::UNPROCESSABLE_ENTITY);
    let stranger = site.post(&path, "", &[("do", "send")]).await.cookie;
    assert_ne!(stranger, owner);
    for _ in 0..10 {
        assert_eq!(enter(&stranger, "1").await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(enter(&owner, &right).await, StatusCode::SEE_OTHER);
    // Who goes on guessing waits, whatever he holds.
    let mut tried = 10;
    while enter(&stranger, "1").await != StatusCode::TOO_MANY_REQUESTS {
        tried += 1;
        assert!(tried < 50, "nobody has stopped the guesser");
    }
}

/// Somebody has tried a pass at the gate that was taken back.
async fn alarm(site: &Site, poster: &str) {
    let mut cx = site.centre.system().await;
    let gate = gates::of_poster(&mut cx, poster).await.unwrap().id;
    cx.rollback().await.unwrap();
    let (store, at) = (&site.centre.store, site.centre.clock.now());
    let scan = Scan {
        key: store.id(at),
        at,
        from_future: false,
        gate,
        direction: Direction::In,
        by: By::Pass,
        number: Some("0102030405060708".into()),
        colour: Colour::Red,
        reasons: vec!["gate-revoked".into()],
        rules: None,
        picked_of: None,
    };
    let intake = Intake::new(store.clone());
    let (_stop, stopping) = watch::channel(false);
    tokio::spawn(intake.clone().run(stopping));
    intake.put(site.centre.id(), None, vec![scan]).await.unwrap();
    Fold::new(store.clone()).fold(site.centre.id()).await.unwrap();
}

#[tokio::test]
async fn an_owner_is_told_of_his_own_alert_and_answers_it() {
    let site = Site::new().await;
    let poster = restaurant(&site).await;
    alarm(&site, &poster).await;
    let path = format!("/quan7/v/{poster}/owner");
    // Whoever has not shown that the place is his reads nothing of it.
    assert!(!site.get(&path, "").await.text.contains("thu hồi"));
    let asked = site.post(&path, "", &[("do", "send")]).await.cookie;
    let right = digits(&site).await;
    let cookie = site.post(&path, &asked, &[("do", "enter"), ("digits", &right)]).await.cookie;
    let page = site.get(&path, &cookie).await;
    assert!(page.text.contains("có người đưa mã đã bị thu hồi"));
    let ticket = page.attribute("input[name=ticket]", "value");
    let empty = site.post(&path, &cookie, &[("do", "answer"), ("ticket", &ticket), ("text", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let words = [("do", "answer"), ("ticket", &*ticket), ("text", "Không cho vào, đã báo phường.")];
    for _ in 0..2 {
        assert!(site.post(&path, &cookie, &words).await.to.ends_with("?done=answered"));
    }
    assert!(!site.get(&path, &cookie).await.text.contains("có người đưa mã đã bị thu hồi"));
    let answered = "select count(*) from tickets where kind = 'gate_alert' and state = 'resolved'";
    assert_eq!(site.count(answered).await, 1);
}

#[tokio::test]
async fn a_stranger_is_told_the_same_whether_a_number_is_on_record_or_not() {
    let site = Site::new().await;
    let with = restaurant(&site).await;
    let mut cx = site.centre.system().await;
    let ward = site.centre.unit("TPHONG").await;
    let new = NewGate {
        name: "Quán cơm Tấm Thử".into(),
        kind: Some(Kind::Restaurant),
        unit: Some(ward),
        role: Some(Who::Visitor),
        ..NewGate::default()
    };
    let gate = gates::make(&mut cx, &new).await.unwrap();
    let without = gates::at(&mut cx, gate).await.unwrap().poster;
    cx.commit().await.unwrap();
    let mut told = Vec::new();
    for poster in [with, without] {
        let path = format!("/quan7/v/{poster}/owner");
        let sent = site.post(&path, "", &[("do", "send")]).await;
        assert!(sent.cookie.starts_with("vx_owner_asked="), "{}", sent.cookie);
        let wrong = site.post(&path, &sent.cookie, &[("do", "enter"), ("digits", "12")]).await;
        let shown = site.get(&sent.to, &sent.cookie).await;
        told.push([sent.to, wrong.text, shown.text].map(|text| text.replace(&poster, "")));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(site.count("select count(*) from texts").await, 1);
}
