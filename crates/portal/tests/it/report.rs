use crate::site::{ALL, Site, all_but, picture};
use axum::http::StatusCode;
use jiff::SignedDuration;

const REPORTS: &str = "select count(*) from reports";

#[tokio::test]
async fn four_questions_a_check_and_the_report_can_be_followed() {
    let site = Site::new().await;
    let first = site.get("/quan7/report/category", "").await;
    assert_eq!((first.status, first.of(".progress")), (StatusCode::OK, "Câu 1/4".into()));
    assert_eq!(first.attribute(".call-115", "href"), "tel:115");
    let key = first.attribute("input[name=key]", "value");
    let cookie = first.cookie.clone();
    assert_eq!(cookie, format!("vx_report={key}"));

    let post = |step: &'static str, fields: Vec<(&'static str, &'static str)>| {
        let (site, cookie, key) = (&site, cookie.clone(), key.clone());
        async move {
            let mut fields: Vec<(&str, &str)> = fields;
            fields.push(("key", &key));
            site.post(&format!("/quan7/report/{step}"), &cookie, &fields).await
        }
    };
    let seen = post("category", vec![("category", "rubbish")]).await;
    assert_eq!((seen.status, seen.to.as_str()), (StatusCode::SEE_OTHER, "/quan7/report/place"));
    let seen =
        post("place", vec![("ward", "TPHONG"), ("address", "Sau chợ"), ("lat", ""), ("lon", "")]).await;
    assert_eq!(seen.to, "/quan7/report/details");
    let details = site.get("/quan7/report/details", &cookie).await;
    assert_eq!(details.of("h1"), "Rác hoặc khói ở đâu, từ khi nào?");
    let fields = [("key", key.as_str()), ("text", "Rác cháy từ sáng, khói vào nhà.")];
    let seen = site.post_parts("/quan7/report/details", &cookie, &fields, &picture()).await;
    assert_eq!(seen.to, "/quan7/report/contact");
    let seen = post("contact", vec![("phone", "0903123456"), ("name", "")]).await;
    assert_eq!(seen.to, "/quan7/report/check");

    let check = site.get("/quan7/report/check", &cookie).await;
    for answer in ["Rác thải, khói bụi", "Phường Tân Phong", "Rác cháy từ sáng", "Đã kèm 1 ảnh", "48 giờ"]
    {
        assert!(check.text.contains(answer), "{answer}");
    }
    assert!(!check.has(".error-summary"));
    // A change comes back to the check.
    let seen = post("place", vec![("ward", "TPHONG"), ("address", "Sau chợ Tân Phong")]).await;
    assert_eq!(seen.to, "/quan7/report/check");

    let seen = post("check", vec![]).await;
    assert_eq!((seen.status, seen.cookie.as_str()), (StatusCode::SEE_OTHER, "vx_report="));
    let code = seen.to.strip_prefix("/quan7/track/").expect("the tracking page").to_owned();
    assert_eq!(code.len(), 19);
    // The button pressed twice.
    assert_eq!(post("check", vec![]).await.to, seen.to);
    assert_eq!(post("place", vec![("ward", "TPHONG")]).await.to, seen.to);
    assert_eq!(site.count(REPORTS).await, 1);
    // Back, another text, on: that is a new report, and it says so.
    let text = "Bây giờ cháy cả bãi rác bên cạnh.";
    let other = post("details", vec![("text", text)]).await;
    assert_eq!(other.to, "/quan7/report/contact");
    assert!(other.cookie.len() > 30 && other.cookie != cookie);
    let contact = site.get(&other.to, &other.cookie).await;
    assert!(contact.of(".panel-warning").contains("Phản ánh trước đã được gửi"));
    assert_eq!(contact.attribute(".panel-warning a", "href"), seen.to);
    assert_eq!(contact.attribute("#phone", "value"), "", "nothing of the first comes back");
    let details = site.get("/quan7/report/details", &other.cookie).await;
    assert_eq!(details.of("textarea"), text);
    // The first is still where it was.
    assert_eq!(post("check", vec![]).await.to, seen.to);
    assert_eq!(site.count("select count(*) from files where owner_kind = 'report'").await, 1);

    let track = site.get(&seen.to, "").await;
    assert_eq!((track.of(".code"), track.of(".state")), (code, "Đã tiếp nhận".into()));
    assert!(track.text.contains("Ủy ban nhân dân Phường Tân Phong"));
    assert!(!track.text.contains("0903") && !track.text.contains("Rác cháy"));
}

