//! A nurse enters an F0, reads a list of results in, takes it back: as a browser sends it.

use crate::browser::{Browser, centre, hidden, quoted};
use axum::http::StatusCode;
use health::imports;
use kernel::{Role, StaffId};
use std::sync::Arc;
use store::jobs::Worker;
use testkit::TestCentre;

struct Station {
    centre: TestCentre,
    browser: Browser,
    ward: String,
    unit: String,
}

impl Station {
    async fn new() -> Self {
        let centre = centre().await;
        let (station, ward) = (centre.unit("TPHONG.TYT").await, centre.unit("TPHONG").await);
        let nurse: StaffId =
            centre.staff("Trực trạm").at(station, Role::StationStaff).on_duty().create().await;
        let browser = Browser::of(&centre, nurse).await;
        Self { centre, browser, ward: ward.to_string(), unit: station.to_string() }
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let mut cx = self.centre.system().await;
        sqlx::query_scalar(sql).fetch_one(cx.conn()).await.unwrap()
    }

    async fn form(&self) -> String {
        hidden(&self.browser.page("cases/new").await, "form_key").unwrap()
    }

    /// Uploads a list and gives the address of its page.
    async fn upload(&self, name: &str, bytes: &[u8]) -> crate::browser::Seen {
        self.browser.post_with("imports", &[("unit", &self.unit), ("kind", "")], (name, bytes)).await
    }

    async fn work(&self) {
        let worker = Worker::new(self.centre.store.clone(), imports::QUEUE, vec![Arc::new(imports::Apply)]);
        while worker.run_due(4).await.unwrap() > 0 {}
    }
}

fn filled<'a>(key: &'a str, ward: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("form_key", key),
        ("full_name", "Trần Thị Bích"),
        ("birth", "1985"),
        ("sex", "female"),
        ("citizen_id", ""),
        ("phone", "0900 555 777"),
        ("no_phone", ""),
        ("address", "12 Đường số 15"),
        ("ward", ward),
        ("classification", "confirmed"),
        ("basis", "rapid"),
        ("sample_on", "24/9/2021"),
        ("result_on", ""),
        ("symptoms", "fever"),
        ("care", "home"),
        ("note", "Sốt từ tối qua"),
    ]
}

fn but<'a>(fields: &[(&'static str, &'a str)], name: &str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    fields.iter().map(|(field, old)| (*field, if *field == name { value } else { *old })).collect()
}

#[tokio::test]
async fn what_is_wrong_with_a_case_is_told_beside_its_field_and_what_was_typed_stays() {
    let station = Station::new().await;
    let key = station.form().await;
    let good = filled(&key, &station.ward);
    let long = "dài ".repeat(700);
    for (name, value) in [
        ("full_name", ""),
        ("birth", "1785"),
        ("phone", "0903 12"),
        ("citizen_id", "12"),
        ("ward", ""),
        ("sample_on", "31/2/2021"),
        ("note", &long),
    ] {
        let seen = station.browser.post("cases/new", &but(&good, name, value)).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(seen.text.contains(&format!("href=\"#{name}\"")), "{name}");
        assert!(name == "note" || seen.text.contains("Sốt từ tối qua"), "{name}");
        assert!(name == "full_name" || seen.text.contains("Trần Thị Bích"), "{name}");
    }
    assert_eq!(station.count("select count(*) from cases").await, 0);
    // Bytes that are no text are shown as such, beside everything else.
    let csrf = quoted(station.browser.csrf().await);
    let broken = format!(
        "csrf={csrf}&form_key={key}&classification=confirmed&basis=rapid&care=home&full_name=Tr%E1%BA&note=x%FF"
    );
    let kind = "application/x-www-form-urlencoded";
    let seen = station.browser.send_raw("cases/new", kind, broken.into_bytes()).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains("x\u{fffd}"));
    let seen = station.browser.send_raw("cases/new", "application/json", b"{}".to_vec()).await;
    assert!(seen.status.is_client_error(), "{}", seen.status);
}

