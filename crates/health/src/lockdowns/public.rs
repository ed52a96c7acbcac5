//! Points as anybody may read of them. Nothing here comes from a household: the words, the ward, the khu
//! phố, the decision and its days.

use super::sql::{self, Kept};
use jiff::{Timestamp, civil::Date};
use kernel::{LockdownId, Result, UnitId};
use store::Cx;

/// Points that the page shows.
const MOST: i64 = 500;

#[derive(Clone, Debug)]
pub struct Public {
    pub id: LockdownId,
    pub ward: UnitId,
    pub quarter: Option<UnitId>,
    pub number: String,
    pub decision_on: Date,
    /// Never the name.
    pub signer_title: String,
    pub from_at: Timestamp,
    pub planned_until: Option<Date>,
    pub words_vi: String,
    pub words_en: String,
    /// The decision by which it was lifted, and its day.
    pub lifted: Option<(String, Date)>,
}

impl From<Kept> for Public {
    fn from(kept: Kept) -> Self {
        Self {
            id: kept.id,
            ward: kept.ward,
            quarter: kept.quarter,
            number: kept.number,
            decision_on: kept.decision_on,
            signer_title: kept.signer_title,
            from_at: kept.from_at,
            planned_until: kept.planned_until,
            words_vi: kept.words_vi,
            words_en: kept.words_en,
            lifted: kept.lifted.map(|(_, number, on)| (number, on)),
        }
    }
}

/// Points in force. Nobody's permission is asked: this is what is announced.
pub async fn in_force(cx: &mut Cx) -> Result<Vec<Public>> {
    let now = cx.now();
    let points = sql::list(cx, None, now, MOST).await?;
    Ok(points.into_iter().filter(|point| point.lifted.is_none()).map(Public::from).collect())
}

/// One point, in force or lifted: who has noted its address reads what became of it.
pub async fn one(cx: &mut Cx, id: LockdownId) -> Result<Public> {
    Ok(sql::find(cx, id).await?.into())
}
