use super::model::{Came, Law, State, Step};
use duty::lines::{Happened, Side};
use jiff::{SignedDuration, Timestamp, civil::time, tz::TimeZone};

fn zone() -> TimeZone {
    TimeZone::get("Asia/Ho_Chi_Minh").unwrap()
}

fn law() -> Law {
    Law::read(None).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn what_ships_can_be_read() {
    let law = law();
    assert_eq!(law.windows.len(), 2);
    assert_eq!(law.windows[0].opens, time(8, 0, 0, 0));
    assert_eq!((law.tries, law.list_after, law.visit_after_days), (3, 3, 2));
    assert!(law.announce_first && law.caller_number.is_empty());
}

#[test]
fn a_window_is_open_in_its_hours_and_at_no_other() {
    let law = law();
    let open = |text: &str| law.open(&zone(), at(text)).map(|open| (open.place, open.is_last));
    assert_eq!(open("2021-09-25T00:59:59Z"), None);
    assert_eq!(open("2021-09-25T01:00:00Z"), Some((0, false)));
    assert_eq!(open("2021-09-25T04:30:00Z"), None);
    assert_eq!(open("2021-09-25T07:00:00Z"), Some((1, true)));
    assert_eq!(open("2021-09-25T11:30:00Z"), None);
}

#[test]
fn whoever_is_not_reached_is_called_at_another_hour_and_at_last_left_to_people() {
    let (law, now) = (law(), at("2021-09-25T01:00:00Z"));
    let hour = SignedDuration::from_hours(1);
    for came in [
        Came::Busy,
        Came::NoAnswer,
        Came::Rejected,
        Came::Unreachable,
        Came::Silent,
        Came::HungUp,
        Came::Partial,
    ] {
        assert!(came.is_unanswered(), "{came:?}");
        assert_eq!(law.next(came, 1, now), Step::Again(now + hour), "{came:?}");
        assert_eq!(law.next(came, 2, now), Step::Again(now + hour), "{came:?}");
        assert_eq!(law.next(came, 3, now), Step::Over(State::Unreached), "{came:?}");
    }
}

#[test]
fn what_is_nobodys_fault_counts_no_try() {
    let (law, now) = (law(), at("2021-09-25T01:00:00Z"));
    assert!(!Came::Lost.is_unanswered() && !Came::NoLine.is_unanswered());
    assert_eq!(law.next(Came::Lost, 9, now), Step::Again(now));
    assert!(matches!(law.next(Came::NoLine, 9, now), Step::Again(at) if at > now));
}

#[test]
fn what_a_network_says_of_us_is_no_try_of_the_household() {
    let came = |what: Happened, rang| Came::in_vain(&what, rang).map(|(came, _)| came);
    for code in [401, 402, 403, 407, 488, 500, 503, 606] {
        for rang in [false, true] {
            assert_eq!(came(Happened::Unreachable(Some(code)), rang), Some(Came::NoLine), "{code}");
        }
        assert_eq!(came(Happened::Rejected(code), false), Some(Came::NoLine), "{code}");
    }
    assert_eq!(came(Happened::Unreachable(None), false), Some(Came::NoLine));
    assert_eq!(came(Happened::Ended(Side::Network), true), Some(Came::NoLine));
    assert_eq!(came(Happened::Unreachable(Some(480)), false), Some(Came::Unreachable));
    assert_eq!(came(Happened::Unreachable(None), true), Some(Came::Unreachable), "it rang for all its time");
    assert_eq!(came(Happened::Busy(486), false), Some(Came::Busy));
    assert_eq!(came(Happened::Rejected(603), true), Some(Came::Rejected));
    // Declined once it has rung: networks say so by this code too.
    assert_eq!(came(Happened::Rejected(403), true), Some(Came::Rejected));
    assert_eq!(came(Happened::NoAnswer, true), Some(Came::NoAnswer));
    assert_eq!(Came::in_vain(&Happened::Busy(486), false), Some((Came::Busy, Some(486))));
    assert_eq!(came(Happened::Ringing, false), None);
}

#[test]
fn only_a_whole_answer_is_reached() {
    let (law, now) = (law(), at("2021-09-25T01:00:00Z"));
    let reached: Vec<Came> = Came::ALL
        .iter()
        .copied()
        .filter(|came| law.next(*came, 1, now) == Step::Over(State::Reached))
        .collect();
    assert_eq!(reached, [Came::Completed]);
}

#[test]
fn lines_are_left_for_people_and_no_cap_is_passed() {
    let law = Law { channels: 10, kept_free: 2, per_second: 4, ..law() };
    assert_eq!(law.room(0, 0), 0);
    assert_eq!(law.room(2, 0), 0);
    assert_eq!(law.room(5, 0), 3);
    assert_eq!(law.room(100, 0), 4);
    assert_eq!(law.room(100, 8), 2);
    assert_eq!(law.room(100, 11), 0);
}
