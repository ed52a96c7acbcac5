//! The board's figures, each with the list that it opens.

use super::{
    counters, fold,
    model::{Band, Bands, Metric, Times},
    now::{self, DirectiveLine, RingingLine},
    opens::{List, Opens},
    view::View,
};
use duty::{permissions::Action, tickets::Severity, units};
use jiff::{Timestamp, civil::Date};
use kernel::{Error, Result, UnitId};
use std::collections::BTreeMap;
use store::{Cx, ledger, subscriptions};

/// Everything on the board at one moment. Lines name units by id; the unit of zeros stands for
/// organisations outside the tree.
#[derive(Clone, Debug)]
pub struct Figures {
    pub at: Timestamp,
    /// Today in the district.
    pub today: Date,
    /// Sealed events that the counters do not hold yet: above some hundreds the board lags.
    pub behind: i64,
    pub ringing: Ringing,
    pub f0: F0,
    pub open: Bands,
    pub open_opens: Opens,
    /// By unit, whoever is late the most first.
    pub open_units: Vec<OpenLine>,
    /// Open tickets past their due time.
    pub overdue: i64,
    pub overdue_opens: Opens,
    pub accepts_today: Accepts,
    /// Emergencies accepted today.
    pub accepts_opens: Opens,
    /// The last seven days, today included.
    pub accepts_week: Accepts,
    /// Calls missed in the last seven days by unit called, the most first.
    pub missed: Vec<MissedLine>,
    pub missed_today: i64,
    pub missed_week: i64,
    pub missed_opens: Opens,
    pub directives: Directives,
}

/// What rings now.
#[derive(Clone, Debug)]
pub struct Ringing {
    pub total: i64,
    /// The longest waiting first, at most [`RINGING_SHOWN`].
    pub lines: Vec<RingingLine>,
    pub opens: Opens,
}

/// How many ringing tickets stand by themselves.
pub const RINGING_SHOWN: i64 = 500;
/// How many late directives stand by themselves.
const DIRECTIVES_SHOWN: i64 = 500;
/// Days of the small line beside a figure.
const SERIES_DAYS: i8 = 14;
const WEEK_DAYS: i8 = 7;

/// Cases that became F0s.
#[derive(Clone, Debug)]
pub struct F0 {
    /// Today so far.
    pub today: i64,
    /// The whole of yesterday.
    pub yesterday: i64,
    /// The days of `series`, today last.
    pub days: Vec<Date>,
    pub series: Vec<i64>,
    /// Every ward of the board, by code.
    pub wards: Vec<F0Ward>,
    pub opens: Opens,
}

#[derive(Clone, Debug)]
pub struct F0Ward {
    pub ward: UnitId,
    pub today: i64,
    pub yesterday: i64,
    pub series: Vec<i64>,
    pub opens: Opens,
}

#[derive(Clone, Debug)]
pub struct OpenLine {
    pub unit: UnitId,
    pub bands: Bands,
    /// Since when its oldest late ticket is due.
    pub oldest_due: Option<Timestamp>,
    pub opens: Opens,
}

impl OpenLine {
    /// The list behind one band of the line.
    pub fn opens_band(&self, band: Band) -> Opens {
        self.opens.clone().band(band)
    }
}

/// Time from the news until somebody accepted, whichever level he stood on. Median and ninetieth
/// percent in seconds, at most 2.5 % off.
#[derive(Clone, Debug)]
pub struct Accepts {
    pub emergency: Times,
    pub notice: Times,
    /// By responsible unit and severity, emergencies first, the slowest first.
    pub units: Vec<AcceptLine>,
}

#[derive(Clone, Debug)]
pub struct AcceptLine {
    pub unit: UnitId,
    pub severity: Severity,
    pub times: Times,
    pub opens: Opens,
}

