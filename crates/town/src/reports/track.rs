//! What the holder of a code is told. Units, times and answers; no official's name, no internal
//! note, and not the words of the report either: a code can be read over a shoulder.

use super::{
    model::{Channel, State, is_with_leader},
    reporter::{held, standing},
    sight::moderation,
    sql::{self, Reply},
    submit::owner,
};
use crate::files::{self, Size, Vault};
use duty::units::{self, Tree};
use jiff::Timestamp;
use kernel::{Error, FileId, Result, UnitId};
use store::{
    Cx,
    events::{self, Recorded},
};

/// Where a report stands, for its reporter.
#[derive(Clone, Debug)]
pub struct Track {
    pub received_at: Timestamp,
    pub channel: Channel,
    /// Code of the category in the tenant's pack.
    pub category: String,
    pub ward: UnitId,
    pub state: State,
    /// The unit that owes the answer.
    pub unit: Option<UnitId>,
    pub due_at: Timestamp,
    pub overdue: bool,
    /// It has come before the district's duty leader.
    pub with_leader: bool,
    /// How often the answer was contested.
    pub reopened: i16,
    /// It is answered together with another report about the same thing.
    pub merged: bool,
    /// Why its words are hidden.
    pub hidden: Option<String>,
    pub replies: Vec<Reply>,
    pub steps: Vec<Step>,
    /// The last answer waits to be rated.
    pub asks_rating: bool,
    pub may_contest: bool,
    pub rating: Option<i16>,
}

/// One step on the way, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub at: Timestamp,
    pub kind: StepKind,
    /// The unit that has it from here on, or that acted.
    pub unit: Option<UnitId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    Received,
    Accepted,
    Forwarded,
    Paused,
    WithLeader,
    Answered,
    Reopened,
}

/// What became of the report whose code this is. `NotFound` for a code that nobody holds; the
/// caller limits how often one address may ask.
pub async fn track(cx: &mut Cx, code: &str) -> Result<Track> {
    let report = held(cx, code).await?;
    let (ticket, root, state) = standing(cx, &report).await?;
    let tree = units::tree(cx).await?;
    let recorded = events::of_object(cx, ticket.id.uuid()).await?;
    let rated = report.rated_at.is_some() && report.rated_at >= ticket.resolved_at;
    Ok(Track {
        received_at: report.received_at,
        channel: report.channel,
        ward: report.ward,
        state,
        unit: ticket.unit,
        due_at: ticket.due_at,
        overdue: ticket.overdue_at.is_some(),
        with_leader: report.with_leader || is_with_leader(&ticket),
        reopened: ticket.reopened,
        merged: root != report.id,
        hidden: moderation(cx, &report)?,
        replies: sql::replies(cx, root).await?,
        steps: steps(&tree, report.received_at, &recorded),
        asks_rating: state.is_answered() && !rated,
        may_contest: state == State::Answered,
        rating: report.rating.filter(|_| rated),
        category: report.category,
    })
}

/// The public part of a ticket's record.
fn steps(tree: &Tree, received_at: Timestamp, recorded: &[Recorded]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut with_leader = false;
    for event in recorded {
        let by = event.unit_id.map(UnitId);
        let to_leader = event.kind == "ticket.overdue"
            || (event.kind == "ticket.level_started" && by == Some(tree.duty_leader()));
        let (kind, unit) = match event.kind.as_str() {
            "ticket.opened" => {
                // A merged report came at a time of its own, before or after the other.
                steps.push(Step { at: received_at, kind: StepKind::Received, unit: by });
                continue;
            }
            _ if to_leader && with_leader => continue,
            _ if to_leader => {
                with_leader = true;
                (StepKind::WithLeader, Some(tree.duty_leader()))
            }
            "ticket.accepted" => (StepKind::Accepted, by),
            "ticket.forwarded" => {
                let to = event.data["to"].as_str().and_then(|id| id.parse::<UnitId>().ok());
                (StepKind::Forwarded, to)
            }
            "ticket.paused" => (StepKind::Paused, by),
            "ticket.resolved" => (StepKind::Answered, by),
            "ticket.reopened" => {
                with_leader = false;
                (StepKind::Reopened, by)
            }
            _ => continue,
        };
        steps.push(Step { at: event.at, kind, unit });
    }
    steps.sort_by_key(|step| step.at);
    steps
}

/// A file of one of the replies, for the holder of the code.
pub async fn tracked_file(
    cx: &mut Cx,
    vault: &Vault,
    code: &str,
    file: FileId,
    size: Size,
) -> Result<(String, Vec<u8>)> {
    let report = held(cx, code).await?;
    let (_, root, _) = standing(cx, &report).await?;
    let shown = sql::replies(cx, root).await?.iter().any(|reply| reply.file == Some(file));
    if !shown {
        return Err(Error::NotFound);
    }
    files::read(cx, vault, owner(root), file, size).await
}
