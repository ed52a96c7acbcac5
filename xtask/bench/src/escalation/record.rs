//! Reads what five hundred ladders left behind, and holds it against what must be.

use crate::centre::{Centre, FIRST};
use jiff::{SignedDuration, Timestamp};
use kernel::Result;
use serde_json::Value;
use sqlx::{PgConnection, Row};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Two processes that follow the database's clock may differ by this much.
const CLOCKS: SignedDuration = SignedDuration::from_millis(100);

#[derive(Default)]
pub struct Verdict {
    pub lost: usize,
    pub doubled: usize,
    /// What was wrong, one line each.
    pub faults: Vec<String>,
    pub levels: usize,
    pub rounds: usize,
    pub accepted: usize,
    pub events: i64,
}

impl Verdict {
    fn lose(&mut self, what: String) {
        self.lost += 1;
        self.faults.push(format!("lost: {what}"));
    }

    fn double(&mut self, what: String) {
        self.doubled += 1;
        self.faults.push(format!("doubled: {what}"));
    }
}

/// A step of a ladder as its event tells it.
struct Step {
    at: Timestamp,
    fell_through: bool,
    round: i64,
    level: i64,
    /// Somebody passed it up, or its phones failed: it may end before its time.
    hurried: bool,
}

pub async fn read(centre: &Centre, expected: usize) -> Result<Verdict> {
    let mut admin = centre.admin(FIRST).await?;
    let mut verdict = Verdict::default();
    tickets(&mut admin, expected, &mut verdict).await?;
    steps(&mut admin, &mut verdict).await?;
    attempts(&mut admin, &mut verdict).await?;
    let store = centre.store(FIRST).await?;
    let ledger = store::ledger::verify(&store, centre.tenant, "quan7").await?;
    verdict.events = ledger.events;
    if let Some(bad) = ledger.first_bad {
        verdict.lose(format!("the record breaks at event {}: {}", bad.event_id, bad.reason));
    }
    store.close().await;
    Ok(verdict)
}

/// Every ticket is there; every open one has its timers, of its own generation and time.
async fn tickets(admin: &mut PgConnection, expected: usize, verdict: &mut Verdict) -> Result<()> {
    let rows = sqlx::query(
        "select t.code, t.state,
                exists (select from timers m where m.tenant_id = t.tenant_id and m.kind = 'tickets.escalate'
                          and m.object_id = t.id and m.generation = t.generation and m.fire_at = t.climbs_at) as climbs,
                exists (select from timers m where m.tenant_id = t.tenant_id and m.kind = 'tickets.escalate'
                          and m.object_id = t.id) as any_timer,
                exists (select from timers m where m.tenant_id = t.tenant_id and m.kind = 'tickets.deadline'
                          and m.object_id = t.id) as falls_due
         from tickets t where t.kind = 'faults'",
    )
    .fetch_all(&mut *admin)
    .await?;
    for _ in rows.len()..expected {
        verdict.lose("a ticket".into());
    }
    for row in rows {
        let code: String = row.get("code");
        let open = row.get::<String, _>("state") == "open";
        if open && !row.get::<bool, _>("climbs") {
            verdict.lose(format!("the timer of {code}"));
        }
        if !open {
            verdict.accepted += 1;
            if row.get("any_timer") {
                verdict.double(format!("a timer of {code}, which was accepted"));
            }
        }
        if !row.get::<bool, _>("falls_due") {
            verdict.lose(format!("the deadline of {code}"));
        }
    }
    let restored: i64 =
        sqlx::query_scalar("select count(*) from events where kind = 'ticket.timer_restored'")
            .fetch_one(admin)
            .await?;
    for _ in 0..restored {
        verdict.lose("a timer, which the check of every minute had to restore".into());
    }
    Ok(())
}