#[tokio::test]
async fn a_case_sent_twice_is_one_and_what_was_written_is_shown_as_text() {
    let station = Station::new().await;
    let key = station.form().await;
    let html = "<script>alert(1)</script>'; drop table cases; --";
    let good = but(&filled(&key, &station.ward), "note", html);
    let first = station.browser.post("cases/new", &good).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    let second = station.browser.post("cases/new", &good).await;
    assert_eq!(second.status, StatusCode::SEE_OTHER);
    assert_eq!(first.to.split('?').next(), second.to.split('?').next());
    assert_eq!(station.count("select count(*) from cases").await, 1);
    assert_eq!(station.count("select count(*) from tickets").await, 3);
    let page = station.browser.page(&first.to).await;
    assert!(!page.contains("<script>alert") && page.contains("drop table cases"));
}

#[tokio::test]
async fn a_case_has_its_onset_is_severe_and_ends_as_its_page_says() {
    let station = Station::new().await;
    let key = station.form().await;
    let opened = station.browser.post("cases/new", &filled(&key, &station.ward)).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    let case = opened.to.split('?').next().unwrap().to_owned();
    let act = |act: &str| format!("{case}/{act}");
    for day in ["26/9/2021", "31/2/2021", "1/1/1984"] {
        let seen = station.browser.post(&act("onset"), &[("onset_on", day)]).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{day}");
        assert!(seen.text.contains("href=\"#onset_on\"") && seen.text.contains(day), "{day}");
    }
    let done = station.browser.post(&act("onset"), &[("onset_on", "23/9/2021")]).await;
    assert!(done.to.ends_with("?done=onset"), "{} {}", done.status, done.text);
    assert!(station.browser.page(&act("onset")).await.contains("value=\"23/09/2021\""));
    assert!(
        station.browser.post(&act("onset"), &[("onset_on", "22/9/2021")]).await.to.ends_with("?done=onset")
    );
    assert!(station.browser.post(&act("severe"), &[("to", "yes")]).await.to.ends_with("?done=severe"));
    let again = station.browser.post(&act("severe"), &[("to", "yes")]).await;
    assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.text.contains("href=\"#to\""));

    let end = act("end");
    for (to, day, field) in
        [("", "25/9/2021", "to"), ("recovered", "21/9/2021", "outcome_on"), ("died", "", "outcome_on")]
    {
        let sent = [("to", to), ("outcome_on", day), ("why", "Theo giấy ra viện")];
        let seen = station.browser.post(&end, &sent).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{to} {day}");
        assert!(seen.text.contains(&format!("href=\"#{field}\"")) && seen.text.contains(day), "{to} {day}");
        assert!(seen.text.contains("Theo giấy ra viện"), "{to} {day}");
    }
    let sent = [("to", "recovered"), ("outcome_on", "25/9/2021"), ("why", "Theo giấy ra viện")];
    let done = station.browser.post(&end, &sent).await;
    assert!(done.to.ends_with("?done=end"), "{} {}", done.status, done.text);
    assert_eq!(station.browser.post(&end, &sent).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let closed = "select count(*) from follow_plans where closed_as = 'released'";
    assert_eq!(station.count(closed).await, 1, "nobody who is well is followed");
    let page = station.browser.page(&done.to).await;
    for said in [
        "Khỏi bệnh, ngày 25/09/2021",
        "đổi ngày khởi phát từ 23/09/2021 sang 22/09/2021",
        "ghi ca nặng",
        "kết thúc ca: Khỏi bệnh, ngày 25/09/2021",
        "Theo giấy ra viện",
    ] {
        assert!(page.contains(said), "{said}");
    }
    // The newer word holds; the older stays in the history.
    let sent = [("to", "died"), ("outcome_on", "25/9/2021"), ("why", "Ghi nhầm")];
    let page = station.browser.page(&station.browser.post(&end, &sent).await.to).await;
    assert!(
        page.contains("Tử vong, ngày 25/09/2021") && page.contains("(trước là Khỏi bệnh, ngày 25/09/2021)")
    );
}

const HEAD: &str = "Họ tên,Năm sinh,SĐT,Ngày lấy mẫu,Loại XN,Kết quả\n";

