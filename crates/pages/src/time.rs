//! Time as people read it: the district's own clock, 25/09/2021 07:05, "còn 12 phút".

use crate::Words;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::dates::{self, Left};

/// The reader's clock: the district's zone and the present.
#[derive(Clone, Debug)]
pub struct Clock {
    pub zone: TimeZone,
    pub now: Timestamp,
}

impl Clock {
    /// Now, RFC 3339: what scripts set their own clock by.
    pub fn now_rfc(&self) -> String {
        self.rfc(self.now)
    }

    pub fn today(&self) -> Date {
        self.day(self.now)
    }

    pub fn day(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// 25/09/2021
    pub fn date(&self, at: Timestamp) -> String {
        dates::shown_date(self.day(at))
    }

    /// 07:05
    pub fn time(&self, at: Timestamp) -> String {
        dates::shown_time(at.to_zoned(self.zone.clone()).time())
    }

    /// 07:05:12, for attempts where seconds count
    pub fn seconds(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string()
    }

    /// 25/09/2021 07:05
    pub fn full(&self, at: Timestamp) -> String {
        dates::shown_date_time(at.to_zoned(self.zone.clone()).datetime())
    }

    /// The time alone today, date and time on other days.
    pub fn short(&self, at: Timestamp) -> String {
        if self.day(at) == self.today() { self.time(at) } else { self.full(at) }
    }

    /// RFC 3339 with the district's offset, for `datetime` attributes.
    pub fn rfc(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// GMT+07:00, for papers read elsewhere.
    pub fn offset(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("GMT%:z").to_string()
    }

    /// "còn 12 phút", "trễ 3 giờ".
    pub fn left(&self, words: Words, due: Timestamp) -> String {
        words.left(Left::between(self.now, due))
    }

    /// `calm`, `soon` or `late`: the last quarter hour of an emergency presses, the last six hours
    /// of anything slower.
    pub fn pressure(&self, due: Timestamp, urgent: bool) -> &'static str {
        let seconds = due.duration_since(self.now).as_secs();
        match seconds {
            ..=0 => "late",
            s if s <= if urgent { 900 } else { 6 * 3600 } => "soon",
            _ => "calm",
        }
    }

    /// "1 phút 20 giây" between two moments, in whole seconds.
    pub fn span(&self, words: Words, from: Timestamp, to: Timestamp) -> String {
        span(words, to.duration_since(from).as_secs())
    }
}

/// A length of time in its two largest units.
pub fn span(words: Words, seconds: i64) -> String {
    let s = seconds.max(0);
    let text = |n: i64| n.to_string();
    match s {
        0..60 => words.span_seconds(text(s)),
        60..3600 if s % 60 == 0 => words.span_minutes(text(s / 60)),
        60..3600 => words.span_minutes_seconds(text(s / 60), text(s % 60)),
        3600..86_400 if s % 3600 < 60 => words.span_hours(text(s / 3600)),
        3600..86_400 => words.span_hours_minutes(text(s / 3600), text(s % 3600 / 60)),
        _ => words.span_days_hours(text(s / 86_400), text(s % 86_400 / 3600)),
    }
}
