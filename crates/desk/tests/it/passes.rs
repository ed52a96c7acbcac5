//! Passes on the desk: issued from a person's page, printed, sent, replaced, taken back; and by the set.

use crate::browser::{Browser, centre, hidden, hrefs};
use axum::http::StatusCode;
use health::{
    cases::{self, Care, Classification, NewCase, TestKind},
    facts::{Kind as FactKind, NewFact, Source},
    followups, passes,
};
use kernel::{OrganisationId, PersonId, Role};
use testkit::TestCentre;
use uuid::Uuid;

struct Passes {
    centre: TestCentre,
    clerk: Browser,
    person: PersonId,
}

impl Passes {
    /// Trần Thị Bích, in whom nothing was proven, in a district that has keys.
    async fn new() -> Self {
        let centre = centre().await;
        let (station, ward) = (centre.unit("TPHONG.TYT").await, centre.unit("TPHONG").await);
        let nurse = centre.staff("Trực trạm").at(station, Role::StationStaff).on_duty().create().await;
        let clerk = centre.staff("Trực ủy ban").at(ward, Role::WardOfficial).create().await;
        let new = NewCase {
            form_key: Uuid::from_u128(1),
            full_name: "Trần Thị Bích".into(),
            birth: "02/03/1985".into(),
            sex: None,
            citizen_id: "079185012345".into(),
            phone: "0900 555 777".into(),
            no_phone_reason: None,
            address: String::new(),
            ward: Some(ward),
            classification: Classification::Suspected,
            basis: TestKind::Rapid,
            sample_on: "24/9/2021".into(),
            result_on: String::new(),
            reported_at: None,
            symptoms: Vec::new(),
            care: Care::Hospital,
            note: String::new(),
        };
        let mut cx = centre.as_staff(nurse).await;
        let person = cases::record(&mut cx, &centre.tenant, &new).await.unwrap().person;
        cx.commit().await.unwrap();
        let mut cx = centre.system().await;
        passes::export_keys(&mut cx).await.unwrap();
        cx.commit().await.unwrap();
        let clerk = Browser::of(&centre, clerk).await;
        Self { centre, clerk, person }
    }

    /// Issues her own pass; its path.
    async fn issued(&self) -> String {
        let form = format!("passes/new?person={}", self.person);
        let done = self.clerk.post(&form, &[("force", ""), ("organisation", ""), ("code", "")]).await;
        assert!(done.to.ends_with("?done=issued"), "{} {}", done.status, done.text);
        done.to.split('?').next().unwrap().to_owned()
    }

    /// The pass that she has by now.
    async fn issued_again(&self) -> String {
        let form = format!("passes/new?person={}", self.person);
        let had = self.clerk.post(&form, &[("force", "")]).await;
        had.to.split('?').next().unwrap().to_owned()
    }

