//! Ladders: whom to call, in which order, how long each level is given. Edited in the desk as
//! versions; a running ticket keeps the copy it opened with.

use super::model::{Channel, Severity, Tone};
use crate::{
    calendars::ClockKind,
    permissions::{Action, Permit, Scope},
    units::Whom,
};
use jiff::SignedDuration;
use kernel::{Error, LadderId, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Cx, Event};

/// What ends the climb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    Accepted,
    Answered,
}

/// One level: who is called and after how long a silence of the level before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    pub whom: Whom,
    /// Counted from the start of the level before; from the opening for the first.
    pub after: SignedDuration,
    pub channels: Vec<Channel>,
    pub tone: Tone,
}

/// A ladder as packs write it, as it is stored, and as a ticket carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LadderSpec {
    pub code: String,
    pub name_vi: String,
    pub name_en: String,
    pub until: Until,
    pub severity: Severity,
    /// From opening until an answer is due.
    pub due: SignedDuration,
    pub clock: ClockKind,
    /// From opening until the responsible unit is warned.
    pub warn: Option<SignedDuration>,
    #[serde(rename = "level", alias = "levels")]
    pub levels: Vec<Level>,
}

/// How long the last level is given before a used-up ladder starts again.
const REPEAT_EMERGENCY: SignedDuration = SignedDuration::from_secs(60);
const REPEAT_NOTICE: SignedDuration = SignedDuration::from_hours(24);

impl LadderSpec {
    /// The ladder with its last level made sure: every ladder ends at the tenant's duty leader.
    #[must_use]
    pub fn ending_at_the_leader(mut self) -> Self {
        if self.levels.last().is_none_or(|level| level.whom != Whom::duty_leader()) {
            let after = match self.severity {
                Severity::Emergency => REPEAT_EMERGENCY,
                Severity::Notice => REPEAT_NOTICE,
            };
            let (channels, tone) = match self.severity {
                Severity::Emergency => (vec![Channel::Desk, Channel::Call], Tone::Ring),
                Severity::Notice => (vec![Channel::Desk, Channel::Email], Tone::Notice),
            };
            self.levels.push(Level { whom: Whom::duty_leader(), after, channels, tone });
        }
        self
    }

    /// How long level `index` may stay silent before the climb goes on.
    pub fn given(&self, index: usize) -> SignedDuration {
        match self.levels.get(index + 1) {
            Some(next) => next.after,
            None if self.severity == Severity::Emergency => REPEAT_EMERGENCY,
            None => REPEAT_NOTICE,
        }
    }

    /// What an editor must mend before the ladder can be saved.
    pub fn check(&self) -> Result<()> {
        if self.levels.is_empty() || self.levels.len() > 9 {
            return Err(Error::invalid("levels", "error-ladder-levels"));
        }
        if self.due <= SignedDuration::ZERO {
            return Err(Error::invalid("due", "error-ladder-due"));
        }
        if self.warn.is_some_and(|warn| warn >= self.due || warn < SignedDuration::ZERO) {
            return Err(Error::invalid("warn", "error-ladder-warn"));
        }
        for (index, level) in self.levels.iter().enumerate() {
            if level.channels.is_empty() {
                return Err(Error::invalid("channels", "error-ladder-channels"));
            }
            // The first level starts at once; a later one that follows in the same second would
            // never give the one before it a chance.
            if index > 0 && level.after < SignedDuration::from_secs(10) {
                return Err(Error::invalid("after", "error-ladder-after"));
            }
        }
        Ok(())
    }
}

/// Saves a ladder as the newest version of its code.
pub async fn save(cx: &mut Cx, spec: &LadderSpec) -> Result<LadderId> {
    cx.permit(Action::LadderEdit, Scope::Tenant)?;
    spec.check()?;
    let (tenant, id) = (cx.tenant().uuid(), cx.id::<LadderId>());
    let body = serde_json::to_value(spec).map_err(Error::internal)?;
    let now = jiff_sqlx::ToSqlx::to_sqlx(cx.now());
    let by = cx.actor.staff_id().map(kernel::StaffId::uuid);
    let version = sqlx::query_scalar!(
        r#"insert into ladders (tenant_id, id, code, version, body, created_at, created_by)
           select $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5, $6 from ladders where tenant_id = $1 and code = $3
           returning version"#,
        tenant,
        id.uuid(),
        spec.code,
        body,
        now,
        by
    )
    .fetch_one(cx.conn())
    .await?;
    cx.record(Event::new("ladder.saved", id).data(json!({ "code": spec.code, "version": version })));
    Ok(id)
}

/// A stored ladder and its version.
pub struct Stored {
    pub version: i32,
    pub spec: LadderSpec,
}

/// The newest version of every ladder.
pub async fn all(cx: &mut Cx) -> Result<Vec<Stored>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select distinct on (code) version, body from ladders where tenant_id = $1 order by code, version desc",
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Stored {
                version: row.version,
                spec: serde_json::from_value(row.body).map_err(Error::internal)?,
            })
        })
        .collect()
}

/// The newest version of one ladder. `Internal` when a pack or rule names one that is not there.
pub async fn by_code(cx: &mut Cx, code: &str) -> Result<LadderSpec> {
    newest(cx, code).await?.ok_or_else(|| Error::internal(format!("no ladder {code}")))
}

/// The newest version of one ladder, or of `instead` where the tenant has none of that code: a tenant
/// whose pack is older than the program still rings.
pub async fn by_code_or(cx: &mut Cx, code: &str, instead: &str) -> Result<LadderSpec> {
    match newest(cx, code).await? {
        Some(ladder) => Ok(ladder),
        None => by_code(cx, instead).await,
    }
}

async fn newest(cx: &mut Cx, code: &str) -> Result<Option<LadderSpec>> {
    let tenant = cx.tenant().uuid();
    let body = sqlx::query_scalar!(
        "select body from ladders where tenant_id = $1 and code = $2 order by version desc limit 1",
        tenant,
        code
    )
    .fetch_optional(cx.conn())
    .await?;
    body.map(|body| serde_json::from_value(body).map_err(Error::internal)).transpose()
}
