//! What a steering committee reads, what hospitals tell, what was published before, and one case laid
//! open: as a browser asks for it.

use crate::{
    browser::{Browser, hrefs},
    households::Care,
};
use axum::http::StatusCode;
use health::numbers::Fold;
use kernel::Role;
use std::sync::Arc;
use store::subscriptions::Reader;

/// The director of the centre, once what has happened is counted.
async fn director(care: &Care) -> Browser {
    let centre = care.centre.unit("TTDH").await;
    let director = care.centre.staff("Giám đốc trung tâm").at(centre, Role::CentreDirector).create().await;
    count(care).await;
    Browser::of(&care.centre, director).await
}

async fn count(care: &Care) {
    care.centre.seal().await;
    let reader = Reader::new(care.centre.store.clone(), vec![Arc::new(Fold)]);
    while reader.read(care.centre.id()).await.unwrap() > 0 {}
}

#[tokio::test]
async fn the_daily_report_is_read_kept_and_taken_as_a_workbook() {
    let care = Care::new().await;
    care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let director = director(&care).await;
    let board = director.page("board").await;
    assert!(board.contains("F0 đang quản lý") && board.contains("chưa có cơ sở nào báo"));
    let page = director.page("numbers").await;
    assert!(page.contains("Số ca F0 mới theo ngày") && page.contains("Toàn địa bàn"));
    assert_eq!(page.matches("class=\"bar\"").count(), 14);
    for (path, said) in [
        ("numbers?from=2021-09-25&to=2021-09-20&ward=", "Ngày cuối phải bằng hoặc sau ngày đầu"),
        ("numbers?from=2019-01-01&to=2021-09-20&ward=", "tối đa 400 ngày"),
        ("numbers?from=x&to=&ward=", "Ngày ghi chưa đúng"),
    ] {
        let seen = director.open(path).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(seen.text.contains(said), "{path}");
    }
    let table = director.open("numbers/csv?from=2021-09-25&to=2021-09-25").await;
    assert!(table.kind.starts_with("text/csv") && table.text.contains("25/09/2021,Phường Tân Phong,1,1,0"));

    let path = "numbers/report/2021-09-25";
    let report = director.page(path).await;
    for said in [
        "BÁO CÁO NHANH TÌNH HÌNH DỊCH",
        "chưa chốt",
        "F0 mới trong ngày: 1 (+1 so với hôm trước)",
        "Chốt báo cáo hôm nay",
    ] {
        assert!(report.contains(said), "{said}");
    }
    let kept = director.post("numbers/report", &[]).await;
    assert!(kept.to.ends_with(path), "{} {}", kept.status, kept.text);
    assert_eq!(director.post("numbers/report", &[]).await.status, StatusCode::CONFLICT);
    care.f0(2, "Lê Văn Ba", "TPHONG").await;
    count(&care).await;
    let report = director.page(path).await;
    assert!(report.contains("đã chốt") && report.contains("F0 mới trong ngày: 1 (+1"));
    assert!(
        !report.contains("Chốt báo cáo hôm nay") && report.contains("Người chốt báo cáo: Giám đốc trung tâm")
    );
    assert!(hrefs(&director.page("numbers").await, "/numbers/report/").len() == 1);
    director.page(&format!("{path}?lang=en")).await;
    let book = director.open(&format!("{path}/xlsx")).await;
    assert!(book.text.starts_with("PK") && book.disposition.contains("bao-cao-ngay-2021-09-25.xlsx"));
    assert!(report.contains(&format!("{path}/pdf")));
    for lang in ["vi", "en"] {
        let set = director.open(&format!("{path}/pdf?lang={lang}")).await;
        assert!(
            set.kind == "application/pdf" && set.text.starts_with("%PDF-"),
            "{} {}",
            set.status,
            set.text
        );
        assert!(set.disposition.contains("bao-cao-ngay-2021-09-25.pdf"));
    }
    for path in ["numbers/report/2021-09-26", "numbers/report/x", "numbers?ward=x"] {
        assert_eq!(director.open(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // The nurse sees her ward and keeps nothing.
    assert!(care.browser.page("numbers").await.contains("Phường Tân Phong"));
    assert_eq!(care.browser.post("numbers/report", &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn beds_are_told_by_their_house_and_what_is_wrong_stands_beside_the_field() {
    let care = Care::new().await;
    let hospital = care.centre.unit("BVQ7").await;
    let manager = care.centre.staff("Trực lãnh đạo").at(hospital, Role::DepartmentOfficial).create().await;
    let browser = Browser::of(&care.centre, manager).await;
    let page = browser.page("numbers/beds").await;
    assert!(page.contains("Chưa có cơ sở nào báo giường") && page.contains("Bệnh viện Quận 7"));
    let unit = hospital.to_string();
    let good = [
        ("unit", unit.as_str()),
        ("beds", "120"),
        ("free", "8"),
        ("oxygen_beds", "40"),
        ("oxygen_free", "3"),
    ];
    for (field, value, said) in [
        ("free", "121", "lớn hơn số giường"),
        ("beds", "nhiều", "số nguyên"),
        ("unit", "", "Xin chọn một mục"),
    ] {
        let fields: Vec<_> =
            good.iter().map(|(name, old)| (*name, if *name == field { value } else { *old })).collect();
        let seen = browser.post("numbers/beds", &fields).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(seen.text.contains(&format!("href=\"#{field}\"")) && seen.text.contains(said), "{field}");
        assert!(seen.text.contains("value=\"40\""), "{field}");
    }
    let done = browser.post("numbers/beds", &good).await;
    assert!(done.to.ends_with("numbers/beds?done=beds"), "{} {}", done.status, done.text);
    let page = browser.page(&done.to).await;
    assert!(page.contains("Đã ghi số giường") && !page.contains("Chưa có cơ sở nào báo"));
    // A nurse reads them and tells of none.
    let page = care.browser.page("numbers/beds").await;
    assert!(page.contains("Bệnh viện Quận 7") && !page.contains("Gửi số giường"));
    assert_eq!(care.browser.post("numbers/beds", &good).await.status, StatusCode::NOT_FOUND);
    let report = director(&care).await.page("numbers/report/2021-09-25").await;
    assert!(report.contains("Còn trống 8 trên 120 giường"));
}

#[tokio::test]
async fn published_numbers_are_checked_taken_and_shown_beside_our_own() {
    const LIST: &[u8] = "date,ward,district,province,new_cases\n\
        2021-07-03,Tân Phong,Quận 7,TP. Hồ Chí Minh,2\n\
        2021-07-04,Phú Mỹ,Quận 7,Bình Dương,2\n\
        2021-07-05,Phú Mỹ,Quận 7,TP. Hồ Chí Minh,7\n"
        .as_bytes();
    let care = Care::new().await;
    let director = director(&care).await;
    assert!(director.page("numbers/history").await.contains("Chưa có số liệu đã công bố"));
    let path = "numbers/history/import";
    assert!(director.page(path).await.contains("Ngày *"));
    let send = |act: &'static str| {
        let director = &director;
        async move { director.post_with(path, &[("act", act)], ("so-ca.csv", LIST)).await }
    };
    let checked = send("check").await;
    assert!(checked.text.contains("Bình Dương") && checked.text.contains("không phải của địa bàn"));
    assert!(director.page("numbers/history").await.contains("Chưa có số liệu đã công bố"));
    let faults = send("faults").await;
    assert!(faults.text.starts_with("PK") && faults.disposition.contains("lich-su-dong-loi.xlsx"));
    send("apply").await;
    send("apply").await;
    let page = director.page("numbers/history").await;
    assert!(page.contains("Nguồn: Bản tin công bố hằng ngày. Từ 03/07/2021 đến 05/07/2021"));
    assert!(page.contains("7 ca, 05/07/2021") && page.matches("class=\"bar\"").count() == 3);
    let ward = hrefs(&page, "history?ward=");
    assert_eq!(ward.len(), 2);
    assert!(director.page(&ward[0]).await.contains("Tất cả phường"));
    let file = director.open("numbers/history/csv").await.text;
    assert!(
        file.lines().count() == 3 && file.contains("05/07/2021,Phường Phú Mỹ,7,Bản tin công bố hằng ngày")
    );
    let empty = director.post_with(path, &[("act", "check")], ("", b"")).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_file_of_a_case_is_one_paper_with_every_call() {
    let care = Care::new().await;
    let (case, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    care.enter(home, "reached", "91", "").await;
    for _ in 0..3 {
        care.pass(jiff::SignedDuration::from_secs(61)).await;
    }
    let director = director(&care).await;
    let path = format!("cases/{case}/file");
    assert!(
        hrefs(&director.page(&format!("cases/{case}")).await, "/file")
            .iter()
            .any(|href| href.ends_with(&path))
    );
    let file = director.page(&path).await;
    for said in [
        "HỒ SƠ TRÁCH NHIỆM",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "theo dõi, xử lý ca bệnh Trần Thị Bích, Phường Tân Phong",
        "SpO2 thấp",
        "Chưa ai xử lý.",
        "<td class=\"number\">91</td>",
        "Giám đốc trung tâm",
        "vungxanh ledger verify --tenant quan7demo",
    ] {
        assert!(file.contains(said), "{said}");
    }
    let tables = file.split("paper-calls").skip(1);
    let calls: usize = tables
        .map(|rest| rest.split("</table>").next().unwrap().matches("<tr><th scope=\"row\">").count())
        .sum();
    let mut cx = care.centre.system().await;
    let made: i64 = sqlx::query_scalar("select count(*) from attempts").fetch_one(cx.conn()).await.unwrap();
    drop(cx);
    assert!(made > 4, "{made}");
    assert_eq!(i64::try_from(calls).unwrap(), made);
    assert!(!file.contains("không khớp nhật ký") && !file.contains("mở hồ sơ trách nhiệm của ca bệnh"));
    // The next reader sees that it was opened.
    assert!(director.page(&path).await.contains("mở hồ sơ trách nhiệm của ca bệnh"));
    director.page(&format!("{path}?lang=en")).await;
    assert_eq!(care.browser.open(&path).await.status, StatusCode::FORBIDDEN);
    assert!(!care.browser.page(&format!("cases/{case}")).await.contains(&path));
}
