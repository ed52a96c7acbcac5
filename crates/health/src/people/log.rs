//! Who has opened a person's record, as the person himself may read it: when, which unit, in which post,
//! for what reason; not by which official, whom the centre's record names.

use super::{act::scope, merge::all_of, sql};
use duty::{
    permissions::{Action, Permit, Scope},
    staff,
};
use jiff::Timestamp;
use kernel::{PersonId, Result, StaffId, UnitId};
use std::collections::BTreeSet;
use store::{Cx, events};

/// What opens a record: reading it, and looking at the code with which it is read.
const OPENS: [&str; 2] = ["person.read", "person.code_opened"];

/// One opening of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub at: Timestamp,
    /// Where the reader works now; `None` for the program itself.
    pub unit: Option<UnitId>,
    /// His post, in both languages; empty where he holds none any more.
    pub post: String,
    pub post_en: String,
    /// In his words; `None` where he gave none, or once they have been erased.
    pub reason: Option<String>,
}

/// Every opening of the records of a person, newest first.
///
/// Errors: `NotFound` where the actor sees no cases of the ward, `Forbidden` for those who may not open
/// people.
pub async fn readings(cx: &mut Cx, id: PersonId) -> Result<Vec<Reading>> {
    let ward = sql::ward(cx, id).await?;
    let units = scope(cx, ward).await?;
    cx.permit_sight(Action::CaseSee, Scope::Units(&units))?;
    cx.permit(Action::PersonRead, Scope::Units(&units))?;
    read_by(cx, id).await
}

/// The same for the person himself, whose code has been asked.
pub(crate) async fn read_by(cx: &mut Cx, id: PersonId) -> Result<Vec<Reading>> {
    let mut opened = Vec::new();
    for record in all_of(cx, id).await? {
        let told = events::of_object(cx, record).await?;
        opened.extend(told.into_iter().filter(|event| OPENS.contains(&event.kind.as_str())));
    }
    let readers: BTreeSet<StaffId> = opened.iter().filter_map(|event| event.actor_id.map(StaffId)).collect();
    let readers: Vec<StaffId> = readers.into_iter().collect();
    let badges = staff::badges(cx, &readers).await?;
    let mut readings: Vec<Reading> = opened
        .into_iter()
        .map(|event| {
            let badge = event.actor_id.and_then(|id| badges.get(&StaffId(id)));
            let reason = event.payload.as_ref().and_then(|payload| payload["reason"].as_str());
            Reading {
                at: event.at,
                unit: badge.and_then(|badge| badge.unit),
                post: badge.map_or_else(String::new, |badge| badge.title.clone()),
                post_en: badge.map_or_else(String::new, |badge| badge.title_en.clone()),
                reason: reason.map(str::to_owned),
            }
        })
        .collect();
    readings.sort_by_key(|reading| std::cmp::Reverse(reading.at));
    Ok(readings)
}