/// The levels of each round follow one another, each once, none before its time.
async fn steps(admin: &mut PgConnection, verdict: &mut Verdict) -> Result<()> {
    let hurried = hurried(admin).await?;
    let rows = sqlx::query(
        "select t.id, t.code, t.level, t.round, t.ladder, e.kind,
                (extract(epoch from e.at) * 1000000)::bigint as at, e.data
         from tickets t join events e on e.tenant_id = t.tenant_id and e.object_id = t.id
         where t.kind = 'faults' and e.kind in ('ticket.level_started', 'ticket.fell_through')
         order by t.id, e.at, e.id",
    )
    .fetch_all(admin)
    .await?;
    let mut climbs: BTreeMap<Uuid, Climb> = BTreeMap::new();
    for row in rows {
        let id: Uuid = row.get("id");
        let data: Value = row.get("data");
        let number = |key: &str| data[key].as_i64().unwrap_or(-1);
        let climb = climbs.entry(id).or_insert_with(|| Climb {
            code: row.get("code"),
            given: given(&row.get("ladder")),
            stands: (row.get::<i16, _>("round").into(), row.get::<i16, _>("level").into()),
            steps: Vec::new(),
        });
        let (round, level) = (number("round"), number("level"));
        climb.steps.push(Step {
            at: Timestamp::from_microsecond(row.get("at")).unwrap_or_default(),
            fell_through: row.get::<String, _>("kind") == "ticket.fell_through",
            round,
            level,
            hurried: hurried.contains(&(id, round, level)),
        });
    }
    for climb in climbs.values() {
        climb.judge(verdict);
    }
    Ok(())
}