#[tokio::test]
async fn all_fields_at_once_are_a_report_and_the_same_key_gives_the_same_code() {
    let site = Site::new().await;
    let first = site.post("/quan7/report/check", "", &ALL).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    assert_eq!(site.post("/quan7/report/check", "", &ALL).await.to, first.to);
    let parts =
        site.post_parts("/quan7/report/check", "", &all_but("key", "khoa-thu-0002"), &picture()).await;
    assert_eq!(parts.status, StatusCode::SEE_OTHER, "{}", parts.text);
    assert_ne!(parts.to, first.to);
    // The draft is long gone, the report is not.
    site.centre.advance(SignedDuration::from_hours(25)).await;
    let mut cx = site.centre.system().await;
    assert_eq!(portal::report::purge(&mut cx).await.unwrap(), 3);
    cx.commit().await.unwrap();
    assert_eq!(site.post("/quan7/report/check", "", &ALL).await.to, first.to);
    assert_eq!(site.count(REPORTS).await, 2);
}

#[tokio::test]
async fn a_ward_is_known_by_id_and_by_either_code() {
    let site = Site::new().await;
    let mut cx = site.centre.system().await;
    let tree = duty::units::tree(&mut cx).await.unwrap();
    let ward = tree.by_code("TPHONG").unwrap();
    for (n, written) in
        [ward.id.to_string(), ward.admin_code.clone().unwrap(), "tphong".into()].iter().enumerate()
    {
        let key = format!("khoa-thu-100{n}");
        let mut fields = all_but("ward", written);
        fields.pop();
        fields.push(("key", &key));
        let seen = site.post("/quan7/report/check", "", &fields).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{written}: {}", seen.text);
    }
}

#[tokio::test]
async fn whoever_leaves_neither_name_nor_telephone_is_anonymous() {
    let site = Site::new().await;
    let fields: Vec<_> =
        ALL.iter().copied().filter(|(name, _)| !["phone", "name", "lat", "lon"].contains(name)).collect();
    let seen = site.post("/quan7/report/check", "", &fields).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    assert_eq!(site.count("select count(*) from reports where anonymous and phone is null").await, 1);
}

#[tokio::test]
async fn what_is_wrong_is_told_beside_its_field_and_what_was_typed_stays() {
    let site = Site::new().await;
    let wrong = [
        ("category", "", "Xin chọn lĩnh vực phản ánh."),
        ("category", "complaint", "Khiếu nại, tố cáo"),
        ("ward", "ATLANTIS", "Không có phường này."),
        ("lat", "48.85", "Vị trí nằm ngoài địa bàn"),
        ("text", "ngắn", "ít nhất 10 ký tự"),
        ("phone", "0903 12", "Số điện thoại"),
        ("key", "ngắn", "Mã gửi không hợp lệ"),
    ];
    for (field, value, says) in wrong {
        let seen = site.post("/quan7/report/check", "", &all_but(field, value)).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(seen.of(".error-summary").contains(says), "{field}: {}", seen.of(".error-summary"));
        assert!(seen.text.contains("Sau chợ Tân Phong"), "{field}");
        // Where it can be mended, what was typed stands.
        let details = site.get("/quan7/report/details", &seen.cookie).await;
        let typed = if field == "text" { "ngắn" } else { "Rác chất đống" };
        assert!(details.of("textarea").starts_with(typed), "{field}");
    }
    let empty = site.post("/quan7/report/place", "", &[("ward", ""), ("address", "Hẻm 12 & 14")]).await;
    assert_eq!(
        (empty.status, empty.of("#ward-error")),
        (StatusCode::UNPROCESSABLE_ENTITY, "Xin chọn phường.".into())
    );
    assert_eq!(empty.attribute("#address", "value"), "Hẻm 12 & 14");
    assert_eq!(empty.attribute(".error-summary a", "href"), "#ward");
    let long = site.post("/quan7/report/details", "", &[("text", &"dài ".repeat(700))]).await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(long.of("textarea").len(), "dài ".repeat(700).trim().len());
    assert_eq!(site.count(REPORTS).await, 0);
}

