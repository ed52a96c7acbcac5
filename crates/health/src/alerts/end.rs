//! Ending an alert: somebody says what was done, once, and the ticket of his unit is answered by it.

use super::{model::Ended, sql};
use crate::households;
use duty::{permissions::Action, tickets};
use kernel::{AlertId, Error, MatterId, PersonId, Result, text::paragraphs};
use serde_json::json;
use std::collections::BTreeSet;
use store::{Cx, Event, Topic};
use uuid::Uuid;

/// Longest note, in characters.
const NOTE_CAP: usize = 2000;

/// What the answered ticket says where the note is empty.
const fn words(ended: Ended) -> &'static str {
    match ended {
        Ended::Well => "Đã liên hệ: người bệnh ổn.",
        Ended::Advised => "Đã liên hệ và hướng dẫn; tiếp tục theo dõi.",
        Ended::Oxygen => "Đã cho thở oxy tại nhà.",
        Ended::Removed => "Đã chuyển viện.",
        Ended::Slip => "Số đo nhập nhầm, đã kiểm tra lại.",
        Ended::Died => "Người bệnh đã tử vong.",
        Ended::Superseded => "Đã xử lý cùng báo động mới hơn.",
    }
}

/// Whose alert has ended, and which ended with it.
pub(crate) struct Ending {
    pub person: PersonId,
    pub alerts: Vec<Uuid>,
}

/// Ends an alert with what was done. A better reading ends none: only somebody who has seen to it
/// does. The ticket of the actor's own unit under its matter is answered with the same words;
/// others stay, for their units to answer.
///
/// Errors: `NotFound` outside the actor's households; Conflict `error-alert-ended`; `note`:
/// `error-text-too-long`; `ended_as`: `error-choice-unknown` for what only the program says.
pub(crate) async fn end(cx: &mut Cx, id: AlertId, ended: Ended, note: &str) -> Result<Ending> {
    if ended == Ended::Superseded {
        return Err(Error::invalid("ended_as", "error-choice-unknown"));
    }
    let (household, person, over) = sql::lock(cx, id).await?;
    let home = households::claim(cx, household, Action::CareRecord).await?;
    if over {
        return Err(Error::Conflict("error-alert-ended"));
    }
    let note = paragraphs(note, NOTE_CAP).map_err(|error| Error::invalid("note", error.key))?;
    let all = sql::end(cx, id, ended, &note).await?;
    let alerts: Vec<Uuid> = all.iter().map(|over| over.id).collect();
    let mut event = Event::new("alert.ended", household)
        .unit(home.station)
        .data(json!({ "alert": id, "person": person, "as": ended, "with": alerts }));
    if !note.is_empty() {
        event = event.payload(json!({ "note": note }));
    }
    let matters: BTreeSet<MatterId> = all.iter().filter_map(|over| over.matter).collect();
    if let Some(matter) = matters.last() {
        event = event.matter(*matter);
    }
    for matter in matters {
        let said = if note.is_empty() { words(ended) } else { note.as_str() };
        for ticket in tickets::matter_tickets(cx, matter).await? {
            let own = cx.actor.grants.iter().any(|grant| Some(grant.unit) == ticket.unit);
            if own && !ticket.is_closed() {
                tickets::resolve(cx, ticket.id, said, None).await?;
            }
        }
    }
    cx.record(event);
    cx.tell(Topic::screen("followups"));
    Ok(Ending { person, alerts })
}