#[derive(Clone, Debug)]
pub struct MissedLine {
    pub unit: UnitId,
    pub not_answered: i64,
    pub heard_not_accepted: i64,
    pub busy: i64,
    pub rejected: i64,
    pub unreachable: i64,
    pub opens: Opens,
}

impl MissedLine {
    /// The list behind one ending of the line.
    pub fn opens_outcome(&self, metric: Metric) -> Opens {
        Opens { outcome: Some(metric.as_str().to_owned()), ..self.opens.clone() }
    }

    pub fn total(&self) -> i64 {
        self.not_answered + self.heard_not_accepted + self.busy + self.rejected + self.unreachable
    }
}

#[derive(Clone, Debug)]
pub struct Directives {
    /// Past their due time, the oldest first; at most [`DIRECTIVES_SHOWN`].
    pub overdue: Vec<DirectiveLine>,
    /// Given in the last seven days.
    pub given_week: i64,
    pub opens: Opens,
}

/// The board of the actor's units, or of `only` and what is below it. `NotFound` for who may see no
/// board, or not that unit's.
pub async fn figures(cx: &mut Cx, only: Option<UnitId>) -> Result<Figures> {
    let tree = units::tree(cx).await?;
    let view = View::of(cx, &tree, Action::BoardSee, only)?;
    if only.is_some_and(|unit| !unit.uuid().is_nil() && tree.get(unit).is_none()) {
        return Err(Error::NotFound);
    }
    let (at, today) = (cx.now(), units::today(cx).await?);
    let week = (days_before(today, WEEK_DAYS - 1), today);
    let opens = |list| Opens { unit: only, ..Opens::of(list) };

    let ringing = Ringing {
        total: now::ringing_by_unit(cx, &view).await?.values().sum(),
        lines: now::ringing(cx, &view, RINGING_SHOWN).await?,
        opens: opens(List::Ringing),
    };
    let f0 = f0(cx, &tree, &view, today, only).await?;
    let mut open = Bands::default();
    let mut open_units = Vec::new();
    for (unit, state) in now::open(cx, &view, at).await? {
        open += state.bands;
        open_units.push(OpenLine {
            unit,
            bands: state.bands,
            oldest_due: state.oldest_due,
            opens: Opens::of(List::Open).at(unit),
        });
    }
    open_units.sort_by_key(|line| (-line.bands.late, -line.bands.soon, -line.bands.total(), line.unit));
    let (missed, missed_today) = missed(cx, &view, week).await?;
    let given = counters::of(cx, &view, &[Metric::DirectivesGiven], week.0, today).await?;
    Ok(Figures {
        at,
        today,
        behind: behind(cx).await?,
        ringing,
        f0,
        open,
        open_opens: opens(List::Open),
        open_units,
        overdue: open.late,
        overdue_opens: opens(List::Open).band(Band::Late),
        accepts_today: accepts(cx, &view, (today, today)).await?,
        accepts_opens: Opens {
            severity: Some(Severity::Emergency),
            ..opens(List::Accepted).over(today, today)
        },
        accepts_week: accepts(cx, &view, week).await?,
        missed_week: missed.iter().map(MissedLine::total).sum(),
        missed,
        missed_today,
        missed_opens: opens(List::Missed).over(week.0, today),
        directives: Directives {
            overdue: now::directives_overdue(cx, &view, at, DIRECTIVES_SHOWN).await?,
            given_week: given.iter().map(|counter| counter.n).sum(),
            opens: opens(List::Directives),
        },
    })
}

pub(super) fn days_before(day: Date, days: i8) -> Date {
    day.saturating_sub(jiff::Span::new().days(days))
}

/// Sealed events not yet counted.
pub(super) async fn behind(cx: &mut Cx) -> Result<i64> {
    let sealed = ledger::head(cx).await?.map_or(0, |head| head.seq);
    Ok(sealed - subscriptions::cursor(cx, fold::NAME).await?)
}