#[tokio::test]
async fn bad_bytes_wrong_files_and_large_bodies_are_refused_and_the_text_stays() {
    let site = Site::new().await;
    let broken = b"text=Kh%F3i+v%E0o+nh%C3%A0+t%E1%BB%AB+s%C3%A1ng".to_vec();
    let seen = site.post_raw("/quan7/report/details", "", "application/x-www-form-urlencoded", broken).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.of("#text-error").contains("không đọc được"));
    assert!(seen.of("textarea").ends_with("nhà từ sáng"));

    let text = [("text", "Khói vào nhà từ sáng đến giờ.")];
    let seen = site.post_parts("/quan7/report/details", "", &text, b"#!/bin/sh\necho no picture").await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.of("#photo-error").contains("JPEG"));
    assert_eq!(seen.of("textarea"), text[0].1);

    let seen = site.post_parts("/quan7/report/details", "", &text, &vec![0xFF; 10 << 20]).await;
    assert_eq!((seen.status, seen.of("textarea")), (StatusCode::PAYLOAD_TOO_LARGE, text[0].1.into()));
    assert!(seen.of("#photo-error").contains("8 MB"));

    let seen = site.post("/quan7/report/check", "", &all_but("text", &"a".repeat(10 << 20))).await;
    assert_eq!(seen.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(seen.has(".error-summary"));

    let seen = site.post_raw("/quan7/report/details", "", "multipart/form-data", b"--".to_vec()).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    let seen = site.post_raw("/quan7/report/check", "", "application/json", b"{}".to_vec()).await;
    assert!(seen.status.is_client_error());

    let html = "<script>alert(1)</script>'; drop table reports; --";
    let seen = site.post("/quan7/report/check", "", &all_but("text", html)).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    let seen = site.post("/quan7/report/place", "", &[("ward", html), ("address", html)]).await;
    assert!(!seen.text.contains("<script>alert"));
    assert_eq!(site.count(REPORTS).await, 1);
}

