//! What a gate sends: scans that it has made, read from JSON as `web/src/gate/queue.ts` writes them. A scan that
//! cannot be read is named with what is wrong with it; it does not hold up the others.

use super::devices::Device;
use crate::{cards::Colour, codes::codes};
use jiff::{SignedDuration, Timestamp};
use kernel::{Error, GateId, Result};
use pass::{Code, CodeFault};
use serde_json::Value;
use std::{collections::BTreeSet, str::FromStr};
use uuid::Uuid;

codes! {
    Direction in "direction" {
        In = "in",
        Out = "out",
    }
    /// How the person was known.
    By in "by" {
        Pass = "pass",
        Certificate = "certificate",
        /// The twelve digits.
        Code = "code",
        /// A citizen's or insurance card: a claim, no proof.
        Identity = "identity",
        /// Counted by hand.
        Hand = "hand",
    }
}

/// Scans of one sending.
pub const MOST_SCANS: usize = 50;
/// A clock that is right to this may be ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(2);
/// Longest number of a pass, certificate or card, in characters.
const NUMBER_CAP: usize = 100;
const REASONS: usize = 16;
const WORD_CAP: usize = 60;

/// What a device has sent, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// What the device's clock lacks to ours, in milliseconds.
    pub clock_add_ms: i64,
    /// Each key once.
    pub scans: Vec<Scan>,
    pub refused: Vec<Refused>,
}

/// One scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// uuid v7, made by the device, the same however often it is sent.
    pub key: Uuid,
    /// By our clock: corrected by what was known of the device's when it scanned.
    pub at: Timestamp,
    /// It claimed a time to come; `at` is when it was received.
    pub from_future: bool,
    pub gate: GateId,
    pub direction: Direction,
    pub by: By,
    /// Of the pass, the certificate or the card, or the code. It may say who somebody is: kept sealed or hashed.
    pub number: Option<String>,
    pub colour: Colour,
    /// Keys of `web/src/gate/reasons.ts`.
    pub reasons: Vec<String>,
    /// The version of the rules that gave the colour.
    pub rules: Option<String>,
    /// Looked at closely, as one in so many.
    pub picked_of: Option<i32>,
}

/// A scan that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place in what was sent, from 0.
    pub at: usize,
    /// Its key, if it has one.
    pub key: Option<Uuid>,
    pub field: &'static str,
    /// The message that says what is wrong.
    pub word: &'static str,
}

impl Refused {
    /// Its shape is wrong, and will be however often it is sent. Not so a scan of another gate, which takes it, and
    /// words that an app newer than this server may know.
    pub fn is_final(&self) -> bool {
        !matches!(
            self.word,
            "error-scan-place" | "error-scan-word" | "error-scan-reasons" | "error-scan-rules"
        )
    }
}

/// Somebody who checks himself in by the poster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelfCheckIn {
    /// Made with the form, so that what is sent twice counts once.
    pub key: Uuid,
    pub gate: GateId,
    pub direction: Direction,
    pub code: Code,
}

/// Reads what a device has sent at `now`.
///
/// Errors: `Invalid` for a body that is no sending at all: `body` (`error-sent-json`, `error-sent-shape`), `sent`
/// (`error-sent-clock`), `scans` (`error-sent-scans`, `error-sent-too-many`).
pub fn read(body: &[u8], device: Device, now: Timestamp) -> Result<Sent> {
    let json: Value = serde_json::from_slice(body).map_err(|_| Error::invalid("body", "error-sent-json"))?;
    if !json.is_object() {
        return Err(Error::invalid("body", "error-sent-shape"));
    }
    let sent = instant(&json["sent"]).ok_or(Error::invalid("sent", "error-sent-clock"))?;
    let list = json["scans"].as_array().ok_or(Error::invalid("scans", "error-sent-scans"))?;
    if list.len() > MOST_SCANS {
        return Err(Error::invalid("scans", "error-sent-too-many"));
    }
    let clock_add_ms = now.as_millisecond() - sent.as_millisecond();
    let (mut scans, mut refused, mut keys) = (Vec::with_capacity(list.len()), Vec::new(), BTreeSet::new());
    for (at, one) in list.iter().enumerate() {
        let key = one["key"].as_str().and_then(|key| Uuid::parse_str(key).ok());
        match scan(one, device, clock_add_ms, now) {
            Ok(scan) => {
                if keys.insert(scan.key) {
                    scans.push(scan);
                }
            }
            Err((field, word)) => refused.push(Refused { at, key, field, word }),
        }
    }
    Ok(Sent { clock_add_ms, scans, refused })
}

