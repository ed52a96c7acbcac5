//! What an operator reads at his seat: what to press, why no call comes, whether his telephone rings at all, whom he
//! owes a call.

use crate::{
    browser::{hidden, hrefs},
    calls::{Station, count},
};
use axum::http::StatusCode;
use duty::calls::{
    self, Outcome,
    operators::{self, Presence},
};
use kernel::CallId;

impl Station {
    async fn sits(&self) {
        let come = self.browser.post("calls/presence", &[("do", "come"), ("extension", "201")]).await;
        assert_eq!(come.status, StatusCode::SEE_OTHER, "{}", come.text);
    }

    async fn ends(&self, id: CallId) {
        let mut cx = self.centre.system().await;
        calls::ended(&mut cx, id, Outcome::Completed, None).await.unwrap();
        cx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn an_operator_is_told_what_to_press_why_he_is_away_and_that_no_call_comes_while_he_writes() {
    let station = Station::new().await;
    let browser = &station.browser;
    assert!(browser.page("calls").await.contains("Ví dụ: 0901 234 567, 201"));
    station.sits().await;
    let page = browser.page("calls").await;
    assert!(page.contains("máy 201 đổ chuông") && page.contains("bấm phím 1 trên máy để nhận"), "{page}");
    // Beside the list of areas each of the two pages leads to the other.
    assert!(page.matches("/desk/hotline\"").count() > 1);
    assert!(browser.page("hotline").await.matches("/desk/calls\"").count() > 1);

    // A call is given to him, and not taken.
    let id = station.waiting("support").await;
    let mut cx = station.centre.system().await;
    let mine = operators::take_free(&mut cx, id).await.unwrap().unwrap().staff;
    cx.commit().await.unwrap();
    assert!(browser.page("calls").await.contains("Máy của anh/chị đang đổ chuông"));
    let mut cx = station.centre.system().await;
    operators::free(&mut cx, mine, Presence::Away).await.unwrap();
    cx.commit().await.unwrap();
    let page = browser.page("calls").await;
    assert!(page.contains("chuyển sang Tạm vắng lúc") && page.contains("bấm Sẵn sàng"), "{page}");
    station.ends(id).await;

    browser.post("calls/presence", &[("do", "ready")]).await;
    let id = station.served("support").await;
    let page = browser.page("calls").await;
    assert!(page.contains("đang nói chuyện với người gọi") && page.contains("Giữ máy, chuyển máy"));
    station.ends(id).await;
    let page = browser.page("calls").await;
    assert!(page.contains("Trong lúc ghi chép không có cuộc gọi nào") && page.contains("class=\"left\""));
}

#[tokio::test]
async fn his_own_telephone_is_rung_as_a_test() {
    let station = Station::new().await;
    let early = station.browser.post("calls/try", &[]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.text.contains("chưa vào trực"), "{}", early.text);
    station.sits().await;
    let rung = station.browser.post("calls/try", &[]).await;
    assert!(rung.to.ends_with("calls?done=tried"), "{} {}", rung.status, rung.text);
    let page = station.browser.page(&rung.to).await;
    assert!(page.contains("đang đổ chuông thử") && page.contains("Đổ chuông thử lúc"), "{page}");
    assert!(!page.contains("id=\"script\""), "there is nobody to be asked");
    let job = "select count(*) from jobs where kind = 'calls.try_own'";
    assert_eq!(count(&station.centre, job).await, 1);
}

#[tokio::test]
async fn who_is_owed_a_call_is_called_beside_his_number_and_the_call_is_tied_to_his_ticket() {
    let station = Station::new().await;
    let browser = &station.browser;
    station.sits().await;
    let id = station.served("symptoms").await;
    let page = browser.page("calls").await;
    let (person, ward) = (hidden(&page, "p0").unwrap(), station.centre.unit("TPHONG").await.to_string());
    let told = [
        ("script", "symptoms"),
        ("version", "0"),
        ("p0", person.as_str()),
        ("m0_fever", "1"),
        ("ward", ward.as_str()),
        ("disposition", "call_back"),
    ];
    let noted = browser.post(&format!("calls/{id}/script"), &told).await;
    assert!(noted.to.ends_with("calls?done=script-owed"), "{} {}", noted.status, noted.text);
    station.ends(id).await;

    let page = browser.page("hotline").await;
    let owed: uuid::Uuid = {
        let mut cx = station.centre.system().await;
        sqlx::query_scalar("select id from hotline_owed").fetch_one(cx.conn()).await.unwrap()
    };
    let action = format!("hotline/owed/{owed}/call");
    assert!(page.contains(&action), "{page}");
    let called = browser.post(&action, &[]).await;
    assert!(called.to.ends_with("hotline?done=called"), "{} {}", called.status, called.text);
    let page = browser.page(&called.to).await;
    assert!(page.contains("Máy của anh/chị đang được gọi") && page.contains("Gọi lại lúc"), "{page}");
    let back: uuid::Uuid = {
        let mut cx = station.centre.system().await;
        sqlx::query_scalar("select id from calls where purpose = 'call_back' and leg_of is null")
            .fetch_one(cx.conn())
            .await
            .unwrap()
    };
    let page = browser.page(&format!("calls/{back}")).await;
    assert!(!hrefs(&page, "/tickets/").is_empty() && page.contains("0900 ··· 901"), "{page}");
    assert!(browser.page(&format!("calls/{id}")).await.contains("gọi lại cho người gọi"));
    let noted = "select count(*) from events where kind = 'ticket.noted'";
    assert_eq!(count(&station.centre, noted).await, 1);
    // Whoever presses again does not ring a line that is taken.
    let again = browser.post(&action, &[]).await;
    assert!(browser.page(&again.to).await.contains("Đang có cuộc gọi với số máy này"));
    assert_eq!(count(&station.centre, noted).await, 1);
}

#[tokio::test]
async fn the_wall_says_how_many_more_wait_than_it_has_lines() {
    let station = Station::new().await;
    for _ in 0..12 {
        station.waiting("support").await;
    }
    let wall = station.browser.page("calls/wall").await;
    assert!(wall.contains("Còn 2 người nữa đang chờ"), "{wall}");
    assert!(wall.contains("Máy tự gọi các hộ") && wall.contains("Người trực đã nghe"));
}
