//! The daily report that a steering committee reads, and its keeping.

use super::{
    beds::{self, Beds, House},
    measure::{Measure, Values},
    stocks::{self, Stock},
    table::{self, Numbers, days_before},
};
use async_trait::async_trait;
use duty::{
    permissions::{Action, Permit, Scope},
    units::{self, Tree, UnitKind},
};
use jiff::{
    SignedDuration, Span, Timestamp, Zoned,
    civil::{Date, Time},
};
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, StaffId, UnitId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Cx, Event, Timer, Topic,
    timers::{self, Due, OnTimer},
};

/// When the report of the day before is kept: a quarter past midnight, once everything of it is counted.
const KEPT_AT: Time = Time::constant(0, 15, 0, 0);
/// How soon it is tried again while something waits to be counted, and how often: for half a day, which
/// nothing but a broken counter takes.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);
const MOST_TRIES: i32 = 720;
/// Days of a mean.
const WEEK: i64 = 7;
/// Cases are told for so many people.
const PER: i64 = 100_000;

/// One line of the report: a ward, or the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// `None` is the whole, or the rest.
    pub ward: Option<UnitId>,
    /// Of wards that are none of today: with it the lines add up to the whole.
    #[serde(default)]
    pub rest: bool,
    pub name: String,
    pub name_en: String,
    pub population: Option<i64>,
    pub day: Values,
    pub before: Values,
    /// F0s of the seven days up to this one.
    pub week: i64,
}

impl Line {
    /// How much more there is than the day before.
    pub fn change(&self, measure: Measure) -> i64 {
        self.day.of(measure) - self.before.of(measure)
    }

    /// F0s a day over the seven days, in tenths.
    pub const fn mean_tenths(&self) -> i64 {
        (self.week * 10 + WEEK / 2) / WEEK
    }

    /// F0s of the seven days for each 100,000 people, in tenths; `None` where nobody knows how many live
    /// there.
    pub fn per_100k_tenths(&self) -> Option<i64> {
        let population = self.population.filter(|n| *n > 0)?;
        Some((self.week * PER * 10 + population / 2) / population)
    }
}

/// The report of a day. Everything a page, a workbook or a printed paper shows stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub day: Date,
    pub made_at: Timestamp,
    /// Who kept it; `None` where the program did, and for one that is not kept.
    pub made_by: Option<StaffId>,
    /// It stays as it is; one that is not kept shows the numbers of this moment.
    #[serde(default)]
    pub kept: bool,
    /// The day was not over: numbers up to `made_at` only.
    #[serde(default)]
    pub provisional: bool,
    /// By ward.
    pub lines: Vec<Line>,
    pub whole: Line,
    pub beds: Vec<House>,
    #[serde(default)]
    pub stocks: Vec<Stock>,
}

impl Report {
    /// The beds of all houses.
    pub fn all_beds(&self) -> Beds {
        let mut all = Beds::default();
        self.beds.iter().for_each(|house| all += house.beds);
        all
    }

    /// What a reader sees who sees these wards only: their lines, and the beds and stocks of the units that
    /// `lie` in them.
    fn limited_to(mut self, seen: Option<&[UnitId]>, lie: impl Fn(UnitId) -> Option<UnitId>) -> Self {
        let Some(seen) = seen else { return self };
        let near = |unit: UnitId| lie(unit).is_some_and(|ward| seen.contains(&ward));
        self.beds.retain(|house| near(house.unit));
        self.stocks.retain(|stock| near(stock.unit));
        self.lines.retain(|line| line.ward.is_some_and(|ward| seen.contains(&ward)));
        let mut whole =
            Line { ward: None, name: self.whole.name, name_en: self.whole.name_en, ..Line::default() };
        for line in &self.lines {
            whole.day += &line.day;
            whole.before += &line.before;
            whole.week += line.week;
        }
        whole.population = self.lines.iter().map(|line| line.population).sum();
        self.whole = whole;
        self
    }
}

/// The report of a day: the whole of it as it was kept, or else with the numbers of this moment. While the
/// day runs it is provisional, and as it was kept when somebody has kept it so.
///
/// Errors: `NotFound` for who sees no board, and for a day that has not come.
pub async fn report(cx: &mut Cx, day: Date) -> Result<Report> {
    let tree = units::tree(cx).await?;
    let seen = table::seen(cx, &tree)?;
    let today = units::today(cx).await?;
    if day > today {
        return Err(Error::NotFound);
    }
    let whole = match load(cx, day, day == today).await? {
        Some(kept) => kept,
        None => make(cx, &tree, day).await?,
    };
    Ok(limited(whole, &tree, seen.as_deref()))
}

