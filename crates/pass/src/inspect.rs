//! All layers of a text laid open, signed or not, for whoever looks for what is wrong with it.

use crate::{
    base45, cbor,
    cose::Sign1,
    scan::{Scan, read},
    verify::{Envelope, MOST_BYTES, MOST_TEXT},
    zlib::Inflate,
};
use data_encoding::HEXLOWER;
use minicbor::{Decoder, data::Type};
use serde_json::{Map, Value, json};

/// The layers by name, as far as they can be opened; `error` says where it ended. Nothing here is
/// verified. Integer keys of CBOR are printed as text, bytes in base64url.
pub fn inspect(text: &str) -> Value {
    let mut layers = Map::new();
    let what = read(text);
    match (&what, Envelope::of(text).filter(|_| text.len() <= MOST_TEXT)) {
        (_, Some((envelope, body))) => {
            if let Err(error) = open(envelope, body, &mut layers) {
                layers.insert("error".into(), error.into());
            }
            layers.insert("text".into(), text.chars().count().into());
        }
        (Scan::Code(code), None) => {
            layers.insert("value".into(), code.to_string().into());
        }
        _ => {}
    }
    let mut whole = match serde_json::to_value(&what) {
        Ok(Value::Object(whole)) => whole,
        _ => Map::from_iter([("kind".into(), "code".into())]),
    };
    whole.extend(layers);
    Value::Object(whole)
}

fn open(envelope: Envelope, body: &str, layers: &mut Map<String, Value>) -> Result<(), String> {
    let mut coded = Vec::new();
    base45::decode(body, &mut coded).map_err(|fault| format!("base45: {fault}"))?;
    layers.insert("base45".into(), json!({ "bytes": coded.len() }));
    let mut inflate = Inflate::new(MOST_BYTES);
    let plain = match (envelope, inflate.inflate(&coded)) {
        (Envelope::Pass, _) => &coded[..],
        (Envelope::Hcert, Ok(plain)) => {
            layers.insert("zlib".into(), json!({ "bytes": plain.len() }));
            plain
        }
        (Envelope::Hcert, Err(fault)) => {
            layers.insert("zlib".into(), json!({ "error": fault.to_string() }));
            &coded
        }
    };
    let mut tags = Vec::new();
    let mut d = Decoder::new(plain);
    while d.datatype().is_ok_and(|what| what == Type::Tag) {
        tags.extend(d.tag().map(|tag| tag.as_u64()));
    }
    let cose = Sign1::read(plain).map_err(|fault| format!("cose: {fault:?}"))?;
    let parsed = |bytes: &[u8]| match bytes {
        [] => Ok(json!({})),
        bytes => cbor::json(&mut Decoder::new(bytes)).map_err(|fault| format!("cbor: {fault}")),
    };
    let unprotected = d.array().and_then(|_| d.skip()).and_then(|()| cbor::json(&mut d));
    layers.insert(
        "cose".into(),
        json!({
            "tags": tags,
            "protected": parsed(cose.protected)?,
            "unprotected": unprotected.map_err(|fault| format!("cbor: {fault}"))?,
            "kid": cose.headers.kid.map(|kid| HEXLOWER.encode(kid)),
            "signature": HEXLOWER.encode(cose.signature),
        }),
    );
    layers.insert("payload".into(), parsed(cose.payload)?);
    Ok(())
}
