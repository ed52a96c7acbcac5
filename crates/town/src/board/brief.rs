//! The brief of 07:00 and 17:00: five figures with their change since the brief before, who is
//! late, which directives are overdue. It is kept unit by unit, with the names of that day, so
//! that it can be opened years later as it was, by each reader for the units he may see.

use super::{
    figures::days_before,
    happened,
    model::Band,
    now,
    opens::{List, Opens},
    view::View,
};
use async_trait::async_trait;
use duty::{permissions::Action, units};
use jiff::{Timestamp, Zoned, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{Error, MatterId, Result, TicketId, UnitId};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use store::{
    Cx, Event, Timer, Topic,
    timers::{Due, OnTimer},
};

/// The two briefs of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    Morning,
    Evening,
}

impl Slot {
    pub const fn hour(self) -> i8 {
        match self {
            Self::Morning => 7,
            Self::Evening => 17,
        }
    }

    fn of_hour(hour: i16) -> Option<Self> {
        [Self::Morning, Self::Evening].into_iter().find(|slot| i16::from(slot.hour()) == hour)
    }

    /// The brief last due at a moment.
    fn last_due(at: &Zoned) -> (Date, Self) {
        let (day, hour) = (at.date(), at.hour());
        if hour >= Self::Evening.hour() {
            (day, Self::Evening)
        } else if hour >= Self::Morning.hour() {
            (day, Self::Morning)
        } else {
            (days_before(day, 1), Self::Evening)
        }
    }

    fn next(self, day: Date) -> (Date, Self) {
        match self {
            Self::Morning => (day, Self::Evening),
            Self::Evening => (day.saturating_add(jiff::Span::new().days(1)), Self::Morning),
        }
    }
}

/// What a unit's line holds, and the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// Cases that became F0s since the brief before.
    pub f0: i64,
    /// Emergencies that nobody has accepted.
    pub ringing: i64,
    pub open: i64,
    pub overdue: i64,
    /// Calls missed since the brief before.
    pub missed: i64,
}

impl std::ops::AddAssign for Value {
    fn add_assign(&mut self, other: Self) {
        self.f0 += other.f0;
        self.ringing += other.ringing;
        self.open += other.open;
        self.overdue += other.overdue;
        self.missed += other.missed;
    }
}

/// A unit that has something to tell. The unit of zeros stands for organisations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BriefUnit {
    pub unit: UnitId,
    pub name: String,
    pub name_en: String,
    pub value: Value,
    /// In the brief before; `None` when that was the first.
    pub before: Option<Value>,
}

/// A unit with late tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BriefLate {
    pub unit: UnitId,
    pub name: String,
    pub name_en: String,
    pub late: i64,
    pub oldest_due: Option<Timestamp>,
}

/// A directive past its due time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BriefDirective {
    pub ticket: TicketId,
    pub matter: MatterId,
    pub code: String,
    pub unit: Option<UnitId>,
    pub name: String,
    pub name_en: String,
    pub due_at: Timestamp,
}

/// A brief as its reader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    pub day: Date,
    /// `None` for a brief made on demand.
    pub slot: Option<Slot>,
    pub made_at: Timestamp,
    /// Since when F0 and missed calls are counted: the brief before, or the day's first minute.
    pub since: Timestamp,
    pub units: Vec<BriefUnit>,
    /// The most late first.
    pub late: Vec<BriefLate>,
    /// The oldest first.
    pub directives: Vec<BriefDirective>,
    /// What stood open when it was made; `None` when that was too much to keep, and in briefs of old.
    #[serde(default)]
    pub stood: Option<Vec<BriefTicket>>,
}

/// A ticket that stood open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BriefTicket {
    pub ticket: TicketId,
    pub unit: UnitId,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ringing: bool,
}

/// How many open tickets a brief keeps by themselves.
const STOOD: i64 = 5000;

impl Brief {
    /// The five figures over all units of the reader.
    pub fn whole(&self) -> Value {
        let mut whole = Value::default();
        self.units.iter().for_each(|unit| whole += unit.value);
        whole
    }

    /// The same figures in the brief before; `None` when there was none.
    pub fn before(&self) -> Option<Value> {
        let mut whole = None;
        for before in self.units.iter().filter_map(|unit| unit.before) {
            *whole.get_or_insert_with(Value::default) += before;
        }
        whole
    }

    fn limited_to(mut self, view: &View) -> Self {
        self.units.retain(|line| view.covers(line.unit));
        self.late.retain(|line| view.covers(line.unit));
        self.directives.retain(|line| line.unit.is_none_or(|unit| view.covers(unit)));
        if let Some(stood) = &mut self.stood {
            stood.retain(|line| view.covers(line.unit));
        }
        self
    }
}

/// A brief in the list of those kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    pub day: Date,
    pub slot: Slot,
    pub made_at: Timestamp,
}

