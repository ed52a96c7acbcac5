use kernel::Error;
use store::{Cx, Turns};
use testkit::TestCentre;
use tokio::sync::Barrier;

async fn lock(cx: &mut Cx, key: i64) -> Result<(), Error> {
    sqlx::query("select pg_advisory_xact_lock($1)").bind(key).execute(cx.conn()).await?;
    Ok(())
}

#[tokio::test]
async fn two_who_wait_for_each_other_both_come_through() {
    let centre = TestCentre::new().await;
    let both = Barrier::new(2);
    let work = async |first: i64, second: i64| {
        let (mut turns, mut tries) = (Turns::default(), 0);
        loop {
            tries += 1;
            let done = async {
                let mut cx = centre.system().await;
                lock(&mut cx, first).await?;
                if tries == 1 {
                    both.wait().await;
                }
                lock(&mut cx, second).await?;
                cx.commit().await
            };
            match done.await {
                Err(error) if turns.again(&error) => {}
                done => return done.map(|()| tries),
            }
        }
    };
    let (one, two) = tokio::join!(work(1, 2), work(2, 1));
    let mut tries = [one.unwrap(), two.unwrap()];
    tries.sort_unstable();
    assert_eq!(tries, [1, 2], "one of them was broken off, and done again");
}
