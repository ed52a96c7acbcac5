//! The morning list: whom the station calls first, and who sees which list.

use crate::{
    browser::{Browser, hrefs},
    households::Care,
};
use axum::http::StatusCode;
use jiff::SignedDuration;
use kernel::Role;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Where each name first stands in a page.
fn order(page: &str, names: &[&str]) -> Vec<usize> {
    names.iter().map(|name| page.find(name).unwrap_or_else(|| panic!("{name} is not there"))).collect()
}

#[tokio::test]
async fn the_morning_list_stands_by_risk_and_silence() {
    let care = Care::new().await;
    let empty = care.browser.page("rounds").await;
    assert!(empty.contains("Chưa có hộ nào cần theo dõi"));
    let (_, well) = care.f0(1, "Nguyễn Văn Ổn", "TPHONG").await;
    let (_, silent) = care.f0(2, "Lê Văn Lặng", "TPHONG").await;
    let (_, never) = care.f0(3, "Phạm Thị Vắng", "TPHONG").await;
    let (_, danger) = care.f0(4, "Trần Thị Nguy", "TPHONG").await;
    // Seven in the morning: nobody is heard of one of them.
    care.enter(silent, "reached", "98", "").await;
    care.enter(never, "not_reached", "", "").await;
    assert!(care.enter(danger, "reached", "91", "").await.to.ends_with("?done=rings"));
    care.pass(HOUR * 7).await;
    care.enter(well, "reached", "97", "").await;
    care.enter(silent, "not_reached", "", "").await;
    let waiting = care.browser.page("rounds?only=owed").await;
    assert!(waiting.contains("Lê Văn Lặng") && waiting.contains("Đang chờ báo; lần trước 07:05: ổn"));
    // Half past six in the evening: the afternoon's entry is late.
    care.pass(HOUR * 4 + SignedDuration::from_mins(30)).await;

    let page = care.browser.page("rounds").await;
    let places = order(&page, &["Trần Thị Nguy", "Phạm Thị Vắng", "Lê Văn Lặng", "Nguyễn Văn Ổn"]);
    assert!(places.is_sorted(), "{places:?}");
    assert!(page.contains("Nguy hiểm</span>") && page.contains("SpO2 thấp — báo lúc 07:05"));
    assert!(page.contains("Chưa ai liên hệ được"));
    assert!(page.contains("Chưa báo lần gần nhất; lần cuối 07:05"));
    assert!(page.contains("Đã báo 14:05: ổn"));
    assert!(page.contains("Trần Thị Nguy · F0 · ngày 1/14"));
    for (label, count) in
        [("Báo động", 1), ("Chưa báo", 2), ("Đang chờ báo", 0), ("Đã báo", 1), ("Tất cả", 4)]
    {
        assert!(page.contains(&format!("{label} <span class=\"count\">{count}</span>")), "{label}");
    }
    // Three are to be called: the rail says so, and each has a button for it.
    assert!(page.contains("Theo dõi tại nhà <span class=\"count\">3</span>"));
    for (home, calls) in [(danger, true), (never, true), (silent, true), (well, false)] {
        let call = format!("action=\"/quan7demo/desk/households/{home}/call\"");
        assert_eq!(page.contains(&call), calls);
        assert!(!hrefs(&page, &format!("{home}/enter")).is_empty());
    }
    let silent = care.browser.page("rounds?only=silent").await;
    assert!(silent.contains("Phạm Thị Vắng") && silent.contains("Lê Văn Lặng"));
    assert!(!silent.contains("Trần Thị Nguy") && !silent.contains("Nguyễn Văn Ổn"));
    let none = care.browser.page("rounds?only=owed").await;
    assert!(none.contains("Không có hộ nào ở phần này"));
    // An address that was changed by hand leads nowhere.
    let other = care.centre.unit("TQUY.TYT").await;
    for path in ["rounds?only=x".to_owned(), format!("rounds?unit={other}"), "rounds?unit=x".to_owned()] {
        assert_eq!(care.browser.open(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_care_team_sees_its_households_and_nothing_else() {
    let care = Care::new().await;
    let (case, own) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let (_, other) = care.f0(2, "Lê Văn Xa", "TQUY").await;
    care.enter(own, "reached", "95", "").await;
    let team = care.centre.unit("TPHONG.TCSF0").await;
    let member = care.centre.staff("Tình nguyện viên").at(team, Role::CareTeam).create().await;
    let team = Browser::of(&care.centre, member).await;
    let list = team.page("rounds").await;
    assert!(list.contains("Trần Thị Bích") && !list.contains("Lê Văn Xa"));
    assert!(!list.contains("id=\"unit\""), "there is one list, and nothing to choose");
    let page = team.page(&format!("households/{own}")).await;
    assert!(page.contains(">95<") && page.contains("Ghi sức khỏe"));
    assert!(!page.contains(&format!("cases/{case}")), "the case is not theirs to open");
    let alert = hrefs(&page, "/alerts/").remove(0);
    let done = team.post(&alert, &[("ended_as", "advised"), ("note", "")]).await;
    assert!(done.to.ends_with("?done=alert"), "{} {}", done.status, done.text);
    for path in [
        format!("households/{other}"),
        format!("households/{other}/enter"),
        format!("households/{other}/code"),
        format!("cases/{case}"),
    ] {
        assert_eq!(team.open(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for act in ["call", "code", "enter", "edit", "member"] {
        let seen = team.post(&format!("households/{other}/{act}"), &[]).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{act}");
    }

    // Who only looks on sees how it stands, not what was measured.
    let ward = care.centre.unit("TPHONG").await;
    let clerk = care.centre.staff("Cán bộ phường").at(ward, Role::WardOfficial).create().await;
    let clerk = Browser::of(&care.centre, clerk).await;
    let page = clerk.page(&format!("households/{own}")).await;
    assert!(page.contains("Nguy hiểm") && page.contains("Số đo và triệu chứng chỉ hiện"));
    assert!(!page.contains(">95<") && !page.contains("SpO2 thấp") && !page.contains("Ghi sức khỏe"));
    assert_eq!(clerk.open(&format!("households/{own}/enter")).await.status, StatusCode::FORBIDDEN);
    // The ward sees the lists of its station and of its teams.
    assert!(clerk.page("rounds").await.contains("id=\"unit\""));
}
