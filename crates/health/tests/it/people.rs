use crate::day::Day;
use health::people::{self, Basis};
use kernel::{Error, ImportId};
use store::events;
use uuid::Uuid;

#[tokio::test]
async fn opening_a_record_needs_a_reason_and_is_itself_on_record() {
    let day = Day::begin().await;
    let person = day.record(&day.form(1)).await.person;
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(matches!(people::read(&mut cx, person, "  ").await, Err(Error::Invalid { field: "reason", .. })));
    let opened = people::read(&mut cx, person, "Gọi hỏi tình trạng sức khỏe").await.unwrap();
    assert_eq!(opened.phones[0].as_e164(), "+84900555777");
    assert_eq!(opened.citizen_id.unwrap().as_str(), "079185012345");
    cx.commit().await.unwrap();
    let mut cx = day.centre.system().await;
    let read = events::of_object(&mut cx, person.uuid()).await.unwrap().pop().unwrap();
    assert_eq!((read.kind.as_str(), read.actor_id), ("person.read", Some(day.nurse.uuid())));
    assert_eq!(read.payload.unwrap()["reason"], "Gọi hỏi tình trạng sức khỏe");

    let mut cx = day.centre.as_staff(day.clerk).await;
    assert!(matches!(people::read(&mut cx, person, "Tò mò").await, Err(Error::Forbidden(_))));
    assert_eq!(people::brief(&mut cx, person).await.unwrap().phone_masked.as_deref(), Some("0900 ··· 777"));
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    assert!(matches!(people::read(&mut cx, person, "Tò mò").await, Err(Error::NotFound)));
    assert!(matches!(people::brief(&mut cx, person).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_family_shares_a_phone_and_stays_four_people() {
    let day = Day::begin().await;
    let mut people_of_house = std::collections::BTreeSet::new();
    for (key, name, birth) in [
        (1, "Trần Văn Hòa", "1955"),
        (2, "Lê Thị Mai", "1958"),
        (3, "Trần Thị Bích", "1985"),
        (4, "Trần Gia Khang", "2015"),
    ] {
        let mut form = day.form(key);
        form.full_name = name.into();
        form.birth = birth.into();
        form.citizen_id.clear();
        people_of_house.insert(day.record(&form).await.person);
    }
    assert_eq!(people_of_house.len(), 4);
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(people::duplicates(&mut cx, 10).await.unwrap(), []);
}

#[tokio::test]
async fn what_fits_in_part_waits_for_a_persons_decision() {
    let day = Day::begin().await;
    let first = day.record(&day.form(1)).await.person;
    // The same number of a citizen id with another name: a slip of the pen somewhere.
    let mut slip = day.form(2);
    slip.full_name = "Lê Văn Cường".into();
    slip.phone = "0900 555 778".into();
    slip.birth = "1950".into();
    let second = day.record(&slip).await.person;
    // The same phone and a name spelt otherwise, no birth.
    let mut short = day.form(3);
    short.full_name = "Trần T. Bích".into();
    short.citizen_id.clear();
    short.birth.clear();
    let third = day.record(&short).await.person;
    assert!(first != second && first != third);
    let mut cx = day.centre.as_staff(day.nurse).await;
    let mut found: Vec<_> = people::duplicates(&mut cx, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|d| (d.person, d.other, d.basis))
        .collect();
    found.sort();
    assert_eq!(found, [(first, second, Basis::CitizenId), (first, third, Basis::PhoneAndName)]);
    assert_eq!(people::duplicates_of(&mut cx, first).await.unwrap().len(), 2);
    assert_eq!(people::duplicates_of(&mut cx, third).await.unwrap().len(), 1);
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    assert!(people::duplicates(&mut cx, 10).await.unwrap().is_empty());
    assert!(matches!(people::duplicates_of(&mut cx, first).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn no_number_stands_open_anywhere() {
    let day = Day::begin().await;
    let recorded = day.record(&day.form(1)).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    people::read(&mut cx, recorded.person, "Gọi 0900555777 theo lịch").await.unwrap();
    cx.commit().await.unwrap();
    let list = "Họ tên,Năm sinh,SĐT,CCCD,Ngày lấy mẫu,Loại XN,Kết quả\n\
                Lê Văn Dũng,1970,0900555888,079070054321,24/9/2021,PCR,Dương tính\n\
                Lê Văn Hỏng,1970,0900555888,079070054321,31/2/2021,PCR,Dương tính\n";
    let staged = day.stage(list).await;
    check(&day, staged.id).await;
    day.apply(staged.id).await;
    check(&day, staged.id).await;
}

/// Looks for the digits, as text and as the bytes of a text, in every row of every table.
async fn check(day: &Day, import: ImportId) {
    assert_ne!(import.uuid(), Uuid::nil());
    for digits in ["900555777", "900555888", "185012345", "070054321"] {
        // An ASCII digit is the byte 0x3 and itself.
        let bytes: String = digits.chars().flat_map(|digit| ['3', digit]).collect();
        for (table, text) in day.everything().await {
            assert!(!text.contains(digits) && !text.contains(&bytes), "{digits} stands in {table}");
        }
    }
}
