use super::*;
use proptest::prelude::*;

fn day_and_night(backups: u8) -> Required {
    Required { unit: STATION, windows: vec![], backups }
}

#[test]
fn the_sunday_nobody_took_shows_before_it_comes() {
    let shifts = [
        shift(1, STATION, Post::Primary, AN, "2021-09-10T06:00", "2021-09-12T06:00"),
        shift(2, STATION, Post::Primary, BINH, "2021-09-12T18:00", "2021-09-14T06:00"),
    ];
    let week = period("2021-09-10T06:00", "2021-09-14T06:00");
    let found = gaps(&shifts, &day_and_night(0), week, &saigon());
    let sunday = Gap {
        unit: STATION,
        post: Post::Primary,
        period: period("2021-09-12T06:00", "2021-09-12T18:00"),
        nobody: true,
        shift: None,
        vacated: None,
    };
    assert_eq!(found, [sunday]);
}

#[test]
fn a_missing_primary_with_a_backup_is_a_gap_but_not_silence() {
    let shifts = [shift(1, STATION, Post::Backup(1), AN, "2021-09-10T06:00", "2021-09-10T18:00")];
    let found = gaps(&shifts, &day_and_night(1), period("2021-09-10T06:00", "2021-09-10T20:00"), &saigon());
    let told: Vec<_> = found.iter().map(|g| (g.post, g.period, g.nobody)).collect();
    assert_eq!(
        told,
        [
            (Post::Primary, period("2021-09-10T06:00", "2021-09-10T18:00"), false),
            (Post::Primary, period("2021-09-10T18:00", "2021-09-10T20:00"), true),
            (Post::Backup(1), period("2021-09-10T18:00", "2021-09-10T20:00"), true),
        ]
    );
}

#[test]
fn only_the_hours_the_unit_must_answer_are_looked_at() {
    let nights = Required {
        unit: STATION,
        windows: vec![RequiredWindow { weekdays: WeekdaySet::EVERY, band: night() }],
        backups: 0,
    };
    let span = period("2021-09-06T00:00", "2021-09-20T00:00");
    let found = gaps(&two_weeks_of_nights(), &nights, span, &saigon());
    let told: Vec<_> = found.iter().map(|g| g.period).collect();
    assert_eq!(told, [period("2021-09-06T00:00", "2021-09-06T06:00")], "the night that began on the fifth");
    let weekdays = WeekdaySet::of(&[jiff::civil::Weekday::Saturday]);
    let saturdays = Required { windows: vec![RequiredWindow { weekdays, band: day() }], ..nights };
    let found = gaps(&two_weeks_of_nights(), &saturdays, span, &saigon());
    assert_eq!(found.len(), 2);
}

#[test]
fn a_gap_names_the_person_who_went() {
    let planned = two_weeks_of_nights();
    let gone =
        Absence { staff: BINH, from: at("2021-09-15T00:00"), until: None, kind: AbsenceKind::Departed };
    let after = apply(&planned, &[], &[gone]).shifts;
    let nights = Required {
        unit: STATION,
        windows: vec![RequiredWindow { weekdays: WeekdaySet::EVERY, band: night() }],
        backups: 0,
    };
    let found = gaps(&after, &nights, period("2021-09-14T12:00", "2021-09-16T12:00"), &saigon());
    let told: Vec<_> =
        found.iter().map(|g| (g.period, g.shift, g.vacated.map(|v| (v.staff, v.kind)))).collect();
    let binh = Some((BINH, AbsenceKind::Departed));
    assert_eq!(
        told,
        [
            (period("2021-09-15T00:00", "2021-09-15T06:00"), Some(shift_id(9)), binh),
            (period("2021-09-15T18:00", "2021-09-16T06:00"), Some(shift_id(10)), binh),
        ]
    );
}

#[test]
fn an_open_place_in_the_plan_is_a_gap_with_its_shift() {
    let mut open = shift(7, STATION, Post::Primary, AN, "2021-09-10T06:00", "2021-09-10T18:00");
    open.staff = None;
    open.owner = None;
    let found = gaps(&[open], &day_and_night(0), period("2021-09-10T06:00", "2021-09-10T18:00"), &saigon());
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].shift, found[0].vacated), (Some(shift_id(7)), None));
}

#[test]
fn one_nurse_cannot_be_at_two_units_at_three_in_the_morning() {
    let shifts = [
        shift(1, STATION, Post::Primary, AN, "2021-09-10T18:00", "2021-09-11T06:00"),
        shift(2, POLICE, Post::Backup(1), AN, "2021-09-11T00:00", "2021-09-11T08:00"),
        shift(3, STATION, Post::Primary, BINH, "2021-09-11T06:00", "2021-09-11T18:00"),
    ];
    let found = conflicts(&shifts);
    assert_eq!(
        found,
        [Conflict {
            kind: ConflictKind::TwoUnits { staff: AN, units: [STATION, POLICE] },
            first: shift_id(1),
            second: shift_id(2),
            period: period("2021-09-11T00:00", "2021-09-11T06:00"),
        }]
    );
}

#[test]
fn two_at_one_post_and_one_at_two_posts_are_both_told() {
    let shifts = [
        shift(1, STATION, Post::Primary, AN, "2021-09-10T06:00", "2021-09-10T18:00"),
        shift(2, STATION, Post::Primary, BINH, "2021-09-10T12:00", "2021-09-10T20:00"),
        shift(3, STATION, Post::Backup(1), AN, "2021-09-10T16:00", "2021-09-10T20:00"),
    ];
    let kinds: Vec<_> = conflicts(&shifts).into_iter().map(|c| c.kind).collect();
    assert_eq!(
        kinds,
        [
            ConflictKind::SamePost { unit: STATION, post: Post::Primary, staff: [AN, BINH] },
            ConflictKind::Twice { staff: AN, unit: STATION },
        ]
    );
    let duty = who_stands(&shifts, STATION, at("2021-09-10T17:00"));
    assert_eq!(duty.in_order().collect::<Vec<_>>(), [AN, BINH], "nobody is rung twice");
}

proptest! {
    #[test]
    fn gaps_are_exactly_the_hours_in_which_nobody_answers(
        spans in prop::collection::vec((0i64..96, 1i64..30, 0u8..3), 0..12),
    ) {
        let start = at("2021-09-06T00:00");
        let hour = |n: i64| start + jiff::SignedDuration::from_hours(n);
        let shifts: Vec<_> = spans
            .iter()
            .zip(1..)
            .map(|(&(from, length, post), n)| {
                let period = Period::new(hour(from), hour(from + length)).expect("period");
                Shift::planned(shift_id(n), STATION, Post::from(post), "Ca trực", period, Some(AN))
            })
            .collect();
        let span = Period::new(hour(0), hour(96)).expect("period");
        let found = gaps(&shifts, &day_and_night(1), span, &saigon());
        for n in 0..96 {
            let duty = who_stands(&shifts, STATION, hour(n));
            let silent = found.iter().any(|g| g.nobody && g.period.contains(hour(n)));
            prop_assert_eq!(silent, duty.nobody());
            let first = found.iter().filter(|g| g.post == Post::Primary && g.period.contains(hour(n))).count();
            prop_assert_eq!(first, usize::from(duty.primary.is_none()));
        }
    }
}
