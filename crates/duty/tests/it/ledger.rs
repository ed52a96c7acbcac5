use duty::tenants::Pack;
use kernel::EventId;
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

#[tokio::test]
async fn two_tenants_never_see_each_other() {
    let centre = TestCentre::new().await;
    let other = centre.add_tenant("tan-hung").await;
    let mut cx = centre.store.begin(other.id, kernel::Actor::system("test")).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.table_name::text from information_schema.columns c join pg_class r on r.relname = c.table_name
         where c.column_name = 'tenant_id' and c.table_schema = 'public' and c.table_name not in ('timers', 'jobs', 'outbox')",
    )
    .fetch_all(cx.conn())
    .await
    .unwrap();
    assert!(tables.len() > 15);
    for table in tables {
        let foreign = format!("select count(*) from {table} where tenant_id = $1");
        let seen: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(foreign))
            .bind(centre.id().uuid())
            .fetch_one(cx.conn())
            .await
            .unwrap();
        assert_eq!(seen, 0, "{table} shows another tenant's rows");
    }
}

#[test]
fn the_packs_of_the_repository_are_whole() {
    for name in ["quan7", "tan-hung"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name);
        Pack::read(&folder).unwrap_or_else(|error| panic!("{error}"));
    }
}
