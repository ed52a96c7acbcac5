//! The list of texts, and a browser that is turned on and off.

use crate::{
    browser::{Browser, centre},
    households::Care,
};
use axum::http::StatusCode;
use duty::messages::{self, Inbox, Knows, OnText, Part, Piece};
use health::answers::Answers;
use kernel::{Phone, Role};
use std::sync::Arc;
use uuid::Uuid;

fn piece(from: &str, words: &str, part: Option<Part>) -> Piece {
    Piece {
        network_id: None,
        from: from.into(),
        to: "8099".into(),
        units: words.encode_utf16().collect(),
        part,
    }
}

#[tokio::test]
async fn the_list_shows_what_went_and_what_came_with_masked_numbers() {
    let centre = centre().await;
    let room = centre.unit("TTDH").await;
    let operator = centre.staff("Trực tổng đài").at(room, Role::Operator).on_duty().create().await;
    let browser = Browser::of(&centre, operator).await;
    let page = browser.page("texts").await;
    assert!(
        page.contains("Không có tin nhắn nào") && page.contains("/desk/texts\""),
        "it stands in the rail"
    );
    let mut cx = centre.system().await;
    let number = Phone::parse("0903123456").unwrap();
    messages::text(&mut cx, Uuid::from_u128(7), &number, "Mã hộ 7K2M").await.unwrap();
    cx.commit().await.unwrap();
    let inbox = Inbox::new(centre.store.clone(), Some("quan7demo".into()), Arc::from(Vec::new()));
    inbox.came(&piece("+84903123457", "Nhà tôi hết gạo", None)).await.unwrap();
    let first = Some(Part { reference: 9, number: 1, of: 2 });
    inbox.came(&piece("+84903123458", "Bố tôi", first)).await.unwrap();
    let page = browser.page("texts").await;
    assert!(page.contains("0903 ··· 456") && page.contains("chờ gửi") && !page.contains("7K2M"));
    assert!(page.contains("0903 ··· 457") && page.contains("Nhà tôi hết gạo") && page.contains("Mở phiếu"));
    assert!(page.contains("đang chờ đủ phần: 1/2") && !page.contains("Bố tôi"));
    assert!(!page.contains("903123"));
    let page = browser.page("texts?which=sent").await;
    assert!(page.contains("··· 456") && !page.contains("··· 457"));
    let page = browser.page("texts?which=received").await;
    assert!(!page.contains("··· 456") && page.contains("··· 457"));
    assert!(browser.page("texts?which=lost&page=3").await.contains("Không có tin nhắn nào"));
}

#[tokio::test]
async fn what_a_household_writes_stands_on_its_page_and_its_alarm_leads_there() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let areas = Arc::from(vec![Arc::new(Answers) as Arc<dyn Knows>]);
    let inbox = Inbox::new(care.centre.store.clone(), Some(care.centre.tenant.slug.clone()), areas);
    inbox.came(&piece("+84900555101", "Mẹ tôi kho tho quá", None)).await.unwrap();
    let page = care.browser.page(&format!("households/{home}")).await;
    assert!(page.contains("gia đình nhắn tin báo dấu hiệu nặng") && page.contains("Mẹ tôi kho tho quá"));
    let list = care.browser.page("tickets").await;
    assert!(list.contains("Tin nhắn báo dấu hiệu nặng · "), "the station has the alarm");
    assert!(!list.contains("kho tho"));
}

