//! Every route of the desk, visited as nobody, as somebody of another tenant, and as each role. The
//! list of `routes.rs` says who may; a route that is not in it, or is no longer, fails.

use crate::{
    browser::{Browser, Seen, hidden},
    routes::{
        May::{All, Here, HereBoth, HereOr, Nobody, Own, Signed, Tenant},
        ROUTES, Route,
        Sent::{File, Form, Page, Script},
    },
    seeded::Seeded,
};
use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use duty::{accounts, permissions::Action as A};
use kernel::{Actor, Role};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use testkit::routes::declared;

impl Route {
    /// The path as the router has it, for comparing: names of parameters do not count.
    fn template(&self) -> String {
        let path = match self.path.strip_prefix('!') {
            Some(path) => path.to_owned(),
            None => format!("/{{tenant}}/desk{}", self.path),
        };
        nameless(&path)
    }

    fn method(&self) -> &'static str {
        if self.sent == Page { "GET" } else { "POST" }
    }

    /// The address on this centre.
    fn address(&self, seeded: &Seeded) -> String {
        let path = match self.path.strip_prefix('!') {
            Some(path) => path.replace("{tenant}", "quan7demo"),
            None => format!("/quan7demo/desk{}", self.path),
        };
        let named = ["{act}", "{name}", "{slot}"].into_iter().find(|name| path.contains(name));
        let path = match named {
            Some(name) => path.replacen(name, self.act, 1),
            None => path + self.act,
        };
        filled(&path, seeded)
    }
}

