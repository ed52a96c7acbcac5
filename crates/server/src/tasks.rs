//! Background work that must not end before the process does. A part that panics or returns is
//! started again after a pause; it is logged and counted, because nobody would miss it otherwise
//! until a ladder stood still.

use futures_util::FutureExt;
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio::{sync::watch, task::JoinSet};

/// The running parts.
pub struct Tasks {
    running: JoinSet<()>,
    stop: watch::Receiver<bool>,
    pause: Duration,
}

/// Before a part that has ended is started again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long parts may take to end when told to stop.
const LONGEST_END: Duration = Duration::from_secs(10);

impl Tasks {
    pub fn new(stop: watch::Receiver<bool>) -> Self {
        Self { running: JoinSet::new(), stop, pause: PAUSE }
    }

    /// Runs a part until the process is told to stop, which `start` must heed.
    pub fn keep<F>(
        &mut self,
        name: &'static str,
        start: impl Fn(watch::Receiver<bool>) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let (mut stop, pause) = (self.stop.clone(), self.pause);
        self.running.spawn(async move {
            loop {
                let ended = AssertUnwindSafe(start(stop.clone())).catch_unwind().await;
                if *stop.borrow() {
                    return;
                }
                let how = if ended.is_ok() { "returned" } else { "panicked" };
                tracing::error!(task = name, how, "background work ended; starting it again");
                metrics::counter!("vx_task_restarts_total", "task" => name).increment(1);
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = stop.changed() => return,
                }
            }
        });
    }

    /// Waits until all have ended, but not for ever.
    pub async fn finish(mut self) {
        let all = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(LONGEST_END, all).await.is_err() {
            tracing::warn!(
                "some background work did not end in time; it is taken up again at the next start"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn work_that_panics_or_returns_is_started_again_until_told_to_stop() {
        let (stop, stopping) = watch::channel(false);
        let mut tasks = Tasks { pause: Duration::ZERO, ..Tasks::new(stopping) };
        let (begun, mut seen) = mpsc::unbounded_channel();
        let count = std::sync::atomic::AtomicU32::new(0);
        tasks.keep("test", move |mut stop| {
            let nth = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let begun = begun.clone();
            async move {
                begun.send(nth).unwrap();
                match nth {
                    0 => panic!("on purpose"),
                    1 => {}
                    _ => stop.changed().await.unwrap(),
                }
            }
        });
        for nth in 0..3 {
            assert_eq!(seen.recv().await, Some(nth));
        }
        stop.send(true).unwrap();
        tasks.finish().await;
        assert_eq!(seen.recv().await, None);
    }
}
