//! A campaign over a real telephone whose only trunk says nothing for a while in the middle of it. The calls
//! that could not be made wait and are no try; in the end everybody has been called and answered once.
//! Everybody who picks up declines, which is the shortest whole conversation.

use super::{Keys, Part, pick_up};
use crate::{
    centre::{Centre, FIRST},
    figure::{round, seconds_since},
    homes::{self, Tomorrow},
    trunk::{State, Trunk},
};
use duty::prompts::Prompter;
use gateways::{SipLines, SipSettings, TrunkSettings};
use health::{
    care_calls::{Campaigns, Dialler},
    followups::Slots,
};
use jiff::SignedDuration;
use kernel::{Clock, Result, Rng, TenantId, clock::machine_now};
use serde_json::json;
use sqlx::{PgConnection, Row};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use store::timers::{OnTimer, Runner};
use tokio::{task::JoinSet, time::sleep};

const HOMES: usize = 60;
/// The trunk goes silent when so many have declined, and for so long.
const BEFORE: i64 = 12;
const SILENT_S: f64 = 20.0;
/// What waits for a line waits less than this.
const NEXT_TRY: SignedDuration = SignedDuration::from_secs(150);
const PATIENCE_S: f64 = 300.0;
const LOOK: Duration = Duration::from_millis(250);

/// Before, while and after the trunk is silent.
#[derive(Clone, Copy)]
enum Stage {
    Before,
    Silent(jiff::Timestamp),
    After,
}

pub(super) async fn run(centre: &Centre, rng: &Rng) -> Result<Part> {
    let mut admin = centre.admin(FIRST).await?;
    let (tomorrow, store) = Tomorrow::of(centre, FIRST).await?;
    let early = store.at(tomorrow.early()?);
    homes::make(centre, &mut admin, &early, &tomorrow, HOMES).await?;
    // Five past eight, and it runs.
    let clock = Clock::system();
    clock.set_offset(tomorrow.at(8, 5)?.duration_since(machine_now()));
    let store = store.at(clock.clone());
    let trunk = Arc::new(Trunk::start(None)?);
    let way = TrunkSettings::at("bench", trunk.address.to_string());
    let settings = SipSettings::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), vec![way]);
    let (lines, _offers) = SipLines::start(settings, clock.clone()).await?;
    let dialler = Dialler::new(store.clone(), Arc::new(lines.clone()), Prompter::silent());
    let handlers: Vec<Arc<dyn OnTimer>> = vec![Arc::new(Slots), Arc::new(Campaigns)];
    let runner = Runner::new(store.clone(), handlers);
    let (mut known, mut phones) = (BTreeSet::new(), JoinSet::new());
    let mut stage = Stage::Before;
    let from = machine_now();
    let finished = loop {
        dialler.tick().await?;
        while runner.fire_due().await? > 0 {}
        for (id, call) in trunk.calls() {
            let Some(audio) = call.audio.filter(|_| known.insert(id.clone())) else { continue };
            let keys = Keys {
                answers: Duration::from_millis(200 + rng.below(400)),
                first: Duration::from_millis(300),
                key: Some('9'),
                again: Duration::from_millis(500),
                times: 40,
            };
            phones.spawn(pick_up(trunk.clone(), id, audio, keys));
        }
        let refused = in_state(&mut admin, centre.tenant, "refused").await?;
        match stage {
            Stage::Before if refused >= BEFORE => {
                trunk.silence(true);
                stage = Stage::Silent(machine_now());
            }
            Stage::Silent(since) if seconds_since(since) > SILENT_S => {
                trunk.silence(false);
                clock.advance(NEXT_TRY);
                stage = Stage::After;
            }
            _ => {}
        }
        let left = in_state(&mut admin, centre.tenant, "waiting").await?
            + in_state(&mut admin, centre.tenant, "calling").await?;
        if matches!(stage, Stage::After) && left == 0 {
            break true;
        }
        if seconds_since(from) > PATIENCE_S {
            break false;
        }
        sleep(LOOK).await;
    };
    let took = seconds_since(from);
    // A BYE that went unheard is said again for half a minute.
    sleep(Duration::from_secs(3)).await;
    dialler.finished().await;
    lines.stop().await;
    let mut part = Part::default();
    part.must(finished, "the campaign did not come to its end");
    let unmade = judge(&mut admin, centre.tenant, &trunk, &mut part).await?;
    store.close().await;
    part.details = json!({
        "households": HOMES, "silent_s": SILENT_S, "calls_not_made": unmade, "campaign_s": round(took),
    });
    Ok(part)
}

async fn in_state(admin: &mut PgConnection, tenant: TenantId, state: &str) -> Result<i64> {
    let counted = sqlx::query_scalar("select count(*) from care_calls where tenant_id = $1 and state = $2")
        .bind(tenant.uuid())
        .bind(state)
        .fetch_one(admin)
        .await?;
    Ok(counted)
}

/// Every household declined once and was held to have missed nothing; how many calls could not be made.
async fn judge(admin: &mut PgConnection, tenant: TenantId, trunk: &Trunk, part: &mut Part) -> Result<i64> {
    let rows = sqlx::query(
        "select c.state, c.unanswered, count(t.call_id) filter (where t.came = 'refused') as refused,
                count(t.call_id) filter (where t.came = 'no_line') as unmade,
                count(t.call_id) filter (where t.came is null or t.came not in ('refused', 'no_line')) as other
         from care_calls c
         left join care_call_tries t on t.tenant_id = c.tenant_id and t.care_call_id = c.id
         where c.tenant_id = $1 and c.state <> 'no_number' group by c.tenant_id, c.id, c.state, c.unanswered",
    )
    .bind(tenant.uuid())
    .fetch_all(admin)
    .await?;
    let mut unmade = 0;
    part.must(rows.len() >= HOMES, "households are missing in the campaign");
    for row in rows {
        let (state, unanswered): (String, i16) = (row.get("state"), row.get("unanswered"));
        let (refused, other): (i64, i64) = (row.get("refused"), row.get("other"));
        unmade += row.get::<i64, _>("unmade");
        if state != "refused" || unanswered != 0 || refused != 1 || other != 0 {
            part.fault(format!(
                "a household stands as {state} with {unanswered} unanswered, {refused} answers, {other} others"
            ));
        }
    }
    part.must(unmade > 0, "no call met the silent trunk");
    let mut answered: BTreeMap<String, usize> = BTreeMap::new();
    let mut left = 0;
    for (_, call) in trunk.calls() {
        let talked = matches!(call.state, State::Talking | State::HungUp);
        *answered.entry(call.number.clone()).or_default() += usize::from(talked);
        left += usize::from(call.is_open());
    }
    for times in answered.values().filter(|times| **times != 1) {
        part.fault(format!("somebody was spoken to {times} times"));
    }
    if left > 0 {
        part.fault(format!("{left} calls were left ringing or talking"));
    }
    Ok(unmade)
}
