use super::sql;
use crate::{
    organisations,
    permissions::{Action, Permit, Scope},
    tickets,
    units::{self, Heir, Line, Successor, Tree, Unit, UnitSpec},
};
use async_trait::async_trait;
use jiff::civil::Date;
use kernel::{Error, Result, TicketId, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use store::{
    Cx, Event, Timer,
    timers::{Due, OnTimer},
};

const KIND: &str = "transfers.take_effect";

/// A reform as decided.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// The first day of the new units.
    pub on: Date,
    /// Units that begin on the day; their `valid_from` is set to it.
    pub new: Vec<UnitSpec>,
    /// Who passes into whom, by the units' codes.
    pub successions: Vec<Succession>,
    /// Units that go on under another parent: what hangs on a ward that is split.
    pub moves: Vec<Move>,
    /// The decision.
    pub citation: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    pub from: String,
    pub to: String,
    /// False for a part of a unit that is split.
    pub whole: bool,
}

/// A unit that goes on, under another parent in the administrative line, and in that parent's ward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub unit: String,
    pub under: String,
}

/// Where the thing a ticket is about lies, told by the rooms that keep such things.
#[async_trait]
pub trait Points: Send + Sync {
    /// Longitude and latitude; `None` when it is not known.
    async fn of(&self, cx: &mut Cx, object_kind: &str, object: Uuid) -> Result<Option<(f64, f64)>>;

    /// Moves whatever the rooms keep by ward from a ward that has ended to its heir.
    async fn follow(&self, cx: &mut Cx, from: UnitId, to: UnitId) -> Result<()>;
}

/// Writes a transfer down: new units, ends, successions, and the lines of everything that stood
/// under a unit that ends. What hangs on a unit that is split must be named itself, because nobody
/// can tell from its code which part it belongs to. Takes effect on its day, at once when that is
/// today.
pub async fn plan(cx: &mut Cx, transfer: &Transfer) -> Result<Uuid> {
    cx.permit(Action::UnitEdit, Scope::Tenant)?;
    if transfer.citation.trim().is_empty() {
        return Err(Error::invalid("citation", "error-text-missing"));
    }
    not_past(cx, transfer).await?;
    let tree = units::tree(cx).await?;
    let then = codes_on(cx, transfer.on).await?;
    let heirs = heirs(&tree, &then, transfer)?;
    let mut fresh: BTreeMap<String, UnitId> = BTreeMap::new();
    for spec in &transfer.new {
        let spec = UnitSpec { valid_from: transfer.on, ..spec.clone() };
        let id = units::add(cx, &spec, &fresh).await?;
        fresh.insert(spec.code, id);
    }
    let last = transfer.on.yesterday().map_err(|_| Error::invalid("on", "error-date-none"))?;
    let id_of = |code: &str| {
        let there = || tree.by_code(code).map(|unit| unit.id).or_else(|| then.get(code).map(|unit| unit.id));
        fresh.get(code).copied().or_else(there).ok_or(Error::NotFound)
    };
    for succession in &transfer.successions {
        let (from, to) = (id_of(&succession.from)?, id_of(&succession.to)?);
        units::succeed(cx, from, to, transfer.on, succession.whole, &transfer.citation).await?;
    }
    for step in &transfer.moves {
        let (unit, under) = (id_of(&step.unit)?, id_of(&step.under)?);
        units::relink(cx, unit, Line::Administrative, Some(under), transfer.on).await?;
    }
    for code in heirs.keys() {
        units::close(cx, id_of(code)?, last).await?;
    }
    for (code, to) in &heirs {
        let from = id_of(code)?;
        for dependant in sql::dependants(cx, from, transfer.on).await? {
            if transfer.moves.iter().any(|step| step.unit == dependant.code) {
                continue;
            }
            let [only] = to[..] else {
                tracing::info!(unit = %dependant.unit, "a unit of a split ward is not named in the transfer");
                return Err(Error::Conflict("error-transfer-split-dependant"));
            };
            let heir = id_of(only)?;
            if let Some(line) = dependant.line
                && dependant.unit != heir
                && !fresh.contains_key(&dependant.code)
            {
                units::relink(cx, dependant.unit, line, Some(heir), transfer.on).await?;
            }
        }
    }
    let id = cx.id::<Uuid>();
    sql::insert(cx, id, transfer.on, &transfer.citation).await?;
    cx.record(Event::new("transfer.planned", id).data(json!({
        "on": transfer.on, "new": fresh.values().collect::<Vec<_>>(), "ending": heirs.len(),
        "moved": transfer.moves.len(), "citation": transfer.citation,
    })));
    let zone = units::timezone(cx).await?;
    let fire_at = zone.to_timestamp(transfer.on.at(0, 0, 0, 0)).map_err(Error::internal)?;
    cx.arm(Timer { kind: KIND, object: id, generation: 0, fire_at });
    Ok(id)
}

/// Ends a unit after its last day. What it owes needs an heir: a transfer names one, this does not.
pub async fn close(cx: &mut Cx, unit: UnitId, last: Date) -> Result<()> {
    units::close(cx, unit, last).await?;
    if tickets::standing_at(cx, unit).await?.is_empty() {
        Ok(())
    } else {
        Err(Error::Conflict("error-unit-owes"))
    }
}

