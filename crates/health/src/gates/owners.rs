//! The owner of a shop, who has no account: a code to the telephone on record of his organisation shows who he
//! is. Nothing that a stranger could press tells whether a shop has a telephone on record, whose it is, or how
//! near a wrong code was.
//!
//! A code belongs to the browser that asked for it: only what that browser holds leads to it. A stranger who asks, or
//! guesses, at the same poster gets a code of his own beside the owner's and uses up the tries of that one. What an
//! address may ask for is less than what an organisation is sent, so that one stranger does not take the owner's
//! turn.

use super::{
    devices,
    invites::{self, Invite},
    list::Known,
    model::Gate,
    sql, sql_devices,
    sql_owners::{self, Asker},
};
use duty::{messages, organisations};
use jiff::SignedDuration;
use kernel::{Actor, DeviceId, Error, GateId, OrganisationId, Phone, Result, SecretCode};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

const CODE_HOLDS: SignedDuration = SignedDuration::from_mins(10);
const KEY_HOLDS: SignedDuration = SignedDuration::from_mins(15);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Codes to one organisation in an hour that nobody has proven.
const MOST_SENT: i64 = 6;
/// The same of those that one address has asked for, in an hour and in a day.
const MOST_HERE: i64 = 2;
const MOST_HERE_A_DAY: i64 = 6;
/// Tries at one code: thirty guesses of a million in an hour, whoever makes them; ten of one address.
const MOST_TRIES: i16 = 5;
const BLIND_CODE: &str = "gate_owner_code";
const BLIND_ASKER: &str = "gate_owner_asker";
const BLIND_SOURCE: &str = "gate_owner_source";
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

/// Codes sent at a gate within the last day, and wrong tries at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerTries {
    pub sent: i64,
    pub wrong: i64,
}

/// The telephone on record of an organisation that is there today.
pub(crate) async fn phone_on_record(cx: &mut Cx, organisation: OrganisationId) -> Result<Option<Phone>> {
    match organisations::live(cx, organisation).await {
        Ok(_) => {}
        Err(Error::Invalid { .. }) => return Ok(None),
        Err(other) => return Err(other),
    }
    let phone = organisations::phone(cx, organisation).await?;
    Ok(phone.and_then(|phone| Phone::parse(&phone).ok()))
}

/// Sends a code to the telephone on record of a gate's organisation; the key with which the browser brings it back:
/// the one it `held`, if it held one, so that a code on its way keeps waiting. `source` is the address that asks.
/// Where there is no telephone, the organisation has ended, or enough were sent, nothing is sent, and nobody is told
/// so.
pub async fn send_code(cx: &mut Cx, gate: &Gate, held: Option<&str>, source: &str) -> Result<SecretCode> {
    let key = held.and_then(|held| SecretCode::parse(held).ok());
    let key = key.unwrap_or_else(|| SecretCode::new(cx.rng()));
    let asker =
        Asker { key: cx.blind(BLIND_ASKER, key.canonical())?, source: cx.blind(BLIND_SOURCE, source)? };
    send(cx, gate, &asker).await?;
    Ok(key)
}

async fn send(cx: &mut Cx, gate: &Gate, asker: &Asker) -> Result<()> {
    let Some(organisation) = gate.organisation else { return Ok(()) };
    let Some(phone) = phone_on_record(cx, organisation).await? else { return Ok(()) };
    sql_owners::take_turn(cx, organisation).await?;
    let now = cx.now();
    let sent = sql_owners::sent(cx, organisation, &asker.source, (now - HOUR, now - DAY)).await?;
    if sent.all >= MOST_SENT || sent.here >= MOST_HERE || sent.here_today >= MOST_HERE_A_DAY {
        return Ok(());
    }
    let id = cx.id::<Uuid>();
    let digits = format!("{:06}", cx.rng().below(1_000_000));
    let hash = cx.blind(BLIND_CODE, &format!("{id}{digits}"))?;
    sql_owners::insert(cx, id, (gate.id, organisation), asker, &hash, now + CODE_HOLDS).await?;
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

/// Takes the digits of the newest code that this browser asked for, as what it `held` says; the key by which it is
/// known from now on, for a quarter of an hour. `None` for anything else: wrong, run out, tried five times, never
/// sent, asked for by another. The caller commits in any case, so that the try counts.
pub async fn prove(cx: &mut Cx, gate: &Gate, held: Option<&str>, typed: &str) -> Result<Option<SecretCode>> {
    let Some(held) = held.and_then(|held| SecretCode::parse(held).ok()) else { return Ok(None) };
    let asker = cx.blind(BLIND_ASKER, held.canonical())?;
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let Some(waiting) = sql_owners::try_newest(cx, gate.id, &asker, MOST_TRIES).await? else {
        return Ok(None);
    };
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

/// How often somebody has asked for a code at a gate within the last day, and typed one wrongly. The caller answers
/// for the permission.
pub async fn owner_tries(cx: &mut Cx, gate: GateId) -> Result<OwnerTries> {
    let since = cx.now() - DAY;
    let (sent, wrong) = sql_owners::tries(cx, gate, since).await?;
    Ok(OwnerTries { sent, wrong })
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
