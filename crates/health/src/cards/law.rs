//! The law of a day: the versions of `pass.cards` as this district has them.

use super::pack::{Pack, read_pack};
use duty::rules::{self, Rule, Version};
use jiff::civil::Date;
use kernel::{Error, Result};
use serde_json::Value;
use std::sync::Arc;
use store::Cx;

pub const CARDS: &str = "pass.cards";

/// A version that can be applied.
#[derive(Clone, Debug)]
pub(super) struct Law {
    pub rule: Rule,
    pub pack: Pack,
    /// As gates get it.
    pub json: Value,
}

impl Law {
    /// Errors: the part that is wrong, for the log.
    pub fn read(version: &Version) -> std::result::Result<Self, String> {
        let json = written(version);
        let pack = read_pack(&json).map_err(|fault| format!("version {}: {fault}", version.version))?;
        Ok(Self { rule: Rule::new(CARDS, version), pack, json })
    }

    pub fn read_all(versions: &[Version]) -> std::result::Result<Vec<Self>, String> {
        versions.iter().map(Self::read).collect()
    }
}

/// A version as `web/src/gate/pack.ts` reads it.
fn written(version: &Version) -> Value {
    let mut json = version.values.clone();
    if let Value::Object(pack) = &mut json {
        pack.insert("version".to_owned(), format!("{CARDS}/{}", version.version).into());
        pack.insert("valid_from".to_owned(), version.valid_from.to_string().into());
        pack.insert("valid_to".to_owned(), version.valid_to.map(|day| day.to_string()).into());
    }
    json
}

/// Every version, in order of time. One of the district's own that cannot be read must not leave the gates
/// without a law: on its days what ships stands in.
pub(super) async fn all(cx: &mut Cx) -> Result<Arc<Vec<Law>>> {
    const LEARNT: &str = "law of cards";
    if let Some(known) = cx.known(LEARNT) {
        return Ok(known);
    }
    let mut laws = Vec::new();
    for version in rules::versions(cx, CARDS).await? {
        match Law::read(&version) {
            Ok(law) => laws.push(law),
            Err(fault) => {
                tracing::error!(rule.code = CARDS, %fault, "a law of cards cannot be read, what ships stands in");
                laws.extend(stand_ins(&version)?);
            }
        }
    }
    let laws = Arc::new(laws);
    cx.learn(LEARNT, laws.clone());
    Ok(laws)
}

/// What ships for the days of a version.
fn stand_ins(of: &Version) -> Result<Vec<Law>> {
    let within = |shipped: &Version| {
        let valid_to = shipped.valid_to.into_iter().chain(of.valid_to).min();
        let valid_from = shipped.valid_from.max(of.valid_from);
        let version = Version { valid_from, valid_to, ..shipped.clone() };
        valid_to.is_none_or(|to| valid_from <= to).then_some(version)
    };
    let versions: Vec<Version> = rules::pack(CARDS)?.versions.iter().filter_map(within).collect();
    Law::read_all(&versions).map_err(Error::internal)
}

pub(super) fn on(laws: &[Law], day: Date) -> Option<&Law> {
    laws.iter().find(|law| law.pack.covers(day))
}

/// Every version that is in force on one of these days, in order of time, as gates read it.
pub async fn gate_packs(cx: &mut Cx, from: Date, until: Date) -> Result<Vec<Value>> {
    let laws = all(cx).await?;
    let touched = |law: &&Law| law.pack.valid_from <= until && law.pack.valid_to.is_none_or(|to| from <= to);
    Ok(laws.iter().filter(touched).map(|law| law.json.clone()).collect())
}

/// The law of a day; none where no version is in force.
pub async fn pack_on(cx: &mut Cx, day: Date) -> Result<Option<Pack>> {
    let laws = all(cx).await?;
    Ok(on(&laws, day).map(|law| law.pack.clone()))
}
