//! Calls that come in and operators who sit in the room: what the stories of telephones have in common.

use duty::calls::{
    self, Call, Direction, NewCall, Outcome, Purpose,
    operators::{self, Presence},
};
use jiff::SignedDuration;
use kernel::{CallId, Role, StaffId, UnitId};
use testkit::TestCentre;

pub const NUMBER: &str = "0900 555 123";

pub fn secs(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

pub fn incoming(id: CallId, unit: UnitId) -> NewCall<'static> {
    NewCall {
        id,
        direction: Direction::In,
        purpose: Purpose::Hotline,
        object: None,
        number: Some(NUMBER),
        unit: Some(unit),
        staff: None,
        trunk: Some("thu"),
    }
}

/// A call that has come in at a unit.
pub async fn ring_in(centre: &TestCentre, unit: UnitId) -> CallId {
    let mut cx = centre.system().await;
    let id = cx.id();
    calls::begin(&mut cx, &incoming(id, unit)).await.unwrap();
    cx.commit().await.unwrap();
    id
}

pub async fn call(centre: &TestCentre, id: CallId) -> Call {
    calls::find(&mut centre.system().await, id).await.unwrap()
}

pub async fn end(centre: &TestCentre, id: CallId, outcome: Outcome) {
    let mut cx = centre.system().await;
    calls::ended(&mut cx, id, outcome, None).await.unwrap();
    cx.commit().await.unwrap();
}

/// Somebody of the station who sits in the room.
pub async fn operator(centre: &TestCentre, name: &str, extension: &str) -> StaffId {
    let station = centre.unit("TPHONG.TYT").await;
    let staff = centre.staff(name).at(station, Role::StationStaff).create().await;
    let mut cx = centre.as_staff(staff).await;
    operators::come(&mut cx, extension).await.unwrap();
    cx.commit().await.unwrap();
    staff
}

pub async fn presence(centre: &TestCentre, staff: StaffId) -> Presence {
    operators::mine(&mut centre.as_staff(staff).await).await.unwrap().unwrap().presence
}
