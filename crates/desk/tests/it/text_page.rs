//! The page of a text that came in, as those read it who have to act on it.

use crate::{
    browser::{Browser, centre, hrefs},
    households::Care,
};
use axum::http::StatusCode;
use duty::{
    calls::{self, Direction, NewCall, Outcome, Purpose},
    messages::{self, GatherTexts, Inbox, Knows, OnText, Part, Piece, Texts},
};
use gateways::Phones;
use health::answers::Answers;
use jiff::SignedDuration;
use kernel::{CallId, Phone, Role};
use std::sync::Arc;
use store::{outbox::Courier, timers::Runner};
use testkit::TestCentre;
use uuid::Uuid;

const NUMBER: &str = "+84903123457";

fn areas() -> messages::Areas {
    Arc::from(vec![Arc::new(Answers) as Arc<dyn Knows>])
}

/// Somebody writes, in one part or in one of several.
async fn write_part(centre: &TestCentre, from: &str, words: &str, part: Option<Part>) {
    let slug = centre.tenant.slug.clone();
    let inbox = Inbox::new(centre.store.clone(), Some(slug), areas());
    let units = words.encode_utf16().collect();
    inbox.came(&Piece { network_id: None, from: from.into(), to: "8099".into(), units, part }).await.unwrap();
    centre.clock.advance(SignedDuration::from_secs(20));
}

async fn write(centre: &TestCentre, from: &str, words: &str) {
    write_part(centre, from, words, None).await;
}

/// The texts that came in, the first first.
async fn texts(centre: &TestCentre) -> Vec<Uuid> {
    let mut cx = centre.system().await;
    sqlx::query_scalar("select id from received_texts where tenant_id = $1 order by received_at, id")
        .bind(cx.tenant().uuid())
        .fetch_all(cx.conn())
        .await
        .unwrap()
}

async fn ticket_of(centre: &TestCentre, text: Uuid) -> Uuid {
    let mut cx = centre.system().await;
    sqlx::query_scalar("select ticket_id from received_texts where tenant_id = $1 and id = $2")
        .bind(cx.tenant().uuid())
        .bind(text)
        .fetch_one(cx.conn())
        .await
        .unwrap()
}

async fn events(centre: &TestCentre, kind: &str) -> i64 {
    let mut cx = centre.system().await;
    sqlx::query_scalar("select count(*) from events where tenant_id = $1 and kind = $2")
        .bind(cx.tenant().uuid())
        .bind(kind)
        .fetch_one(cx.conn())
        .await
        .unwrap()
}

/// Somebody who answers the centre's telephones.
async fn operator(centre: &TestCentre, name: &str) -> Browser {
    let room = centre.unit("TTDH").await;
    let operator = centre.staff(name).at(room, Role::Operator).on_duty().create().await;
    Browser::of(centre, operator).await
}

/// A call that came in from a number, and has ended.
async fn called_us(centre: &TestCentre, number: &str) {
    let mut cx = centre.system().await;
    let id: CallId = cx.id();
    let new = NewCall {
        id,
        direction: Direction::In,
        purpose: Purpose::Hotline,
        object: None,
        number: Some(number),
        unit: None,
        staff: None,
        trunk: None,
    };
    calls::begin(&mut cx, &new).await.unwrap();
    calls::ended(&mut cx, id, Outcome::Abandoned, None).await.unwrap();
    cx.commit().await.unwrap();
    centre.clock.advance(SignedDuration::from_secs(20));
}

fn in_order(page: &str, parts: &[&str]) {
    let mut rest = page;
    for part in parts {
        let (_, after) =
            rest.split_once(part).unwrap_or_else(|| panic!("{part} comes too early or not at all"));
        rest = after;
    }
}

