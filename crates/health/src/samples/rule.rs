//! How soon what was ordered is owed, by `samples.orders`.

use super::model::Reason;
use crate::stand_in::or_latest;
use duty::{
    rules::{self, Rule},
    units,
};
use jiff::{SignedDuration, Timestamp};
use kernel::Result;
use std::collections::BTreeMap;
use store::Cx;

pub(super) struct Law {
    rule: Rule,
    due: BTreeMap<Reason, SignedDuration>,
    /// Fewest and most people of one pooled sample.
    pub pool: (usize, usize),
}

impl Law {
    /// Of today. A version that cannot be read keeps nobody from being tested: what ships stands in.
    pub async fn today(cx: &mut Cx) -> Result<Self> {
        let today = units::today(cx).await?;
        let rule = rules::known_on(cx, "samples.orders", today).await?;
        Self::read(rule.as_ref()).or_else(|error| {
            tracing::error!(rule.code = "samples.orders", %error, "the orders of tests cannot be read, what ships stands in");
            Self::read(None)
        })
    }

    pub fn read(rule: Option<&Rule>) -> Result<Self> {
        let rule = or_latest(rule, "samples.orders")?;
        let mut due = BTreeMap::new();
        for reason in Reason::ALL {
            due.insert(*reason, rule.duration(&format!("due.{}", reason.as_str()))?);
        }
        Ok(Self { pool: (rule.read("pool.least")?, rule.read("pool.most")?), due, rule })
    }

    pub fn due(&self, reason: Reason, now: Timestamp) -> Timestamp {
        now + self.due.get(&reason).copied().unwrap_or(SignedDuration::from_hours(24))
    }

    pub const fn rule(&self) -> &Rule {
        &self.rule
    }
}
