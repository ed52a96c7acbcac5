//! Conversations over the simulated network.

use duty::lines::{Dial, Events, Happened, Hear, Heard, Lines, Side, Spoken, Talk};
use gateways::{Exchange, phones::State};
use jiff::SignedDuration;
use kernel::{CallId, Error};
use std::{collections::BTreeSet, sync::Arc};
use testkit::TestCentre;

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const HOME: &str = "+84900010001";
const DOCTOR: &str = "+84900000001";

struct Day {
    centre: TestCentre,
    exchange: Exchange,
}

async fn day() -> Day {
    let centre = TestCentre::new().await;
    let exchange = Exchange::new(centre.store.clone());
    Day { centre, exchange }
}

impl Day {
    fn dialled(&self, number: &str) -> Dial {
        let call = CallId(self.centre.store.id(self.centre.clock.now()));
        Dial { tenant: self.centre.id(), call, number: number.into(), ring_for: SECOND * 30 }
    }

    async fn dial(&self, number: &str) -> (CallId, Events) {
        let dial = self.dialled(number);
        (dial.call, self.exchange.dial(dial.clone()).await.unwrap())
    }

    /// A call that talks; what happened before is read.
    async fn talk(&self, number: &str) -> (CallId, Events) {
        let (call, mut events) = self.dial(number).await;
        self.exchange.answer(call);
        told(&mut events);
        (call, events)
    }

    fn advance(&self, by: SignedDuration) {
        self.centre.clock.advance(by);
        self.exchange.tick();
    }
}

/// What has happened so far.
fn told(events: &mut Events) -> Vec<Happened> {
    std::iter::from_fn(|| events.ready()).map(|told| told.what).collect()
}

fn words(text: &str) -> Spoken {
    Spoken { words: text.into(), samples: Arc::from([]), length: SECOND * 4 }
}

#[tokio::test]
async fn a_question_is_said_and_answered_by_keys() {
    let day = day().await;
    let (call, events) = day.dial(HOME).await;
    let lines: Arc<dyn Lines> = Arc::new(day.exchange.clone());
    let mut talk = Talk::new(lines, call, events);
    let conducting = tokio::spawn(async move {
        while talk.next().await.unwrap().what != Happened::Answered {}
        assert!(talk.say(&words("Trạm y tế xin chào")).await.unwrap());
        let fever = talk.ask(&words("Nhiệt độ?"), 3, SECOND * 5).await.unwrap();
        let breath = talk.ask(&words("Có khó thở không?"), 1, SECOND * 5).await.unwrap();
        talk.lines.hang_up(talk.call).await.unwrap();
        (fever, breath)
    });
    assert_eq!(day.exchange.rings(HOME).await, call);
    day.exchange.answer(call);
    assert_eq!(day.exchange.said(call).await, "Trạm y tế xin chào");
    day.advance(SECOND * 4);
    assert_eq!(day.exchange.said(call).await, "Nhiệt độ?");
    day.exchange.press(call, "385");
    assert_eq!(day.exchange.said(call).await, "Có khó thở không?");
    day.advance(SECOND * 9);
    assert_eq!(day.exchange.over(call).await, Happened::Ended(Side::Us));
    assert_eq!(day.exchange.said(call).await, "");
    assert_eq!(conducting.await.unwrap(), (Heard::Keys("385".into()), Heard::Nothing));
    let shown = day.exchange.call(call).unwrap();
    assert_eq!((shown.words.len(), shown.keys.as_str()), (3, "385"));
}