#[tokio::test]
async fn everything_written_and_spoken_with_the_number_stands_in_its_order() {
    let centre = centre().await;
    let operator = operator(&centre, "Trực tổng đài").await;
    write(&centre, NUMBER, "Xin hỏi lịch tiêm").await;
    let mut cx = centre.system().await;
    let number = Phone::parse(NUMBER).unwrap();
    messages::text(&mut cx, Uuid::from_u128(7), &number, "Mã hộ 7K2M").await.unwrap();
    cx.commit().await.unwrap();
    centre.clock.advance(SignedDuration::from_secs(20));
    called_us(&centre, NUMBER).await;
    called_us(&centre, "+84903999888").await;
    write(&centre, NUMBER, "Tôi gọi mà không ai nghe").await;
    write(&centre, "+84903555444", "Chuyện của người khác").await;
    let [first, second, _] = texts(&centre).await[..] else { panic!() };
    let page = operator.page(&format!("texts/{second}")).await;
    assert!(page.contains("<title>Tin nhắn từ 0903 ··· 457, "), "{page}");
    assert!(
        page.contains("/desk/texts\"")
            && page.contains("Nhận từ người gửi khác")
            && page.contains("đã nhận đủ")
    );
    let (_, exchange) = page.split_once("id=\"exchange\"").unwrap();
    in_order(
        exchange,
        &[
            "Xin hỏi lịch tiêm",
            "không hiện nội dung",
            "chờ gửi",
            "gọi đến",
            "Tin đang xem",
            "Tôi gọi mà không ai nghe",
        ],
    );
    assert!(!page.contains("7K2M") && !page.contains("Chuyện của người khác") && !page.contains("··· 888"));
    assert!(exchange.contains(&format!("texts/{first}\"")), "the earlier one is opened from here");
    // Who has its ticket, and that nobody has done anything yet.
    assert!(page.contains("Chưa ai xem số, gọi lại hoặc trả lời") && page.contains("Chờ nhận việc"));
    assert!(hrefs(&page, &format!("tickets/{}", ticket_of(&centre, second).await)).len() == 1);
    assert!(page.contains("data-refresh=\"texts calls tickets\""));
}

