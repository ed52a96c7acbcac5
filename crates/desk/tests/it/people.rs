//! Somebody who was entered twice, as the station's desk shows it: decided, joined, taken back; and who
//! may act for him.

use crate::browser::{Browser, centre};
use axum::http::StatusCode;
use health::{
    cases::{self, Care, Classification, NewCase, TestKind},
    people,
};
use kernel::{CaseId, PersonId, Role};
use testkit::TestCentre;
use uuid::Uuid;

struct Station {
    centre: TestCentre,
    nurse: Browser,
    clerk: Browser,
    first: (PersonId, CaseId),
    second: (PersonId, CaseId),
}

impl Station {
    /// Trần Thị Bích comes once with her paper and once with day and month swapped.
    async fn new() -> Self {
        let centre = centre().await;
        let (station, ward) = (centre.unit("TPHONG.TYT").await, centre.unit("TPHONG").await);
        let nurse = centre.staff("Trực trạm").at(station, Role::StationStaff).on_duty().create().await;
        let clerk = centre.staff("Trực ủy ban").at(ward, Role::WardOfficial).on_duty().create().await;
        let mut ids = Vec::new();
        for (key, birth, citizen_id, phone) in
            [(1, "02/03/1985", "079185012345", "0900 555 777"), (2, "03/02/1985", "", "0900 555 999")]
        {
            let new = NewCase {
                form_key: Uuid::from_u128(key),
                full_name: "Trần Thị Bích".into(),
                birth: birth.into(),
                sex: None,
                citizen_id: citizen_id.into(),
                phone: phone.into(),
                no_phone_reason: None,
                address: String::new(),
                ward: Some(ward),
                classification: Classification::Confirmed,
                basis: TestKind::Rapid,
                sample_on: "24/9/2021".into(),
                result_on: String::new(),
                reported_at: None,
                symptoms: Vec::new(),
                care: Care::Home,
                note: String::new(),
            };
            let mut cx = centre.as_staff(nurse).await;
            let recorded = cases::record(&mut cx, &centre.tenant, &new).await.unwrap();
            cx.commit().await.unwrap();
            ids.push((recorded.person, recorded.case));
        }
        let (nurse, clerk) = (Browser::of(&centre, nurse).await, Browser::of(&centre, clerk).await);
        Self { centre, nurse, clerk, first: ids[0], second: ids[1] }
    }

    fn person(&self) -> String {
        format!("people/{}", self.first.0)
    }

    async fn decide(&self, to: &str, why: &str) -> crate::browser::Seen {
        let other = self.second.0.to_string();
        let path = format!("{}/decide", self.person());
        self.nurse.post(&path, &[("other", &other), ("to", to), ("why", why)]).await
    }
}

#[tokio::test]
async fn a_pair_is_shown_side_by_side_decided_with_a_reason_and_taken_back() {
    let station = Station::new().await;
    let queue = station.nurse.page("people/duplicates").await;
    for text in ["02/03/1985", "03/02/1985", "gần giống", "··· 345", "0900 ··· 777", "Cả hai đang là ca bệnh"]
    {
        assert!(queue.contains(text), "{text}");
    }
    assert!(!queue.contains("079185012345") && !queue.contains("900555777"));
    assert!(queue.contains("/decide?other="));
    let form = station.nurse.page(&format!("{}/decide?other={}", station.person(), station.second.0)).await;
    assert!(form.contains("Một người, giữ hồ sơ thứ nhất"));

    // Nothing chosen, no reason.
    for (to, why, field) in [("", "Đã gọi hỏi", "to"), ("first", "  ", "why")] {
        let seen = station.decide(to, why).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(seen.text.contains(&format!("href=\"#{field}\"")), "{field}");
    }
    let seen = station.decide("first", "Đã gọi hỏi cả hai nơi").await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    let queue = station.nurse.open(&seen.to).await.text;
    assert!(queue.contains("Đã gộp hai hồ sơ") && queue.contains("Không có cặp hồ sơ nào"));
    assert!(queue.contains("Đã gọi hỏi cả hai nơi"), "joined lately, with the reason");
    // Sent twice, it is decided once.
    let again = station.decide("first", "Đã gọi hỏi cả hai nơi").await;
    assert!(again.to.ends_with("done=decided"), "{}", again.to);

    // The case that no longer counts says which one does.
    let joined = station.nurse.page(&format!("cases/{}", station.second.1)).await;
    assert!(joined.contains(&format!("cases/{}", station.first.1)) && joined.contains("tính chung"));
    let person = station.nurse.page(&station.person()).await;
    assert!(person.contains("Các hồ sơ đã gộp") && person.contains(&format!("{}/part", station.second.0)));

    let part = format!("people/{}/part", station.second.0);
    assert!(station.nurse.page(&part).await.contains("Tách lại"));
    let seen = station.nurse.post(&part, &[("why", "")]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    let seen = station.nurse.post(&part, &[("why", "Hai chị em sinh đôi")]).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    let queue = station.nurse.page("people/duplicates").await;
    assert!(queue.contains("Cả hai đang là ca bệnh"), "the pair waits again");
    let joined = station.nurse.page(&format!("cases/{}", station.second.1)).await;
    assert!(!joined.contains("không còn đếm riêng"));
}

#[tokio::test]
async fn who_may_act_is_written_down_and_ended() {
    let station = Station::new().await;
    let form = format!("{}/carer", station.person());
    let fields = [
        ("carer", ""),
        ("full_name", "Trần Văn <b>Hòa</b>"),
        ("birth", "1955"),
        ("phone", ""),
        ("kind", "carer"),
        ("consent", "by_law"),
    ];
    let seen = station.nurse.post(&form, &fields).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains("href=\"#consent\"") && seen.text.contains("1955"));
    let mut fields = fields;
    fields[5].1 = "signed";
    let seen = station.nurse.post(&form, &fields).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    let page = station.nurse.open(&seen.to).await.text;
    assert!(page.contains("Đã ghi người thay mặt") && !page.contains("<b>Hòa</b>"));
    let mut cx = station.centre.system().await;
    let carer = people::carers(&mut cx, station.first.0).await.unwrap()[0].id.to_string();
    drop(cx);
    let end = format!("{}/end-carer", station.person());
    let asked = station.nurse.page(&format!("{end}?carer={carer}")).await;
    assert!(asked.contains("thôi thay mặt"));
    let seen = station.nurse.post(&end, &[("carer", &carer), ("why", "Đã đi xa")]).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    let again = station.nurse.post(&end, &[("carer", &carer), ("why", "Đã đi xa")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert!(station.nurse.page(&station.person()).await.contains("đã thôi lúc"));
}

#[tokio::test]
async fn a_person_s_page_says_who_opened_his_record_to_those_who_may_open_it() {
    let station = Station::new().await;
    assert!(station.nurse.page(&station.person()).await.contains("Chưa ai mở hồ sơ"));
    let open = format!("cases/{}/open", station.first.1);
    let seen = station.nurse.post(&open, &[("reason", "Gọi hỏi tình trạng")]).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
    let page = station.nurse.page(&station.person()).await;
    assert!(page.contains("Gọi hỏi tình trạng") && !page.contains("Chưa ai mở hồ sơ"));
    // The clerk sees the person, and not who read of her.
    let page = station.clerk.page(&station.person()).await;
    assert!(page.contains("Trần Thị Bích") && !page.contains("Gọi hỏi tình trạng"));
    assert_eq!(station.clerk.open("people/duplicates").await.status, StatusCode::FORBIDDEN);
}