/// The provisional report of a day as somebody kept it before the day was over.
///
/// Errors: `NotFound` for who sees no board, and where nobody has kept one.
pub async fn provisional(cx: &mut Cx, day: Date) -> Result<Report> {
    let tree = units::tree(cx).await?;
    let seen = table::seen(cx, &tree)?;
    let kept = load(cx, day, true).await?.ok_or(Error::NotFound)?;
    Ok(limited(kept, &tree, seen.as_deref()))
}

fn limited(report: Report, tree: &Tree, seen: Option<&[UnitId]>) -> Report {
    report.limited_to(seen, |unit| tree.get(unit).and_then(|unit| unit.ward))
}

/// The days whose reports are kept, the newest first, with the moment of each.
pub async fn reports(cx: &mut Cx, limit: i64) -> Result<Vec<(Date, Timestamp)>> {
    let tree = units::tree(cx).await?;
    table::seen(cx, &tree)?;
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select distinct on (day) day, made_at from daily_reports where tenant_id = $1
         order by day desc, provisional limit $2",
        tenant,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.day.to_jiff(), row.made_at.to_jiff())).collect())
}

/// Keeps the report of today as it is now, provisionally: the whole day is kept by itself once it is over.
///
/// Errors: `Forbidden`; Conflict `error-daily-kept`.
pub async fn freeze(cx: &mut Cx) -> Result<Date> {
    cx.permit(Action::NumbersFreeze, Scope::Tenant)?;
    let today = units::today(cx).await?;
    if keep(cx, today, true).await? { Ok(today) } else { Err(Error::Conflict("error-daily-kept")) }
}

/// Keeps the report of a day; false where it is kept.
async fn keep(cx: &mut Cx, day: Date, provisional: bool) -> Result<bool> {
    let tree = units::tree(cx).await?;
    let report = make(cx, &tree, day).await?;
    let kept = Report { kept: true, provisional, made_by: cx.actor.staff_id(), ..report };
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let added = sqlx::query!(
        "insert into daily_reports (tenant_id, day, provisional, made_at, made_by, body)
         values ($1, $2, $6, $3, $4, $5) on conflict (tenant_id, day, provisional) do nothing",
        tenant,
        day.to_sqlx(),
        now,
        kept.made_by.map(StaffId::uuid),
        serde_json::to_value(&kept).map_err(Error::internal)?,
        provisional
    )
    .execute(cx.conn())
    .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    let of = |measure| kept.whole.day.of(measure);
    cx.record(Event::new("numbers.kept", tenant).data(json!({
        "day": day, "f0": of(Measure::F0), "in_care": kept.whole.day.in_care(), "severe": of(Measure::Severe),
        "died": of(Measure::Died), "provisional": provisional,
    })));
    cx.tell(Topic::screen("board"));
    Ok(true)
}

async fn load(cx: &mut Cx, day: Date, provisional: bool) -> Result<Option<Report>> {
    let tenant = cx.tenant().uuid();
    let body = sqlx::query_scalar!(
        "select body from daily_reports where tenant_id = $1 and day = $2 and provisional = $3",
        tenant,
        day.to_sqlx(),
        provisional
    )
    .fetch_optional(cx.conn())
    .await?;
    let Some(body) = body else { return Ok(None) };
    let report: Report = serde_json::from_value(body).map_err(Error::internal)?;
    // One of before there were two of a day says nothing of it itself.
    Ok(Some(Report { provisional, ..report }))
}

/// Everything in the tenant, as the program itself counts it.
async fn make(cx: &mut Cx, tree: &Tree, day: Date) -> Result<Report> {
    let (now, zone) = (cx.now(), units::timezone(cx).await?);
    let numbers = table::all(cx, days_before(day, 7), day).await?;
    let night = day.saturating_add(Span::new().days(1)).to_zoned(zone).map_err(Error::internal)?.timestamp();
    let lines: Vec<Line> = numbers
        .wards
        .iter()
        .filter_map(|ward| {
            let unit = tree.get(*ward)?;
            let population = unit.place.as_ref().and_then(|place| place.population).map(i64::from);
            Some(Line {
                ward: Some(*ward),
                // A ward as a place, not its committee.
                name: unit.short.clone(),
                name_en: unit.name_en.clone(),
                population,
                ..line(&numbers, Some(*ward))
            })
        })
        .collect();
    let whole = whole(tree, &numbers, &lines);
    let lines = lines.iter().cloned().chain(rest(&whole, &lines)).collect();
    Ok(Report {
        day,
        made_at: now,
        made_by: None,
        kept: false,
        provisional: now < night,
        lines,
        whole,
        beds: beds::known(cx, tree, now.min(night)).await?,
        stocks: stocks::stocks(cx, tree).await?,
    })
}

