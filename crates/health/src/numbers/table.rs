//! Numbers as screens show them: by ward, over days.

use super::{
    fold,
    measure::{Measure, Values},
    sql,
};
use duty::{
    permissions::{Action, Permit, Scope, allowed_units},
    units::{self, Tree},
};
use jiff::{Span, civil::Date};
use kernel::{Error, Result, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::{Cx, ledger, subscriptions};

/// The most days that are shown at once.
pub const LONGEST: i32 = 400;

/// Numbers of some days. What happens is counted on its day; what stands is told as it stood at the end
/// of each.
#[derive(Clone, Debug)]
pub struct Numbers {
    pub days: Vec<Date>,
    /// The wards of today that the reader sees, by code.
    pub wards: Vec<UnitId>,
    of: BTreeMap<(UnitId, Measure), Vec<i64>>,
}

impl Numbers {
    /// A ward's numbers of a measure, day by day.
    pub fn series(&self, ward: UnitId, measure: Measure) -> Vec<i64> {
        self.of.get(&(ward, measure)).cloned().unwrap_or_else(|| vec![0; self.days.len()])
    }

    /// The same of all wards together, those of the past among them.
    pub fn whole(&self, measure: Measure) -> Vec<i64> {
        let mut whole = vec![0; self.days.len()];
        for (_, series) in self.of.iter().filter(|((_, known), _)| *known == measure) {
            for (sum, n) in whole.iter_mut().zip(series) {
                *sum += n;
            }
        }
        whole
    }

    /// All measures of one day, by its place in `days`; of a ward, or of all.
    pub fn on(&self, ward: Option<UnitId>, index: usize) -> Values {
        self.read(ward, |series| series.get(index).copied().unwrap_or(0))
    }

    /// What has happened in all these days, and how it stood at the end of the last.
    pub fn over(&self, ward: Option<UnitId>) -> Values {
        let mut values = self.read(ward, |series| series.last().copied().unwrap_or(0));
        for measure in Measure::ALL.iter().filter(|measure| !measure.stands()) {
            let series = ward.map_or_else(|| self.whole(*measure), |ward| self.series(ward, *measure));
            values.set(*measure, series.iter().sum());
        }
        values
    }

    fn read(&self, ward: Option<UnitId>, of: impl Fn(&[i64]) -> i64) -> Values {
        let mut values = Values::default();
        for measure in Measure::ALL {
            let series = ward.map_or_else(|| self.whole(*measure), |ward| self.series(ward, *measure));
            values.set(*measure, of(&series));
        }
        values
    }
}

/// The wards whose numbers the reader sees: those of his board, and the ward in which his unit works.
/// `None` is everything, wards of the past too.
pub(super) fn seen(cx: &Cx, tree: &Tree) -> Result<Option<Vec<UnitId>>> {
    cx.permit_sight(Action::BoardSee, Scope::Tenant)?;
    let Some(allowed) = allowed_units(&cx.actor, Action::BoardSee) else { return Ok(None) };
    let works =
        |ward: UnitId| allowed.iter().any(|unit| tree.get(*unit).and_then(|unit| unit.ward) == Some(ward));
    let wards = tree.wards().map(|ward| ward.id);
    Ok(Some(wards.filter(|ward| allowed.contains(ward) || works(*ward)).collect()))
}

/// The wards of today among these, by code.
pub(super) fn in_order(tree: &Tree, seen: Option<&[UnitId]>) -> Vec<UnitId> {
    let mut wards: Vec<_> =
        tree.wards().filter(|ward| seen.is_none_or(|seen| seen.contains(&ward.id))).collect();
    wards.sort_by(|one, other| one.code.cmp(&other.code));
    wards.into_iter().map(|ward| ward.id).collect()
}

pub(super) fn uuids(wards: Option<&[UnitId]>) -> Option<Vec<Uuid>> {
    wards.map(|wards| wards.iter().map(|ward| ward.uuid()).collect())
}

pub(super) fn days_before(day: Date, days: i32) -> Date {
    day.saturating_sub(Span::new().days(days))
}

/// The numbers of these days, both included, of one ward or of all that the reader sees.
///
/// Errors: `NotFound` for who sees no board, or not that ward's; `from`: `error-date-order` where the
/// days run backwards, `error-period-long` past [`LONGEST`].
pub async fn numbers(cx: &mut Cx, from: Date, to: Date, only: Option<UnitId>) -> Result<Numbers> {
    let tree = units::tree(cx).await?;
    let mut wards = seen(cx, &tree)?;
    if let Some(only) = only {
        if !in_order(&tree, wards.as_deref()).contains(&only) {
            return Err(Error::NotFound);
        }
        wards = Some(vec![only]);
    }
    if from > to {
        return Err(Error::invalid("from", "error-date-order"));
    }
    let length = from.until(to).map_err(Error::internal)?.get_days();
    if length >= LONGEST {
        return Err(Error::invalid("from", "error-period-long"));
    }
    let known = in_order(&tree, wards.as_deref());
    collect(cx, wards.as_deref(), known, from, to).await
}

/// The same, as the program itself counts it, of every ward.
pub(super) async fn all(cx: &mut Cx, from: Date, to: Date) -> Result<Numbers> {
    let tree = units::tree(cx).await?;
    collect(cx, None, in_order(&tree, None), from, to).await
}

async fn collect(
    cx: &mut Cx,
    wards: Option<&[UnitId]>,
    known: Vec<UnitId>,
    from: Date,
    to: Date,
) -> Result<Numbers> {
    let ids = uuids(wards);
    let days: Vec<Date> = from.series(Span::new().days(1)).take_while(|day| *day <= to).collect();
    let mut of: BTreeMap<(UnitId, Measure), Vec<i64>> = BTreeMap::new();
    let nothing = || vec![0; days.len()];
    for kept in sql::between(cx, ids.as_deref(), from, to).await? {
        let Ok(index) = days.binary_search(&kept.day) else { continue };
        of.entry((kept.ward, kept.measure)).or_insert_with(nothing)[index] += kept.n;
    }
    let mut stood: BTreeMap<(UnitId, Measure), i64> = BTreeMap::new();
    for (measure, ward, n) in sql::stood(cx, ids.as_deref(), from).await? {
        stood.insert((ward, measure), n);
        of.entry((ward, measure)).or_insert_with(nothing);
    }
    for ((ward, measure), series) in of.iter_mut().filter(|((_, measure), _)| measure.stands()) {
        let mut now = stood.get(&(*ward, *measure)).copied().unwrap_or(0);
        for n in series {
            now += *n;
            *n = now;
        }
    }
    Ok(Numbers { days, wards: known, of })
}

/// Sealed events that the numbers do not hold yet.
pub async fn behind(cx: &mut Cx) -> Result<i64> {
    let sealed = ledger::head(cx).await?.map_or(0, |head| head.seq);
    Ok(sealed - subscriptions::cursor(cx, fold::NAME).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_happens_is_added_up_and_what_stands_is_how_it_stood_last() {
        let (one, past) = (UnitId(Uuid::from_u128(1)), UnitId(Uuid::from_u128(2)));
        let numbers = Numbers {
            days: vec![date(2021, 9, 24), date(2021, 9, 25)],
            wards: vec![one],
            of: BTreeMap::from([
                ((one, Measure::F0), vec![2, 3]),
                ((one, Measure::AtHome), vec![4, 6]),
                ((past, Measure::F0), vec![1, 0]),
            ]),
        };
        let (ward, whole) = (numbers.over(Some(one)), numbers.over(None));
        assert_eq!((ward.of(Measure::F0), ward.of(Measure::AtHome), ward.of(Measure::Died)), (5, 6, 0));
        assert_eq!((whole.of(Measure::F0), whole.in_care()), (6, 6));
        assert_eq!(numbers.on(None, 0).of(Measure::F0), 3);
        assert_eq!(numbers.series(past, Measure::Severe), [0, 0]);
    }
}
