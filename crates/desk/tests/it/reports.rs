//! What operators write down, and what units do with it: as a browser sends it.

use crate::browser::{Browser, Seen, centre, hidden, hrefs};
use axum::http::StatusCode;
use jiff::SignedDuration;
use kernel::{Role, UnitId};
use testkit::TestCentre;

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

struct Town {
    centre: TestCentre,
    ward: UnitId,
    operator: Browser,
    clerk: Browser,
    nurse: Browser,
}

impl Town {
    async fn new() -> Self {
        let centre = centre().await;
        let (ward, station, desk) =
            (centre.unit("TPHONG").await, centre.unit("TPHONG.TYT").await, centre.unit("TTDH").await);
        let leaders = centre.unit("LDQ").await;
        let at = |name, unit, role| centre.staff(name).at(unit, role).on_duty();
        let clerk = at("Trực ủy ban", ward, Role::WardOfficial).create().await;
        let nurse = at("Trực trạm", station, Role::StationStaff).create().await;
        let operator = at("Điện thoại viên", desk, Role::Operator).create().await;
        at("Lãnh đạo trực", leaders, Role::DistrictLeader).create().await;
        let (operator, clerk, nurse) = (
            Browser::of(&centre, operator).await,
            Browser::of(&centre, clerk).await,
            Browser::of(&centre, nurse).await,
        );
        Self { centre, ward, operator, clerk, nurse }
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let mut cx = self.centre.system().await;
        sqlx::query_scalar(sql).fetch_one(cx.conn()).await.unwrap()
    }

    async fn key(&self) -> String {
        hidden(&self.operator.page("reports/new").await, "key").unwrap()
    }

