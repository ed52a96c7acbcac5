use duty::{staff, tenants, units};
use kernel::{Actor, Clock, Rng, Role};
use store::{Keys, Options, Store, backup, ledger};
use testkit::{TestCentre, TestDatabase};

#[tokio::test]
async fn a_restored_centre_opens_its_sealed_data_and_its_ledger_still_proves() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let nurse = centre
        .staff("Điều dưỡng trực")
        .at(station, Role::StationStaff)
        .phone("+84900000001")
        .on_duty()
        .create()
        .await;
    centre.seal().await;
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("centre.zip");
    scanned(&centre).await;
    let taken = backup::backup(centre.database.url(), &archive, Some(centre.key_folder())).await.unwrap();
    assert_eq!((taken.rows["staff"], taken.rows["checkins"]), (1, 1));

    // Another machine: an empty database, an empty key folder.
    let fresh = TestDatabase::new().await;
    let keys = folder.path().join("keys");
    let rng = Rng::seeded(9);
    let open = Keys::open(&keys, rng.clone()).unwrap();
    backup::restore(fresh.url(), &archive, &keys).await.unwrap();
    let options = Options { url: fresh.url().to_owned(), max_connections: 4 };
    let store = Store::open(&options, Clock::fixed(centre.clock.now()), rng, open).unwrap();
    assert!(tenants::find(&store).await.unwrap().contains_key("quan7"));
    let mut cx = store.begin(centre.id(), Actor::system("test")).await.unwrap();
    assert_eq!(staff::phone(&mut cx, nurse).await.unwrap().as_deref(), Some("+84900000001"));
    assert!(units::tree(&mut cx).await.unwrap().by_code("TPHONG").is_some());
    let scans: i64 = sqlx::query_scalar("select count(*) from checkins").fetch_one(cx.conn()).await.unwrap();
    assert_eq!(scans, 1, "the part of the week was made before its rows came");
    let report = ledger::verify(&store, centre.id(), "quan7").await.unwrap();
    assert!(report.ok && report.sealed > 0, "{report:?}");
    // The guards are back on.
    let mut other =
        store.begin(kernel::TenantId(uuid::Uuid::from_u128(1)), Actor::system("test")).await.unwrap();
    let seen: i64 = sqlx::query_scalar("select count(*) from staff").fetch_one(other.conn()).await.unwrap();
    assert_eq!(seen, 0);

    let again = backup::restore(fresh.url(), &archive, &keys).await;
    assert!(matches!(again, Err(kernel::Error::Conflict("error-restore-not-empty"))), "{again:?}");
}

/// One row of a table that lies in parts.
async fn scanned(centre: &TestCentre) {
    let mut cell = centre.store.cell().await.unwrap();
    sqlx::query("select vx_make_checkin_weeks('2021-09-25 00:00Z', '2021-09-25 00:00Z')")
        .execute(cell.conn())
        .await
        .unwrap();
    cell.commit().await.unwrap();
    let mut cx = centre.system().await;
    sqlx::query(
        "insert into checkins (tenant_id, id, gate_id, at, hour, doubted, direction, by, colour)
         values ($1, $2, $2, now(), 0, false, 'in', 'hand', 'green')",
    )
    .bind(cx.tenant().uuid())
    .bind(cx.id::<uuid::Uuid>())
    .execute(cx.conn())
    .await
    .unwrap();
    cx.commit().await.unwrap();
}

#[tokio::test]
async fn without_its_keys_a_restored_centre_says_so() {
    let centre = TestCentre::new().await;
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("centre.zip");
    backup::backup(centre.database.url(), &archive, None).await.unwrap();
    let fresh = TestDatabase::new().await;
    let keys = folder.path().join("keys");
    let rng = Rng::seeded(9);
    let open = Keys::open(&keys, rng).unwrap();
    backup::restore(fresh.url(), &archive, &keys).await.unwrap();
    assert!(!open.has(centre.id()));
}
