//! The order in which batches that are under way together have their say in what the process keeps.

use tokio::sync::oneshot;

/// Hands out turns.
#[derive(Default)]
pub(super) struct Turns(Option<oneshot::Receiver<()>>);

/// The turn of a batch. It ends when this is dropped, however the batch ended, and not before the one before it.
pub(super) struct Turn {
    before: Option<oneshot::Receiver<()>>,
    /// Whoever is next waits until it is gone.
    mine: Option<oneshot::Sender<()>>,
}

impl Turns {
    pub(super) fn next(&mut self) -> Turn {
        let (mine, after) = oneshot::channel();
        Turn { before: self.0.replace(after), mine: Some(mine) }
    }
}

impl Turn {
    /// Waits until the batch before has ended. Never while rows are held that it may want.
    pub(super) async fn wait(&mut self) {
        if let Some(before) = &mut self.before {
            let _ = before.await;
            self.before = None;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // It failed before it was its turn: whoever is next waits for the one before it instead.
        if let (Some(before), Some(mine)) = (self.before.take(), self.mine.take()) {
            tokio::spawn(async move {
                let _ = before.await;
                drop(mine);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::ready;

    async fn may_go(turn: &mut Turn) -> bool {
        tokio::select! {
            biased;
            () = turn.wait() => true,
            () = ready(()) => false,
        }
    }

    #[tokio::test]
    async fn whoever_is_next_waits_until_the_one_before_has_ended() {
        let mut turns = Turns::default();
        let (mut one, mut two, mut three) = (turns.next(), turns.next(), turns.next());
        assert!(may_go(&mut one).await && !may_go(&mut two).await && !may_go(&mut three).await);
        // Given up before its turn, it lets nobody overtake the one before it.
        drop(two);
        tokio::task::yield_now().await;
        assert!(!may_go(&mut three).await);
        drop(one);
        three.wait().await;
    }
}
