//! The head of a unit hears that nobody will stand there, before it happens.

use super::notices::{self, News};
use crate::{
    staff,
    units::{self, Line},
};
use async_trait::async_trait;
use jiff::Timestamp;
use kernel::{Error, Result, StaffId, UnitId};
use store::{Cx, events::Recorded, subscriptions::OnEvent};

/// The subscriber that mails a gap, when it is first found, to whoever heads the unit; where nobody
/// does, to the head of the nearest unit above that has one.
pub struct RosterGaps;

#[async_trait]
impl OnEvent for RosterGaps {
    fn name(&self) -> &'static str {
        "messages.roster_gaps"
    }

    async fn handle(&self, cx: &mut Cx, news: &[Recorded]) -> Result<()> {
        for event in news {
            if event.kind == "roster.gap_found" {
                found(cx, event).await?;
            }
        }
        Ok(())
    }
}

async fn found(cx: &mut Cx, event: &Recorded) -> Result<()> {
    let at = |name: &str| -> Result<Timestamp> {
        serde_json::from_value(event.data[name].clone()).map_err(Error::internal)
    };
    let unit = UnitId(event.object_id);
    let news = News::RosterGap { unit, from: at("from")?, until: at("until")? };
    for head in heads(cx, unit).await? {
        // Whoever has opened it by his own change has seen it on his page.
        if event.actor_id != Some(head.uuid()) {
            notices::announce(cx, head, &news).await?;
        }
    }
    Ok(())
}

async fn heads(cx: &mut Cx, unit: UnitId) -> Result<Vec<StaffId>> {
    let tree = units::tree(cx).await?;
    let mut here = tree.get(unit);
    while let Some(unit) = here {
        let posts = staff::posts_at(cx, &[unit.id]).await?;
        let heads: Vec<StaffId> = posts.iter().filter(|post| post.head).map(|post| post.staff).collect();
        if !heads.is_empty() {
            return Ok(heads);
        }
        here = unit.parent(Line::Administrative).and_then(|above| tree.get(above));
    }
    Ok(Vec::new())
}
