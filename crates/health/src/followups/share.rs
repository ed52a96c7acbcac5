//! How much of what people report is flagged, and what became of it. In 2022 one form of the city put
//! 21 % of those who declared themselves under "suspected severe"; a station of three hears nothing
//! any more then. So the share stands beside the list, day by day and by the version that judged.

use super::sql_share;
use crate::{
    alerts::{Ended, Grade},
    households, people,
};
use duty::permissions::{Action, Permit, Scope};
use jiff::{ToSpan, civil::Date};
use kernel::{Error, Result, UnitId};
use std::collections::BTreeMap;
use store::Cx;

/// Days that are told at once, at most.
const LONGEST: i32 = 92;

/// Entries in which somebody was reached, by what they came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Graded {
    pub emergency: i64,
    pub today: i64,
    pub watch: i64,
    pub well: i64,
}

impl Graded {
    pub fn all(&self) -> i64 {
        self.emergency + self.today + self.watch + self.well
    }

    /// Those that somebody must answer.
    pub fn flagged(&self) -> i64 {
        self.emergency + self.today
    }

    pub fn of(&self, grade: Grade) -> i64 {
        match grade {
            Grade::Emergency => self.emergency,
            Grade::Today => self.today,
            Grade::Watch => self.watch,
            Grade::Well => self.well,
        }
    }

    pub(super) fn add(&mut self, grade: Grade, n: i64) {
        *match grade {
            Grade::Emergency => &mut self.emergency,
            Grade::Today => &mut self.today,
            Grade::Watch => &mut self.watch,
            Grade::Well => &mut self.well,
        } += n;
    }

    /// `n` of all entries in tenths of a per cent; `None` where nobody reported.
    pub fn per_mille(&self, n: i64) -> Option<i64> {
        let all = self.all();
        // Rounded, not cut off.
        (all > 0).then(|| (n * 2000 + all) / (2 * all))
    }
}

/// The share of some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub whole: Graded,
    /// Every day, also those on which nobody reported.
    pub days: Vec<(Date, Graded)>,
    /// By the version of `f0.home_care` that judged; `None` for entries of before it was kept.
    pub versions: Vec<(Option<i32>, Graded)>,
    /// What the alerts raised on these days came to; `None` for those that nobody has ended.
    pub led_to: Vec<(Grade, Option<Ended>, i64)>,
}

/// The entries of these days, both included, in the households that the actor sees, or in those of a
/// ward.
///
/// Errors: `Forbidden` for those who see no household; `NotFound` for a ward that the actor does not
/// see; `to`: `error-date-range` for days that are none or too many.
pub async fn share(cx: &mut Cx, from: Date, to: Date, ward: Option<UnitId>) -> Result<Share> {
    cx.permit(Action::CareSee, Scope::Tenant)?;
    if let Some(ward) = ward {
        let answering = people::scope(cx, Some(ward)).await?;
        cx.permit_sight(Action::CareSee, Scope::Units(&answering))?;
    }
    let length = from.until(to).map_err(Error::internal)?.get_days();
    if !(0..LONGEST).contains(&length) {
        return Err(Error::invalid("to", "error-date-range"));
    }
    let answering = households::answered_by(cx, None).await?;
    let mut whole = Graded::default();
    let mut days: BTreeMap<Date, Graded> =
        from.series(1.day()).take(length as usize + 1).map(|day| (day, Graded::default())).collect();
    let mut versions: BTreeMap<Option<i32>, Graded> = BTreeMap::new();
    for line in sql_share::entries(cx, from, to, answering.as_deref(), ward).await? {
        whole.add(line.grade, line.n);
        versions.entry(line.version).or_default().add(line.grade, line.n);
        days.entry(line.day).or_default().add(line.grade, line.n);
    }
    let led_to = sql_share::led_to(cx, from, to, answering.as_deref(), ward).await?;
    Ok(Share { whole, days: days.into_iter().collect(), versions: versions.into_iter().collect(), led_to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_and_nobody_is_no_share() {
        let graded = |emergency, today, watch, well| Graded { emergency, today, watch, well };
        let told = |graded: Graded| graded.per_mille(graded.flagged());
        assert_eq!(told(graded(0, 0, 0, 0)), None);
        assert_eq!(told(graded(0, 0, 1, 1)), Some(0));
        assert_eq!(told(graded(1, 1, 0, 1)), Some(667));
        assert_eq!(told(graded(12_700, 0, 0, 61_406 - 12_700)), Some(207));
        assert_eq!(told(graded(3, 0, 0, 0)), Some(1000));
    }
}
