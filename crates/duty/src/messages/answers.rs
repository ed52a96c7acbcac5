//! Who gave a directive hears that it has been answered.

use super::notices::{self, News};
use async_trait::async_trait;
use kernel::{Result, StaffId};
use std::collections::BTreeSet;
use store::{
    Cx,
    events::{self, Recorded},
    subscriptions::OnEvent,
};

/// The subscriber that mails answers to those who asked: the person who wrote the directive and
/// the leader it was given for.
pub struct DirectiveAnswers;

#[async_trait]
impl OnEvent for DirectiveAnswers {
    fn name(&self) -> &'static str {
        "messages.directive_answers"
    }

    async fn handle(&self, cx: &mut Cx, news: &[Recorded]) -> Result<()> {
        for event in news {
            if event.kind == "ticket.resolved" && event.data["kind"] == "directive" {
                answered(cx, event).await?;
            }
        }
        Ok(())
    }
}

async fn answered(cx: &mut Cx, event: &Recorded) -> Result<()> {
    let past = events::of_object(cx, event.object_id).await?;
    let Some(opened) = past.iter().find(|event| event.kind == "ticket.opened") else { return Ok(()) };
    let writer = opened.actor_id.filter(|_| opened.actor_kind == "staff");
    let asked: BTreeSet<StaffId> = writer.into_iter().chain(opened.on_behalf_of).map(StaffId).collect();
    let by = event.actor_id.map(StaffId);
    for staff in asked {
        // Nobody needs a mail about what he has just done himself.
        if Some(staff) != by {
            notices::announce(cx, staff, &News::DirectiveAnswered { ticket: event.object_id.into() }).await?;
        }
    }
    Ok(())
}
