//! What is brought to a household and written about it, through the desk's pages.

use crate::{
    browser::{Browser, hrefs},
    households::Care,
    seeded::DOT,
};
use axum::http::StatusCode;
use jiff::SignedDuration;
use kernel::{HouseholdId, Role};

async fn bich(care: &Care) -> (HouseholdId, String) {
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let page = care.browser.page(&format!("households/{home}/bags")).await;
    let person = crate::browser::hidden(&page, "person").unwrap();
    (home, person)
}

#[tokio::test]
async fn bag_a_is_one_press_and_the_stock_says_when_none_is_left() {
    let care = Care::new().await;
    let (home, person) = bich(&care).await;
    let station = care.centre.unit("TPHONG.TYT").await.to_string();
    let path = format!("households/{home}/bags");
    let page = care.browser.page(&path).await;
    assert!(page.contains("Túi A · dùng 7 ngày") && page.contains("Được cấp"), "{page}");
    assert!(page.contains("Còn thiếu: SpO2 hoặc nhịp thở đo trong 24 giờ"));
    assert!(page.contains("Còn thiếu: cam kết đồng ý dùng thuốc có chữ ký"));

    let unread = [("unit", station.as_str()), ("reason", "received"), ("item", ""), ("n", "1")];
    let seen = care.browser.post("stocks", &unread).await;
    assert!(seen.status == StatusCode::UNPROCESSABLE_ENTITY && seen.text.contains("href=\"#item\""));
    let wrong = [("unit", station.as_str()), ("reason", "received"), ("item", "bag_a"), ("n", "một")];
    let seen = care.browser.post("stocks", &wrong).await;
    assert!(seen.text.contains("href=\"#n\"") && seen.text.contains("value=\"một\""));
    let one = [("unit", station.as_str()), ("reason", "received"), ("item", "bag_a"), ("n", "1")];
    assert!(care.browser.post("stocks", &one).await.to.ends_with("&done=entered"));

    let give = [("do", "give"), ("kind", "A"), ("person", person.as_str()), ("unit", station.as_str())];
    let given = care.browser.post(&path, &give).await;
    assert!(given.to.ends_with("/bags?done=given"), "{} {}", given.status, given.text);
    assert!(care.browser.post(&path, &give).await.to.ends_with("?done=known"));
    let page = care.browser.page(&given.to).await;
    let bag = crate::browser::hidden(&page, "bag").unwrap();
    let unsaid = care.browser.post(&path, &[("do", "end"), ("bag", bag.as_str()), ("ended_as", "")]).await;
    assert!(unsaid.text.contains(&format!("href=\"#bag-{bag}\"")), "{}", unsaid.text);
    let lost = care.browser.post(&path, &[("do", "end"), ("bag", bag.as_str()), ("ended_as", "lost")]).await;
    assert!(lost.to.ends_with("?done=ended"));

    let empty = care.browser.post(&path, &give).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text.contains("Kho báo đã hết") && empty.text.contains("name=\"short\""), "{}", empty.text);
    let short = [&give[..], &[("short", "1")]].concat();
    assert!(care.browser.post(&path, &short).await.to.ends_with("?done=given"));
    let stocks = care.browser.page(&format!("stocks?unit={station}")).await;
    assert!(stocks.contains(">-1<") && stocks.contains("Nhập thêm"), "{stocks}");
    let story = care.browser.page(&format!("households/{home}")).await;
    assert!(story.contains("cấp cho Trần Thị Bích túi thuốc A của Trạm y tế Tân Phong"), "{story}");
}

