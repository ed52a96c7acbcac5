//! Hearing a text.

use super::{
    danger,
    law::Law,
    model::{Meant, Stands, Told},
    owe, reply,
    sql::{self, NewAnswer},
};
use crate::{
    care_calls, hotline,
    households::{self, Kept},
};
use async_trait::async_trait;
use duty::{
    messages::{Knows, Received, Taken},
    tenants::Tenant,
};
use kernel::{HouseholdId, Phone, Result};
use serde_json::json;
use store::{Cx, Event, Topic};

/// The area as the inbox of texts asks it.
pub struct Answers;

/// A text for one household, or for nobody who is known.
pub(super) struct Heard {
    pub home: Option<Kept>,
    pub meant: Meant,
    pub stands: Stands,
}

#[async_trait]
impl Knows for Answers {
    async fn heard(&self, cx: &mut Cx, text: &Received) -> Result<Option<Taken>> {
        // A short number, or a name: no telephone of a household.
        let Some(number) = &text.number else { return Ok(None) };
        let law = Law::today(cx).await?;
        let Told { meant, signs } = law.told(&text.words);
        if text.official && meant != Meant::Danger {
            return Ok(None);
        }
        sql::queue_up(cx, number).await?;
        let mut homes = households::followed_at_number(cx, number).await?;
        if homes.is_empty() && meant == Meant::Danger {
            // A new F0 without a plan, or somebody who was released yesterday: it is known where they live.
            homes = households::at_number(cx, number).await?;
        }
        if homes.is_empty() && meant != Meant::Danger {
            return Ok(None);
        }
        let tenant = if meant == Meant::Words {
            None
        } else {
            let (store, id) = (cx.store().clone(), cx.tenant());
            hotline::tenant_of(&store, id).await?
        };
        let mut heard = Vec::with_capacity(homes.len().max(1));
        if homes.is_empty() {
            let stands = danger::ring_for_nobody_known(cx, &law, (number, text), &signs).await?;
            heard.push(Heard { home: None, meant, stands });
        }
        // In the order of their ids, in which households are locked everywhere.
        for id in homes {
            heard.push(of_household(cx, tenant.as_ref(), &law, (number, text, meant), &signs, id).await?);
        }
        let answer = reply::send(cx, tenant.as_ref(), &law, (number, text), &heard).await?;
        for one in &heard {
            let new = NewAnswer {
                text: text.id,
                number,
                household: one.home.as_ref().map(|home| home.id),
                meant: one.meant,
                signs: &signs,
                ticket: one.stands.ticket,
                reply: answer,
            };
            sql::insert(cx, &new).await?;
        }
        Ok(Some(Taken { ticket: heard.iter().find_map(|one| one.stands.ticket) }))
    }
}

async fn of_household(
    cx: &mut Cx,
    tenant: Option<&Tenant>,
    law: &Law,
    (number, text, meant): (&Phone, &Received, Meant),
    signs: &[String],
    id: HouseholdId,
) -> Result<Heard> {
    let home = households::lock(cx, id).await?;
    let meant = granted(cx, &home, number, meant).await?;
    let stands = match meant {
        Meant::Danger => danger::ring(cx, tenant, &home, signs).await?,
        Meant::CallBack => owe::call(cx, &home, law).await?,
        Meant::Stop | Meant::Resume => Stands::default(),
        Meant::Words => owe::reading(cx, &home, text).await?,
    };
    let event = Event::new("household.text_received", home.id)
        .unit(home.station)
        .data(json!({ "text": text.id, "as": meant, "ticket": stands.ticket }))
        .payload(json!({ "words": text.words }));
    cx.record(match stands.matter {
        Some(matter) => event.matter(matter),
        None => event,
    });
    cx.tell(Topic::screen("followups"));
    Ok(Heard { home: Some(home), meant, stands })
}

/// Carries a wish about the robot's calls out. It is one of the telephone that the robot calls alone, and where it
/// cannot be granted somebody reads it.
async fn granted(cx: &mut Cx, home: &Kept, number: &Phone, meant: Meant) -> Result<Meant> {
    let called = match meant {
        Meant::Stop => false,
        Meant::Resume => true,
        other => return Ok(other),
    };
    let own = home.contact(cx)?.is_some_and(|contact| contact == *number);
    if own && care_calls::wish(cx, home, called).await? { Ok(meant) } else { Ok(Meant::Words) }
}
