use super::{
    Basis, ContactOutcome, Course, Group, Made, Plan, Silence, Slot, Standing, State, Subject, rank,
};
use crate::{alerts::Grade, facts::Known};
use duty::rules::{self, Rule, RulePack};
use jiff::{
    SignedDuration, Span, Timestamp,
    civil::{Date, date},
    tz::{Offset, TimeZone},
};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn saigon() -> TimeZone {
    TimeZone::fixed(Offset::constant(7))
}

/// A moment of the district: `3 10:30` of September 2021.
fn at(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').unwrap();
    let day = date(2021, 9, day.parse().unwrap());
    saigon().to_timestamp(day.to_datetime(time.parse().unwrap())).unwrap()
}

fn day(day: i8) -> Date {
    date(2021, 9, day)
}

fn of_pack(pack: &RulePack, number: i32) -> Rule {
    let version = pack.versions.iter().find(|version| version.version == number).unwrap();
    Rule::new(&pack.head.code, version)
}

fn course_of(plans: i32, home: i32) -> Course {
    let (plans, home) = (
        of_pack(rules::pack("follow.plans").unwrap(), plans),
        of_pack(rules::pack("f0.home_care").unwrap(), home),
    );
    Course::read(Some(&plans), Some(&home)).unwrap()
}

fn course() -> Course {
    course_of(1, 2)
}

/// An F0 of the 1st, put on record in the evening, followed for three days.
fn plan() -> Plan {
    Plan {
        subject: Subject::F0,
        basis: Basis::Sample,
        start_on: day(1),
        ends_on: day(4),
        risk: Group::Low,
        opened_at: at("1 20:00"),
        closed_at: None,
    }
}

fn reached(text: &str) -> Made {
    Made { at: at(text), outcome: ContactOutcome::Reached, withdrawn: false }
}

fn unanswered(text: &str) -> Made {
    Made { outcome: ContactOutcome::NotReached, ..reached(text) }
}

