use super::*;
use jiff::civil::Weekday;
use proptest::prelude::*;

fn slot(weekday: Weekday, band: Band, post: Post, staff: Option<StaffId>) -> Slot {
    Slot { weekday, band, post, staff }
}

fn weekend_pattern() -> Pattern {
    Pattern {
        unit: STATION,
        from: date("2021-09-01"),
        until: Some(date("2021-10-01")),
        slots: vec![
            slot(Weekday::Saturday, night(), Post::Backup(1), Some(CHI)),
            slot(Weekday::Saturday, night(), Post::Primary, Some(BINH)),
            slot(Weekday::Saturday, day(), Post::Primary, Some(AN)),
        ],
    }
}

#[test]
fn a_weekly_pattern_lays_out_the_days_it_is_in_force() {
    let shifts = weekend_pattern().materialise(date("2021-08-01"), date("2021-12-01"), &saigon(), counted());
    assert_eq!(shifts.len(), 4 * 3, "four Saturdays in September");
    let first: Vec<_> = shifts[..3].iter().map(|s| (s.staff, s.post, s.period)).collect();
    assert_eq!(
        first,
        [
            (Some(AN), Post::Primary, period("2021-09-04T06:00", "2021-09-04T18:00")),
            (Some(BINH), Post::Primary, period("2021-09-04T18:00", "2021-09-05T06:00")),
            (Some(CHI), Post::Backup(1), period("2021-09-04T18:00", "2021-09-05T06:00")),
        ]
    );
}

#[test]
fn a_night_belongs_to_the_evening_on_which_it_begins() {
    let shifts = weekend_pattern().materialise(date("2021-09-04"), date("2021-09-05"), &saigon(), counted());
    let duty = who_stands(&shifts, STATION, at("2021-09-05T03:00"));
    assert_eq!(duty.primary, Some(BINH));
    assert_eq!(duty.backups, [CHI]);
    assert_eq!(duty.until, Some(at("2021-09-05T06:00")));
}

#[test]
fn at_the_handover_exactly_one_person_is_on_duty() {
    let shifts = weekend_pattern().materialise(date("2021-09-04"), date("2021-09-05"), &saigon(), counted());
    let people = |local| who_stands(&shifts, STATION, at(local)).in_order().collect::<Vec<_>>();
    assert_eq!(people("2021-09-04T17:59:59"), [AN]);
    assert_eq!(people("2021-09-04T18:00"), [BINH, CHI]);
    assert_eq!(people("2021-09-05T06:00"), []);
    assert!(who_stands(&shifts, POLICE, at("2021-09-04T18:00")).nobody());
}

#[test]
fn a_week_of_nights_goes_round_the_station() {
    let shifts = two_weeks_of_nights();
    assert_eq!(shifts.len(), 14);
    assert_eq!(primary(&shifts, "2021-09-06T18:00"), Some(AN));
    assert_eq!(primary(&shifts, "2021-09-13T05:59"), Some(AN), "whoever begins the night ends it");
    assert_eq!(primary(&shifts, "2021-09-13T18:00"), Some(BINH));
    assert_eq!(primary(&shifts, "2021-09-10T12:00"), None, "by day the station itself answers");
}

#[test]
fn an_unrestricted_turn_is_one_unbroken_shift() {
    let rotation = Rotation { restrictions: vec![], ..nights_by_week() };
    let shifts = rotation.materialise(date("2021-09-06"), date("2021-09-27"), &saigon(), counted());
    let turns: Vec<_> = shifts.iter().map(|s| (s.staff, s.period, s.name.as_str())).collect();
    assert_eq!(
        turns,
        [
            (Some(AN), period("2021-09-06T07:30", "2021-09-13T07:30"), "Trực tuần"),
            (Some(BINH), period("2021-09-13T07:30", "2021-09-20T07:30"), "Trực tuần"),
            (Some(CHI), period("2021-09-20T07:30", "2021-09-27T07:30"), "Trực tuần"),
        ]
    );
    assert_eq!(rotation.turn_of(at("2021-09-13T07:29"), &saigon()), Some(AN));
    assert_eq!(rotation.turn_of(at("2021-09-13T07:30"), &saigon()), Some(BINH));
    assert_eq!(rotation.turn_of(at("2021-09-06T07:29"), &saigon()), None);
}

#[test]
fn a_night_that_begins_at_the_handover_belongs_to_the_new_turn() {
    let plan = Rotation { handover: time("18:00"), until: Some(date("2021-09-20")), ..nights_by_week() };
    let shifts = plan.materialise(date("2021-09-01"), date("2021-10-01"), &saigon(), counted());
    assert_eq!(shifts.len(), 14, "the first evening counts, the evening of the end does not");
    assert_eq!(shifts[0].period, period("2021-09-06T18:00", "2021-09-07T06:00"));
    assert_eq!(primary(&shifts, "2021-09-13T18:00"), Some(BINH));
}

#[test]
fn a_rotation_that_ends_cuts_its_last_turn_short() {
    let until = Some(date("2021-09-15"));
    let open = Rotation { until, restrictions: vec![], ..nights_by_week() };
    let shifts = open.materialise(date("2021-09-01"), date("2021-12-01"), &saigon(), counted());
    assert_eq!(shifts.last().map(|s| s.period), Some(period("2021-09-13T07:30", "2021-09-15T07:30")));
    let nights = Rotation { until, ..nights_by_week() };
    let shifts = nights.materialise(date("2021-09-01"), date("2021-12-01"), &saigon(), counted());
    assert_eq!(shifts.last().map(|s| s.period), Some(period("2021-09-14T18:00", "2021-09-15T06:00")));
    assert_eq!(nights.turn_of(at("2021-09-15T07:30"), &saigon()), None);
}