#[tokio::test]
async fn bag_c_asks_for_everything_and_keeps_what_was_typed() {
    let care = Care::new().await;
    let (home, person) = bich(&care).await;
    let station = care.centre.unit("TPHONG.TYT").await.to_string();
    assert!(care.enter(home, "reached", "95", "").await.to.contains("?done="));
    let path = format!("households/{home}/bags");
    let form = hrefs(&care.browser.page(&path).await, "kind=C").remove(0).replace("&amp;", "&");
    assert!(care.browser.page(&form).await.contains("đang cho con bú"));
    let mut typed = vec![
        ("do", "give"),
        ("kind", "C"),
        ("person", person.as_str()),
        ("unit", station.as_str()),
        ("prescriber", "BS. Phạm Kê Đơn"),
    ];
    let unasked = care.browser.post(&path, &typed).await;
    assert_eq!(unasked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unasked.text.contains("href=\"#asked\"") && unasked.text.contains("BS. Phạm Kê Đơn"));
    typed.extend([("asked", "1"), ("consent", "signed_paper"), ("consent_by", person.as_str())]);
    let breastfeeding = [&typed[..], &[("excluded", "breastfeeding")]].concat();
    let excluded = care.browser.post(&path, &breastfeeding).await;
    assert!(excluded.text.contains("Không được: đang cho con bú"), "{}", excluded.text);
    let later = [&typed[..], &[("consent_at", "hôm qua")]].concat();
    assert!(care.browser.post(&path, &later).await.text.contains("href=\"#consent_at\""));
    // What was signed is seen, or it is said who signs it.
    let unseen = care.browser.post(&path, &typed).await;
    assert!(unseen.status == StatusCode::UNPROCESSABLE_ENTITY && unseen.text.contains("href=\"#file\""));
    let signed = format!("{path}/signed");
    let nobody = [&typed[..], &[("consent_without", "signs_later")]].concat();
    let nobody = care.browser.post_with(&signed, &nobody, ("", b"")).await;
    assert!(nobody.text.contains("href=\"#consent_without_who\""), "{}", nobody.text);
    let text = care.browser.post_with(&signed, &typed, ("giấy.png", b"no picture")).await;
    assert!(text.status == StatusCode::UNPROCESSABLE_ENTITY && text.text.contains("href=\"#file\""));
    let given = care.browser.post_with(&signed, &typed, ("giấy.png", DOT)).await;
    assert!(given.to.ends_with("?done=given"), "{} {}", given.status, given.text);
    let page = care.browser.page(&given.to).await;
    let picture = hrefs(&page, "/consent").remove(0);
    assert_eq!(care.browser.open(&picture).await.status, StatusCode::OK);
    let again = care.browser.post_with(&picture, &[], ("giấy.png", DOT)).await;
    assert!(again.to.ends_with("?done=known"), "a picture is never changed: {}", again.to);
    let story = care.browser.page(&format!("households/{home}")).await;
    assert!(story.contains("mở xem bản đồng ý dùng túi C của Trần Thị Bích"), "{story}");
    assert!(
        page.contains("đồng ý bằng chữ ký trên giấy: Trần Thị Bích") && page.contains("20 viên"),
        "{page}"
    );
    let bag = crate::browser::hidden(&page, "bag").unwrap();
    let back = [("do", "end"), ("bag", bag.as_str()), ("ended_as", "used"), ("capsules", "4")];
    assert!(care.browser.post(&path, &back).await.to.ends_with("?done=ended"));
    assert!(care.browser.page(&path).await.contains("cấp 20 viên, thu lại 4 viên"));
}