/// Reads what somebody typed who checks himself in.
///
/// Errors: `direction`: `error-choose`; `code`: `error-pass-code-length`, `error-pass-code-check`.
pub fn check_in(key: Uuid, gate: GateId, direction: &str, code: &str) -> Result<SelfCheckIn> {
    let direction = direction.parse().map_err(|_| Error::invalid("direction", "error-choose"))?;
    let code = Code::parse(code).map_err(|fault| {
        let key = match fault {
            CodeFault::Length => "error-pass-code-length",
            CodeFault::Check => "error-pass-code-check",
        };
        Error::invalid("code", key)
    })?;
    Ok(SelfCheckIn { key, gate, direction, code })
}

type Wrong = (&'static str, &'static str);

fn scan(json: &Value, device: Device, clock_add_ms: i64, now: Timestamp) -> Result<Scan, Wrong> {
    if !json.is_object() {
        return Err(("scan", "error-scan-shape"));
    }
    let key = json["key"].as_str().and_then(|key| Uuid::parse_str(key).ok());
    let key = key.filter(|key| key.get_version_num() == 7).ok_or(("key", "error-scan-key"))?;
    if json["place"].as_str().and_then(|place| place.parse().ok()) != Some(device.gate) {
        return Err(("place", "error-scan-place"));
    }
    let told = instant(&json["at"]).ok_or(("at", "error-scan-time"))?;
    let add = match &json["clock"] {
        Value::Null => clock_add_ms,
        clock => number(&clock["add"]).ok_or(("clock", "error-scan-clock"))?,
    };
    let at = told.as_millisecond().checked_add(add).and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let at = at.ok_or(("at", "error-scan-time"))?;
    let from_future = at > now + AHEAD;
    let by = word::<By>(json, "by")?;
    let number = optional(&json["number"], NUMBER_CAP).ok_or(("number", "error-scan-number"))?;
    let right = match by {
        By::Code => number.is_some(),
        By::Hand => number.is_none(),
        // A pass that nobody we know has signed says no number that could be believed.
        By::Pass | By::Certificate | By::Identity => true,
    };
    if !right {
        return Err(("number", "error-scan-number"));
    }
    let picked_of = match &json["pickedOf"] {
        Value::Null => None,
        picked => {
            let of = picked.as_i64().and_then(|of| i32::try_from(of).ok()).filter(|of| *of >= 2);
            Some(of.ok_or(("pickedOf", "error-scan-picked"))?)
        }
    };
    Ok(Scan {
        key,
        at: if from_future { now } else { at },
        from_future,
        gate: device.gate,
        direction: word(json, "direction")?,
        by,
        number,
        colour: word(json, "colour")?,
        reasons: reasons(&json["reasons"]).ok_or(("reasons", "error-scan-reasons"))?,
        rules: optional(&json["rules"], WORD_CAP).ok_or(("rules", "error-scan-rules"))?,
        picked_of,
    })
}

fn word<T: FromStr>(json: &Value, field: &'static str) -> Result<T, Wrong> {
    json[field].as_str().and_then(|text| text.parse().ok()).ok_or((field, "error-scan-word"))
}

/// A whole number of milliseconds, however a program writes it.
fn number(json: &Value) -> Option<i64> {
    json.as_i64().or_else(|| {
        let number = json.as_f64().filter(|number| number.abs() < 9.0e15)?;
        Some(number.round() as i64)
    })
}

fn instant(json: &Value) -> Option<Timestamp> {
    Timestamp::from_millisecond(number(json)?).ok()
}

/// A short plain text or none; `None` for anything else.
#[expect(clippy::option_option, reason = "nothing is as good as a text; what is neither is told")]
fn optional(json: &Value, cap: usize) -> Option<Option<String>> {
    match json {
        Value::Null => Some(None),
        Value::String(text) => {
            let plain =
                !text.is_empty() && text.chars().count() <= cap && !text.chars().any(char::is_control);
            plain.then(|| Some(text.clone()))
        }
        _ => None,
    }
}

