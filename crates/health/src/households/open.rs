//! Where a person lives becomes a household when somebody there must be followed.

use super::{
    assign,
    sql::{self, NewHome},
};
use crate::people;
use duty::units::{self, UnitKind};
use kernel::{HouseholdId, PersonId, Result, UnitId};
use serde_json::json;
use store::{Cx, Event};

/// Characters of a household's code; at seven, sixty thousand households seldom draw one twice.
const CODE: usize = 7;

/// The household a person lives in, or a new one. The same address *and* the same number are one
/// household; an address alone is not: a boarding house is many households at one address.
pub(crate) async fn of_person(cx: &mut Cx, person: PersonId, ward: UnitId) -> Result<HouseholdId> {
    // Two cases of one family that are recorded at once must find each other.
    sql::queue_up(cx, ward).await?;
    if let Some(home) = sql::home_of(cx, person).await? {
        return Ok(home);
    }
    let lives = people::lives(cx, person).await?;
    let tree = units::tree(cx).await?;
    if let (Some(key), Some(phone)) = (&lives.address_key, &lives.phone)
        && let Some(home) = sql::at_address(cx, ward, key, phone).await?
    {
        join(cx, home, person).await?;
        return Ok(home);
    }
    let (mobile_station, care_team) = assign::first(cx, &tree, ward).await?;
    let id = cx.id::<HouseholdId>();
    let new = NewHome {
        id,
        code: cx.rng().code(CODE),
        ward,
        // A ward without a station answers itself.
        station: tree.in_ward(ward, UnitKind::Station).unwrap_or(ward),
        mobile_station,
        care_team,
        person,
        lives,
    };
    sql::insert(cx, &new).await?;
    cx.record(Event::new("household.opened", id).unit(new.station).data(json!({
        "code": new.code, "ward": ward, "care_team": new.care_team, "mobile_station": new.mobile_station,
    })));
    join(cx, id, person).await?;
    Ok(id)
}

/// Adds somebody to a household; he leaves the one in which he lived before.
pub(super) async fn join(cx: &mut Cx, home: HouseholdId, person: PersonId) -> Result<()> {
    let before = sql::move_in(cx, home, person, None).await?;
    let station = sql::kept(cx, home).await?.station;
    if let Some(before) = before {
        let station = sql::kept(cx, before).await?.station;
        cx.record(
            Event::new("household.member_left", before)
                .unit(station)
                .data(json!({ "person": person, "to": home })),
        );
    }
    cx.record(Event::new("household.member_added", home).unit(station).data(json!({ "person": person })));
    Ok(())
}