/// How long each level of a ladder is given before the next begins; the last one a minute.
fn given(ladder: &Value) -> Vec<SignedDuration> {
    let levels = ladder["level"].as_array().map(Vec::as_slice).unwrap_or_default();
    let after =
        |level: &Value| level["after"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default();
    levels.iter().skip(1).map(after).chain([SignedDuration::from_secs(60)]).collect()
}

/// The whole climb of one ticket, as its events tell it, and where the ticket itself stands.
struct Climb {
    code: String,
    given: Vec<SignedDuration>,
    stands: (i64, i64),
    steps: Vec<Step>,
}

impl Climb {
    fn judge(&self, verdict: &mut Verdict) {
        let last = self.given.len() as i64 - 1;
        let mut before: Option<&Step> = None;
        for step in &self.steps {
            verdict.levels += usize::from(!step.fell_through);
            verdict.rounds = verdict.rounds.max(usize::try_from(step.round + 1).unwrap_or(0));
            let here = format!("{}, round {}, level {}", self.code, step.round, step.level);
            let place = (step.round, step.level);
            match before {
                None if place != (0, 0) => verdict.lose(format!("what came before {here}")),
                None => {}
                // The last level stands even when it found nobody, and both are told.
                Some(known) if known.fell_through && known.level == last && place == known.place() => {}
                Some(known) if place <= known.place() => verdict.double(here),
                Some(known) if place != known.next(last) => verdict.lose(format!("the level before {here}")),
                Some(known) if known.fell_through || known.hurried => {}
                Some(known) => {
                    let given = usize::try_from(known.level).ok().and_then(|level| self.given.get(level));
                    if step.at.duration_since(known.at) + CLOCKS < given.copied().unwrap_or_default() {
                        verdict.double(format!("{here} began before the time of the level below was over"));
                    }
                }
            }
            before = Some(step);
        }
        if let Some(told) = before.map(Step::place)
            && told != self.stands
        {
            verdict.lose(format!("{} stands at {:?}, its record at {told:?}", self.code, self.stands));
        }
    }
}

impl Step {
    fn place(&self) -> (i64, i64) {
        (self.round, self.level)
    }

    fn next(&self, last: i64) -> (i64, i64) {
        if self.level == last { (self.round + 1, 0) } else { (self.round, self.level + 1) }
    }
}

/// The levels that somebody passed up, or whose phones all failed: they may end before their time.
async fn hurried(admin: &mut PgConnection) -> Result<BTreeSet<(Uuid, i64, i64)>> {
    let rows = sqlx::query(
        "select distinct ticket_id, round, level from attempts
         where outcome in ('passed_up', 'busy', 'engaged', 'rejected', 'unreachable')",
    )
    .fetch_all(admin)
    .await?;
    Ok(rows
        .iter()
        .map(|row| (row.get(0), row.get::<i16, _>(1).into(), row.get::<i16, _>(2).into()))
        .collect())
}

/// Nobody is rung twice for one level, and nothing rings for a level that is over.
async fn attempts(admin: &mut PgConnection, verdict: &mut Verdict) -> Result<()> {
    let twice = sqlx::query(
        "select t.code, a.round, a.level, a.channel, count(*) from attempts a
         join tickets t on t.tenant_id = a.tenant_id and t.id = a.ticket_id
         where t.kind = 'faults' group by t.code, a.ticket_id, a.round, a.level, a.channel, a.staff_id having count(*) > 1",
    )
    .fetch_all(&mut *admin)
    .await?;
    for row in twice {
        let (code, round, level): (String, i16, i16) = (row.get(0), row.get(1), row.get(2));
        let (channel, times): (String, i64) = (row.get(3), row.get(4));
        verdict.double(format!(
            "{code}, round {round}, level {level}: {times} attempts by {channel} for one person"
        ));
    }
    let ghosts = sqlx::query(
        "select t.code, a.round, a.level from attempts a
         join tickets t on t.tenant_id = a.tenant_id and t.id = a.ticket_id
         where t.kind = 'faults' and a.ended_at is null
           and (t.state <> 'open' or (a.round, a.level) <> (t.round, t.level))",
    )
    .fetch_all(admin)
    .await?;
    for row in ghosts {
        let (code, round, level): (String, i16, i16) = (row.get(0), row.get(1), row.get(2));
        verdict.double(format!("{code} still rings for round {round}, level {level}, which is over"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ladder of three levels ten seconds apart; steps as (second, round, level).
    fn judged(steps: &[(i64, i64, i64)], stands: (i64, i64)) -> (usize, usize) {
        let given = [10, 10, 60].map(SignedDuration::from_secs).to_vec();
        let steps = steps
            .iter()
            .map(|(second, round, level)| Step {
                at: Timestamp::from_second(*second).unwrap(),
                fell_through: false,
                round: *round,
                level: *level,
                hurried: false,
            })
            .collect();
        let mut verdict = Verdict::default();
        Climb { code: "T".into(), given, stands, steps }.judge(&mut verdict);
        (verdict.lost, verdict.doubled)
    }

    #[test]
    fn a_whole_climb_is_neither_lost_nor_doubled() {
        assert_eq!(judged(&[(0, 0, 0), (10, 0, 1), (25, 0, 2), (85, 1, 0)], (1, 0)), (0, 0));
    }

    #[test]
    fn a_skipped_level_is_lost() {
        assert_eq!(judged(&[(0, 0, 0), (20, 0, 2)], (0, 2)), (1, 0));
        assert_eq!(judged(&[(0, 0, 0), (10, 0, 1), (20, 1, 0)], (1, 0)), (1, 0));
        assert_eq!(judged(&[(10, 0, 1)], (0, 1)), (1, 0));
    }

    #[test]
    fn a_level_twice_or_too_early_is_doubled() {
        assert_eq!(judged(&[(0, 0, 0), (10, 0, 1), (20, 0, 1)], (0, 1)), (0, 1));
        assert_eq!(judged(&[(0, 0, 0), (9, 0, 1)], (0, 1)), (0, 1));
        assert_eq!(judged(&[(0, 0, 0), (10, 0, 1), (20, 0, 2), (79, 1, 0)], (1, 0)), (0, 1));
    }

    #[test]
    fn a_ticket_that_stands_elsewhere_than_its_record_is_lost() {
        assert_eq!(judged(&[(0, 0, 0), (10, 0, 1)], (0, 2)), (1, 0));
    }

    #[test]
    fn a_ladder_tells_what_each_level_is_given() {
        let ladder =
            serde_json::json!({ "level": [{ "after": "PT0S" }, { "after": "PT10S" }, { "after": "PT60S" }] });
        assert_eq!(given(&ladder), [10, 60, 60].map(SignedDuration::from_secs));
    }
}
