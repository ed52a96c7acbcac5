//! Which tickets open together on one kind of news, as a pack describes it.

use crate::units::UnitRef;
use serde::{Deserialize, Serialize};

/// `matters.toml`: which tickets open together on one kind of news.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatterSpec {
    pub code: String,
    pub name_vi: String,
    pub name_en: String,
    pub tickets: Vec<MatterTicketSpec>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatterTicketSpec {
    pub responsible: UnitRef,
    pub ladder: String,
    pub task_vi: String,
    pub task_en: String,
}
