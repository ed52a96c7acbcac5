//! Scans of many requests are written together, and a fault of one is no other's.

use crate::checkins::{Gates, NewGate};
use health::{
    checkins::{self, Receipt, Refused},
    gates::{Direction, Scan},
};
use jiff::SignedDuration;
use kernel::Result;
use tokio::{sync::watch, task::JoinHandle};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const SECOND: SignedDuration = SignedDuration::from_secs(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Each list by a request of its own, all at once.
fn together(gates: &Gates, lists: Vec<Vec<Scan>>) -> Vec<JoinHandle<Result<Receipt>>> {
    let put = |scans| {
        let (intake, tenant) = (gates.intake.clone(), gates.day.centre.id());
        tokio::spawn(async move { intake.put(tenant, None, scans).await })
    };
    lists.into_iter().map(put).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_that_are_under_way_together_count_each_scan_once() {
    let gates = Gates::open().await;
    let market = gates.gate(NewGate { name: "Chợ", ..NewGate::default() }).await;
    // Each request sends its own scan and the one before.
    let send = async |scans: &[Scan]| {
        for answer in together(&gates, scans.windows(2).map(<[Scan]>::to_vec).collect()) {
            assert_eq!(answer.await.unwrap().unwrap().keys.len(), 2);
        }
        // What came too late for its place in the day has been read again by then. Known already, the scan changes
        // nothing: it is told how many are inside.
        gates.day.centre.clock.advance(SECOND * 10);
        gates.put(vec![scans[0].clone()]).await.unwrap().inside[&market]
    };
    let from = gates.now() - MINUTE * 2;
    let came: Vec<Scan> = (0..60).map(|n| gates.scan(market, from + SECOND * n)).collect();
    assert_eq!(send(&came).await, 60);
    // The count is old, and is read anew while others write.
    gates.day.centre.clock.advance(MINUTE);
    let gone = |n| Scan { direction: Direction::Out, ..gates.scan(market, from + MINUTE + SECOND * n) };
    assert_eq!(send(&(0..11).map(gone).collect::<Vec<_>>()).await, 49);
    assert_eq!((gates.kept().await, gates.fold().await), (71, 71));
}

#[tokio::test]
async fn a_row_at_fault_fails_nobody_but_itself() {
    let gates = Gates::open().await;
    let market = gates.gate(NewGate { name: "Chợ Tân Phong", ..NewGate::default() }).await;
    // The part of the week is there before the fault is built in.
    gates.put(vec![gates.scan(market, gates.now())]).await.unwrap();
    let mut admin = gates.admin().await;
    sqlx::query("alter table checkins add constraint broken check (rules <> 'broken')")
        .execute(&mut admin)
        .await
        .unwrap();
    let mut scans: Vec<Scan> = (0..20).map(|_| gates.scan(market, gates.now())).collect();
    scans[7].rules = Some("broken".into());
    let bad = scans[7].key;
    let receipt = gates.put(scans).await.unwrap();
    // It is not named, so its device keeps it and sends it again.
    assert_eq!((receipt.keys.len(), receipt.keys.contains(&bad), receipt.refused), (19, false, vec![]));
    assert_eq!((gates.kept().await, gates.fold().await), (20, 20));
    // One that can never be kept is refused in words, and its neighbour is kept.
    let endless = Scan { number: Some("1".repeat(101)), ..gates.scan(market, gates.now()) };
    let (bad, good) = (endless.key, gates.scan(market, gates.now()));
    let receipt = gates.put(vec![endless, good.clone()]).await.unwrap();
    assert_eq!(
        (receipt.keys, receipt.refused),
        (vec![good.key], vec![Refused { key: bad, why: "error-checkin-form" }])
    );
}

#[tokio::test]
async fn a_writer_or_a_counter_that_dies_loses_nothing() {
    let gates = Gates::open().await;
    let market = gates.gate(NewGate { name: "Chợ", ..NewGate::default() }).await;
    gates.put(vec![gates.scan(market, gates.now())]).await.unwrap();
    // The writer dies; what arrives meanwhile waits for the next one.
    gates.writer.abort();
    let fifty = || (0..50).map(|_| gates.scan(market, gates.now())).collect();
    let waiting = together(&gates, (0..8).map(|_| fifty()).collect());
    tokio::task::yield_now().await;
    let (_stop, stopping) = watch::channel(false);
    tokio::spawn(gates.intake.clone().run(stopping));
    for answer in waiting {
        assert_eq!(answer.await.unwrap().unwrap().keys.len(), 50);
    }
    assert_eq!(gates.kept().await, 401);
    // One counter has taken its turn and hangs; another one does nothing meanwhile, and all of it afterwards.
    let mut hangs = gates.day.centre.system().await;
    sqlx::query("insert into checkin_folds (tenant_id, folded_at) values ($1, now())")
        .bind(gates.day.centre.id().uuid())
        .execute(hangs.conn())
        .await
        .unwrap();
    hangs.commit().await.unwrap();
    let mut hangs = gates.day.centre.system().await;
    sqlx::query("select * from checkin_folds for update").execute(hangs.conn()).await.unwrap();
    sqlx::query("delete from checkin_batches").execute(hangs.conn()).await.unwrap();
    assert_eq!(gates.fold().await, 0);
    hangs.rollback().await.unwrap();
    assert_eq!(gates.fold().await, 401);
    assert_eq!(gates.fold().await, 0);
    let mut cx = gates.day.centre.system().await;
    let now = gates.now();
    let colours = checkins::by_colour(&mut cx, now - HOUR * 2, now + HOUR).await.unwrap();
    assert_eq!(colours.green, 401);
}
