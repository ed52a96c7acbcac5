//! Tracing as the station's desk shows it and writes it down.

use crate::{
    browser::{hidden, hrefs},
    households::Care,
};
use axum::http::StatusCode;
use health::contacts::TraceCases;
use jiff::SignedDuration;
use kernel::CaseId;
use std::sync::Arc;
use store::subscriptions::Reader;

/// The part of a case's page in which its contacts stand.
fn contacts_of(page: &str) -> &str {
    page.split("id=\"contacts\"").nth(1).and_then(|rest| rest.split("</section>").next()).unwrap()
}

async fn read(care: &Care) {
    let reader = Reader::new(care.centre.store.clone(), vec![Arc::new(TraceCases)]);
    for _ in 0..2 {
        care.centre.seal().await;
        while reader.read(care.centre.id()).await.unwrap() > 0 {}
    }
}

async fn trace_ticket_state(care: &Care) -> String {
    let mut cx = care.centre.system().await;
    sqlx::query_scalar("select state from tickets where kind = 'trace' order by opened_at desc limit 1")
        .fetch_one(cx.conn())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_contact_is_named_called_reached_and_the_ticket_is_answered() {
    let care = Care::new().await;
    let (case, _) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    read(&care).await;
    let page = care.browser.page(&format!("cases/{case}")).await;
    assert!(contacts_of(&page).contains("Chưa ai truy vết, 0 người phải xử lý."));
    assert!(page.contains("Có thể lây từ 22/09/2021"));
    assert_eq!(trace_ticket_state(&care).await, "open");

    let form = format!("cases/{case}/contacts");
    assert!(care.browser.page(&form).await.contains("Ngày tiếp xúc cuối"));
    let wrong =
        [("full_name", "Ngô Văn Gần"), ("last_on", "20/9/2021"), ("phone", "0900555177"), ("degree", "1")];
    let refused = care.browser.post(&form, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("href=\"#last_on\"")
            && refused.text.contains("trước khi người bệnh có thể lây")
    );
    assert!(refused.text.contains("Ngô Văn Gần"), "what was typed is kept");
    let right = [
        ("full_name", "Ngô Văn Gần"),
        ("last_on", "24/9/2021"),
        ("phone", "0900555177"),
        ("degree", "1"),
        ("birth", "1988"),
    ];
    let done = care.browser.post(&form, &right).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert!(done.to.contains("?done=contact"), "{}", done.to);
    let again = care.browser.post(&form, &right).await;
    assert!(again.to.contains("?done=contact-known"), "{}", again.to);

    let list = care.browser.page("contacts").await;
    assert!(list.contains("Ngô Văn Gần") && list.contains("F1 · 1988") && list.contains("Trần Thị Bích"));
    assert!(list.contains("0900 ··· 177") && !list.contains("0900555177"));
    let reach = hrefs(&list, "/reach").remove(0);
    let call = reach.replace("/reach", "/call");
    let opened = care.browser.post(&call, &[]).await;
    assert_eq!(opened.status, StatusCode::OK);
    assert!(opened.text.contains("0900 555 177") && opened.text.contains("tel:+84900555177"));
    care.centre.advance(SignedDuration::from_hours(1)).await;
    let reached = care.browser.post(&reach, &[("protected", "yes")]).await;
    assert_eq!(reached.status, StatusCode::SEE_OTHER, "{}", reached.text);
    let page = care.browser.page(reached.to.split('#').next().unwrap()).await;
    assert!(contacts_of(&page).contains("Đã liên hệ") && contacts_of(&page).contains("Truy vết xong lúc"));
    assert!(page.contains("liên hệ được một người tiếp xúc"));
    assert!(page.contains("mở số điện thoại của một người tiếp xúc"));
    assert_eq!(trace_ticket_state(&care).await, "resolved");
    assert!(care.browser.page("contacts").await.contains("Không còn ai phải liên hệ"));
    let twice = care.browser.post(&reach, &[]).await;
    assert!(twice.to.contains("?done=contact-over"), "{}", twice.to);
}

/// Two cases at one market.
async fn market(care: &Care) -> (CaseId, CaseId, String) {
    let (one, _) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let (two, _) = care.f0(2, "Lê Văn Sạp", "TPHONG").await;
    let ward = care.centre.unit("TPHONG").await.to_string();
    let new = [
        ("name", "Chợ Tân Phong"),
        ("kind", "market"),
        ("ward", ward.as_str()),
        ("point", "10.7296, 106.7055"),
    ];
    let far = [("name", "Chợ"), ("kind", "market"), ("ward", ward.as_str()), ("point", "106.7, 10.7")];
    let refused = care.browser.post("places/new", &far).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("nằm ngoài Việt Nam"));
    let made = care.browser.post("places/new", &new).await;
    assert!(made.to.ends_with("?done=recorded"), "{}", made.text);
    let again = care.browser.post("places/new", &new).await;
    assert!(again.to.ends_with("?done=known"));
    let place = made.to.split('?').next().unwrap().to_owned();
    let id = place.rsplit('/').next().unwrap().to_owned();
    for case in [one, two] {
        let form = format!("cases/{case}/visits");
        let unsaid = care.browser.post(&form, &[("place", id.as_str()), ("role", "")]).await;
        assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
        let visit = [("place", id.as_str()), ("role", "works"), ("from_on", "20/9/2021"), ("to_on", "")];
        let done = care.browser.post(&form, &visit).await;
        assert!(done.to.contains("?done=visit"), "{}", done.text);
    }
    (one, two, place)
}

