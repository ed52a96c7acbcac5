use super::{
    law::Law,
    lists::is_stale,
    model::{self, Cause, Illness, LIST_SIZE, Reason, Standing, Step, Turn},
    sql_lists::Cached,
};
use crate::{cards, cases::Ending, stand_in};
use jiff::{SignedDuration, Timestamp, civil::date};
use kernel::{CaseId, LockdownId, OrganisationId, PlanId};
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
    Illness { case: CaseId(Uuid::from_u128(n)), confirmed: true, runs, ending, same_as: None }
}

fn plan() -> PlanId {
    PlanId(Uuid::from_u128(70))
}

#[test]
fn passes_turn_with_the_illness_and_not_with_its_rumour() {
    let suspected = Illness { confirmed: false, ..case(1, true, None) };
    assert_eq!(model::turn(&[], None), Turn::Restore);
    assert_eq!(model::turn(&[suspected], None), Turn::Restore);
    let ill = case(2, true, None);
    let back = Turn::Suspend(Cause::Case(ill.case));
    assert_eq!(model::turn(&[suspected, ill], None), back);
    let well = case(3, true, Some(Ending::Recovered));
    assert_eq!(model::turn(&[well], None), Turn::Restore);
    assert_eq!(model::turn(&[well, ill], None), back, "ill again");
    // Nobody said how it ended: it neither turns a pass nor turns one good.
    assert_eq!(model::turn(&[case(4, false, None)], None), Turn::Leave);
    assert_eq!(model::turn(&[case(5, true, Some(Ending::LeftDistrict))], None), Turn::Leave);
    assert_eq!(model::turn(&[ill, case(6, true, Some(Ending::Died))], None), Turn::End);
}

#[test]
fn an_isolation_turns_passes_and_an_illness_weighs_more() {
    let (isolated, ill) = (Turn::Suspend(Cause::Plan(plan())), case(2, true, None));
    let well = case(3, true, Some(Ending::Recovered));
    assert_eq!(model::turn(&[], Some(plan())), isolated);
    assert_eq!(model::turn(&[well], Some(plan())), isolated);
    assert_eq!(model::turn(&[ill], Some(plan())), Turn::Suspend(Cause::Case(ill.case)));
    assert_eq!(model::turn(&[case(6, true, Some(Ending::Died))], Some(plan())), Turn::End);
}

#[test]
fn a_household_turns_with_whoever_lives_there() {
    let (ill, well) = (case(2, true, None), case(3, true, Some(Ending::Recovered)));
    let gone = [case(5, true, Some(Ending::LeftDistrict)), case(6, true, Some(Ending::Died))];
    assert_eq!(model::turn_home(&[], None), Turn::Restore);
    assert_eq!(model::turn_home(&[well, ill], None), Turn::Suspend(Cause::Case(ill.case)));
    assert_eq!(model::turn_home(&[well], Some(plan())), Turn::Suspend(Cause::Plan(plan())));
    assert_eq!(model::turn_home(&gone, None), Turn::Restore, "they are not there any more");
    assert_eq!(model::turn_home(&[case(4, false, None)], None), Turn::Leave);
}

#[test]
fn each_pass_takes_the_step_that_it_lacks_and_no_other() {
    let ill = Cause::Case(case(2, true, None).case);
    let isolated = Cause::Plan(plan());
    let closed = Cause::Lockdown(LockdownId(Uuid::from_u128(80)));
    let ended = Cause::Ended(OrganisationId(Uuid::from_u128(90)));
    let open = [case(2, true, None).case];
    let step = |turn, was| model::step(turn, &open, was);
    assert_eq!(step(Turn::Restore, None), None);
    assert_eq!(step(Turn::Suspend(isolated), None), Some(Step::Back(isolated)));
    assert_eq!(step(Turn::Suspend(isolated), Some(isolated)), None, "an event read twice");
    assert_eq!(step(Turn::Suspend(ill), Some(isolated)), Some(Step::Back(ill)), "he became an F0");
    assert_eq!(step(Turn::Suspend(isolated), Some(ill)), None);
    assert_eq!(step(Turn::Suspend(ended), Some(closed)), Some(Step::Back(ended)));
    let beside = Cause::Lockdown(LockdownId(Uuid::from_u128(81)));
    assert_eq!(step(Turn::Suspend(beside), Some(closed)), Some(Step::Back(beside)), "the first was lifted");
    assert_eq!(step(Turn::Restore, Some(ill)), Some(Step::Again));
    // An isolation that has ended leaves behind what was there before it: nothing, or an illness.
    assert_eq!(step(Turn::Leave, Some(isolated)), Some(Step::Again));
    assert_eq!(step(Turn::Leave, Some(ill)), None);
    assert_eq!(step(Turn::Leave, None), None);
    assert_eq!(step(Turn::End, Some(ill)), Some(Step::End));

    assert_eq!(model::begins(Turn::Suspend(isolated), None), Some(isolated));
    assert_eq!(model::begins(Turn::Suspend(isolated), Some(ill)), Some(ill));
    assert_eq!(model::begins(Turn::Leave, Some(ill)), Some(ill));
    assert_eq!(model::begins(Turn::Restore, Some(ill)), None, "he was released");
    for cause in [ill, isolated, closed, ended] {
        assert_eq!(Cause::read(cause.word(), cause.id()).unwrap(), cause);
    }
    assert!(Cause::read("weather", Uuid::nil()).is_err());
}

#[test]
fn whom_an_illness_keeps_at_home_the_old_case_of_another_does_not() {
    let (old, ill) = (case(4, false, None), case(2, true, None));
    let well = Illness { ending: Some(Ending::Recovered), ..ill };
    let by = |one: Illness| Some(Cause::Case(one.case));
    let step =
        |cases: &[Illness], was| model::step(model::turn_home(cases, None), &model::open_at_home(cases), was);
    assert_eq!(step(&[old, ill], None), Some(Step::Back(Cause::Case(ill.case))));
    assert_eq!(step(&[old, ill], by(ill)), None);
    assert_eq!(step(&[old, well], by(ill)), Some(Step::Again), "the old case has turned nothing back");
    assert_eq!(step(&[old], by(ill)), Some(Step::Again), "he moved out");
    assert_eq!(step(&[old, well], by(old)), None, "this one has, and nobody has ended it");
    assert_eq!(step(&[old, ill], by(old)), None);
    // Somebody else has fallen ill before the first was well: from now on it is for him.
    let next = case(7, true, None);
    assert_eq!(step(&[well, next], by(well)), Some(Step::Back(Cause::Case(next.case))));
    let aged = Illness { runs: false, ..next };
    assert_eq!(step(&[well, aged], by(next)), None);
    // A case that was found to be another's double holds on as long as that one.
    let double = Illness { confirmed: false, same_as: Some(old.case), ..case(8, true, None) };
    assert_eq!(step(&[old, double], by(double)), None);
    assert_eq!(model::open(&[old, well, double]), [old.case, double.case]);
    let gone = case(5, true, Some(Ending::LeftDistrict));
    assert_eq!((model::open(&[gone]), model::open_at_home(&[gone])), (vec![gone.case], Vec::new()));
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
    assert_eq!(law.card_soonest(date(2021, 12, 28)), date(2022, 1, 4), "whatever its key");
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