/// The units that hang on a split unit and that the transfer does not name, by code: what
/// `error-transfer-split-dependant` is about.
pub async fn unnamed(cx: &mut Cx, transfer: &Transfer) -> Result<Vec<String>> {
    not_past(cx, transfer).await?;
    let tree = units::tree(cx).await?;
    let then = codes_on(cx, transfer.on).await?;
    let heirs = heirs(&tree, &then, transfer)?;
    let mut unnamed = BTreeSet::new();
    for (code, to) in &heirs {
        let Some(unit) = tree.by_code(code).filter(|_| to.len() > 1) else { continue };
        let dependants = sql::dependants(cx, unit.id, transfer.on).await?;
        let codes = dependants.into_iter().map(|dependant| dependant.code);
        unnamed.extend(codes.filter(|code| {
            !heirs.contains_key(code.as_str()) && !transfer.moves.iter().any(|step| step.unit == *code)
        }));
    }
    Ok(unnamed.into_iter().collect())
}

async fn not_past(cx: &mut Cx, transfer: &Transfer) -> Result<()> {
    if transfer.on < units::today(cx).await? {
        return Err(Error::invalid("on", "error-transfer-past"));
    }
    Ok(())
}

/// Units that are there on a day: an heir may have been written down beforehand.
async fn codes_on(cx: &mut Cx, day: Date) -> Result<BTreeMap<String, Unit>> {
    Ok(units::units_on(cx, day).await?.into_iter().map(|unit| (unit.code.clone(), unit)).collect())
}

/// Who each ending unit passes to. Every name is known, a whole unit goes to one heir, a split one
/// to several, and nobody inherits from himself.
fn heirs<'a>(
    tree: &Tree,
    then: &BTreeMap<String, Unit>,
    transfer: &'a Transfer,
) -> Result<BTreeMap<&'a str, Vec<&'a str>>> {
    let mut kinds: BTreeMap<&str, String> =
        then.iter().map(|(code, unit)| (code.as_str(), unit.kind.as_str().to_owned())).collect();
    kinds.extend(transfer.new.iter().map(|spec| (spec.code.as_str(), spec.kind.clone())));
    let mut heirs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for succession in &transfer.successions {
        if tree.by_code(&succession.from).is_none() {
            return Err(Error::invalid("from", "error-unit-unknown"));
        }
        if !kinds.contains_key(succession.to.as_str()) || succession.to == succession.from {
            return Err(Error::invalid("to", "error-unit-unknown"));
        }
        let to = heirs.entry(&succession.from).or_default();
        if to.contains(&succession.to.as_str()) {
            return Err(Error::invalid("successions", "error-transfer-twice"));
        }
        to.push(&succession.to);
    }
    for succession in &transfer.successions {
        // A quarter does not become a committee: it goes on under one, which is a move.
        let heir = kinds.get(succession.to.as_str());
        if tree.by_code(&succession.from).map(|unit| unit.kind.as_str()) != heir.map(String::as_str) {
            return Err(Error::invalid("successions", "error-transfer-kinds"));
        }
        let several = heirs.get(succession.from.as_str()).is_some_and(|to| to.len() > 1);
        let heir_ends = heirs.contains_key(succession.to.as_str());
        if heir_ends || succession.whole == several {
            return Err(Error::invalid("successions", "error-transfer-shares"));
        }
    }
    Ok(heirs)
}

/// The handler of `transfers.take_effect`.
pub struct TakeEffect {
    points: Arc<dyn Points>,
}

impl TakeEffect {
    pub fn new(points: Arc<dyn Points>) -> Self {
        Self { points }
    }
}

#[async_trait]
impl OnTimer for TakeEffect {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()> {
        for due in due {
            let Some(day) = sql::finish(cx, due.object).await? else { continue };
            units::touch(cx).await?;
            let (mut moved, mut undecided) = (0, 0);
            for unit in sql::ending_on(cx, day).await? {
                units::move_to_parents_ward(cx, unit).await?;
                if let Successor::Whole(Heir::Unit(heir)) = units::successor(cx, unit, None).await? {
                    units::move_to_ward(cx, unit, heir, day).await?;
                    organisations::move_to_ward(cx, unit, heir).await?;
                    self.points.follow(cx, unit, heir).await?;
                }
                for standing in tickets::standing_at(cx, unit).await? {
                    let point = self.points.of(cx, &standing.object_kind, standing.object).await?;
                    match units::successor(cx, unit, point).await? {
                        Successor::Whole(Heir::Unit(heir)) => {
                            tickets::follow(cx, standing.ticket, unit, heir, Some(heir)).await?;
                            moved += 1;
                        }
                        Successor::NeedsPoint(heirs) => {
                            ask(cx, standing.ticket, unit, &heirs).await?;
                            undecided += 1;
                        }
                        // Passed to another tenant, or still there: what is owed stays where it is.
                        Successor::Whole(Heir::Outside { .. }) | Successor::Itself => {}
                    }
                }
            }
            units::touch(cx).await?;
            let data = json!({ "on": day, "tickets": moved, "undecided": undecided });
            cx.record(Event::new("transfer.took_effect", due.object).data(data));
        }
        Ok(())
    }
}

/// Puts a ticket of a split unit before the duty leader, who forwards it.
async fn ask(cx: &mut Cx, ticket: TicketId, unit: UnitId, heirs: &[Heir]) -> Result<()> {
    let leader = units::tree(cx).await?.duty_leader();
    tickets::follow(cx, ticket, unit, leader, None).await?;
    let candidates: Vec<UnitId> = heirs
        .iter()
        .filter_map(|heir| match heir {
            Heir::Unit(id) => Some(*id),
            Heir::Outside { .. } => None,
        })
        .collect();
    cx.record(
        Event::new("ticket.successor_undecided", ticket)
            .unit(leader)
            .data(json!({ "from": unit, "candidates": candidates })),
    );
    Ok(())
}
