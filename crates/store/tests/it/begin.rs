use kernel::Actor;
use std::time::Duration;
use testkit::TestCentre;

/// Sessions of this database that stand in a transaction and do nothing in it.
async fn standing(centre: &TestCentre) -> i64 {
    let mut cx = centre.system().await;
    sqlx::query_scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
    )
    .fetch_one(cx.conn())
    .await
    .unwrap()
}

#[tokio::test]
async fn a_begin_that_is_broken_off_leaves_no_transaction_behind() {
    let centre = TestCentre::new().await;
    for _ in 0..50 {
        // Whoever asked goes away while the database has not answered.
        tokio::select! {
            biased;
            begun = centre.store.begin(centre.id(), Actor::system("test.begin")) => drop(begun.unwrap()),
            () = tokio::task::yield_now() => {}
        }
    }
    let gone = async {
        while standing(&centre).await > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("a transaction that nobody ends");
}
