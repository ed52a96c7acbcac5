//! Units as a pack describes them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceSpec {
    pub lat: f64,
    pub lon: f64,
    pub area_km2: Option<f64>,
    pub population: Option<i32>,
    pub source: Option<String>,
    #[serde(default)]
    pub verified: bool,
}

/// `units.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitSpec {
    pub code: String,
    pub kind: String,
    pub name: String,
    pub short: String,
    pub name_en: String,
    pub ward: Option<String>,
    pub admin_code: Option<String>,
    pub administrative: Option<String>,
    pub professional: Option<String>,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub citation: Option<String>,
    #[serde(default)]
    pub verified: bool,
    pub place: Option<PlaceSpec>,
}

/// `successions.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuccessionSpec {
    pub from: Option<String>,
    /// A predecessor outside the tenant.
    pub from_code: Option<String>,
    pub from_name: Option<String>,
    pub to: Option<String>,
    pub to_code: Option<String>,
    pub to_name: Option<String>,
    pub on: Date,
    pub share: String,
    pub citation: Option<String>,
    #[serde(default)]
    pub verified: bool,
}

/// Units so that each comes after those it refers to, and those that wait for each other, which
/// cannot be put in. `known` are the units that are there already.
pub fn in_order<T>(
    units: Vec<T>,
    spec: impl Fn(&T) -> &UnitSpec,
    known: impl Fn(&str) -> bool,
) -> (Vec<T>, Vec<T>) {
    let mut placed: BTreeSet<String> = BTreeSet::new();
    let mut order = Vec::with_capacity(units.len());
    let mut waiting = units;
    loop {
        let (ready, rest): (Vec<T>, Vec<T>) = waiting.into_iter().partition(|unit| {
            let spec = spec(unit);
            [&spec.ward, &spec.administrative, &spec.professional]
                .into_iter()
                .flatten()
                .all(|code| *code == spec.code || placed.contains(code) || known(code))
        });
        if ready.is_empty() {
            return (order, rest);
        }
        placed.extend(ready.iter().map(|unit| spec(unit).code.clone()));
        order.extend(ready);
        waiting = rest;
    }
}