#[tokio::test]
async fn the_key_that_ends_an_answer_is_no_answer_to_the_next_question() {
    let day = day().await;
    let (call, events) = day.dial(HOME).await;
    let mut talk = Talk::new(Arc::new(day.exchange.clone()), call, events);
    let conducting = tokio::spawn(async move {
        while talk.next().await.unwrap().what != Happened::Answered {}
        let spo2 = talk.ask(&words("SpO2?"), 3, SECOND * 8).await.unwrap();
        let breath = talk.ask(&words("Có khó thở không?"), 1, SECOND * 8).await.unwrap();
        let number = talk.ask(&words("Số máy?"), 3, SECOND * 8).await.unwrap();
        let which = talk.ask(&words("Số này?"), 3, SECOND * 8).await.unwrap();
        talk.lines.hang_up(talk.call).await.unwrap();
        [spo2, breath, number, which]
    });
    assert_eq!(day.exchange.rings(HOME).await, call);
    day.exchange.answer(call);
    day.exchange.said(call).await;
    day.exchange.press(call, "100");
    // The next question is being said already.
    day.exchange.said(call).await;
    day.exchange.press(call, "#2");
    day.exchange.said(call).await;
    day.exchange.press(call, "115");
    day.exchange.said(call).await;
    // Long after it, the key means what it always means.
    day.advance(SECOND * 9);
    day.exchange.press(call, "#");
    let keys = |keys: &str| Heard::Keys(keys.into());
    assert_eq!(conducting.await.unwrap(), [keys("100"), keys("2"), keys("115"), keys("")]);
}

#[tokio::test]
async fn words_end_after_their_length_and_silence_follows_the_last_key() {
    let day = day().await;
    let (call, mut events) = day.talk(HOME).await;
    day.exchange.say(call, &words("Xin nhập SpO2"), Some(SECOND * 5)).await.unwrap();
    day.advance(SECOND * 3);
    assert!(told(&mut events).is_empty());
    day.advance(SECOND);
    assert_eq!(told(&mut events), [Happened::Said]);
    day.advance(SECOND * 4);
    day.exchange.press(call, "9");
    day.advance(SECOND * 4);
    assert_eq!(told(&mut events), [Happened::Key('9')]);
    day.advance(SECOND);
    assert_eq!(told(&mut events), [Happened::Silent]);
    day.advance(SECOND * 60);
    assert!(told(&mut events).is_empty());
}

#[tokio::test]
async fn what_is_hushed_or_replaced_has_not_been_said() {
    let day = day().await;
    let (call, mut events) = day.talk(HOME).await;
    day.exchange.say(call, &words("một"), None).await.unwrap();
    day.exchange.hush(call).await.unwrap();
    day.advance(SECOND * 10);
    assert!(told(&mut events).is_empty());
    // Hushed by a first key, a question still waits for the next.
    day.exchange.say(call, &words("hai"), Some(SECOND * 5)).await.unwrap();
    day.exchange.hush(call).await.unwrap();
    day.advance(SECOND * 5);
    assert_eq!(told(&mut events), [Happened::Silent]);
    day.exchange.say(call, &words("ba"), Some(SECOND)).await.unwrap();
    day.exchange.say(call, &words("bốn"), None).await.unwrap();
    day.advance(SECOND * 10);
    assert_eq!(told(&mut events), [Happened::Said]);
}

#[tokio::test]
async fn a_line_is_engaged_switched_off_declined_or_rings_in_vain() {
    let day = day().await;
    day.exchange.busy(HOME);
    assert_eq!(told(&mut day.dial(HOME).await.1).pop(), Some(Happened::Busy(486)));
    day.exchange.restore(HOME);
    day.exchange.off(HOME);
    assert_eq!(told(&mut day.dial(HOME).await.1).pop(), Some(Happened::Unreachable(Some(480))));
    day.exchange.restore(HOME);
    let (call, mut events) = day.dial(HOME).await;
    day.exchange.reject(call);
    let all = [Happened::Invited("simulated".into()), Happened::Ringing, Happened::Rejected(603)];
    assert_eq!(told(&mut events), all);
    let (_, mut events) = day.dial(HOME).await;
    day.advance(SECOND * 29);
    assert_eq!(told(&mut events).pop(), Some(Happened::Ringing));
    day.advance(SECOND);
    assert_eq!(told(&mut events), [Happened::NoAnswer]);
    assert!(events.next().await.is_none());
    // Whoever talks to us is engaged for others of ours.
    let (call, _events) = day.talk(HOME).await;
    assert_eq!(told(&mut day.dial(HOME).await.1).pop(), Some(Happened::Busy(486)));
    assert_eq!(day.exchange.live(), [call]);
}

