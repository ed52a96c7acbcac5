use super::{
    law::Law,
    lists::is_stale,
    model::{self, Illness, LIST_SIZE, Reason, Standing, Turn},
    sql_lists::Cached,
};
use crate::{cards, cases::Ending, stand_in};
use jiff::{SignedDuration, Timestamp, civil::date};
use kernel::CaseId;
use pass::Kind;
use std::collections::BTreeSet;
use uuid::Uuid;

fn scrambled(round: u8, half: u32) -> u32 {
    half.wrapping_mul(0x9E37_79B1).rotate_left(u32::from(round) + 7) ^ 0x5bd1_e995
}

#[test]
fn every_pass_of_a_list_has_a_place_of_its_own_and_neighbours_are_strewn() {
    for size in [1, 2, 7, 1_000, LIST_SIZE] {
        let places: BTreeSet<u32> = (0..size).map(|n| model::place(n, size, scrambled)).collect();
        assert_eq!(places.len(), size as usize);
        assert!(places.last().is_some_and(|last| *last < size));
    }
    let first: Vec<u32> = (0..100).map(|n| model::place(n, LIST_SIZE, scrambled)).collect();
    assert!(first.windows(2).filter(|two| two[0].abs_diff(two[1]) < 10).count() < 5);
}

fn case(n: u128, runs: bool, ending: Option<Ending>) -> Illness {
    Illness { case: CaseId(Uuid::from_u128(n)), confirmed: true, runs, ending }
}

#[test]
fn passes_turn_with_the_illness_and_not_with_its_rumour() {
    let suspected = Illness { confirmed: false, ..case(1, true, None) };
    assert_eq!(model::turn(&[]), Turn::Restore);
    assert_eq!(model::turn(&[suspected]), Turn::Restore);
    let ill = case(2, true, None);
    assert_eq!(model::turn(&[suspected, ill]), Turn::Suspend(ill.case));
    let well = case(3, true, Some(Ending::Recovered));
    assert_eq!(model::turn(&[well]), Turn::Restore);
    assert_eq!(model::turn(&[well, ill]), Turn::Suspend(ill.case), "ill again");
    // Nobody said how it ended: it neither turns a pass nor turns one good.
    assert_eq!(model::turn(&[case(4, false, None)]), Turn::Leave);
    assert_eq!(model::turn(&[case(5, true, Some(Ending::LeftDistrict))]), Turn::Leave);
    assert_eq!(model::turn(&[ill, case(6, true, Some(Ending::Died))]), Turn::End);
}

#[test]
fn a_pass_says_what_is_known_and_leaves_out_what_is_not() {
    let nothing = model::health(&cards::Known::of(Kind::Person, None));
    assert_eq!((nothing.doses, nothing.last_dose, nothing.recovered), (None, None, None));
    let told = model::health(&cards::Known {
        doses: Some(2),
        last_dose: Some(date(2021, 9, 1)),
        last_negative: Some(date(2021, 9, 20)),
        recovered: Some(date(2021, 8, 1)),
        ..cards::Known::of(Kind::Person, None)
    });
    assert_eq!(told.doses.unwrap().get(), 2);
    assert_eq!(told.last_dose.unwrap().date(), date(2021, 9, 1));
    assert_eq!(told.last_negative.unwrap().date(), date(2021, 9, 20));
    assert_eq!(told.recovered.unwrap().date(), date(2021, 8, 1));
}

#[test]
fn what_was_replaced_is_told_from_what_was_taken_away() {
    assert_eq!(Standing::of(false, None), Standing::Good);
    assert_eq!(Standing::of(true, None), Standing::Suspended);
    assert_eq!(Standing::of(true, Some(Reason::Lost)), Standing::Revoked);
    assert_eq!(Standing::of(false, Some(Reason::Replaced)), Standing::Replaced);
}

#[test]
fn cards_of_one_time_end_on_one_day() {
    let law = Law::read(&stand_in::or_latest(None, super::RULE).unwrap()).unwrap();
    assert_eq!(law.card_until(date(2021, 9, 25)), date(2021, 12, 31), "30/9 is too near");
    assert_eq!(law.card_until(date(2021, 8, 31)), date(2021, 9, 30));
    assert_eq!(law.card_until(date(2021, 12, 20)), date(2022, 3, 31));
    let zone = jiff::tz::TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
    let end = law.card_end(date(2021, 12, 31), &zone).unwrap();
    assert_eq!(end, "2021-12-31T17:00:00Z".parse::<Timestamp>().unwrap());
}

#[test]
fn a_list_is_signed_again_for_a_change_and_for_its_age() {
    let now: Timestamp = "2021-09-25T08:00:00Z".parse().unwrap();
    let (change, age) = (SignedDuration::from_mins(5), SignedDuration::from_hours(1));
    let signed = |ago: i64, changed: i64| Cached {
        changed,
        body: Some(Vec::new()),
        signed_changed: Some(3),
        signed_at: Some(now - SignedDuration::from_mins(ago)),
        expires_at: Some(now + SignedDuration::from_hours(20)),
    };
    assert!(!is_stale(&signed(59, 3), now, change, age));
    assert!(is_stale(&signed(60, 3), now, change, age));
    assert!(!is_stale(&signed(4, 4), now, change, age), "so soon it is not signed again");
    assert!(is_stale(&signed(5, 4), now, change, age));
    assert!(is_stale(&signed(0, 4), now, SignedDuration::ZERO, age));
    assert!(is_stale(&Cached { body: None, ..signed(1, 3) }, now, change, age));
    assert!(is_stale(&Cached { expires_at: Some(now), ..signed(1, 3) }, now, change, age));
}