#[tokio::test]
async fn a_list_is_checked_put_on_record_its_broken_rows_fetched_and_taken_back() {
    let station = Station::new().await;
    let rows = "Trần Thị Bích,1985,0900555777,24/9/2021,PCR,Dương tính\n\
                Lê Văn An,1990,0900555702,24/9/2021,PCR,Dương tính\n\
                <b>Võ Minh</b>,1990,0900555703,31/2/2021,PCR,Dương tính\n";
    let seen = station.upload("ket-qua.csv", format!("{HEAD}{rows}").as_bytes()).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    let list = seen.to;
    let page = station.browser.page(&list).await;
    assert!(page.contains("Đã kiểm tra, chưa ghi") && page.contains("Ghi 2 dòng vào sổ"));
    assert!(page.contains("Có 1 dòng ghi dương tính nhưng bị lỗi"));
    assert_eq!(station.count("select count(*) from cases").await, 0);

    // The broken rows, as either file; the good ones stay.
    let csv = station.browser.post(&format!("{list}/errors"), &[("format", "csv")]).await;
    assert!(csv.kind.starts_with("text/csv") && csv.disposition.starts_with("attachment"), "{}", csv.kind);
    assert!(
        csv.text.contains("<b>Võ Minh</b>") && csv.text.contains("31/2/2021") && !csv.text.contains("Bích")
    );
    let xlsx = station.browser.post(&format!("{list}/errors"), &[("format", "xlsx")]).await;
    assert!(xlsx.kind.contains("spreadsheetml") && xlsx.text.starts_with("PK"), "{}", xlsx.kind);
    assert!(xlsx.disposition.ends_with(".xlsx\""), "{}", xlsx.disposition);

    // Pressed twice it is put on record once.
    let done = station.browser.post(&format!("{list}/apply"), &[]).await;
    assert_eq!((done.status, done.to.as_str()), (StatusCode::SEE_OTHER, list.as_str()));
    let again = station.browser.post(&format!("{list}/apply"), &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    station.work().await;
    assert_eq!(station.count("select count(*) from cases where withdrawn_at is null").await, 2);
    assert!(station.browser.page(&list).await.contains("Đã ghi vào sổ"));

    let undo = format!("{list}/undo");
    assert!(station.browser.page(&undo).await.contains("name=\"why\""));
    let unsaid = station.browser.post(&undo, &[("why", " ")]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsaid.text.contains("href=\"#why\""));
    let long = "dài ".repeat(200);
    let seen = station.browser.post(&undo, &[("why", &long)]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains(long.trim()));
    let done = station.browser.post(&undo, &[("why", "Nhầm tệp")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert_eq!(station.count("select count(*) from cases where withdrawn_at is null").await, 0);
    assert!(station.browser.page(&list).await.contains("Đã hoàn tác"));
    assert_eq!(station.browser.post(&undo, &[("why", "Nhầm tệp")]).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_file_that_is_no_list_is_refused_beside_its_field() {
    let station = Station::new().await;
    let large = vec![b'a'; 33 << 20];
    for (name, bytes, says) in [
        ("", &b""[..], "Xin chọn tệp"),
        ("trong.csv", b"", "Tệp trống"),
        ("anh.jpg", b"\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01", "Chỉ nhận CSV hoặc XLSX"),
        ("chi-tieu-de.csv", HEAD.as_bytes(), "không có dòng dữ liệu"),
        ("lon.csv", &large, "Tệp quá lớn"),
    ] {
        let seen = station.upload(name, bytes).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(seen.text.contains("id=\"file-error\"") && seen.text.contains(says), "{name}: {says}");
    }
    // Columns that nobody can guess are asked for; what was chosen before stays chosen.
    let other = "Cột A,Cột B\nTrần Thị Bích,1985\n";
    let seen = station.upload("la.csv", other.as_bytes()).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains("name=\"column_full_name\"") && seen.text.contains("Cột A"));
    let unit = station.browser.post_with("imports", &[("unit", ""), ("kind", "")], ("a.csv", b"x")).await;
    assert_eq!(unit.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unit.text.contains("href=\"#unit\""));
    let kind = station.browser.send_raw("imports", "multipart/form-data; boundary=vx", b"--".to_vec()).await;
    assert!(kind.status.is_client_error());
    assert_eq!(station.count("select count(*) from imports").await, 0);
    // Another unit's list is not there.
    let nobody = "imports/018f0000-0000-7000-8000-000000000001";
    assert_eq!(station.browser.open(nobody).await.status, StatusCode::NOT_FOUND);
}
