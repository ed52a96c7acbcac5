//! Callers who withhold their numbers: nobody can say that two of them are one.

use super::*;

#[tokio::test]
async fn each_of_those_who_withhold_their_numbers_is_a_ticket_of_his_own() {
    let mut room = room().await;
    // He leaves a number at which he is to be called.
    let (call, visit) = room.choose("", "3").await;
    room.exchange.said(call).await;
    room.exchange.press(call, "2");
    assert!(room.exchange.said(call).await.contains("được giấu"));
    room.exchange.press(call, "0900010002#");
    assert!(room.exchange.said(call).await.contains("Chúng tôi sẽ gọi lại vào số"));
    room.pass(20);
    visit.await.unwrap().unwrap();
    // Two others hang up while they wait.
    for _ in 0..2 {
        let (call, visit) = room.choose("", "0").await;
        room.exchange.said(call).await;
        room.exchange.hang_up_there(call);
        visit.await.unwrap().unwrap();
    }
    let owed = room.owed().await;
    let kinds: Vec<Owing> = owed.iter().map(|one| one.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == Owing::Missed).count(), 2, "{kinds:?}");
    assert!(owed.iter().all(|one| one.times == 1), "nobody has called again");
    assert_eq!(room.matters("hotline_missed").await, 2);
    assert_eq!(room.matters("hotline_call_back").await, 1);
}
