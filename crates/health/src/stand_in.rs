//! What judges on a day for which no version of a rule is in force: an alarm and a plan of follow-up
//! cannot wait until somebody has entered the law.

use duty::rules::{self, Rule};
use kernel::{Error, Result};

/// The number of a version that stands in. Whoever reads the verdict sees that no version of the day
/// gave it.
pub(crate) const STAND_IN: i32 = 0;

/// The rule of the day or, where there is none, the latest version that ships.
pub(crate) fn or_latest(rule: Option<&Rule>, code: &str) -> Result<Rule> {
    rule.map_or_else(|| latest(code), |rule| Ok(rule.clone()))
}

fn latest(code: &str) -> Result<Rule> {
    let versions = &rules::pack(code)?.versions;
    let last = versions.last().ok_or_else(|| Error::internal(format!("rule {code} has no version")))?;
    Ok(Rule { version: STAND_IN, verified: false, ..Rule::new(code, last) })
}
