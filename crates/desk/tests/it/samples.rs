//! Tests at the station's desk: ordered and written at a household, pooled, told of and looked at.

use crate::{
    browser::{hidden, hrefs},
    households::Care,
};
use axum::http::StatusCode;
use health::{
    cases::TestResult,
    followups::{self, Subject},
    households::NewMember,
    samples::{self, SelfTest},
};
use jiff::SignedDuration;
use kernel::{Actor, HouseholdId, PersonId};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

impl Care {
    /// Somebody who lives with the F0.
    async fn tested_contact(&self, home: HouseholdId, name: &str) -> PersonId {
        let new = NewMember { full_name: name.into(), birth: "1950".into(), ..NewMember::default() };
        let mut cx = self.centre.system().await;
        let person = followups::add_member(&mut cx, home, &new, Some(Subject::F1)).await.unwrap();
        cx.commit().await.unwrap();
        person
    }

    async fn tells_test(&self, home: HouseholdId, person: PersonId, result: TestResult) -> uuid::Uuid {
        let mut cx = self.centre.begin(Actor::citizen(home.uuid())).await;
        let new = SelfTest { person, result, on_day: "25/9/2021".into(), file: None };
        let told = samples::tell(&mut cx, &self.centre.tenant, home, &new).await.unwrap();
        cx.commit().await.unwrap();
        told.test.unwrap()
    }
}

#[tokio::test]
async fn a_test_is_ordered_at_the_household_and_its_result_ends_the_order() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let mother = care.tested_contact(home, "Phạm Thị Sáu").await.to_string();
    assert!(care.browser.page("samples").await.contains("Không còn ai chờ lấy mẫu"));
    let page = care.browser.page(&format!("households/{home}")).await;
    assert!(page.contains("Chỉ định xét nghiệm") && page.contains("Ghi kết quả"));
    let order = format!("households/{home}/order");
    let unchosen = care.browser.post(&order, &[("person", &mother), ("kind", "rapid"), ("reason", "")]).await;
    assert_eq!(unchosen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unchosen.text.contains("href=\"#reason\""));
    let chosen = [("person", mother.as_str()), ("kind", "rapid"), ("reason", "symptoms")];
    let done = care.browser.post(&order, &chosen).await;
    assert!(done.to.ends_with("?done=order"), "{}", done.text);
    let page = care.browser.page(&done.to).await;
    assert!(page.contains("chỉ định Xét nghiệm nhanh cho Phạm Thị Sáu: Có triệu chứng"), "{page}");
    assert!(care.browser.post(&order, &chosen).await.to.ends_with("?done=order-known"));

    care.pass(MINUTE).await;
    let list = care.browser.page("samples").await;
    assert!(list.contains("Phạm Thị Sáu"));
    let result = hrefs(&list, "/samples/orders/").into_iter().find(|href| href.ends_with("/result")).unwrap();
    assert!(care.browser.page(&result).await.contains("value=\"25/09/2021\""));
    let write = |sample_on| {
        [("person", mother.as_str()), ("kind", "rapid"), ("result", "positive"), ("sample_on", sample_on)]
    };
    let future = care.browser.post(&result, &write("26/9/2021")).await;
    assert_eq!(future.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(future.text.contains("href=\"#sample_on\"") && future.text.contains("value=\"26/9/2021\""));
    let done = care.browser.post(&result, &write("25/9/2021")).await;
    assert!(done.to.ends_with("?done=result-f0"), "{} {}", done.status, done.text);
    let list = care.browser.page(&done.to).await;
    assert!(list.contains("Người này là ca F0") && list.contains("Không còn ai chờ lấy mẫu"));
    let page = care.browser.page(&format!("households/{home}")).await;
    assert!(page.contains("đã có kết quả: Dương tính, lấy mẫu 25/09/2021"), "{page}");
}

#[tokio::test]
async fn a_self_test_waits_until_somebody_says_what_it_is() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let mother = care.tested_contact(home, "Phạm Thị Sáu").await;
    let test = care.tells_test(home, mother, TestResult::Positive).await;
    let list = care.browser.page("samples").await;
    assert!(list.contains("Phạm Thị Sáu") && list.contains("Dương tính"));
    let path = format!("samples/tests/{test}");
    let page = care.browser.page(&path).await;
    assert!(page.contains("Xác nhận: là ca F0") && !page.contains("không cần làm gì thêm"));
    let unsaid = care.browser.post(&path, &[("seen_as", ""), ("why", "")]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    let silent = care.browser.post(&path, &[("seen_as", "refused"), ("why", "")]).await;
    assert!(silent.status == StatusCode::UNPROCESSABLE_ENTITY && silent.text.contains("href=\"#why\""));
    let done = care.browser.post(&path, &[("seen_as", "confirmed"), ("why", "Gọi hỏi, ảnh rõ")]).await;
    assert!(done.to.ends_with("?done=confirmed"), "{} {}", done.status, done.text);
    assert!(care.browser.page(&done.to).await.contains("các nơi xử lý đang được gọi"));
    let again = care.browser.post(&path, &[("seen_as", "refused"), ("why", "Nhầm")]).await;
    assert!(again.to.ends_with("?done=seen-known"));
    let page = care.browser.page(&format!("households/{home}")).await;
    assert!(page.contains("báo kết quả tự xét nghiệm của Phạm Thị Sáu: Dương tính"), "{page}");
    assert!(page.contains("xem kết quả tự xét nghiệm của Phạm Thị Sáu: Xác nhận: là ca F0"));
}

#[tokio::test]
async fn a_pool_is_taken_from_a_household_and_opened() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let people =
        [care.tested_contact(home, "Phạm Thị Sáu").await, care.tested_contact(home, "Phạm Văn Bảy").await];
    let page = care.browser.page(&format!("samples/pool?household={home}")).await;
    assert!(page.contains("Phạm Thị Sáu") && page.contains("Phạm Văn Bảy"));
    let station = care.centre.unit("TPHONG.TYT").await.to_string();
    let members: Vec<String> = people.iter().map(ToString::to_string).collect();
    let one = [
        ("unit", station.as_str()),
        ("code", "G07"),
        ("kind", "pcr"),
        ("sample_on", "25/9/2021"),
        ("members", members[0].as_str()),
    ];
    let few = care.browser.post("samples/pool", &one).await;
    assert!(few.status == StatusCode::UNPROCESSABLE_ENTITY && few.text.contains("href=\"#members\""));
    let both = [one.as_slice(), &[("members", members[1].as_str())]].concat();
    assert!(care.browser.post("samples/pool", &both).await.to.ends_with("?done=pool"));
    let twice = care.browser.post("samples/pool", &both).await;
    assert!(twice.status == StatusCode::UNPROCESSABLE_ENTITY && twice.text.contains("href=\"#code\""));
    let list = care.browser.page("samples").await;
    assert!(list.contains("Chờ kết quả"));
    let pool = hrefs(&list, "/samples/pools/").remove(0);
    assert!(hidden(&care.browser.page(&pool).await, "csrf").is_some());
    let done = care.browser.post(&pool, &[("result", "positive"), ("result_on", "")]).await;
    assert!(done.to.ends_with("?done=pool-opened"), "{}", done.text);
    let list = care.browser.page(&done.to).await;
    assert_eq!(list.matches("Mẫu gộp không âm tính").count(), 2, "{list}");
    assert!(care.browser.post(&pool, &[("result", "negative")]).await.to.ends_with("?done=pool-known"));
}
