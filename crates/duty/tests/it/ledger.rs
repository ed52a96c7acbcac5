use duty::tenants::Pack;
use kernel::{EventId, Role};
use sqlx::{Connection, PgConnection};
use std::path::Path;
use store::{Event, ledger};
use testkit::TestCentre;
use uuid::Uuid;

#[tokio::test]
async fn an_edited_event_is_named_and_an_erased_payload_is_not_an_edit() {
    let centre = TestCentre::new().await;
    let mut events: Vec<EventId> = Vec::new();
    for n in 0..5_u128 {
        let mut cx = centre.system().await;
        let event =
            Event::new("note.made", Uuid::from_u128(n)).payload(serde_json::json!({ "text": "bí mật" }));
        events.push(cx.record(event));
        cx.commit().await.unwrap();
    }
    centre.seal().await;
    let report = ledger::verify(&centre.store, centre.id(), "quan7").await.unwrap();
    assert!(report.ok, "{report:?}");
    assert_eq!((report.unsealed, report.sealed), (0, report.events));

    let mut cx = centre.system().await;
    assert_eq!(store::events::erase_payloads(&mut cx, &events[..1], "test").await.unwrap(), 1);
    cx.commit().await.unwrap();
    centre.seal().await;
    let report = ledger::verify(&centre.store, centre.id(), "quan7").await.unwrap();
    assert!(report.ok && report.erased == 1, "{report:?}");

    // By hand, as an administrator of the database could.
    let mut admin = PgConnection::connect(centre.database.url()).await.unwrap();
    sqlx::query("update events set at = at + interval '1 hour' where id = $1")
        .bind(events[3].uuid())
        .execute(&mut admin)
        .await
        .unwrap();
    let report = ledger::verify(&centre.store, centre.id(), "quan7").await.unwrap();
    let bad = report.first_bad.expect("the edit is found");
    assert!(!report.ok);
    assert_eq!((bad.event_id, bad.reason), (events[3].uuid(), "altered"));
}

#[tokio::test]
async fn the_program_itself_may_neither_change_nor_remove_an_event() {
    let centre = TestCentre::new().await;
    for statement in [
        "update events set kind = 'x'",
        "delete from events",
        "delete from seals",
        "update seals set seq = 1",
    ] {
        let mut cx = centre.system().await;
        let error = sqlx::query(statement).execute(cx.conn()).await.unwrap_err();
        assert!(error.to_string().contains("permission denied"), "{statement}: {error}");
    }
}

/// Work in flight of the whole cell: ids only, read across tenants.
const CELL: &[&str] = &["timers", "jobs", "outbox"];

/// One centre that works, one that looks on. What is filled by rooms above is asked for in the desk's tests.
#[tokio::test]
async fn two_tenants_never_see_each_other() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let nurse = centre.staff("Trực trạm").at(station, Role::StationStaff).on_duty().create().await;
    centre.news(centre.unit("TPHONG").await, 1).await;
    let mut cell = centre.store.cell().await.unwrap();
    sqlx::query("update tenants set demo = true").execute(cell.conn()).await.unwrap();
    cell.commit().await.unwrap();
    duty::accounts::demo_sign_in(&centre.store, centre.id(), nurse, "").await.unwrap();

    let other = centre.add_tenant("tan-hung").await;
    let mut cx = centre.store.begin(other.id, kernel::Actor::system("test")).await.unwrap();
    let tables: Vec<(String, bool, bool)> = sqlx::query_as(
        "select c.relname::text, c.relrowsecurity, c.relforcerowsecurity
         from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
         where c.relkind in ('r', 'p') and not c.relispartition",
    )
    .fetch_all(cx.conn())
    .await
    .unwrap();
    assert!(tables.len() > 30);
    let mut filled = Vec::new();
    for (table, secured, forced) in &tables {
        if CELL.contains(&table.as_str()) {
            continue;
        }
        assert!(secured & forced, "{table} has no forced row security");
        let foreign = || sqlx::AssertSqlSafe(format!("select count(*) from {table} where tenant_id = $1"));
        let of = centre.id().uuid();
        let seen: i64 = sqlx::query_scalar(foreign()).bind(of).fetch_one(cx.conn()).await.unwrap();
        assert_eq!(seen, 0, "{table} shows another tenant's rows");
        let mut own = centre.system().await;
        let kept: i64 = sqlx::query_scalar(foreign()).bind(of).fetch_one(own.conn()).await.unwrap();
        if kept > 0 {
            filled.push(table.as_str());
        }
    }
    for table in
        ["staff", "posts", "shifts", "matters", "tickets", "attempts", "accounts", "sessions", "events"]
    {
        assert!(filled.contains(&table), "nothing is in {table}, so nothing was proved of it");
    }
}

#[test]
fn the_packs_of_the_repository_are_whole() {
    for name in ["quan7", "tan-hung"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name);
        Pack::read(&folder).unwrap_or_else(|error| panic!("{error}"));
    }
}
