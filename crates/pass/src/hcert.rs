//! Health certificates of others (`HC1:`, ehn-dcc hcert-spec): CBOR web tokens in COSE, packed by
//! zlib. Read for the standard and for what its issuers really printed: floats for times, kid and
//! algorithm in the unprotected header, tags too many or none, dates tagged, arrays null, no zlib.

use crate::{
    cbor::{json, more},
    certificate::Attests,
    claims::ClaimFault,
    wire::{WireFault, claim, key, once},
};
use minicbor::{Decoder, data::Type};
use serde::{Serialize, Serializer};
use serde_json::Value;

const HCERT: i64 = -260;

/// What a foreign certificate says: the value at -260, 1 of its claims, as JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Certified {
    pub(crate) issuer: String,
    pub(crate) begins: Option<i64>,
    pub(crate) until: Option<i64>,
    pub(crate) value: Value,
}

impl Certified {
    /// Its country.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// From when it is good, in seconds since 1970.
    pub const fn begins(&self) -> Option<i64> {
        self.begins
    }

    pub const fn until(&self) -> Option<i64> {
        self.until
    }

    pub const fn value(&self) -> &Value {
        &self.value
    }

    pub(crate) fn read(payload: &[u8]) -> Result<Self, WireFault> {
        let d = &mut Decoder::new(payload);
        let (mut issuer, mut until, mut from, mut issued, mut value) = (None, None, None, None, None);
        let mut left = d.map()?;
        while more(d, &mut left)? {
            match key(d)? {
                Some(1) => match json(d)? {
                    Value::String(name) => once(&mut issuer, name)?,
                    _ => return Err(claim("an issuer is a text")),
                },
                Some(4) => once(&mut until, seconds(d)?)?,
                Some(5) => once(&mut from, seconds(d)?)?,
                Some(6) => once(&mut issued, seconds(d)?)?,
                Some(HCERT) => once(&mut value, certificate(d)?)?,
                _ => d.skip()?,
            }
        }
        if d.position() < payload.len() {
            return Err(WireFault::Cbor("bytes are left over after the claims".into()));
        }
        Ok(Self {
            issuer: issuer.unwrap_or_default(),
            begins: from.max(issued),
            until,
            value: value.ok_or_else(|| WireFault::Cbor("no health certificate at -260, 1".into()))?,
        })
    }

    /// What it attests, when it is one certificate by the schema.
    pub(crate) fn attests(&self) -> Result<Attests, ClaimFault> {
        let whole = &self.value;
        let texts = |value: &Value, keys: &[&str]| keys.iter().all(|key| value[*key].is_string());
        if !texts(whole, &["ver", "dob"]) || !texts(&whole["nam"], &["fnt"]) {
            return Err(ClaimFault("version, name or birth is missing"));
        }
        // An empty array and a null say the same as none.
        let filled = |(key, _): &(&str, Attests)| match &whole[*key] {
            Value::Array(entries) => !entries.is_empty(),
            other => !other.is_null(),
        };
        let mut said = [("v", Attests::Vaccination), ("t", Attests::Test), ("r", Attests::Recovery)]
            .into_iter()
            .filter(filled);
        let (Some((key, attests)), None) = (said.next(), said.next()) else {
            return Err(ClaimFault("not one vaccination, test or recovery"));
        };
        let whole_entry = |entry: &Value| {
            let number = |key: &str| entry[key].as_u64().is_some();
            texts(entry, &["tg", "co", "is", "ci"])
                && match attests {
                    Attests::Vaccination => {
                        texts(entry, &["vp", "mp", "ma", "dt"]) && number("dn") && number("sd")
                    }
                    Attests::Test => texts(entry, &["tt", "sc", "tr"]),
                    Attests::Recovery => texts(entry, &["fr", "df", "du"]),
                }
        };
        match whole[key].as_array() {
            Some(entries) if entries.iter().all(whole_entry) => Ok(attests),
            _ => Err(ClaimFault("an entry lacks what the schema asks for")),
        }
    }
}

impl Serialize for Certified {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(to)
    }
}

/// The map at key 1.
fn certificate(d: &mut Decoder<'_>) -> Result<Value, WireFault> {
    let mut value = None;
    let mut left = d.map()?;
    while more(d, &mut left)? {
        match key(d)? {
            Some(1) => once(&mut value, json(d)?)?,
            _ => d.skip()?,
        }
    }
    match value {
        Some(value @ Value::Object(_)) => Ok(value),
        _ => Err(WireFault::Cbor("a health certificate is a map".into())),
    }
}

/// A time as integer or float, tagged as one or not; the second that has begun.
fn seconds(d: &mut Decoder<'_>) -> Result<i64, WireFault> {
    if d.datatype()? == Type::Tag && d.tag()?.as_u64() != 1 {
        return Err(claim("a time is a number"));
    }
    let time = match d.datatype()? {
        Type::F16 => f64::from(d.f16()?),
        Type::F32 => f64::from(d.f32()?),
        Type::F64 => d.f64()?,
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => {
            return Ok(i64::try_from(d.u64()?).unwrap_or(i64::MAX));
        }
        _ => return Err(claim("a time is a number")),
    };
    if time.is_finite() { Ok(time.floor() as i64) } else { Err(claim("a time is a number")) }
}
