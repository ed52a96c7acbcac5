use jiff::civil::date;
use kernel::EventId;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::{Event, ledger, ledger::Sealer};
use testkit::TestCentre;
use uuid::Uuid;

async fn note(centre: &TestCentre, payload: bool) -> EventId {
    let mut cx = centre.system().await;
    let event = Event::new("note.made", Uuid::from_u128(1));
    let event = if payload { event.payload(json!({ "text": "bí mật" })) } else { event };
    let id = cx.record(event);
    cx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn two_sealers_seal_every_event_once_and_without_a_gap() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    for n in 0..2500 {
        cx.record(Event::new("note.made", Uuid::from_u128(n)));
    }
    cx.commit().await.unwrap();
    let work = || async {
        let sealer = Sealer::new(centre.store.clone());
        for _ in 0..6 {
            sealer.seal(centre.id()).await.unwrap();
        }
    };
    tokio::join!(work(), work());
    centre.seal().await;
    let report = ledger::verify(&centre.store, centre.id(), "quan7").await.unwrap();
    assert!(report.ok && report.unsealed == 0 && report.sealed == report.events, "{report:?}");
}

/// Somebody's hand in the database, what must be said of it, and the hand that undoes it.
struct Edit {
    by_hand: String,
    undone: String,
    reason: &'static str,
    event: Option<EventId>,
}

/// A row taken out of a table and put back.
fn removal(table: &str, of: &str, reason: &'static str, event: Option<EventId>) -> Edit {
    Edit {
        by_hand: format!(
            "create table kept as select * from {table} where {of}; delete from {table} where {of}"
        ),
        undone: format!("insert into {table} select * from kept; drop table kept"),
        reason,
        event,
    }
}

/// One byte changed, and changed back.
fn flip(table: &str, column: &str, of: &str, reason: &'static str, event: Option<EventId>) -> Edit {
    let last = format!("octet_length({column}) - 1");
    let flip = format!(
        "update {table} set {column} = set_byte({column}, {last}, 255 - get_byte({column}, {last})) where {of}"
    );
    Edit { by_hand: flip.clone(), undone: flip, reason, event }
}

#[tokio::test]
async fn whatever_is_changed_by_hand_is_named_with_its_reason() {
    let centre = TestCentre::new().await;
    let [first, plain, third] =
        [note(&centre, true).await, note(&centre, false).await, note(&centre, true).await];
    centre.seal().await;
    let mut cx = centre.system().await;
    ledger::publish(&mut cx, date(2021, 9, 25)).await.unwrap().unwrap();
    cx.commit().await.unwrap();
    centre.seal().await;
    let waiting = note(&centre, false).await;

    let is = |column: &str, event: EventId| format!("{column} = '{event}'");
    let tenant = format!("tenant_id = '{}'", centre.id());
    let named = |event| Some(event);
    let edits = [
        Edit {
            by_hand: format!("update events set kind = 'note.unmade' where {}", is("id", third)),
            undone: format!("update events set kind = 'note.made' where {}", is("id", third)),
            reason: "altered",
            event: named(third),
        },
        Edit {
            by_hand: format!(
                "create table kept as select id, at from events where {0};
                 update events set at = 'infinity' where {0}",
                is("id", plain)
            ),
            undone: "update events e set at = k.at from kept k where k.id = e.id; drop table kept".into(),
            reason: "altered",
            event: named(plain),
        },
        flip("seals", "hash", &is("event_id", plain), "altered", named(plain)),
        flip("event_payloads", "body", &is("event_id", first), "payload altered", named(first)),
        removal("event_payloads", &is("event_id", third), "payload missing", named(third)),
        Edit {
            by_hand: format!(
                "create table kept as select * from event_payloads where {0};
                 update event_payloads set body = null, erased_at = '2021-09-25' where {0}",
                is("event_id", first)
            ),
            undone: "update event_payloads p set body = k.body, erased_at = null from kept k
                     where k.event_id = p.event_id; drop table kept"
                .into(),
            // Erased, and no erasure names it.
            reason: "payload missing",
            event: named(first),
        },
        removal("events", &is("id", plain), "missing", named(plain)),
        // What stands after the gap is the first that does not fit.
        removal("seals", &is("event_id", plain), "missing", named(third)),
        removal("seals", "seq = (select max(seq) from seals)", "head altered", None),
        Edit {
            by_hand: format!("update ledger_heads set seq = seq + 1 where {tenant}"),
            undone: format!("update ledger_heads set seq = seq - 1 where {tenant}"),
            reason: "head altered",
            event: None,
        },
        flip("ledger_heads", "signature", &tenant, "head forged", None),
        flip("ledger_publications", "hash", &tenant, "published head differs", None),
        removal("unsealed_events", &is("event_id", waiting), "unsealed forgotten", named(waiting)),
    ];

    let mut admin = PgConnection::connect(centre.database.url()).await.unwrap();
    let whole = ledger::verify(&centre.store, centre.id(), "quan7").await.unwrap();
    assert!(whole.ok && whole.unsealed == 1, "{whole:?}");
    for edit in edits {
        sqlx::raw_sql(AssertSqlSafe(edit.by_hand.clone())).execute(&mut admin).await.unwrap();
        let report = ledger::verify(&centre.store, centre.id(), "quan7").await.unwrap();
        let bad = report.first_bad.unwrap_or_else(|| panic!("not found: {}", edit.by_hand));
        assert!(!report.ok);
        assert_eq!(bad.reason, edit.reason, "{}", edit.by_hand);
        if let Some(event) = edit.event {
            assert_eq!(bad.event_id, event.uuid(), "{}", edit.by_hand);
        }
        sqlx::raw_sql(AssertSqlSafe(edit.undone)).execute(&mut admin).await.unwrap();
    }
    // All is as it was, and looking has sealed nothing.
    let again = ledger::verify(&centre.store, centre.id(), "quan7").await.unwrap();
    assert!(again.ok, "{again:?}");
    assert_eq!((again.sealed, again.unsealed, again.head), (whole.sealed, 1, whole.head));
}
