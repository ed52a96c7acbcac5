//! From events to counters: pure counting, and the two ways in which it is fed.

use super::{
    counters,
    model::{Metric, bucket},
};
use async_trait::async_trait;
use duty::{
    permissions::{Action, Permit, Scope},
    tickets::{self, Severity, attempts::Outcome},
    units,
};
use jiff::{civil::Date, tz::TimeZone};
use kernel::{Result, UnitId};
use serde_json::json;
use std::collections::BTreeMap;
use store::{
    Cx, Event, Topic,
    events::{self, Recorded, Replayed},
    subscriptions::{self, OnEvent},
};
use uuid::Uuid;

/// The name of the cursor.
pub(super) const NAME: &str = "town.board";

/// What a run of events adds to the counters. The unit of an organisation's ticket is nil.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub days: BTreeMap<(Metric, Date, Uuid), i64>,
    pub accepts: BTreeMap<(Date, Uuid, Severity, i16), i64>,
}

impl Counts {
    /// Adds one event, on the day it has in the district.
    pub fn add(&mut self, event: &Recorded, zone: &TimeZone) {
        let day = event.at.to_zoned(zone.clone()).date();
        let unit = event.unit_id.unwrap_or_default();
        let directive = event.data["kind"] == "directive";
        match event.kind.as_str() {
            "case.recorded" | "case.classified" | "case.moved_ward" | "case.withdrawn" | "case.joined"
            | "case.parted" => {
                self.f0(event, unit);
            }
            "ticket.opened" => {
                self.count(Metric::Opened, day, unit, 1);
                if directive {
                    self.count(Metric::DirectivesGiven, day, unit, 1);
                }
            }
            "ticket.accepted" => self.accepted(event, day, unit),
            "ticket.resolved" => {
                self.count(Metric::Resolved, day, unit, 1);
                if event.data["late"] == true {
                    self.count(Metric::ResolvedLate, day, unit, 1);
                }
                // Answered without having been accepted first: the answer accepted it.
                if event.data["accepting"] == true {
                    self.accepted(event, day, unit);
                }
            }
            "ticket.overdue" => {
                self.count(Metric::Overdue, day, unit, 1);
                if directive {
                    self.count(Metric::DirectivesOverdue, day, unit, 1);
                }
            }
            "ticket.reopened" => self.count(Metric::Reopened, day, unit, 1),
            "ticket.fell_through" => self.count(Metric::FellThrough, day, unit, 1),
            "ticket.ladder_used_up" => self.count(Metric::LadderUsedUp, day, unit, 1),
            "ticket.level_started" => {
                for missed in tickets::missed_in(event) {
                    if let Some(metric) = metric_of(missed.outcome) {
                        self.count(metric, day, missed.unit.map_or(Uuid::nil(), UnitId::uuid), 1);
                    }
                }
            }
            _ => {}
        }
    }

    /// A case counts in its ward on the day on which it became an F0, and no longer once it turns out
    /// to be none, its list is taken back, or another case of the same person counts in its place: what `health::cases::by_ward` counts.
    fn f0(&mut self, event: &Recorded, ward: Uuid) {
        let Some(day) = event.data["confirmed_on"].as_str().and_then(|day| day.parse().ok()) else { return };
        let n = match event.kind.as_str() {
            "case.recorded" | "case.parted" => 1,
            "case.classified" if event.data["to"] == "confirmed" => 1,
            "case.moved_ward" => {
                if let Some(from) = event.data["from"].as_str().and_then(|id| id.parse().ok()) {
                    self.count(Metric::F0, day, from, -1);
                }
                1
            }
            _ => -1,
        };
        self.count(Metric::F0, day, ward, n);
    }

    fn count(&mut self, metric: Metric, day: Date, unit: Uuid, n: i64) {
        *self.days.entry((metric, day, unit)).or_default() += n;
    }

