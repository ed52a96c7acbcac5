//! Beds: what hospitals and facilities report at eight, at four and at eight in the evening, so that
//! whoever looks for a place knows where one is. A house that has begun to report and falls silent
//! opens a ticket (heartbeat `beds` of the pack).

use super::table;
use crate::fault::Fault;
use duty::{
    heartbeats,
    permissions::{Action, Permit, Scope, permits},
    units::{self, Tree, UnitKind},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, StaffId, UnitId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Cx, Event, Topic};

/// The code under which a pack says how often houses report.
pub const HEARTBEAT: &str = "beds";
/// More beds than any house has.
const MOST: i32 = 20_000;

/// Beds and how many of them are free; with oxygen and for intensive care counted by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beds {
    pub beds: i32,
    pub free: i32,
    pub oxygen_beds: i32,
    pub oxygen_free: i32,
    pub icu: i32,
    pub icu_free: i32,
}

impl Beds {
    /// What a form says, `typed` by the names of the fields. Beds with oxygen and for intensive care are
    /// none where nothing is typed.
    ///
    /// Errors, all at once: `error-beds-number`, `error-beds-free` (more are free than there are).
    pub fn read<'a>(typed: impl Fn(&'static str) -> &'a str) -> std::result::Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut number = |field, needed: bool| {
            let text = typed(field).trim();
            let read = if text.is_empty() && !needed { Some(0) } else { text.parse::<i32>().ok() };
            let sound = read.filter(|n| (0..=MOST).contains(n));
            if sound.is_none() {
                faults.push(Fault { field, key: "error-beds-number" });
            }
            sound.unwrap_or(0)
        };
        let beds = Self {
            beds: number("beds", true),
            free: number("free", true),
            oxygen_beds: number("oxygen_beds", false),
            oxygen_free: number("oxygen_free", false),
            icu: number("icu", false),
            icu_free: number("icu_free", false),
        };
        for (field, free, all) in [
            ("free", beds.free, beds.beds),
            ("oxygen_free", beds.oxygen_free, beds.oxygen_beds),
            ("icu_free", beds.icu_free, beds.icu),
        ] {
            if faults.is_empty() && free > all {
                faults.push(Fault { field, key: "error-beds-free" });
            }
        }
        if faults.is_empty() { Ok(beds) } else { Err(faults) }
    }
}

impl std::ops::AddAssign for Beds {
    fn add_assign(&mut self, other: Self) {
        self.beds += other.beds;
        self.free += other.free;
        self.oxygen_beds += other.oxygen_beds;
        self.oxygen_free += other.oxygen_free;
        self.icu += other.icu;
        self.icu_free += other.icu_free;
    }
}

/// A house with what it reported last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct House {
    pub unit: UnitId,
    pub name: String,
    pub name_en: String,
    pub at: Timestamp,
    pub beds: Beds,
}

/// Whether a unit of this kind has beds for F0s.
pub const fn treats(kind: UnitKind) -> bool {
    matches!(kind, UnitKind::Hospital | UnitKind::Facility)
}

/// The houses for which the actor reports, by code.
pub fn reporting_units(cx: &Cx, tree: &Tree) -> Vec<UnitId> {
    let may = |unit: UnitId| permits(&cx.actor, Action::BedsReport, Scope::Units(&[unit]));
    let mut houses: Vec<_> = tree.iter().filter(|unit| treats(unit.kind) && may(unit.id)).collect();
    houses.sort_by(|one, other| one.code.cmp(&other.code));
    houses.into_iter().map(|unit| unit.id).collect()
}

/// Asks whether the actor reports beds at all.
///
/// Errors: `NotFound`.
pub fn may_report_beds(cx: &Cx) -> Result<()> {
    cx.permit_sight(Action::BedsReport, Scope::Tenant)
}