#[tokio::test]
async fn a_formal_complaint_is_led_to_where_it_is_taken() {
    let site = Site::new().await;
    let seen = site.post("/quan7/report/category", "", &[("category", "complaint")]).await;
    assert_eq!(seen.to, "/quan7/report/elsewhere/complaint");
    let page = site.get(&seen.to, "").await;
    assert!(page.of("h1").contains("luật riêng") && page.text.contains("tel:115"));
    for path in ["/quan7/report/elsewhere/rubbish", "/quan7/report/nowhere", "/atlantis/report/category"] {
        assert_eq!(site.get(path, "").await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_draft_is_sealed_and_forgotten_after_a_day() {
    let site = Site::new().await;
    let seen =
        site.post("/quan7/report/contact", "", &[("phone", "0903123456"), ("name", "Lê Thị Thử")]).await;
    let contact = site.get("/quan7/report/contact", &seen.cookie).await;
    assert_eq!(contact.attribute("#name", "value"), "Lê Thị Thử");
    let open = "select count(*) from report_drafts where position('0903123456'::bytea in body) > 0";
    assert_eq!((site.count("select count(*) from report_drafts").await, site.count(open).await), (1, 0));
    site.centre.advance(SignedDuration::from_hours(24)).await;
    let contact = site.get("/quan7/report/contact", &seen.cookie).await;
    assert_eq!(contact.attribute("#name", "value"), "");
}

#[tokio::test]
async fn every_page_is_there_in_english() {
    let site = Site::new().await;
    for step in ["category", "place", "details", "contact", "check"] {
        let page = site.get(&format!("/quan7/report/{step}?lang=en"), "").await;
        assert_eq!((page.status, page.attribute("html", "lang")), (StatusCode::OK, "en".into()), "{step}");
        assert!(page.has(".call-115") && page.has("main h1"), "{step}");
    }
}

#[tokio::test]
async fn a_weak_key_opens_nobody_elses_report_and_nobody_elses_answers() {
    let site = Site::new().await;
    let first = site.post("/quan7/report/check", "", &ALL).await;
    let other = site.post("/quan7/report/check", "", &all_but("text", "Nội dung của một người khác.")).await;
    assert_eq!((other.status, other.to.as_str()), (StatusCode::CONFLICT, ""));
    assert!(other.text.contains("đã dùng cho một phản ánh có nội dung khác"));
    let code = first.to.strip_prefix("/quan7/track/").unwrap();
    assert!(!other.text.contains(code));
    // With the key alone a step shows nothing and leads nowhere.
    for key in ["khoa-thu-0001", "khoa-thu-0009"] {
        let wrong = all_but("key", key);
        let wrong: Vec<_> =
            wrong.into_iter().filter(|(name, _)| ["phone", "name", "text", "key"].contains(name)).collect();
        site.post("/quan7/report/contact", "", &wrong).await;
        let seen = site.post("/quan7/report/check", "", &[("key", key)]).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        for told in ["0903", "Lê Thị Thử", "Rác chất đống"] {
            assert!(!seen.text.contains(told), "{key}: {told}");
        }
        let cookie = format!("vx_report={key}");
        let seen = site.get("/quan7/report/contact", &cookie).await;
        assert_eq!(seen.attribute("#phone", "value"), "");
    }
}

#[tokio::test]
async fn a_clients_long_key_keeps_the_answers_and_shows_no_name_and_number_again() {
    let site = Site::new().await;
    let key = "may-khach-0123456789-abcdef";
    for (step, fields) in [
        ("category", vec![("category", "rubbish")]),
        ("place", vec![("ward", "TPHONG"), ("address", "Sau chợ")]),
        ("contact", vec![("phone", "0903123456"), ("name", "Lê Thị Thử")]),
    ] {
        let mut fields = fields;
        fields.push(("key", key));
        let seen = site.post(&format!("/quan7/report/{step}"), "", &fields).await;
        assert_eq!((seen.status, seen.cookie.as_str()), (StatusCode::SEE_OTHER, ""), "{step}");
    }
    let seen = site.post("/quan7/report/check", "", &[("key", key)]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains("Sau chợ") && seen.text.contains("•••"));
    assert!(!seen.text.contains("0903123456") && !seen.text.contains("Lê Thị Thử"));
    let text = [("key", key), ("text", "Rác chất đống sau chợ ba ngày nay.")];
    let sent = site.post("/quan7/report/check", "", &text).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert_eq!(site.post("/quan7/report/check", "", &text).await.to, sent.to);
    let other = [("key", key), ("text", "Nội dung của một người khác.")];
    assert_eq!(site.post("/quan7/report/check", "", &other).await.status, StatusCode::CONFLICT);
    let named = "select count(*) from reports where phone is not null and reporter_name is not null";
    assert_eq!(site.count(named).await, 1);
}

#[tokio::test]
async fn what_was_typed_on_a_shared_device_is_forgotten_when_asked() {
    let site = Site::new().await;
    assert!(!site.get("/quan7/report/category", "").await.has("form[data-forget]"));
    let seen =
        site.post("/quan7/report/contact", "", &[("phone", "0903123456"), ("name", "Lê Thị Thử")]).await;
    for step in ["category", "place", "details", "contact", "check"] {
        let page = site.get(&format!("/quan7/report/{step}"), &seen.cookie).await;
        assert_eq!(page.of("form[data-forget] button"), "Xóa nội dung đã nhập", "{step}");
        assert_eq!(page.attribute("form[data-forget]", "action"), "/quan7/report/forget");
    }
    let gone = site.post("/quan7/report/forget", &seen.cookie, &[]).await;
    assert_eq!((gone.status, gone.cookie.as_str()), (StatusCode::SEE_OTHER, "vx_report="));
    assert_eq!(site.count("select count(*) from report_drafts").await, 0);
    let contact = site.get("/quan7/report/contact", &seen.cookie).await;
    assert_eq!(contact.attribute("#name", "value"), "");
}

#[tokio::test]
async fn whoever_reports_illness_reads_who_calls_back_and_for_fallen_cables_whom_to_call() {
    let site = Site::new().await;
    let seen = site.post("/quan7/report/category", "", &[("category", "illness")]).await;
    let contact = site.get("/quan7/report/contact", &seen.cookie).await;
    assert!(contact.text.contains("trạm y tế được mở để gọi lại"));
    assert!(!contact.text.contains("Đơn vị xử lý không biết"));
    let seen = site.post("/quan7/report/category", "", &[("category", "lights")]).await;
    let page = site.get("/quan7/report/contact", &seen.cookie).await;
    assert!(page.text.contains("Đơn vị xử lý không biết ai đã phản ánh"));
    assert_eq!(page.attribute(".panel-warning a", "href"), "tel:1022");
}
