//! The one function behind the list and the calendar: which entries a plan asks for, and what filled
//! each.

use super::{
    course::Course,
    model::{Made, Plan},
};
use jiff::{
    Span, Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};

/// How it stands with one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Somebody was reached in it.
    Filled,
    /// Open now, nothing entered yet.
    Open,
    Coming,
    Missed,
    /// Opened before the plan was, or would be late after it was closed.
    NotOwed,
    /// No slot: a contact outside the plan's days.
    Outside,
}

/// An entry that a plan asks for, with what fills it; or a contact outside the plan's days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot<'a> {
    /// The plan's day; of a contact outside, its own.
    pub day: Date,
    /// As the rule names it, "morning"; `None` outside.
    pub name: Option<&'a str>,
    pub opens_at: Timestamp,
    /// From then on it is late.
    pub due_at: Timestamp,
    /// The newest contact in which somebody was reached, by its place in the list that was given.
    pub made: Option<usize>,
    /// Every contact that belongs here, in order of time, answered or not, withdrawn or not.
    pub contacts: Vec<usize>,
    pub state: State,
}

impl Slot<'_> {
    fn take(&mut self, index: usize, made: &Made) {
        self.contacts.push(index);
        if made.counts() {
            self.made = Some(index);
        }
    }
}

impl Plan {
    /// Every slot of the plan, in order of time, with what filled it; contacts outside its days come
    /// last. A contact belongs to the slot that opened last before it: three in the morning is the
    /// afternoon of the day before. Nothing is left out.
    pub fn calendar<'a>(
        &self,
        course: &'a Course,
        made: &[Made],
        zone: &TimeZone,
        now: Timestamp,
    ) -> Vec<Slot<'a>> {
        let mut slots = self.slots(course, zone);
        let end = self.end(course, zone);
        let mut order: Vec<usize> = (0..made.len()).collect();
        order.sort_by_key(|index| made[*index].at);
        let mut outside = Vec::new();
        for index in order {
            let contact = &made[index];
            match place(&slots, end, contact.at) {
                Some(at) => slots[at].take(index, contact),
                None => outside.push(alone(index, contact, zone)),
            }
        }
        for slot in &mut slots {
            slot.state = self.state(slot, now);
        }
        slots.extend(outside);
        slots
    }

    /// The day and the name of the slot to which a contact at this time belongs; `None` outside the
    /// plan's days.
    pub fn slot_of<'a>(&self, course: &'a Course, zone: &TimeZone, at: Timestamp) -> Option<(Date, &'a str)> {
        let slots = self.slots(course, zone);
        let slot = &slots[place(&slots, self.end(course, zone), at)?];
        Some((slot.day, slot.name?))
    }

    fn slots<'a>(&self, course: &'a Course, zone: &TimeZone) -> Vec<Slot<'a>> {
        let days = self.start_on.series(Span::new().days(1)).take_while(|day| *day <= self.ends_on);
        let of_day = move |day: Date| {
            course.slots.iter().filter_map(move |times| {
                Some(Slot {
                    day,
                    name: Some(times.name.as_str()),
                    opens_at: moment(zone, day, times.opens)?,
                    due_at: moment(zone, day, times.due)?,
                    made: None,
                    contacts: Vec::new(),
                    state: State::Coming,
                })
            })
        };
        days.flat_map(of_day).collect()
    }

    /// When the first slot after the plan's last day would open.
    fn end(&self, course: &Course, zone: &TimeZone) -> Timestamp {
        let next = self.ends_on.tomorrow().ok().zip(course.slots.first());
        next.and_then(|(day, times)| moment(zone, day, times.opens)).unwrap_or(Timestamp::MAX)
    }

    fn state(&self, slot: &Slot<'_>, now: Timestamp) -> State {
        if slot.made.is_some() {
            State::Filled
        } else if slot.opens_at < self.opened_at || self.closed_at.is_some_and(|at| slot.due_at > at) {
            State::NotOwed
        } else if now < slot.opens_at {
            State::Coming
        } else if now < slot.due_at {
            State::Open
        } else {
            State::Missed
        }
    }
}

/// The place of the slot that opened last before `at`.
fn place(slots: &[Slot<'_>], end: Timestamp, at: Timestamp) -> Option<usize> {
    if at >= end {
        return None;
    }
    slots.partition_point(|slot| slot.opens_at <= at).checked_sub(1)
}

fn alone(index: usize, contact: &Made, zone: &TimeZone) -> Slot<'static> {
    let mut slot = Slot {
        day: zone.to_datetime(contact.at).date(),
        name: None,
        opens_at: contact.at,
        due_at: contact.at,
        made: None,
        contacts: Vec::new(),
        state: State::Outside,
    };
    slot.take(index, contact);
    slot
}

/// `None` only beyond the end of all calendars.
fn moment(zone: &TimeZone, day: Date, time: Time) -> Option<Timestamp> {
    zone.to_timestamp(day.to_datetime(time)).ok()
}