    fn accepted(&mut self, event: &Recorded, day: Date, unit: Uuid) {
        self.count(Metric::Accepted, day, unit, 1);
        let severity = event.data["severity"].as_str().and_then(|text| text.parse().ok());
        if let (Some(severity), Some(seconds)) = (severity, event.data["seconds"].as_i64()) {
            *self.accepts.entry((day, unit, severity, bucket(seconds))).or_default() += 1;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.days.is_empty() && self.accepts.is_empty()
    }
}

const fn metric_of(outcome: Outcome) -> Option<Metric> {
    match outcome {
        Outcome::NotAnswered => Some(Metric::NotAnswered),
        Outcome::HeardNotAccepted => Some(Metric::HeardNotAccepted),
        Outcome::Busy => Some(Metric::Busy),
        Outcome::Rejected => Some(Metric::Rejected),
        Outcome::Unreachable => Some(Metric::Unreachable),
        Outcome::Accepted
        | Outcome::PassedUp
        | Outcome::Taken
        | Outcome::Nobody
        | Outcome::NotWanted
        | Outcome::Withdrawn
        | Outcome::NoNetwork
        | Outcome::Engaged
        | Outcome::NoChannel => None,
    }
}

/// The subscriber that keeps the counters up to the sealed events.
pub struct Fold;

#[async_trait]
impl OnEvent for Fold {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn handle(&self, cx: &mut Cx, events: &[Recorded]) -> Result<()> {
        let zone = units::timezone(cx).await?;
        let mut counts = Counts::default();
        for event in events {
            counts.add(event, &zone);
        }
        if !counts.is_empty() {
            counters::add(cx, &counts).await?;
            cx.tell(Topic::screen("board"));
        }
        Ok(())
    }
}

/// Counts everything again from the first event and puts it in the place of the counters. Reads
/// first and writes last, so that neither the sealer nor the subscription waits for the reading.
pub async fn rebuild(cx: &mut Cx) -> Result<Replayed> {
    cx.permit(Action::TenantManage, Scope::Tenant)?;
    let zone = units::timezone(cx).await?;
    let mut counts = Counts::default();
    let rebuilt = events::replay(cx, |event| counts.add(event, &zone)).await?;
    subscriptions::set_cursor(cx, NAME, rebuilt.seq).await?;
    counters::clear(cx).await?;
    counters::add(cx, &counts).await?;
    let tenant = cx.tenant().uuid();
    cx.record(
        Event::new("board.rebuilt", tenant).data(json!({ "events": rebuilt.events, "seq": rebuilt.seq })),
    );
    cx.tell(Topic::screen("board"));
    Ok(rebuilt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn event(at: &str, kind: &str, data: Value) -> Recorded {
        Recorded {
            id: Uuid::from_u128(1).into(),
            at: at.parse().unwrap(),
            actor_kind: "system".into(),
            actor_id: None,
            actor_part: None,
            on_behalf_of: None,
            kind: kind.into(),
            object_kind: "ticket".into(),
            object_id: Uuid::from_u128(2),
            matter_id: None,
            unit_id: Some(Uuid::from_u128(3)),
            data,
            payload: None,
            erased: false,
            seq: Some(1),
            hash: None,
        }
    }

    #[test]
    fn a_day_begins_at_midnight_in_the_district() {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        let mut counts = Counts::default();
        for at in [
            "2021-09-25T16:59:59.999999Z",
            "2021-09-25T17:00:00Z",
            "2021-09-26T16:59:59Z",
            "2021-09-26T17:00:00Z",
        ] {
            counts.add(&event(at, "ticket.opened", json!({})), &zone);
        }
        let days: Vec<_> = counts.days.iter().map(|((_, day, _), n)| (day.to_string(), *n)).collect();
        assert_eq!(days, [("2021-09-25".into(), 1), ("2021-09-26".into(), 2), ("2021-09-27".into(), 1)]);
    }

    #[test]
    fn a_case_counts_on_the_day_it_became_an_f0_until_it_is_taken_back() {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        let mut counts = Counts::default();
        let at = "2021-09-26T03:00:00Z";
        let (day, elsewhere) = ("2021-09-25", Uuid::from_u128(4));
        let f0 = json!({ "classification": "confirmed", "confirmed_on": day });
        let suspected = json!({ "classification": "suspected", "confirmed_on": null });
        counts.add(&event(at, "case.recorded", f0.clone()), &zone);
        counts.add(&event(at, "case.recorded", suspected.clone()), &zone);
        let classified = |from: &str, to: &str| json!({ "from": from, "to": to, "confirmed_on": day });
        counts.add(&event(at, "case.classified", classified("suspected", "confirmed")), &zone);
        let of = |counts: &Counts, ward: u128| {
            counts.days.get(&(Metric::F0, day.parse().unwrap(), Uuid::from_u128(ward))).copied()
        };
        assert_eq!((of(&counts, 3), counts.days.len()), (Some(2), 1));
        counts.add(&event(at, "case.classified", classified("confirmed", "not_a_case")), &zone);
        assert_eq!(of(&counts, 3), Some(1));
        counts.add(
            &event(at, "case.moved_ward", json!({ "from": elsewhere, "to": 3, "confirmed_on": day })),
            &zone,
        );
        assert_eq!((of(&counts, 3), of(&counts, 4)), (Some(2), Some(-1)));
        counts.add(&event(at, "case.withdrawn", f0), &zone);
        counts.add(&event(at, "case.withdrawn", suspected), &zone);
        assert_eq!(of(&counts, 3), Some(1));
    }

    #[test]
    fn an_answer_without_an_acceptance_is_both() {
        let zone = TimeZone::UTC;
        let mut counts = Counts::default();
        let at = "2021-09-25T00:05:00Z";
        let answer = json!({ "late": true, "accepting": true, "severity": "notice", "seconds": 90 });
        counts.add(&event(at, "ticket.resolved", answer), &zone);
        counts.add(&event(at, "matter.opened", json!({ "kind": "f0_list", "count": 12 })), &zone);
        let of =
            |metric| counts.days.iter().filter(|((m, ..), _)| *m == metric).map(|(_, n)| *n).sum::<i64>();
        assert_eq!(
            (of(Metric::Resolved), of(Metric::ResolvedLate), of(Metric::Accepted), of(Metric::F0)),
            (1, 1, 1, 0)
        );
        assert_eq!(
            counts.accepts.keys().map(|key| (key.2, key.3)).collect::<Vec<_>>(),
            [(Severity::Notice, bucket(90))]
        );
    }
}
