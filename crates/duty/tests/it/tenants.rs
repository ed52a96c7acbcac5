//! A tenant comes whole or not at all.

use duty::{
    tenants::{self, Pack},
    units,
};
use kernel::Error;
use std::path::Path;
use testkit::TestCentre;

fn pack(name: &str) -> Pack {
    Pack::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name)).unwrap()
}

#[tokio::test]
async fn a_tenant_whose_making_breaks_off_is_not_there_and_can_be_made_again() {
    let centre = TestCentre::new().await;
    // The ward of this pack is one of 2025.
    centre.clock.advance(jiff::SignedDuration::from_hours(24 * 365 * 4));
    let whole = pack("tan-hung");
    let mut broken = whole.clone();
    // The registry and most units are written by then; this one is refused by the database.
    let mut twice = broken.units.last().unwrap().clone();
    twice.name = "Trùng mã".into();
    broken.units.push(twice);
    let made = tenants::create(&centre.store, &broken, false).await;
    assert!(matches!(made, Err(Error::Conflict(_))), "{made:?}");
    assert!(!tenants::find(&centre.store).await.unwrap().contains_key("tan-hung"));
    let tenant = tenants::create(&centre.store, &whole, false).await.unwrap();
    let mut cx = centre.store.begin(tenant.id, kernel::Actor::system("test")).await.unwrap();
    assert_eq!(units::tree(&mut cx).await.unwrap().iter().count(), whole.units.len());
    let again = tenants::create(&centre.store, &whole, false).await;
    assert!(matches!(again, Err(Error::Conflict("error-tenant-exists"))), "{again:?}");
}

#[tokio::test]
async fn a_ward_knows_those_outside_from_whom_it_took_over() {
    let centre = TestCentre::from_pack("tan-hung").await;
    centre.clock.advance(jiff::SignedDuration::from_hours(24 * 365 * 4));
    let ward = centre.unit("THUNG").await;
    let mut cx = centre.system().await;
    let taken = units::successions_of(&mut cx, ward).await.unwrap();
    let said: Vec<_> = taken
        .iter()
        .map(|row| (row.from_code.as_deref().unwrap(), row.from_name.as_deref().unwrap(), row.whole))
        .collect();
    assert_eq!(taken.len(), 5);
    assert!(said.contains(&("27472", "Phường Tân Kiểng", true)) && said.contains(&("778", "Quận 7", false)));
    assert_eq!(units::successor(&mut cx, ward, None).await.unwrap(), units::Successor::Itself);
}

#[test]
fn a_succession_names_both_sides() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/tan-hung");
    let file = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).ok()?;
        Some(if name == "successions.toml" { text.replace("from_name", "to_code") } else { text })
    };
    let refused = Pack::from_files(&file).unwrap_err().to_string();
    assert!(refused.contains("successions"), "{refused}");
}
