use crate::house::{House, Running, until};
use duty::{
    tenants::{self, Tenant},
    tickets::{self, NewMatter, Severity},
    units,
};
use kernel::Actor;
use sqlx::{PgConnection, Row};
use store::{Store, ledger};
use uuid::Uuid;

/// F0s whose ladders run; each opens three tickets.
const F0S: u128 = 8;

/// News of several F0s in Tân Phong, at once.
async fn news(store: &Store, tenant: &Tenant) -> usize {
    let mut cx = store.begin(tenant.id, Actor::system("test")).await.unwrap();
    let ward = units::tree(&mut cx).await.unwrap().by_code("TPHONG").map(|unit| unit.id);
    let spec = tenant.pack.matter("f0_news").unwrap();
    let mut opened = 0;
    for n in 0..F0S {
        let object = Uuid::from_u128(n);
        let new =
            NewMatter { kind: "f0_news", severity: Severity::Emergency, ward, object_kind: "case", object };
        opened += tickets::open_matter(&mut cx, &new, spec).await.unwrap().tickets.len();
    }
    cx.commit().await.unwrap();
    opened
}

/// Tickets that stand at `level` or above, or whose ladder was used up and has begun again.
async fn climbed(admin: &mut PgConnection, level: i16) -> usize {
    let count = "select count(*) from tickets where kind = 'f0_news' and (level >= $1 or round > 0)";
    let count: i64 = sqlx::query_scalar(count).bind(level).fetch_one(admin).await.unwrap();
    count as usize
}

async fn a_minute_passes(server: &Running) {
    let moved = server.post("/demo/clock", r#"{"advance":"PT61S"}"#).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
}

/// Each level was started once, none was left out, nobody was called twice for it, and every open
/// ticket has its timer, which nobody had to give back to it.
async fn nothing_lost_or_doubled(admin: &mut PgConnection) {
    let levels = "select t.id, t.level, t.round,
                         array(select (e.data->>'round')::int * 100 + (e.data->>'level')::int from events e
                               where e.object_id = t.id and e.kind in ('ticket.level_started', 'ticket.fell_through')
                               order by 1) as walked,
                         jsonb_array_length(t.ladder->'level') as height,
                         exists (select from timers m where m.object_id = t.id and m.kind = 'tickets.escalate'
                                   and m.generation = t.generation) as armed
                  from tickets t where t.kind = 'f0_news'";
    for row in sqlx::query(levels).fetch_all(&mut *admin).await.unwrap() {
        let (level, round): (i16, i16) = (row.get("level"), row.get("round"));
        let height: i32 = row.get("height");
        let expected: Vec<i32> = (0..=i32::from(round))
            .flat_map(|r| {
                let last = if r == i32::from(round) { i32::from(level) } else { height - 1 };
                (0..=last).map(move |l| r * 100 + l)
            })
            .collect();
        let walked: Vec<i32> = row.get("walked");
        assert_eq!(walked, expected, "ticket {}", row.get::<Uuid, _>("id"));
        assert!(row.get::<bool, _>("armed"));
    }
    let doubled =
        "select count(*) from (select from attempts group by ticket_id, round, level, channel, staff_id
                                         having count(*) > 1) as doubled";
    let restored = "select count(*) from events where kind = 'ticket.timer_restored'";
    for question in [doubled, restored] {
        let count: i64 = sqlx::query_scalar(question).fetch_one(&mut *admin).await.unwrap();
        assert_eq!(count, 0, "{question}");
    }
}

#[tokio::test]
async fn several_processes_climb_each_ladder_once_a_level_and_kill_9_loses_none() {
    let house = House::new().await;
    let mut first = house.serve(&["--demo", "--still"]);
    // Nothing but the mark in the database tells these two that it is a demo.
    let second = house.serve(&[]);
    let worker = Running::start(house.command(&["worker"]));
    assert!(second.get("/quan7").await.text.contains("demo-banner"));
    let store = house.store().await;
    let tenant = tenants::find(&store).await.unwrap().remove("quan7").unwrap();
    let opened = news(&store, &tenant).await;
    let mut admin = house.admin().await;
    assert_eq!((opened, climbed(&mut admin, 0).await), (3 * F0S as usize, opened));

    a_minute_passes(&first).await;
    until("every ladder stands at its second level", async || {
        (climbed(&mut admin, 1).await == opened).then_some(())
    })
    .await;
    // Once the calls of both levels are placed: none by the worker, where nobody could pick it up.
    until("no call waits", async || {
        let waiting = "select count(*) from jobs where queue = 'calls'";
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&mut admin).await.unwrap();
        (waiting == 0).then_some(())
    })
    .await;
    let unheard = "select count(*) from attempts where outcome = 'no_network'";
    let unheard: i64 = sqlx::query_scalar(unheard).fetch_one(&mut admin).await.unwrap();
    assert_eq!(unheard, 0);
    nothing_lost_or_doubled(&mut admin).await;
    drop((second, worker));

    // Mid-ladder, at whatever statement it happens to be.
    for level in [2, 3] {
        a_minute_passes(&first).await;
        first.kill();
        first = house.serve(&["--demo", "--still"]);
        until("every ladder has climbed", async || {
            (climbed(&mut admin, level).await == opened).then_some(())
        })
        .await;
        first.until("/readyz", 200).await;
        nothing_lost_or_doubled(&mut admin).await;
    }
    let report = ledger::verify(&store, tenant.id, "quan7").await.unwrap();
    assert!(report.ok, "{report:?}");
}
