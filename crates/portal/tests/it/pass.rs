//! Somebody's own pass on his telephone.

use crate::site::Site;
use axum::http::StatusCode;
use health::{
    cases::{self, Care, Classification, NewCase, TestKind},
    passes::{self, Held, Reason, TurnPasses},
};
use kernel::{PassId, PersonId, Role, SecretCode, citizen_id::Sex};
use std::sync::Arc;
use store::subscriptions::Reader;
use uuid::Uuid;

/// Trần Thị Bích, suspected of nothing proven, with her pass, in a district that has keys.
struct Bich {
    site: Site,
    person: PersonId,
    pass: PassId,
    key: SecretCode,
}

async fn case(site: &Site, form: u128, classification: Classification) -> PersonId {
    let station = site.centre.unit("TPHONG.TYT").await;
    let nurse = site.centre.staff("Trực trạm").at(station, Role::StationStaff).on_duty().create().await;
    let new = NewCase {
        form_key: Uuid::from_u128(form),
        full_name: "Trần Thị Bích".into(),
        birth: "2/3/1985".into(),
        sex: Some(Sex::Female),
        citizen_id: "079185012345".into(),
        phone: "0900 555 777".into(),
        no_phone_reason: None,
        address: "12 Đường số 15".into(),
        ward: Some(site.centre.unit("TPHONG").await),
        classification,
        basis: TestKind::Rapid,
        sample_on: "24/9/2021".into(),
        result_on: "25/9/2021".into(),
        reported_at: None,
        symptoms: Vec::new(),
        care: Care::Hospital,
        note: String::new(),
    };
    let mut cx = site.centre.as_staff(nurse).await;
    let person = cases::record(&mut cx, &site.centre.tenant, &new).await.unwrap().person;
    cx.commit().await.unwrap();
    person
}

impl Bich {
    async fn new() -> Self {
        let site = Site::new().await;
        let person = case(&site, 1, Classification::Suspected).await;
        let mut cx = site.centre.system().await;
        passes::export_keys(&mut cx).await.unwrap();
        let Held { pass, key } = passes::hold(&mut cx, person).await.unwrap();
        cx.commit().await.unwrap();
        Self { site, person, pass, key }
    }

    fn address(&self) -> String {
        format!("/quan7/pass/{}", self.key)
    }
}

#[tokio::test]
async fn her_own_page_shows_name_year_and_a_code_and_is_kept_by_nobody_else() {
    let bich = Bich::new().await;
    let page = bich.site.get(&bich.address(), "").await;
    assert_eq!((page.status, page.of("h1")), (StatusCode::OK, "Trần Thị Bích".into()));
    assert_eq!(page.of(".pass-born"), "Sinh năm 1985");
    assert!(page.has(".pass-qr svg.qr") && page.has(".pass-card.zone svg"), "{}", page.text);
    assert!(page.has("#why + ul li"), "why the card has its colour");
    assert_eq!(page.attribute("[data-worker]", "data-worker"), "/quan7/pass/worker.js");
    assert_eq!(page.kept, "private, no-store");
    assert_eq!(page.attribute("meta[name=robots]", "content"), "noindex, nofollow");
    for private in ["079185012345", "0900 555 777", "2/3/1985", "02/03/1985", "12 Đường"] {
        assert!(!page.text.contains(private), "{private}");
    }
    let english = bich.site.get(&format!("{}?lang=en", bich.address()), "").await;
    assert_eq!(english.of(".pass-born"), "Born in 1985");
}

#[tokio::test]
async fn twelve_digits_and_a_card_to_print_are_there_for_the_asking() {
    let bich = Bich::new().await;
    let before = bich.site.get(&bich.address(), "").await;
    assert!(!before.has(".pass-digits"));
    let asked = bich.site.post(&format!("{}/code", bich.address()), "", &[]).await;
    assert_eq!((asked.status, asked.to.clone()), (StatusCode::SEE_OTHER, bich.address()));
    let page = bich.site.get(&asked.to, "").await;
    let digits = page.of(".pass-digits .code");
    let groups: Vec<&str> = digits.split(' ').collect();
    assert!(groups.len() == 3 && groups.iter().all(|group| group.len() == 4), "{digits}");
    assert!(!page.has("form[action$='/code']"));
    let card = bich.site.get(&page.attribute("a[href$='.pdf']", "href"), "").await;
    assert_eq!((card.status, card.kind.as_str()), (StatusCode::OK, "application/pdf"));
    assert!(card.text.starts_with("%PDF") && card.disposition.contains("the-qr.pdf"));
}

#[tokio::test]
async fn a_key_is_typed_and_a_wrong_one_opens_nothing() {
    let bich = Bich::new().await;
    let typed = bich.key.to_string().to_lowercase();
    let entered = bich.site.post("/quan7/pass", "", &[("code", &typed)]).await;
    assert_eq!((entered.status, entered.to), (StatusCode::SEE_OTHER, bich.address()));
    let wrong = bich.site.post("/quan7/pass", "", &[("code", "không phải mã")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.has("#code-error"));
    for _ in 0..30 {
        let seen = bich.site.get("/quan7/pass/0000-0000-0000-0000", "").await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND);
        assert!(seen.text.contains("Không mở được mã QR"));
    }
    let seen = bich.site.get("/quan7/pass/0000-0000-0000-0000", "").await;
    assert_eq!(seen.status, StatusCode::TOO_MANY_REQUESTS);
    // Whoever shares the guesser's address stands at a gate.
    assert_eq!(bich.site.get(&bich.address(), "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_stands_beside_her_reads_nothing_of_an_illness() {
    let bich = Bich::new().await;
    assert_eq!(case(&bich.site, 2, Classification::Confirmed).await, bich.person);
    // Before the pass has turned, and after.
    for turned in [false, true] {
        if turned {
            bich.site.centre.seal().await;
            let reader = Reader::new(bich.site.centre.store.clone(), vec![Arc::new(TurnPasses)]);
            while reader.read(bich.site.centre.id()).await.unwrap() > 0 {}
        }
        let page = bich.site.get(&bich.address(), "").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("Mã đang tạm dừng") && page.text.contains("Trạm Y tế"), "{}", page.text);
        assert!(page.has("a[href^='tel:']") && page.of("h1") == "Trần Thị Bích");
        assert!(!page.has("svg.qr") && !page.has(".pass-digits") && !page.has(".zone"));
        assert!(!page.text.contains("F0") && !page.text.contains("khỏi bệnh"));
        let card = bich.site.get(&format!("{}/card.pdf", bich.address()), "").await;
        assert!(!turned || (card.status, card.to) == (StatusCode::SEE_OTHER, bich.address()));
    }
}

#[tokio::test]
async fn a_pass_that_was_taken_back_says_so() {
    let bich = Bich::new().await;
    let ward = bich.site.centre.unit("TPHONG").await;
    let chair = bich.site.centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).create().await;
    let mut cx = bich.site.centre.as_staff(chair).await;
    passes::revoke(&mut cx, bich.pass, Reason::Misused, "Cho mượn").await.unwrap();
    cx.commit().await.unwrap();
    let page = bich.site.get(&bich.address(), "").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Mã không còn dùng được") && !page.text.contains("Cho mượn"));
    assert!(!page.has("svg.qr") && !page.has("a[href$='.pdf']"));
}