#[tokio::test]
async fn an_answer_that_crosses_our_giving_up_comes_too_late() {
    let day = day().await;
    day.exchange.late(HOME);
    let (call, mut events) = day.dial(HOME).await;
    told(&mut events);
    day.exchange.hang_up(call).await.unwrap();
    assert_eq!(told(&mut events), [Happened::Ended(Side::Us), Happened::AnsweredTooLate]);
    assert!(matches!(day.exchange.hang_up(call).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn orders_to_a_call_that_rings_or_is_over_are_refused() {
    let day = day().await;
    let dial = day.dialled(HOME);
    let _events = day.exchange.dial(dial.clone()).await.unwrap();
    let say = async || day.exchange.say(dial.call, &words("a"), None).await;
    assert!(matches!(say().await, Err(Error::Conflict(_))));
    assert!(matches!(day.exchange.take(dial.call).await, Err(Error::Conflict(_))));
    assert!(matches!(day.exchange.dial(dial.clone()).await, Err(Error::Conflict(_))));
    day.exchange.answer(dial.call);
    day.exchange.hang_up_there(dial.call);
    assert!(matches!(say().await, Err(Error::NotFound)));
    let wrong = day.dialled("090 1");
    assert!(matches!(day.exchange.dial(wrong).await, Err(Error::Invalid { field: "number", .. })));
}

#[tokio::test]
async fn a_full_network_and_one_whose_trunk_is_down_take_no_call() {
    let day = day().await;
    day.exchange.set_channels(1);
    let (call, mut events) = day.talk(HOME).await;
    assert_eq!(day.exchange.free(), 0);
    let refused = day.exchange.dial(day.dialled(DOCTOR)).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))));
    let caller = day.exchange.ring_in(DOCTOR, "1022");
    assert_eq!(day.exchange.over(caller).await, Happened::Busy(486));
    day.exchange.set_channels(8);
    day.exchange.trunk_down(true);
    assert!(matches!(day.exchange.dial(day.dialled(DOCTOR)).await, Err(Error::Unavailable(_))));
    // What runs goes on, until the network loses that too.
    day.exchange.say(call, &words("vẫn nghe"), None).await.unwrap();
    day.exchange.lose(call);
    assert_eq!(told(&mut events), [Happened::Ended(Side::Network)]);
    day.exchange.trunk_down(false);
    assert_eq!(day.exchange.free(), 8);
}

#[tokio::test]
async fn bridged_calls_hear_each_other_and_each_other_s_keys_and_nobody_hears_a_listener() {
    let day = day().await;
    let (home, mut at_home) = day.talk(HOME).await;
    let (doctor, _at_doctor) = day.talk(DOCTOR).await;
    let (listener, _at_listener) = day.talk("+84900000002").await;
    let hears = |call| day.exchange.hears(call).into_iter().collect::<Vec<_>>();
    assert!(matches!(day.exchange.overhear(home, listener).await, Err(Error::Conflict(_))));
    day.exchange.bridge(home, doctor).await.unwrap();
    day.exchange.overhear(home, listener).await.unwrap();
    assert_eq!((hears(home), hears(doctor)), (vec![doctor], vec![home]));
    assert_eq!(day.exchange.hears(listener), BTreeSet::from([home, doctor]));
    day.exchange.press(home, "12");
    assert_eq!(told(&mut at_home), [Happened::Key('1'), Happened::Key('2')]);
    assert_eq!(day.exchange.call(doctor).unwrap().heard, "12");
    assert_eq!(day.exchange.call(listener).unwrap().heard, "");
    day.exchange.part(listener).await.unwrap();
    assert!(hears(listener).is_empty());
    day.exchange.overhear(doctor, listener).await.unwrap();
    day.exchange.hang_up_there(doctor);
    assert_eq!((hears(home), hears(listener)), (vec![], vec![]));
    day.exchange.say(home, &words("Bác sĩ đã gác máy"), None).await.unwrap();
}

