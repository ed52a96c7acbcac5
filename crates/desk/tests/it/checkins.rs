//! Two gates scan; the chair looks at the board, the nurse asks who was at the market, and a list leaves the house
//! when a second person agrees. Where an F0 was, and who was there with him, goes into his tracing.

use crate::browser::{Browser, centre, hrefs};
use axum::http::StatusCode;
use health::{
    cards::Colour,
    cases::{self, Care, Classification, NewCase, TestKind},
    checkins::{Fold, Intake},
    gates::{self, By, Direction, NewGate, Scan},
    passes::{self, NewPass, Whose},
    people::{self, NewPerson},
    places::{self, NewPlace},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    CaseId, GateId, IdMaker, PersonId, PlaceId, Role, UnitId, citizen_id::CitizenId, names::PersonName,
};
use testkit::TestCentre;
use tokio::sync::watch;
use uuid::Uuid;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

struct Gates {
    centre: TestCentre,
    intake: Intake,
    ward: UnitId,
    market: GateId,
    _stop: watch::Sender<bool>,
}

impl Gates {
    async fn open() -> Self {
        let centre = centre().await;
        let ward = centre.unit("TPHONG").await;
        let intake = Intake::new(centre.store.clone());
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(intake.clone().run(stopping));
        let mut cx = centre.system().await;
        let gate = |name: &str| NewGate {
            name: name.into(),
            kind: Some(gates::Kind::Market),
            unit: Some(ward),
            capacity: "100".into(),
            role: Some(gates::Role::Visitor),
            ..NewGate::default()
        };
        let market = gates::make(&mut cx, &gate("Chợ Tân Phong")).await.unwrap();
        gates::make(&mut cx, &gate("Chốt cầu Rạch Ông")).await.unwrap();
        cx.commit().await.unwrap();
        Self { centre, intake, ward, market, _stop: stop }
    }

    /// Somebody's citizen card, or a pass that nobody here knows.
    fn scan(&self, at: Timestamp, by: By, number: &str) -> Scan {
        Scan {
            key: IdMaker::default().next(at, self.centre.store.rng()),
            at,
            from_future: false,
            gate: self.market,
            direction: Direction::In,
            by,
            number: Some(number.into()),
            colour: Colour::Green,
            reasons: vec!["gate-has-doses".into()],
            rules: None,
            picked_of: None,
        }
    }

    async fn put(&self, scans: Vec<Scan>) {
        self.intake.put(self.centre.id(), None, scans).await.unwrap();
        let fold = Fold::new(self.centre.store.clone());
        while fold.fold(self.centre.id()).await.unwrap() > 0 {}
    }

    /// An F0 whose citizen's number is on record.
    async fn f0(&self) -> CaseId {
        let new = NewCase {
            form_key: Uuid::from_u128(1),
            full_name: "Trần Thị Bích".into(),
            birth: "1985".into(),
            sex: None,
            citizen_id: "079185012345".into(),
            phone: "0900555101".into(),
            no_phone_reason: None,
            address: "1 Đường số 15".into(),
            ward: Some(self.ward),
            classification: Classification::Confirmed,
            basis: TestKind::Rapid,
            sample_on: "24/9/2021".into(),
            result_on: String::new(),
            reported_at: None,
            symptoms: Vec::new(),
            care: Care::Home,
            note: String::new(),
        };
        let mut cx = self.centre.system().await;
        let case = cases::record(&mut cx, &self.centre.tenant, &new).await.unwrap().case;
        cx.commit().await.unwrap();
        case
    }

    /// Somebody of the ward whose citizen's number is on record.
    async fn neighbour(&self, number: &str) -> PersonId {
        let new = NewPerson {
            name: PersonName::parse("Lê Văn Gần").unwrap(),
            birth: None,
            sex: None,
            citizen_id: Some(CitizenId::parse(number).unwrap()),
            phone: None,
            address: None,
            ward: Some(self.ward),
            ward_guessed: false,
            quarter: None,
            import: None,
        };
        let mut cx = self.centre.system().await;
        let person = people::enrol(&mut cx, &new).await.unwrap();
        cx.commit().await.unwrap();
        person
    }

