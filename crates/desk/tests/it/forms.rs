//! The forms by which people and duty are kept: what is typed is taken, what is wrong comes back.

use crate::{browser::hidden, seeded::Seeded};
use axum::http::StatusCode;
use duty::{rosters, staff::role_named};
use kernel::Role;
use pages::{Lang, Words};

const LIST: &str = "Mã,Họ và tên,Điện thoại,Đơn vị,Chức vụ,Vai trò\n\
    TP01,Lê Thị An,0903 000 001,TPHONG.TYT,Y sĩ,Nhân viên trạm y tế\n\
    TP02,Trần Hòa Bình,12345,TPHONG.TYT,Y sĩ,Nhân viên trạm y tế\n\
    TP03,Võ Thị Em,,KHONGCO,Y sĩ,Nhân viên trạm y tế\n";

#[test]
fn a_list_may_call_a_role_what_the_screens_call_it() {
    for role in Role::ALL {
        for lang in [Lang::Vi, Lang::En] {
            let word = Words(lang).by_key(&format!("role-{}", role.as_str().replace('_', "-")));
            assert_eq!(role_named(&word), Some(role), "{word}");
            assert_eq!(role_named(&word.to_uppercase()), Some(role), "{word}");
        }
        assert_eq!(role_named(role.as_str()), Some(role));
    }
    assert_eq!(role_named("Giám đốc"), None);
}

