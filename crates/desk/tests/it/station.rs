//! The rest of the station's day at the desk: loads and who is given what, households that are one,
//! reminders, the share that is flagged.

use crate::{
    browser::{Browser, hidden, hrefs},
    households::Care,
};
use axum::http::StatusCode;
use jiff::SignedDuration;
use kernel::Role;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The value of the option that says this.
fn option(page: &str, text: &str) -> String {
    let option = page.split("<option value=\"").skip(1).find(|rest| rest.contains(&format!(">{text}")));
    let option = option.unwrap_or_else(|| panic!("no option {text}"));
    option.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_household_is_taken_from_its_team_and_given_back_as_proposed_in_one_press() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    care.f0(2, "Lê Văn Hai", "TPHONG").await;
    let here = format!("households/{home}");
    let ward = care.centre.unit("TPHONG").await;
    let balance = hrefs(&care.browser.page("rounds").await, "/rounds/balance").remove(0);
    assert!(balance.ends_with(&format!("?ward={ward}")), "{balance}");
    let page = care.browser.page(&balance).await;
    assert!(page.contains("10–20 F0") && page.contains("50–100 F0") && page.contains("đến 35 hộ"));
    assert!(page.contains("Còn thiếu 8 mới đủ mức") && page.contains("<svg class=\"load\""));
    assert!(page.contains("Hộ nào cũng đã có đơn vị phụ trách"));

    let path = format!("{here}/assign");
    assert!(hrefs(&care.browser.page(&here).await, "/assign").iter().any(|href| href.ends_with(&path)));
    let form = care.browser.page(&path).await;
    assert!(form.contains("· 2/20 F0") && form.contains("· 2/100 F0"));
    let mobile = hidden_choice(&form, "mobile_station");
    for (team, why, field) in [("", "Tổ nghỉ", "care_team"), ("none", " ", "why")] {
        let sent = [("mobile_station", mobile.as_str()), ("care_team", team), ("why", why)];
        let seen = care.browser.post(&path, &sent).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(seen.text.contains(&format!("href=\"#{field}\"")), "{field}");
    }
    let sent = [("mobile_station", mobile.as_str()), ("care_team", "none"), ("why", "Tổ nghỉ hai ngày")];
    let done = care.browser.post(&path, &sent).await;
    assert!(done.to.ends_with("?done=assign"), "{} {}", done.status, done.text);
    assert!(care.browser.post(&path, &sent).await.to.ends_with("?done=assign-known"));
    let page = care.browser.page(&done.to).await;
    assert!(page.contains("Tổ nghỉ hai ngày") && page.contains("giao hộ cho"));

    let page = care.browser.page(&balance).await;
    assert!(page.contains("Giao 1 hộ như đề xuất"), "{page}");
    let placing = hidden(&page, "placing").unwrap();
    let ward = ward.to_string();
    let sent = [("ward", ward.as_str()), ("placing", placing.as_str())];
    let done = care.browser.post("rounds/balance", &sent).await;
    assert!(done.to.ends_with("&given=1&of=1"), "{} {}", done.status, done.text);
    assert!(care.browser.page(&done.to).await.contains("Đã giao 1 hộ."));
    // Pressed twice it is given once, and says so.
    let again = care.browser.post("rounds/balance", &sent).await;
    assert!(care.browser.page(&again.to).await.contains("Đã giao 0 trong 1 hộ"));
    let broken = care.browser.post("rounds/balance", &[("ward", ward.as_str()), ("placing", "x")]).await;
    assert_eq!(broken.status, StatusCode::NOT_FOUND);

    // Another ward is not theirs, and who only looks on gives nothing.
    let other = care.centre.unit("TQUY").await;
    let theirs = care.browser.open(&format!("rounds/balance?ward={other}")).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    let unit = care.centre.unit("TPHONG").await;
    let clerk = care.centre.staff("Cán bộ phường").at(unit, Role::WardOfficial).create().await;
    let clerk = Browser::of(&care.centre, clerk).await;
    assert!(hrefs(&clerk.page("rounds").await, "/rounds/balance").is_empty());
    for path in ["rounds/balance".to_owned(), balance, path] {
        assert_eq!(clerk.open(&path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

/// What is chosen of a list.
fn hidden_choice(page: &str, name: &str) -> String {
    let (_, list) =
        page.split_once(&format!("<select class=\"form-select form-select-lg\" id=\"{name}\"")).unwrap();
    let list = list.split("</select>").next().unwrap();
    let chosen = list.split("<option value=\"").find(|option| option.contains(" selected>")).unwrap();
    chosen.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn two_households_are_joined_from_the_page_of_the_one_that_stays() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let (_, lone) = care.f0(2, "Lê Văn Hai", "TPHONG").await;
    let path = format!("households/{home}/join");
    assert!(care.browser.page(&path).await.contains("không có hộ nào khác cùng địa chỉ"));
    // The other is called at the same number.
    let edit = [("contact", "0900 555 101"), ("oximeters", "1"), ("oxygen", "none")];
    let edited = care.browser.post(&format!("households/{lone}/edit"), &edit).await;
    assert!(edited.to.ends_with("?done=edit"), "{}", edited.text);
    let form = care.browser.page(&path).await;
    assert!(form.contains("cùng số điện thoại") && form.contains("Không hoàn tác được"));
    let from = lone.to_string();
    assert!(form.contains(&format!("value=\"{from}\"")));
    for (from, why, field) in [("", "Cùng một nhà", "from"), (from.as_str(), " ", "why")] {
        let seen = care.browser.post(&path, &[("from", from), ("why", why)]).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(seen.text.contains(&format!("href=\"#{field}\"")), "{field}");
    }
    let sent = [("from", from.as_str()), ("why", "Cùng một nhà, nhập hai lần")];
    let done = care.browser.post(&path, &sent).await;
    assert!(done.to.ends_with("?done=join"), "{} {}", done.status, done.text);
    assert!(care.browser.post(&path, &sent).await.to.ends_with("?done=joined-known"));
    let page = care.browser.page(&done.to).await;
    assert!(page.contains("Trần Thị Bích") && page.contains("Lê Văn Hai"));
    assert!(page.contains("Cùng một nhà, nhập hai lần") && page.contains("vào hộ này"));
    // What led to the other leads here; what is sent to it is not lost in silence.
    let there = format!("/quan7demo/desk/households/{home}?done=joined-known");
    assert_eq!(care.browser.open(&format!("households/{lone}")).await.to, there);
    assert_eq!(care.browser.open(&format!("households/{lone}/enter")).await.to, there);
    assert_eq!(care.browser.post(&format!("households/{lone}/edit"), &edit).await.to, there);
    assert!(care.browser.page(&there).await.contains("Hai hộ này đã là một"));
    let list = care.browser.page("rounds").await;
    assert!(list.contains(&format!("households/{home}")) && !list.contains(&format!("households/{lone}")));
}

#[tokio::test]
async fn a_reminder_is_pressed_in_the_list_and_stands_in_its_row() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let path = format!("households/{home}/remind");
    let nobody = care.browser.post(&path, &[]).await;
    assert!(nobody.to.ends_with("?done=reminded-nobody"), "{}", nobody.to);
    care.pass(HOUR * 7).await;
    let page = care.browser.page("rounds?only=silent").await;
    assert!(page.contains(&format!("action=\"/quan7demo/desk/{path}\"")));
    let unit = hidden(&page, "unit").unwrap();
    let sent = [("back", "rounds"), ("unit", unit.as_str()), ("only", "silent"), ("page", "0")];
    let done = care.browser.post(&path, &sent).await;
    assert!(done.to.ends_with(&format!("/rounds?unit={unit}&only=silent&page=0")), "{}", done.to);
    let page = care.browser.page(&done.to).await;
    assert!(page.contains("Đã nhắc 14:05") && page.contains("Chưa ai liên hệ được"));
    assert!(!page.contains(&format!("action=\"/quan7demo/desk/{path}\"")), "not again within the hour");
    assert!(care.browser.post(&path, &[]).await.to.ends_with("?done=reminded-lately"));
    let page = care.browser.page(&format!("households/{home}")).await;
    assert!(page.contains("nhắc hộ báo sức khỏe: Trần Thị Bích") && page.contains("Đã nhắc"));
    assert!(page.contains("Tin nhắn nhắc báo gần nhất") && page.contains("đang gửi"), "{page}");
    // Where no network takes the text the row says so, and offers it again.
    let mut cx = care.centre.system().await;
    sqlx::query("update texts set state = 'given_up'").execute(cx.conn()).await.unwrap();
    cx.commit().await.unwrap();
    let page = care.browser.page(&done.to).await;
    assert!(page.contains("14:05 · không gửi được") && !page.contains("Đã nhắc 14:05"), "{page}");
    assert!(page.contains(&format!("action=\"/quan7demo/desk/{path}\"")));
    // Nobody is reminded at a number that is not there: somebody goes.
    let mut cx = care.centre.system().await;
    let without = "update households set contact = null, contact_index = null where id = $1";
    sqlx::query(without).bind(home.uuid()).execute(cx.conn()).await.unwrap();
    cx.commit().await.unwrap();
    care.pass(HOUR).await;
    let lost = care.browser.post(&path, &sent).await;
    assert!(lost.to.ends_with("?done=reminded-no-number"), "{}", lost.to);
    let page = care.browser.page(&lost.to).await;
    assert!(page.contains("chưa có số điện thoại") && page.contains("/enter?channel=visit"), "{page}");
}

#[tokio::test]
async fn the_share_that_is_flagged_stands_beside_the_warning_of_2022() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let empty = care.browser.page("alerts").await;
    assert!(empty.contains("Chưa có lần báo sức khỏe nào") && empty.contains("(21 %)"));
    care.enter(home, "reached", "91", "").await;
    care.pass(SignedDuration::from_mins(1)).await;
    care.enter(home, "reached", "98", "").await;
    let page = care.browser.page("alerts").await;
    assert!(page.contains("50,0 %") && page.contains("1 trong 2 lần báo"));
    assert!(page.contains("<svg class=\"chart\"") && page.contains("id=\"day-2021-09-25\""));
    assert!(page.contains(">Bản 2<") && page.contains("Chưa xử lý") && page.contains("briardforce.com"));
    assert!(!page.contains("Trần Thị Bích"));
    let alert = hrefs(&care.browser.page(&format!("households/{home}")).await, "/alerts/").remove(0);
    care.browser.post(&alert, &[("ended_as", "oxygen"), ("note", "")]).await;
    let page = care.browser.page("alerts").await;
    assert!(page.contains("Đã cho thở oxy tại nhà") && !page.contains("Chưa xử lý"));
    assert!(!hrefs(&care.browser.page("rounds").await, "/desk/alerts").is_empty());
    // Another station sees its own, and the ward of this one is not there.
    let station = care.centre.unit("TQUY.TYT").await;
    let stranger = care.centre.staff("Trạm khác").at(station, Role::StationStaff).create().await;
    let stranger = Browser::of(&care.centre, stranger).await;
    assert!(stranger.page("alerts").await.contains("Chưa có lần báo sức khỏe nào"));
    let ward = care.centre.unit("TPHONG").await;
    assert_eq!(stranger.open(&format!("alerts?ward={ward}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_dose_that_moves_the_days_of_an_f1_is_told_on_the_page() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    // By the days of the protected, from 16/12/2021 on.
    care.centre.clock.advance(HOUR * 24 * 88);
    let station = care.centre.unit("TPHONG.TYT").await;
    let nurse = care.centre.staff("Trực trạm tháng 12").at(station, Role::StationStaff).create().await;
    let nurse = Browser::of(&care.centre, nurse).await;
    let son = [("full_name", "Lê Văn Con"), ("birth", "1990"), ("relation", "child"), ("subject", "f1")];
    let added = nurse.post(&format!("households/{home}/member"), &son).await;
    assert!(added.to.ends_with("?done=member"), "{} {}", added.status, added.text);
    let page = nurse.page(&added.to).await;
    assert!(page.contains("F1 · ngày 0/14") && page.contains("Chưa có thông tin là đã được bảo vệ"));
    let path = format!("households/{home}/fact");
    let person = option(&nurse.page(&path).await, "Lê Văn Con");
    let dose = [
        ("person", person.as_str()),
        ("kind", "vaccination"),
        ("on_day", "1/9/2021"),
        ("dose", "2"),
        ("words", "AstraZeneca"),
        ("source", "paper"),
    ];
    let done = nurse.post(&path, &dose).await;
    assert!(done.to.ends_with("?done=fact-days"), "{} {}", done.to, done.text);
    let page = nurse.page(&done.to).await;
    assert!(page.contains("F1 · ngày 0/7") && page.contains("Đã được bảo vệ khi tiếp xúc"));
    assert!(page.contains("Ngày cuối theo dõi được tính lại theo thông tin này"));
    assert!(page.contains("từ 05/01/2022 sang 29/12/2021"));
    // Who only looks on sees the days, not what they rest on.
    let ward = care.centre.unit("TPHONG").await;
    let clerk = care.centre.staff("Cán bộ phường").at(ward, Role::WardOfficial).create().await;
    let clerk = Browser::of(&care.centre, clerk).await;
    let page = clerk.page(&format!("households/{home}")).await;
    assert!(page.contains("F1 · ngày 0/7") && !page.contains("Đã được bảo vệ"));
}
