use super::*;
use proptest::prelude::*;

#[test]
fn a_swap_moves_the_night_but_not_the_week() {
    let planned = two_weeks_of_nights();
    let wednesday = beginning(&planned, "2021-09-08T18:00");
    let tuesday = beginning(&planned, "2021-09-14T18:00");
    let swap = Swap::agree(wednesday, tuesday, at("2021-09-07T09:00")).expect("agreed");
    let after = apply(&planned, &[Change::Swap(swap)], &[]).shifts;
    assert_eq!(primary(&after, "2021-09-08T23:00"), Some(BINH));
    assert_eq!(primary(&after, "2021-09-14T23:00"), Some(AN));
    let moved = planned.iter().zip(&after).filter(|(a, b)| a.staff != b.staff).count();
    assert_eq!(moved, 2, "the other twelve nights stay");
    assert!(!beginning(&after, "2021-09-08T18:00").covered(), "a swapped night belongs to its new owner");
}

#[test]
fn a_swap_is_refused_for_hours_that_have_begun_and_for_oneself() {
    let planned = two_weeks_of_nights();
    let [monday, tuesday] = [&planned[0], &planned[1]];
    let bobs = beginning(&planned, "2021-09-14T18:00");
    assert_eq!(Swap::agree(monday, tuesday, at("2021-09-01T09:00")), Err(Refusal::SameOwner));
    assert_eq!(Swap::agree(monday, bobs, at("2021-09-06T18:00")), Err(Refusal::Begun));
    let open = Shift { owner: None, staff: None, ..monday.clone() };
    assert_eq!(Swap::agree(&open, bobs, at("2021-09-01T09:00")), Err(Refusal::NoOwner));
}

#[test]
fn a_swap_still_holds_where_only_one_of_its_nights_is_loaded() {
    let planned = two_weeks_of_nights();
    let swap = Swap::agree(&planned[2], &planned[8], at("2021-09-01T09:00")).expect("agreed");
    let second_week = apply(&planned[7..], &[Change::Swap(swap)], &[]);
    assert!(second_week.refused.is_empty());
    assert_eq!(primary(&second_week.shifts, "2021-09-14T23:00"), Some(AN));
}

#[test]
fn a_swap_that_the_plan_has_overtaken_is_refused_as_a_whole() {
    let mut planned = two_weeks_of_nights();
    let swap = Change::Swap(Swap::agree(&planned[2], &planned[8], at("2021-09-01T09:00")).expect("agreed"));
    planned[8].owner = Some(CHI);
    planned[8].staff = Some(CHI);
    let after = apply(&planned, &[swap], &[]);
    assert_eq!(after.refused, [Refused { change: swap, shift: planned[8].id, why: Refusal::OwnerChanged }]);
    assert_eq!(after.shifts, planned);
}

#[test]
fn a_cover_of_two_hours_leaves_the_rest_to_the_owner() {
    let planned = two_weeks_of_nights();
    let hours = period("2021-09-06T22:00", "2021-09-07T00:00");
    let cover = Cover::agree(&planned[0], CHI, hours, at("2021-09-06T20:00")).expect("agreed");
    let after = apply(&planned, &[Change::Cover(cover)], &[]).shifts;
    let night: Vec<_> =
        after.iter().filter(|s| s.id == planned[0].id).map(|s| (s.staff, s.period, s.covered())).collect();
    assert_eq!(
        night,
        [
            (Some(AN), period("2021-09-06T18:00", "2021-09-06T22:00"), false),
            (Some(CHI), hours, true),
            (Some(AN), period("2021-09-07T00:00", "2021-09-07T06:00"), false),
        ]
    );
}

#[test]
fn a_cover_outside_its_shift_or_in_the_past_is_refused() {
    let night = &two_weeks_of_nights()[0];
    let late = period("2021-09-07T05:00", "2021-09-07T07:00");
    assert_eq!(Cover::agree(night, CHI, late, at("2021-09-01T00:00")), Err(Refusal::OutsideShift));
    let past = period("2021-09-06T18:00", "2021-09-06T20:00");
    assert_eq!(Cover::agree(night, CHI, past, at("2021-09-06T20:00")), Err(Refusal::Begun));
    let stray = Cover { shift: night.id, staff: CHI, period: late };
    let after = apply(std::slice::from_ref(night), &[Change::Cover(stray)], &[]);
    assert_eq!(after.refused.first().map(|r| r.why), Some(Refusal::OutsideShift));
    assert_eq!(after.shifts, std::slice::from_ref(night));
}

#[test]
fn a_swapped_night_keeps_the_cover_that_was_agreed_for_it() {
    let planned = two_weeks_of_nights();
    let cover = Cover { shift: planned[0].id, staff: CHI, period: planned[0].planned };
    let swap = Swap::agree(&planned[0], &planned[7], at("2021-09-01T09:00")).expect("agreed");
    let after = apply(&planned, &[Change::Cover(cover), Change::Swap(swap)], &[]).shifts;
    let night = beginning(&after, "2021-09-06T18:00");
    assert_eq!((night.staff, night.owner), (Some(CHI), Some(BINH)));
}