    /// The gate is the door of a place on record.
    async fn stands_at_a_place(&self) -> PlaceId {
        let new = NewPlace {
            name: "Chợ đầu mối".into(),
            kind: Some(places::Kind::Market),
            ward: Some(self.ward),
            ..NewPlace::default()
        };
        let mut cx = self.centre.system().await;
        let (place, _) = places::record(&mut cx, &new).await.unwrap();
        sqlx::query("update gates set place_id = $1 where id = $2")
            .bind(place.uuid())
            .bind(self.market.uuid())
            .execute(cx.conn())
            .await
            .unwrap();
        cx.commit().await.unwrap();
        place
    }

    async fn browser(&self, code: &str, role: Role) -> Browser {
        let unit = self.centre.unit(code).await;
        let staff = self.centre.staff(role.as_str()).at(unit, role).create().await;
        Browser::of(&self.centre, staff).await
    }
}

#[tokio::test]
async fn the_board_counts_what_gates_scan_and_every_figure_opens() {
    let gates = Gates::open().await;
    let chair = gates.browser("TPHONG", Role::WardLeader).await;
    let empty = chair.page("checkins").await;
    assert!(empty.contains("Chưa có lượt quét nào") && empty.contains("Chưa cấp mã nào"));
    assert!(empty.contains("Chốt cầu Rạch Ông") && empty.contains("chưa quét lần nào"));

    let mut cx = gates.centre.system().await;
    passes::issue(&mut cx, &NewPass { whose: Whose::Neighbourhood(gates.ward), code: false }).await.unwrap();
    passes::count(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    let now = gates.centre.clock.now();
    let red = Scan {
        colour: Colour::Red,
        reasons: vec!["gate-revoked".into(), "gate-lacks-doses".into()],
        ..gates.scan(now, By::Pass, "aaaaaaaaaaaaaaaa")
    };
    let green = gates.scan(now - MINUTE, By::Pass, "bbbbbbbbbbbbbbbb");
    gates.put(vec![gates.scan(now, By::Identity, "079185012345"), green, red]).await;

    let page = chair.page("checkins").await;
    assert!(page.contains("67 % lượt quét hôm nay") && page.contains("2 / 100"));
    assert!(page.contains("Chưa đủ mũi tiêm") && page.contains("Mã không còn hiệu lực"));
    assert!(page.contains("dưới 0,1 lượt mỗi phút"), "three scans of an hour are not none");
    assert!(page.contains("Dùng mã đã thu hồi") && page.contains("Khu phố, tổ, phường"));
    assert!(page.contains("data-refresh=\"checkins gates\""));
    // The market has just scanned; the other gate never has.
    let silent = page.split("id=\"silent\"").nth(1).unwrap();
    assert!(silent.contains("Chốt cầu Rạch Ông") && !silent.contains("Chợ Tân Phong"));
    for href in hrefs(&page, "/checkins/gates?") {
        let by_gate = chair.page(&href).await;
        let second = now.as_second() - now.as_second().rem_euclid(60);
        let empty_minute = href.contains("minute=")
            && ![second, second - 60].iter().any(|at| href.ends_with(&at.to_string()));
        let yellow = href.ends_with("colour=yellow");
        assert_eq!(by_gate.contains("Chợ Tân Phong"), !empty_minute && !yellow, "{href}");
    }
    let refused = chair.page("checkins/gates?reason=gate-lacks-doses").await;
    assert_eq!(hrefs(&refused, &format!("/gates/{}", gates.market)).len(), 1);
    let csv = chair.open("checkins/csv").await;
    assert!(csv.kind.starts_with("text/csv") && csv.text.lines().count() == 61, "{}", csv.text);
    assert!(chair.open("checkins/gates/csv").await.text.contains("Chợ Tân Phong"));
    // A minute of long ago and a reason of nobody's are no pages that break.
    assert_eq!(chair.open("checkins/gates?minute=morgen").await.status, StatusCode::NOT_FOUND);
    assert_eq!(chair.open("checkins/gates?reason=gate-of-dawn").await.status, StatusCode::NOT_FOUND);
    // A ticket stands behind an alert.
    let ticket = hrefs(&page, "/tickets/").remove(0);
    assert_eq!(chair.open(&ticket).await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_was_at_the_market_is_asked_for_a_reason_and_leaves_the_house_by_two() {
    let gates = Gates::open().await;
    gates.f0().await;
    let now = gates.centre.clock.now();
    let card = gates.scan(now - MINUTE * 30, By::Identity, "079185012345");
    gates.put(vec![card, gates.scan(now - MINUTE * 20, By::Pass, "bbbbbbbbbbbbbbbb")]).await;
    let nurse = gates.browser("TPHONG.TYT", Role::StationStaff).await;
    let form = nurse.page(&format!("checkins/visits?gate={}", gates.market)).await;
    let spot = format!("gate:{}", gates.market);
    assert!(form.contains(&format!("value=\"{spot}\" selected")) && form.contains("Chốt cầu Rạch Ông"));
    assert!(!nurse.page("checkins/visits?q=rach").await.contains("Chợ Tân Phong"));

    let asked = [("spot", &*spot), ("from", "25/9/2021 00:00"), ("to", "26/9/2021 00:00")];
    let nameless = nurse.post("checkins/visits", &[&asked[..], &[("why", "")]].concat()).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nameless.text.contains("href=\"#why\""));
    let no_time = [("spot", &*spot), ("from", "25/9/2021"), ("to", "x"), ("why", "F0 ở chợ")];
    let no_time = nurse.post("checkins/visits", &no_time).await;
    assert!(no_time.text.contains("href=\"#from\"") && no_time.text.contains("href=\"#to\""));
    let asked = [&asked[..], &[("why", "F0 ở chợ sáng nay")]].concat();
    let seen = nurse.post("checkins/visits", &asked).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
    assert!(seen.text.contains("Trần Thị Bích") && seen.text.contains("Không rõ là ai"));
    assert!(!seen.text.contains("079185012345") && !seen.text.contains("0900555101"));

    let done = nurse.post("checkins/exports", &asked).await;
    assert!(done.to.ends_with("?done=asked"), "{} {}", done.status, done.text);
    let mine = nurse.page(&done.to).await;
    assert!(mine.contains("Chờ người thứ hai") && !mine.contains("Chờ anh/chị quyết định"));

    let chair = gates.browser("TPHONG", Role::WardLeader).await;
    let waiting = chair.page("checkins/exports").await;
    assert!(waiting.contains("F0 ở chợ sáng nay") && waiting.contains("Chợ Tân Phong"));
    let approve = actions(&waiting, "/approve").remove(0);
    let refuse = approve.replace("/approve", "/refuse");
    let unsaid = chair.post(&refuse, &[("why", " ")]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    let file = approve.replace("/approve", "/file");
    assert_eq!(nurse.post(&file, &[]).await.status, StatusCode::CONFLICT);
    assert!(chair.post(&approve, &[]).await.to.ends_with("?done=approved"));

    let mine = nurse.page("checkins/exports").await;
    assert_eq!(actions(&mine, "/file").len(), 1);
    let made = nurse.post(&file, &[]).await;
    assert!(made.disposition.contains(".csv") && made.text.contains("Trần Thị Bích"), "{}", made.text);
    // It is his who asked, and nobody else's.
    assert_eq!(chair.post(&file, &[]).await.status, StatusCode::NOT_FOUND);
    // Who only answers tickets of the ward asks for nobody's ways.
    let clerk = gates.browser("TPHONG", Role::WardOfficial).await;
    assert_eq!(clerk.open("checkins/visits").await.status, StatusCode::FORBIDDEN);
    assert_eq!(clerk.post("checkins/visits", &asked).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn whoever_was_at_the_market_with_an_f0_is_ticked_and_stands_on_his_list_once() {
    const NEIGHBOUR: &str = "079090000011";
    let gates = Gates::open().await;
    let (case, place) = (gates.f0().await, gates.stands_at_a_place().await);
    let neighbour = gates.neighbour(NEIGHBOUR).await.to_string();
    let card = |number: &str, direction, ago: i32| {
        let at = gates.centre.clock.now() - MINUTE * ago;
        Scan { direction, ..gates.scan(at, By::Identity, number) }
    };
    let scans = vec![
        card("079185012345", Direction::In, 120),
        card("079185012345", Direction::Out, 60),
        card(NEIGHBOUR, Direction::In, 90),
        card(NEIGHBOUR, Direction::Out, 30),
        gates.scan(gates.centre.clock.now() - MINUTE, By::Pass, "bbbbbbbbbbbbbbbb"),
    ];
    gates.put(scans).await;
    let nurse = gates.browser("TPHONG.TYT", Role::StationStaff).await;

    // From the case: where it was scanned, for a reason.
    let page = nurse.page(&format!("cases/{case}")).await;
    let stops = hrefs(&page, &format!("/cases/{case}/checkins")).remove(0);
    assert!(nurse.page(&stops).await.contains("Xem nơi đã quét mã"));
    let nameless = nurse.post(&stops, &[("why", " ")]).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    let seen = nurse.post(&stops, &[("why", "Truy vết ca mới")]).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
    assert!(seen.text.contains("Chợ Tân Phong") && seen.text.contains("05:05 – 06:05"), "{}", seen.text);
    assert!(seen.text.contains("Ghi các nơi, các ngày chưa có vào truy vết (1)"));
    let who = hrefs(&seen.text, "/checkins/visits?").remove(0);
    let take = actions(&seen.text, "/checkins/take").remove(0);
    let taken = nurse.post(&take, &[("why", "Truy vết ca mới")]).await;
    assert!(taken.to.contains("?done=checkins#"), "{}", taken.to);
    assert!(nurse.page(&format!("cases/{case}?done=checkins")).await.contains("Chợ đầu mối"));
    let again = nurse.post(&take, &[("why", "Truy vết ca mới")]).await;
    assert!(again.to.contains("?done=checkins-known#"), "{}", again.to);

    // From there: who was there with it.
    let form = nurse.page(&who).await;
    let spot = format!("place:{place}");
    assert!(form.contains(&format!("value=\"{spot}\" selected")), "{form}");
    assert!(form.contains(&format!("value=\"{case}\" selected")), "{form}");
    let id = case.to_string();
    let asked = [
        ("spot", &*spot),
        ("from", "25/9/2021 00:00"),
        ("to", "26/9/2021 00:00"),
        ("why", "F0 ở chợ sáng nay"),
        ("case", &*id),
    ];
    let seen = nurse.post("checkins/visits", &asked).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
    assert!(seen.text.contains("Lê Văn Gần") && seen.text.contains("30 phút"), "{}", seen.text);
    assert!(seen.text.contains("Đưa vào danh sách tiếp xúc của ca Trần Thị Bích"));
    assert!(seen.text.contains("1 mã trung tâm chưa biết là của ai"));
    assert!(!seen.text.contains(NEIGHBOUR));

    let to = actions(&seen.text, "/visits/contacts").remove(0);
    let nobody = nurse.post(&to, &asked).await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nobody.text.contains("href=\"#person\""));
    let ticked = [&asked[..], &[("person", &*neighbour)]].concat();
    let done = nurse.post(&to, &ticked).await;
    assert!(done.text.contains("Đã đưa 1 người vào danh sách phải liên hệ."), "{}", done.text);
    assert!(done.text.contains("Đã có: Chưa liên hệ"));
    let again = nurse.post(&to, &ticked).await;
    assert!(again.text.contains("1 người đã có trong danh sách, không ghi lần thứ hai."), "{}", again.text);
    let page = nurse.page(&format!("cases/{case}")).await;
    assert!(page.contains("Lượt ra vào · Chợ Tân Phong, vào 25/09/2021 05:35"), "{page}");
    assert!(page.contains("ghi 1 người tiếp xúc theo lượt ra vào"));
    assert!(nurse.page("contacts").await.contains("Lê Văn Gần"));

    // The chair reads check-ins and traces nobody.
    let chair = gates.browser("TPHONG", Role::WardLeader).await;
    assert!(!chair.page("checkins/visits").await.contains("name=\"case\""));
    assert_eq!(chair.post(&to, &ticked).await.status, StatusCode::FORBIDDEN);
    assert_eq!(chair.post("checkins/visits", &asked).await.status, StatusCode::FORBIDDEN);
    assert_eq!(chair.open(&stops).await.status, StatusCode::FORBIDDEN);
}

/// Where forms of a page are sent whose address ends so.
fn actions(page: &str, end: &str) -> Vec<String> {
    let actions = page.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    actions.filter(|action| action.ends_with(end)).map(str::to_owned).collect()
}