#[tokio::test]
async fn keys_of_ours_are_heard_at_the_other_side() {
    let day = day().await;
    let (call, mut events) = day.talk(HOME).await;
    Lines::press(&day.exchange, call, "101#").await.unwrap();
    assert_eq!(day.exchange.call(call).unwrap().heard, "101#");
    assert!(told(&mut events).is_empty());
}

#[tokio::test]
async fn a_recording_is_a_real_file_and_a_full_disk_ends_it_but_not_the_call() {
    let day = day().await;
    let folder = tempfile::tempdir().unwrap();
    let (call, mut events) = day.talk(HOME).await;
    let (one, two) = (folder.path().join("1.wav"), folder.path().join("2.wav"));
    day.exchange.record(call, one.clone(), Hear::Inbound).await.unwrap();
    assert!(matches!(day.exchange.record(call, two.clone(), Hear::Both).await, Err(Error::Conflict(_))));
    day.advance(SECOND * 2);
    day.exchange.stop_recording(call).await.unwrap();
    assert_eq!(told(&mut events), [Happened::Recorded { whole: true }]);
    let file = std::fs::read(&one).unwrap();
    assert_eq!((&file[..4], file.len()), (&b"RIFF"[..], 44 + 2 * 16_000));
    day.exchange.disk_full(true);
    day.exchange.record(call, two.clone(), Hear::Both).await.unwrap();
    day.exchange.stop_recording(call).await.unwrap();
    assert_eq!(told(&mut events), [Happened::Recorded { whole: false }]);
    assert!(day.exchange.call(call).unwrap().is_talking());
    // The end of a call ends its recording, told after it.
    day.exchange.disk_full(false);
    day.exchange.record(call, two.clone(), Hear::Both).await.unwrap();
    day.exchange.hang_up_there(call);
    let end = [Happened::Ended(Side::Them), Happened::Recorded { whole: true }];
    assert_eq!(told(&mut events), end);
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_call_that_comes_in_is_offered_taken_refused_or_given_up() {
    let day = day().await;
    // Offered to whoever asks later, too.
    let first = day.exchange.ring_in(HOME, "1022");
    let mut offers = day.exchange.offers();
    let mut offer = offers.recv().await.unwrap();
    assert_eq!((offer.call, offer.from.as_deref(), offer.to.as_str()), (first, Some(HOME), "1022"));
    day.exchange.answer(first);
    assert_eq!(day.exchange.call(first).unwrap().state, State::Ringing);
    day.exchange.take(first).await.unwrap();
    assert_eq!(told(&mut offer.events), [Happened::Answered]);
    day.exchange.say(first, &words("Trung tâm xin nghe"), None).await.unwrap();
    assert_eq!(day.exchange.said(first).await, "Trung tâm xin nghe");

    let second = day.exchange.ring_in("", "1022");
    let mut offer = offers.recv().await.unwrap();
    assert_eq!(offer.from, None);
    day.exchange.refuse(second, 486).await.unwrap();
    assert_eq!(told(&mut offer.events), [Happened::Ended(Side::Us)]);
    assert_eq!(day.exchange.call(second).unwrap().refused, Some(486));

    let third = day.exchange.ring_in(DOCTOR, "1022");
    let mut offer = offers.recv().await.unwrap();
    day.exchange.hang_up_there(third);
    assert_eq!(told(&mut offer.events), [Happened::Ended(Side::Them)]);
    assert!(matches!(day.exchange.take(third).await, Err(Error::NotFound)));
}
