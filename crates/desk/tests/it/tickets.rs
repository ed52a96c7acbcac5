//! The forms of a ticket, sent as a browser sends them.

use crate::browser::{Browser, Seen, centre, hidden, hrefs};
use axum::http::StatusCode;
use duty::tickets::{self, Opened, State, Ticket};
use jiff::SignedDuration;
use kernel::{Role, StaffId, TicketId, UnitId};
use store::events;
use testkit::TestCentre;

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n";

/// The people of Tân Phong and of elsewhere, and news of an F0.
struct Day {
    centre: TestCentre,
    nurse: StaffId,
    officer: StaffId,
    clerk: StaffId,
    chair: StaffId,
    leader: StaffId,
    stranger: StaffId,
    opened: Opened,
}

async fn day() -> Day {
    let centre = centre().await;
    let unit = async |code| centre.unit(code).await;
    let (station, ward, police) = (unit("TPHONG.TYT").await, unit("TPHONG").await, unit("TPHONG.CA").await);
    let person = async |name, unit: UnitId, role| centre.staff(name).at(unit, role).on_duty().create().await;
    let nurse = person("Trực trạm", station, Role::StationStaff).await;
    let officer = person("Trực công an", police, Role::WardOfficial).await;
    let clerk = person("Trực ủy ban", ward, Role::WardOfficial).await;
    let chair = centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).head().create().await;
    let leader = person("Lãnh đạo trực", unit("LDQ").await, Role::DistrictLeader).await;
    let stranger = person("Cán bộ Phú Mỹ", unit("PMY").await, Role::WardLeader).await;
    let opened = news(&centre, 1).await;
    Day { centre, nurse, officer, clerk, chair, leader, stranger, opened }
}

async fn news(centre: &TestCentre, object: u128) -> Opened {
    let ward = centre.unit("TPHONG").await;
    centre.news(ward, object).await
}

impl Day {
    async fn browser(&self, staff: StaffId) -> Browser {
        Browser::of(&self.centre, staff).await
    }

    /// The station's, the committee's, the police's ticket.
    fn id(&self, index: usize) -> TicketId {
        self.opened.tickets[index]
    }

    fn at(&self, index: usize, act: &str) -> String {
        format!("tickets/{}/{act}", self.id(index))
    }

    async fn ticket(&self, index: usize) -> Ticket {
        let mut cx = self.centre.system().await;
        tickets::ticket(&mut cx, self.id(index)).await.unwrap().0
    }

    /// How often the record says something of a ticket.
    async fn times(&self, index: usize, kind: &str) -> usize {
        let mut cx = self.centre.system().await;
        let story = events::of_object(&mut cx, self.id(index).uuid()).await.unwrap();
        story.iter().filter(|event| event.kind == kind).count()
    }

    /// A good form: back to the ticket.
    fn went_back(&self, index: usize, seen: &Seen) {
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
        assert_eq!(seen.to, format!("/quan7demo/desk/tickets/{}", self.id(index)));
    }
}

/// A form that came back: what is wrong stands beside the field.
fn came_back(seen: &Seen, name: &str) {
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", seen.text);
    assert!(seen.text.contains(&format!("href=\"#{name}\"")), "{name} is named in the summary");
    let (_, after) = seen.text.split_once(&format!("id=\"{name}\"")).expect("the field is there");
    assert!(after.contains("invalid-feedback"), "{name} says what is wrong");
}

#[tokio::test]
async fn a_ticket_is_accepted_once() {
    let day = day().await;
    let nurse = day.browser(day.nurse).await;
    day.went_back(0, &nurse.post(&day.at(0, "accept"), &[]).await);
    assert_eq!(nurse.post(&day.at(0, "accept"), &[]).await.status, StatusCode::CONFLICT);
    assert_eq!(
        (day.ticket(0).await.accepted_by, day.times(0, "ticket.accepted").await),
        (Some(day.nurse), 1)
    );
}