#[tokio::test]
async fn papers_are_issued_printed_and_taken_back() {
    let care = Care::new().await;
    let (home, person) = bich(&care).await;
    let path = format!("households/{home}/papers");
    let none = care.browser.post(&path, &[("do", "issue"), ("person", person.as_str())]).await;
    assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.text.contains("href=\"#kinds\""));
    let early = [("do", "issue"), ("person", person.as_str()), ("kinds", "completion")];
    assert!(care.browser.post(&path, &early).await.text.contains("chưa được kết thúc cách ly"));
    let two = [
        ("do", "issue"),
        ("person", person.as_str()),
        ("kinds", "decision"),
        ("kinds", "door_notice"),
        ("signer_title", "KT. Chủ tịch / Phó Chủ tịch"),
    ];
    let issued = care.browser.post(&path, &two).await;
    assert!(issued.to.ends_with("/papers?done=issued"), "{} {}", issued.status, issued.text);
    assert!(care.browser.post(&path, &two).await.to.ends_with("?done=known"));
    let list = care.browser.page(&issued.to).await;
    let prints = hrefs(&list, "/desk/papers/");
    assert_eq!(prints.len(), 2);
    let mut pages = Vec::new();
    for href in &prints {
        pages.push(care.browser.page(href).await);
    }
    let decision = pages.iter().find(|page| page.contains("QUYẾT ĐỊNH")).unwrap();
    assert!(decision.contains("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM") && decision.contains("Số: 01/QĐ-UBND"));
    assert!(decision.contains("Tân Phong, ngày 25 tháng 9 năm 2021") && decision.contains("PHÓ CHỦ TỊCH"));
    assert!(decision.contains("class=\"qr\"") && decision.contains("/quan7demo/check"));
    let door = pages.iter().find(|page| page.contains("NHÀ CÓ NGƯỜI ĐANG CÁCH LY Y TẾ")).unwrap();
    assert!(!door.contains("Trần Thị Bích"));
    for href in &prints {
        assert!(pages.iter().any(|page| page.contains(&format!("{href}/pdf"))));
        let set = care.browser.open(&format!("{href}/pdf")).await;
        assert!(
            set.kind == "application/pdf" && set.text.starts_with("%PDF-"),
            "{} {}",
            set.status,
            set.text
        );
        assert!(set.disposition.contains("giay-01-"), "{}", set.disposition);
    }

    let paper = prints.iter().zip(&pages).find(|(_, page)| page.contains("QUYẾT ĐỊNH")).unwrap().0;
    let paper = paper.rsplit('/').next().unwrap().to_owned();
    let unsaid =
        care.browser.post(&path, &[("do", "withdraw"), ("paper", paper.as_str()), ("why", " ")]).await;
    assert!(unsaid.text.contains(&format!("href=\"#why-{paper}\"")), "{}", unsaid.text);
    let gone = [("do", "withdraw"), ("paper", paper.as_str()), ("why", "Ghi nhầm người ký")];
    let gone = care.browser.post(&path, &gone).await;
    assert!(gone.to.ends_with("?done=withdrawn"));
    assert!(care.browser.page(&gone.to).await.contains("thu hồi: Ghi nhầm người ký"));
    assert!(care.browser.page(&format!("papers/{paper}")).await.contains("không còn giá trị"));
    assert_eq!(care.browser.open(&format!("papers/{paper}/pdf")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn staff_asks_for_a_household_and_says_when_it_came() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let path = format!("households/{home}/needs");
    let none = care.browser.post(&path, &[("do", "ask"), ("note", "Gấp")]).await;
    assert!(none.text.contains("href=\"#items\"") && none.text.contains("Gấp"), "{}", none.text);
    let key = crate::browser::hidden(&care.browser.page(&path).await, "form_key").unwrap();
    let food = [("do", "ask"), ("form_key", key.as_str()), ("items", "food"), ("items", "gas")];
    let asked = care.browser.post(&path, &food).await;
    assert!(asked.to.ends_with("/needs?done=asked"), "{} {}", asked.status, asked.text);
    assert!(care.browser.post(&path, &food).await.to.ends_with("?done=known"));
    let page = care.browser.page(&asked.to).await;
    assert!(page.contains("Lương thực, thực phẩm, Gas nấu ăn"), "{page}");
    let need = crate::browser::hidden(&page, "need").unwrap();
    let met = [("do", "met"), ("need", need.as_str())];
    assert!(care.browser.post(&path, &met).await.to.ends_with("?done=met"));
    assert!(care.browser.post(&path, &met).await.to.ends_with("?done=known"));
    assert!(care.browser.page(&path).await.contains("đã nhận"));
}

#[tokio::test]
async fn whoever_is_over_his_days_is_released_by_one_press() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    assert!(care.browser.page("release").await.contains("Hôm nay không có ai đến hạn"));
    care.centre.clock.advance(SignedDuration::from_hours(24 * 13));
    let station = care.centre.unit("TPHONG.TYT").await;
    let nurse = care.centre.staff("Trực trạm hai").at(station, Role::StationStaff).create().await;
    let browser = Browser::of(&care.centre, nurse).await;
    let list = browser.page("release").await;
    assert!(list.contains("Trần Thị Bích") && list.contains("Đủ ngày"), "{list}");
    let plan = crate::browser::hidden(&list, "plan").unwrap();
    let unit = station.to_string();
    let sent = [("plan", plan.as_str()), ("unit", unit.as_str())];
    let released = browser.post("release", &sent).await;
    assert!(released.to.contains("/desk/papers/"), "{} {}", released.status, released.text);
    let paper = browser.page(&released.to).await;
    assert!(paper.contains("GIẤY XÁC NHẬN") && paper.contains("01/GXN-UBND"), "{paper}");
    assert!(browser.post("release", &sent).await.to.ends_with("&done=known"));
    assert!(browser.page(&format!("households/{home}")).await.contains("cho Trần Thị Bích ra cách ly"));
}
