//! The holidays of 2021 to 2026 as they were announced, and what they do to a deadline.

use super::*;
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use proptest::prelude::*;

fn saigon() -> TimeZone {
    TimeZone::get("Asia/Ho_Chi_Minh").expect("time zone database")
}

fn at(local: &str) -> Timestamp {
    let local: DateTime = local.parse().expect("local time");
    saigon().to_timestamp(local).expect("in range")
}

fn office() -> WeekHours {
    let opening = |start: &str, end: &str| Opening {
        start: start.parse().expect("time"),
        end: end.parse().expect("time"),
    };
    WeekHours::weekdays(&[opening("07:30", "11:30"), opening("13:00", "17:00")]).expect("office hours")
}

/// Days off that fall on weekdays, and days worked instead; `?` marks a day without a read source.
const ANNOUNCED: &[(i16, &str, &str)] = &[
    (2021, "01-01 02-10 02-11 02-12 02-13 02-14 02-15 02-16 04-21 04-30 05-03 09-02 09-03", ""),
    (2022, "01-03? 01-31 02-01 02-02 02-03 02-04 04-11 05-02 05-03? 09-01 09-02", ""),
    (2023, "01-02? 01-20 01-21 01-22 01-23 01-24 01-25 01-26 04-29? 05-01? 05-02? 05-03? 09-01 09-04", ""),
    (
        2024,
        "01-01? 02-08? 02-09? 02-10? 02-11? 02-12? 02-13? 02-14? 04-18? 04-29 04-30 05-01 09-02 09-03",
        "05-04=04-29",
    ),
    (2025, "01-01 01-27 01-28 01-29 01-30 01-31 04-07 04-30 05-01 05-02 09-01 09-02", "04-26=05-02"),
    (
        2026,
        "01-01 01-02 02-16 02-17 02-18 02-19 02-20 04-27 04-30 05-01 08-31? 09-01? 09-02?",
        "01-10=01-02 08-22=08-31",
    ),
];

fn announced() -> impl Iterator<Item = (i16, YearDays)> {
    ANNOUNCED.iter().map(|(year, off, make_up)| {
        let date = |day: &str| format!("{year}-{day}").parse().expect("date");
        let holidays = off
            .split_whitespace()
            .map(|day| Holiday {
                date: date(day.trim_end_matches('?')),
                name_vi: "Ngày nghỉ".into(),
                name_en: "Day off".into(),
                verified: !day.ends_with('?'),
            })
            .collect();
        let make_up = make_up
            .split_whitespace()
            .filter_map(|exchange| exchange.split_once('='))
            .map(|(day, instead)| MakeUp { date: date(day), instead_of: date(instead) })
            .collect();
        (*year, YearDays { holidays, make_up })
    })
}

fn district() -> WorkCalendar {
    WorkCalendar::new(saigon(), office(), announced()).expect("calendar")
}

fn days(n: u32) -> Amount {
    Amount::Days(n)
}

fn hours(n: i64) -> Amount {
    Amount::Time(SignedDuration::from_hours(n))
}

#[test]
fn a_dossier_of_five_working_days_waits_through_tet_2021() {
    let due = district().add_working(at("2021-02-08T10:00"), days(5));
    assert_eq!(due.value, at("2021-02-22T17:00"));
    assert!(due.verified());
}

#[test]
fn a_report_of_48_hours_does_not_rest_at_tet() {
    let opened = at("2021-02-09T20:00");
    let due = district().due(ClockKind::Calendar, opened, hours(48), &[]);
    assert_eq!(due.value, at("2021-02-11T20:00"));
}