/// The brief of one morning or evening as it was made. `NotFound` when there is none.
pub async fn brief(cx: &mut Cx, day: Date, slot: Slot) -> Result<Brief> {
    let tree = units::tree(cx).await?;
    let view = View::of(cx, &tree, Action::BriefSee, None)?;
    Ok(load(cx, day, slot).await?.ok_or(Error::NotFound)?.limited_to(&view))
}

/// A brief of this moment; it is not kept.
pub async fn brief_now(cx: &mut Cx) -> Result<Brief> {
    let tree = units::tree(cx).await?;
    let view = View::of(cx, &tree, Action::BriefSee, None)?;
    let today = units::today(cx).await?;
    Ok(make(cx, today, None).await?.limited_to(&view))
}

/// The briefs kept, the newest first.
pub async fn briefs(cx: &mut Cx, limit: i64) -> Result<Vec<Kept>> {
    let tree = units::tree(cx).await?;
    View::of(cx, &tree, Action::BriefSee, None)?;
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select day, hour, made_at from board_briefs where tenant_id = $1 order by day desc, hour desc limit $2",
        tenant,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Kept {
                day: row.day.to_jiff(),
                slot: Slot::of_hour(row.hour)?,
                made_at: row.made_at.to_jiff(),
            })
        })
        .collect())
}

/// The tickets of a kept brief that one of its figures counts, of the units a list asks for.
pub(super) async fn stood(
    cx: &mut Cx,
    day: Date,
    slot: Slot,
    opens: &Opens,
    asked: &View,
) -> Result<Vec<TicketId>> {
    let stood = brief(cx, day, slot).await?.stood.ok_or(Error::NotFound)?;
    let counts = |line: &BriefTicket| match (opens.list, opens.band) {
        (List::Ringing, _) => line.ringing,
        (List::Open, Some(Band::Late)) => line.late,
        (List::Open, None) => true,
        _ => false,
    };
    let lines = stood.into_iter().filter(|line| counts(line) && asked.covers(line.unit));
    Ok(lines.map(|line| line.ticket).collect())
}

async fn load(cx: &mut Cx, day: Date, slot: Slot) -> Result<Option<Brief>> {
    let tenant = cx.tenant().uuid();
    let body = sqlx::query_scalar!(
        "select body from board_briefs where tenant_id = $1 and day = $2 and hour = $3",
        tenant,
        day.to_sqlx(),
        i16::from(slot.hour())
    )
    .fetch_optional(cx.conn())
    .await?;
    body.map(|body| serde_json::from_value(body).map_err(Error::internal)).transpose()
}

/// The brief kept last.
async fn last(cx: &mut Cx) -> Result<Option<Brief>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let body: Option<Json> = sqlx::query_scalar!(
        "select body from board_briefs where tenant_id = $1 and made_at <= $2 order by day desc, hour desc limit 1",
        tenant,
        now.to_sqlx()
    )
    .fetch_optional(cx.conn())
    .await?;
    body.map(|body| serde_json::from_value(body).map_err(Error::internal)).transpose()
}

/// Everything in the tenant, as the program itself sees it.
async fn make(cx: &mut Cx, day: Date, slot: Option<Slot>) -> Result<Brief> {
    let (tree, zone) = (units::tree(cx).await?, units::timezone(cx).await?);
    let whole = View { units: None };
    let now_at = cx.now();
    let today = now_at.to_zoned(zone.clone()).date();
    let before = last(cx).await?;
    let midnight = today.to_zoned(zone).map_err(Error::internal)?.timestamp();
    let since = before.as_ref().map_or(midnight, |before| before.made_at);
    let name = |unit: UnitId| {
        let known = tree.get(unit);
        (
            known.map(|unit| unit.name.clone()).unwrap_or_default(),
            known.map(|unit| unit.name_en.clone()).unwrap_or_default(),
        )
    };
    let mut values: BTreeMap<UnitId, Value> = BTreeMap::new();
    for (ward, n) in happened::f0_between(cx, &whole, (since, now_at)).await? {
        values.entry(ward).or_default().f0 = n;
    }
    for (unit, n) in happened::missed_between(cx, &whole, (since, now_at)).await? {
        values.entry(unit).or_default().missed = n;
    }
    for (unit, n) in now::ringing_by_unit(cx, &whole).await? {
        values.entry(unit).or_default().ringing = n;
    }
    let mut late = Vec::new();
    for (unit, open) in now::open(cx, &whole, now_at).await? {
        let value = values.entry(unit).or_default();
        (value.open, value.overdue) = (open.bands.total(), open.bands.late);
        if open.bands.late > 0 {
            let (name, name_en) = name(unit);
            late.push(BriefLate { unit, name, name_en, late: open.bands.late, oldest_due: open.oldest_due });
        }
    }
    late.sort_by_key(|line| (-line.late, line.oldest_due, line.unit));
    let known_before: BTreeMap<UnitId, Value> =
        before.iter().flat_map(|before| &before.units).map(|line| (line.unit, line.value)).collect();
    for unit in known_before.keys() {
        values.entry(*unit).or_default();
    }
    let units = values
        .into_iter()
        .map(|(unit, value)| {
            let (name, name_en) = name(unit);
            let before = before.as_ref().map(|_| known_before.get(&unit).copied().unwrap_or_default());
            BriefUnit { unit, name, name_en, value, before }
        })
        // A unit that had nothing before and has nothing now says nothing.
        .filter(|line| {
            line.value != Value::default() || line.before.is_some_and(|before| before != Value::default())
        })
        .collect();
    let directives = now::directives_overdue(cx, &whole, now_at, 500)
        .await?
        .into_iter()
        .map(|line| {
            let (name, name_en) = line.unit.map(name).unwrap_or_default();
            BriefDirective {
                ticket: line.ticket,
                matter: line.matter,
                code: line.code,
                unit: line.unit,
                name,
                name_en,
                due_at: line.due_at,
            }
        })
        .collect();
    let stood = now::standing(cx, now_at, STOOD + 1).await?;
    let stood = (stood.len() as i64 <= STOOD).then(|| {
        let kept = |line: now::Standing| BriefTicket {
            ticket: line.ticket,
            unit: line.unit,
            late: line.late,
            ringing: line.ringing,
        };
        stood.into_iter().map(kept).collect()
    });
    Ok(Brief { day, slot, made_at: now_at, since, units, late, directives, stood })
}