async fn f0(cx: &mut Cx, tree: &units::Tree, view: &View, today: Date, only: Option<UnitId>) -> Result<F0> {
    let from = days_before(today, SERIES_DAYS - 1);
    let days: Vec<Date> = (0..SERIES_DAYS).map(|back| days_before(today, SERIES_DAYS - 1 - back)).collect();
    let view = view.with_wards(tree);
    let mut by_ward: BTreeMap<UnitId, BTreeMap<Date, i64>> = BTreeMap::new();
    for counter in counters::of(cx, &view, &[Metric::F0], from, today).await? {
        *by_ward.entry(counter.unit).or_default().entry(counter.day).or_default() += counter.n;
    }
    let opens = Opens { unit: only, ..Opens::of(List::F0) }.over(today, today);
    let yesterday = days.len() - 2;
    let mut wards = Vec::new();
    let mut known: Vec<_> = tree.wards().filter(|ward| view.covers(ward.id)).collect();
    known.sort_by(|a, b| a.code.cmp(&b.code));
    for ward in known {
        let counts = by_ward.remove(&ward.id).unwrap_or_default();
        let series: Vec<i64> = days.iter().map(|day| counts.get(day).copied().unwrap_or(0)).collect();
        wards.push(F0Ward {
            ward: ward.id,
            today: series[days.len() - 1],
            yesterday: series[yesterday],
            series,
            opens: opens.clone().at(ward.id),
        });
    }
    // News without a ward, and of wards that exist no longer, counts in the whole.
    let series: Vec<i64> = days
        .iter()
        .enumerate()
        .map(|(index, day)| {
            let elsewhere: i64 = by_ward.values().filter_map(|counts| counts.get(day)).sum();
            elsewhere + wards.iter().map(|ward| ward.series[index]).sum::<i64>()
        })
        .collect();
    Ok(F0 { today: series[days.len() - 1], yesterday: series[yesterday], days, series, wards, opens })
}

async fn accepts(cx: &mut Cx, view: &View, (from, to): (Date, Date)) -> Result<Accepts> {
    let mut accepts = Accepts { emergency: Times::default(), notice: Times::default(), units: Vec::new() };
    for ((unit, severity), times) in counters::accepts(cx, view, from, to).await? {
        match severity {
            Severity::Emergency => accepts.emergency.merge(&times),
            Severity::Notice => accepts.notice.merge(&times),
        }
        let opens = Opens { severity: Some(severity), ..Opens::of(List::Accepted).at(unit).over(from, to) };
        accepts.units.push(AcceptLine { unit, severity, times, opens });
    }
    accepts.units.sort_by_key(|line| (line.severity, -line.times.p90().unwrap_or(0), line.unit));
    Ok(accepts)
}

/// By unit called, and how many of them today.
async fn missed(cx: &mut Cx, view: &View, (from, to): (Date, Date)) -> Result<(Vec<MissedLine>, i64)> {
    let mut lines: BTreeMap<UnitId, MissedLine> = BTreeMap::new();
    let mut today = 0;
    for counter in counters::of(cx, view, &Metric::MISSED, from, to).await? {
        let line = lines.entry(counter.unit).or_insert_with(|| MissedLine {
            unit: counter.unit,
            not_answered: 0,
            heard_not_accepted: 0,
            busy: 0,
            rejected: 0,
            unreachable: 0,
            opens: Opens::of(List::Missed).at(counter.unit).over(from, to),
        });
        match counter.metric {
            Metric::NotAnswered => line.not_answered += counter.n,
            Metric::HeardNotAccepted => line.heard_not_accepted += counter.n,
            Metric::Busy => line.busy += counter.n,
            Metric::Rejected => line.rejected += counter.n,
            _ => line.unreachable += counter.n,
        }
        if counter.day == to {
            today += counter.n;
        }
    }
    let mut lines: Vec<MissedLine> = lines.into_values().collect();
    lines.sort_by_key(|line| (-line.total(), line.unit));
    Ok((lines, today))
}