#[test]
fn eight_working_hours_step_over_30_april_2021() {
    let c = district();
    let opened = at("2021-04-29T15:00");
    let due = c.due(ClockKind::Working, opened, hours(8), &[]).value;
    assert_eq!(due, at("2021-05-04T15:00"));
    let on_holiday = at("2021-04-30T09:00");
    assert!(!c.is_working(on_holiday).value);
    assert_eq!(c.next_open(on_holiday).value, at("2021-05-04T07:30"));
    assert_eq!(c.left(ClockKind::Working, on_holiday, due).value, SignedDuration::from_hours(6));
    let late = at("2021-05-05T08:30");
    assert_eq!(c.left(ClockKind::Working, late, due).value, SignedDuration::from_hours(-3));
    assert_eq!(c.left(ClockKind::Calendar, late, due).value, SignedDuration::from_mins(-17 * 60 - 30));
}

#[test]
fn a_saturday_worked_instead_keeps_the_hours_of_the_day_it_replaces() {
    let c = district();
    let saturday = "2024-05-04".parse().expect("date");
    let monday = "2024-04-29".parse().expect("date");
    assert_eq!(c.day_kind(saturday).value, DayKind::MakeUp(monday));
    assert!(c.is_working(at("2024-05-04T08:00")).value);
    assert!(!c.is_working(at("2024-04-29T08:00")).value);
    assert_eq!(c.add_working(at("2024-05-03T09:00"), days(1)).value, at("2024-05-04T17:00"));
}

#[test]
fn every_announced_day_off_is_closed_and_every_exchanged_saturday_is_open() {
    let c = district();
    for (year, days) in announced() {
        for holiday in &days.holidays {
            let kind = c.day_kind(holiday.date);
            assert_eq!(kind.value, DayKind::Holiday(holiday));
            assert_eq!(kind.verified(), holiday.verified);
        }
        for exchange in &days.make_up {
            assert_eq!(exchange.date.year(), year);
            assert!(
                c.is_working(saigon().to_timestamp(exchange.date.at(7, 30, 0, 0)).expect("in range")).value
            );
        }
    }
}

#[test]
fn a_term_that_ends_in_a_year_without_holidays_says_so() {
    let due = district().add_working(at("2026-12-30T09:00"), days(3));
    assert_eq!(due.value, at("2027-01-04T17:00"));
    assert_eq!(due.doubt, Some(Doubt::UnknownYear(2027)));
    let before = district().add_working(at("2020-06-01T09:00"), days(1));
    assert_eq!(before.doubt, Some(Doubt::UnknownYear(2020)));
}

#[test]
fn a_term_across_an_unverified_holiday_says_which() {
    let due = district().add_working(at("2026-08-28T09:00"), days(1));
    assert_eq!(due.value, at("2026-09-03T17:00"));
    assert_eq!(due.doubt, Some(Doubt::UnverifiedDay("2026-08-31".parse().expect("date"))));
    let exchanged = "2026-08-22".parse().expect("date");
    assert_eq!(district().day_kind(exchanged).doubt, Some(Doubt::UnverifiedDay(exchanged)));
}

#[test]
fn eight_hours_from_opening_end_at_the_close_not_on_the_next_morning() {
    let due = district().add_working(at("2021-09-27T07:30"), hours(8));
    assert_eq!(due.value, at("2021-09-27T17:00"));
}

#[test]
fn a_dossier_handed_in_on_saturday_starts_to_count_on_monday() {
    let c = district();
    assert_eq!(c.add_working(at("2021-09-25T09:00"), days(1)).value, at("2021-09-27T17:00"));
    assert_eq!(c.add_working(at("2021-09-24T18:00"), hours(1)).value, at("2021-09-27T08:30"));
    assert_eq!(c.add_working(at("2021-09-24T09:00"), days(0)).value, at("2021-09-24T17:00"));
    assert_eq!(c.add_working(at("2021-09-24T18:00"), days(0)).value, at("2021-09-27T17:00"));
}

