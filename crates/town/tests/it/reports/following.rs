use crate::town::Town;
use ::town::reports::{self, Filter, Follow, Line, State};
use duty::tickets;
use jiff::SignedDuration;
use std::sync::Arc;
use store::{
    events,
    subscriptions::{OnEvent, Reader},
};

/// Seals and lets the reports hear of it; the line of the first report as the lists show it.
async fn follow(town: &Town) -> Line {
    town.centre.seal().await;
    let reader = Reader::new(town.centre.store.clone(), vec![Arc::new(Follow)]);
    while reader.read(town.centre.id()).await.unwrap() > 0 {}
    listed(town).await
}

async fn listed(town: &Town) -> Line {
    let mut cx = town.centre.as_staff(town.operator).await;
    let filter = Filter { limit: 10, ..Default::default() };
    reports::list(&mut cx, &town.centre.tenant, &filter).await.unwrap().remove(0)
}

#[tokio::test]
async fn what_happens_on_the_ticket_shows_on_the_report() {
    let town = Town::new().await;
    let submitted = town.submit(town.rubbish("form-0001")).await.unwrap();
    let mut cx = town.centre.as_staff(town.clerk).await;
    let ticket = reports::report(&mut cx, submitted.id).await.unwrap().ticket;
    tickets::accept(&mut cx, ticket).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(listed(&town).await.state, State::Received);
    // The reporter hears it at once; the lists a moment later.
    assert_eq!(town.track(&submitted.code.to_string()).await.unwrap().state, State::InProgress);
    assert_eq!(follow(&town).await.state, State::InProgress);

    town.centre.advance(SignedDuration::from_hours(36)).await;
    town.centre.advance(SignedDuration::from_hours(12)).await;
    let line = follow(&town).await;
    assert!(line.overdue && line.with_leader, "{line:?}");

    let office = town.centre.unit("DVCI").await;
    let mut cx = town.centre.as_staff(town.chair).await;
    tickets::forward(&mut cx, ticket, office, "Chuyển đơn vị thu gom").await.unwrap();
    cx.commit().await.unwrap();
    let line = follow(&town).await;
    assert_eq!((line.state, line.unit), (State::Received, Some(office)));

    let mut cx = town.centre.as_staff(town.leader).await;
    tickets::resolve(&mut cx, ticket, "Đã xử lý", None).await.unwrap();
    cx.commit().await.unwrap();
    let line = follow(&town).await;
    assert_eq!(line.state, State::Answered);
    let mut cx = town.centre.as_staff(town.leader).await;
    tickets::reopen(&mut cx, ticket, "Kiểm tra lại thấy chưa xong").await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(follow(&town).await.state, State::Reopened);
}

#[tokio::test]
async fn hearing_of_it_twice_or_late_changes_nothing() {
    let town = Town::new().await;
    let submitted = town.submit(town.rubbish("form-0001")).await.unwrap();
    town.centre.advance(SignedDuration::from_hours(1)).await;
    town.answer(town.clerk, &submitted).await.unwrap();
    town.contest(&submitted).await.unwrap();
    let before = follow(&town).await;
    assert_eq!(before.state, State::Reopened);
    let mut cx = town.centre.system().await;
    let all = events::after(&mut cx, 0, 1000).await.unwrap();
    for run in [&all[..], &all[..all.len() / 2]] {
        Follow.handle(&mut cx, run).await.unwrap();
    }
    cx.commit().await.unwrap();
    let after = listed(&town).await;
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
}

#[tokio::test]
async fn tickets_merged_by_hand_take_their_reports_along() {
    let town = Town::new().await;
    let first = town.submit(town.rubbish("form-0001")).await.unwrap();
    let second = town.submit(town.rubbish("form-0002")).await.unwrap();
    let mut cx = town.centre.as_staff(town.clerk).await;
    let stays = reports::report(&mut cx, first.id).await.unwrap().ticket;
    let gone = reports::report(&mut cx, second.id).await.unwrap().ticket;
    tickets::merge(&mut cx, gone, stays).await.unwrap();
    cx.commit().await.unwrap();
    assert!(town.track(&second.code.to_string()).await.unwrap().merged);
    follow(&town).await;
    let mut cx = town.centre.as_staff(town.clerk).await;
    assert_eq!(reports::report(&mut cx, second.id).await.unwrap().merged_into, Some(first.id));
}
