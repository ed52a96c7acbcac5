//! What a bench ends with.

use kernel::{Error, Result};
use serde::Serialize;
use serde_json::Value;

/// One figure beside its limit. `goal` is held against the ratio or against our own number.
#[derive(Debug, Serialize)]
pub struct Figure {
    pub name: &'static str,
    pub unit: &'static str,
    /// The median of the runs, as everything here.
    pub ours: f64,
    /// The best that the same machine gave for the same work without us, in the same run.
    pub limit: f64,
    /// `ours / limit`.
    pub ratio: f64,
    pub goal: f64,
    /// What the goal is a goal for: `ours` or `ratio`.
    pub judged: &'static str,
    /// `at_most` or `at_least`.
    pub direction: &'static str,
    pub runs: usize,
    pub ok: bool,
    /// Whatever else the reader should know, by name.
    pub details: Value,
}

impl Figure {
    /// The one JSON line.
    pub fn print(&self) -> Result<()> {
        println!("{}", serde_json::to_string(self).map_err(Error::internal)?);
        Ok(())
    }
}

/// Three decimals are more than these measurements can carry.
pub fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The value that `share` (0 to 1) of the values do not exceed; 0 of nothing.
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    let at = (last as f64 * share).ceil() as usize;
    sorted.get(at.min(last)).copied().unwrap_or_default()
}

pub fn median(values: &[f64]) -> f64 {
    percentile(values, 0.5)
}

/// Seconds between two readings of the machine's clock.
pub fn seconds_since(from: jiff::Timestamp) -> f64 {
    kernel::clock::machine_now().duration_since(from).as_secs_f64()
}

/// The figures for people.
pub fn table(figures: &[Figure]) -> String {
    let mut lines = vec![format!(
        "\n{:<12} {:>10} {:>10} {:<6} {:>7}  {:<22} {}",
        "", "ours", "limit", "unit", "ratio", "goal", "reached"
    )];
    for figure in figures {
        let than = if figure.direction == "at_most" { "≤" } else { "≥" };
        let goal = format!("{} {than} {}", figure.judged, figure.goal);
        let reached = if figure.ok { "yes" } else { "NO" };
        lines.push(format!(
            "{:<12} {:>10} {:>10} {:<6} {:>7}  {goal:<22} {reached}   {}",
            figure.name, figure.ours, figure.limit, figure.unit, figure.ratio, figure.details
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert!((percentile(&values, 0.99) - 100.0).abs() < 1e-9);
        assert!((percentile(&values, 0.0) - 1.0).abs() < 1e-9);
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!(median(&[]).abs() < 1e-9);
    }
}
