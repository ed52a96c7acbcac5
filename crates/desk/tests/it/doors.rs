//! The way in and out, and one's own account, as a browser meets them.

use crate::{
    browser::{Browser, Seen, app, centre, hidden},
    seeded::Seeded,
};
use axum::http::StatusCode;
use duty::accounts;
use kernel::{Role, StaffId};
use pages::{App, Place};
use testkit::TestCentre;

/// A centre with a nurse in it, and the program before it.
struct House {
    centre: TestCentre,
    app: App,
    nurse: StaffId,
}

async fn house(place: Place) -> House {
    let centre = centre().await;
    let station = centre.unit("TPHONG.TYT").await;
    let nurse = centre.staff("Điều dưỡng").at(station, Role::StationStaff).head().create().await;
    House { app: app(&centre, place), centre, nurse }
}

/// The sign-in page in a new browser, which keeps the cookie it is given.
async fn at_the_door(app: &App, path: &str) -> (Browser, String, Seen) {
    let first = Browser::with(app.clone(), "").open(path).await;
    let cookie = first.cookies.iter().find(|cookie| cookie.starts_with("vx_door=")).unwrap();
    let who = Browser::with(app.clone(), cookie.split(';').next().unwrap());
    let csrf = hidden(&first.text, "csrf").unwrap();
    (who, csrf, first)
}

#[tokio::test]
async fn cookies_are_for_this_tenant_this_server_and_no_script() {
    for secure in [false, true] {
        let house = house(Place { demo: true, secure, ..Place::default() }).await;
        let (who, csrf, first) = at_the_door(&house.app, "sign-in").await;
        let link = {
            let admin = house.centre.unit("TTDH").await;
            let admin = house.centre.staff("Quản trị").at(admin, Role::Administrator).create().await;
            let mut cx = house.centre.as_staff(admin).await;
            let link = accounts::invite(&mut cx, house.nurse, "dieuduong").await.unwrap();
            cx.commit().await.unwrap();
            link
        };
        let offer = who.open(&format!("link/{link}")).await;
        assert_eq!(offer.status, StatusCode::OK);
        let wrong = [("csrf", csrf.as_str()), ("password", "bốn con vịt xòe"), ("again", "khác")];
        let seen = who.post_bare(&format!("link/{link}"), &wrong).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        let signed = accounts::demo_sign_in(&house.centre.store, house.centre.id(), house.nurse, "").await;
        assert!(signed.is_err(), "an invited account opens by its link alone");
        for cookie in &first.cookies {
            for part in ["HttpOnly", "SameSite=Lax", "Path=/quan7demo"] {
                assert!(cookie.contains(part), "{cookie}");
            }
            assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
        }
    }
}

