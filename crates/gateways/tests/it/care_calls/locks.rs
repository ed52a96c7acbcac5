//! Who works on the same call and the same household at once: diallers, calls that end, people who write. All lock
//! in one order, a call before its household and a household before its row of the day, so none breaks the other off.

use super::{Day, FAMILY, HOUR, MINUTE, came};
use duty::{
    calls::{self, Outcome},
    prompts::Prompter,
};
use health::care_calls::{self, Came, Dialler, Part, State};
use jiff::{SignedDuration, civil::date};
use kernel::HouseholdId;
use std::{sync::Arc, time::Duration};
use store::Cx;

/// Longer than anything takes that waits for nobody.
const LONG: Duration = Duration::from_secs(20);
/// After so long a lease is worth renewing.
const LEASED: SignedDuration = SignedDuration::from_secs(4);
/// Who lives next door, by name and year of birth.
const STREET: [(&str, &str); 7] = [
    ("Nguyễn Văn An", "1951"),
    ("Lê Thị Bình", "1962"),
    ("Phạm Văn Cường", "1979"),
    ("Hoàng Thị Dung", "1983"),
    ("Vũ Văn Em", "1990"),
    ("Đỗ Thị Giang", "1974"),
    ("Bùi Văn Hải", "1968"),
];

/// Until another transaction waits for this one.
async fn waited_for(cx: &mut Cx) {
    let waits =
        "select count(*) from pg_locks where not granted and transactionid = pg_current_xact_id()::xid";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(cx.conn()).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn whoever_renews_a_lease_waits_for_the_call_before_he_holds_its_row() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    // The call is being settled, which takes its row last.
    let mut cx = day.centre.system().await;
    calls::ended(&mut cx, call, Outcome::Rejected, None).await.unwrap();
    let settles = async {
        waited_for(&mut cx).await;
        let row = "select id from care_calls where call_id = $1 for update nowait";
        sqlx::query(row).bind(call.uuid()).execute(cx.conn()).await.unwrap();
        cx.rollback().await.unwrap();
    };
    let (renewed, ()) = tokio::join!(day.dialler.renew(), settles);
    renewed.unwrap();
    let held =
        "select count(*) from care_calls c join calls k on k.tenant_id = c.tenant_id and k.id = c.call_id
                where c.state = 'calling' and c.held_until = k.held_until";
    assert_eq!(day.count(held).await, 1, "the call and its row are held for as long as each other");
}

#[tokio::test]
async fn a_household_for_which_somebody_writes_is_called_a_moment_later() {
    let day = Day::begin().await;
    // Whoever writes holds the household first, and its row of the day after it.
    let mut cx = day.centre.system().await;
    let lock = "select id from households where id = $1 for update";
    sqlx::query(lock).bind(day.home.uuid()).execute(cx.conn()).await.unwrap();
    let looked = tokio::time::timeout(LONG, day.dialler.tick()).await.expect("the look waits for nobody");
    assert_eq!(looked.unwrap(), 0);
    let visit = care_calls::order_visit(&mut cx, day.home).await.unwrap();
    cx.commit().await.unwrap();
    day.rings().await;
    let line = day.line().await;
    assert_eq!((line.state, line.visit), (State::Calling, Some(visit)));
}

/// The station sends somebody to each of these, one after the other.
async fn send_to_all(day: &Day, homes: &[HouseholdId]) {
    for home in homes {
        let mut cx = day.centre.system().await;
        care_calls::order_visit(&mut cx, *home).await.unwrap();
        cx.commit().await.unwrap();
    }
}

async fn look_often(dialler: &Dialler) {
    for _ in 0..6 {
        dialler.tick().await.unwrap();
    }
}

#[tokio::test]
async fn a_street_is_dialled_settled_held_and_written_for_at_once_and_nothing_gives_way() {
    let day = Day::begin().await;
    let (mut homes, mut phones) = (vec![day.home], vec![FAMILY.to_owned()]);
    for (n, who) in (2..).zip(STREET) {
        let phone = format!("+8490055560{n}");
        homes.push(day.neighbour(n, who, &phone).await);
        phones.push(phone);
    }
    // A look tells them who will call; then it is nine the next morning.
    day.wait(MINUTE).await;
    let call = day.rings().await;
    day.exchange.reject(call);
    day.dialler.finished().await;
    day.wait(HOUR * 18 + MINUTE * 50).await;

    // Two processes dial while the station writes.
    let lines = Arc::new(day.exchange.clone());
    let other = Dialler::new(day.centre.store.clone(), lines, Prompter::silent());
    tokio::join!(look_often(&day.dialler), look_often(&other), send_to_all(&day, &homes));
    while day.dialler.tick().await.unwrap() > 0 {}
    let ringing: Vec<_> = phones.iter().filter_map(|phone| day.exchange.call_of(phone)).collect();
    assert_eq!(ringing.len(), homes.len());

    // All decline at once; leases are renewed, and the station writes, while that is put on record.
    for telephone in &ringing {
        day.exchange.reject(telephone.call);
    }
    let settled = async {
        day.dialler.finished().await;
        other.finished().await;
    };
    let renewed = async {
        for _ in 0..20 {
            day.centre.clock.advance(LEASED);
            day.dialler.renew().await.unwrap();
            other.renew().await.unwrap();
        }
    };
    tokio::join!(settled, renewed, send_to_all(&day, &homes));

    let shown = day.shown(date(2021, 9, 26), Part::Waiting).await;
    assert_eq!((shown.lines.len(), shown.counts.calling), (homes.len(), 0));
    for line in &shown.lines {
        assert_eq!((line.unanswered, came(line)), (1, vec![Some(Came::Rejected)]), "{}", line.code);
        assert!(line.visit.is_some(), "{}", line.code);
    }
    assert_eq!(day.count("select count(*) from calls where ended_at is null").await, 0);
    // What gave way and was done again fails nobody; the database counts it all the same.
    let gave_way = "select deadlocks from pg_stat_database where datname = current_database()";
    assert_eq!(day.count(gave_way).await, 0);
}