#[tokio::test]
async fn an_answer_is_read_before_it_goes_goes_once_and_says_how_far_it_came() {
    let centre = centre().await;
    let operator = operator(&centre, "Trực tổng đài").await;
    let ward = centre.unit("TPHONG").await;
    let clerk = centre.staff("Trực ủy ban").at(ward, Role::WardOfficial).create().await;
    write(&centre, NUMBER, "Xin hỏi lịch tiêm").await;
    write(&centre, "+842838123456", "Bưu điện nhắn").await;
    let [text, landline] = texts(&centre).await[..] else { panic!() };
    let path = format!("texts/{text}/answer");
    let words = "Phường tiêm sáng thứ bảy, mời anh/chị đến trạm.";
    let check = operator.post(&path, &[("words", words), ("do", "check")]).await;
    assert_eq!(check.status, StatusCode::OK);
    assert!(
        check.text.contains("Xem lại trước khi gửi") && check.text.contains("47 ký tự, 1 tin"),
        "{}",
        check.text
    );
    assert!(check.text.contains("không lấy lại được") && check.text.contains("Gửi đến 0903 ··· 457"));
    assert_eq!(events(&centre, "message.queued").await, 0);
    let edit = operator.post(&path, &[("words", words), ("do", "edit")]).await;
    assert!(edit.text.contains(&format!(">{words}</textarea>")));
    let long = "ế".repeat(202);
    for (typed, fault) in [("  ", "Xin nhập nội dung"), (long.as_str(), "Tin trả lời quá dài")] {
        for act in ["check", "send"] {
            let wrong = operator.post(&path, &[("words", typed), ("do", act)]).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(wrong.text.contains(fault) && wrong.text.contains("href=\"#words\""), "{}", wrong.text);
        }
    }
    for _ in 0..2 {
        let sent = operator.post(&path, &[("words", words), ("do", "send")]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        assert!(operator.page(&sent.to).await.contains("Tin trả lời đang được gửi"));
    }
    assert_eq!((events(&centre, "text.answered").await, events(&centre, "message.queued").await), (1, 1));
    let page = operator.page(&format!("texts/{text}")).await;
    in_order(&page, &["đã trả lời bằng tin nhắn", "Xin hỏi lịch tiêm", words, "chờ gửi"]);
    let phones = Phones::new(centre.store.clone());
    let courier = Courier::new(centre.store.clone(), Arc::new(Texts::new(Some(Arc::new(phones.clone())))));
    while courier.deliver_due().await.unwrap() > 0 {}
    assert_eq!(phones.texts()[0].words, words);
    let page = operator.page(&format!("texts/{text}")).await;
    in_order(&page, &[words, "đã trao cho mạng điện thoại"]);
    let ticket = operator.page(&format!("tickets/{}", ticket_of(&centre, text).await)).await;
    assert!(ticket.contains("Đã trả lời bằng tin nhắn") && !ticket.contains("thứ bảy"));
    // A telephone on the wall reads none; who sees neither text nor ticket answers none.
    assert!(operator.page(&format!("texts/{landline}")).await.contains("không phải là số di động"));
    let refused =
        operator.post(&format!("texts/{landline}/answer"), &[("words", words), ("do", "send")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let clerk = Browser::of(&centre, clerk).await;
    for act in ["check", "send"] {
        let seen = clerk.post(&path, &[("words", words), ("do", act)]).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn it_is_called_back_from_the_room_by_one_with_the_number_masked() {
    let centre = centre().await;
    let one = operator(&centre, "Trực tổng đài").await;
    let two = operator(&centre, "Trực thứ hai").await;
    write(&centre, NUMBER, "Xin hỏi lịch tiêm").await;
    let text = texts(&centre).await[0];
    let (page, path) = (format!("texts/{text}"), format!("texts/{text}/call"));
    let early = one.post(&path, &[]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.text.contains("chưa vào trực") && early.text.contains("/desk/calls\""), "{}", early.text);
    for (browser, extension) in [(&one, "201"), (&two, "202")] {
        browser.post("calls/presence", &[("do", "come"), ("extension", extension)]).await;
    }
    let called = one.post(&path, &[]).await;
    assert_eq!(called.status, StatusCode::SEE_OTHER, "{}", called.text);
    let room = one.page(&called.to).await;
    assert!(room.contains("Máy của anh/chị đang được gọi") && room.contains("0903 ··· 457"));
    let (_, call) = called.to.split_once("&call=").expect("the call that was asked for");
    let shown = one.page(&format!("calls/{call}")).await;
    let ticket = ticket_of(&centre, text).await;
    assert!(!hrefs(&shown, &format!("tickets/{ticket}")).is_empty(), "the call leads to its ticket");
    // The other one sees who calls, and does not call into an engaged line.
    let seen = two.page(&page).await;
    assert!(
        seen.contains("Trực tổng đài đang trong cuộc gọi với số máy này")
            && seen.contains("đã gọi lại qua tổng đài")
    );
    let late = two.post(&path, &[]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text.contains("Đang có cuộc gọi với số máy này. Xem"));
    let told = one.page(&format!("tickets/{ticket}")).await;
    assert!(told.contains("Gọi lại số máy đã nhắn tin"));
    for text in [&room, &shown, &seen, &told] {
        assert!(!text.contains("903123457") && !text.contains("0903 123 457"));
    }
    assert_eq!(events(&centre, "text.number_opened").await, 0);
    // Once the call has ended, what came of it stands there.
    let mut cx = centre.system().await;
    let live = calls::live(&mut cx).await.unwrap();
    calls::ended(&mut cx, live[0].id, Outcome::NoAnswer, None).await.unwrap();
    cx.commit().await.unwrap();
    let seen = two.page(&page).await;
    assert!(!seen.contains("đang trong cuộc gọi") && seen.contains("gọi đi"));
    assert_eq!(two.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_number_that_was_opened_stands_for_half_an_hour_for_who_opened_it() {
    let centre = centre().await;
    let one = operator(&centre, "Trực tổng đài").await;
    let two = operator(&centre, "Trực thứ hai").await;
    write(&centre, NUMBER, "Xin hỏi lịch tiêm").await;
    let page = format!("texts/{}", texts(&centre).await[0]);
    for _ in 0..2 {
        let opened = one.post(&format!("{page}/number"), &[]).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
        assert!(one.page(&page).await.contains("tel:+84903123457"));
    }
    assert_eq!(events(&centre, "text.number_opened").await, 1);
    let other = two.page(&page).await;
    assert!(!other.contains("tel:") && !other.contains("0903 123 457"));
    assert!(other.contains("Trực tổng đài</strong> đã xem số máy"), "{other}");
    centre.clock.advance(SignedDuration::from_mins(29));
    assert!(one.page(&page).await.contains("tel:"));
    centre.clock.advance(SignedDuration::from_mins(1));
    assert!(!one.page(&page).await.contains("tel:"));
    one.post(&format!("{page}/number"), &[]).await;
    assert_eq!(events(&centre, "text.number_opened").await, 2);
}

#[tokio::test]
async fn an_alarm_says_who_is_rung_what_to_tell_and_which_household_it_may_be() {
    let care = Care::new().await;
    let centre = &care.centre;
    // Before anybody there was ill somebody asked the centre something.
    write(centre, "0900555101", "Xin hỏi giờ làm việc").await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    write(centre, "0900555101", "Mẹ tôi kho tho quá").await;
    let [question, alarm] = texts(centre).await[..] else { panic!() };
    let page = care.browser.page(&format!("texts/{alarm}")).await;
    assert!(page.contains("<title>Báo dấu hiệu nặng từ 0900 ··· 101, "), "{page}");
    in_order(&page, &["Chuông đang đổ, chưa ai ở", "gọi 115", "Mẹ tôi kho tho quá"]);
    assert!(!hrefs(&page, &format!("households/{home}")).is_empty(), "the station sees its household");
    // What stands on the ticket of others is not for the station, and it is told so.
    assert!(page.contains("mục khác không thuộc phiếu") && !page.contains("giờ làm việc"));
    assert_eq!(care.browser.open(&format!("texts/{question}")).await.status, StatusCode::NOT_FOUND);
    // Its answer by itself stands there with its words, which name nobody.
    let (_, exchange) = page.split_once("id=\"exchange\"").unwrap();
    in_order(exchange, &["Mẹ tôi kho tho quá", "Hệ thống", "Gọi 115 ngay!"]);
    // An operator sees all texts, and no household.
    let operator = operator(centre, "Trực tổng đài").await;
    let page = operator.page(&format!("texts/{alarm}")).await;
    assert!(page.contains("giờ làm việc") && !page.contains("households/"));
    // Somebody of the station takes it.
    let ticket = ticket_of(centre, alarm).await;
    care.browser.post(&format!("tickets/{ticket}/accept"), &[]).await;
    let page = care.browser.page(&format!("texts/{alarm}")).await;
    assert!(page.contains("Trực trạm đã nhận lúc"), "{page}");
}

#[tokio::test]
async fn parts_that_are_awaited_and_parts_that_never_came_are_told_on_the_page() {
    let centre = centre().await;
    let operator = operator(&centre, "Trực tổng đài").await;
    let first = Some(Part { reference: 9, number: 1, of: 2 });
    write_part(&centre, NUMBER, "Nhà tôi hết", first).await;
    let page = format!("texts/{}", texts(&centre).await[0]);
    let seen = operator.page(&page).await;
    assert!(seen.contains("đang chờ đủ phần: 1/2") && !seen.contains("Nhà tôi hết"));
    let gather = Runner::new(centre.store.clone(), vec![Arc::new(GatherTexts::new(areas()))]);
    centre.clock.advance(SignedDuration::from_mins(11));
    while gather.fire_due().await.unwrap() > 0 {}
    let seen = operator.page(&page).await;
    assert!(seen.contains("thiếu phần: nhận 1/2") && seen.contains("Nhà tôi hết[…]"));
}

#[tokio::test]
async fn what_is_older_and_what_others_wrote_is_a_page_away() {
    let centre = centre().await;
    let operator = operator(&centre, "Trực tổng đài").await;
    for n in 0..33 {
        write(&centre, NUMBER, &format!("Câu hỏi số {n}.")).await;
    }
    let last = *texts(&centre).await.last().unwrap();
    let page = operator.page(&format!("texts/{last}")).await;
    assert!(
        page.contains("Câu hỏi số 32.") && page.contains("Câu hỏi số 3.") && !page.contains("Câu hỏi số 2.")
    );
    let older = hrefs(&page, "before=").into_iter().find(|href| href.ends_with("#exchange")).unwrap();
    let older = operator.page(older.trim_end_matches("#exchange")).await;
    let (_, exchange) = older.split_once("id=\"exchange\"").unwrap();
    in_order(exchange, &["Câu hỏi số 0.", "Câu hỏi số 1.", "Câu hỏi số 2.", "Về tin mới nhất"]);
    assert!(!exchange.contains("Câu hỏi số 3.") && !older.contains("Xem tin cũ hơn"));
    // More alarms of unknown numbers than ring by themselves stand on one ticket.
    for n in 0..26 {
        write(&centre, &format!("+849035550{n:02}"), "Bố tôi khó thở").await;
    }
    let last = *texts(&centre).await.last().unwrap();
    let page = operator.page(&format!("texts/{last}")).await;
    assert!(page.contains("Tin của số máy khác trên cùng phiếu") && page.contains("20 tin nhắn"), "{page}");
    let next = hrefs(&page, "beside=1").into_iter().find(|href| href.ends_with("#beside")).unwrap();
    let next = operator.page(next.trim_end_matches("#beside")).await;
    let (_, others) = next.split_once("id=\"beside-part\"").unwrap();
    assert!(others.contains("Trang trước") && !others.contains("Trang sau"));
}
