//! `--faults calls`: what befalls a telephone. The serving process is killed (`kill -9`) in the middle of fifty
//! calls to officials, and of its morning's calls to households; a trunk goes silent in the middle of a campaign;
//! strangers call by the thousand; the port is fed messages that are none. No call may be placed twice without
//! need, no answer may be lost, nothing may be left ringing, and the telephone must go on working.
//!
//! The network is a trunk of our own (`trunk`), which knows of each call who placed it and how it ended.

mod down;
mod edge;
mod households;
mod killed;

use crate::{centre::Centre, trunk::Trunk};
use kernel::{Error, Result, Rng};
use serde_json::{Value, json};
use sip::test_peers::phone::Phone;
use sqlx::PgConnection;
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::time::sleep;

/// What one of the parts found.
#[derive(Default)]
struct Part {
    /// What was wrong, one line each.
    faults: Vec<String>,
    details: Value,
}

impl Part {
    fn fault(&mut self, what: String) {
        self.faults.push(what);
    }

    fn must(&mut self, holds: bool, what: &str) {
        if !holds {
            self.fault(what.to_owned());
        }
    }
}

/// Whether nothing was lost, doubled or left ringing.
pub async fn run() -> Result<bool> {
    let centre = Centre::new().await?;
    centre.copy(households::DATABASE).await?;
    let rng = Rng::system();
    eprintln!("  kill -9 in the middle of calls");
    let killed = killed::run(&centre, &rng).await?;
    eprintln!("  kill -9 in the middle of the morning's calls to households");
    let households = households::run(&centre, &rng).await?;
    eprintln!("  a trunk goes silent in the middle of a campaign");
    let down = down::run(&centre, &rng).await?;
    eprintln!("  strangers, and messages that are none");
    let edge = edge::run(&rng).await?;
    let mut faults = 0;
    let mut details = serde_json::Map::new();
    for (name, part) in [("killed", killed), ("households", households), ("trunk_down", down), ("edge", edge)]
    {
        for fault in &part.faults {
            eprintln!("  {name}: {fault}");
        }
        faults += part.faults.len();
        details.insert(name.to_owned(), part.details);
    }
    println!("{}", json!({ "name": "calls", "faults": faults, "ok": faults == 0, "details": details }));
    Ok(faults == 0)
}

/// The file of trunks of a served process.
fn write_trunks(path: &Path, at: SocketAddr) -> Result<()> {
    let text = format!(
        "[[trunk]]\nname = \"bench\"\nserver = \"{at}\"\nmax_channels = 500\ncalls_per_second = 500.0\n"
    );
    std::fs::write(path, text).map_err(Error::internal)
}

/// What the demo has left open rings nobody meanwhile.
async fn quiet(admin: &mut PgConnection) -> Result<()> {
    for statement in [
        "update timers set fire_at = fire_at + interval '3 days' where kind = 'tickets.escalate'",
        "update tickets set climbs_at = climbs_at + interval '3 days' where climbs_at is not null",
    ] {
        sqlx::query(statement).execute(&mut *admin).await?;
    }
    Ok(())
}

/// Somebody picks up a telephone of the trunk and presses a key every so often, until the call is over or he
/// has had enough.
async fn pick_up(trunk: Arc<Trunk>, id: String, audio: SocketAddr, keys: Keys) -> bool {
    sleep(keys.answers).await;
    let mut phone = Phone::new().await;
    phone.agent = Some(audio);
    if !trunk.answer(&id, phone.address()) {
        return false;
    }
    let Some(key) = keys.key else {
        sleep(keys.first + keys.again * keys.times).await;
        return false;
    };
    sleep(keys.first).await;
    for _ in 0..keys.times {
        phone.press(key).await;
        sleep(keys.again).await;
        if trunk.call(&id).is_none_or(|call| !call.is_open()) {
            break;
        }
    }
    true
}

/// What somebody does who picks up.
#[derive(Clone, Copy)]
struct Keys {
    /// From the ringing on.
    answers: Duration,
    /// From the answer to the first key; `None` presses none.
    first: Duration,
    key: Option<char>,
    again: Duration,
    times: u32,
}
