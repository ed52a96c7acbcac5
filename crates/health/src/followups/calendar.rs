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

/// What the night before the first slot is called: whoever is taken on in it has nothing to fill in yet, and
/// whatever is entered then belongs to his follow-up.
const NIGHT: &str = "night";

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
    /// As the rule names it, "morning", or "night"; `None` outside.
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
    /// afternoon of the day before, on the first day the night before its first slot. Nothing is left out.
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
        let (mut night, mut outside) = (None, Vec::new());
        for index in order {
            let contact = &made[index];
            match place(&slots, end, contact.at) {
                Some(at) => slots[at].take(index, contact),
                None if self.is_first_night(&slots, zone, contact.at) => {
                    night.get_or_insert_with(|| self.night(zone)).take(index, contact);
                }
                None => outside.push(alone(index, contact, zone)),
            }
        }
        for slot in &mut slots {
            slot.state = self.state(slot, now);
        }
        if let Some(mut night) = night {
            night.state = if night.made.is_some() { State::Filled } else { State::NotOwed };
            slots.insert(0, night);
        }
        slots.extend(outside);
        slots
    }

    /// The day and the name of the slot to which a contact at this time belongs; `None` outside the
    /// plan's days.
    pub fn slot_of<'a>(&self, course: &'a Course, zone: &TimeZone, at: Timestamp) -> Option<(Date, &'a str)> {
        let slots = self.slots(course, zone);
        match place(&slots, self.end(course, zone), at) {
            Some(at) => Some((slots[at].day, slots[at].name?)),
            None => self.is_first_night(&slots, zone, at).then_some((self.start_on, NIGHT)),
        }
    }

    /// Whether this is the night of the first day before its first slot.
    fn is_first_night(&self, slots: &[Slot<'_>], zone: &TimeZone, at: Timestamp) -> bool {
        slots.first().is_some_and(|first| at < first.opens_at) && zone.to_datetime(at).date() == self.start_on
    }

    /// No slot: nothing is owed in it.
    fn night(&self, zone: &TimeZone) -> Slot<'static> {
        let begins = moment(zone, self.start_on, Time::midnight()).unwrap_or(Timestamp::MIN);
        Slot {
            day: self.start_on,
            name: Some(NIGHT),
            opens_at: begins,
            due_at: begins,
            made: None,
            contacts: Vec::new(),
            state: State::NotOwed,
        }
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
