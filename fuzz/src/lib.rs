//! What each target starts from: the vectors of the `pass` crate, whose root and keys it believes.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use pass::{Keys, PublicKey, TrustList};
use serde_json::Value;

/// The vectors of passes and certificates.
const VECTORS: [&str; 2] = [
    include_str!("../../crates/pass/vectors/pass.json"),
    include_str!("../../crates/pass/vectors/hcert.json"),
];

/// Everything that a gate of the vectors knows.
pub struct Gate {
    pub now: Timestamp,
    pub root: PublicKey,
    pub keys: Keys,
}

impl Default for Gate {
    fn default() -> Self {
        let vectors: Value = serde_json::from_str(VECTORS[0]).unwrap();
        let first = &vectors[0];
        let now = first["now"].as_str().unwrap().parse().unwrap();
        let root = PublicKey::read(&bytes(&first["root"])).unwrap();
        let keys = TrustList::read(&bytes(&first["trust"]), &root, now).unwrap().keys;
        Self { now, root, keys }
    }
}

fn bytes(hex: &Value) -> Vec<u8> {
    HEXLOWER.decode(hex.as_str().unwrap().as_bytes()).unwrap()
}

/// What is signed in the vectors, each once: texts of passes, trust lists, status lists.
pub fn seeds(field: &str) -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    for file in VECTORS {
        let vectors: Value = serde_json::from_str(file).unwrap();
        for vector in vectors.as_array().unwrap().iter().filter(|vector| vector[field].is_string()) {
            seeds.push(match field {
                "text" => vector[field].as_str().unwrap().as_bytes().to_vec(),
                _ => bytes(&vector[field]),
            });
        }
    }
    seeds.sort();
    seeds.dedup();
    seeds
}