#[test]
fn leave_empties_only_the_nights_it_touches_and_cover_fills_them() {
    let planned = two_weeks_of_nights();
    let leave = Absence {
        staff: AN,
        from: at("2021-09-08T00:00"),
        until: Some(at("2021-09-09T00:00")),
        kind: AbsenceKind::Leave,
    };
    let alone = apply(&planned, &[], &[leave]).shifts;
    assert_eq!(primary(&alone, "2021-09-07T23:59"), Some(AN));
    assert_eq!(primary(&alone, "2021-09-08T03:00"), None);
    assert_eq!(primary(&alone, "2021-09-08T23:00"), None);
    assert_eq!(primary(&alone, "2021-09-09T03:00"), Some(AN));
    let cover =
        |n: usize| Change::Cover(Cover { shift: planned[n].id, staff: CHI, period: planned[n].planned });
    let filled = apply(&planned, &[cover(1), cover(2)], &[leave]).shifts;
    assert_eq!(primary(&filled, "2021-09-08T03:00"), Some(CHI));
    assert_eq!(primary(&filled, "2021-09-08T23:00"), Some(CHI));
}

#[test]
fn a_cover_who_falls_sick_leaves_a_gap_under_his_own_name() {
    let planned = two_weeks_of_nights();
    let cover = Change::Cover(Cover { shift: planned[0].id, staff: CHI, period: planned[0].planned });
    let sick = Absence { staff: CHI, from: at("2021-09-06T12:00"), until: None, kind: AbsenceKind::Sick };
    let after = apply(&planned, &[cover], &[sick]).shifts;
    let vacated = Vacated { staff: CHI, kind: AbsenceKind::Sick };
    assert_eq!(beginning(&after, "2021-09-06T18:00").vacated, Some(vacated));
}

#[test]
fn who_leaves_hands_over_every_shift_he_would_have_stood() {
    let mut planned = two_weeks_of_nights();
    planned.push(shift(50, POLICE, Post::Backup(1), AN, "2021-09-30T08:00", "2021-09-30T17:00"));
    let owed = owed_after(&planned, AN, at("2021-09-11T00:00"));
    let told: Vec<_> = owed.iter().map(|s| (s.unit, s.period)).collect();
    assert_eq!(
        told,
        [
            (STATION, period("2021-09-11T00:00", "2021-09-11T06:00")),
            (STATION, period("2021-09-11T18:00", "2021-09-12T06:00")),
            (STATION, period("2021-09-12T18:00", "2021-09-13T06:00")),
            (POLICE, period("2021-09-30T08:00", "2021-09-30T17:00")),
        ]
    );
    let gone = Vacated { staff: AN, kind: AbsenceKind::Departed };
    assert!(owed.iter().all(|s| s.vacated == Some(gone) && s.staff.is_none()));
}

fn change() -> impl Strategy<Value = Change> {
    let cover = (0usize..14, 0i64..12, 1i64..12, 0usize..3).prop_map(|(n, from, length, who)| {
        let night = two_weeks_of_nights()[n].planned;
        let start = night.start() + jiff::SignedDuration::from_hours(from);
        let end = (start + jiff::SignedDuration::from_hours(length)).min(night.end());
        let period = Period::new(start, end).expect("period");
        Change::Cover(Cover { shift: shift_id(n as u128 + 1), staff: [AN, BINH, CHI][who], period })
    });
    let swap = (0usize..7, 7usize..14).prop_map(|(a, b)| {
        let nights = two_weeks_of_nights();
        Change::Swap(Swap::agree(&nights[a], &nights[b], at("2021-09-01T00:00")).expect("agreed"))
    });
    prop_oneof![cover, swap]
}

proptest! {
    #[test]
    fn no_change_ever_loses_or_doubles_an_hour(
        changes in prop::collection::vec(change(), 0..12),
        away in 0i64..14 * 24,
    ) {
        let planned = two_weeks_of_nights();
        let from = at("2021-09-06T00:00") + jiff::SignedDuration::from_hours(away);
        let absence = Absence { staff: AN, from, until: None, kind: AbsenceKind::Leave };
        let after = apply(&planned, &changes, &[absence]).shifts;
        for night in &planned {
            let pieces: Vec<_> = after.iter().filter(|s| s.id == night.id).collect();
            prop_assert_eq!(pieces[0].period.start(), night.planned.start());
            prop_assert_eq!(pieces[pieces.len() - 1].period.end(), night.planned.end());
            for pair in pieces.windows(2) {
                prop_assert_eq!(pair[0].period.end(), pair[1].period.start());
            }
        }
        for piece in after.iter().filter(|s| s.staff == Some(AN)) {
            prop_assert!(piece.period.end() <= from);
        }
    }
}
