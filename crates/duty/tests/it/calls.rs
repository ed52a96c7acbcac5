//! Calls by telephone on record: what a network tells of them, who holds them, who sees them and writes them up.

use crate::{
    call_room::{call, end, incoming, ring_in, secs},
    events,
};
use duty::{
    calls::{self, Outcome, State, Watch},
    lines::{Happened, Told},
};
use jiff::SignedDuration;
use kernel::{CallId, Error, Role};
use testkit::TestCentre;
use uuid::Uuid;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

async fn told(centre: &TestCentre, id: CallId, what: Happened) {
    let mut cx = centre.system().await;
    let told = Told { at: cx.now(), what };
    calls::told(&mut cx, id, &told).await.unwrap();
    cx.commit().await.unwrap();
}

#[tokio::test]
async fn a_call_begins_once_and_ends_once_and_its_number_stands_in_no_event() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let id = ring_in(&centre, station).await;
    let mut cx = centre.system().await;
    calls::begin(&mut cx, &incoming(id, station)).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(call(&centre, id).await.number_masked.as_deref(), Some("0900 ··· 123"));
    end(&centre, id, Outcome::Completed).await;
    let ended_at = call(&centre, id).await.ended_at;
    centre.clock.advance(secs(5));
    end(&centre, id, Outcome::Failed).await;
    let known = call(&centre, id).await;
    assert_eq!((known.outcome, known.ended_at), (Some(Outcome::Completed), ended_at));

    let mut cx = centre.system().await;
    assert_eq!(events(&mut cx, "call.began").await.len(), 1);
    let ends = events(&mut cx, "call.ended").await;
    assert_eq!((ends.len(), ends[0]["outcome"].as_str()), (1, Some("completed")));
    let told: i64 = sqlx::query_scalar("select count(*) from events where data::text like '%900555123%'")
        .fetch_one(cx.conn())
        .await
        .unwrap();
    assert_eq!(told, 0);
    assert_eq!(calls::number(&mut cx, id).await.unwrap().as_deref(), Some("+84900555123"));
    assert_eq!(calls::of_number(&mut cx, "+84900555123", None).await.unwrap().len(), 1);
    let nobody = calls::ended(&mut cx, CallId(Uuid::from_u128(9)), Outcome::Failed, None).await;
    assert!(matches!(nobody, Err(Error::NotFound)));
}

#[tokio::test]
async fn what_a_network_tells_twice_stands_once_and_nothing_follows_the_end() {
    let centre = TestCentre::new().await;
    let id = ring_in(&centre, centre.unit("TPHONG.TYT").await).await;
    told(&centre, id, Happened::Invited("mot".into())).await;
    let first = centre.clock.now();
    centre.clock.advance(secs(2));
    told(&centre, id, Happened::Invited("hai".into())).await;
    told(&centre, id, Happened::Ringing).await;
    let known = call(&centre, id).await;
    assert_eq!((known.invited_at, known.trunk.as_deref()), (Some(first), Some("hai")));
    assert_eq!(known.state(), State::Ringing);
    told(&centre, id, Happened::Busy(486)).await;
    end(&centre, id, Outcome::Busy).await;
    told(&centre, id, Happened::Answered).await;
    let known = call(&centre, id).await;
    assert_eq!((known.sip_code, known.answered_at, known.state()), (Some(486), None, State::Ended));
}

#[tokio::test]
async fn what_nobody_has_held_for_ten_seconds_was_lost() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let (held, left) = (ring_in(&centre, station).await, ring_in(&centre, station).await);
    centre.clock.advance(secs(9));
    let mut cx = centre.system().await;
    assert!(calls::lost(&mut cx).await.unwrap().is_empty());
    calls::hold(&mut cx, &[held]).await.unwrap();
    cx.commit().await.unwrap();
    centre.clock.advance(secs(2));
    let mut cx = centre.system().await;
    assert_eq!(calls::lost(&mut cx).await.unwrap(), [left]);
    assert!(calls::lost(&mut cx).await.unwrap().is_empty());
    cx.commit().await.unwrap();
    assert_eq!(call(&centre, left).await.outcome, Some(Outcome::Lost));
    assert_eq!(call(&centre, held).await.outcome, None);

    // A clock that jumps is no reason: who holds it speaks before the second look.
    centre.clock.advance(HOUR);
    let mut watch = Watch::new(centre.store.clone());
    assert_eq!(watch.look().await.unwrap(), 0);
    let mut cx = centre.system().await;
    calls::hold(&mut cx, &[held]).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(watch.look().await.unwrap(), 0);
    centre.clock.advance(secs(11));
    assert_eq!((watch.look().await.unwrap(), watch.look().await.unwrap()), (0, 1));
    assert_eq!(call(&centre, held).await.outcome, Some(Outcome::Lost));
}

#[tokio::test]
async fn a_call_is_seen_where_it_belongs_and_written_up_by_those_who_call() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let nurse = centre.staff("Người trực").at(station, Role::StationStaff).create().await;
    let elsewhere =
        centre.staff("Trạm khác").at(centre.unit("TPHU.TYT").await, Role::StationStaff).create().await;
    let auditor = centre.staff("Thanh tra").at(centre.unit("TTDH").await, Role::Auditor).create().await;
    let id = ring_in(&centre, station).await;
    let mut cx = centre.as_staff(elsewhere).await;
    assert!(matches!(calls::find(&mut cx, id).await, Err(Error::NotFound)));
    assert!(calls::live(&mut cx).await.unwrap().is_empty());
    let mut cx = centre.as_staff(auditor).await;
    calls::find(&mut cx, id).await.unwrap();
    assert!(matches!(calls::dispose(&mut cx, id, "answered", "").await, Err(Error::Forbidden(_))));
    assert!(matches!(calls::number(&mut cx, id).await, Err(Error::Forbidden(_))));
    let mut cx = centre.as_staff(nurse).await;
    for (wrong, key) in [("", "error-choose"), ("nonsense", "error-choice-unknown")] {
        let refused = calls::dispose(&mut cx, id, wrong, "").await;
        assert!(
            matches!(refused, Err(Error::Invalid { field: "disposition", key: k }) if k == key),
            "{wrong}"
        );
    }
    calls::dispose(&mut cx, id, "call_back", "Gọi lại lúc 14 giờ.").await.unwrap();
    cx.commit().await.unwrap();
    let known = call(&centre, id).await;
    assert_eq!((known.note.as_deref(), known.disposed_by), (Some("Gọi lại lúc 14 giờ."), Some(nurse)));
    let mut cx = centre.system().await;
    assert_eq!(events(&mut cx, "call.disposed").await, [serde_json::json!({ "disposition": "call_back" })]);
}
