//! Once a minute: what no event tells of turns its passes, passes are counted for the board, what
//! gates carry is signed anew where it has changed or grown old, the next keys are made in time, and as long as the
//! trust list names all of them its sign of life is given.

use super::{
    counts, keys,
    law::Law,
    lists::{code_table, status_lists},
    look,
    root::demo_root,
    sql_keys, trust,
};
use async_trait::async_trait;
use duty::heartbeats;
use jiff::SignedDuration;
use kernel::{Error, Result};
use store::{
    Cx, Timer,
    timers::{Due, OnTimer},
};

const TIMER: &str = "passes.keep";
const EVERY: SignedDuration = SignedDuration::from_mins(1);
/// The sign of life in the pack.
const HEARTBEAT: &str = "pass_trust";

/// Arms the minute's look of a tenant, where none is armed.
pub async fn install(cx: &mut Cx) -> Result<()> {
    if !store::timers::is_armed(cx, TIMER, cx.tenant().uuid()).await? {
        arm(cx);
    }
    Ok(())
}

fn arm(cx: &mut Cx) {
    let (object, fire_at) = (cx.tenant().uuid(), cx.now() + EVERY);
    cx.arm(Timer { kind: TIMER, object, generation: 0, fire_at });
}

/// The handler of `passes.keep`.
pub struct Keep;

#[async_trait]
impl OnTimer for Keep {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn fire(&self, cx: &mut Cx, _due: &[Due]) -> Result<()> {
        keys::keep(cx).await?;
        demo_root(cx).await?;
        watch(cx).await?;
        // Before any list is held. What cannot be looked at holds up no list that gates wait for.
        if let Err(error) = look::look(cx).await {
            tracing::error!(tenant = %cx.tenant(), %error, "passes cannot be looked over");
        }
        status_lists(cx).await?;
        code_table(cx).await?;
        counts::count(cx).await?;
        arm(cx);
        Ok(())
    }
}

/// What keeps gates from believing what is signed, now or when the key changes; `None` when nothing does.
async fn lacks(cx: &mut Cx) -> Result<Option<&'static str>> {
    let (law, now) = (Law::today(cx).await?, cx.now());
    let Some(list) = sql_keys::newest_list(cx).await? else { return Ok(Some("no trust list")) };
    if list.expires < now + law.next_key {
        return Ok(Some("the trust list ends soon"));
    }
    let named = trust::named(cx).await?.unwrap_or_default();
    let mut signing = sql_keys::all(cx).await?.into_iter().filter(|key| key.signs_until > now);
    let all = signing.all(|key| named.contains(&key.kid));
    Ok((!all).then_some("a signing key is not in the trust list"))
}

/// A centre that has never had a trust list gives no passes to gates, and is not missed.
async fn watch(cx: &mut Cx) -> Result<()> {
    let told = match lacks(cx).await? {
        None => heartbeats::beat(cx, HEARTBEAT, "").await,
        Some(why) => heartbeats::missed(cx, HEARTBEAT, "", why).await,
    };
    // Packs of before have no such sign of life.
    match told {
        Err(Error::NotFound) => Ok(()),
        other => other,
    }
}
