//! What those who care for a ward carry, and who takes the next household: `care.load`. Nothing is
//! forbidden by it: whoever carries too much is shown, and is given no more by the program itself.

use crate::stand_in::or_latest;
use duty::{rules::Rule, units::UnitKind};
use kernel::{HouseholdId, Result, UnitId};
use serde::Deserialize;
use std::collections::BTreeSet;

/// How many F0s a unit is to carry at least and at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
struct Limits {
    least: i64,
    most: i64,
}

/// The loads of one day.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Law {
    rule: Rule,
    mobile_station: Limits,
    care_team: Limits,
    /// Households of a station for each of its nurses.
    per_nurse: i64,
}

impl Law {
    /// Where no version is in force the latest that ships stands in as version 0.
    ///
    /// Errors: `Internal` for a value that is missing or of another kind.
    pub(super) fn read(rule: Option<&Rule>) -> Result<Self> {
        let rule = or_latest(rule, "care.load")?;
        Ok(Self {
            mobile_station: rule.read("mobile_station")?,
            care_team: rule.read("care_team")?,
            per_nurse: rule.int("station.most_per_nurse")?,
            rule,
        })
    }

    pub(super) fn rule(&self) -> &Rule {
        &self.rule
    }

    /// What a unit carries, held against what it is to carry; a station by its nurses.
    pub(super) fn load(&self, unit: UnitId, kind: UnitKind, carried: Carried, nurses: i64) -> Load {
        let (least, most) = match kind {
            UnitKind::MobileStation => (Some(self.mobile_station.least), Some(self.mobile_station.most)),
            UnitKind::CareTeam => (Some(self.care_team.least), Some(self.care_team.most)),
            _ => (None, (nurses > 0).then(|| self.per_nurse.saturating_mul(nurses))),
        };
        Load { unit, kind, f0: carried.f0, homes: carried.homes, least, most }
    }
}

/// F0s who are followed in the households of a unit, and households in which anybody is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Carried {
    pub f0: i64,
    pub homes: i64,
}

/// What a unit carries, and what it is to carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    pub unit: UnitId,
    pub kind: UnitKind,
    /// F0s who are followed in its households.
    pub f0: i64,
    /// Households in which anybody is followed.
    pub homes: i64,
    pub least: Option<i64>,
    pub most: Option<i64>,
}

impl Load {
    /// What is held against the limits: F0s, of a station its households.
    pub fn carried(&self) -> i64 {
        match self.kind {
            UnitKind::MobileStation | UnitKind::CareTeam => self.f0,
            _ => self.homes,
        }
    }

    /// How many it carries too many.
    pub fn over(&self) -> i64 {
        self.most.map_or(0, |most| (self.carried() - most).max(0))
    }

    /// How many more make it worth its people.
    pub fn under(&self) -> i64 {
        self.least.map_or(0, |least| (least - self.carried()).max(0))
    }

    /// A full unit takes no more, not even a household of contacts alone.
    pub fn is_full(&self) -> bool {
        self.most.is_some_and(|most| self.carried() >= most)
    }

    pub(super) fn takes(&self, f0: i64) -> bool {
        !self.is_full() && self.most.is_none_or(|most| self.carried() + f0 <= most)
    }

    pub(super) fn take(&mut self, f0: i64) {
        self.f0 += f0;
        self.homes += 1;
    }
}

/// A household for which a unit is missing that its ward has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lone {
    pub id: HouseholdId,
    pub code: String,
    pub address: Option<String>,
    pub quarter: Option<UnitId>,
    /// F0s and all who are followed there.
    pub f0: i64,
    pub followed: i64,
    pub mobile_station: Option<UnitId>,
    pub care_team: Option<UnitId>,
}

/// Who is to take a household; `None` leaves what it has, or has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placing {
    pub household: HouseholdId,
    pub mobile_station: Option<UnitId>,
    pub care_team: Option<UnitId>,
}

/// Of these units the one that takes a household with so many F0s: one of its own quarter before the
/// others, then whoever carries least. `None` when all are full.
pub(super) fn choose(loads: &[Load], of_quarter: &BTreeSet<UnitId>, f0: i64) -> Option<UnitId> {
    loads
        .iter()
        .filter(|load| load.takes(f0))
        .min_by_key(|load| (!of_quarter.contains(&load.unit), load.carried(), load.homes, load.unit))
        .map(|load| load.unit)
}

