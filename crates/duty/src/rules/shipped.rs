//! The versions that ship inside the program, read once.

use super::model::RulePack;
use kernel::{Error, Result};
use std::{collections::BTreeMap, sync::LazyLock};

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        /// (file, text) of every rule of the repository.
        pub(super) const FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../../rules/", $name)))),+];
    };
}

files! {
    "alert-grades.toml", "calendar.toml", "care-calls.toml", "care-load.toml", "care-papers.toml",
    "checkins.toml", "city-1022-deadlines.toml", "drug-bags.toml", "early-signal.toml", "f0-home-care.toml",
    "f0-news.toml", "follow-up.toml", "gate-alerts.toml", "health-declaration.toml", "hotline.toml",
    "office-hours.toml", "pass-cards.toml", "pass-life.toml", "report-deadlines.toml", "retention.toml",
    "risk-groups.toml", "samples.toml", "telephony.toml", "text-answers.toml", "tracing.toml",
}

type Packs = BTreeMap<String, RulePack>;

static PACKS: LazyLock<std::result::Result<Packs, String>> = LazyLock::new(|| {
    let mut packs = BTreeMap::new();
    for (file, text) in FILES {
        let pack = RulePack::parse(text).map_err(|fault| format!("rules/{file}: {fault}"))?;
        let code = pack.head.code.clone();
        if packs.insert(code.clone(), pack).is_some() {
            return Err(format!("rules/{file}: rule {code} has two files"));
        }
    }
    Ok(packs)
});

/// All shipped rules by code.
pub fn packs() -> Result<&'static BTreeMap<String, RulePack>> {
    PACKS.as_ref().map_err(Error::internal)
}

/// One shipped rule; `Internal` when no file has that code.
pub fn pack(code: &str) -> Result<&'static RulePack> {
    packs()?.get(code).ok_or_else(|| Error::internal(format!("no rule {code}")))
}
