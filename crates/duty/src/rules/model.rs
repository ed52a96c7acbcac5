//! A rule, its versions, and the values read out of one with a clear word when one is missing.

use jiff::{
    SignedDuration,
    civil::{Date, Time},
};
use kernel::{Error, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// A rule as its file writes it: who it is and all its versions in order of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulePack {
    #[serde(rename = "pack")]
    pub head: Head,
    #[serde(rename = "version")]
    pub versions: Vec<Version>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// `area.noun`: "f0.home_care".
    pub code: String,
    pub title_vi: String,
    pub title_en: String,
}

/// One version: first and last day, source, values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    pub version: i32,
    pub valid_from: Date,
    /// The last day; `None` while in force.
    pub valid_to: Option<Date>,
    pub citation: String,
    pub verified: bool,
    pub note: Option<String>,
    pub values: Value,
    #[serde(skip)]
    pub origin: Origin,
}

/// Who wrote a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    #[default]
    Shipped,
    Tenant,
}

impl Origin {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Tenant => "tenant",
        }
    }
}

impl Version {
    pub fn covers(&self, date: Date) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|to| date <= to)
    }
}

/// What is wrong with the versions of a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleFault {
    #[error("{0}")]
    Unreadable(String),
    #[error("rule {0} has no version")]
    Empty(String),
    #[error("rule {code}: version {version} stands twice or out of order")]
    Order { code: String, version: i32 },
    #[error("rule {code}: version {version} ends before it begins")]
    Backwards { code: String, version: i32 },
    #[error("rule {code}: versions {first} and {second} overlap")]
    Overlap { code: String, first: i32, second: i32 },
    #[error("rule {code}: the values of version {version} are not a table")]
    NotATable { code: String, version: i32 },
    #[error("rule {code}: version {version} cites no source")]
    NoCitation { code: String, version: i32 },
}

impl RulePack {
    /// Reads and checks one file; an unknown key is refused.
    pub fn parse(text: &str) -> std::result::Result<Self, RuleFault> {
        let pack: Self = toml::from_str(text).map_err(|error| RuleFault::Unreadable(error.to_string()))?;
        check_versions(&pack.head.code, &pack.versions)?;
        Ok(pack)
    }
}

/// Whether versions, in order of time, can stand beside each other.
pub fn check_versions(code: &str, versions: &[Version]) -> std::result::Result<(), RuleFault> {
    let code = || code.to_owned();
    if versions.is_empty() {
        return Err(RuleFault::Empty(code()));
    }
    for v in versions {
        let version = v.version;
        if v.valid_to.is_some_and(|to| to < v.valid_from) {
            return Err(RuleFault::Backwards { code: code(), version });
        }
        if !v.values.is_object() {
            return Err(RuleFault::NotATable { code: code(), version });
        }
        if v.citation.trim().is_empty() {
            return Err(RuleFault::NoCitation { code: code(), version });
        }
    }
    for pair in versions.windows(2) {
        let (first, second) = (&pair[0], &pair[1]);
        if first.version == second.version || first.valid_from > second.valid_from {
            return Err(RuleFault::Order { code: code(), version: second.version });
        }
        if first.valid_to.is_none_or(|to| to >= second.valid_from) {
            return Err(RuleFault::Overlap { code: code(), first: first.version, second: second.version });
        }
    }
    Ok(())
}

/// A tenant numbers its own versions from here on, so that none has the number of one that the
/// program ships later.
pub const TENANT_FROM: i32 = 1000;

/// The shipped versions with the tenant's own laid over them, in order of time: its copies of shipped
/// ones, which it has closed, and versions of its own. What begins later ends what still runs, so a
/// version that ships after a tenant's own is not shut out by it; of two that begin on one day the
/// tenant's holds.
pub fn merged(shipped: &[Version], own: Vec<Version>) -> Vec<Version> {
    let mut all: Vec<Version> =
        shipped.iter().filter(|v| own.iter().all(|o| o.version != v.version)).cloned().collect();
    all.extend(own);
    all.sort_by_key(|version| (version.valid_from, version.version));
    let mut kept: Vec<Version> = Vec::with_capacity(all.len());
    for version in all {
        if let Some(before) = kept.last_mut()
            && before.covers(version.valid_from)
        {
            if before.valid_from == version.valid_from {
                kept.pop();
            } else {
                before.valid_to = version.valid_from.yesterday().ok();
            }
        }
        kept.push(version);
    }
    kept
}