#[test]
fn a_pause_gives_back_what_it_took_on_its_own_clock() {
    let c = district();
    let opened = at("2021-09-27T08:00");
    // Two pauses that overlap: together from Monday 15:00 to Wednesday 09:00.
    let paused = [
        Pause { from: at("2021-09-28T08:00"), until: at("2021-09-29T09:00") },
        Pause { from: at("2021-09-27T15:00"), until: at("2021-09-28T10:00") },
    ];
    let due = |clock, amount| c.due(clock, opened, amount, &paused).value;
    assert_eq!(due(ClockKind::Calendar, hours(48)), at("2021-10-01T02:00"));
    assert_eq!(due(ClockKind::Calendar, days(2)), at("2021-10-01T02:00"));
    assert_eq!(due(ClockKind::Working, hours(8)), at("2021-09-29T11:30"));
    assert_eq!(due(ClockKind::Working, days(2)), at("2021-10-01T17:00"));
    // What a pause took before the opening is not given back.
    let before = [Pause { from: at("2021-09-26T00:00"), until: at("2021-09-27T09:00") }];
    let due = |clock, amount| c.due(clock, opened, amount, &before).value;
    assert_eq!(due(ClockKind::Calendar, hours(48)), at("2021-09-29T09:00"));
    assert_eq!(due(ClockKind::Working, hours(2)), at("2021-09-27T11:00"));
    assert_eq!(due(ClockKind::Working, days(2)), at("2021-09-29T17:00"));
    let due = |clock, amount| c.due(clock, opened, amount, &paused).value;
    // A pause after the due time changes nothing.
    assert_eq!(due(ClockKind::Calendar, hours(5)), at("2021-09-27T13:00"));
}

#[test]
fn a_pause_within_one_morning_does_not_move_a_term_in_days() {
    let c = district();
    let paused = [Pause { from: at("2021-09-28T08:00"), until: at("2021-09-28T10:00") }];
    let due = c.due(ClockKind::Working, at("2021-09-27T08:00"), days(2), &paused);
    assert_eq!(due.value, at("2021-09-29T17:00"));
}

#[test]
fn amounts_are_read_and_refused() {
    let read = |text: &str| text.parse::<Amount>();
    assert_eq!(read("PT48H"), Ok(hours(48)));
    assert_eq!(read("P5D"), Ok(days(5)));
    assert_eq!(read("P1W"), Ok(days(7)));
    assert_eq!(read("P0D"), Ok(days(0)));
    assert_eq!(read("P1DT4H"), Err(AmountFault::Mixed));
    assert_eq!(read("P1M"), Err(AmountFault::MonthsOrYears));
    assert_eq!(read("-P1D"), Err(AmountFault::Unreadable));
    assert_eq!(read("P9999D"), Err(AmountFault::OutOfRange));
    assert_eq!(read("PT99999999H"), Err(AmountFault::OutOfRange));
    assert_eq!(read("two days"), Err(AmountFault::Unreadable));
    for text in ["PT48H", "P5D", "PT90M", "P0D"] {
        let amount = read(text).expect("amount");
        assert_eq!(read(&amount.to_string()), Ok(amount), "{text}");
    }
}

