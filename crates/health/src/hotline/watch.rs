//! Looks after calls by the clock: an emergency that no operator has taken becomes a ticket, and a caller
//! whose call died with its process is not forgotten.

use super::{
    model::{Owing, Topic},
    owed::{self, NewOwed},
    sql, sql_orders,
};
use async_trait::async_trait;
use duty::calls;
use jiff::SignedDuration;
use kernel::{CallId, Error, Result};
use store::{
    Cx, Timer,
    timers::{Due, OnTimer},
};
use uuid::Uuid;

const KIND: &str = "hotline.watch";
/// How often a call that runs is looked at.
const EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Arms the look at a call: after `after`, and from then on each minute while it runs.
pub(super) fn arm(cx: &mut Cx, call: CallId, after: SignedDuration) {
    let fire_at = cx.now() + after;
    cx.arm(Timer { kind: KIND, object: call.uuid(), generation: 0, fire_at });
}

pub(super) fn arm_later(cx: &mut Cx, call: CallId) {
    arm(cx, call, EVERY);
}

pub(super) fn disarm(cx: &mut Cx, call: CallId) {
    cx.disarm(KIND, call.uuid());
}

/// The handler of `hotline.watch`.
pub struct Watch;

#[async_trait]
impl OnTimer for Watch {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()> {
        let live: Vec<Uuid> = calls::live(cx).await?.iter().map(|call| call.id.uuid()).collect();
        for one in due {
            look(cx, one.object.into(), live.contains(&one.object)).await?;
        }
        Ok(())
    }
}

async fn look(cx: &mut Cx, call: CallId, lives: bool) -> Result<()> {
    let kept = match sql::lock(cx, call).await {
        Err(Error::NotFound) => return Ok(()),
        kept => kept?,
    };
    if kept.over_at.is_some() {
        return Ok(());
    }
    let (number, told) = (kept.number(cx)?, kept.told(cx)?);
    let topic = kept.topic.unwrap_or(Topic::Person);
    // Who died with his process on the way to the line waits no less than who stood in it.
    let waits = (kept.waits_from.is_some() || !lives) && kept.served_at.is_none();
    if waits && topic == Topic::Emergency {
        let (store, id) = (cx.store().clone(), cx.tenant());
        let tenant = owed::tenant_of(&store, id).await?;
        let new =
            NewOwed { told: told.as_deref(), ..NewOwed::of(call, Owing::Emergency, topic, number.as_ref()) };
        owed::open(cx, tenant.as_ref(), &new).await?;
    }
    if lives {
        arm_later(cx, call);
        return Ok(());
    }
    // The process that held it has died with it.
    sql::over(cx, call).await?;
    sql_orders::close(cx, call).await?;
    if kept.topic.is_some() && kept.served_at.is_none() && topic != Topic::Emergency {
        // Also of whoever was still telling his symptoms, or about to leave a message.
        let kind = if told.is_some() { Owing::Symptoms } else { Owing::Missed };
        let new = NewOwed { told: told.as_deref(), ..NewOwed::of(call, kind, topic, number.as_ref()) };
        owed::open(cx, None, &new).await?;
    }
    Ok(())
}