fn states(slots: &[Slot<'_>]) -> Vec<State> {
    slots.iter().map(|slot| slot.state).collect()
}

fn standing(plan: &Plan, made: &[Made], now: Timestamp) -> Standing {
    plan.standing(&plan.calendar(&course(), made, &saigon(), now), None)
}

#[test]
fn each_version_has_its_own_days() {
    for (plans, home, f0, protected, other) in
        [(1, 1, 14, 14, 14), (2, 3, 14, 7, 14), (3, 4, 7, 5, 7), (3, 5, 7, 5, 7)]
    {
        let course = course_of(plans, home);
        assert_eq!((course.code(), course.version()), ("follow.plans", plans));
        assert_eq!(course.days(Subject::F0, false), f0);
        assert_eq!(course.days(Subject::F1, true), protected);
        assert_eq!(course.days(Subject::F1, false), other);
        assert_eq!(course.days(Subject::Other, false), 14);
        assert_eq!(course.slots.len(), 2);
        assert_eq!((course.silent_after(Group::Unknown), course.silent_after(Group::High)), (3, 1));
    }
    assert_eq!(Course::last_day(date(2022, 2, 25), 7).unwrap(), date(2022, 3, 4));
}

#[test]
fn each_number_of_protection_holds_on_its_days() {
    let course = course_of(2, 3);
    let exposed = date(2021, 12, 20);
    let ago = |days: i32| exposed.checked_sub(Span::new().days(days)).unwrap();
    let dosed = |number, days| Known { doses: vec![(number, ago(days))], ..Known::default() };
    let recovered = |days| Known { recovered_on: Some(ago(days)), ..Known::default() };
    // From the second dose on; at least 14 days old and at most 180.
    for (number, days, protected) in
        [(2, 13, false), (2, 14, true), (2, 180, true), (2, 181, false), (1, 60, false), (3, 60, true)]
    {
        assert_eq!(course.protects(&dosed(number, days), exposed), protected, "dose {number}, {days} days");
    }
    for (days, protected) in [(-1, false), (0, true), (180, true), (181, false)] {
        assert_eq!(course.protects(&recovered(days), exposed), protected, "recovered {days} days ago");
    }
    assert!(!course.protects(&Known::default(), exposed), "nothing known is no protection");
    // A third dose that is too new takes nothing from a second that is not too old.
    let both = Known { doses: vec![(2, ago(100)), (3, ago(5))], ..Known::default() };
    assert!(course.protects(&both, exposed));
}

#[test]
fn a_version_from_before_the_number_of_doses_was_written_down_means_two() {
    let mut plans = of_pack(rules::pack("follow.plans").unwrap(), 2);
    plans.values["protected"].as_object_mut().unwrap().remove("doses");
    let course = Course::read(Some(&plans), None).unwrap();
    let exposed = date(2021, 12, 20);
    let dosed = |number| Known { doses: vec![(number, date(2021, 9, 1))], ..Known::default() };
    assert!(course.protects(&dosed(2), exposed) && !course.protects(&dosed(1), exposed));
}

#[test]
fn a_day_without_a_version_follows_all_the_same_and_says_so() {
    let course = Course::read(None, None).unwrap();
    assert_eq!((course.version(), course.rules().len()), (0, 1));
    assert_eq!(course.days(Subject::F0, false), 14);
}

#[test]
fn an_f0_starts_from_the_sample_and_from_the_onset_only_without_one() {
    let course = course();
    assert_eq!(course.f0_start(Some(day(1)), Some(day(3)), day(4)), (Basis::Sample, day(3)));
    assert_eq!(course.f0_start(Some(day(1)), None, day(4)), (Basis::Onset, day(1)));
    assert_eq!(course.f0_start(None, None, day(4)), (Basis::Report, day(4)));
}

#[test]
fn an_entry_at_three_in_the_morning_fills_the_evening_slot() {
    let (course, plan) = (course(), plan());
    let made = [reached("3 03:00")];
    let slots = plan.calendar(&course, &made, &saigon(), at("3 04:00"));
    let filled: Vec<(Date, Option<&str>)> =
        slots.iter().filter(|slot| slot.made == Some(0)).map(|slot| (slot.day, slot.name)).collect();
    assert_eq!(filled, [(day(2), Some("afternoon"))]);
    assert_eq!(plan.slot_of(&course, &saigon(), made[0].at), Some((day(2), "afternoon")));
    assert_eq!(plan.slot_of(&course, &saigon(), at("2 05:00")), Some((day(2), "morning")));
    // The night after the last day still belongs to it.
    assert_eq!(plan.slot_of(&course, &saigon(), at("5 04:59")), Some((day(4), "afternoon")));
    assert_eq!(plan.slot_of(&course, &saigon(), at("5 05:00")), None);
}

#[test]
fn the_night_before_the_first_slot_belongs_to_the_follow_up_and_fills_none() {
    use State::{Coming, Filled, Open};
    let course = course();
    // Put on record in the small hours of his first day.
    let plan = Plan { opened_at: at("1 02:30"), ends_on: day(1), ..plan() };
    let made = [unanswered("1 02:45"), reached("1 03:00")];
    let slots = plan.calendar(&course, &made, &saigon(), at("1 06:00"));
    assert_eq!(states(&slots), [Filled, Open, Coming]);
    assert_eq!((slots[0].name, slots[0].day, slots[0].made), (Some("night"), day(1), Some(1)));
    assert_eq!(plan.slot_of(&course, &saigon(), at("1 04:59")), Some((day(1), "night")));
    assert_eq!(plan.slot_of(&course, &saigon(), at("1 05:00")), Some((day(1), "morning")));
    // The evening before is none of it.
    assert_eq!(plan.slot_of(&course, &saigon(), at("1 00:00") - SignedDuration::from_secs(1)), None);
    // The morning is owed all the same.
    let stands = plan.standing(&slots, None);
    assert_eq!((stands.due_at, stands.missed), (Some(at("1 10:00")), 0));
}

#[test]
fn nothing_is_owed_for_the_hours_before_the_plan_was_opened() {
    use State::{Coming, NotOwed, Open};
    let course = course();
    let slots = plan().calendar(&course, &[], &saigon(), at("2 07:00"));
    assert_eq!(states(&slots), [NotOwed, NotOwed, Open, Coming, Coming, Coming, Coming, Coming]);
    let stands = standing(&plan(), &[], at("2 07:00"));
    assert_eq!((stands.due_at, stands.missed), (Some(at("2 10:00")), 0));
    // Nobody has spoken to him yet: he stands high all the same.
    assert_eq!(stands.rank, rank(Group::Low, None, Silence::Never));
}

#[test]
fn an_entry_is_late_at_its_hour_and_an_unanswered_call_is_not_well() {
    let first = reached("2 08:00");
    let stands = standing(&plan(), &[first], at("2 08:00"));
    assert_eq!((stands.due_at, stands.missed, stands.rank), (Some(at("2 18:00")), 0, 0));
    let stands = standing(&plan(), &[first], at("2 13:00"));
    assert_eq!((stands.missed, stands.rank), (0, 100));
    let stands = standing(&plan(), &[first], at("2 17:59"));
    assert_eq!((stands.due_at, stands.missed), (Some(at("2 18:00")), 0));
    let call = unanswered("2 17:00");
    let stands = standing(&plan(), &[first, call], at("2 18:00"));
    assert_eq!((stands.due_at, stands.missed, stands.rank), (Some(at("3 10:00")), 1, 340));
    let refused = Made { outcome: ContactOutcome::Refused, ..reached("3 09:00") };
    assert_eq!(standing(&plan(), &[first, call, refused], at("3 10:00")).missed, 2);
    // An answer, late as it is, ends the silence.
    assert_eq!(standing(&plan(), &[first, call, reached("3 12:00")], at("3 12:00")).missed, 0);
    // After the last day nothing is owed, and what was missed stays in view.
    let stands = standing(&plan(), &[first], at("9 12:00"));
    assert_eq!((stands.due_at, stands.missed), (None, 5));
}

#[test]
fn an_entry_taken_back_stays_in_view_and_no_longer_counts() {
    let slip = Made { withdrawn: true, ..reached("2 08:00") };
    let made = [slip];
    let course = course();
    let slots = plan().calendar(&course, &made, &saigon(), at("2 12:00"));
    let morning = &slots[2];
    assert_eq!((morning.made, morning.contacts.as_slice(), morning.state), (None, &[0][..], State::Missed));
}

#[test]
fn the_newest_of_several_entries_of_a_slot_fills_it_and_all_stay() {
    let made = [reached("2 09:00"), unanswered("2 06:00"), reached("2 07:00")];
    let course = course();
    let slots = plan().calendar(&course, &made, &saigon(), at("2 12:00"));
    assert_eq!((slots[2].made, slots[2].contacts.as_slice()), (Some(0), &[1, 2, 0][..]));
}

#[test]
fn moving_the_start_keeps_every_contact_and_says_which_fall_outside() {
    let (course, zone, now) = (course(), saigon(), at("6 12:00"));
    let made = [
        reached("2 08:00"),
        reached("2 15:00"),
        reached("3 08:00"),
        Made { withdrawn: true, ..reached("2 16:00") },
    ];
    let moved = plan().started(Basis::Onset, day(3), &course, &made, &zone, now).unwrap();
    assert_eq!((moved.before, moved.after), ((day(1), day(4)), (day(3), day(6))));
    assert_eq!((moved.plan.basis, moved.outside), (Basis::Onset, 2));
    let slots = moved.plan.calendar(&course, &made, &zone, now);
    let outside: Vec<(Date, &[usize])> = slots
        .iter()
        .filter(|slot| slot.state == State::Outside)
        .map(|slot| (slot.day, slot.contacts.as_slice()))
        .collect();
    assert_eq!(outside, [(day(2), &[0][..]), (day(2), &[1][..]), (day(2), &[3][..])]);
    assert_eq!(slots.last().map(|slot| slot.state), Some(State::Outside));
    // Back again: all is as it was.
    let back = moved.plan.started(Basis::Sample, day(1), &course, &made, &zone, now).unwrap();
    assert_eq!((back.plan, back.outside), (plan(), 0));
    let error = plan().started(Basis::Onset, day(7), &course, &made, &zone, now).unwrap_err();
    assert!(error.to_string().contains("error-date-future"));
}

#[test]
fn a_contact_after_the_end_is_kept_and_a_closed_plan_owes_nothing() {
    use State::{Filled, Missed, NotOwed, Outside};
    let course = course();
    let plan = Plan { closed_at: Some(at("4 09:00")), ..plan() };
    let made = [reached("2 08:00"), reached("8 08:00")];
    let slots = plan.calendar(&course, &made, &saigon(), at("9 08:00"));
    assert_eq!(states(&slots), [NotOwed, NotOwed, Filled, Missed, Missed, Missed, NotOwed, NotOwed, Outside]);
    let stands = plan.standing(&slots, Some(Grade::Emergency));
    assert_eq!((stands.due_at, stands.rank), (None, 0));
}

fn contact() -> impl Strategy<Value = Made> {
    let outcome = prop::sample::select(ContactOutcome::ALL);
    // From a day before the plan to days after it.
    (-1_440_i64..20 * 1_440, outcome, prop::bool::weighted(0.2)).prop_map(|(minutes, outcome, withdrawn)| {
        Made { at: at("1 00:00") + SignedDuration::from_mins(minutes), outcome, withdrawn }
    })
}

prop_compose! {
    fn any_plan()(
        length in 1_i16..15,
        opened in -600_i64..3 * 1_440,
        risk in prop::sample::select(Group::ALL),
    ) -> Plan {
        Plan {
            ends_on: Course::last_day(day(1), length).unwrap(),
            opened_at: at("1 00:00") + SignedDuration::from_mins(opened),
            risk,
            ..plan()
        }
    }
}

proptest! {
    /// The list shows the standing, the household's page the calendar, and the timer takes the next
    /// step when `due_at` has come. All three must tell one story.
    #[test]
    fn list_and_calendar_never_disagree(
        plan in any_plan(),
        made in prop::collection::vec(contact(), 0..30),
        now in 0_i64..20 * 1_440,
    ) {
        let (course, zone) = (course(), saigon());
        let now = at("1 00:00") + SignedDuration::from_mins(now);
        let slots = plan.calendar(&course, &made, &zone, now);
        let stands = plan.standing(&slots, None);

        // Each contact stands in the calendar, once, where its own columns say.
        let mut seen = BTreeSet::new();
        for slot in &slots {
            for index in &slot.contacts {
                prop_assert!(seen.insert(*index));
                let own = plan.slot_of(&course, &zone, made[*index].at);
                prop_assert_eq!(own, slot.name.map(|name| (slot.day, name)));
            }
            let newest = slot.contacts.iter().rev().find(|index| made[**index].counts());
            prop_assert_eq!(slot.made, newest.copied());
            prop_assert_eq!(slot.state == State::Outside, slot.name.is_none());
        }
        prop_assert_eq!(seen.len(), made.len());

        // What the list says is missing is what the calendar shows behind the last entry.
        let inside = || slots.iter().filter(|slot| slot.state != State::Outside);
        let last = inside().filter(|slot| slot.state == State::Filled).map(|slot| slot.opens_at).max();
        let behind = inside()
            .filter(|slot| slot.state == State::Missed && last.is_none_or(|last| slot.opens_at > last))
            .count();
        prop_assert_eq!(i16::try_from(behind).unwrap(), stands.missed);
        prop_assert_eq!(
            inside().find(|slot| slot.made.is_none() && slot.due_at > now && slot.opens_at >= plan.opened_at)
                .map(|slot| slot.due_at),
            stands.due_at
        );
        let silence = if made.iter().all(|contact| !contact.counts()) {
            Silence::Never
        } else if stands.missed > 0 {
            Silence::Missed(stands.missed)
        } else if inside().any(|slot| slot.state == State::Open) {
            Silence::Owed
        } else {
            Silence::Done
        };
        prop_assert_eq!(stands.rank, rank(plan.risk, None, silence));

        // Until then the list need not be written again; at that moment the timer adds one.
        if let Some(due) = stands.due_at {
            let again = |at| plan.standing(&plan.calendar(&course, &made, &zone, at), None);
            let before = again(due - SignedDuration::from_secs(1));
            prop_assert_eq!((before.due_at, before.missed), (stands.due_at, stands.missed));
            let after = again(due);
            prop_assert!(after.due_at.is_none_or(|next| next > due));
            prop_assert!(after.missed == stands.missed + 1 || last.is_some_and(|last| last > now));
        }
    }
}