    async fn leader(&self) -> Browser {
        let ward = self.centre.unit("TPHONG").await;
        let chair = self.centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).create().await;
        Browser::of(&self.centre, chair).await
    }

    /// Chợ Tân Phong, where she works.
    async fn market(&self) -> OrganisationId {
        let ward = self.centre.unit("TPHONG").await.to_string();
        let leader = self.leader().await;
        let fields = [
            ("code", "CHO-TP"),
            ("kind", "market"),
            ("name", "Chợ Tân Phong"),
            ("ward", &*ward),
            ("from", "2021-09-01"),
        ];
        let made = leader.post("organisations/new", &fields).await;
        let market: OrganisationId = made.to.rsplit('/').next().unwrap().parse().unwrap();
        let mut cx = self.centre.system().await;
        let works = NewFact { organisation: Some(market), ..NewFact::of(FactKind::Employer, Source::Staff) };
        followups::add_fact(&mut cx, self.person, &works).await.unwrap();
        cx.commit().await.unwrap();
        market
    }

    /// A confirmed F0 who works there too.
    async fn ill_colleague(&self, market: OrganisationId) {
        let (station, ward) = (self.centre.unit("TPHONG.TYT").await, self.centre.unit("TPHONG").await);
        let nurse = self.centre.staff("Trực trạm khác").at(station, Role::StationStaff).create().await;
        let new = NewCase {
            form_key: Uuid::from_u128(2),
            full_name: "Lê Văn Thử".into(),
            birth: "05/06/1979".into(),
            sex: None,
            citizen_id: String::new(),
            phone: "0900 555 333".into(),
            no_phone_reason: None,
            address: "20 Đường số 15".into(),
            ward: Some(ward),
            classification: Classification::Confirmed,
            basis: TestKind::Rapid,
            sample_on: "24/9/2021".into(),
            result_on: "25/9/2021".into(),
            reported_at: None,
            symptoms: Vec::new(),
            care: Care::Hospital,
            note: String::new(),
        };
        let mut cx = self.centre.as_staff(nurse).await;
        let person = cases::record(&mut cx, &self.centre.tenant, &new).await.unwrap().person;
        cx.commit().await.unwrap();
        let mut cx = self.centre.system().await;
        let works = NewFact { organisation: Some(market), ..NewFact::of(FactKind::Employer, Source::Staff) };
        followups::add_fact(&mut cx, person, &works).await.unwrap();
        cx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_pass_is_issued_from_her_page_and_printed() {
    let passes = Passes::new().await;
    assert!(passes.clerk.page("passes").await.contains("Chưa cấp mã QR nào"));
    let person = passes.clerk.page(&format!("people/{}", passes.person)).await;
    let form = hrefs(&person, "passes/new?person=").remove(0);
    assert!(passes.clerk.page(&form).await.contains("Cấp cho: Trần Thị Bích."));
    let pass = passes.issued().await;
    let page = passes.clerk.page(&pass).await;
    for text in ["Trần Thị Bích", "1985", "Đang dùng", "TRAN THI BICH", "Cấp mã", "Không ghi"] {
        assert!(page.contains(text), "{text}");
    }
    // Once more, and she keeps it.
    let again = passes.clerk.post(&form, &[("force", "")]).await;
    assert_eq!(again.to, format!("{pass}?done=had"));
    let card = passes.clerk.post(&format!("{pass}/card"), &[]).await;
    assert_eq!((card.status, card.kind.as_str()), (StatusCode::OK, "application/pdf"));
    assert!(card.text.starts_with("%PDF") && card.disposition.contains("the-qr.pdf"));
    assert!(passes.clerk.page(&pass).await.contains("In thẻ"));
    let code = passes.clerk.post(&format!("{pass}/code"), &[]).await;
    let digits = code.text.split("care-code\"><span>").nth(1).unwrap().split('<').next().unwrap();
    assert_eq!(digits.len(), 14, "{digits}");
    let sent = passes.clerk.post(&format!("{pass}/send"), &[]).await;
    assert!(sent.to.ends_with("?done=sent"), "{} {}", sent.status, sent.text);
    let hasty = passes.clerk.post(&format!("{pass}/send"), &[]).await;
    assert!(hasty.status == StatusCode::UNPROCESSABLE_ENTITY && hasty.text.contains("mười phút"));
    let list = passes.clerk.page("passes?kind=person&standing=good").await;
    assert!(list.contains("Trần Thị Bích") && list.contains("passes/sheet"));
    assert!(passes.clerk.page("passes?kind=force").await.contains("Không có mã nào như vậy"));
    let ids = hidden(&list, "ids").unwrap();
    let sheet = passes.clerk.post("passes/sheet", &[("ids", &ids)]).await;
    assert!(sheet.kind == "application/pdf" && sheet.text.starts_with("%PDF"));
}

#[tokio::test]
async fn taking_back_asks_the_reason_and_then_once_more() {
    let passes = Passes::new().await;
    let pass = passes.issued().await;
    let revoke = format!("{pass}/revoke");
    assert_eq!(passes.clerk.open(&revoke).await.status, StatusCode::FORBIDDEN);
    let leader = passes.leader().await;
    let bare = leader.post(&revoke, &[("reason", ""), ("why", "")]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bare.text.contains("href=\"#reason\"") && bare.text.contains("href=\"#why\""));
    let died = leader.post(&revoke, &[("reason", "died"), ("why", "…")]).await;
    assert_eq!(died.status, StatusCode::UNPROCESSABLE_ENTITY, "only the program says so");
    let said = [("reason", "misused"), ("why", "Cho mượn ở chốt")];
    let asked = leader.post(&revoke, &said).await;
    assert!(asked.status == StatusCode::OK && asked.text.contains("Thu hồi vĩnh viễn"));
    assert!(leader.page(&pass).await.contains("Đang dùng"), "nothing has happened yet");
    assert_eq!(hidden(&asked.text, "sure").as_deref(), Some("yes"));
    let done = leader.post(&revoke, &[&said[..], &[("sure", "yes")]].concat()).await;
    assert!(done.to.ends_with("?done=revoked"), "{} {}", done.status, done.text);
    let page = leader.page(&done.to).await;
    assert!(page.contains("Đã thu hồi") && page.contains("Cho mượn ở chốt") && !page.contains("/card\""));
    let card = leader.post(&format!("{pass}/card"), &[]).await;
    assert!(card.status == StatusCode::UNPROCESSABLE_ENTITY && card.text.contains("Mã này đã thu hồi."));
}

#[tokio::test]
async fn a_lost_card_is_replaced_and_another_ward_sees_neither() {
    let passes = Passes::new().await;
    let pass = passes.issued().await;
    let bare = passes.clerk.post(&format!("{pass}/replace"), &[("why", " ")]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = passes.clerk.post(&format!("{pass}/replace"), &[("why", "Mất thẻ")]).await;
    assert!(done.to.ends_with("?done=replaced"), "{} {}", done.status, done.text);
    let other = done.to.split('?').next().unwrap().to_owned();
    assert_ne!(other, pass);
    assert!(!hrefs(&passes.clerk.page(&pass).await, &other).is_empty());

    let ward = passes.centre.unit("TQUY").await;
    let stranger = passes.centre.staff("Cán bộ khác").at(ward, Role::WardOfficial).create().await;
    let stranger = Browser::of(&passes.centre, stranger).await;
    assert!(!stranger.page("passes").await.contains("Trần Thị Bích"));
    for path in [&other, &format!("{other}/replace"), &format!("passes/new?person={}", passes.person)] {
        assert_eq!(stranger.open(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(stranger.post(&format!("{other}/card"), &[]).await.status, StatusCode::NOT_FOUND);
    let id = other.rsplit('/').next().unwrap();
    assert_eq!(stranger.post("passes/sheet", &[("ids", id)]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn workers_and_a_ward_are_served_by_the_set_and_a_shop_gets_its_sign() {
    let passes = Passes::new().await;
    let market = passes.market().await;
    let page = passes.clerk.page(&format!("organisations/{market}")).await;
    let form = hrefs(&page, "passes/batch?organisation=").remove(0);
    assert!(passes.clerk.page(&form).await.contains("Chợ Tân Phong"));
    let made = passes.clerk.post(&form, &[("force", "shipper")]).await;
    assert!(made.status == StatusCode::OK && made.text.contains("Đã cấp 1 mã mới"), "{}", made.text);
    let ids = hidden(&made.text, "ids").unwrap();
    let sheet = passes.clerk.post("passes/sheet", &[("ids", &ids), ("name", "Chợ Tân Phong")]).await;
    assert!(sheet.kind == "application/pdf" && sheet.disposition.contains("the-qr-a4.pdf"));
    let missing = passes.clerk.post("passes/batch", &[]).await;
    assert!(missing.status == StatusCode::UNPROCESSABLE_ENTITY && missing.text.contains("href=\"#ward\""));
    let ward = passes.centre.unit("TPHONG").await.to_string();
    let made = passes.clerk.post("passes/batch", &[("ward", &ward)]).await;
    assert!(made.text.contains("Đã cấp 1 mã mới"), "a force is not her own: {}", made.text);

    let new = hrefs(&page, "passes/new?organisation=").remove(0);
    let wrong = passes.clerk.post(&new, &[("people", "nhiều")]).await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("href=\"#people\""));
    let shop = passes.clerk.post(&new, &[("people", "40")]).await;
    let shop = shop.to.split('?').next().unwrap().to_owned();
    let sign = passes.clerk.post(&format!("{shop}/sign"), &[]).await;
    assert!(sign.kind == "application/pdf" && sign.disposition.contains("bien.pdf"), "{}", sign.text);
    let place = passes.clerk.post("passes/new", &[("unit", &ward)]).await;
    let place = place.to.split('?').next().unwrap().to_owned();
    let one = passes.clerk.page(&place).await;
    let (unknown, green) = (one.find("Chưa biết vùng").unwrap(), one.find("value=\"green\"").unwrap());
    assert!(unknown < green, "no colour is claimed for whoever chooses nothing");
    for zone in ["", "yellow"] {
        let sign = passes.clerk.post(&format!("{place}/sign"), &[("zone", zone)]).await;
        assert_eq!(sign.kind, "application/pdf");
    }
    let own = passes.issued_again().await;
    let none = passes.clerk.post(&format!("{own}/sign"), &[]).await;
    assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.text.contains("Biển chỉ in"));
}

#[tokio::test]
async fn who_gets_no_card_is_named_before_a_set_is_printed() {
    let passes = Passes::new().await;
    let market = passes.market().await;
    passes.ill_colleague(market).await;
    let form = format!("passes/batch?organisation={market}");
    let made = passes.clerk.post(&form, &[("force", "shipper")]).await;
    assert!(made.text.contains("Đã cấp 2 mã mới"), "{}", made.text);
    assert!(made.text.contains("1 thẻ không in vì mã đang tạm dừng</strong>: Lê Văn Thử"), "{}", made.text);
    let ids = hidden(&made.text, "ids").unwrap();
    assert_eq!(ids.split(' ').count(), 2);
    let sheet = passes.clerk.post("passes/sheet", &[("ids", &ids), ("name", "Chợ Tân Phong")]).await;
    assert!(sheet.kind == "application/pdf" && sheet.text.starts_with("%PDF"));
    let mut cx = passes.centre.system().await;
    let printed: i64 = sqlx::query_scalar("select count(*) from events where kind = 'pass.printed'")
        .fetch_one(cx.conn())
        .await
        .unwrap();
    assert_eq!(printed, 1);
    drop(cx);
    assert!(passes.clerk.page("passes?kind=force").await.contains("1 mã trên trang này không in thẻ"));
}