#[test]
fn a_year_is_read_from_a_rule_pack() {
    let year: YearDays = toml::from_str(
        r#"
        holidays = [{ date = "2021-09-02", name_vi = "Quốc khánh", name_en = "National Day", verified = true }]
        make_up = [{ date = "2021-09-11", instead_of = "2021-09-02" }]
        "#,
    )
    .expect("year");
    let c = WorkCalendar::new(saigon(), office(), [(2021, year)]).expect("calendar");
    assert!(c.is_working(at("2021-09-11T09:00")).value);
    let hours: WeekHours = toml::from_str(
        r#"
        monday = [{ start = "07:30", end = "11:30" }, { start = "13:00", end = "17:00" }]
        saturday = [{ start = "07:30", end = "11:30" }]
        "#,
    )
    .expect("hours");
    assert_eq!(hours.on(jiff::civil::Weekday::Saturday).len(), 1);
    assert!(toml::from_str::<WeekHours>("monday = []").is_err());
    assert!(toml::from_str::<WeekHours>(r#"monday = [{ start = "11:30", end = "07:30" }]"#).is_err());
}

#[test]
fn wrong_calendar_data_is_refused_by_name() {
    let holiday = |date: &str| Holiday {
        date: date.parse().expect("date"),
        name_vi: "Tết Dương lịch".into(),
        name_en: "New Year".into(),
        verified: true,
    };
    let built = |holidays: Vec<Holiday>, make_up: Vec<MakeUp>| {
        WorkCalendar::new(saigon(), office(), [(2021, YearDays { holidays, make_up })]).map(|_| ())
    };
    let day = |date: &str| date.parse().expect("date");
    assert_eq!(
        built(vec![holiday("2022-01-01")], vec![]),
        Err(CalendarFault::WrongYear { date: day("2022-01-01"), year: 2021 })
    );
    assert_eq!(
        built(vec![holiday("2021-01-01"), holiday("2021-01-01")], vec![]),
        Err(CalendarFault::Twice(day("2021-01-01")))
    );
    let exchange = MakeUp { date: day("2021-05-08"), instead_of: day("2021-05-03") };
    assert_eq!(
        built(vec![], vec![exchange]),
        Err(CalendarFault::NothingToMakeUp { date: exchange.date, instead_of: exchange.instead_of })
    );
}

/// Any minute of the known years.
fn instants() -> impl Strategy<Value = Timestamp> {
    let (first, last) = (at("2021-01-01T00:00").as_second(), at("2026-10-01T00:00").as_second());
    (first / 60..last / 60).prop_map(|minute| Timestamp::from_second(minute * 60).expect("in range"))
}

fn minutes() -> impl Strategy<Value = SignedDuration> {
    (0i64..60 * 80).prop_map(SignedDuration::from_mins)
}

proptest! {
    #[test]
    fn more_time_is_never_due_earlier(from in instants(), a in minutes(), b in minutes()) {
        let c = district();
        let (less, more) = (a.min(b), a.max(b));
        prop_assert!(c.add_working_time(from, less).value <= c.add_working_time(from, more).value);
    }

    #[test]
    fn a_later_opening_is_never_due_earlier(a in instants(), b in instants(), amount in minutes(), n in 0u32..30) {
        let c = district();
        let (early, late) = (a.min(b), a.max(b));
        prop_assert!(c.add_working_time(early, amount).value <= c.add_working_time(late, amount).value);
        prop_assert!(c.add_working_days(early, n).value <= c.add_working_days(late, n).value);
        prop_assert!(c.add_working_days(early, n).value <= c.add_working_days(early, n + 1).value);
    }

    #[test]
    fn what_was_added_is_what_lies_between(from in instants(), amount in minutes(), n in 1u32..30) {
        let c = district();
        let due = c.add_working_time(from, amount).value;
        prop_assert_eq!(c.working_between(from, due).value, amount);
        prop_assert_eq!(c.working_between(due, from).value, -amount);
        let due = c.add_working_days(from, n).value;
        prop_assert_eq!(c.working_days_between(from, due).value, n);
    }

    #[test]
    fn a_due_time_never_lands_in_closed_time(from in instants(), amount in minutes(), n in 0u32..30) {
        let c = district();
        for due in [c.add_working_time(from, amount).value, c.add_working_days(from, n).value] {
            let just_before = due - SignedDuration::from_nanos(1);
            prop_assert!(c.is_working(due).value || c.is_working(just_before).value);
            prop_assert!(due >= from);
        }
    }

    #[test]
    fn a_pause_never_shortens_a_term(
        opened in instants(),
        after in minutes(),
        length in minutes(),
        amount in minutes(),
        n in 0u32..20,
    ) {
        let c = district();
        let from = opened + after;
        let paused = [Pause { from, until: from + length }];
        for clock in [ClockKind::Calendar, ClockKind::Working] {
            for amount in [Amount::Time(amount), Amount::Days(n)] {
                let plain = c.due(clock, opened, amount, &[]).value;
                prop_assert!(c.due(clock, opened, amount, &paused).value >= plain);
            }
        }
    }
}
