//! The calendar of a tenant as its rules and its pack make it, kept until either changes.

use super::model::{Opening, Reckoned, WeekHours, WorkCalendar, YearDays};
use crate::rules;
use jiff::{SignedDuration, Timestamp, civil::Time, tz::TimeZone};
use kernel::{Error, Result, TenantId};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};
use store::Cx;

const HOLIDAYS: &str = "calendar.holidays";
const HOURS: &str = "office.hours";
/// The rules that a reckoning on the working clock leans on.
pub const RULES: &[&str] = &[HOLIDAYS, HOURS];

type Cached = BTreeMap<TenantId, (i64, Arc<WorkCalendar>)>;
static CALENDARS: LazyLock<RwLock<Cached>> = LazyLock::new(RwLock::default);

/// The working calendar of the tenant; built again when the tenant's version has risen (its units,
/// settings or rules have changed).
pub async fn of(cx: &mut Cx) -> Result<Arc<WorkCalendar>> {
    let tenant = cx.tenant();
    let version = sqlx::query_scalar!("select version from tenants where id = $1", tenant.uuid())
        .fetch_one(cx.conn())
        .await?;
    let cached = CALENDARS.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned();
    if let Some((known, calendar)) = cached
        && known == version
    {
        return Ok(calendar);
    }
    let calendar = Arc::new(build(cx).await?);
    CALENDARS.write().unwrap_or_else(PoisonError::into_inner).insert(tenant, (version, calendar.clone()));
    Ok(calendar)
}

async fn build(cx: &mut Cx) -> Result<WorkCalendar> {
    let tenant = cx.tenant().uuid();
    let place = sqlx::query!(
        r#"select timezone as "timezone!", config #> '{place,office_hours}' as "hours!"
           from tenants where id = $1"#,
        tenant
    )
    .fetch_one(cx.conn())
    .await?;
    let zone = TimeZone::get(&place.timezone).map_err(Error::internal)?;
    let mut hours: OfficeHours = serde_json::from_value(place.hours).map_err(Error::internal)?;
    if days(&hours).iter().all(|day| day.is_none()) {
        let today = cx.now().to_zoned(zone.clone()).date();
        let rule = rules::on(cx, HOURS, today).await?;
        let day = |name: &str| rule.get(name).and_then(|text| text.as_str()).map(str::to_owned);
        hours = OfficeHours {
            mon: day("mon"),
            tue: day("tue"),
            wed: day("wed"),
            thu: day("thu"),
            fri: day("fri"),
            sat: day("sat"),
            sun: day("sun"),
            ..OfficeHours::default()
        };
    }
    let mut years: BTreeMap<i16, YearDays> = BTreeMap::new();
    for version in rules::versions(cx, HOLIDAYS).await? {
        let days: YearDays = serde_json::from_value(version.values.clone()).map_err(|error| {
            Error::internal(format!("rule {HOLIDAYS} version {}: {error}", version.version))
        })?;
        // A version that was closed within its year speaks only for its own days.
        let year = years.entry(version.valid_from.year()).or_default();
        year.holidays.extend(days.holidays.into_iter().filter(|day| version.covers(day.date)));
        year.make_up.extend(days.make_up.into_iter().filter(|day| version.covers(day.date)));
    }
    WorkCalendar::new(zone, week(&hours)?, years).map_err(Error::internal)
}

const fn days(hours: &OfficeHours) -> [&Option<String>; 7] {
    [&hours.mon, &hours.tue, &hours.wed, &hours.thu, &hours.fri, &hours.sat, &hours.sun]
}

/// The week of a pack: `"07:30-11:30,13:00-17:00"` for a day, nothing for a rest day.
pub fn week(hours: &OfficeHours) -> Result<WeekHours> {
    let mut week: [Vec<Opening>; 7] = Default::default();
    for (openings, text) in week.iter_mut().zip(days(hours)) {
        if let Some(text) = text {
            *openings = day(text)?;
        }
    }
    WeekHours::new(week).map_err(Error::internal)
}

fn day(text: &str) -> Result<Vec<Opening>> {
    let bad = || Error::internal(format!("office hours are not written as 07:30-11:30,13:00-17:00: {text}"));
    let time = |text: &str| text.trim().parse::<Time>().map_err(|_| bad());
    text.split(',')
        .filter(|part| !part.trim().is_empty())
        .map(|part| {
            let (start, end) = part.split_once('-').ok_or_else(bad)?;
            Ok(Opening { start: time(start)?, end: time(end)? })
        })
        .collect()
}

/// `span` of working time after `from`, with what is not certain on the way.
pub async fn reckon_working(
    cx: &mut Cx,
    from: Timestamp,
    span: SignedDuration,
) -> Result<Reckoned<Timestamp>> {
    Ok(of(cx).await?.add_working_time(from, span))
}

/// `span` of working time after `from`. A day on the way that nobody has verified goes to the log:
/// a due time must be given all the same.
pub async fn add_working(cx: &mut Cx, from: Timestamp, span: SignedDuration) -> Result<Timestamp> {
    let reckoned = reckon_working(cx, from, span).await?;
    if let Some(doubt) = reckoned.doubt {
        tracing::warn!(tenant = %cx.tenant(), ?doubt, "a due time leans on a day that is not verified");
    }
    Ok(reckoned.value)
}

/// `"07:30-11:30,13:00-17:00"` a weekday; a missing day is closed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeHours {
    pub mon: Option<String>,
    pub tue: Option<String>,
    pub wed: Option<String>,
    pub thu: Option<String>,
    pub fri: Option<String>,
    pub sat: Option<String>,
    pub sun: Option<String>,
    /// The one-stop desk only; does not count in deadlines.
    pub sat_one_stop: Option<String>,
    #[serde(default)]
    pub verified: bool,
    pub citation: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{Weekday, time};

    #[test]
    fn the_hours_of_a_pack_are_read() {
        let hours = OfficeHours {
            mon: Some("07:30-11:30, 13:00-17:00".into()),
            sat: Some("07:30-11:30".into()),
            ..OfficeHours::default()
        };
        let week = week(&hours).unwrap();
        let afternoon = Opening { start: time(13, 0, 0, 0), end: time(17, 0, 0, 0) };
        assert_eq!(week.on(Weekday::Monday)[1], afternoon);
        assert_eq!(week.on(Weekday::Saturday).len(), 1);
        assert!(week.on(Weekday::Sunday).is_empty());
    }

    #[test]
    fn hours_that_cannot_be_are_refused() {
        for text in ["7h30", "07:30", "11:30-07:30", "07:30-11:30,11:00-17:00", "25:00-26:00"] {
            let hours = OfficeHours { mon: Some(text.into()), ..OfficeHours::default() };
            assert!(week(&hours).is_err(), "{text}");
        }
        assert!(week(&OfficeHours::default()).is_err());
    }
}
