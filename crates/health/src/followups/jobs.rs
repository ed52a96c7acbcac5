//! Silence: once a minute plans are reckoned anew in which a slot has opened or become late, and a
//! household that has been silent too long gets a ticket. And the net beneath the news: whatever
//! happens to a case by another way brings its follow-up into step.

use super::{
    settle::{Courses, Settled, settle},
    sql, take_on, twins,
};
use crate::households;
use async_trait::async_trait;
use duty::tickets::{self, NewMatter, NewTicket, Responsible, Severity, ladder};
use jiff::SignedDuration;
use kernel::{Error, HouseholdId, PersonId, PlanId, Result, TicketId, UnitId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Cx, Event, Timer, Topic,
    events::Recorded,
    subscriptions::OnEvent,
    timers::{Due, OnTimer},
};

const KIND: &str = "followups.slots";
/// The matter of a household from which nothing is heard.
pub const SILENCE: &str = "silence";
/// How often it is looked for slots that have become late.
const EVERY: SignedDuration = SignedDuration::from_mins(1);
/// Plans looked at in one transaction, so that no household waits long for its lock.
const BATCH: i64 = 100;

/// For so long an answered ticket of silence is taken for a word of the household.
const ANSWER_LASTS: SignedDuration = SignedDuration::from_hours(12);

/// Arms the minute's look of a tenant, where none is armed.
pub async fn install(cx: &mut Cx) -> Result<()> {
    if !store::timers::is_armed(cx, KIND, cx.tenant().uuid()).await? {
        arm(cx, EVERY);
    }
    Ok(())
}

/// Arms it by the clock of this transaction, wherever it stood: the demo lives its past after the
/// timers of its present have been set up.
pub fn rearm(cx: &mut Cx) {
    arm(cx, EVERY);
}

fn arm(cx: &mut Cx, after: SignedDuration) {
    let (object, fire_at) = (cx.tenant().uuid(), cx.now() + after);
    cx.arm(Timer { kind: KIND, object, generation: 0, fire_at });
}

/// The handler of `followups.slots`.
pub struct Slots;

#[async_trait]
impl OnTimer for Slots {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, cx: &mut Cx, _due: &[Due]) -> Result<()> {
        let (homes, full) = sql::turned(cx, BATCH).await?;
        if !homes.is_empty() {
            households::lock_all(cx, &homes).await?;
            let mut courses = Courses::new(cx).await?;
            let settled = settle(cx, &mut courses, &homes).await?;
            note(cx, &settled).await?;
            look_after_silent(cx, &settled).await?;
            cx.tell(Topic::screen("followups"));
        }
        arm(cx, if full { SignedDuration::ZERO } else { EVERY });
        Ok(())
    }
}

/// One event for each station: who has missed a slot since it was looked last.
async fn note(cx: &mut Cx, settled: &[Settled]) -> Result<()> {
    let missed: Vec<&Settled> = settled.iter().filter(|one| one.missed > one.kept.missed).collect();
    let homes: Vec<HouseholdId> = missed.iter().map(|one| one.kept.household).collect();
    let stations = households::stations(cx, &homes).await?;
    let mut of: BTreeMap<UnitId, Vec<PlanId>> = BTreeMap::new();
    for one in missed {
        if let Some(station) = stations.get(&one.kept.household) {
            of.entry(*station).or_default().push(one.kept.id);
        }
    }
    for (station, plans) in of {
        cx.record(Event::new("follow.missed", station).unit(station).data(json!({ "plans": plans })));
    }
    Ok(())
}

