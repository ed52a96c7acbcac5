//! Lists of residents and of doses, and long ones: as a browser sends and shows them.

use crate::browser::{Browser, Seen, centre};
use axum::http::StatusCode;
use health::imports::{self, SamplePeople};
use jiff::civil::date;
use kernel::{Rng, Role, StaffId};
use std::sync::Arc;
use store::jobs::{OnJob, Worker};
use testkit::TestCentre;

struct Office {
    centre: TestCentre,
    browser: Browser,
    unit: String,
}

impl Office {
    async fn new() -> Self {
        let centre = centre().await;
        let station = centre.unit("TPHONG.TYT").await;
        let nurse: StaffId =
            centre.staff("Trực trạm").at(station, Role::StationStaff).on_duty().create().await;
        let browser = Browser::of(&centre, nurse).await;
        Self { centre, browser, unit: station.to_string() }
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let mut cx = self.centre.system().await;
        sqlx::query_scalar(sql).fetch_one(cx.conn()).await.unwrap()
    }

    async fn upload(&self, list: &str, more: &[(&str, &str)], bytes: &[u8]) -> Seen {
        let fields = [&[("unit", self.unit.as_str()), ("list", list), ("kind", "")][..], more].concat();
        self.browser.post_with("imports", &fields, ("danh-sach.csv", bytes)).await
    }

    async fn read(&self) {
        let reader = Worker::new(self.centre.store.clone(), imports::READINGS, vec![Arc::new(imports::Read)]);
        while reader.run_due(1).await.unwrap() > 0 {}
    }

    async fn work(&self) {
        let handlers: Vec<Arc<dyn OnJob>> =
            vec![Arc::new(imports::Apply), Arc::new(imports::Undo), Arc::new(imports::Place)];
        let worker = Worker::new(self.centre.store.clone(), imports::QUEUE, handlers);
        while worker.run_due(4).await.unwrap() > 0 {}
    }
}

const RESIDENTS: &str = "STT,Họ và tên,Năm sinh,SĐT,Số nhà,Đường,Tổ,Khu phố\n\
    1,Trần Thị Bích,1985,0900555777,12,Đường số 15,5,KP3\n\
    2,LE VAN AN,1990,900555702,14/2,Đường số 15,5,KP3\n\
    3,<b>Võ Minh</b>,31/2/1990,0900555703,,,,\n";

#[tokio::test]
async fn residents_are_checked_put_on_record_and_taken_back() {
    let office = Office::new().await;
    let page = office.browser.page("imports").await;
    assert!(page.contains("<option value=\"people\">Nhân khẩu</option>"));
    let seen = office.upload("people", &[], RESIDENTS.as_bytes()).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    let list = seen.to;
    let page = office.browser.page(&list).await;
    for said in ["Nhân khẩu", "Dự kiến người mới", "Có thể trùng", "Ghi 2 dòng vào sổ", "Khu phố"]
    {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("Mỗi phường có F0 mới") && !page.contains("http-equiv=\"refresh\""));
    assert_eq!(office.count("select count(*) from people").await, 0);

    let csv = office.browser.post(&format!("{list}/errors"), &[("format", "csv")]).await;
    assert!(csv.text.contains("<b>Võ Minh</b>") && !csv.text.contains("Bích"), "{}", csv.text);
    office.browser.post(&format!("{list}/apply"), &[]).await;
    assert!(office.browser.page(&list).await.contains("http-equiv=\"refresh\""), "it reloads itself");
    office.work().await;
    let page = office.browser.page(&list).await;
    assert!(page.contains("Đã ghi vào sổ") && page.contains("Người mới") && !page.contains("Xem các ca"));
    assert_eq!(office.count("select count(*) from people").await, 2);

    let undo = format!("{list}/undo");
    assert!(office.browser.page(&undo).await.contains("Xóa những người do danh sách này thêm vào"));
    let done = office.browser.post(&undo, &[("why", "Nhầm tệp")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert!(office.browser.page(&list).await.contains("Đang hoàn tác"));
    office.work().await;
    assert!(office.browser.page(&list).await.contains("Đã hoàn tác"));
    assert_eq!(office.count("select count(*) from people where erased_at is null").await, 0);
    assert!(
        office.browser.page("imports").await.contains("<td data-label=\"Loại danh sách\">Nhân khẩu</td>")
    );
}

#[tokio::test]
async fn a_long_list_says_how_far_it_is_and_the_page_reloads_itself_without_script() {
    let office = Office::new().await;
    let sample =
        SamplePeople { rows: 4_000, wards: &["Tân Phong"], day: date(2021, 9, 25), twice: 0.0, broken: 0.1 };
    let bytes = sample.csv(&Rng::seeded(8)).unwrap();
    let seen = office.upload("people", &[], &bytes).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    let list = seen.to;
    let page = office.browser.page(&list).await;
    assert!(page.contains("<noscript><meta http-equiv=\"refresh\" content=\"3\"></noscript>"), "{page}");
    assert!(page.contains("<progress id=\"progress\" value=\"0\" max=\"100\">") && page.contains("Đang đọc"));
    assert!(!page.contains("vào sổ</button>"), "nothing can be put on record yet");
    let early = office.browser.post(&format!("{list}/apply"), &[]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    office.read().await;
    let page = office.browser.page(&list).await;
    assert!(page.contains("Đã kiểm tra, chưa ghi") && !page.contains("http-equiv=\"refresh\""));
    assert_eq!(office.count("select count(*) from import_rows").await, 4_000);
}

#[tokio::test]
async fn a_list_of_doses_asks_for_the_column_it_lacks_and_remembers_it() {
    let office = Office::new().await;
    let bytes = "Họ và tên,Năm sinh,Lần,Hôm tiêm\nTrần Thị Bích,1985,1,1/8/2021\n".as_bytes();
    let seen = office.upload("vaccinations", &[], bytes).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        seen.text.contains("name=\"column_dosed_on\"") && seen.text.contains("Hôm tiêm"),
        "{}",
        seen.text
    );
    assert!(seen.text.contains("<option value=\"vaccinations\" selected>"), "the kind stays chosen");
    let chosen = [
        ("column_full_name", "Họ và tên"),
        ("column_birth", "Năm sinh"),
        ("column_dose", "Lần"),
        ("column_dosed_on", "Hôm tiêm"),
        // Of another kind of list: it means nothing here.
        ("column_result", "Lần"),
    ];
    let seen = office.upload("vaccinations", &chosen, bytes).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    assert!(office.browser.page(&seen.to).await.contains("Ghi 1 dòng vào sổ"));
    office.browser.post(&format!("{}/apply", seen.to), &[]).await;
    office.work().await;
    assert_eq!(office.count("select count(*) from person_facts where dose = 1").await, 1);
    let again = office.upload("vaccinations", &[], bytes).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "the unit need not choose again");
    let wrong = office.upload("dancing", &[], bytes).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("href=\"#list\""));
}

