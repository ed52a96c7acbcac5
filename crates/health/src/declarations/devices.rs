//! Browsers that have proven their telephone. A device remembers for a month whose number it proved; its cookie
//! holds a random key and nothing of a person, and can be made worthless at once from either side.

use super::{declare, sql_numbers};
use crate::people;
use jiff::SignedDuration;
use kernel::{Error, PersonId, Phone, Result, SecretCode};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// How long a device is remembered.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A browser with a proven number. No `Debug`: the number stays out of logs by itself, the rest with it.
#[derive(Clone)]
pub struct Device {
    pub id: Uuid,
    pub phone: Phone,
    /// Years of birth that did not fit, with any device of this number.
    pub(super) misses: i64,
}

/// The device of this key; `None` where it was revoked, is over, or never was.
pub async fn device(cx: &mut Cx, key: &str) -> Result<Option<Device>> {
    match SecretCode::parse(key) {
        Ok(key) => sql_numbers::device(cx, &key).await,
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

pub(super) async fn make(cx: &mut Cx, phone: &Phone) -> Result<SecretCode> {
    let key = SecretCode::new(cx.rng());
    let (id, until) = (cx.id(), cx.now() + KEPT);
    sql_numbers::insert_device(cx, id, &key, phone, until).await?;
    cx.record(Event::new("declaration.device_proven", id));
    Ok(key)
}

/// Forgets a device: whoever shares a telephone, or has lent it.
pub async fn forget(cx: &mut Cx, device: &Device) -> Result<()> {
    sql_numbers::revoke(cx, &[device.id]).await?;
    cx.record(Event::new("declaration.device_forgotten", device.id));
    Ok(())
}

/// Makes every device worthless that has proven a number of this person: a lost telephone, a number that has gone
/// to somebody else. How many there were.
///
/// Errors: `NotFound` outside the wards of which the actor sees households, `Forbidden` where he only sees them.
pub async fn revoke(cx: &mut Cx, person: PersonId) -> Result<usize> {
    let brief = declare::claim(cx, person).await?;
    let records = people::all_of(cx, person).await?;
    let devices = sql_numbers::devices_of(cx, &records).await?;
    sql_numbers::revoke(cx, &devices).await?;
    if !devices.is_empty() {
        let event = Event::new("declaration.devices_revoked", person).unit(brief.ward);
        cx.record(event.data(json!({ "devices": devices.len() })));
    }
    Ok(devices.len())
}