/// Opens one ticket for each household that is silent and has none; one that was answered half a day
/// ago and brought no word counts as none.
async fn look_after_silent(cx: &mut Cx, settled: &[Settled]) -> Result<()> {
    let known: Vec<TicketId> = settled.iter().filter_map(|one| one.kept.silence_ticket).collect();
    let stale = cx.now() - ANSWER_LASTS;
    let over: BTreeSet<TicketId> = tickets::tickets(cx, &known)
        .await?
        .into_iter()
        .filter(|ticket| ticket.is_closed() && ticket.resolved_at.is_none_or(|at| at < stale))
        .map(|ticket| ticket.id)
        .collect();
    let mut silent: BTreeMap<HouseholdId, Vec<PlanId>> = BTreeMap::new();
    let mut sent: BTreeSet<HouseholdId> = BTreeSet::new();
    for one in settled {
        if one.kept.silence_ticket.is_some_and(|ticket| !over.contains(&ticket)) {
            sent.insert(one.kept.household);
        } else if one.silent {
            silent.entry(one.kept.household).or_default().push(one.kept.id);
        }
    }
    for (household, plans) in silent {
        if !sent.contains(&household) {
            let ticket = send(cx, household).await?;
            sql::set_silence(cx, &plans, Some(ticket)).await?;
        }
    }
    Ok(())
}

async fn send(cx: &mut Cx, household: HouseholdId) -> Result<TicketId> {
    let home = households::kept(cx, household).await?;
    let ladder = ladder::by_code_or(cx, SILENCE, "report").await?;
    let new = NewMatter {
        kind: SILENCE,
        severity: Severity::Notice,
        ward: Some(home.ward),
        object_kind: "household",
        object: household.uuid(),
    };
    let code = &home.code;
    let ticket = NewTicket {
        kind: SILENCE.to_owned(),
        responsible: Responsible::Unit(home.care_team.or(home.mobile_station).unwrap_or(home.station)),
        ladder,
        task: json!({
            "vi": format!("Hộ {code} chưa báo sức khỏe nhiều lần liền. Gọi, không được thì đến tận nhà; ghi vào trang của hộ."),
            "en": format!("Household {code} has not reported several times in a row. Call; if nobody answers, go there; write it on the household's page."),
        }),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(cx, &new, ticket).await?;
    opened.tickets.first().copied().ok_or_else(|| Error::internal("a matter opened no ticket"))
}

/// The tickets by which somebody was sent to a household for its silence, whether answered or not.
pub(crate) async fn silence_tickets(cx: &mut Cx, household: HouseholdId) -> Result<BTreeSet<TicketId>> {
    let plans = sql::of_households(cx, &[household], false).await?;
    Ok(plans.into_iter().filter_map(|kept| kept.silence_ticket).collect())
}

/// Somebody was heard: when nobody in the household is silent any more its ticket is withdrawn, or
/// told, where somebody is on the way already.
pub(super) async fn heard(cx: &mut Cx, settled: &[Settled], saved: &[PersonId]) -> Result<()> {
    let Some(ticket) = settled
        .iter()
        .find(|one| saved.contains(&one.kept.person) && one.kept.silence_ticket.is_some())
        .and_then(|one| one.kept.silence_ticket)
    else {
        return Ok(());
    };
    let of_ticket: Vec<&Settled> =
        settled.iter().filter(|one| one.kept.silence_ticket == Some(ticket)).collect();
    if of_ticket.iter().any(|one| one.silent) {
        return Ok(());
    }
    tickets::withdraw(cx, ticket, "Hộ đã báo sức khỏe.").await?;
    let plans: Vec<PlanId> = of_ticket.iter().map(|one| one.kept.id).collect();
    sql::set_silence(cx, &plans, None).await
}

/// Reads the record for what happens to cases.
pub struct FollowCases;

#[async_trait]
impl OnEvent for FollowCases {
    fn name(&self) -> &'static str {
        "health.followups"
    }

    async fn handle(&self, cx: &mut Cx, events: &[Recorded]) -> Result<()> {
        let cases: BTreeSet<_> = events
            .iter()
            .filter(|event| event.object_kind == "case" && event.kind != "case.announced")
            .map(|event| event.object_id)
            .collect();
        for case in cases {
            match take_on::take_on(cx, case.into()).await {
                Ok(_) | Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        // After their cases: those say which of two F0s counts.
        for event in events {
            match event.kind.as_str() {
                "person.merged" => twins::join(cx, event.object_id.into()).await?,
                "person.unmerged" => {
                    let from = event.data["from"].as_str().and_then(|id| id.parse::<PersonId>().ok());
                    let goes = PersonId(event.object_id);
                    twins::part(cx, [from.unwrap_or(goes), goes]).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}