/// Gives each household, in the order in which they come, what it lacks; `of_quarter` names the units
/// of its own quarter. The loads grow with it. For whom nobody has room is left out.
pub(super) fn spread(
    lone: &[Lone],
    mobiles: &mut [Load],
    teams: &mut [Load],
    of_quarter: impl Fn(&Lone) -> BTreeSet<UnitId>,
) -> Vec<Placing> {
    lone.iter()
        .filter_map(|home| {
            let near = of_quarter(home);
            let mobile_station = match home.mobile_station {
                None => give(mobiles, &near, home.f0),
                Some(_) => None,
            };
            let care_team = match home.care_team {
                None => give(teams, &near, home.f0),
                Some(_) => None,
            };
            let given = mobile_station.is_some() || care_team.is_some();
            given.then_some(Placing { household: home.id, mobile_station, care_team })
        })
        .collect()
}

fn give(loads: &mut [Load], near: &BTreeSet<UnitId>, f0: i64) -> Option<UnitId> {
    let unit = choose(loads, near, f0)?;
    if let Some(load) = loads.iter_mut().find(|load| load.unit == unit) {
        load.take(f0);
    }
    Some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn unit(n: u128) -> UnitId {
        UnitId(Uuid::from_u128(n))
    }

    fn law() -> Law {
        Law::read(None).unwrap()
    }

    fn team(n: u128, f0: i64) -> Load {
        law().load(unit(n), UnitKind::CareTeam, Carried { f0, homes: f0 }, 0)
    }

    fn lone(n: u128, f0: i64) -> Lone {
        Lone {
            id: HouseholdId(Uuid::from_u128(n)),
            code: String::new(),
            address: None,
            quarter: None,
            f0,
            followed: f0 + 1,
            mobile_station: Some(unit(99)),
            care_team: None,
        }
    }

    fn teams_of(placings: &[Placing]) -> Vec<Option<UnitId>> {
        placings.iter().map(|placing| placing.care_team).collect()
    }

    #[test]
    fn each_number_of_the_load_stands_where_the_rule_says() {
        let law = law();
        let load = |kind, f0, homes, nurses| law.load(unit(1), kind, Carried { f0, homes }, nurses);
        let told = |load: Load| (load.carried(), load.under(), load.over(), load.is_full());
        assert_eq!(told(load(UnitKind::CareTeam, 9, 5, 0)), (9, 1, 0, false));
        assert_eq!(told(load(UnitKind::CareTeam, 20, 5, 0)), (20, 0, 0, true));
        assert_eq!(told(load(UnitKind::CareTeam, 23, 5, 0)), (23, 0, 3, true));
        assert_eq!(told(load(UnitKind::MobileStation, 49, 30, 0)), (49, 1, 0, false));
        assert_eq!(told(load(UnitKind::MobileStation, 150, 90, 0)), (150, 0, 50, true));
        // A station carries households: three nurses 105.
        assert_eq!(told(load(UnitKind::Station, 300, 105, 3)), (105, 0, 0, true));
        assert_eq!(told(load(UnitKind::Station, 300, 107, 3)), (107, 0, 2, true));
        assert_eq!(load(UnitKind::Station, 3, 2, 0).most, None, "nobody is known to work there");
    }

    #[test]
    fn households_are_spread_by_load_and_a_full_team_takes_no_more() {
        let mut teams = [team(1, 18), team(2, 16), team(3, 20)];
        let homes = [lone(1, 2), lone(2, 1), lone(3, 2), lone(4, 1), lone(5, 0), lone(6, 1)];
        let placings = spread(&homes, &mut [], &mut teams, |_| BTreeSet::new());
        let (one, two) = (Some(unit(1)), Some(unit(2)));
        // Of two that carry as many F0s, the one with fewer households.
        assert_eq!(teams_of(&placings), [two, two, one, two]);
        let placed: Vec<HouseholdId> = placings.iter().map(|placing| placing.household).collect();
        assert_eq!(placed, homes[..4].iter().map(|home| home.id).collect::<Vec<_>>(), "then all are full");
        assert_eq!(teams.map(|team| team.f0), [20, 20, 20]);
    }

    #[test]
    fn a_large_household_waits_for_room_and_a_small_one_goes_on() {
        let mut teams = [team(1, 19)];
        let placings = spread(&[lone(1, 3), lone(2, 1)], &mut [], &mut teams, |_| BTreeSet::new());
        assert_eq!(placings.len(), 1);
        assert_eq!(placings[0].household, HouseholdId(Uuid::from_u128(2)));
    }

    #[test]
    fn the_team_of_the_quarter_comes_first_while_it_has_room() {
        let mut teams = [team(1, 18), team(2, 0)];
        let homes = [lone(1, 1), lone(2, 1), lone(3, 1)];
        let placings = spread(&homes, &mut [], &mut teams, |_| BTreeSet::from([unit(1)]));
        assert_eq!(teams_of(&placings), [Some(unit(1)), Some(unit(1)), Some(unit(2))]);
    }
}
