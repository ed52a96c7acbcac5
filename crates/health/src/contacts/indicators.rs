//! The five indicators by which the WHO judges contact tracing, a line a day.

use super::sql_indicators as sql;
use crate::people;
use duty::{
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::{Span, civil::Date};
use kernel::{Error, Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// Days that are reckoned at once.
const MOST: i32 = 31;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    pub n: i64,
    pub of: i64,
}

impl Share {
    /// In per cent, rounded; `None` of nothing.
    pub fn percent(self) -> Option<i64> {
        (self.of > 0).then(|| (self.n * 200 + self.of) / (self.of * 2))
    }
}

/// One day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayFigures {
    pub day: Date,
    /// Of the contacts (F1) under follow-up that day, those who were reached that day at least once.
    pub seen: Share,
    /// Of the contacts whose follow-up ended that day by its rule, and who had not become F0s, those who
    /// were still followed: reached on that last day, or released on it or later.
    pub completed: Share,
    /// Of the cases that became F0s that day, those who stood on somebody's list of contacts before.
    pub known: Share,
    /// Of the cases that became F0s that day, those for which a person began to trace within 24 hours of
    /// the report.
    pub begun: Share,
    /// Of the contacts who were on a list that day and not done, those who were lost that day.
    pub lost: Share,
}

/// The indicators of each day from `from` to `to`, the latest first; of one ward, or of all that the actor
/// sees. A stretch of more than 31 days is cut at its beginning.
///
/// Errors: `NotFound` for a ward that he does not see; `from`: `error-dates-backwards`.
pub async fn indicators(cx: &mut Cx, from: Date, to: Date, ward: Option<UnitId>) -> Result<Vec<DayFigures>> {
    cx.permit_sight(Action::CaseSee, Scope::Tenant)?;
    if from > to {
        return Err(Error::invalid("from", "error-dates-backwards"));
    }
    let seen = people::wards(cx, Action::CaseSee).await?;
    let wards = match (ward, seen) {
        (Some(ward), Some(seen)) if !seen.contains(&ward) => return Err(Error::NotFound),
        (Some(ward), _) => Some(vec![ward]),
        (None, seen) => seen,
    };
    let wards: Option<Vec<Uuid>> = wards.map(|wards| wards.into_iter().map(UnitId::uuid).collect());
    let earliest = to.saturating_sub(Span::new().days(MOST - 1));
    let asked = sql::Asked { from: from.max(earliest), to, wards, zone: units::zone_name(cx).await? };
    let seen = sql::seen(cx, &asked).await?;
    let completed = sql::completed(cx, &asked).await?;
    let cases = sql::cases(cx, &asked).await?;
    let lost = sql::lost(cx, &asked).await?;
    let mut figures: Vec<DayFigures> = seen
        .into_iter()
        .map(|(day, seen)| {
            let (known, begun) = cases.get(&day).copied().unwrap_or_default();
            DayFigures {
                day,
                seen,
                completed: completed.get(&day).copied().unwrap_or_default(),
                known,
                begun,
                lost: lost.get(&day).copied().unwrap_or_default(),
            }
        })
        .collect();
    figures.sort_by_key(|line| std::cmp::Reverse(line.day));
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_and_nothing_has_none() {
        assert_eq!(Share { n: 1, of: 3 }.percent(), Some(33));
        assert_eq!(Share { n: 2, of: 3 }.percent(), Some(67));
        assert_eq!(Share { n: 1, of: 2 }.percent(), Some(50));
        assert_eq!(Share { n: 3, of: 3 }.percent(), Some(100));
        assert_eq!(Share::default().percent(), None);
    }
}