/// The numbers of a line; the last day of `numbers` is the report's.
fn line(numbers: &Numbers, ward: Option<UnitId>) -> Line {
    let last = numbers.days.len().saturating_sub(1);
    let f0 = ward.map_or_else(|| numbers.whole(Measure::F0), |ward| numbers.series(ward, Measure::F0));
    Line {
        day: numbers.on(ward, last),
        before: last.checked_sub(1).map(|before| numbers.on(ward, before)).unwrap_or_default(),
        week: f0.iter().rev().take(WEEK as usize).sum(),
        ..Line::default()
    }
}

fn whole(tree: &Tree, numbers: &Numbers, lines: &[Line]) -> Line {
    let district = tree.iter().find(|unit| unit.kind == UnitKind::Committee);
    let told = district.and_then(|unit| unit.place.as_ref()?.population).map(i64::from);
    let wards: Option<i64> = lines.iter().map(|line| line.population).sum();
    Line {
        name: district.map(|unit| unit.name.clone()).unwrap_or_default(),
        name_en: district.map(|unit| unit.name_en.clone()).unwrap_or_default(),
        population: told.or(wards.filter(|_| !lines.is_empty())),
        ..line(numbers, None)
    }
}

/// What the whole has beyond its wards; `None` where they add up to it.
fn rest(whole: &Line, lines: &[Line]) -> Option<Line> {
    let mut rest = Line { rest: true, week: whole.week, ..Line::default() };
    rest.week -= lines.iter().map(|line| line.week).sum::<i64>();
    for measure in Measure::ALL {
        let day: i64 = lines.iter().map(|line| line.day.of(*measure)).sum();
        let before: i64 = lines.iter().map(|line| line.before.of(*measure)).sum();
        if whole.day.of(*measure) != day {
            rest.day.set(*measure, whole.day.of(*measure) - day);
        }
        if whole.before.of(*measure) != before {
            rest.before.set(*measure, whole.before.of(*measure) - before);
        }
    }
    let nothing = Line { rest: true, ..Line::default() };
    (rest != nothing).then_some(rest)
}

const KIND: &str = "numbers.report";

/// The day whose report was due last, and the day on which the next one is.
fn due(at: &Zoned) -> (Date, Date) {
    let today = at.date();
    if at.time() >= KEPT_AT {
        (days_before(today, 1), today.saturating_add(Span::new().days(1)))
    } else {
        (days_before(today, 2), today)
    }
}

/// Sees to it that the next report of the tenant will be kept: at the start of a process and after a
/// tenant was made. Arming again moves nothing.
pub async fn arm(cx: &mut Cx) -> Result<()> {
    if timers::is_armed(cx, KIND, cx.tenant().uuid()).await? { Ok(()) } else { arm_next(cx).await }
}

async fn arm_next(cx: &mut Cx) -> Result<()> {
    let zone = units::timezone(cx).await?;
    let (_, next) = due(&cx.now().to_zoned(zone.clone()));
    let fire_at = next.to_datetime(KEPT_AT).to_zoned(zone).map_err(Error::internal)?.timestamp();
    cx.arm(Timer { kind: KIND, object: cx.tenant().uuid(), generation: 0, fire_at });
    Ok(())
}

/// The handler of `numbers.report`.
pub struct MakeReport;

#[async_trait]
impl OnTimer for MakeReport {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, cx: &mut Cx, due_now: &[Due]) -> Result<()> {
        if due_now.is_empty() {
            return Ok(());
        }
        // After a pause the last hours of the day may wait to be counted; what is kept stays as it is.
        let tries = due_now.iter().map(|due| due.generation).max().unwrap_or(0);
        if table::behind(cx).await? > 0 && tries < MOST_TRIES {
            let fire_at = cx.now() + AGAIN;
            cx.arm(Timer { kind: KIND, object: cx.tenant().uuid(), generation: tries + 1, fire_at });
            return Ok(());
        }
        let zone = units::timezone(cx).await?;
        // After a long pause only the report due last is kept.
        let (day, _) = due(&cx.now().to_zoned(zone));
        keep(cx, day, false).await?;
        arm_next(cx).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{civil::date, tz::TimeZone};