/// Whether `new` can be read wherever `like` can: every value is there and of the same kind, a length
/// of time or a date stays one. What `like` lists may be more or fewer, what it tables may have other rows,
/// each like one that stands there.
pub fn fits(like: &Value, new: &Value) -> bool {
    match (like, new) {
        (Value::Object(like), Value::Object(new)) => {
            like.iter().all(|(key, like)| new.get(key).is_some_and(|new| fits(like, new)))
        }
        (Value::Array(like), Value::Array(new)) => {
            like.is_empty() || new.iter().all(|new| like.iter().any(|like| fits(like, new)))
        }
        (Value::String(like), Value::String(new)) => {
            let same = |reads: fn(&str) -> bool| !reads(like) || reads(new);
            same(|text| text.starts_with('P') && text.parse::<SignedDuration>().is_ok())
                && same(|text| text.parse::<Date>().is_ok())
                && same(are_hours)
        }
        (Value::Number(_), Value::Number(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Null, Value::Null) => true,
        _ => false,
    }
}

/// Opening hours of a day: `07:30-11:30,13:00-17:00`.
fn are_hours(text: &str) -> bool {
    let is_time = |text: &str| text.trim().parse::<Time>().is_ok();
    text.split(',').all(|part| part.split_once('-').is_some_and(|(from, to)| is_time(from) && is_time(to)))
}

/// The rule that says how soon an answer of this kind is owed and whom silence reaches; `None` where
/// no law or promise does.
pub fn rule_of(kind: &str) -> Option<&'static str> {
    match kind {
        "care_visit" => Some("care.calls"),
        "f0_news" => Some("f0.news"),
        "order" => Some("samples.orders"),
        "red_flag" => Some("f0.home_care"),
        "report" => Some("reports.deadline"),
        "signal" => Some("signal.early"),
        "silence" => Some("follow.plans"),
        "trace" => Some("tracing.windows"),
        _ => None,
    }
}

/// The days between versions on which no version is in force, first and last of each stretch.
pub fn missing_days(versions: &[Version]) -> Vec<(Date, Date)> {
    let between = |pair: &[Version]| {
        let first = pair[0].valid_to?.tomorrow().ok()?;
        let last = pair[1].valid_from.yesterday().ok()?;
        (first <= last).then_some((first, last))
    };
    versions.windows(2).filter_map(between).collect()
}

/// The version in force on a date.
pub fn in_force(versions: &[Version], date: Date) -> Option<&Version> {
    versions.iter().find(|version| version.covers(date))
}

/// The version of a rule that was in force on the date asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub code: String,
    pub version: i32,
    pub origin: Origin,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub citation: String,
    pub verified: bool,
    pub values: Value,
}

impl Rule {
    /// A version of a rule, to be judged by.
    pub fn new(code: &str, version: &Version) -> Self {
        Self {
            code: code.to_owned(),
            version: version.version,
            origin: version.origin,
            valid_from: version.valid_from,
            valid_to: version.valid_to,
            citation: version.citation.clone(),
            verified: version.verified,
            values: version.values.clone(),
        }
    }

    /// The value at a path such as `eligible.spo2_from`; `None` when this version has none.
    pub fn get(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.values, |at, key| at.get(key))
    }

    fn wrong(&self, path: &str, wanted: &str) -> Error {
        let has = if self.get(path).is_some() { "is not" } else { "is missing, should be" };
        Error::internal(format!("rule {} version {}: {path} {has} {wanted}", self.code, self.version))
    }

    fn value(&self, path: &str, wanted: &str) -> Result<&Value> {
        self.get(path).ok_or_else(|| self.wrong(path, wanted))
    }

    pub fn text(&self, path: &str) -> Result<&str> {
        let wanted = "a text";
        self.value(path, wanted)?.as_str().ok_or_else(|| self.wrong(path, wanted))
    }

    pub fn int(&self, path: &str) -> Result<i64> {
        let wanted = "a whole number";
        self.value(path, wanted)?.as_i64().ok_or_else(|| self.wrong(path, wanted))
    }

    pub fn flag(&self, path: &str) -> Result<bool> {
        let wanted = "true or false";
        self.value(path, wanted)?.as_bool().ok_or_else(|| self.wrong(path, wanted))
    }

    pub fn texts(&self, path: &str) -> Result<Vec<&str>> {
        let wanted = "a list of texts";
        let list = self.value(path, wanted)?.as_array().ok_or_else(|| self.wrong(path, wanted))?;
        list.iter().map(|item| item.as_str().ok_or_else(|| self.wrong(path, wanted))).collect()
    }

    /// Hours, minutes, seconds: `PT48H`.
    pub fn duration(&self, path: &str) -> Result<SignedDuration> {
        let wanted = "a length of time such as PT48H";
        let text = self.value(path, wanted)?.as_str().filter(|text| text.starts_with("PT"));
        text.and_then(|text| text.parse().ok()).ok_or_else(|| self.wrong(path, wanted))
    }

    /// A value as a type of the area that judges by it; the path "" is all values.
    pub fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let value = if path.is_empty() { &self.values } else { self.value(path, "there")? };
        T::deserialize(value).map_err(|error| {
            let at = if path.is_empty() { "values" } else { path };
            Error::internal(format!("rule {} version {}: {at}: {error}", self.code, self.version))
        })
    }

    /// What an event says of the version that judged.
    pub fn stamp(&self) -> Value {
        json!({ "code": self.code, "version": self.version, "origin": self.origin })
    }
}
