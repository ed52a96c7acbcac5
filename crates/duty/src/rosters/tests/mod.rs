//! September 2021 at a health station and the police of the same ward.

mod changes;
mod coverage;
mod papers;
mod plans;

use super::*;
use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use kernel::ids::{ShiftId, StaffId, UnitId};
use uuid::Uuid;

const STATION: UnitId = UnitId(Uuid::from_u128(1));
const POLICE: UnitId = UnitId(Uuid::from_u128(2));
const AN: StaffId = StaffId(Uuid::from_u128(11));
const BINH: StaffId = StaffId(Uuid::from_u128(12));
const CHI: StaffId = StaffId(Uuid::from_u128(13));

fn saigon() -> TimeZone {
    TimeZone::get("Asia/Ho_Chi_Minh").expect("time zone database")
}

fn at(local: &str) -> Timestamp {
    let local: DateTime = local.parse().expect("local time");
    saigon().to_timestamp(local).expect("in range")
}

fn date(text: &str) -> Date {
    text.parse().expect("date")
}

fn time(text: &str) -> Time {
    text.parse().expect("time")
}

fn period(from: &str, to: &str) -> Period {
    Period::new(at(from), at(to)).expect("period")
}

fn band(name: &str, start: &str, end: &str) -> Band {
    Band { name: name.into(), start: time(start), end: time(end) }
}

fn night() -> Band {
    band("Ca đêm", "18:00", "06:00")
}

fn day() -> Band {
    band("Ca ngày", "06:00", "18:00")
}

/// Names shifts 1, 2, 3 and so on.
fn counted() -> impl FnMut() -> ShiftId {
    let mut n = 0;
    move || {
        n += 1;
        shift_id(n)
    }
}

fn shift_id(n: u128) -> ShiftId {
    ShiftId(Uuid::from_u128(n))
}

fn shift(n: u128, unit: UnitId, post: Post, staff: StaffId, from: &str, to: &str) -> Shift {
    Shift::planned(shift_id(n), unit, post, "Ca trực", period(from, to), Some(staff))
}

/// A week of nights each, from Monday 6 September 2021.
fn nights_by_week() -> Rotation {
    Rotation {
        unit: STATION,
        name: "Trực tuần".into(),
        post: Post::Primary,
        staff: vec![AN, BINH, CHI],
        turn: "P7D".parse().expect("turn"),
        handover: time("07:30"),
        start: date("2021-09-06"),
        until: None,
        restrictions: vec![Restriction { weekdays: WeekdaySet::EVERY, band: night() }],
    }
}

fn two_weeks_of_nights() -> Vec<Shift> {
    nights_by_week().materialise(date("2021-09-06"), date("2021-09-20"), &saigon(), counted())
}

fn beginning<'a>(shifts: &'a [Shift], local: &str) -> &'a Shift {
    let start = at(local);
    shifts.iter().find(|s| s.period.start() == start).expect("a shift that begins then")
}

fn primary(shifts: &[Shift], local: &str) -> Option<StaffId> {
    who_stands(shifts, STATION, at(local)).primary
}
