//! Danger signs of callers of whom nobody knows who they are.

use super::*;

#[tokio::test]
async fn a_danger_sign_of_somebody_unknown_rings_before_his_ward_is_asked_for_and_there_once_it_is_known() {
    let mut room = room().await;
    let (call, visit) = room.in_danger(CALLER).await;
    // Nobody knows where he is: the duty leader is rung, while he hears what to do.
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind), (1, Owing::Emergency));
    assert_eq!(owed[0].told.as_ref().unwrap()["symptoms"].as_array().unwrap().len(), 1);
    assert_ne!(owed[0].unit, room.station);
    assert_eq!(room.matters("hotline_emergency").await, 1);
    room.pass(30);
    room.says_ward(call, "Tân Phong").await;
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind, owed[0].unit), (1, Owing::Emergency, room.station));
    assert_eq!(owed[0].told.as_ref().unwrap()["symptoms"].as_array().unwrap().len(), 1);
    assert_eq!(room.matters("hotline_emergency").await, 2, "the duty leader rings on");
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    assert_eq!(room.owed().await.len(), 1);
}

#[tokio::test]
async fn a_danger_sign_of_somebody_unknown_is_offered_at_once_to_an_operator_who_is_ready() {
    let mut room = room().await;
    room.operator("Trực máy một", SEAT).await;
    let (call, visit) = room.in_danger(CALLER).await;
    assert_eq!(room.matters("hotline_emergency").await, 1);
    let leg = room.exchange.rings(SEAT).await;
    room.exchange.answer(leg);
    assert_eq!(room.exchange.said(leg).await, "Cuộc gọi cấp cứu. Bấm phím 1 để nhận.");
    room.exchange.press(leg, "1");
    room.until(|| room.exchange.hears(call).contains(&leg)).await;
    let words = room.exchange.call(call).unwrap().words.join(" ");
    assert!(!words.contains("chọn phường"), "{words}");
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    assert_eq!(room.outcome(call).await, Some(Outcome::Completed));
    assert_eq!(room.matters("hotline_emergency").await, 1);
}

#[tokio::test]
async fn who_was_offered_to_an_operator_in_vain_is_asked_for_his_ward_after_all() {
    let mut room = room().await;
    room.operator("Trực máy một", SEAT).await;
    let (call, visit) = room.in_danger(CALLER).await;
    room.exchange.rings(SEAT).await;
    room.pass(21);
    room.says_ward(call, "Tân Phong").await;
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind, owed[0].unit), (1, Owing::Emergency, room.station));
    assert!(owed[0].told.is_some(), "what he told stays");
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    assert_eq!(room.outcome(call).await, Some(Outcome::Abandoned));
}

#[tokio::test]
async fn a_number_that_leads_to_a_household_says_which_station_is_rung_first_and_proves_nothing() {
    let mut room = room().await;
    room.household().await;
    for (ward, matters) in [("Tân Phong", 1), ("Tân Quy", 3)] {
        let (call, visit) = room.in_danger(HOME).await;
        let owed = room.owed().await;
        assert!(owed.iter().all(|one| one.kind == Owing::Emergency && one.unit == room.station));
        room.pass(30);
        room.says_ward(call, ward).await;
        assert_eq!(room.matters("hotline_emergency").await, matters, "{ward}");
        room.exchange.hang_up_there(call);
        visit.await.unwrap().unwrap();
        let words = room.exchange.call(call).unwrap().words.join(" ");
        assert!(!words.contains("Bích"), "{words}");
    }
}

#[tokio::test]
async fn who_hangs_up_when_his_ward_is_asked_for_has_rung_already() {
    let mut room = room().await;
    let (call, visit) = room.in_danger(CALLER).await;
    room.pass(30);
    assert!(room.exchange.said(call).await.contains("chọn phường"));
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind), (1, Owing::Emergency));
    assert_eq!(room.matters("hotline_emergency").await, 1);
}
