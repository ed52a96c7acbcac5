//! Forgetting, by the rule of retention.

use super::{sql, sql_numbers};
use crate::stand_in::or_latest;
use duty::{
    rules::{self, Rule},
    units,
};
use jiff::SignedDuration;
use kernel::Result;
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

const RETENTION: &str = "records.retention";
const DAYS: &str = "days.health_declaration";
/// As long as the codes of a day are counted.
const CODES: SignedDuration = SignedDuration::from_hours(24);

/// For how many days a declaration is kept by the rule of today.
pub async fn kept_days(cx: &mut Cx) -> Result<i64> {
    let (_, days) = rule(cx).await?;
    Ok(days)
}

/// A centre's own version may name no declarations: what ships stands in.
async fn rule(cx: &mut Cx) -> Result<(Rule, i64)> {
    let today = units::today(cx).await?;
    let known = rules::known_on(cx, RETENTION, today).await?;
    let rule = match known.filter(|rule| rule.get(DAYS).is_some()) {
        Some(rule) => rule,
        None => or_latest(None, RETENTION)?,
    };
    let days = rule.int(DAYS)?.max(1);
    Ok((rule, days))
}

/// Forgets declarations that are older than `records.retention` keeps them, codes of yesterday and devices whose time
/// is over. How many declarations there were.
pub async fn purge(cx: &mut Cx) -> Result<u64> {
    let day = cx.now() - CODES;
    sql_numbers::purge(cx, day).await?;
    let (rule, days) = rule(cx).await?;
    let before = cx.now() - SignedDuration::from_hours(24 * days);
    let gone = sql::purge(cx, before).await?;
    if gone > 0 {
        let event = Event::new("declaration.forgotten", cx.id::<Uuid>()).data(json!({ "count": gone }));
        cx.record(rules::judged(event, &[&rule]));
    }
    Ok(gone)
}