fn nameless(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => {
                inside = true;
                out.push_str("{}");
            }
            '}' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

fn filled(text: &str, seeded: &Seeded) -> String {
    let mut text = text.to_owned();
    for (name, id) in &seeded.ids {
        text = text.replace(&format!("{{{name}}}"), id);
    }
    assert!(!text.contains('{'), "nothing seeded for {text}");
    text
}

fn lent(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

async fn visit(route: &Route, seeded: &Seeded, who: &Browser, csrf: &str) -> Seen {
    let address = route.address(seeded);
    let fields = |given: &[(&'static str, &'static str)]| -> Vec<(String, String)> {
        let own = given.iter().map(|(name, value)| ((*name).to_owned(), filled(value, seeded)));
        own.chain([("csrf".to_owned(), csrf.to_owned())]).collect()
    };
    match route.sent {
        Page => who.open(&address).await,
        // The passkey of a link comes as a form whose token a script puts into a header.
        Form(_) if route.path.ends_with("/passkey/start") => who.post_header(&address, csrf).await,
        Form(given) => who.post_bare(&address, &lent(&fields(given))).await,
        // An answer needs no picture, and a list is none.
        File(given) if ["/answer", "/resolve", "/new"].iter().any(|end| route.path.ends_with(end)) => {
            who.post_bare_with(&address, &lent(&fields(given)), ("", b"")).await
        }
        File(given) => who.post_parts(&address, &lent(&fields(given)), &seeded.ids["list"]).await,
        Script(body) => who.post_script(&address, csrf, body).await,
    }
}

async fn seeded() -> Seeded {
    let mut seeded = Seeded::new().await;
    let table = "Ngày,Ca trực,Từ,Đến,Họ và tên\n02/10/2021,Ca ngày,07:00,19:00,Người dự bị\n";
    seeded.put("roster_file", BASE64URL_NOPAD.encode(table.as_bytes()));
    seeded.put("rule", "calendar.holidays");
    seeded
}

async fn allowed(route: &Route, seeded: &Seeded, role: Role) -> bool {
    // A report and a gate stand before the ward alone, what is about a case before its station too, a
    // household before its care team besides.
    let units = [seeded.ward, seeded.station, seeded.team];
    let care = ["{household}", "{alert}"].iter().any(|id| route.path.contains(id));
    // With a ticket works only who is responsible for it; its ward may look on.
    let works = matches!(route.may, Here(action) if !matches!(action, A::TicketSee | A::TicketNote | A::MatterSee | A::MatterFile));
    let ticket = route.path.contains("{ticket}") || route.path.contains("{attempt}");
    let here = match (["{report}", "{gate}"].iter().any(|id| route.path.contains(id)), ticket && works) {
        (true, _) => &units[..1],
        (_, true) => &units[1..2],
        _ if care => &units[..],
        _ => &units[..2],
    };
    match route.may {
        All | Signed => true,
        Nobody => false,
        Own(own) => role == own,
        Tenant(action) => seeded.permits(role, action, None).await,
        Here(action) => seeded.permits(role, action, Some(here)).await,
        HereBoth(one, other) => {
            seeded.permits(role, one, Some(here)).await && seeded.permits(role, other, Some(here)).await
        }
        HereOr(action, own) => role == own || seeded.permits(role, action, Some(here)).await,
    }
}

fn refused(seen: &Seen) -> bool {
    matches!(seen.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN)
}

/// Whether a page came, or what was sent was judged.
fn answered(seen: &Seen) -> bool {
    let to_the_door = seen.status == StatusCode::SEE_OTHER && seen.to.contains("/sign-in");
    !refused(seen)
        && !to_the_door
        && seen.status != StatusCode::UNAUTHORIZED
        && !seen.status.is_server_error()
}

#[test]
fn no_route_is_forgotten_and_none_that_is_gone_is_named() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let declared: BTreeSet<_> =
        declared(&sources).into_iter().map(|(method, path)| (method, nameless(&path))).collect();
    let listed: BTreeSet<_> =
        ROUTES.iter().map(|route| (route.method().to_owned(), route.template())).collect();
    assert_eq!(declared.difference(&listed).collect::<Vec<_>>(), Vec::<&_>::new(), "not in the list");
    assert_eq!(listed.difference(&declared).collect::<Vec<_>>(), Vec::<&_>::new(), "no longer there");
}

#[tokio::test]
async fn nobody_and_another_tenant_s_people_are_sent_to_the_door() {
    let seeded = seeded().await;
    // The district beside it, with the same units and nobody of these people.
    let tenants = duty::tenants::find(&seeded.centre.store).await.unwrap();
    let (slug, other) = tenants.into_iter().find(|(slug, _)| slug == "quan7").unwrap();
    let mut cell = seeded.centre.store.cell().await.unwrap();
    sqlx::query("update tenants set demo = true").execute(cell.conn()).await.unwrap();
    cell.commit().await.unwrap();
    let mut cx = seeded.centre.store.begin(other.id, Actor::system("test")).await.unwrap();
    let someone = duty::staff::described("X1", "Người nơi khác", None, None, jiff::civil::date(2021, 1, 1));
    let someone = duty::staff::take_on(&mut cx, &someone.unwrap()).await.unwrap();
    let unit = duty::units::tree(&mut cx).await.unwrap().director();
    for role in [Role::CentreDirector, Role::Administrator] {
        let post = duty::staff::NewPost {
            staff: someone,
            unit,
            role,
            title: "Giám đốc".into(),
            title_en: "Director".into(),
            head: true,
            on_call: false,
            valid_from: jiff::civil::date(2021, 1, 1),
        };
        duty::staff::appoint(&mut cx, &post).await.unwrap();
    }
    cx.commit().await.unwrap();
    let signed = accounts::demo_sign_in(&seeded.centre.store, other.id, someone, "").await.unwrap();
    let foreign = Browser::with(seeded.app.clone(), format!("vx_session={}", signed.token));
    let mut wrong = Vec::new();
    for who in [&seeded.nobody(), &foreign] {
        for route in ROUTES {
            let seen = visit(route, &seeded, who, "").await;
            let right = match (route.may, route.sent) {
                (All, Page) => seen.status == StatusCode::OK,
                (All, _) => seen.status == StatusCode::FORBIDDEN,
                (_, Page) => seen.status == StatusCode::SEE_OTHER && seen.to.contains("/desk/sign-in"),
                (_, _) => {
                    matches!(seen.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
                        || (seen.status == StatusCode::SEE_OTHER && seen.to.contains("/desk/sign-in"))
                }
            };
            if !right {
                wrong.push(format!(
                    "{} {} {}: {} {}",
                    route.method(),
                    route.path,
                    route.act,
                    seen.status,
                    seen.to
                ));
            }
        }
    }
    // His own session, on his own tenant's paths, with the ids of this one: they are not there.
    for route in ROUTES.iter().filter(|route| route.sent == Page) {
        let ids = [
            "ticket}",
            "matter}",
            "report}",
            "case}",
            "import}",
            "spare}",
            "file}",
            "organisation}",
            "household}",
            "paper}",
            "alert}",
            "contact}",
            "place}",
            "cluster}",
            "patient}",
            "call}",
            "gate}",
        ];
        if !ids.iter().any(|id| route.path.contains(id)) {
            continue;
        }
        let address = route.address(&seeded).replacen("/quan7demo/", &format!("/{slug}/"), 1);
        let seen = foreign.open(&address).await;
        if !refused(&seen) {
            wrong.push(format!("{address}: {}", seen.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_role_opens_the_pages_of_its_table_and_no_others() {
    let seeded = seeded().await;
    let mut wrong = Vec::new();
    for role in Role::ALL {
        let who = seeded.browser(seeded.people[&role]).await;
        for route in ROUTES.iter().filter(|route| route.sent == Page) {
            let allowed = allowed(route, &seeded, role).await;
            let seen = visit(route, &seeded, &who, "").await;
            // Whether a brief of that evening was kept is for the board's own tests.
            let kept = seen.status == StatusCode::NOT_FOUND && route.path.starts_with("/brief/{day}");
            if (allowed && !answered(&seen) && !kept) || (!allowed && !refused(&seen)) {
                wrong.push(format!("{role} {} {}: {} {}", route.path, route.act, seen.status, seen.to));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn no_form_is_taken_without_its_token() {
    let seeded = seeded().await;
    let mut wrong = Vec::new();
    for role in [Role::StationStaff, Role::CentreDirector, Role::Administrator] {
        let who = seeded.browser(seeded.people[&role]).await;
        for route in ROUTES.iter().filter(|route| route.sent != Page) {
            for csrf in ["", "nothing"] {
                let seen = visit(route, &seeded, &who, csrf).await;
                if seen.status != StatusCode::FORBIDDEN {
                    wrong.push(format!("{role} {} {}: {} {}", route.path, route.act, seen.status, seen.to));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Sends the forms of these paths as every role, with the token of its own pages.
async fn every_role_sends(these: fn(&str) -> bool) {
    let mut seeded = seeded().await;
    let mut browsers = BTreeMap::new();
    for role in Role::ALL {
        browsers.insert(role, seeded.browser(seeded.people[&role]).await);
    }
    let mut wrong = Vec::new();
    let forms = ROUTES.iter().filter(|route| route.sent != Page && !matches!(route.may, All));
    for route in forms.filter(|route| these(route.path)) {
        for role in Role::ALL {
            let allowed = allowed(route, &seeded, role).await;
            // Whoever may spends what the form is about.
            if allowed || route.act == "forward" {
                fresh(route, &mut seeded).await;
            }
            if route.path == "/sign-out" {
                browsers.insert(role, seeded.browser(seeded.people[&role]).await);
            }
            let who = &browsers[&role];
            let csrf = who.csrf().await.to_owned();
            let seen = visit(route, &seeded, who, &csrf).await;
            if route.path == "/sign-out" {
                browsers.insert(role, seeded.browser(seeded.people[&role]).await);
            }
            let out = route.path == "/sign-out" && seen.status == StatusCode::SEE_OTHER;
            // What has been decided says so before it asks who asks.
            let spent = route.path.contains("{change}") || route.act == "pass-up";
            let decided = spent && seen.status == StatusCode::CONFLICT;
            let right = if allowed { answered(&seen) || out } else { refused(&seen) || decided };
            if !right {
                wrong.push(format!("{role} {} {}: {} {}", route.path, route.act, seen.status, seen.to));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn fresh(route: &Route, seeded: &mut Seeded) {
    if route.path.contains("{ticket}") || route.path.contains("{attempt}") {
        seeded.fresh_ticket().await;
    } else if route.path.contains("{report}") {
        seeded.fresh_report().await;
    } else if route.path.contains("{link}") {
        seeded.fresh_link().await;
    } else if route.path.contains("{delegation}") {
        seeded.fresh_delegation().await;
    }
}

fn is_ticket(path: &str) -> bool {
    ["/tickets", "/matters", "/rings"].iter().any(|area| path.starts_with(area))
}

fn is_news(path: &str) -> bool {
    [
        "/reports",
        "/cases",
        "/imports",
        "/households",
        "/alerts",
        "/samples",
        "/contacts",
        "/places",
        "/clusters",
        "/tracing",
    ]
    .iter()
    .any(|area| path.starts_with(area))
}

#[tokio::test]
async fn every_role_does_with_tickets_what_its_table_says_and_nothing_else() {
    every_role_sends(is_ticket).await;
}

#[tokio::test]
async fn every_role_does_with_reports_and_cases_what_its_table_says_and_nothing_else() {
    every_role_sends(is_news).await;
}

#[tokio::test]
async fn every_role_does_with_people_and_duty_what_its_table_says_and_nothing_else() {
    every_role_sends(|path| !is_ticket(path) && !is_news(path)).await;
}

#[tokio::test]
async fn forms_before_signing_in_are_taken_with_the_token_of_their_page() {
    let seeded = seeded().await;
    for page in ["sign-in".to_owned(), format!("link/{}", seeded.ids["token"])] {
        let first = seeded.nobody().open(&page).await;
        let cookie = first.cookies.iter().find(|cookie| cookie.starts_with("vx_door=")).unwrap();
        let who = Browser::with(seeded.app.clone(), cookie.split(';').next().unwrap());
        let csrf = hidden(&first.text, "csrf").unwrap();
        for route in ROUTES.iter().filter(|route| matches!(route.may, All) && route.sent != Page) {
            let seen = visit(route, &seeded, &who, &csrf).await;
            assert_ne!(seen.status, StatusCode::FORBIDDEN, "{page}: {}", route.path);
        }
    }
}