#[tokio::test]
async fn a_list_of_staff_is_looked_at_then_taken_in_and_its_broken_rows_come_back() {
    let seeded = Seeded::new().await;
    let admin = seeded.browser(seeded.people[&Role::Administrator]).await;
    let looked = admin.post_file("staff/import", &[("act", "check")], LIST).await;
    assert_eq!(looked.status, StatusCode::OK);
    assert!(looked.text.contains("KHONGCO") && looked.text.contains("12345"));
    let carried = hidden(&looked.text, "carried").unwrap();
    let unseen = admin.open("staff?q=L%C3%AA+Th%E1%BB%8B+An").await;
    assert!(!unseen.text.contains("TP01"), "a look writes nothing");
    let csrf = admin.csrf().await;
    let fields = [("csrf", csrf), ("act", "faults"), ("carried", carried.as_str())];
    let faults = admin.post_parts("staff/import", &fields, "").await;
    assert_eq!(faults.status, StatusCode::OK);
    assert!(faults.kind.contains("spreadsheetml"), "{}", faults.kind);
    let fields = [("csrf", csrf), ("act", "apply"), ("carried", carried.as_str())];
    let taken = admin.post_parts("staff/import", &fields, "").await;
    assert!(taken.status == StatusCode::OK && taken.text.contains("KHONGCO"));
    assert!(admin.page("staff?q=le+thi+an").await.contains("TP01"));
    assert!(!admin.page("staff?q=vo+thi+em").await.contains("TP03"));
    let nothing = admin.post_file("staff/import", &[("act", "check")], "").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_person_is_taken_on_appointed_and_let_go_by_forms() {
    let seeded = Seeded::new().await;
    let admin = seeded.browser(seeded.people[&Role::Administrator]).await;
    let station = seeded.station.to_string();
    let person = |phone: &'static str| {
        vec![
            ("code", "TP09"),
            ("name", "Nguyễn Thị Chín"),
            ("phone", phone),
            ("unit", station.as_str()),
            ("role", "station_staff"),
            ("title", "Y sĩ"),
        ]
    };
    let wrong = admin.post("staff/new", &person("09")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Nguyễn Thị Chín"), "what was typed is still there");
    let right = admin.post("staff/new", &person("0903000009")).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
    let page = admin.page(&right.to).await;
    assert!(page.contains("Nguyễn Thị Chín") && page.contains("Ghi nhận thôi công tác"));
    let own = format!("staff/{}/posts", seeded.people[&Role::Administrator]);
    let leader = [("unit", station.as_str()), ("role", "district_leader"), ("title", "Lãnh đạo")];
    let own = admin.post(&own, &leader).await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(own.text.contains("Không tự giao chức vụ cho mình"), "{}", own.text);
    let gone = admin.post(&format!("{}/leave", right.to), &[("heir", "không có ai")]).await;
    assert_eq!(gone.status, StatusCode::UNPROCESSABLE_ENTITY);
    let gone = admin.post(&format!("{}/leave", right.to), &[]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_link_for_a_leader_is_confirmed_on_the_director_s_page() {
    let mut seeded = Seeded::new().await;
    seeded.fresh_link().await;
    let director = seeded.browser(seeded.people[&Role::CentreDirector]).await;
    let page = director.page("accounts/links").await;
    let link = seeded.ids["link"].clone();
    assert!(page.contains(&link) && page.contains("Kiểm tra mới") && page.contains("Xác nhận"));
    assert!(page.contains("href=\"/quan7demo/desk/accounts/links\""), "it stands in the rail");
    let done = director.post(&format!("accounts/links/{link}/release"), &[]).await;
    assert!(done.to.ends_with("/accounts/links"), "{}", done.status);
    assert!(!director.page("accounts/links").await.contains(&link));
    let admin = seeded.browser(seeded.people[&Role::Administrator]).await;
    let issued = admin.post(&format!("accounts/{}/recover", seeded.spare), &[]).await;
    assert_eq!(issued.status, StatusCode::OK);
    assert!(issued.text.contains("/desk/link/") && !issued.text.contains("chưa mở được"));
    for (act, word) in [("lock", "unlock"), ("unlock", "lock")] {
        let done = admin.post(&format!("accounts/{}/{act}", seeded.spare), &[]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        let page = admin.page(&format!("accounts/{}", seeded.spare)).await;
        assert!(page.contains(&format!("/{word}\"")), "{act}");
    }
    let twice = admin.post(&format!("accounts/{}/unlock", seeded.people[&Role::Administrator]), &[]).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn duty_is_planned_covered_and_given_away_by_forms() {
    let seeded = Seeded::new().await;
    let unit = seeded.station;
    let head = seeded.browser(seeded.head).await;
    let at = |path: &str| format!("rosters{path}?unit={unit}");
    let (nurse, spare) = (seeded.nurse().to_string(), seeded.spare.to_string());
    // Saturday and Sunday, which nobody has yet.
    let plan = [
        ("do", "save"),
        ("from", "2021-09-26"),
        ("rows", "1"),
        ("rotations", "0"),
        ("w0-day", "6"),
        ("w0-day", "7"),
        ("w0-name", "Ca ngày"),
        ("w0-start", "07:00"),
        ("w0-end", "19:00"),
        ("w0-post", "0"),
        ("w0-staff", nurse.as_str()),
    ];
    assert_eq!(head.post(&at("/plan"), &plan).await.to, format!("/quan7demo/desk/{}", at("")));
    let wrong = plan.map(|(name, value)| if name == "w0-start" { (name, "bảy giờ") } else { (name, value) });
    let seen = head.post(&at("/plan"), &wrong).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains("bảy giờ"), "what was typed is still there");
    let auditor = seeded.people[&Role::Auditor].to_string();
    let nobody = plan.map(|(name, value)| if name == "w0-staff" { (name, &*auditor) } else { (name, value) });
    let seen = head.post(&at("/plan"), &nobody).await;
    assert!(seen.status == StatusCode::UNPROCESSABLE_ENTITY && seen.text.contains("không trực được"));

    let page = head.page(&at("")).await;
    assert!(page.contains("Thiếu người trực") && page.contains("Ca ngày"), "nights are a gap");
    let mut cx = seeded.centre.system().await;
    let (from, zone) = (cx.now(), seeded.centre.tenant.timezone());
    let far = from + jiff::SignedDuration::from_hours(24 * 7);
    let duty = rosters::roster(&mut cx, unit, from, far).await.unwrap();
    let shift =
        duty.shifts.iter().find(|shift| shift.planned.start() > from && shift.staff.is_some()).unwrap();
    let (id, start) = (shift.id.to_string(), shift.planned.start().to_zoned(zone));
    drop(cx);
    let day = start.date().to_string();
    let cover = [
        ("shift", id.as_str()),
        ("staff", spare.as_str()),
        ("from", day.as_str()),
        ("from-time", "08:00"),
        ("until", day.as_str()),
        ("until-time", "10:00"),
    ];
    assert_eq!(head.post(&at("/do/cover"), &cover).await.status, StatusCode::SEE_OTHER);
    assert!(head.page(&at("")).await.contains("08:00–10:00"));
    let outside =
        cover.map(|(name, value)| if name == "until-time" { (name, "23:00") } else { (name, value) });
    let seen = head.post(&at("/do/cover"), &outside).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);

    let away = [
        ("staff", spare.as_str()),
        ("kind", "sick"),
        ("from", day.as_str()),
        ("from-time", "07:00"),
        ("until", day.as_str()),
        ("until-time", "09:00"),
    ];
    assert_eq!(head.post(&at("/do/absence"), &away).await.status, StatusCode::SEE_OTHER);
    assert!(head.page(&at("")).await.contains("Nghỉ ốm"));
    assert_eq!(head.post(&at("/do/swap"), &[("shift", "x")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let need =
        [("backups", "1"), ("when", "windows"), ("n0-day", "1"), ("n0-start", "07:00"), ("n0-end", "19:00")];
    assert_eq!(head.post(&at("/need"), &need).await.status, StatusCode::SEE_OTHER);
    assert_eq!(head.post(&at("/need"), &[("backups", "99")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let table = "Ngày,Ca trực,Từ,Đến,Họ và tên\n02/10/2021,Ca ngày,07:00,19:00,Người dự bị\n\
                 03/10/2021,Ca ngày,07:00,19:00,Người không có\n";
    let looked = head.post_file(&at("/import"), &[], table).await;
    assert!(looked.status == StatusCode::OK && looked.text.contains("Người không có"));
    let file = hidden(&looked.text, "file").unwrap();
    let broken = head.post(&at("/import/errors"), &[("file", &file)]).await;
    assert!(broken.kind.contains("spreadsheetml"));
    assert_eq!(head.post(&at("/import/apply"), &[("file", &file)]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        head.post(&at("/import/apply"), &[("file", "!")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );

    let feed = head.post(&at("/feeds"), &[("whose", "unit")]).await;
    let address = feed.text.split_once("/quan7demo/feeds/").unwrap().1.split(".ics").next().unwrap();
    let address = format!("/quan7demo/feeds/{address}.ics");
    let calendar = seeded.nobody().open(&address).await;
    assert!(calendar.kind.starts_with("text/calendar") && calendar.text.starts_with("BEGIN:VCALENDAR"));
    let revoke = head.page(&at("")).await;
    let (_, rest) = revoke.split_once("/desk/rosters/feeds/").unwrap();
    let id = rest.split('/').next().unwrap();
    assert_eq!(head.post(&format!("rosters/feeds/{id}/revoke"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(seeded.nobody().open(&address).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn gaps_of_every_unit_stand_on_the_director_s_page_and_numbers_on_their_own_unit_s() {
    let seeded = Seeded::new().await;
    let director = seeded.browser(seeded.people[&Role::CentreDirector]).await;
    let page = director.page("rosters").await;
    let here = format!("rosters?unit={}", seeded.station);
    let (_, watch) = page.split_once("id=\"watch\"").expect("the list over all units");
    assert!(watch.contains(&here), "the station has nights that nobody stands");
    let nurse = seeded.browser(seeded.nurse()).await;
    assert!(!nurse.page("rosters").await.contains("id=\"watch\""));
    // Monday morning the nurse stands; her number is for her own unit and those above.
    seeded.centre.advance(jiff::SignedDuration::from_hours(40)).await;
    for (role, reads) in [
        (Role::StationStaff, true),
        (Role::CentreDirector, true),
        (Role::Operator, true),
        (Role::WardLeader, true),
        (Role::Auditor, false),
    ] {
        let who = seeded.browser(seeded.people[&role]).await;
        let page = who.page(&here).await;
        assert!(page.contains("Người station_staff"), "{role}");
        assert_eq!(page.contains("tel:+84900000001"), reads, "{role}");
        let form = who.page(&here.replace("rosters?", "rosters/form?")).await;
        assert_eq!(form.contains("0900 000 001"), reads, "{role}");
    }
}

#[tokio::test]
async fn a_ladder_is_saved_by_its_form_and_a_bad_one_comes_back() {
    let seeded = Seeded::new().await;
    let director = seeded.browser(seeded.people[&Role::CentreDirector]).await;
    let ladder = |due: &'static str| {
        vec![
            ("do", "save"),
            ("name_vi", "Tin F0 thử"),
            ("name_en", "F0 news, a trial"),
            ("until", "accepted"),
            ("severity", "emergency"),
            ("clock", "calendar"),
            ("due", due),
            ("due-unit", "h"),
            ("levels", "1"),
            ("l0-who", "duty"),
            ("l0-at", "responsible"),
            ("l0-after", "60"),
            ("l0-after-unit", "s"),
            ("l0-channels", "desk"),
            ("l0-channels", "call"),
            ("l0-tone", "ring"),
        ]
    };
    let wrong = director.post("ladders/f0_news", &ladder("nhiều")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Tin F0 thử"), "what was typed is still there");
    let more = director.post("ladders/f0_news", &[&[("do", "add-level")], &ladder("2")[1..]].concat()).await;
    assert!(more.text.contains("name=\"l1-who\""), "a level more, and nothing saved");
    let right = director.post("ladders/f0_news", &ladder("2")).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER, "{}", right.text);
    assert!(director.page("ladders/f0_news").await.contains("Tin F0 thử"));
}
