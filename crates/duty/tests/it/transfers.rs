//! The reform of 1 July 2025 (Resolution 1685/NQ-UBTVQH15) inside one tenant: three wards become
//! Tân Thuận, and Phú Mỹ is split between Phú Thuận and Tân Mỹ.

use duty::{
    tickets::{self, Opened, State},
    transfers::{self, Move, Succession, Transfer},
    units::{self, Heir, Successor, UnitSpec},
};
use jiff::{SignedDuration, civil::date};
use kernel::{Error, Role};
use std::collections::BTreeMap;
use testkit::TestCentre;
use uuid::Uuid;

fn ward(code: &str, name: &str, admin_code: &str) -> UnitSpec {
    UnitSpec {
        code: code.into(),
        kind: "ward".into(),
        name: format!("Ủy ban nhân dân {name}"),
        short: name.into(),
        name_en: name.into(),
        ward: None,
        admin_code: Some(admin_code.into()),
        administrative: Some("UBQ".into()),
        professional: None,
        valid_from: date(2025, 7, 1),
        valid_to: None,
        citation: None,
        verified: true,
        place: None,
    }
}

fn reform(centre: &TestCentre) -> Transfer {
    let pass = |from: &str, to: &str, whole| Succession { from: from.into(), to: to.into(), whole };
    let successions = vec![
        pass("TTDONG", "N.TTHUAN", true),
        pass("TTTAY", "N.TTHUAN", true),
        pass("BTHUAN", "N.TTHUAN", true),
        pass("PTHUAN", "N.PTHUAN", true),
        pass("TPHU", "N.TMY", true),
        pass("PMY", "N.PTHUAN", false),
        pass("PMY", "N.TMY", false),
    ];
    // What hangs on the split ward goes on under one of its heirs.
    let moves = centre.tenant.pack.units.iter().filter(|unit| unit.ward.as_deref() == Some("PMY"));
    let moves = moves.map(|unit| Move { unit: unit.code.clone(), under: "N.TMY".into() }).collect();
    Transfer {
        on: date(2025, 7, 1),
        new: vec![
            ward("N.TTHUAN", "Phường Tân Thuận", "27478"),
            ward("N.PTHUAN", "Phường Phú Thuận", "27484"),
            ward("N.TMY", "Phường Tân Mỹ", "27487"),
        ],
        successions,
        moves,
        citation: "Nghị quyết 1685/NQ-UBTVQH15".into(),
    }
}

async fn news(centre: &TestCentre, ward: &str, object: u128) -> Opened {
    let ward = centre.unit(ward).await;
    centre.news(ward, object).await
}

const fn hours(n: i64) -> SignedDuration {
    SignedDuration::from_hours(n)
}