#[tokio::test]
async fn streets_and_contacts_are_lists_like_the_others() {
    let office = Office::new().await;
    let page = office.browser.page("imports").await;
    assert!(page.contains("<option value=\"contacts\">") && page.contains("<option value=\"streets\">"));
    let streets = "Tên đường,Thuộc đường,Từ số,Đến số,Khu phố\n\
        Lý Phục Man,,1,199,1\nHẻm 40,Lý Phục Man,,,1\nĐường số 9,,9,1,1\n";
    let list = office.upload("streets", &[], streets.as_bytes()).await.to;
    let page = office.browser.page(&list).await;
    for said in ["Danh mục đường, hẻm, chung cư", "Ghi 2 dòng vào sổ", "Số nhà cuối nhỏ hơn số nhà đầu"]
    {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("Dự kiến người mới"), "a street is nobody");
    office.browser.post(&format!("{list}/apply"), &[]).await;
    office.work().await;
    assert_eq!(office.count("select count(*) from streets where ended_at is null").await, 2);
    let undo = format!("{list}/undo");
    assert!(office.browser.page(&undo).await.contains("bỏ khu phố, tổ mà danh mục này đã điền"));
    office.browser.post(&undo, &[("why", "Nhầm phường")]).await;
    office.work().await;
    assert_eq!(office.count("select count(*) from streets where ended_at is null").await, 0);

    let contacts = "Họ và tên,Năm sinh,SĐT,Ngày tiếp xúc cuối,Tiếp xúc với F0\n\
        Lê Văn An,1990,0900555702,24/9/2021,Không Ai Biết\n";
    let list = office.upload("contacts", &[], contacts.as_bytes()).await.to;
    let page = office.browser.page(&list).await;
    assert!(page.contains("Không tìm thấy F0 này") && page.contains("Không có dòng nào mới"), "{page}");
    let lacking = "Họ và tên,Năm sinh,Ngày tiếp xúc\nLê Văn An,1990,24/9/2021\n";
    let seen = office.upload("contacts", &[], lacking.as_bytes()).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains("Họ tên F0"), "{}", seen.text);
}

#[tokio::test]
async fn a_hundred_megabyte_file_is_refused_in_words() {
    let office = Office::new().await;
    let seen = office.upload("people", &[], &vec![b'a'; 100 << 20]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains("id=\"file-error\"") && seen.text.contains("Tệp quá lớn, tối đa 32 MB"));
    assert_eq!(office.count("select count(*) from imports").await, 0);
}
