use super::{
    model::{Head, Origin, Rule, TENANT_FROM, Version, check_versions, fits, in_force, merged, missing_days},
    shipped, sql,
};
use crate::{
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::civil::Date;
use kernel::{Error, Result};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{Cx, Event};

/// Every version of a rule as it holds in this tenant, in order of time.
pub async fn versions(cx: &mut Cx, code: &str) -> Result<Vec<Version>> {
    Ok(all(cx, code).await?.as_ref().clone())
}

/// The same, read once in a transaction.
async fn all(cx: &mut Cx, code: &str) -> Result<Arc<Vec<Version>>> {
    let name = learnt(code);
    if let Some(known) = cx.known(&name) {
        return Ok(known);
    }
    let pack = shipped::pack(code)?;
    let own = sql::rows(cx, Some(code)).await?.remove(code).unwrap_or_default();
    let versions = Arc::new(merged(&pack.versions, own));
    cx.learn(name, versions.clone());
    Ok(versions)
}

/// The name under which a transaction has learnt a rule.
fn learnt(code: &str) -> String {
    format!("rule {code}")
}

/// The version in force on `date`, the event's own. `Internal` names the rule when there is none.
pub async fn on(cx: &mut Cx, code: &str, date: Date) -> Result<Rule> {
    known_on(cx, code, date)
        .await?
        .ok_or_else(|| Error::internal(format!("no version of rule {code} is in force on {date}")))
}

/// The version in force on `date`, if there is one: for a verdict that must not wait for the law.
pub async fn known_on(cx: &mut Cx, code: &str, date: Date) -> Result<Option<Rule>> {
    let versions = all(cx, code).await?;
    Ok(in_force(&versions, date).map(|version| Rule::new(code, version)))
}

/// One rule with all its versions, for a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    pub head: Head,
    pub versions: Vec<Version>,
    /// Number of the version in force today.
    pub in_force: Option<i32>,
    /// Days between versions that no version covers.
    pub missing: Vec<(Date, Date)>,
}

/// All rules in order of code.
pub async fn list(cx: &mut Cx) -> Result<Vec<Listed>> {
    cx.permit_sight(Action::RuleSee, Scope::Tenant)?;
    let today = units::today(cx).await?;
    let mut own = sql::rows(cx, None).await?;
    let listed = shipped::packs()?.iter().map(|(code, pack)| {
        let versions = merged(&pack.versions, own.remove(code).unwrap_or_default());
        Listed {
            head: pack.head.clone(),
            in_force: in_force(&versions, today).map(|version| version.version),
            missing: missing_days(&versions),
            versions,
        }
    });
    Ok(listed.collect())
}

/// A version that a tenant adds.
#[derive(Clone, Debug)]
pub struct NewVersion {
    pub valid_from: Date,
    /// The last day, when it is known.
    pub valid_to: Option<Date>,
    pub citation: String,
    pub verified: bool,
    pub note: Option<String>,
    pub values: Value,
}

/// Adds a version; what was in force on its first day ends the day before. A version that begins
/// later than the new one and within it makes a conflict. Returns the new number.
pub async fn add(cx: &mut Cx, code: &str, new: NewVersion) -> Result<i32> {
    cx.permit(Action::TenantManage, Scope::Tenant)?;
    if shipped::packs()?.get(code).is_none() {
        return Err(Error::NotFound);
    }
    if new.citation.trim().is_empty() {
        return Err(Error::invalid("citation", "error-text-missing"));
    }
    if new.valid_to.is_some_and(|to| to < new.valid_from) {
        return Err(Error::invalid("valid_to", "error-rule-backwards"));
    }
    // Whoever judges by it must be able to read it on its first day, not find out then.
    let like = shipped::pack(code)?.versions.last().map(|version| &version.values);
    if !new.values.is_object() || like.is_some_and(|like| !fits(like, &new.values)) {
        return Err(Error::invalid("values", "error-rule-values"));
    }
    let mut all = versions(cx, code).await?;
    let mut closed = None;
    if let Some(running) = all.iter_mut().find(|version| version.covers(new.valid_from)) {
        let eve = new.valid_from.yesterday().map_err(|_| Error::invalid("valid_from", "error-date-none"))?;
        if eve < running.valid_from {
            return Err(Error::Conflict("error-rule-overlap"));
        }
        running.valid_to = Some(eve);
        closed = Some(running.clone());
    }
    let version = Version {
        version: all.iter().map(|version| version.version).fold(TENANT_FROM, i32::max) + 1,
        valid_from: new.valid_from,
        valid_to: new.valid_to,
        citation: new.citation,
        verified: new.verified,
        note: new.note,
        values: new.values,
        origin: Origin::Tenant,
    };
    all.push(version.clone());
    all.sort_by_key(|version| version.valid_from);
    check_versions(code, &all).map_err(|_| Error::Conflict("error-rule-overlap"))?;
    if let Some(closed) = &closed {
        sql::save(cx, code, closed).await?;
    }
    sql::save(cx, code, &version).await?;
    cx.unlearn(&learnt(code));
    // Whoever keeps something built from rules (the calendar) builds it again.
    units::touch(cx).await?;
    let tenant = cx.tenant();
    cx.record(Event::new("rule.added", tenant).data(json!({
        "code": code, "version": version.version, "valid_from": version.valid_from, "valid_to": version.valid_to,
        "verified": version.verified, "closed": closed.map(|version| version.version),
    })));
    Ok(version.version)
}

/// Writes into an event which versions judged: a list under `rules`.
#[must_use]
pub fn judged(mut event: Event, rules: &[&Rule]) -> Event {
    let stamps: Vec<Value> = rules.iter().map(|rule| rule.stamp()).collect();
    if let Some(data) = event.data.as_object_mut() {
        data.insert("rules".to_owned(), Value::Array(stamps));
    } else {
        event.data = json!({ "rules": stamps, "value": event.data });
    }
    event
}
