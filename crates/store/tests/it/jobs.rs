use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::{Error, Result};
use serde_json::json;
use sqlx::Row;
use std::{sync::Arc, time::Duration};
use store::{
    Job, Store,
    jobs::{OnJob, Taken, Worker},
};
use testkit::TestCentre;
use tokio::sync::{Notify, mpsc, watch};

const QUEUE: &str = "test";
const KIND: &str = "test.work";

/// Does what its job says, and tells its key.
struct Work {
    begun: mpsc::UnboundedSender<String>,
    released: Arc<Notify>,
}

#[async_trait]
impl OnJob for Work {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, _store: &Store, job: &Taken) -> Result<()> {
        let what = job.args["do"].as_str().unwrap();
        self.begun.send(what.to_owned()).unwrap();
        match what {
            "fail" => Err(Error::internal("broken")),
            "panic" => panic!("on purpose"),
            "wait" => {
                self.released.notified().await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn max_attempts(&self) -> i32 {
        2
    }
}

struct Bench {
    centre: TestCentre,
    worker: Worker,
    begun: mpsc::UnboundedReceiver<String>,
    released: Arc<Notify>,
}

impl Bench {
    async fn new(kind: &'static str, jobs: &[&str]) -> Self {
        let centre = TestCentre::new().await;
        let mut cx = centre.system().await;
        for (n, what) in jobs.iter().enumerate() {
            let job =
                Job { queue: QUEUE, kind, key: n.to_string(), args: json!({ "do": what }), run_at: None };
            // The same key is the same job.
            cx.enqueue(job.clone());
            cx.enqueue(job);
        }
        cx.commit().await.unwrap();
        let (begin, begun) = mpsc::unbounded_channel();
        let released = Arc::new(Notify::new());
        let work = Work { begun: begin, released: released.clone() };
        let worker = Worker::new(centre.store.clone(), QUEUE, vec![Arc::new(work)]);
        Self { centre, worker, begun, released }
    }

    async fn next(&mut self) -> String {
        let next = tokio::time::timeout(Duration::from_secs(10), self.begun.recv());
        next.await.expect("a job begins").unwrap()
    }

    /// (attempts, given up, last error) of what is left.
    async fn left(&self) -> Vec<(i32, bool, Option<String>)> {
        let mut cell = self.centre.store.cell().await.unwrap();
        let left =
            "select attempts, failed_at is not null, last_error from jobs where queue = 'test' order by key";
        let rows = sqlx::query(left).fetch_all(cell.conn()).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
    }
}

#[tokio::test]
async fn a_job_that_fails_or_panics_is_tried_again_and_given_up_after_its_last_try() {
    let bench = Bench::new(KIND, &["fail", "panic", "do"]).await;
    assert_eq!(bench.worker.run_due(8).await.unwrap(), 3);
    assert_eq!(bench.worker.run_due(8).await.unwrap(), 0);
    bench.centre.clock.advance(SignedDuration::from_secs(2));
    assert_eq!(bench.worker.run_due(8).await.unwrap(), 2);
    let left = bench.left().await;
    assert!(left.iter().all(|(attempts, given_up, _)| (*attempts, *given_up) == (2, true)), "{left:?}");
    assert!(left[1].2.as_deref().unwrap().contains("on purpose"), "{left:?}");
    bench.centre.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(bench.worker.run_due(8).await.unwrap(), 0);
}

#[tokio::test]
async fn the_job_of_a_process_that_died_is_taken_over_when_its_lease_has_run_out() {
    let mut bench = Bench::new(KIND, &["wait"]).await;
    let worker = bench.worker.clone();
    let dying = tokio::spawn(async move { worker.run_due(8).await });
    assert_eq!(bench.next().await, "wait");
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    assert_eq!(bench.worker.run_due(8).await.unwrap(), 0);
    bench.centre.clock.advance(SignedDuration::from_mins(5));
    bench.released.notify_one();
    assert_eq!(bench.worker.run_due(8).await.unwrap(), 1);
    assert_eq!(bench.left().await, []);
}

#[tokio::test]
async fn a_slow_job_holds_up_none_of_those_behind_it() {
    let mut bench = Bench::new(KIND, &["wait", "a", "b", "c"]).await;
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(bench.worker.clone().run(2, stopping));
    let mut begun = [bench.next().await, bench.next().await, bench.next().await, bench.next().await];
    begun.sort();
    assert_eq!(begun, ["a", "b", "c", "wait"]);
    // Told to stop, it still brings to its end what it has begun.
    stop.send(true).unwrap();
    bench.released.notify_one();
    running.await.unwrap();
    assert_eq!(bench.left().await, []);
}

#[tokio::test]
async fn a_job_that_this_program_does_not_know_is_left_to_the_one_that_does() {
    let bench = Bench::new("test.of_the_next_release", &["do"]).await;
    assert_eq!(bench.worker.run_due(8).await.unwrap(), 0);
    assert_eq!(bench.left().await, [(0, false, None)]);
}