const KIND: &str = "board.brief";

/// Sees to it that the next brief of the tenant will be made: at the start of a process and after a
/// tenant was made. Arming again moves nothing.
pub async fn arm_brief(cx: &mut Cx) -> Result<()> {
    let zone = units::timezone(cx).await?;
    let (day, slot) = Slot::last_due(&cx.now().to_zoned(zone));
    // One that fell due while nothing ran is still made, once: the timer for it has waited.
    let tenant = cx.tenant().uuid();
    let waiting = sqlx::query_scalar!(
        r#"select exists (select from timers where tenant_id = $1 and kind = $2 and object_id = $1) as "waiting!""#,
        tenant,
        KIND
    )
    .fetch_one(cx.conn())
    .await?;
    if waiting { Ok(()) } else { arm_after(cx, day, slot).await }
}

async fn arm_after(cx: &mut Cx, day: Date, slot: Slot) -> Result<()> {
    let zone = units::timezone(cx).await?;
    let (day, slot) = slot.next(day);
    let at = day.at(slot.hour(), 0, 0, 0).to_zoned(zone).map_err(Error::internal)?.timestamp();
    cx.arm(Timer { kind: KIND, object: cx.tenant().uuid(), generation: 0, fire_at: at });
    Ok(())
}

/// The handler of `board.brief`.
pub struct BriefTimer;

#[async_trait]
impl OnTimer for BriefTimer {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()> {
        if due.is_empty() {
            return Ok(());
        }
        let zone = units::timezone(cx).await?;
        // After a long pause only the brief due last is made: earlier ones would show its numbers.
        let (day, slot) = Slot::last_due(&cx.now().to_zoned(zone));
        if load(cx, day, slot).await?.is_none() {
            let brief = make(cx, day, Some(slot)).await?;
            keep(cx, &brief, slot).await?;
        }
        arm_after(cx, day, slot).await
    }
}

async fn keep(cx: &mut Cx, brief: &Brief, slot: Slot) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let body = serde_json::to_value(brief).map_err(Error::internal)?;
    sqlx::query!(
        "insert into board_briefs (tenant_id, day, hour, made_at, body) values ($1, $2, $3, $4, $5)",
        tenant,
        brief.day.to_sqlx(),
        i16::from(slot.hour()),
        brief.made_at.to_sqlx(),
        body
    )
    .execute(cx.conn())
    .await?;
    let whole = brief.whole();
    cx.record(Event::new("board.briefed", tenant).data(json!({
        "day": brief.day, "slot": slot, "f0": whole.f0, "ringing": whole.ringing, "open": whole.open,
        "overdue": whole.overdue, "missed": whole.missed,
    })));
    cx.tell(Topic::screen("board"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{civil::date, tz::TimeZone};

    #[test]
    fn the_brief_last_due_and_the_one_after_it() {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        let at = |text: &str| Slot::last_due(&text.parse::<Timestamp>().unwrap().to_zoned(zone.clone()));
        let (friday, saturday) = (date(2021, 9, 24), date(2021, 9, 25));
        assert_eq!(at("2021-09-24T23:59:59Z"), (friday, Slot::Evening));
        assert_eq!(at("2021-09-25T00:00:00Z"), (saturday, Slot::Morning));
        assert_eq!(at("2021-09-25T09:59:59Z"), (saturday, Slot::Morning));
        assert_eq!(at("2021-09-25T10:00:00Z"), (saturday, Slot::Evening));
        assert_eq!(Slot::Morning.next(saturday), (saturday, Slot::Evening));
        assert_eq!(Slot::Evening.next(friday), (saturday, Slot::Morning));
    }
}