/// Keys of messages; which ones there are is the app's to know.
fn reasons(json: &Value) -> Option<Vec<String>> {
    let list = json.as_array().filter(|list| list.len() <= REASONS)?;
    let is_key =
        |text: &&str| text.len() <= WORD_CAP && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    list.iter().map(|one| one.as_str().filter(is_key).map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::DeviceId;
    use serde_json::json;

    const NOW: &str = "2021-09-25T01:00:00Z";

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    fn device() -> Device {
        Device { id: DeviceId(Uuid::from_u128(1)), gate: GateId(Uuid::from_u128(2)) }
    }

    /// A good scan, made a minute ago by a clock that is three minutes slow.
    fn good() -> Value {
        json!({
            "key": "017c1a2b-0000-7000-8000-000000000001", "at": now().as_millisecond() - 240_000,
            "clock": { "add": 180_000, "heard": 0 }, "place": device().gate.to_string(), "direction": "in",
            "by": "pass", "number": "0011223344556677", "colour": "green", "reasons": ["gate-has-doses"],
            "rules": "pass.cards/3", "pickedOf": null,
        })
    }

    fn sending(scans: &[Value]) -> Vec<u8> {
        json!({ "sent": now().as_millisecond() - 180_000, "scans": scans }).to_string().into_bytes()
    }

    fn changed(name: &str, value: Value) -> Value {
        let mut scan = good();
        scan[name] = value;
        scan
    }

    #[test]
    fn a_slow_clock_is_put_right() {
        let sent = read(&sending(&[good()]), device(), now()).unwrap();
        assert_eq!((sent.clock_add_ms, sent.refused.len()), (180_000, 0));
        assert_eq!(sent.scans[0].at, now() - SignedDuration::from_mins(1));
        // What was never heard is put right by the clock of the sending.
        let sent = read(&sending(&[changed("clock", Value::Null)]), device(), now()).unwrap();
        assert_eq!(sent.scans[0].at, now() - SignedDuration::from_mins(1));
    }

    #[test]
    fn what_claims_to_come_from_tomorrow_is_now_and_marked() {
        let ahead = now().as_millisecond() + 86_400_000;
        let tomorrow = changed("at", json!(ahead));
        let sent = read(&sending(&[tomorrow]), device(), now()).unwrap();
        assert_eq!((sent.scans[0].at, sent.scans[0].from_future), (now(), true));
    }

    #[test]
    fn one_bad_scan_does_not_hold_up_the_others_and_says_what_is_wrong() {
        for (name, value, word) in [
            ("key", json!("4f9e1b5c-0000-4000-8000-000000000001"), "error-scan-key"),
            ("place", json!("017c1a2b-0000-7000-8000-000000000009"), "error-scan-place"),
            ("at", json!("gestern"), "error-scan-time"),
            ("at", json!(1e300), "error-scan-time"),
            ("clock", json!({}), "error-scan-clock"),
            ("direction", json!("through"), "error-scan-word"),
            ("by", json!(7), "error-scan-word"),
            ("colour", json!("blue"), "error-scan-word"),
            ("number", json!("x".repeat(101)), "error-scan-number"),
            ("reasons", json!(["<b>"]), "error-scan-reasons"),
            ("rules", json!(3), "error-scan-rules"),
            ("pickedOf", json!(1), "error-scan-picked"),
        ] {
            let mut other = good();
            other["key"] = json!("017c1a2b-0000-7000-8000-000000000002");
            let sent = read(&sending(&[changed(name, value), other]), device(), now()).unwrap();
            let refused = &sent.refused[0];
            assert_eq!((sent.scans.len(), refused.at, refused.field, refused.word), (1, 0, name, word));
            let waits = ["place", "direction", "by", "colour", "reasons", "rules"].contains(&name);
            assert_eq!(refused.is_final(), !waits, "{name}");
        }
        let sent = read(&sending(&[json!(null)]), device(), now()).unwrap();
        assert_eq!((sent.refused[0].key, sent.refused[0].word), (None, "error-scan-shape"));
        assert!(sent.refused[0].is_final());
    }

    #[test]
    fn the_same_scan_five_times_is_one() {
        let sent = read(&sending(&vec![good(); 5]), device(), now()).unwrap();
        assert_eq!((sent.scans.len(), sent.refused.len()), (1, 0));
    }

    #[test]
    fn what_is_no_sending_is_told_so() {
        let wrong = |body: &[u8]| match read(body, device(), now()) {
            Err(Error::Invalid { key, .. }) => key,
            other => panic!("{other:?}"),
        };
        assert_eq!(wrong(b"{"), "error-sent-json");
        assert_eq!(wrong(&[0xff; 300]), "error-sent-json");
        assert_eq!(wrong(&b"[".repeat(200_000)), "error-sent-json");
        assert_eq!(wrong(b"[]"), "error-sent-shape");
        assert_eq!(wrong(br#"{"scans":[]}"#), "error-sent-clock");
        assert_eq!(wrong(br#"{"sent":1632531600000}"#), "error-sent-scans");
        assert_eq!(wrong(&sending(&vec![good(); 51])), "error-sent-too-many");
        assert_eq!(read(&sending(&[]), device(), now()).unwrap().scans, []);
    }

    #[test]
    fn who_checks_himself_in_is_told_of_a_slip() {
        let (key, gate) = (Uuid::from_u128(7), device().gate);
        let code = Code::of(12_345_678_901).to_string();
        assert!(check_in(key, gate, "in", &code).is_ok());
        let slip = |direction: &str, code: &str| match check_in(key, gate, direction, code) {
            Err(Error::Invalid { field, key }) => (field, key),
            other => panic!("{other:?}"),
        };
        assert_eq!(slip("", &code), ("direction", "error-choose"));
        assert_eq!(slip("in", "123"), ("code", "error-pass-code-length"));
        let wrong = format!("{}{}", &code[..11], (code.as_bytes()[11] - b'0' + 1) % 10);
        assert_eq!(slip("in", &wrong), ("code", "error-pass-code-check"));
    }
}