#[tokio::test]
async fn who_works_on_an_alarm_of_an_unknown_number_opens_it_on_record_and_calls_back() {
    let centre = centre().await;
    let room = centre.unit("TTDH").await;
    let operator = centre.staff("Trực tổng đài").at(room, Role::Operator).on_duty().create().await;
    let ward = centre.unit("TPHONG").await;
    let clerk = centre.staff("Trực ủy ban").at(ward, Role::WardOfficial).create().await;
    let mut cx = centre.system().await;
    let leader = duty::units::tree(&mut cx).await.unwrap().duty_leader();
    drop(cx);
    let leader = centre.staff("Trực lãnh đạo").at(leader, Role::DistrictLeader).on_duty().create().await;
    let areas = Arc::from(vec![Arc::new(Answers) as Arc<dyn Knows>]);
    let inbox = Inbox::new(centre.store.clone(), Some("quan7demo".into()), areas);
    inbox.came(&piece("+84903123457", "Bố tôi khó thở", None)).await.unwrap();
    inbox.came(&piece("+84903123458", "Xin hỏi lịch tiêm", None)).await.unwrap();
    let mut cx = centre.system().await;
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select id, ticket_id from received_texts where tenant_id = $1 order by received_at, id",
    )
    .bind(cx.tenant().uuid())
    .fetch_all(cx.conn())
    .await
    .unwrap();
    drop(cx);
    assert_eq!(rows.len(), 2);
    let leader = Browser::of(&centre, leader).await;
    let operator = Browser::of(&centre, operator).await;
    // Both kinds of ticket lead to their text, and so does the list.
    for (text, ticket) in &rows {
        let page = leader.page(&format!("tickets/{ticket}")).await;
        assert!(page.contains(&format!("texts/{text}\"")) && !page.contains("903123"), "{page}");
    }
    let (text, _) = rows[0];
    assert!(operator.page("texts").await.contains(&format!("texts/{text}\"")));
    let page = leader.page(&format!("texts/{text}")).await;
    assert!(page.contains("0903 ··· 457") && page.contains("Bố tôi khó thở") && !page.contains("tel:"));
    let opened = leader.post(&format!("texts/{text}/number"), &[]).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    let page = leader.page(&format!("texts/{text}")).await;
    assert!(page.contains("tel:+84903123457") && page.contains("0903 123 457"));
    let mut cx = centre.system().await;
    let noted: i64 = sqlx::query_scalar(
        "select count(*) from events where kind = 'text.number_opened' and object_id = $1 and payload_hash is null",
    )
    .bind(text)
    .fetch_one(cx.conn())
    .await
    .unwrap();
    assert_eq!(noted, 1);
    drop(cx);
    // Who has neither the ticket nor the list has no number.
    let clerk = Browser::of(&centre, clerk).await;
    assert_eq!(clerk.open(&format!("texts/{text}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(clerk.post(&format!("texts/{text}/number"), &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_browser_is_turned_on_by_its_owner_and_off_again() {
    let centre = centre().await;
    let ward = centre.unit("TPHONG").await;
    let clerk = centre.staff("Trực ủy ban").at(ward, Role::WardOfficial).create().await;
    let browser = Browser::of(&centre, clerk).await;
    let page = browser.page("account").await;
    assert!(page.contains("Chưa có trình duyệt nào nhận thông báo") && page.contains("data-push"));
    let csrf = page.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let key = browser.post_script("account/push/key", &csrf, "").await;
    assert!(key.status == StatusCode::OK && key.text.contains("\"key\":\"B"), "{}", key.text);
    let again = browser.post_script("account/push/key", &csrf, "").await;
    assert_eq!(again.text, key.text, "it is made once");
    // The key of RFC 8291's example.
    let sent = |auth: &str| {
        format!(
            r#"{{"endpoint":"https://push.example/x","keys":{{"p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"{auth}"}}}}"#
        )
    };
    let wrong = browser.post_script("account/push", &csrf, &sent("AA")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text);
    let done = browser.post_script("account/push", &csrf, &sent("BTBZMqHH6r4Tts7J_aSIgg")).await;
    assert!(done.status == StatusCode::OK && done.text.contains("account#push"), "{}", done.text);
    let page = browser.page("account").await;
    let (_, end) = page.split_once("action=\"/quan7demo/desk/account/push/").expect("a browser to turn off");
    let id = end.split('/').next().unwrap().to_owned();
    assert!(Uuid::parse_str(&id).is_ok(), "{id}");
    let off = browser.post(&format!("account/push/{id}/end"), &[]).await;
    assert_eq!(off.status, StatusCode::SEE_OTHER);
    assert!(browser.page("account").await.contains("Chưa có trình duyệt nào nhận thông báo"));
}