#[tokio::test]
async fn on_the_day_open_tickets_go_where_the_work_goes() {
    let centre = TestCentre::new().await;
    // 24 June 2025, 07:05.
    centre.clock.advance(
        "2025-06-24T00:05:00Z".parse::<jiff::Timestamp>().unwrap().duration_since(centre.clock.now()),
    );
    let clerk_ward = centre.unit("BTHUAN").await;
    let clerk = centre
        .staff("Trực ủy ban")
        .at(clerk_ward, Role::WardOfficial)
        .phone("+84900000001")
        .on_duty()
        .create()
        .await;
    let mut cx = centre.system().await;
    transfers::plan(&mut cx, &reform(&centre)).await.unwrap();
    cx.commit().await.unwrap();
    let whole = news(&centre, "BTHUAN", 1).await;
    let known = news(&centre, "PMY", 2).await;
    let unknown = news(&centre, "PMY", 3).await;
    let mut cx = centre.as_staff(clerk).await;
    let mut of_ward = None;
    for id in &whole.tickets {
        if tickets::ticket(&mut cx, *id).await.is_ok_and(|(ticket, _)| ticket.unit == Some(clerk_ward)) {
            of_ward = Some(*id);
        }
    }
    let accepted = of_ward.expect("the ward committee has a ticket");
    tickets::accept(&mut cx, accepted).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = centre.system().await;
    let due = tickets::ticket(&mut cx, accepted).await.unwrap().0.due_at;
    assert_eq!(units::successor(&mut cx, clerk_ward, None).await.unwrap(), Successor::Itself);
    // Boundaries of the new wards, drawn simply: east and west of one meridian.
    let half = |code: &str, west: f64, east: f64| {
        let ring = [[west, 10.6], [east, 10.6], [east, 10.8], [west, 10.8], [west, 10.6]];
        serde_json::json!({ "type": "Feature", "properties": { "unit": code },
                            "geometry": { "type": "Polygon", "coordinates": [ring] } })
    };
    let features = [half("N.PTHUAN", 106.73, 106.80), half("N.TMY", 106.65, 106.73)];
    let file = serde_json::json!({ "type": "FeatureCollection", "features": features }).to_string();
    let drawn = units::import_geojson(&mut cx, file.as_bytes(), date(2025, 7, 1)).await.unwrap();
    assert_eq!(drawn.refused, []);
    cx.commit().await.unwrap();
    centre.lies_at(Uuid::from_u128(2), (106.74, 10.71));
    centre.advance(hours(24 * 6 + 17)).await;

    let (merged, east, leaders) =
        (centre.unit("N.TTHUAN").await, centre.unit("N.PTHUAN").await, centre.unit("LDQ").await);
    let mut cx = centre.system().await;
    let tree = units::tree(&mut cx).await.unwrap();
    assert!(tree.get(clerk_ward).is_none());
    assert_eq!(tree.wards().filter(|ward| ward.admin_code.as_deref() == Some("27478")).count(), 1);
    assert_eq!(tree.by_code("BTHUAN.TYT").unwrap().ward, Some(merged), "local units go with the ward");
    assert_eq!(
        units::successor(&mut cx, clerk_ward, None).await.unwrap(),
        Successor::Whole(Heir::Unit(merged))
    );
    let ticket = tickets::ticket(&mut cx, accepted).await.unwrap().0;
    assert_eq!((ticket.unit, ticket.state, ticket.due_at), (Some(merged), State::Accepted, due));
    assert_eq!((ticket.accepted_by, ticket.ward), (Some(clerk), Some(merged)));
    let units_of = async |cx: &mut store::Cx, opened: &Opened| {
        let mut units = Vec::new();
        for id in &opened.tickets {
            let ticket = tickets::ticket(cx, *id).await.unwrap().0;
            units.push((ticket.unit, ticket.ward));
        }
        units
    };
    let split = units_of(&mut cx, &known).await;
    assert!(split.iter().any(|(unit, _)| *unit == Some(east)), "the point decides");
    assert!(split.iter().all(|(_, ward)| *ward == Some(east)));
    let asked = units_of(&mut cx, &unknown).await;
    assert!(asked.iter().any(|(unit, _)| *unit == Some(leaders)), "no point: a person decides");
    assert!(asked.iter().all(|(_, ward)| *ward != Some(leaders)), "the leaders' unit is no ward");
    assert!(!super::events(&mut cx, "ticket.successor_undecided").await.is_empty());
    let station = units::tree(&mut cx).await.unwrap().by_code("PMY.TYT").unwrap().ward;
    assert_eq!(station, Some(centre.unit("N.TMY").await), "a station goes on, in its new ward");
    assert_eq!(super::events(&mut cx, "transfer.took_effect").await.len(), 1);
}

#[tokio::test]
async fn what_hangs_on_a_split_ward_must_be_named() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    let mut transfer = reform(&centre);
    assert!(transfers::unnamed(&mut cx, &transfer).await.unwrap().is_empty());
    transfer.moves.clear();
    let unnamed = transfers::unnamed(&mut cx, &transfer).await.unwrap();
    assert!(unnamed.contains(&"PMY.TYT".to_owned()) && unnamed.iter().all(|code| code.starts_with("PMY.")));
    let planned = transfers::plan(&mut cx, &transfer).await;
    assert!(matches!(planned, Err(Error::Conflict("error-transfer-split-dependant"))), "{planned:?}");
    cx.rollback().await.unwrap();
    let mut cx = centre.system().await;
    transfer.successions[5].whole = true;
    let planned = transfers::plan(&mut cx, &transfer).await;
    assert!(matches!(planned, Err(Error::Invalid { field: "successions", .. })));
    transfer.on = date(2021, 9, 1);
    assert!(matches!(transfers::plan(&mut cx, &transfer).await, Err(Error::Invalid { field: "on", .. })));
}

#[tokio::test]
async fn an_heir_may_have_been_written_down_beforehand() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    let on = date(2025, 7, 1);
    units::add(&mut cx, &ward("N.TTHUAN", "Phường Tân Thuận", "27478"), &BTreeMap::new()).await.unwrap();
    let pass = |from: &str| Succession { from: from.into(), to: "N.TTHUAN".into(), whole: true };
    let transfer = Transfer {
        on,
        new: Vec::new(),
        successions: vec![pass("BTHUAN")],
        moves: Vec::new(),
        citation: "Nghị quyết 1685/NQ-UBTVQH15".into(),
    };
    transfers::plan(&mut cx, &transfer).await.unwrap();
    let planned = transfers::planned(&mut cx).await.unwrap();
    assert_eq!((planned.len(), planned[0].on, planned[0].done_at), (1, on, None));
    let too_early = Transfer { on: date(2025, 6, 30), ..transfer };
    let planned = transfers::plan(&mut cx, &too_early).await;
    assert!(matches!(planned, Err(Error::Invalid { field: "to", .. })), "{planned:?}");
}
