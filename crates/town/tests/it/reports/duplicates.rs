use crate::town::Town;
use ::town::reports::{self, NewReport, State};
use jiff::SignedDuration;
use kernel::{Error, Role};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test]
async fn near_in_place_and_time_is_suggested_and_further_is_not() {
    let town = Town::new().await;
    let first = town.submit(town.rubbish("form-0001")).await.unwrap();
    town.centre.advance(MINUTE * 60).await;
    let at = |key: &str, lat: f64| NewReport { point: Some((lat, 106.7055)), ..town.rubbish(key) };
    // 0.0004° of latitude is 44.5 m, 0.0005° is 55.6 m.
    let near = town.submit(at("form-0002", 10.7300)).await.unwrap();
    let far = town.submit(at("form-0003", 10.7291)).await.unwrap();
    let other = NewReport { category: "noise".into(), ..town.rubbish("form-0004") };
    let other = town.submit(other).await.unwrap();
    let nowhere = NewReport { point: None, address: "Chợ Tân Mỹ".into(), ..town.rubbish("form-0005") };
    let nowhere = town.submit(nowhere).await.unwrap();
    let mut cx = town.centre.as_staff(town.operator).await;
    let found = reports::candidates(&mut cx, near.id).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].report, found[0].metres, found[0].seconds), (first.id, Some(44), 3600));
    let back = reports::candidates(&mut cx, first.id).await.unwrap();
    assert_eq!((back[0].report, back[0].seconds), (near.id, -3600));
    for id in [far.id, other.id, nowhere.id] {
        assert!(reports::candidates(&mut cx, id).await.unwrap().is_empty());
    }
    drop(cx);
    town.centre.advance(MINUTE * 121).await;
    let late = town.submit(town.rubbish("form-0006")).await.unwrap();
    let mut cx = town.centre.as_staff(town.operator).await;
    let found = reports::candidates(&mut cx, late.id).await.unwrap();
    assert_eq!(
        found.iter().map(|one| one.report).collect::<Vec<_>>(),
        [near.id],
        "three hours are over for the first"
    );
    reports::refuse(&mut cx, late.id, near.id).await.unwrap();
    assert_eq!(reports::candidates(&mut cx, late.id).await.unwrap()[0].state, "refused");
    assert!(matches!(reports::refuse(&mut cx, late.id, far.id).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn the_same_address_stands_for_the_place_of_what_is_told_on_the_telephone() {
    let town = Town::new().await;
    let first = town.submit(town.rubbish("form-0001")).await.unwrap();
    let told =
        |key: &str, address: &str| NewReport { point: None, address: address.into(), ..town.rubbish(key) };
    let second = town.submit(told("form-0002", "SAU CHO TAN PHONG - hẻm 12")).await.unwrap();
    let third = town.submit(told("form-0003", "Sau chợ Tân Phong, hẻm 12")).await.unwrap();
    let elsewhere = town.submit(told("form-0004", "Hẻm 14")).await.unwrap();
    let empty = town.submit(told("form-0005", "")).await.unwrap();
    let mut cx = town.centre.as_staff(town.operator).await;
    let found = reports::candidates(&mut cx, third.id).await.unwrap();
    let mut found: Vec<_> = found.iter().map(|one| (one.report, one.metres)).collect();
    found.sort_unstable();
    let mut both = [(first.id, None), (second.id, None)];
    both.sort_unstable();
    assert_eq!(found, both);
    for id in [elsewhere.id, empty.id] {
        assert!(reports::candidates(&mut cx, id).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn merging_keeps_the_earliest_clock_and_both_reporters_hear_the_answer() {
    let town = Town::new().await;
    let first = town.submit(town.rubbish("form-0001")).await.unwrap();
    town.centre.advance(MINUTE * 120).await;
    let second = town.submit(town.rubbish("form-0002")).await.unwrap();
    let earliest = town.track(&first.code.to_string()).await.unwrap().due_at;
    let elsewhere = town.centre.unit("TQUY").await;
    let stranger = town.centre.staff("Cán bộ nơi khác").at(elsewhere, Role::WardOfficial).create().await;
    let mut cx = town.centre.as_staff(stranger).await;
    assert!(matches!(reports::merge(&mut cx, first.id, second.id).await, Err(Error::NotFound)));
    // The earlier one is merged into the later one: the later one takes over its clock.
    let mut cx = town.centre.as_staff(town.clerk).await;
    reports::merge(&mut cx, first.id, second.id).await.unwrap();
    assert_eq!(reports::candidates(&mut cx, second.id).await.unwrap()[0].state, "merged");
    let again = reports::merge(&mut cx, first.id, second.id).await;
    assert!(matches!(again, Err(Error::Conflict("error-report-merged"))));
    cx.commit().await.unwrap();
    for (code, merged) in [(first.code.to_string(), true), (second.code.to_string(), false)] {
        let track = town.track(&code).await.unwrap();
        assert_eq!((track.due_at, track.merged, track.state), (earliest, merged, State::Received));
    }
    town.centre.advance(MINUTE).await;
    town.answer(town.clerk, &second).await.unwrap();
    for submitted in [&first, &second] {
        let track = town.track(&submitted.code.to_string()).await.unwrap();
        assert_eq!((track.state, track.replies.len()), (State::Answered, 1));
    }
    // Each has a word of his own; either may contest.
    town.rate(&second, 5, true).await.unwrap();
    town.contest(&first).await.unwrap();
    for submitted in [&first, &second] {
        let track = town.track(&submitted.code.to_string()).await.unwrap();
        assert_eq!(track.state, State::Reopened);
    }
}

#[tokio::test]
async fn a_chain_of_merges_ends_at_one_ticket() {
    let town = Town::new().await;
    let mut all = Vec::new();
    for count in 0..3 {
        all.push(town.submit(town.rubbish(&format!("form-000{count}"))).await.unwrap());
        town.centre.advance(MINUTE).await;
    }
    let mut cx = town.centre.as_staff(town.operator).await;
    reports::merge(&mut cx, all[2].id, all[1].id).await.unwrap();
    reports::merge(&mut cx, all[1].id, all[0].id).await.unwrap();
    for one in &all {
        let report = reports::report(&mut cx, one.id).await.unwrap();
        assert_eq!(report.merged_into, (one.id != all[0].id).then_some(all[0].id));
        assert_eq!(report.ticket, reports::report(&mut cx, all[0].id).await.unwrap().ticket);
    }
    cx.commit().await.unwrap();
    // Answering any of them answers all.
    town.answer(town.clerk, &all[2]).await.unwrap();
    for one in &all {
        let track = town.track(&one.code.to_string()).await.unwrap();
        assert_eq!((track.state, track.replies.len()), (State::Answered, 1));
    }
}