#[test]
fn half_day_turns_alternate_between_day_and_night() {
    let rotation = Rotation {
        turn: "PT12H".parse().expect("turn"),
        restrictions: vec![],
        staff: vec![AN, BINH, CHI],
        ..nights_by_week()
    };
    let shifts = rotation.materialise(date("2021-09-07"), date("2021-09-08"), &saigon(), counted());
    let turns: Vec<_> = shifts.iter().map(|s| (s.staff, s.period)).collect();
    assert_eq!(
        turns,
        [
            (Some(CHI), period("2021-09-07T07:30", "2021-09-07T19:30")),
            (Some(AN), period("2021-09-07T19:30", "2021-09-08T07:30")),
        ]
    );
}

#[test]
fn a_handover_keeps_its_hour_where_clocks_change() {
    let paris = TimeZone::get("Europe/Paris").expect("time zone database");
    let rotation = Rotation {
        turn: "P1D".parse().expect("turn"),
        start: date("2021-10-30"),
        restrictions: vec![],
        ..nights_by_week()
    };
    let shifts = rotation.materialise(date("2021-10-30"), date("2021-11-01"), &paris, counted());
    let hours: Vec<_> =
        shifts.iter().map(|s| s.period.start().duration_until(s.period.end()).as_hours()).collect();
    assert_eq!(hours, [25, 24]);
}

#[test]
fn an_impossible_rotation_is_refused_by_name() {
    assert_eq!(Rotation { staff: vec![], ..nights_by_week() }.check(), Err(RosterFault::NobodyToRotate));
    let ended = Rotation { until: Some(date("2021-09-06")), ..nights_by_week() };
    assert_eq!(ended.check(), Err(RosterFault::EndsBeforeStart));
    assert!(ended.materialise(date("2021-09-01"), date("2021-10-01"), &saigon(), counted()).is_empty());
    for text in ["PT0S", "PT30M", "P1M", "-P1D", "P400D", "a week"] {
        assert_eq!(text.parse::<TurnLength>(), Err(RosterFault::BadTurnLength), "{text}");
    }
    for text in ["P1D", "P7D", "PT12H"] {
        assert_eq!(text.parse::<TurnLength>().map(|t| t.to_string()), Ok(text.to_owned()));
    }
    assert_eq!("P1W".parse::<TurnLength>(), TurnLength::days(7));
}

#[test]
fn a_plan_laid_out_again_keeps_the_shifts_that_did_not_change() {
    let stored = two_weeks_of_nights();
    let mut plan = nights_by_week();
    plan.staff = vec![AN, CHI, BINH];
    plan.until = Some(date("2021-09-19"));
    let mut n = 100;
    let fresh = plan.materialise(date("2021-09-06"), date("2021-09-20"), &saigon(), || {
        n += 1;
        shift_id(n)
    });
    let change = reconcile(&stored, fresh);
    assert!(change.add.is_empty());
    assert_eq!(change.withdraw, [shift_id(14)], "the night of Sunday 19 September is gone");
    let reassigned: Vec<_> = (8..14).map(|n| (shift_id(n), Some(CHI))).collect();
    assert_eq!(change.reassign, reassigned, "the second week changes hands under its old ids");
    assert_eq!(reconcile(&stored, stored.clone()), PlanChange::default());
}

#[test]
fn plans_survive_storage() {
    let rotation = nights_by_week();
    let text = serde_json::to_string(&rotation).expect("json");
    assert_eq!(serde_json::from_str::<Rotation>(&text).expect("rotation"), rotation);
    let pattern = weekend_pattern();
    let text = serde_json::to_string(&pattern).expect("json");
    assert!(text.contains(r#""weekday":6"#), "Saturday is 6");
    assert_eq!(serde_json::from_str::<Pattern>(&text).expect("pattern"), pattern);
    let backwards = r#"["2021-09-02T00:00:00Z","2021-09-01T00:00:00Z"]"#;
    assert!(serde_json::from_str::<Period>(backwards).is_err());
}

proptest! {
    #[test]
    fn it_does_not_matter_in_how_many_parts_a_plan_is_laid_out(
        cut in 0i64..60,
        turn in 1u16..200,
        restricted in any::<bool>(),
    ) {
        let mut plan = nights_by_week();
        plan.turn = TurnLength::hours(turn).expect("turn");
        if !restricted {
            plan.restrictions.clear();
        }
        let (from, to) = (date("2021-09-01"), date("2021-10-31"));
        let middle = from.checked_add(jiff::Span::new().days(cut)).expect("date");
        let told = |from, to| -> Vec<_> {
            let shifts = plan.materialise(from, to, &saigon(), counted());
            shifts.into_iter().map(|s| (s.period, s.staff)).collect()
        };
        let mut parts = told(from, middle);
        parts.extend(told(middle, to));
        let whole = told(from, to);
        if !restricted {
            for pair in whole.windows(2) {
                prop_assert_eq!(pair[0].0.end(), pair[1].0.start());
            }
        }
        for (period, staff) in &whole {
            prop_assert_eq!(plan.turn_of(period.start(), &saigon()), *staff);
        }
        prop_assert_eq!(parts, whole);
    }
}
