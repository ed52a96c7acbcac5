use crate::site::{ALL, Site, picture};
use axum::http::StatusCode;
use jiff::SignedDuration;
use kernel::{Role, StaffId};
use town::{
    files::{self, Purpose},
    reports::{self, Filter},
};

/// A report at the committee of Tân Phong: where it is followed, and its clerk.
async fn reported(site: &Site) -> (String, StaffId) {
    let ward = site.centre.unit("TPHONG").await;
    let clerk = site.centre.staff("Trực ủy ban").at(ward, Role::WardOfficial).on_duty().create().await;
    let leaders = site.centre.unit("LDQ").await;
    site.centre.staff("Lãnh đạo trực").at(leaders, Role::DistrictLeader).on_duty().create().await;
    (site.post("/quan7/report/check", "", &ALL).await.to, clerk)
}

async fn answer(site: &Site, clerk: StaffId) {
    answer_with(site, clerk, picture()).await;
}

async fn answer_with(site: &Site, clerk: StaffId, proof: Vec<u8>) {
    let mut cx = site.centre.as_staff(clerk).await;
    let filter = Filter { limit: 1, ..Filter::default() };
    let line = reports::list(&mut cx, &site.centre.tenant, &filter).await.unwrap().remove(0);
    let proof = files::keep(&mut cx, &site.vault, proof, Purpose::Proof).await.unwrap();
    reports::answer(&mut cx, line.id, "Đã thu gom rác và rắc vôi.", Some(proof)).await.unwrap();
    cx.commit().await.unwrap();
}

#[tokio::test]
async fn the_answer_is_seen_contested_answered_again_and_judged() {
    let site = Site::new().await;
    let (page, clerk) = reported(&site).await;
    let contest = format!("{page}/contest");
    let early = site.post(&contest, "", &[("why", "Chưa ai đến")]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);

    answer(&site, clerk).await;
    let seen = site.get(&page, "").await;
    assert_eq!(seen.of(".state"), "Đã trả lời");
    assert!(seen.text.contains("Đã thu gom rác và rắc vôi.") && !seen.text.contains("Trực ủy ban"));
    let photo = site.get(&seen.attribute("img.preview", "src"), "").await;
    assert_eq!((photo.status, &photo.text.as_bytes()[..3]), (StatusCode::OK, "\u{fffd}".as_bytes()));

    let wrong = site.post(&contest, "", &[("why", " ")]).await;
    assert_eq!(
        (wrong.status, wrong.of("#why-error")),
        (StatusCode::UNPROCESSABLE_ENTITY, "Xin nhập nội dung.".into())
    );
    assert!(wrong.has("details[open]"));
    let done = site.post(&contest, "", &[("why", "Rác vẫn còn nguyên.")]).await;
    assert_eq!((done.status, done.to.as_str()), (StatusCode::SEE_OTHER, page.as_str()));
    let seen = site.get(&page, "").await;
    assert_eq!(seen.of(".state"), "Đang xử lý lại");
    assert!(seen.text.contains("Anh/chị yêu cầu xử lý lại") && !seen.has("form"));

    answer(&site, clerk).await;
    let rate = format!("{page}/rate");
    let wrong = site.post(&rate, "", &[("score", "9")]).await;
    assert_eq!(
        (wrong.status, wrong.of("#score-error")),
        (StatusCode::UNPROCESSABLE_ENTITY, "Xin chọn từ 1 đến 5.".into())
    );
    let done = site.post(&rate, "", &[("score", "4"), ("solved", "yes")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let seen = site.get(&page, "").await;
    assert_eq!(seen.of(".state"), "Đã giải quyết xong");
    assert!(seen.text.contains("4/5") && !seen.has("form"));
    assert_eq!(site.get(&rate, "").await.to, page);
}

#[tokio::test]
async fn what_is_late_stands_before_the_leader() {
    let site = Site::new().await;
    let (page, _) = reported(&site).await;
    site.centre.advance(SignedDuration::from_hours(49)).await;
    let seen = site.get(&page, "").await;
    assert_eq!(seen.attribute(".left", "data-left"), "late");
    assert!(seen.text.contains("Việc đã được báo lên lãnh đạo."));
}

#[tokio::test]
async fn a_code_is_read_however_it_is_typed_and_an_unknown_one_is_told_what_to_do() {
    let site = Site::new().await;
    let (page, _) = reported(&site).await;
    let code = page.strip_prefix("/quan7/track/").unwrap();
    let typed = code.to_lowercase().replace('-', " ");
    assert_eq!(site.post("/quan7/track", "", &[("code", &typed)]).await.to, page);
    let wrong = site.post("/quan7/track", "", &[("code", "0903")]).await;
    assert_eq!(
        (wrong.status, wrong.attribute("#code", "value")),
        (StatusCode::UNPROCESSABLE_ENTITY, "0903".into())
    );
    let unknown = site.get("/quan7/track/0000-0000-0000-0000", "").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.text.contains("Đối chiếu từng nhóm") && unknown.has("form input[name=code]"));
    let file = format!("{page}/files/00000000-0000-0000-0000-000000000000");
    assert_eq!(site.get(&file, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_ends_by_itself() {
    let site = Site::new().await;
    let (page, _) = reported(&site).await;
    let mut last = StatusCode::OK;
    for _ in 0..40 {
        last = site.get("/quan7/track/0000-0000-0000-0000", "").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(site.get(&page, "").await.status, StatusCode::TOO_MANY_REQUESTS);
    site.centre.advance(SignedDuration::from_mins(5)).await;
    assert_eq!(site.get(&page, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_paper_as_proof_is_saved_and_never_opened_in_the_pages_name() {
    let site = Site::new().await;
    let (page, clerk) = reported(&site).await;
    answer_with(&site, clerk, b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n".to_vec()).await;
    let seen = site.get(&page, "").await;
    let href = seen.attribute("article.panel a", "href");
    let paper = site.get(&href, "").await;
    assert_eq!(paper.status, StatusCode::OK);
    assert!(paper.disposition.starts_with("attachment; filename="), "{}", paper.disposition);
}
