//! A market owes an answer: it is put on the list, given a directive, shown, and answered for.

use crate::browser::{Browser, centre};
use axum::http::StatusCode;
use jiff::SignedDuration;
use kernel::{Role, TicketId};

#[tokio::test]
async fn a_market_is_given_a_directive_and_the_one_who_gave_it_answers() {
    let centre = centre().await;
    let (ward, leaders, other) =
        (centre.unit("TPHONG").await, centre.unit("LDQ").await, centre.unit("TQUY").await);
    let chair = centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).head().create().await;
    let clerk = centre.staff("Cán bộ khác").at(other, Role::WardOfficial).create().await;
    let leader =
        centre.staff("Lãnh đạo trực").at(leaders, Role::DistrictLeader).head().on_duty().create().await;
    let on_duty = leader;
    let (chair, clerk, leader) = (
        Browser::of(&centre, chair).await,
        Browser::of(&centre, clerk).await,
        Browser::of(&centre, leader).await,
    );
    let form = chair.page("organisations/new").await;
    assert!(form.contains("Phường Tân Phong") && !form.contains("Toàn địa bàn"));
    let ward_id = ward.to_string();
    let fields = [
        ("code", "CHO-TP"),
        ("kind", "market"),
        ("name", "Chợ <thử> Tân Phong"),
        ("ward", &*ward_id),
        ("phone", "0900000009"),
        ("from", "2021-09-01"),
    ];
    let wrong = [&fields[..], &[("email", "không phải"), ("until", "2020-01-01")]].concat();
    let wrong = chair.post("organisations/new", &wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("Địa chỉ thư điện tử chưa đúng.") && wrong.text.contains("Chợ &#60;thử&#62;")
    );
    let made = chair.post("organisations/new", &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    assert!(chair.page("organisations").await.contains("Chợ &#60;thử&#62; Tân Phong"));
    let market = made.to.rsplit('/').next().unwrap().to_owned();
    let page = format!("organisations/{market}");
    assert!(!leader.page(&page).await.contains("+84900000009"), "closed until there is a reason");
    let contact = format!("{page}/contact");
    let why = leader.post(&contact, &[("reason", "")]).await;
    assert!(why.status == StatusCode::UNPROCESSABLE_ENTITY && why.text.contains("Xin ghi lý do."));
    assert!(leader.post(&contact, &[("reason", "Báo giờ đến kiểm tra")]).await.text.contains("+84900000009"));
    assert_eq!(clerk.post(&contact, &[("reason", "Tò mò")]).await.status, StatusCode::NOT_FOUND);
    let again = chair.post("organisations/new", &fields).await;
    assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.text.contains("đã có trong danh sách"));
    // Another ward knows nothing of it; its own leader corrects it.
    assert_eq!(clerk.open(&format!("organisations/{market}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(clerk.open("organisations/new").await.status, StatusCode::NOT_FOUND);
    let renamed = [&fields[..2], &[("name", "Chợ Tân Phong"), ("ward", &*ward_id)]].concat();
    let edit = format!("organisations/{market}/edit");
    assert_eq!(clerk.post(&edit, &renamed).await.status, StatusCode::NOT_FOUND);
    assert_eq!(chair.post(&edit, &renamed).await.status, StatusCode::SEE_OTHER);
    assert!(chair.page(&edit).await.contains("value=\"Chợ Tân Phong\""));

    let opened = centre.news(ward, 1).await;
    let path = format!("matters/{}/directive", opened.matter);
    assert!(leader.page(&path).await.contains("Chợ Tân Phong"));
    let order = |unit, organisation| {
        [("unit", unit), ("organisation", organisation), ("text", "Bố trí lối đi một chiều"), ("hours", "24")]
    };
    let nobody = leader.post(&path, &order("", "KHONGCO")).await;
    assert!(
        nobody.status == StatusCode::UNPROCESSABLE_ENTITY
            && nobody.text.contains("Không có tổ chức mang mã này.")
    );
    let both = leader.post(&path, &order(&ward_id, "CHO-TP")).await;
    assert_eq!(both.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(both.text.contains("Xin chọn một nơi nhận") && both.text.contains("Bố trí lối đi một chiều"));
    let given = leader.post(&path, &order("", "cho-tp")).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.text);
    let ticket: TicketId = given.to.rsplit('/').next().unwrap().parse().unwrap();
    assert!(
        leader.page(&page).await.contains(&format!("tickets/{ticket}")),
        "what it owes stands on its page"
    );
    let page = leader.page(&format!("tickets/{ticket}")).await;
    assert!(page.contains("Tổ chức phải trả lời") && page.contains("Tổ chức không có trực ban"));
    assert!(page.contains("· Chợ Tân Phong ·"), "in the list beside it");
    assert!(
        leader.page(&format!("matters/{}", opened.matter)).await.contains("Chợ Tân Phong · Ý kiến chỉ đạo")
    );
    for _ in 0..25 {
        centre.advance(SignedDuration::from_hours(1)).await;
    }
    let leader = Browser::of(&centre, on_duty).await;
    let board = leader.page("board").await;
    assert!(board.contains("Chợ Tân Phong"), "an overdue directive by the name of who owes it");
    assert!(leader.page("board/list?list=directives").await.contains("Chợ Tân Phong"));
    assert!(
        leader
            .page(&format!("matters/{}/file", opened.matter))
            .await
            .contains("Chợ Tân Phong: Ý kiến chỉ đạo")
    );
    let answer = [("text", "Ban quản lý chợ đã bố trí")];
    let answered = leader.post_with(&format!("tickets/{ticket}/resolve"), &answer, ("", b"")).await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER, "{}", answered.text);
    assert!(leader.page(&format!("tickets/{ticket}")).await.contains("Trả lời thay tổ chức"));
}
