//! Units as a pack describes them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

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
