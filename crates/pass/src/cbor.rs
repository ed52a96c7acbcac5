//! What we need of CBOR (RFC 8949) beyond a decoder: deterministic writing, and reading as JSON.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use minicbor::{Decoder, data::Type, decode::Error};
use serde_json::{Map, Number, Value};

/// Deeper than any pass or certificate.
const DEPTH: usize = 16;

/// Writes one item after another; whoever calls brings the keys of a map in order.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    fn head(&mut self, major: u8, value: u64) {
        let major = major << 5;
        match value {
            0..24 => self.0.push(major | value as u8),
            24..0x100 => self.0.extend([major | 24, value as u8]),
            0x100..0x1_0000 => {
                self.0.push(major | 25);
                self.0.extend((value as u16).to_be_bytes());
            }
            0x1_0000..0x1_0000_0000 => {
                self.0.push(major | 26);
                self.0.extend((value as u32).to_be_bytes());
            }
            _ => {
                self.0.push(major | 27);
                self.0.extend(value.to_be_bytes());
            }
        }
    }

    pub(crate) fn int(&mut self, value: i64) -> &mut Self {
        match u64::try_from(value) {
            Ok(value) => self.head(0, value),
            Err(_) => self.head(1, !value as u64),
        }
        self
    }

    pub(crate) fn uint(&mut self, value: u64) -> &mut Self {
        self.head(0, value);
        self
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(2, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.head(3, text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub(crate) fn array(&mut self, length: usize) -> &mut Self {
        self.head(4, length as u64);
        self
    }

    pub(crate) fn map(&mut self, length: usize) -> &mut Self {
        self.head(5, length as u64);
        self
    }
}

/// Whether a map or array goes on; `left` is what its head said, `None` for an open end.
pub(crate) fn more(d: &mut Decoder<'_>, left: &mut Option<u64>) -> Result<bool, Error> {
    match left {
        Some(0) => Ok(false),
        Some(left) => {
            *left -= 1;
            Ok(true)
        }
        None if d.datatype()? == Type::Break => {
            d.set_position(d.position() + 1);
            Ok(false)
        }
        None => Ok(true),
    }
}

/// The next item as JSON: bytes in base64url, dates of tags 0 and 1 as text, whole floats as
/// integers, unknown tags left out. A key that stands twice is a fault: two readers could differ.
pub(crate) fn json(d: &mut Decoder<'_>) -> Result<Value, Error> {
    item(d, DEPTH)
}

fn item(d: &mut Decoder<'_>, depth: usize) -> Result<Value, Error> {
    let depth = depth.checked_sub(1).ok_or_else(|| Error::message("nested too deeply"))?;
    Ok(match d.datatype()? {
        Type::Null => {
            d.null()?;
            Value::Null
        }
        Type::Undefined => {
            d.undefined()?;
            Value::Null
        }
        Type::Bool => Value::Bool(d.bool()?),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => d.u64()?.into(),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => d.i64()?.into(),
        Type::Int => float(i128::from(d.int()?) as f64),
        Type::F16 => float(f64::from(d.f16()?)),
        Type::F32 => float(f64::from(d.f32()?)),
        Type::F64 => float(d.f64()?),
        Type::Bytes | Type::BytesIndef => {
            let mut bytes = Vec::new();
            for part in d.bytes_iter()? {
                bytes.extend_from_slice(part?);
            }
            BASE64URL_NOPAD.encode(&bytes).into()
        }
        Type::String | Type::StringIndef => text(d)?.into(),
        Type::Array | Type::ArrayIndef => {
            let mut left = d.array()?;
            let mut items = Vec::new();
            while more(d, &mut left)? {
                items.push(item(d, depth)?);
            }
            items.into()
        }
        Type::Map | Type::MapIndef => {
            let mut left = d.map()?;
            let mut items = Map::new();
            while more(d, &mut left)? {
                let key = key(d)?;
                let value = item(d, depth)?;
                if items.insert(key, value).is_some() {
                    return Err(Error::message("a key stands twice"));
                }
            }
            items.into()
        }
        Type::Tag => {
            let tag = d.tag()?.as_u64();
            let inner = item(d, depth)?;
            if tag == 1 { date(&inner).unwrap_or(inner) } else { inner }
        }
        Type::Simple | Type::Break | Type::Unknown(_) => {
            return Err(Error::message("no value of JSON"));
        }
    })
}

fn text(d: &mut Decoder<'_>) -> Result<String, Error> {
    let mut text = String::new();
    for part in d.str_iter()? {
        text.push_str(part?);
    }
    Ok(text)
}

fn key(d: &mut Decoder<'_>) -> Result<String, Error> {
    match d.datatype()? {
        Type::String | Type::StringIndef => text(d),
        _ => Ok(d.int()?.to_string()),
    }
}

fn float(value: f64) -> Value {
    // Beyond 2^53 not every integer is a float.
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        return (value as i64).into();
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn date(seconds: &Value) -> Option<Value> {
    let at = Timestamp::from_second(seconds.as_f64()?.floor() as i64).ok()?;
    Some(at.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(hex: &str) -> Result<Value, Error> {
        json(&mut Decoder::new(&HEXLOWER.decode(hex.as_bytes()).unwrap()))
    }

    #[test]
    fn items_of_the_rfc_read_as_json() {
        for (hex, value) in [
            ("1903e8", json!(1000)),
            ("3903e7", json!(-1000)),
            ("f93e00", json!(1.5)),
            ("f93c00", json!(1)),
            ("fb3ff199999999999a", json!(1.1)),
            ("f97e00", json!(null)),
            ("f4", json!(false)),
            ("f7", json!(null)),
            ("c074323031332d30332d32315432303a30343a30305a", json!("2013-03-21T20:04:00Z")),
            ("c11a514b67b0", json!("2013-03-21T20:04:00Z")),
            ("c1fb41d452d9ec200000", json!("2013-03-21T20:04:00Z")),
            ("4401020304", json!("AQIDBA")),
            ("7f657374726561646d696e67ff", json!("streaming")),
            ("9f018202039f0405ffff", json!([1, [2, 3], [4, 5]])),
            ("bf6346756ef563416d7421ff", json!({"Fun": true, "Amt": -2})),
            ("a201020304", json!({"1": 2, "3": 4})),
        ] {
            assert_eq!(read(hex).unwrap(), value, "{hex}");
        }
    }

    #[test]
    fn what_has_no_one_meaning_is_refused() {
        for hex in ["a201020103", "a1f500", "61ff", "82", "9f01", "ff", "f0", "1c", "5f01ff"] {
            assert!(read(hex).is_err(), "{hex}");
        }
        assert!(read(&"81".repeat(40)).is_err());
        assert!(read("9bffffffffffffffff").is_err());
    }

    #[test]
    fn numbers_are_written_as_short_as_they_can_be() {
        let mut writer = Writer::default();
        for value in [0, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_296, -1, -24, -25, -65_537] {
            writer.int(value);
        }
        assert_eq!(
            HEXLOWER.encode(&writer.0),
            "0017181818ff19010019ffff1a000100001b00000001000000002037381\
             83a00010000"
                .replace("\n", "")
        );
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(bytes: Vec<u8>) {
            let _ = json(&mut Decoder::new(&bytes));
        }
    }
}
