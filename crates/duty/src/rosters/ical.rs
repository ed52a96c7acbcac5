//! The calendar feed of a person or a unit (RFC 5545), for the calendar on a telephone. Times are
//! in UTC, which every calendar shows in its own zone, so no zone definition has to travel along.

use super::model::{Period, Shift};
use jiff::{Timestamp, tz::TimeZone};
use kernel::ids::{StaffId, UnitId};

/// Whose shifts a feed shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Person(StaffId),
    Unit(UnitId),
}

/// The words of one event, in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub summary: String,
    pub location: Option<String>,
    pub description: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Stays the same from one fetch to the next, so that a calendar updates instead of doubling.
    pub uid: String,
    pub period: Period,
    pub words: Words,
    /// Somebody is named for it.
    pub confirmed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    pub name: String,
    /// When this version of the feed was made.
    pub stamp: Timestamp,
    pub events: Vec<Event>,
}

impl Feed {
    /// The feed of a person (what he stands) or a unit (all its shifts, empty ones too). `domain`
    /// is the centre's own host name and makes the event ids its own.
    pub fn of(
        name: &str,
        shifts: &[Shift],
        whose: Whose,
        domain: &str,
        stamp: Timestamp,
        words: impl Fn(&Shift) -> Words,
    ) -> Self {
        let theirs = |shift: &&Shift| match whose {
            Whose::Person(staff) => shift.staff == Some(staff),
            Whose::Unit(unit) => shift.unit == unit,
        };
        let events = shifts
            .iter()
            .filter(theirs)
            .map(|shift| Event {
                uid: format!("{}-{}@{domain}", shift.id, shift.period.start().as_second()),
                period: shift.period,
                words: words(shift),
                confirmed: shift.staff.is_some(),
            })
            .collect();
        Self { name: name.to_owned(), stamp, events }
    }

    /// The feed as `text/calendar; charset=utf-8`.
    pub fn to_text(&self) -> String {
        let mut out = Lines::default();
        out.push("BEGIN", "VCALENDAR");
        out.push("VERSION", "2.0");
        out.push("PRODID", "-//Vung Xanh//Rosters//VI");
        out.push("CALSCALE", "GREGORIAN");
        out.push("METHOD", "PUBLISH");
        out.push("NAME", &escaped(&self.name));
        out.push("X-WR-CALNAME", &escaped(&self.name));
        out.push("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
        out.push("X-PUBLISHED-TTL", "PT1H");
        for event in &self.events {
            out.push("BEGIN", "VEVENT");
            out.push("UID", &escaped(&event.uid));
            out.push("DTSTAMP", &utc(self.stamp));
            out.push("DTSTART", &utc(event.period.start()));
            out.push("DTEND", &utc(event.period.end()));
            out.push("SUMMARY", &escaped(&event.words.summary));
            if let Some(location) = &event.words.location {
                out.push("LOCATION", &escaped(location));
            }
            if let Some(description) = &event.words.description {
                out.push("DESCRIPTION", &escaped(description));
            }
            out.push("STATUS", if event.confirmed { "CONFIRMED" } else { "TENTATIVE" });
            out.push("END", "VEVENT");
        }
        out.push("END", "VCALENDAR");
        out.0
    }
}

fn utc(at: Timestamp) -> String {
    TimeZone::UTC.to_datetime(at).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Text as a value: RFC 5545, 3.3.11. Control characters other than a line break cannot be carried.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' | '\r' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Content lines, folded at 75 octets without cutting a character (RFC 5545, 3.1).
#[derive(Default)]
struct Lines(String);

impl Lines {
    const WIDTH: usize = 75;

    fn push(&mut self, name: &str, value: &str) {
        let mut width = 0;
        for c in name.chars().chain([':']).chain(value.chars()) {
            if width + c.len_utf8() > Self::WIDTH {
                self.0.push_str("\r\n ");
                width = 1;
            }
            self.0.push(c);
            width += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}
