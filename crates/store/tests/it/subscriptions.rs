use async_trait::async_trait;
use kernel::{Error, Result};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use store::{
    Cx, Event,
    events::Recorded,
    subscriptions::{self, OnEvent, Reader},
};
use testkit::TestCentre;
use uuid::Uuid;

/// Notes the numbers of the events it was given; broken while it is told to be.
struct Listen {
    name: &'static str,
    seen: Mutex<Vec<i64>>,
    broken: AtomicBool,
}

#[async_trait]
impl OnEvent for Listen {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn handle(&self, _cx: &mut Cx, events: &[Recorded]) -> Result<()> {
        match (self.broken.load(Ordering::SeqCst), self.name) {
            (true, "test.panics") => panic!("on purpose"),
            (true, _) => return Err(Error::internal("broken")),
            _ => {}
        }
        self.seen.lock().unwrap().extend(events.iter().filter_map(|event| event.seq));
        Ok(())
    }
}

fn listen(name: &'static str, broken: bool) -> Arc<Listen> {
    Arc::new(Listen { name, seen: Mutex::default(), broken: AtomicBool::new(broken) })
}

async fn notes(centre: &TestCentre, count: u128) {
    let mut cx = centre.system().await;
    for n in 0..count {
        cx.record(Event::new("note.made", Uuid::from_u128(n)));
    }
    cx.commit().await.unwrap();
    centre.seal().await;
}

#[tokio::test]
async fn two_readers_give_a_subscriber_each_event_once_and_in_order() {
    let centre = TestCentre::new().await;
    notes(&centre, 1200).await;
    let listen = listen("test.listen", false);
    let read = || async {
        let reader = Reader::new(centre.store.clone(), vec![listen.clone()]);
        let mut handled = 0;
        // The other one may hold the cursor just now.
        while *listen.seen.lock().unwrap().last().unwrap_or(&0) < 1200 {
            handled += reader.read(centre.id()).await.unwrap();
        }
        handled
    };
    let (one, two) = tokio::join!(read(), read());
    let seen = listen.seen.lock().unwrap().clone();
    assert_eq!(one + two, seen.len());
    assert_eq!(seen, (1..=seen.len() as i64).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_subscriber_that_fails_or_panics_gets_the_same_events_again_and_holds_up_no_other() {
    let centre = TestCentre::new().await;
    notes(&centre, 3).await;
    let (fails, panics, good) =
        (listen("test.fails", true), listen("test.panics", true), listen("test.good", false));
    let reader = Reader::new(centre.store.clone(), vec![fails.clone(), panics.clone(), good.clone()]);
    reader.read(centre.id()).await.unwrap_err();
    let count = |who: &Listen| who.seen.lock().unwrap().len();
    assert!(count(&good) >= 3);
    let mut cx = centre.system().await;
    for name in ["test.fails", "test.panics"] {
        assert_eq!(subscriptions::cursor(&mut cx, name).await.unwrap(), 0);
    }
    cx.commit().await.unwrap();
    for mended in [&fails, &panics] {
        mended.broken.store(false, Ordering::SeqCst);
    }
    reader.read(centre.id()).await.unwrap();
    assert_eq!([count(&fails), count(&panics)], [count(&good); 2]);
}
