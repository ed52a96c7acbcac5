//! What a member of staff wishes of ordinary notices: by mail or at the desk only, quiet hours, the
//! language of mails. None of it touches an emergency. Each person sets his own, nobody another's.

use super::sql_notices;
use jiff::{Timestamp, civil::Time, tz::TimeZone};
use kernel::{Error, Result, StaffId};
use serde_json::json;
use std::str::FromStr;
use store::{Cx, Event};

/// The languages mails are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    Vi,
    En,
}

impl Language {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }
}

impl FromStr for Language {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self> {
        match s {
            "vi" => Ok(Self::Vi),
            "en" => Ok(Self::En),
            _ => Err(Error::invalid("language", "error-language-unknown")),
        }
    }
}

/// Hours by the district's clock in which ordinary notices wait; they may span midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    pub from: Time,
    pub to: Time,
}

/// One person's wishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Otherwise notices stand at the desk only.
    pub by_email: bool,
    pub language: Language,
    pub quiet: Option<Quiet>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { by_email: true, language: Language::default(), quiet: None }
    }
}

impl Preferences {
    /// The first moment from `at` on that is not in the quiet hours.
    pub fn not_before(&self, at: Timestamp, zone: &TimeZone) -> Timestamp {
        let Some(Quiet { from, to }) = self.quiet else { return at };
        let local = at.to_zoned(zone.clone());
        let time = local.time();
        let quiet = if from < to { from <= time && time < to } else { time >= from || time < to };
        if !quiet {
            return at;
        }
        let day = if time < to { Some(local.date()) } else { local.date().tomorrow().ok() };
        day.and_then(|day| day.to_datetime(to).to_zoned(zone.clone()).ok()).map_or(at, |end| end.timestamp())
    }
}

/// The wishes of whoever is signed in; the defaults until they are first saved.
pub async fn own(cx: &mut Cx) -> Result<Preferences> {
    let staff = signed_in(cx)?;
    sql_notices::preferences(cx, staff).await
}

/// Saves the wishes of whoever is signed in. `Invalid` when quiet hours begin and end together.
pub async fn save(cx: &mut Cx, wishes: &Preferences) -> Result<()> {
    let staff = signed_in(cx)?;
    if wishes.quiet.is_some_and(|quiet| quiet.from == quiet.to) {
        return Err(Error::invalid("quiet_to", "error-quiet-hours"));
    }
    sql_notices::save_preferences(cx, staff, wishes).await?;
    cx.record(Event::new("preferences.saved", staff).data(json!({
        "by_email": wishes.by_email, "language": wishes.language.as_str(),
        "quiet_from": wishes.quiet.map(|quiet| quiet.from), "quiet_to": wishes.quiet.map(|quiet| quiet.to),
    })));
    Ok(())
}

fn signed_in(cx: &Cx) -> Result<StaffId> {
    cx.actor.staff_id().ok_or(Error::Forbidden("preferences.save"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    fn asked(quiet: Option<Quiet>, at: &str) -> String {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        let at = at.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone.clone()).unwrap().timestamp();
        let wishes = Preferences { quiet, ..Preferences::default() };
        wishes.not_before(at, &zone).to_zoned(zone).strftime("%d %H:%M").to_string()
    }

    #[test]
    fn quiet_hours_end_the_next_morning_or_the_same_day() {
        let night = Some(Quiet { from: time(22, 0, 0, 0), to: time(6, 30, 0, 0) });
        assert_eq!(asked(night, "2021-09-25T21:59"), "25 21:59");
        assert_eq!(asked(night, "2021-09-25T22:00"), "26 06:30");
        assert_eq!(asked(night, "2021-09-26T03:00"), "26 06:30");
        assert_eq!(asked(night, "2021-09-26T06:30"), "26 06:30");
        let noon = Some(Quiet { from: time(11, 30, 0, 0), to: time(13, 0, 0, 0) });
        assert_eq!(asked(noon, "2021-09-25T12:00"), "25 13:00");
        assert_eq!(asked(noon, "2021-09-25T13:00"), "25 13:00");
        assert_eq!(asked(None, "2021-09-25T03:00"), "25 03:00");
    }
}
