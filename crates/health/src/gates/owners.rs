//! The owner of a shop, who has no account: a code to the telephone on record of his organisation shows who he
//! is. Nothing that a stranger could press tells whether a shop has a telephone on record, whose it is, or how
//! near a wrong code was.

use super::{
    devices,
    invites::{self, Invite},
    list::Known,
    model::Gate,
    sql, sql_devices, sql_owners,
};
use duty::{messages, organisations};
use jiff::SignedDuration;
use kernel::{Actor, DeviceId, Error, GateId, OrganisationId, Phone, Result, SecretCode};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

const CODE_HOLDS: SignedDuration = SignedDuration::from_mins(10);
const KEY_HOLDS: SignedDuration = SignedDuration::from_mins(15);
/// Codes to one organisation in an hour.
const MOST_SENT: i64 = 3;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Tries at one code: fifteen guesses of a million in an hour.
const MOST_TRIES: i16 = 5;
const BLIND_CODE: &str = "gate_owner_code";
const BLIND_KEY: &str = "gate_owner_key";

/// Somebody who has shown that a gate's organisation is his.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    pub gate: GateId,
    pub organisation: OrganisationId,
}

/// What he sees of his gate.
#[derive(Clone, Debug)]
pub struct Owned {
    pub owner: Owner,
    pub gate: Gate,
    /// Those that scan.
    pub devices: Vec<Known>,
}

/// Sends a code to the telephone on record of a gate's organisation. Where there is none, the organisation has
/// ended, or three were sent within the hour, nothing happens, and nobody is told so.
pub async fn send_code(cx: &mut Cx, gate: &Gate) -> Result<()> {
    let Some(organisation) = gate.organisation else { return Ok(()) };
    match organisations::live(cx, organisation).await {
        Ok(_) => {}
        Err(Error::Invalid { .. }) => return Ok(()),
        Err(other) => return Err(other),
    }
    let phone = organisations::phone(cx, organisation).await?;
    let Some(phone) = phone.and_then(|phone| Phone::parse(&phone).ok()) else { return Ok(()) };
    sql_owners::take_turn(cx, organisation).await?;
    let now = cx.now();
    if sql_owners::sent_since(cx, organisation, now - HOUR, now - HOUR * 24).await? >= MOST_SENT {
        return Ok(());
    }
    let id = cx.id::<Uuid>();
    let digits = format!("{:06}", cx.rng().below(1_000_000));
    let hash = cx.blind(BLIND_CODE, &format!("{id}{digits}"))?;
    sql_owners::insert(cx, id, (gate.id, organisation), &hash, now + CODE_HOLDS).await?;
    let words = format!(
        "Vùng Xanh: {digits} là mã để dùng điện thoại quét tại {}. Mã dùng trong 10 phút. Không đưa mã cho ai.",
        gate.name
    );
    messages::text(cx, id, &phone, &words).await?;
    cx.record(
        Event::new("gate_owner.code_sent", id)
            .unit(gate.unit)
            .data(json!({ "gate": gate.id, "organisation": organisation })),
    );
    Ok(())
}

/// Takes the digits of the newest code; the key by which his browser is known from now on, for a quarter of an
/// hour. `None` for anything else: wrong, run out, tried five times, never sent. The caller commits in any case,
/// so that the try counts.
pub async fn prove(cx: &mut Cx, gate: &Gate, typed: &str) -> Result<Option<SecretCode>> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let Some(waiting) = sql_owners::try_newest(cx, gate.id, MOST_TRIES).await? else { return Ok(None) };
    let right = cx.blind(BLIND_CODE, &format!("{}{digits}", waiting.id))? == waiting.code;
    if !right || gate.organisation != Some(waiting.organisation) {
        cx.record(
            Event::new("gate_owner.code_wrong", waiting.id).unit(gate.unit).data(json!({ "gate": gate.id })),
        );
        return Ok(None);
    }
    let key = SecretCode::new(cx.rng());
    let hash = cx.blind(BLIND_KEY, key.canonical())?;
    let until = cx.now() + KEY_HOLDS;
    sql_owners::open(cx, waiting.id, &hash, until).await?;
    cx.actor = Actor::citizen(waiting.organisation.uuid());
    cx.record(Event::new("gate_owner.proved", waiting.id).unit(gate.unit).data(json!({ "gate": gate.id })));
    Ok(Some(key))
}

/// The gate of whoever holds a key, who acts from here on. `NotFound` for a key that is none, has run out, or is
/// another gate's, and once the gate has passed to another organisation.
pub async fn owned(cx: &mut Cx, gate: &Gate, key: &str) -> Result<Owned> {
    let key = SecretCode::parse(key)?;
    let hash = cx.blind(BLIND_KEY, key.canonical())?;
    let organisation = sql_owners::by_key(cx, gate.id, &hash).await?;
    if gate.organisation != Some(organisation) {
        return Err(Error::NotFound);
    }
    cx.actor = Actor::citizen(organisation.uuid());
    let mut devices = sql_devices::of_gate(cx, gate.id).await?;
    devices.retain(|device| device.removed_at.is_none());
    Ok(Owned { owner: Owner { gate: gate.id, organisation }, gate: gate.clone(), devices })
}

/// An invite for the owner's own telephone.
///
/// Errors: Conflict `error-gate-ended`, `error-gate-devices`.
pub async fn owner_invite(cx: &mut Cx, owner: Owner) -> Result<Invite> {
    let gate = sql::lock(cx, owner.gate).await?;
    invites::make(cx, &gate, true).await
}

/// Removes a telephone that an owner of this gate has enrolled; those of officials are theirs.
///
/// Errors: `NotFound`; Conflict `error-gate-device-removed`.
pub async fn owner_remove(cx: &mut Cx, owner: Owner, device: DeviceId) -> Result<()> {
    let (gate, by_owner) = sql_devices::place_of(cx, device).await?;
    if gate != owner.gate || !by_owner {
        return Err(Error::NotFound);
    }
    let gate = sql::lock(cx, gate).await?;
    devices::revoke(cx, device, gate.id, gate.unit).await
}
