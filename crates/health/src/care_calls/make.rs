//! Making a campaign from the day's plans.

use super::{
    model::{Law, Open, RULE, State},
    sql::carry,
    sql_campaign::{self as sql, Before, Home, NewRow},
};
use crate::followups;
use duty::{rules, units};
use jiff::civil::Date;
use kernel::{CampaignId, HouseholdId, Result};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event, Topic};

/// Households whose diaries are read at once.
const BATCH: usize = 500;

/// The rule of a day; where the version in force cannot be read, what ships stands in.
pub(super) async fn law_on(cx: &mut Cx, day: Date) -> Result<Law> {
    let rule = rules::known_on(cx, RULE, day).await?;
    Law::read(rule.as_ref()).or_else(|error| {
        tracing::error!(%error, "the rule of care calls: what ships stands in");
        Law::read(None)
    })
}

/// The rule of today.
pub(super) async fn law(cx: &mut Cx) -> Result<Law> {
    let today = units::today(cx).await?;
    law_on(cx, today).await
}

/// Makes the campaign of the window that is open now, where there is none yet: a row for each household in
/// which somebody owes an entry, in the order of the morning list. Whoever was not reached, or refused, in an
/// earlier window of the day is people's from then on; whoever still waits goes on where he was.
pub(super) async fn make(cx: &mut Cx) -> Result<Option<CampaignId>> {
    let zone = units::timezone(cx).await?;
    let law = law(cx).await?;
    let Some(open) = law.open(&zone, cx.now()) else { return Ok(None) };
    if sql::campaigns(cx, open.day).await?.iter().any(|known| known.window == open.place) {
        return Ok(None);
    }
    let id = cx.id::<CampaignId>();
    if !sql::insert_campaign(cx, id, &open, &law).await? {
        return Ok(None);
    }
    let before = before(cx, &open).await?;
    let mut rows = Vec::new();
    let mut moved = Vec::new();
    let mut carried = Vec::new();
    let all = sql::homes(cx).await?;
    for homes in all.chunks(BATCH) {
        let asked: Vec<HouseholdId> = homes.iter().map(|home| home.id).collect();
        let owing: BTreeSet<HouseholdId> =
            followups::owing(cx, &asked).await?.iter().map(|kept| kept.household).collect();
        for home in homes.iter().filter(|home| owing.contains(&home.id)) {
            let place = i32::try_from(rows.len()).unwrap_or(i32::MAX);
            match before.get(&home.id) {
                Some(Before {
                    state: State::Unreached | State::Refused | State::Flagged | State::Calling,
                    ..
                }) => {}
                // Stopped for good: they are people's for this day.
                Some(Before { state: State::Waiting | State::Uncalled, stopped: true, .. }) => {}
                Some(known) if known.state == State::Waiting => {
                    let new = NewRow {
                        unanswered: known.unanswered,
                        next_at: known.next_at.max(cx.now()),
                        ..row(cx, home, place)
                    };
                    moved.push(known.id);
                    if known.answered {
                        carried.push((known.id, new.id));
                    }
                    rows.push(new);
                }
                _ => rows.push(row(cx, home, place)),
            }
        }
    }
    // Who has written his diary meanwhile waits for nothing; the last window's rows are closed by their hour, and
    // those of a campaign that was stopped by the dialler.
    let written = before.values().filter(|known| known.state == State::Waiting && !known.stopped);
    moved.extend(written.map(|known| known.id));
    moved.sort_unstable();
    moved.dedup();
    // The new rows first: they wait for whoever writes for their household, and he may want its old row next.
    sql::insert_rows(cx, id, &rows).await?;
    sql::move_on(cx, &moved).await?;
    for (from, into) in carried {
        carry(cx, from, into).await?;
    }
    let without = rows.iter().filter(|row| row.state == State::NoNumber).count();
    let event = Event::new("campaign.made", id).data(json!({
        "day": open.day, "window": open.place, "households": rows.len(), "no_number": without,
    }));
    cx.record(rules::judged(event, &[&law.rule]));
    cx.tell(Topic::screen("care_calls"));
    Ok(Some(id))
}

fn row(cx: &Cx, home: &Home, place: i32) -> NewRow {
    let state = if home.has_number { State::Waiting } else { State::NoNumber };
    NewRow { id: cx.id(), household: home.id, place, state, unanswered: 0, next_at: cx.now() }
}

/// How each household stood in the newest of the day's campaigns before.
async fn before(cx: &mut Cx, open: &Open) -> Result<BTreeMap<HouseholdId, Before>> {
    Ok(sql::before(cx, open.day).await?.into_iter().map(|one| (one.household, one)).collect())
}