#[tokio::test]
async fn too_many_wrong_passwords_are_told_to_wait() {
    let house = house(Place { demo: true, ..Place::default() }).await;
    let (who, csrf, _) = at_the_door(&house.app, "sign-in").await;
    let fields = [("csrf", csrf.as_str()), ("login", "dieuduong"), ("password", "sai"), ("code", "123456")];
    for _ in 0..20 {
        let seen = who.post_bare("sign-in", &fields).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(hidden(&seen.text, "csrf").is_some() && seen.text.contains("value=\"dieuduong\""));
        assert!(!seen.text.contains("value=\"sai\""), "a password never comes back");
    }
    assert_eq!(who.post_bare("sign-in", &fields).await.status, StatusCode::TOO_MANY_REQUESTS);
    let bare = [("login", "dieuduong")];
    assert_eq!(who.post_bare("sign-in", &bare).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn one_click_brings_in_at_a_demo_and_nobody_out_of_the_desk() {
    let seeded = Seeded::new().await;
    let (who, csrf, first) = at_the_door(&seeded.app, "sign-in?next=//evil.example/x").await;
    assert_eq!(hidden(&first.text, "next").unwrap(), "/quan7demo/desk");
    for (next, to) in [
        ("//evil.example/x", "/quan7demo/desk"),
        ("https://evil.example", "/quan7demo/desk"),
        ("/quan7demo/desk/cases", "/quan7demo/desk/cases"),
    ] {
        let seen = who.post_bare("sign-in/demo/nurse", &[("csrf", &csrf), ("next", next)]).await;
        assert_eq!((seen.status, seen.to.as_str()), (StatusCode::SEE_OTHER, to));
        let session = seen.cookies.iter().find(|cookie| cookie.starts_with("vx_session=")).unwrap();
        assert!(
            session.contains("HttpOnly; SameSite=Lax") && session.contains("Path=/quan7demo;"),
            "{session}"
        );
        let inside = Browser::with(seeded.app.clone(), session.split(';').next().unwrap());
        assert_eq!(inside.open("account").await.status, StatusCode::OK);
        let out = inside.post("sign-out", &[]).await;
        assert!(
            out.to.ends_with("/desk/sign-in") && out.cookies[0].contains("Max-Age=0"),
            "{:?}",
            out.cookies
        );
        assert_eq!(inside.open("account").await.status, StatusCode::SEE_OTHER);
    }
    let seen = who.post_bare("sign-in/demo/nobody", &[("csrf", &csrf)]).await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
    // Back to the page that was asked for, after the door.
    let seen = seeded.nobody().open("reports?q=a&b").await;
    assert!(seen.to.ends_with("/desk/sign-in?next=/quan7demo/desk/reports%3Fq%3Da%26b"), "{}", seen.to);
}

#[tokio::test]
async fn outside_a_demo_there_is_no_such_button() {
    let house = house(Place::default()).await;
    let (who, csrf, first) = at_the_door(&house.app, "sign-in").await;
    assert!(!first.text.contains("sign-in/demo/"));
    let seen = who.post_bare("sign-in/demo/nurse", &[("csrf", &csrf)]).await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn one_s_own_account_is_kept_by_its_forms() {
    let seeded = Seeded::new().await;
    let nurse = seeded.browser(seeded.nurse()).await;
    let english = [("language", "en"), ("theme", "dark"), ("quiet_from", "22:00"), ("quiet_to", "06:00")];
    let seen = nurse.post("account/preferences", &english).await;
    assert!(seen.to.ends_with("account#preferences"), "{} {}", seen.status, seen.to);
    assert!(seen.cookies.iter().any(|cookie| cookie.starts_with("vx_lang=en")));
    let page = nurse.page("account").await;
    assert!(page.contains("lang=\"en\"") && page.contains("value=\"22:00\""));
    let half = [("language", "vi"), ("theme", "auto"), ("quiet_from", "22:00")];
    let seen = nurse.post("account/preferences", &half).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains("value=\"22:00\""), "what was typed is still there");
    let seen = nurse.post("account/password", &[("current", "x"), ("password", "a"), ("again", "b")]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(nurse.post("account/seen", &[]).await.status, StatusCode::SEE_OTHER);

    // Another window of the same person, ended from this one.
    let other = seeded.browser(seeded.nurse()).await;
    let page = nurse.page("account").await;
    let ends: Vec<&str> = page
        .split("action=\"")
        .filter_map(|rest| rest.split('"').next())
        .filter(|action| action.contains("/account/sessions/"))
        .collect();
    assert!(!ends.is_empty());
    for end in ends {
        nurse.post(end, &[]).await;
    }
    assert_eq!(other.open("account").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_head_of_a_station_lets_somebody_act_for_him_and_his_rings_are_heard() {
    let seeded = Seeded::new().await;
    let head = seeded.browser(seeded.head).await;
    assert!(head.page("account").await.contains("account/delegations"));
    let nurse = seeded.browser(seeded.nurse()).await;
    assert!(!nurse.page("account").await.contains("action=\"/quan7demo/desk/account/delegations\""));
    let mut cx = seeded.centre.system().await;
    let clerk = seeded.people[&Role::DepartmentOfficial];
    let code = duty::staff::of(&mut cx, &[clerk]).await.unwrap()[&clerk].code.clone();
    drop(cx);
    let seen = head.post("account/delegations", &[("deputy", code.as_str()), ("decision", "12/QĐ")]).await;
    assert!(seen.to.ends_with("account#delegations"), "{}", seen.text);
    let seen = head.post("account/delegations", &[("deputy", "không có ai")]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains("không có ai"));

    let clerk = seeded.browser(clerk).await;
    let before = clerk.page("tickets").await;
    let ticket = seeded.ids["ticket"].as_str();
    assert!(!before.contains(ticket));
    let seen = clerk.post("account/acting", &[("leader", &seeded.head.to_string())]).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    // Queue and counter are the leader's as well.
    let acting = clerk.page("tickets").await;
    assert!(acting.contains(ticket) && acting.contains("Trưởng trạm"));
    assert_eq!(clerk.post("account/acting/stop", &[]).await.status, StatusCode::SEE_OTHER);
    assert!(!clerk.page("tickets").await.contains(ticket));
}

#[tokio::test]
async fn what_was_typed_when_the_session_ended_is_sent_again_after_signing_in() {
    let seeded = Seeded::new().await;
    let nurse = seeded.browser(seeded.nurse()).await;
    let path = format!("tickets/{}/note", seeded.ids["ticket"]);
    let typed = [("csrf", nurse.csrf().await), ("text", "Đã đến nơi <b>lúc</b> 3 giờ\nvà gọi lại sau.")];
    nurse.post("sign-out", &[]).await;
    let kept = nurse.post_bare(&path, &typed).await;
    assert_eq!(kept.status, StatusCode::UNAUTHORIZED);
    assert!(
        kept.text.contains("Phiên làm việc đã hết") && kept.text.contains("&#60;b&#62;lúc"),
        "{}",
        kept.text
    );
    let door = kept.cookies.iter().find(|cookie| cookie.starts_with("vx_door=")).unwrap();
    let door = door.split(';').next().unwrap();
    let csrf = hidden(&kept.text, "csrf").unwrap();
    let again = [("csrf", csrf.as_str()), ("sent_again", "1"), ("text", typed[1].1)];
    // Not signed in yet: it is kept once more.
    let early = Browser::with(seeded.app.clone(), door).post_bare(&path, &again).await;
    assert_eq!(early.status, StatusCode::UNAUTHORIZED);
    let signed = accounts::demo_sign_in(&seeded.centre.store, seeded.centre.id(), seeded.nurse(), "");
    let session = format!("vx_session={}", signed.await.unwrap().token);
    let both = Browser::with(seeded.app.clone(), format!("{door}; {session}"));
    let sent = both.post_bare(&path, &again).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert!(both.page(&format!("tickets/{}", seeded.ids["ticket"])).await.contains("Đã đến nơi"));
    // A page of somebody else's making does not know this browser's door.
    let forged = [("csrf", "AAAA"), ("sent_again", "1"), ("text", "giả mạo")];
    assert_eq!(both.post_bare(&path, &forged).await.status, StatusCode::FORBIDDEN);
    let without = Browser::with(seeded.app.clone(), session);
    assert_eq!(without.post_bare(&path, &again).await.status, StatusCode::FORBIDDEN);
}