#[tokio::test]
async fn a_form_without_its_token_does_nothing() {
    let day = day().await;
    let nurse = day.browser(day.nurse).await;
    let kind = "application/x-www-form-urlencoded";
    let seen = nurse.send_raw(&day.at(0, "accept"), kind, b"csrf=stolen".to_vec()).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
    assert_eq!(day.ticket(0).await.state, State::Open);
}

#[tokio::test]
async fn a_note_needs_words_and_keeps_what_was_typed() {
    let day = day().await;
    let clerk = day.browser(day.clerk).await;
    came_back(&clerk.post(&day.at(1, "note"), &[("text", "  ")]).await, "text");
    let long = "ơ".repeat(2001);
    let seen = clerk.post(&day.at(1, "note"), &[("text", &long)]).await;
    came_back(&seen, "text");
    assert!(seen.text.contains(&long), "nothing typed is lost");
    day.went_back(1, &clerk.post(&day.at(1, "note"), &[("text", "Đã <b>gọi</b> lại")]).await);
    assert!(clerk.page(&format!("tickets/{}", day.id(1))).await.contains("Đã &#60;b&#62;gọi"));
}

#[tokio::test]
async fn pass_up_pressed_twice_passes_up_once() {
    let day = day().await;
    let clerk = day.browser(day.clerk).await;
    let form = clerk.page(&day.at(1, "pass-up")).await;
    let rung = hidden(&form, "rung").unwrap();
    let long = "a".repeat(2001);
    came_back(&clerk.post(&day.at(1, "pass-up"), &[("rung", &rung), ("text", &long)]).await, "text");
    for _ in 0..2 {
        let pressed =
            clerk.post(&day.at(1, "pass-up"), &[("rung", &rung), ("text", "Ngoài thẩm quyền")]).await;
        day.went_back(1, &pressed);
        day.centre.settle().await;
    }
    assert_eq!((day.ticket(1).await.level, day.times(1, "ticket.passed_up").await), (1, 1));
    // A form that does not say which level it is about is no decision.
    assert_eq!(clerk.post(&day.at(1, "pass-up"), &[]).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_forward_names_a_unit_and_says_why() {
    let day = day().await;
    let clerk = day.browser(day.clerk).await;
    let to = day.centre.unit("BTHUAN").await.to_string();
    let why = "Nhà thuộc Phường Bình Thuận";
    let seen = clerk.post(&day.at(1, "forward"), &[("unit", ""), ("text", why)]).await;
    came_back(&seen, "unit");
    assert!(seen.text.contains(why), "nothing typed is lost");
    let seen = clerk.post(&day.at(1, "forward"), &[("unit", &to), ("text", "")]).await;
    came_back(&seen, "text");
    assert!(seen.text.contains(&format!("value=\"{to}\" selected")), "nor what was chosen");
    day.went_back(1, &clerk.post(&day.at(1, "forward"), &[("unit", &to), ("text", why)]).await);
    assert_eq!(day.ticket(1).await.unit.map(|unit| unit.to_string()), Some(to.clone()));
    // It is another unit's now.
    let again = clerk.post(&day.at(1, "forward"), &[("unit", &to), ("text", why)]).await;
    assert_eq!((again.status, day.times(1, "ticket.forwarded").await), (StatusCode::FORBIDDEN, 1));
}

#[tokio::test]
async fn a_ticket_is_given_to_somebody_of_a_unit_that_owes_it() {
    let day = day().await;
    let chair = day.browser(day.chair).await;
    came_back(&chair.post(&day.at(1, "assign"), &[("staff", "")]).await, "staff");
    let elsewhere = day.officer.to_string();
    came_back(&chair.post(&day.at(1, "assign"), &[("staff", &elsewhere)]).await, "staff");
    let clerk = day.clerk.to_string();
    for _ in 0..2 {
        day.went_back(1, &chair.post(&day.at(1, "assign"), &[("staff", &clerk)]).await);
    }
    assert_eq!((day.ticket(1).await.assignee, day.times(1, "ticket.assigned").await), (Some(day.clerk), 1));
}

#[tokio::test]
async fn a_pause_is_asked_for_approved_and_taken_back() {
    let day = day().await;
    let (clerk, chair, leader) =
        (day.browser(day.clerk).await, day.browser(day.chair).await, day.browser(day.leader).await);
    day.went_back(1, &clerk.post(&day.at(1, "accept"), &[]).await);
    let (approver, himself) = (day.chair.to_string(), day.clerk.to_string());
    let why = "Chờ kết quả xét nghiệm";
    let ask = |hours, approver, why| [("hours", hours), ("approver", approver), ("text", why)];
    let seen = clerk.post(&day.at(1, "pause"), &ask("nhiều", &approver, why)).await;
    came_back(&seen, "hours");
    assert!(seen.text.contains(why) && seen.text.contains("value=\"nhiều\""), "nothing typed is lost");
    came_back(&clerk.post(&day.at(1, "pause"), &ask("241", &approver, why)).await, "hours");
    came_back(&clerk.post(&day.at(1, "pause"), &ask("5", "", why)).await, "approver");
    came_back(&clerk.post(&day.at(1, "pause"), &ask("5", &himself, why)).await, "approver");
    came_back(&clerk.post(&day.at(1, "pause"), &ask("5", &approver, "")).await, "text");
    for _ in 0..2 {
        day.went_back(1, &clerk.post(&day.at(1, "pause"), &ask("5", &approver, why)).await);
    }
    assert_eq!((day.ticket(1).await.state, day.times(1, "ticket.pause_asked").await), (State::Accepted, 1));

    // The approver finds it in his list, and the buttons on its page; nobody else has them.
    let waits = format!("tickets/{}", day.id(1));
    assert!(chair.page("tickets").await.contains("Chờ anh/chị duyệt tạm dừng"));
    assert!(!leader.page("tickets").await.contains("Chờ anh/chị duyệt tạm dừng"));
    let page = chair.page(&waits).await;
    assert!(page.contains(why) && page.contains("approve-pause") && page.contains("refuse-pause"));
    assert!(!leader.page(&waits).await.contains("approve-pause"));
    for wrong in [&clerk, &leader] {
        assert_eq!(wrong.post(&day.at(1, "approve-pause"), &[]).await.status, StatusCode::FORBIDDEN);
    }
    day.went_back(1, &chair.post(&day.at(1, "approve-pause"), &[]).await);
    assert_eq!(chair.post(&day.at(1, "approve-pause"), &[]).await.status, StatusCode::CONFLICT);
    assert_eq!((day.ticket(1).await.state, day.times(1, "ticket.paused").await), (State::Paused, 1));

    day.went_back(1, &clerk.post(&day.at(1, "resume"), &[]).await);
    assert_eq!(clerk.post(&day.at(1, "resume"), &[]).await.status, StatusCode::CONFLICT);
    assert_eq!((day.ticket(1).await.state, day.times(1, "ticket.resumed").await), (State::Accepted, 1));
}

#[tokio::test]
async fn a_refusal_says_why() {
    let day = day().await;
    let (clerk, chair) = (day.browser(day.clerk).await, day.browser(day.chair).await);
    day.went_back(1, &clerk.post(&day.at(1, "accept"), &[]).await);
    let approver = day.chair.to_string();
    let asked = [("hours", "5"), ("approver", approver.as_str()), ("text", "Chờ")];
    day.went_back(1, &clerk.post(&day.at(1, "pause"), &asked).await);
    came_back(&chair.post(&day.at(1, "refuse-pause"), &[("text", "")]).await, "text");
    day.went_back(1, &chair.post(&day.at(1, "refuse-pause"), &[("text", "Không chờ được")]).await);
    let page = clerk.page(&format!("tickets/{}", day.id(1))).await;
    assert!(page.contains("không duyệt tạm dừng") && page.contains("Không chờ được"));
    assert_eq!(day.ticket(1).await.state, State::Accepted);
}

/// The parts of a form with a file, as a browser writes them.
async fn parts(browser: &Browser, fields: &[(&str, &str)], file: &[u8]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    let csrf = browser.csrf().await;
    for (name, value) in [("csrf", csrf)].iter().chain(fields) {
        body.extend(
            format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .into_bytes(),
        );
    }
    body.extend(b"--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n");
    body.extend(file);
    body.extend(b"\r\n--edge--\r\n");
    ("multipart/form-data; boundary=edge".to_owned(), body)
}

async fn resolve(browser: &Browser, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Seen {
    let (kind, body) = parts(browser, fields, file).await;
    browser.send_raw(path, &kind, body).await
}

#[tokio::test]
async fn an_answer_carries_its_proof_which_whoever_sees_the_ticket_may_open() {
    let day = day().await;
    let nurse = day.browser(day.nurse).await;
    let path = day.at(0, "resolve");
    assert!(nurse.page(&path).await.contains("type=\"file\""));
    came_back(&resolve(&nurse, &path, &[("text", "Đã đến nhà")], b"no paper").await, "file");
    // Words are missing: the file has arrived and is not asked for again.
    let seen = resolve(&nurse, &path, &[("text", " ")], PDF).await;
    came_back(&seen, "text");
    let kept = hidden(&seen.text, "kept").unwrap();
    let fields = [("text", "Đã đến nhà, phát túi thuốc"), ("kept", kept.as_str())];
    day.went_back(0, &resolve(&nurse, &path, &fields, b"").await);
    assert_eq!(resolve(&nurse, &path, &fields, b"").await.status, StatusCode::CONFLICT);
    assert_eq!((day.ticket(0).await.state, day.times(0, "ticket.resolved").await), (State::Resolved, 1));

    let page = nurse.page(&format!("tickets/{}", day.id(0))).await;
    let proofs = hrefs(&page, "/files/");
    assert_eq!(proofs.len(), 1);
    let proof = nurse.open(&proofs[0]).await;
    assert_eq!((proof.status, proof.kind.as_str()), (StatusCode::OK, "application/pdf"));
    assert!(proof.text.starts_with("%PDF"));
    let stranger = day.browser(day.stranger).await;
    assert_eq!(stranger.open(&proofs[0]).await.status, StatusCode::NOT_FOUND);
    // A file belongs to one ticket: another's page does not hand it out, and it proves nothing there.
    let elsewhere = format!("tickets/{}/files/{kept}", day.id(1));
    let clerk = day.browser(day.clerk).await;
    assert_eq!(clerk.open(&elsewhere).await.status, StatusCode::NOT_FOUND);
    let fields = [("text", "Đã xong"), ("kept", kept.as_str())];
    came_back(&resolve(&clerk, &day.at(1, "resolve"), &fields, b"").await, "file");
    assert_eq!(day.ticket(1).await.state, State::Open);
}

#[tokio::test]
async fn a_ticket_is_reopened_with_a_reason_and_once() {
    let day = day().await;
    let (nurse, leader) = (day.browser(day.nurse).await, day.browser(day.leader).await);
    day.went_back(0, &resolve(&nurse, &day.at(0, "resolve"), &[("text", "Đã đến nhà")], b"").await);
    assert_eq!(nurse.post(&day.at(0, "reopen"), &[("text", "x")]).await.status, StatusCode::FORBIDDEN);
    came_back(&leader.post(&day.at(0, "reopen"), &[("text", "")]).await, "text");
    day.went_back(0, &leader.post(&day.at(0, "reopen"), &[("text", "Chưa ai đến")]).await);
    let again = leader.post(&day.at(0, "reopen"), &[("text", "Chưa ai đến")]).await;
    assert_eq!((again.status, day.times(0, "ticket.reopened").await), (StatusCode::CONFLICT, 1));
}

#[tokio::test]
async fn a_duplicate_is_merged_once_into_a_ticket_of_its_kind() {
    let day = day().await;
    let later = news(&day.centre, 2).await;
    let chair = day.browser(day.chair).await;
    came_back(&chair.post(&day.at(1, "merge"), &[("into", "")]).await, "into");
    let itself = day.id(1).to_string();
    came_back(&chair.post(&day.at(1, "merge"), &[("into", &itself)]).await, "into");
    let into = later.tickets[1].to_string();
    assert!(chair.page(&day.at(1, "merge")).await.contains(&into));
    day.went_back(1, &chair.post(&day.at(1, "merge"), &[("into", &into)]).await);
    let again = chair.post(&day.at(1, "merge"), &[("into", &into)]).await;
    assert_eq!((again.status, day.times(1, "ticket.merged").await), (StatusCode::CONFLICT, 1));
}

#[tokio::test]
async fn who_does_not_owe_a_ticket_is_offered_nothing_and_may_do_nothing() {
    let day = day().await;
    let (clerk, stranger) = (day.browser(day.clerk).await, day.browser(day.stranger).await);
    let (to, staff) = (day.centre.unit("BTHUAN.CA").await.to_string(), day.officer.to_string());
    let rung = day.ticket(2).await.rung().unwrap().to_string();
    let into = day.id(1).to_string();
    let fields = [
        ("text", "Đã xong"),
        ("unit", to.as_str()),
        ("staff", staff.as_str()),
        ("into", into.as_str()),
        ("hours", "5"),
        ("approver", staff.as_str()),
        ("rung", rung.as_str()),
    ];
    let acts =
        ["accept", "forward", "assign", "pass-up", "pause", "approve-pause", "resume", "merge", "reopen"];
    let page = clerk.page(&format!("tickets/{}", day.id(2))).await;
    for act in acts {
        let path = day.at(2, act);
        // The ward sees the ticket of its police; it is not the ward's to act on.
        assert!(!page.contains(&format!("{path}\"")), "{act} is offered");
        assert_eq!(clerk.post(&path, &fields).await.status, StatusCode::FORBIDDEN, "{act}");
        assert_eq!(stranger.post(&path, &fields).await.status, StatusCode::NOT_FOUND, "{act}");
    }
    assert!(page.contains(&day.at(2, "note")), "words are for everyone who sees it");
    assert_eq!(stranger.post(&day.at(2, "note"), &fields).await.status, StatusCode::NOT_FOUND);
    let path = day.at(2, "resolve");
    assert_eq!(resolve(&clerk, &path, &[("text", "Xong")], PDF).await.status, StatusCode::FORBIDDEN);
    assert_eq!(resolve(&stranger, &path, &[("text", "Xong")], PDF).await.status, StatusCode::NOT_FOUND);
    for path in [day.at(2, "forward"), day.at(2, "resolve")] {
        assert_eq!(clerk.open(&path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(stranger.open(&path).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(clerk.open(&day.at(2, "nonsense")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(day.ticket(2).await.state, State::Open);
}

#[tokio::test]
async fn a_ladder_called_in_vain_is_marked_in_the_list_and_on_the_ticket() {
    let day = day().await;
    let leader = day.browser(day.leader).await;
    let mark = "Đã gọi hết các cấp";
    assert!(!leader.page("tickets").await.contains(mark));
    for _ in 0..3 {
        day.centre.advance(SECOND * 60).await;
    }
    assert!(leader.page("tickets").await.contains(mark));
    let page = leader.page(&format!("tickets/{}", day.id(1))).await;
    assert!(page.contains("tag-urgent") && page.contains(mark));
}

#[tokio::test]
async fn what_became_of_units_is_told_in_words() {
    let day = day().await;
    let (from, to) = (day.centre.unit("TPHONG").await, day.centre.unit("BTHUAN").await);
    let mut cx = day.centre.system().await;
    tickets::inform(&mut cx, day.id(1), &[day.centre.unit("TTYT").await]).await.unwrap();
    tickets::follow(&mut cx, day.id(1), from, to, Some(to)).await.unwrap();
    cx.commit().await.unwrap();
    let page = day.browser(day.leader).await.page(&format!("tickets/{}", day.id(1))).await;
    assert!(page.contains("báo để biết: TTYT Quận 7"));
    assert!(page.contains("phiếu chuyển theo sắp xếp đơn vị"));
    assert!(!page.contains("ticket.followed") && !page.contains("ticket.informed"));
}
