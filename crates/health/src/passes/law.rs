//! How long what is signed is good, by the version of `pass.life` of the day.

use super::RULE;
use crate::stand_in;
use duty::{
    rules::{self, Rule},
    units,
};
use jiff::{SignedDuration, Span, Timestamp, civil::Date, tz::TimeZone};
use kernel::{Error, Result};
use serde::Deserialize;
use store::Cx;

/// Days for which any card is good at least. It takes some until it is cut and handed out, and whoever has no
/// telephone learns at the gate that it has ended.
const CARD_LEAST: i32 = 7;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Law {
    pub phone: SignedDuration,
    card_ends: Vec<(i8, i8)>,
    card_least: i32,
    pub lists_good: SignedDuration,
    pub lists_again: SignedDuration,
    pub lists_kept: SignedDuration,
    pub codes_again: SignedDuration,
    pub key_signs: SignedDuration,
    pub key_good: SignedDuration,
    pub next_key: SignedDuration,
}

#[derive(Deserialize)]
struct Days {
    phone_days: i64,
    card_ends: Vec<String>,
    card_least_days: i32,
    key_signs_days: i64,
    key_good_days: i64,
    next_key_days: i64,
}

const fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

impl Law {
    /// The law of today.
    pub async fn today(cx: &mut Cx) -> Result<Self> {
        let today = units::today(cx).await?;
        let rule = rules::known_on(cx, RULE, today).await?;
        Self::read(&stand_in::or_latest(rule.as_ref(), RULE)?)
    }

    pub fn read(rule: &Rule) -> Result<Self> {
        let told: Days = rule.read("")?;
        let card_ends = told.card_ends.iter().map(|text| month_day(text)).collect::<Option<Vec<_>>>();
        let card_ends = card_ends.filter(|ends| !ends.is_empty());
        let positive = [told.phone_days, told.card_least_days.into(), told.key_signs_days];
        if positive.iter().any(|days| !(1..=3_660).contains(days)) || told.key_good_days < told.key_signs_days
        {
            return Err(Error::internal(format!("rule {RULE}: days that cannot be")));
        }
        Ok(Self {
            phone: days(told.phone_days),
            card_ends: card_ends.ok_or_else(|| Error::internal(format!("rule {RULE}: card_ends")))?,
            card_least: told.card_least_days,
            lists_good: rule.duration("lists_good_for")?,
            lists_again: rule.duration("lists_signed_again_after")?,
            lists_kept: rule.duration("lists_kept_for")?,
            codes_again: rule.duration("codes_signed_again_after")?,
            key_signs: days(told.key_signs_days),
            key_good: days(told.key_good_days),
            next_key: days(told.next_key_days),
        })
    }

    /// The last day of a card that is printed on this one.
    pub fn card_until(&self, on: Date) -> Date {
        let least = on.saturating_add(Span::new().days(self.card_least));
        let ends = |year: i16| {
            self.card_ends.iter().filter_map(move |(month, day)| Date::new(year, *month, *day).ok())
        };
        let next = ends(least.year()).chain(ends(least.year().saturating_add(1)));
        next.filter(|end| *end >= least).min().unwrap_or(least)
    }

    /// The day before which no card may end: where its key ends so soon, none is printed.
    pub fn card_soonest(&self, on: Date) -> Date {
        on.saturating_add(Span::new().days(self.card_least.min(CARD_LEAST)))
    }

    /// The first moment in which such a card is good no more.
    pub fn card_end(&self, until: Date, zone: &TimeZone) -> Result<Timestamp> {
        let next = until.tomorrow().map_err(Error::internal)?;
        zone.to_timestamp(next.at(0, 0, 0, 0)).map_err(Error::internal)
    }
}

/// A year that has every day.
const LEAP: i16 = 2020;

/// `03-31`, a day that some year has.
fn month_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let found = (month.parse().ok()?, day.parse().ok()?);
    Date::new(LEAP, found.0, found.1).ok().map(|_| found)
}
