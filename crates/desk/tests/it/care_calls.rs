//! The day's robot calls at the desk.

use crate::households::Care;
use axum::http::StatusCode;
use duty::messages::{Inbox, Knows, OnText, Piece};
use health::{
    answers::Answers,
    care_calls::{self, Campaigns},
};
use jiff::SignedDuration;
use std::sync::Arc;
use store::timers::Runner;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

async fn install(care: &Care) {
    let mut cx = care.centre.system().await;
    care_calls::install(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
}

/// Time passes, and campaigns are made.
async fn passes(care: &Care, by: SignedDuration) {
    care.pass(by).await;
    let runner = Runner::new(care.centre.store.clone(), vec![Arc::new(Campaigns)]);
    while runner.fire_due().await.unwrap() > 0 {}
}

#[tokio::test]
async fn the_days_calls_are_a_list_from_which_people_take_over() {
    let care = Care::new().await;
    assert!(care.browser.page("care-calls").await.contains("Chưa có đợt gọi nào"));
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    install(&care).await;
    // Two in the afternoon: the diary is due and the calls begin.
    passes(&care, HOUR * 7).await;
    let page = care.browser.page("care-calls?only=waiting").await;
    assert!(page.contains(&format!("/households/{home}")) && page.contains("Xong 0/1 hộ"));
    assert!(page.contains("Chưa nhắn tin báo trước"));
    // Nobody is called before a text has come that says which number will call.
    assert!(page.contains("1 hộ chưa được gọi") && page.contains("chưa ghi «Các số gọi đi»"));
    // The campaign is the whole district's; the station steers its own households.
    let steered = care.browser.post("care-calls/campaign", &[("do", "stop")]).await;
    assert_eq!(steered.status, StatusCode::FORBIDDEN);
    let held =
        care.browser.post(&format!("care-calls/households/{home}/pause"), &[("only", "waiting")]).await;
    assert_eq!(held.status, StatusCode::SEE_OTHER, "{}", held.text);
    let page = care.browser.page(&held.to).await;
    assert!(page.contains("không tự gọi hộ này nữa") && page.contains("Tự gọi hộ này trở lại"));
    let visit =
        care.browser.post(&format!("care-calls/households/{home}/visit"), &[("only", "waiting")]).await;
    let page = care.browser.page(&visit.to).await;
    assert!(page.contains("Đã giao người đến thăm hộ") && page.contains("Phiếu đến thăm hộ"));
    let own = care.browser.page(&format!("care-calls/households/{home}")).await;
    assert!(own.contains("Hệ thống không tự gọi hộ này") && own.contains("Chưa có cuộc gọi tự động nào"));
    let unknown = care.browser.open("care-calls?only=everything").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whom_no_text_has_told_the_station_tells_and_the_page_says_who_did() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    install(&care).await;
    passes(&care, HOUR * 7).await;
    let page = care.browser.page("care-calls?only=untold").await;
    assert!(page.contains(&format!("/households/{home}")) && page.contains("Đã báo trước cho hộ"), "{page}");
    // What to do, and where what is missing in the rule is mended.
    assert!(page.contains("chưa được báo trước ai sẽ gọi") && page.contains("Xem các hộ chưa được báo"));
    let told = care.browser.post(&format!("care-calls/households/{home}/told"), &[("only", "waiting")]).await;
    assert_eq!(told.status, StatusCode::SEE_OTHER, "{}", told.text);
    let page = care.browser.page(&told.to).await;
    assert!(
        page.contains("Đã ghi nhận trạm đã báo trước") && page.contains("đã báo trước cho hộ lúc"),
        "{page}"
    );
    assert!(!page.contains("chưa được báo trước ai sẽ gọi"), "{page}");
    let untold = care.browser.page("care-calls?only=untold").await;
    assert!(!untold.contains(&format!("/households/{home}")));
    let story = care.browser.page(&format!("households/{home}")).await;
    assert!(story.contains("trực tiếp báo trước cho hộ"), "{story}");
}

#[tokio::test]
async fn a_household_that_stopped_the_calls_by_text_stands_in_the_list_as_unconfirmed() {
    let care = Care::new().await;
    care.f0(1, "Trần Thị Bích", "TPHONG").await;
    install(&care).await;
    passes(&care, HOUR * 7).await;
    let areas = Arc::from(vec![Arc::new(Answers) as Arc<dyn Knows>]);
    let inbox = Inbox::new(care.centre.store.clone(), Some(care.centre.tenant.slug.clone()), areas);
    let units = "DUNG".encode_utf16().collect();
    let stop = Piece { network_id: None, from: "+84900555101".into(), to: "8099".into(), units, part: None };
    inbox.came(&stop).await.unwrap();
    let page = care.browser.page("care-calls?only=waiting").await;
    assert!(page.contains("do hộ nhắn tin, chưa xác nhận"), "{page}");
}

#[tokio::test]
async fn a_window_without_calls_says_so_and_when_the_next_begins() {
    let care = Care::new().await;
    install(&care).await;
    passes(&care, HOUR * 2).await;
    let page = care.browser.page("care-calls").await;
    assert!(page.contains("Không có hộ nào cần gọi trong khung giờ 08:00–11:30"), "{page}");
    assert!(page.contains("Đợt gọi tiếp theo bắt đầu lúc 14:00 hôm nay") && !page.contains("0/0"));
    passes(&care, HOUR * 5).await;
    let page = care.browser.page("care-calls").await;
    assert!(page.contains("Đợt gọi tiếp theo bắt đầu lúc 08:00 ngày 26/09/2021"), "{page}");
    // In the small hours the last calls are still worked off.
    care.pass(HOUR * 11).await;
    let page = care.browser.page("care-calls").await;
    assert!(page.contains("25/09/2021") && page.contains("14:00"), "{page}");
    let today = care.browser.page("care-calls?day=2021-09-26").await;
    assert!(today.contains("Chưa có đợt gọi nào"));
}
