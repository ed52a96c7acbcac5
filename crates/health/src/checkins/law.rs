//! How long scans are kept, and what is unusual, by the rules of the day.

use crate::stand_in::or_latest;
use duty::{
    rules::{self, Rule},
    units,
};
use jiff::SignedDuration;
use kernel::{Error, Result};
use store::Cx;

const KEEP: &str = "checkins.keep";
const ALERTS: &str = "checkins.alerts";
/// More than this in any value is a slip of the pen.
const MOST_DAYS: i64 = 180;
const MOST_MINUTES: i64 = 60;
const MOST_METRES: i64 = 100_000;

fn within(rule: &Rule, path: &str, most: i64) -> Result<i64> {
    let value = rule.int(path)?;
    if (1..=most).contains(&value) {
        Ok(value)
    } else {
        Err(Error::internal(format!("rule {} version {}: {path} is no such number", rule.code, rule.version)))
    }
}

/// For how long a scan is kept today.
pub(super) async fn kept(cx: &mut Cx) -> Result<SignedDuration> {
    let today = units::today(cx).await?;
    let known = rules::known_on(cx, KEEP, today).await?;
    let rule = or_latest(known.as_ref(), KEEP)?;
    Ok(SignedDuration::from_hours(24 * within(&rule, "checkin_days", MOST_DAYS)?))
}

/// What is unusual at a gate.
#[derive(Clone, Debug)]
pub(super) struct Law {
    pub rule: Rule,
    /// Nobody travels faster.
    pub metres_per_minute: f64,
    /// Nearer gates are one place.
    pub metres_at_least: f64,
    /// Scans farther apart in time are not compared; an hour at most, so that three hours of the index hold them.
    pub apart_within: SignedDuration,
    /// The same of the same gate is not told again in this time.
    pub told_again_after: SignedDuration,
    /// A gate that scanned nobody for so long is silent.
    pub silent_after: SignedDuration,
}

impl Law {
    pub(super) async fn today(cx: &mut Cx) -> Result<Self> {
        let today = units::today(cx).await?;
        let known = rules::known_on(cx, ALERTS, today).await?;
        Self::read(or_latest(known.as_ref(), ALERTS)?)
    }

    fn read(rule: Rule) -> Result<Self> {
        let minutes =
            |path: &str, most: i64| Ok::<_, Error>(SignedDuration::from_mins(within(&rule, path, most)?));
        Ok(Self {
            metres_per_minute: within(&rule, "metres_per_minute", MOST_METRES)? as f64,
            metres_at_least: within(&rule, "metres_apart_at_least", MOST_METRES)? as f64,
            apart_within: minutes("apart_within_minutes", MOST_MINUTES)?,
            told_again_after: minutes("told_again_after_minutes", 24 * MOST_MINUTES)?,
            silent_after: minutes("silent_after_minutes", 24 * MOST_MINUTES)?,
            rule,
        })
    }

    /// Whether somebody at one gate cannot have come to the other in that time, `apart` being what lies between
    /// the two scans in either direction.
    pub(super) fn is_too_fast(&self, metres: f64, apart: SignedDuration) -> bool {
        // Clocks of two devices differ by some seconds.
        let minutes = (apart.abs().as_secs_f64() / 60.0).max(1.0);
        metres >= self.metres_at_least && metres > self.metres_per_minute * minutes
    }
}

/// Metres between two points (latitude, longitude); good to a percent within a province.
pub(super) fn metres(one: (f64, f64), other: (f64, f64)) -> f64 {
    const PER_DEGREE: f64 = 111_320.0;
    let north = (one.0 - other.0) * PER_DEGREE;
    let east = (one.1 - other.1) * PER_DEGREE * f64::midpoint(one.0, other.0).to_radians().cos();
    north.hypot(east)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_at_two_ends_of_the_district_within_minutes() {
        let law = Law::read(or_latest(None, ALERTS).unwrap()).unwrap();
        let (market, port) = ((10.7296, 106.7055), (10.7610, 106.7470));
        let far = metres(market, port);
        assert!((5_500.0..5_900.0).contains(&far), "{far}");
        assert!(law.is_too_fast(far, SignedDuration::from_mins(4)));
        assert!(law.is_too_fast(far, SignedDuration::from_mins(-4)));
        assert!(!law.is_too_fast(far, SignedDuration::from_mins(7)));
        // Two doors of one market.
        assert!(!law.is_too_fast(metres(market, (10.7300, 106.7060)), SignedDuration::ZERO));
    }
}