    #[test]
    fn means_and_shares_are_rounded_to_tenths_and_unknown_where_nobody_counted_people() {
        let line = Line { week: 25, population: Some(36_572), ..Line::default() };
        // 25 / 7 = 3.57…; 25 of 36,572 are 68.36 of 100,000.
        assert_eq!((line.mean_tenths(), line.per_100k_tenths()), (36, Some(684)));
        assert_eq!(Line { week: 25, ..Line::default() }.per_100k_tenths(), None);
        assert_eq!(Line::default().mean_tenths(), 0);
    }

    #[test]
    fn a_reader_of_one_ward_has_its_sum_as_the_whole() {
        let ward = |n: u128, week| Line {
            ward: Some(UnitId(uuid::Uuid::from_u128(n))),
            population: (n == 1).then_some(1000),
            week,
            ..Line::default()
        };
        let unit = |n: u128| UnitId(uuid::Uuid::from_u128(n));
        let house = |n| House {
            unit: unit(n),
            name: String::new(),
            name_en: String::new(),
            at: Timestamp::UNIX_EPOCH,
            beds: Beds::default(),
        };
        let stock = |n| Stock {
            unit: unit(n),
            name: String::new(),
            name_en: String::new(),
            item: "bag_a".into(),
            n: 1,
        };
        let report = Report {
            day: date(2021, 9, 25),
            made_at: Timestamp::UNIX_EPOCH,
            made_by: None,
            kept: true,
            provisional: false,
            lines: vec![ward(1, 3), ward(2, 4)],
            whole: Line { week: 7, ..Line::default() },
            beds: [11, 12].map(house).to_vec(),
            stocks: [11, 12].map(stock).to_vec(),
        };
        let text = serde_json::to_value(&report).unwrap();
        assert_eq!(serde_json::from_value::<Report>(text).unwrap(), report);
        let one = [UnitId(uuid::Uuid::from_u128(1))];
        // A house of the first ward and one of the district.
        let lie = |unit: UnitId| (unit.uuid().as_u128() == 11).then_some(one[0]);
        let seen = report.clone().limited_to(Some(&one), lie);
        assert_eq!((seen.lines.len(), seen.whole.week, seen.whole.population), (1, 3, Some(1000)));
        let units = |report: &Report| {
            let beds = report.beds.iter().map(|house| house.unit.uuid().as_u128());
            beds.chain(report.stocks.iter().map(|stock| stock.unit.uuid().as_u128())).collect::<Vec<_>>()
        };
        assert_eq!((units(&seen), units(&report)), (vec![11, 11], vec![11, 12, 11, 12]));
        assert_eq!(report.clone().limited_to(None, lie), report);
        let both = [one[0], UnitId(uuid::Uuid::from_u128(2))];
        assert_eq!(report.limited_to(Some(&both), lie).whole.population, None, "one of them is not known");
    }

    #[test]
    fn the_lines_add_up_to_the_whole() {
        let line = |f0, week| {
            let mut line = Line { week, ..Line::default() };
            line.day.set(Measure::F0, f0);
            line
        };
        let lines = [line(2, 5), line(1, 1)];
        assert_eq!(rest(&line(3, 6), &lines), None);
        // A ward that has passed into another since.
        let beyond = rest(&line(4, 9), &lines).unwrap();
        assert_eq!((beyond.day.of(Measure::F0), beyond.week, beyond.rest), (1, 3, true));
    }

    #[test]
    fn the_report_due_last_and_the_next() {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        let at = |text: &str| due(&text.parse::<Timestamp>().unwrap().to_zoned(zone.clone()));
        let day = |day| date(2021, 9, day);
        // A quarter past midnight of the 25th there.
        assert_eq!(at("2021-09-24T17:14:59Z"), (day(23), day(25)));
        assert_eq!(at("2021-09-24T17:15:00Z"), (day(24), day(26)));
        assert_eq!(at("2021-09-25T16:59:59Z"), (day(24), day(26)));
    }
}