    /// What an operator writes down, with some fields changed.
    async fn take(&self, key: &str, changed: &[(&'static str, &str)], file: (&str, &[u8])) -> Seen {
        let ward = self.ward.to_string();
        let mut fields = vec![
            ("key", key),
            ("channel", "phone"),
            ("phone", "0903 123 456"),
            ("name", "Lê Thị Thử"),
            ("category", "rubbish"),
            ("ward", ward.as_str()),
            ("address", "Sau chợ Tân Phong, hẻm 12"),
            ("point", ""),
            ("details", "Rác chất đống sau chợ ba ngày nay."),
            ("step", "take"),
        ];
        for (name, value) in changed {
            match fields.iter_mut().find(|(field, _)| field == name) {
                Some(field) => field.1 = value,
                None => fields.push((name, value)),
            }
        }
        self.operator.post_with("reports/new", &fields, file).await
    }

    /// The address of a report that was taken.
    async fn taken(&self, changed: &[(&'static str, &str)]) -> String {
        let key = self.key().await;
        let seen = self.take(&key, changed, ("", b"")).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
        seen.to.strip_suffix("/code").unwrap().to_owned()
    }
}

#[tokio::test]
async fn an_operator_takes_a_call_with_its_place_and_a_picture_once() {
    let town = Town::new().await;
    let key = town.key().await;
    let place = [("point", "10.7296, 106.7055")];
    let first = town.take(&key, &place, ("don.pdf", PDF)).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    let report = first.to.strip_suffix("/code").unwrap();
    let page = town.operator.page(report).await;
    assert!(page.contains("10.72960, 106.70550") && page.contains("/files/"));
    let paper = town.operator.open(&hrefs(&page, "/files/")[0]).await;
    assert!(paper.disposition.starts_with("attachment"), "{}", paper.disposition);
    assert!(town.operator.page(&first.to).await.contains("Mã tra cứu"));
    // The same form again, without its file: the same report.
    assert_eq!(town.take(&key, &place, ("", b"")).await.to, first.to);
    // Back, another text: not the first's code, and nothing lost.
    let other = town.take(&key, &[("details", "Rác cháy ở bãi khác hẳn.")], ("", b"")).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.text.contains("đã dùng cho một phản ánh có nội dung khác"));
    assert!(other.text.contains("Rác cháy ở bãi khác hẳn."));
    assert_ne!(hidden(&other.text, "key").unwrap(), key);
    assert_eq!(town.count("select count(*) from reports").await, 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_call_is_told_beside_its_field_and_what_was_typed_stays() {
    let town = Town::new().await;
    let key = town.key().await;
    let long = "dài ".repeat(700);
    for (name, value) in [
        ("category", ""),
        ("ward", ""),
        ("address", &*"đ".repeat(301)),
        ("point", "sau chợ"),
        ("point", "21.03, 105.85"),
        ("details", "ngắn"),
        ("details", &long),
        ("phone", "0903 12"),
    ] {
        let seen = town.take(&key, &[(name, value)], ("", b"")).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(seen.text.contains(&format!("href=\"#{name}\"")), "{name}: {value}");
        assert!(name == "address" || seen.text.contains("Sau chợ Tân Phong, hẻm 12"), "{name}");
        assert!(value.is_empty() || seen.text.contains(value.trim()), "{name}");
    }
    // A file that cannot be taken is told, and one that can is kept for the next try.
    for (file, says) in [
        (&b"#!/bin/sh\necho"[..], "Chỉ nhận ảnh JPEG, PNG, WebP hoặc PDF."),
        (&vec![0xFF; 10 << 20], "tối đa 8 MB"),
    ] {
        let seen = town.take(&key, &[], ("a.jpg", file)).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        assert!(seen.text.contains("id=\"file-error\"") && seen.text.contains(says), "{says}");
        assert!(seen.text.contains("Rác chất đống"), "{says}");
    }
    let seen = town.take(&key, &[("category", "")], ("don.pdf", PDF)).await;
    assert!(seen.text.contains("Đã nhận 1 tệp."));
    let kept = hidden(&seen.text, "kept").unwrap();
    assert_eq!(town.count("select count(*) from reports").await, 0);
    let done = town.take(&key, &[("kept", &kept)], ("", b"")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert_eq!(town.count("select count(*) from files where owner_kind = 'report'").await, 1);
    let cut = b"--vx\r\nContent-Disposition: form-data; name=\"details\"\r\n\r\nRac".to_vec();
    let seen = town.operator.send_raw("reports/new", "multipart/form-data; boundary=vx", cut).await;
    assert!(seen.status.is_client_error(), "{}", seen.status);
}

#[tokio::test]
async fn a_callers_earlier_reports_are_shown_when_asked_for_and_the_record_says_for_which_call() {
    let town = Town::new().await;
    let page = town.operator.page("reports/new").await;
    assert!(!page.contains("hx-trigger=\"change\""), "no look-up by itself");
    town.taken(&[]).await;
    let looked =
        "select count(*) from events where kind = 'reporter.looked_up' and data ->> 'reason' = 'call'";
    assert_eq!(town.count(looked).await, 0);
    let key = town.key().await;
    let seen = town.take(&key, &[("step", "look"), ("details", "Đang nói dở")], ("", b"")).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.text.contains("Phản ánh cũ của số này") && seen.text.contains("Đang nói dở"));
    assert_eq!(town.count(looked).await, 1);
    let wrong = town.take(&key, &[("step", "look"), ("phone", "12")], ("", b"")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(town.count(looked).await, 1);
    assert!(!town.clerk.page("reports/new").await.contains("value=\"look\""));
}

#[tokio::test]
async fn an_answer_goes_to_the_reporter_with_its_proof_and_keeps_what_was_typed() {
    let town = Town::new().await;
    let report = town.taken(&[]).await;
    let answer = format!("{report}/answer");
    assert!(town.clerk.page(&answer).await.contains("name=\"text\""));
    let empty = town.clerk.post_with(&answer, &[("text", " ")], ("", b"")).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text.contains("id=\"text-error\""));
    let text = "Đã thu gom <b>rác</b>, rửa nền.";
    for (file, says) in
        [(&b"GIF89a"[..], "Chỉ nhận ảnh JPEG, PNG, WebP hoặc PDF."), (&vec![0xFF; 10 << 20], "tối đa 8 MB")]
    {
        let seen = town.clerk.post_with(&answer, &[("text", text)], ("a.gif", file)).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        assert!(seen.text.contains("id=\"file-error\"") && seen.text.contains(says), "{says}");
        assert!(seen.text.contains("Đã thu gom &#60;b&#62;rác&#60;/b&#62;, rửa nền."), "{says}");
    }
    // Words that are too long, with a proof that has arrived: it is sent once.
    let long = "dài ".repeat(700);
    let seen = town.clerk.post_with(&answer, &[("text", &long)], ("bb.pdf", PDF)).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    let kept = hidden(&seen.text, "kept").unwrap();
    let done = town.clerk.post_with(&answer, &[("text", text), ("kept", &kept)], ("", b"")).await;
    assert_eq!((done.status, done.to.as_str()), (StatusCode::SEE_OTHER, report.as_str()), "{}", done.text);
    let page = town.clerk.page(&report).await;
    assert!(page.contains("&#60;b&#62;rác") && page.contains("trả lời, kèm minh chứng"));
    // Once answered, it is answered: the button pressed twice changes nothing.
    let again = town.clerk.post_with(&answer, &[("text", text)], ("", b"")).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(town.count("select count(*) from report_replies").await, 1);
}

#[tokio::test]
async fn who_reported_is_opened_with_a_reason_by_the_centre_and_for_the_sick_by_their_station() {
    let town = Town::new().await;
    let rubbish = town.taken(&[]).await;
    let who = format!("{rubbish}/reporter");
    assert!(!town.clerk.page(&rubbish).await.contains("/reporter\""));
    assert!(town.clerk.page(&rubbish).await.contains("Chỉ trung tâm mở xem được."));
    assert_eq!(town.clerk.open(&who).await.status, StatusCode::FORBIDDEN);
    assert_eq!(town.clerk.post(&who, &[("text", "Muốn biết")]).await.status, StatusCode::FORBIDDEN);
    let unsaid = town.operator.post(&who, &[("text", " ")]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsaid.text.contains("id=\"text-error\"") && !unsaid.text.contains("Lê Thị Thử"));
    let opened = town.operator.post(&who, &[("text", "Hỏi đường vào")]).await;
    assert!(opened.text.contains("Lê Thị Thử") && opened.text.contains("tel:+84903123456"));
    assert!(!town.operator.page(&who).await.contains("Lê Thị Thử"), "shown once");

    let ill = [("category", "illness"), ("details", "Ông cụ nhà bên khó thở, môi tím.")];
    let ill = town.taken(&ill).await;
    let page = town.nurse.page(&ill).await;
    assert!(page.contains("đơn vị phải trả lời mở xem được để gọi lại") && page.contains("/reporter\""));
    let opened = town.nurse.post(&format!("{ill}/reporter"), &[("text", "Gọi lại")]).await;
    assert!(opened.text.contains("tel:+84903123456"));
    assert_eq!(town.count("select count(*) from events where kind = 'report.reporter_opened'").await, 2);
}

#[tokio::test]
async fn words_are_hidden_with_a_reason_and_twins_are_decided_by_a_person() {
    let town = Town::new().await;
    let html = "<script>alert(1)</script> Rác chất đống.";
    let first = town.taken(&[("details", html)]).await;
    assert!(!town.clerk.page(&first).await.contains("<script>alert"));
    let moderate = format!("{first}/moderate");
    assert_eq!(town.clerk.post(&moderate, &[("text", "Không thích")]).await.status, StatusCode::FORBIDDEN);
    let unsaid = town.operator.post(&moderate, &[("text", "")]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsaid.text.contains("id=\"text-error\""));
    let done = town.operator.post(&moderate, &[("text", "Xúc phạm cá nhân")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let page = town.clerk.page(&first).await;
    assert!(page.contains("Xúc phạm cá nhân") && !page.contains("Rác chất đống"));

    // Told on the telephone, without a point: the same address stands for the same place.
    town.centre.advance(SignedDuration::from_mins(10)).await;
    let second = town.taken(&[("address", "sau cho tan phong, hem 12")]).await;
    let page = town.operator.page(&second).await;
    assert!(page.contains("Cùng địa chỉ, đến trước 10 phút"), "{page}");
    let id = first.rsplit('/').next().unwrap();
    let decide = format!("{second}/duplicates/{id}");
    assert_eq!(town.operator.post(&decide, &[("decision", "x")]).await.status, StatusCode::NOT_FOUND);
    let merged = town.operator.post(&decide, &[("decision", "merge")]).await;
    assert_eq!((merged.status, merged.to.as_str()), (StatusCode::SEE_OTHER, first.as_str()));
    let again = town.operator.post(&decide, &[("decision", "merge")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(town.operator.page(&second).await.contains("Đã gộp"));
}
