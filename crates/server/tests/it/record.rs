use crate::house::{House, keys, run, until};
use duty::tenants::Tenant;
use kernel::{Actor, EventId};
use serde_json::{Value, json};
use store::{Event, Store, ledger::Sealer};
use uuid::Uuid;

async fn note(store: &Store, tenant: &Tenant) -> EventId {
    let mut cx = store.begin(tenant.id, Actor::system("test")).await.unwrap();
    let event = Event::new("note.made", Uuid::from_u128(1)).payload(json!({ "text": "bí mật" }));
    let id = cx.record(event);
    cx.commit().await.unwrap();
    id
}

/// Other tests' transactions on the same server hold the sealer back for as long as they run.
async fn seal(house: &House, store: &Store, tenant: &Tenant) {
    let (sealer, mut admin) = (Sealer::new(store.clone()), house.admin().await);
    until("everything is sealed", async || {
        sealer.seal(tenant.id).await.unwrap();
        let waiting = "select count(*) from unsealed_events";
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&mut admin).await.unwrap();
        (waiting == 0).then_some(())
    })
    .await;
}

async fn verify(house: &House, more: &[&str]) -> (i32, Value) {
    let (code, out, told) = run(house.command(&[&["ledger", "verify", "--json"][..], more].concat())).await;
    assert_eq!(out.lines().count(), 1, "{out}{told}");
    (code, serde_json::from_str(&out).unwrap())
}

#[tokio::test]
async fn verify_proves_a_whole_record_and_names_an_event_changed_by_hand() {
    let house = House::new().await;
    let tenant = house.tenant("quan7").await;
    let store = house.store().await;
    let (first, second) = (note(&store, &tenant).await, note(&store, &tenant).await);
    seal(&house, &store, &tenant).await;
    let waiting = note(&store, &tenant).await;

    let (code, report) = verify(&house, &[]).await;
    assert_eq!(code, 0, "{report}");
    assert_eq!(
        keys(&report),
        ["erased", "events", "first_bad", "head", "ok", "sealed", "tenant", "unsealed"]
    );
    assert_eq!((&report["ok"], &report["first_bad"]), (&true.into(), &Value::Null));
    assert_eq!((&report["tenant"], &report["erased"]), (&"quan7".into(), &0.into()));
    let sealed = report["sealed"].as_i64().unwrap();
    assert_eq!((&report["unsealed"], &report["events"]), (&1.into(), &json!(sealed + 1)));
    assert!(report["head"].as_str().unwrap().starts_with(&format!("{sealed}:")), "{report}");
    // It never seals: what waited still waits.
    assert_eq!(verify(&house, &["--tenant", "quan7"]).await, (0, report));

    let mut admin = house.admin().await;
    let edit = "update events set data = data || '{\"edited\": 1}' where id = $1";
    // What is not yet sealed is not yet proven.
    sqlx::query(edit).bind(waiting.uuid()).execute(&mut admin).await.unwrap();
    assert_eq!(verify(&house, &[]).await.0, 0);
    sqlx::query(edit).bind(second.uuid()).execute(&mut admin).await.unwrap();
    let (code, report) = verify(&house, &[]).await;
    assert_eq!((code, &report["ok"]), (1, &false.into()));
    let bad = &report["first_bad"];
    assert_eq!(keys(bad), ["event_id", "reason", "seq"]);
    // It was the last one sealed.
    assert_eq!(bad, &json!({ "event_id": second.uuid(), "seq": sealed, "reason": "altered" }));
    // A time without end is an edit like any other, and the first one is named.
    let edit = "update events set at = 'infinity' where id = $1";
    sqlx::query(edit).bind(first.uuid()).execute(&mut admin).await.unwrap();
    let (code, report) = verify(&house, &[]).await;
    assert_eq!((code, &report["first_bad"]["event_id"]), (1, &json!(first.uuid())), "{report}");
}

#[tokio::test]
async fn of_several_tenants_verify_prints_one_object() {
    let house = House::new().await;
    house.tenant("quan7").await;
    house.tenant("tan-hung").await;
    let (code, report) = verify(&house, &[]).await;
    assert_eq!(code, 0);
    assert_eq!(keys(&report), ["ok", "tenants"]);
    assert_eq!(report["tenants"].as_array().unwrap().len(), 2);
    let (code, report) = verify(&house, &["--tenant", "quan7"]).await;
    assert_eq!((code, &report["tenant"]), (0, &"quan7".into()));
    let (code, out, _) = run(house.command(&["ledger", "verify", "--tenant", "nowhere"])).await;
    assert_eq!((code, out.as_str()), (2, ""));
}
