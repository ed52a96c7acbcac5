//! `vectors/*.json`: what every verifier of ours has to agree on, this one and the gate's in
//! TypeScript. Bytes in hexadecimal; times as in RFC 3339.
//!
//! - `pass.json`, `hcert.json`: `[{name, text, now, root, trust, status, expect, expect_status}]`.
//!   `trust` is a signed trust list, `root` the SubjectPublicKeyInfo of its signer, `status` a signed
//!   status list or null. `expect` is the record of the verdict; of `error` only `stage` has to agree,
//!   the message is for logs. `expect_status` is `good`, `revoked` or `unknown` where `status` is given.
//! - `trust.json`: `[{name, list, root, now, expect: {keys, fault}}]`, lists by themselves: how many
//!   keys are read, or why the list is not used (`unreadable`, `signature`, `future`, `expired`).
//! - `codes.json`: `{digits: [{code, good}], tables: [{name, table, root, trust, now, secret, code,
//!   expect: {rows, fault}}]}`: check digits, and tables with the facts behind a code.
//! - `scans.json`: `[{name, text, expect}]`, what a scanned text is.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use pass::{
    Code, CodeTable, Keys, ListFault, PublicKey, Scan, Standing, StatusToken, TableKey, TrustList, Verifier,
    read,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Serialize, Deserialize)]
pub struct Vector {
    pub name: String,
    pub text: String,
    pub now: String,
    pub root: String,
    pub trust: String,
    pub status: Option<String>,
    pub expect: Value,
    pub expect_status: Option<Value>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ListVector {
    pub name: String,
    pub list: String,
    pub root: String,
    pub now: String,
    pub expect: Value,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct CodeVectors {
    pub digits: Vec<DigitVector>,
    pub tables: Vec<TableVector>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct DigitVector {
    pub code: String,
    pub good: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct TableVector {
    pub name: String,
    pub table: String,
    pub root: String,
    pub trust: String,
    pub now: String,
    pub secret: String,
    pub code: String,
    pub expect: Value,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ScanVector {
    pub name: String,
    pub text: String,
    pub expect: Value,
}

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

pub fn load<T: DeserializeOwned>(file: &str) -> T {
    serde_json::from_str(&std::fs::read_to_string(folder().join(file)).unwrap()).unwrap()
}

pub fn bytes(hex: &str) -> Vec<u8> {
    HEXLOWER.decode(hex.as_bytes()).unwrap()
}

pub fn keys(root: &str, trust: &str, now: Timestamp) -> Keys {
    let root = PublicKey::read(&bytes(root)).unwrap();
    match TrustList::read(&bytes(trust), &root, now) {
        Ok(list) => list.keys,
        // Of vectors about a gate whose clock stands outside the list's own time.
        Err(ListFault::Future | ListFault::Expired) => {
            let within = "2021-09-20T00:00:00Z".parse().unwrap();
            TrustList::read(&bytes(trust), &root, within).unwrap().keys
        }
        Err(fault) => panic!("{fault}"),
    }
}

pub fn fault(fault: &ListFault) -> &'static str {
    match fault {
        ListFault::Unreadable(_) => "unreadable",
        ListFault::Signature => "signature",
        ListFault::Future => "future",
        ListFault::Expired => "expired",
    }
}

/// Without the message, which nobody has to agree on.
fn comparable(mut verdict: Value) -> Value {
    if let Some(error) = verdict["error"].as_object_mut() {
        error.remove("message");
    }
    verdict
}

fn agree(file: &str) {
    let vectors: Vec<Vector> = load(file);
    assert!(vectors.len() > 20, "{file}");
    for vector in vectors {
        let now: Timestamp = vector.now.parse().unwrap();
        let keys = keys(&vector.root, &vector.trust, now);
        let verdict = Verifier::default().verify(&vector.text, &keys, now);
        let standing = vector.status.as_ref().map(|status| {
            StatusToken::read(&bytes(status), &keys, now).map_or(Standing::Unknown, |token| {
                verdict.pass().map_or(Standing::Unknown, |pass| token.standing(pass, now))
            })
        });
        let record = serde_json::to_value(&verdict).unwrap();
        assert_eq!(comparable(record), comparable(vector.expect), "{file}: {}", vector.name);
        assert_eq!(standing.map(|standing| json!(standing.name())), vector.expect_status, "{}", vector.name);
    }
}

#[test]
fn passes_get_the_verdict_that_is_written_down() {
    agree("pass.json");
}

#[test]
fn certificates_get_the_verdict_that_is_written_down() {
    agree("hcert.json");
}

#[test]
fn trust_lists_are_read_as_written_down() {
    for vector in load::<Vec<ListVector>>("trust.json") {
        let root = PublicKey::read(&bytes(&vector.root)).unwrap();
        let read = TrustList::read(&bytes(&vector.list), &root, vector.now.parse().unwrap());
        let got = match &read {
            Ok(list) => json!({ "keys": list.keys.iter().count(), "fault": null }),
            Err(error) => json!({ "keys": null, "fault": fault(error) }),
        };
        assert_eq!(got, vector.expect, "{}", vector.name);
    }
}

#[test]
fn codes_find_the_rows_that_are_written_down() {
    let vectors: CodeVectors = load("codes.json");
    for digits in vectors.digits {
        assert_eq!(Code::parse(&digits.code).is_ok(), digits.good, "{}", digits.code);
    }
    for vector in vectors.tables {
        let now = vector.now.parse().unwrap();
        let keys = keys(&vector.root, &vector.trust, now);
        let secret = TableKey::new(&bytes(&vector.secret).try_into().unwrap());
        let code = Code::parse(&vector.code).unwrap();
        let got = match CodeTable::read(&bytes(&vector.table), &keys, now) {
            Ok(table) => json!({ "rows": table.find(code, &secret), "fault": null }),
            Err(error) => json!({ "rows": null, "fault": fault(&error) }),
        };
        assert_eq!(got, vector.expect, "{}", vector.name);
    }
}

#[test]
fn scans_are_told_apart_as_written_down() {
    for vector in load::<Vec<ScanVector>>("scans.json") {
        assert_eq!(scanned(&vector.text), vector.expect, "{}", vector.name);
    }
}

pub fn scanned(text: &str) -> Value {
    match read(text) {
        Scan::Code(code) => json!({ "kind": "code", "value": code.to_string() }),
        other => serde_json::to_value(other).unwrap(),
    }
}