#[tokio::test]
async fn a_place_is_proposed_declared_and_its_cases_are_a_cluster() {
    let care = Care::new().await;
    let (one, two, place) = market(&care).await;
    let list = care.browser.page("places").await;
    // Beside the legend's own.
    assert_eq!(list.matches("mark-proposed").count(), 2, "on the map");
    assert_eq!(list.matches(">Đề xuất ổ dịch<").count(), 2, "in the legend and in the list");
    let page = care.browser.page(&place).await;
    assert!(page.contains("Đề xuất công bố ổ dịch: 2 ca F0") && page.contains("Lê Văn Sạp"));
    let silent = care.browser.post(&format!("{place}/move"), &[("to", "outbreak"), ("why", "")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text.contains("href=\"#why\""));
    let why = [("to", "outbreak"), ("why", "Hai tiểu thương cùng dãy.")];
    let done = care.browser.post(&format!("{place}/move"), &why).await;
    assert!(done.to.ends_with("?done=move"), "{}", done.text);
    let measure = [("measure", "stopped"), ("on_day", "25/9/2021"), ("words", "Ngừng 3 ngày.")];
    assert!(care.browser.post(&format!("{place}/measure"), &measure).await.to.ends_with("?done=measure"));
    let page = care.browser.page(&place).await;
    assert!(
        page.contains("Ổ dịch")
            && page.contains("Ngừng 3 ngày.")
            && page.contains("Hai tiểu thương cùng dãy.")
    );
    assert_eq!(care.browser.page("places").await.matches("mark-outbreak").count(), 2);

    // The one infected the other, says the nurse.
    let source = format!("cases/{two}/source");
    assert!(care.browser.page(&source).await.contains("Trần Thị Bích"));
    let unsaid = care.browser.post(&source, &[("by", "")]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    let by = one.to_string();
    let done = care.browser.post(&source, &[("by", by.as_str()), ("why", "Bán cạnh nhau")]).await;
    assert!(done.to.contains("?done=source"), "{}", done.text);
    let cluster = hrefs(&care.browser.page("clusters").await, "/clusters/").remove(0);
    let page = care.browser.page(&cluster).await;
    assert!(page.contains("class=\"chain\"") && page.contains("chain-sure"));
    assert!(page.contains("lây cho 1 ca") && page.contains("Chợ Tân Phong"));
    let part = hrefs(&page, "?from=").remove(0);
    assert!(care.browser.page(&part).await.contains("Xem cả chùm"));
    let none = care.browser.open(&format!("{cluster}?from=00000000-0000-0000-0000-000000000009")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    // A slip is taken back, and they part.
    let page = care.browser.page(&place).await;
    let visit = hidden(&page, "visit").unwrap();
    let done = care.browser.post(&format!("{place}/unvisit"), &[("visit", visit.as_str())]).await;
    assert!(done.to.ends_with("?done=unvisit"), "{}", done.text);
    let again = care.browser.post(&format!("{place}/unvisit"), &[("visit", visit.as_str())]).await;
    assert!(again.to.ends_with("?done=withdrawn"), "{}", again.text);
    assert!(care.browser.page(&again.to).await.contains("Lần ghi này đã được bỏ."));
}

#[tokio::test]
async fn the_indicators_say_what_they_count_and_a_wrong_day_is_said_beside_it() {
    let care = Care::new().await;
    let (case, _) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let named = [("full_name", "Ngô Văn Gần"), ("last_on", "24/9/2021"), ("degree", "1")];
    care.browser.post(&format!("cases/{case}/contacts"), &named).await;
    let page = care.browser.page("tracing").await;
    assert!(page.contains("Bắt đầu truy vết dưới 24 giờ") && page.contains("trên số ca F0 mới trong ngày"));
    assert!(page.contains("100 % (1/1)") && page.contains("0 % (0/1)"));
    let page = care.browser.page("tracing?from=26/9/2021&to=25/9/2021").await;
    assert!(page.contains("Ngày đầu sau ngày cuối"));
    let page = care.browser.page("tracing?from=mai").await;
    assert!(page.contains("is-invalid"));
}

#[tokio::test]
async fn tracing_is_ended_by_hand_only_with_a_reason() {
    let care = Care::new().await;
    let (case, _) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    read(&care).await;
    let form = format!("cases/{case}/trace");
    assert!(care.browser.page(&form).await.contains("Kết thúc truy vết"));
    let silent = care.browser.post(&form, &[("why", " ")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = care.browser.post(&form, &[("why", "Sống một mình, không gặp ai.")]).await;
    assert!(done.to.contains("?done=trace"), "{}", done.text);
    assert_eq!(trace_ticket_state(&care).await, "resolved");
    let again = care.browser.post(&form, &[("why", "Sống một mình.")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("Truy vết ca này đã kết thúc."));
}