/// Writes what a house reports now.
///
/// Errors: `NotFound` for who reports no beds; `unit`: `error-choice-unknown` for a unit that has none,
/// or for which the actor does not report.
pub async fn report_beds(cx: &mut Cx, unit: UnitId, beds: &Beds) -> Result<()> {
    may_report_beds(cx)?;
    let tree = units::tree(cx).await?;
    if !reporting_units(cx, &tree).contains(&unit) {
        return Err(Error::invalid("unit", "error-choice-unknown"));
    }
    let code = tree.unit(unit)?.code.clone();
    insert(cx, unit, beds).await?;
    cx.record(Event::new("beds.reported", unit).unit(unit).data(json!(beds)));
    match heartbeats::beat(cx, HEARTBEAT, &code).await {
        // A pack of before knows no such heartbeat.
        Ok(()) | Err(Error::NotFound) => {}
        Err(other) => return Err(other),
    }
    cx.tell(Topic::screen("board"));
    Ok(())
}

async fn insert(cx: &mut Cx, unit: UnitId, beds: &Beds) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "insert into facility_beds (tenant_id, unit_id, at, beds, free, oxygen_beds, oxygen_free, icu, icu_free, by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (tenant_id, unit_id, at) do nothing",
        tenant,
        unit.uuid(),
        now,
        beds.beds,
        beds.free,
        beds.oxygen_beds,
        beds.oxygen_free,
        beds.icu,
        beds.icu_free,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What each house has reported last, by its name.
///
/// Errors: `NotFound` for who sees no board.
pub async fn beds(cx: &mut Cx) -> Result<Vec<House>> {
    let tree = units::tree(cx).await?;
    table::seen(cx, &tree)?;
    let now = cx.now();
    known(cx, &tree, now).await
}

/// What each house had reported by a moment; houses that are no more are left out.
pub(super) async fn known(cx: &mut Cx, tree: &Tree, until: Timestamp) -> Result<Vec<House>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select distinct on (unit_id) unit_id, at, beds, free, oxygen_beds, oxygen_free, icu, icu_free
         from facility_beds where tenant_id = $1 and at <= $2 order by unit_id, at desc",
        tenant,
        until.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    let mut houses: Vec<House> = rows
        .into_iter()
        .filter_map(|row| {
            let unit = tree.get(row.unit_id.into())?;
            Some(House {
                unit: unit.id,
                name: unit.name.clone(),
                name_en: unit.name_en.clone(),
                at: row.at.to_jiff(),
                beds: Beds {
                    beds: row.beds,
                    free: row.free,
                    oxygen_beds: row.oxygen_beds,
                    oxygen_free: row.oxygen_free,
                    icu: row.icu,
                    icu_free: row.icu_free,
                },
            })
        })
        .collect();
    houses.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(houses)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        fields: &[(&'static str, &'static str)],
    ) -> std::result::Result<Beds, Vec<(&'static str, &'static str)>> {
        let typed = |name: &'static str| {
            fields.iter().find(|(field, _)| *field == name).map_or("", |(_, text)| *text)
        };
        Beds::read(typed).map_err(|faults| faults.iter().map(|fault| (fault.field, fault.key)).collect())
    }

    #[test]
    fn a_form_of_beds_is_whole_numbers_and_no_more_are_free_than_there_are() {
        let beds = read(&[("beds", " 120 "), ("free", "8"), ("oxygen_beds", "40"), ("oxygen_free", "40")]);
        assert_eq!(
            beds.unwrap(),
            Beds { beds: 120, free: 8, oxygen_beds: 40, oxygen_free: 40, icu: 0, icu_free: 0 }
        );
        let faults = [("beds", "error-beds-number"), ("free", "error-beds-number")];
        assert_eq!(read(&[("beds", "12,5"), ("free", "")]), Err(faults.to_vec()));
        assert_eq!(read(&[("beds", "-1"), ("free", "0")]), Err(vec![("beds", "error-beds-number")]));
        let more = read(&[("beds", "10"), ("free", "11"), ("icu", "1"), ("icu_free", "1")]);
        assert_eq!(more, Err(vec![("free", "error-beds-free")]));
    }
}
