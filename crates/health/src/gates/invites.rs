//! How a telephone becomes a gate's: by an invite that somebody who may shows it, once.

use super::{
    act,
    devices::{self, Device},
    model::Gate,
    sql, sql_devices,
};
use duty::units;
use jiff::{SignedDuration, Timestamp};
use kernel::{DeviceId, Error, GateId, Result, SecretCode, UnitId, text::line};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event, Topic};

/// How long an invite works.
const HOLDS: SignedDuration = SignedDuration::from_mins(15);
const BLIND: &str = "gate_invite";
/// A gate has no more telephones than this.
const MOST: i64 = 30;
/// Longest name of a device, in characters.
const NAME_CAP: usize = 60;

/// What is shown to whoever enrols a telephone, the only time.
#[derive(Clone, Debug)]
pub struct Invite {
    pub code: SecretCode,
    pub expires_at: Timestamp,
}

/// A device that was enrolled just now, with its token, the only time it can be seen.
#[derive(Clone, Debug)]
pub struct Enrolled {
    pub device: Device,
    pub token: String,
    pub gate: Gate,
}

/// Makes an invite for one telephone.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-gate-ended`, `error-gate-devices`.
pub async fn invite(cx: &mut Cx, gate: GateId) -> Result<Invite> {
    let gate = act::claim(cx, gate).await?;
    make(cx, &gate, false).await
}

pub(super) async fn make(cx: &mut Cx, gate: &Gate, by_owner: bool) -> Result<Invite> {
    let today = units::today(cx).await?;
    if !gate.is_active(today) {
        return Err(Error::Conflict("error-gate-ended"));
    }
    if sql_devices::working(cx, gate.id).await? >= MOST {
        return Err(Error::Conflict("error-gate-devices"));
    }
    let (id, code, expires_at) = (cx.id::<Uuid>(), SecretCode::new(cx.rng()), cx.now() + HOLDS);
    let hash = cx.blind(BLIND, code.canonical())?;
    let new = sql_devices::NewInvite { id, gate: gate.id, code: &hash, by_owner, expires_at };
    sql_devices::insert_invite(cx, &new).await?;
    cx.record(
        Event::new("gate_invite.made", id)
            .unit(gate.unit)
            .data(json!({ "gate": gate.id, "by_owner": by_owner, "expires_at": expires_at })),
    );
    Ok(Invite { code, expires_at })
}

/// Enrols the telephone that holds an invite, under the name it gives itself.
///
/// Errors: `NotFound` for an invite that was never made, was taken or has run out; `name`: `error-text-missing`,
/// `error-text-too-long`.
pub async fn enrol(cx: &mut Cx, invite: &str, name: &str) -> Result<Enrolled> {
    enrol_again(cx, invite, name, &[]).await
}

/// The same for a telephone on which scans wait for these gates: each gate takes its own scans alone, so only an
/// invite of one of them will do. The caller leaves the transaction when it is refused, and the invite stays good.
///
/// Errors: those of [`enrol`]; Conflict `error-gate-scans-wait` for an invite of another gate.
pub async fn enrol_again(cx: &mut Cx, invite: &str, name: &str, waiting: &[GateId]) -> Result<Enrolled> {
    let code = SecretCode::parse(invite)?;
    let name = line(name, NAME_CAP).map_err(|error| Error::invalid("name", error.key))?;
    if name.is_empty() {
        return Err(Error::invalid("name", "error-text-missing"));
    }
    let hash = cx.blind(BLIND, code.canonical())?;
    let taken = sql_devices::take_invite(cx, &hash).await?;
    if !waiting.is_empty() && !waiting.contains(&taken.gate) {
        return Err(Error::Conflict("error-gate-scans-wait"));
    }
    let gate = sql::one(cx, taken.gate).await?;
    let device = Device { id: cx.id::<DeviceId>(), gate: gate.id };
    let (token, hash) = devices::new_token(cx)?;
    sql_devices::insert(cx, device, &taken, &name, &hash).await?;
    told(cx, device, taken.id, gate.unit, taken.by_owner);
    Ok(Enrolled { device, token, gate })
}

fn told(cx: &mut Cx, device: Device, invite: Uuid, unit: UnitId, by_owner: bool) {
    cx.record(
        Event::new("gate_device.enrolled", device.id)
            .unit(unit)
            .data(json!({ "gate": device.gate, "invite": invite, "by_owner": by_owner })),
    );
    cx.tell(Topic::screen(act::SCREEN));
}
