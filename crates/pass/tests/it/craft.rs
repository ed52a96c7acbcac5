//! What no issuer of ours would write: CBOR item by item, COSE by hand, certificates without a
//! signature, keys that are the same in every run.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PSS_SHA256},
};
use flate2::{Compression, write::ZlibEncoder};
use pass::{Kid, PublicKey, SigningKey};
use std::io::Write;

/// An item of CBOR, in whichever form.
#[derive(Clone)]
pub enum Item {
    Int(i64),
    Float(f64),
    Bytes(Vec<u8>),
    Text(&'static str),
    List(Vec<Item>),
    Map(Vec<(Item, Item)>),
    /// A map with an open end.
    Open(Vec<(Item, Item)>),
    Tag(u64, Box<Item>),
    Null,
    /// Bytes as they are.
    Raw(Vec<u8>),
}

pub fn text(text: &'static str) -> Item {
    Item::Text(text)
}

pub fn int(value: i64) -> Item {
    Item::Int(value)
}

pub fn map<const N: usize>(entries: [(i64, Item); N]) -> Item {
    Item::Map(entries.into_iter().map(|(key, value)| (Item::Int(key), value)).collect())
}

pub fn named<const N: usize>(entries: [(&'static str, Item); N]) -> Item {
    Item::Map(entries.into_iter().map(|(key, value)| (Item::Text(key), value)).collect())
}

impl Item {
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Int(value) if *value < 0 => head(out, 1, !*value as u64),
            Self::Int(value) => head(out, 0, *value as u64),
            Self::Float(value) => {
                out.push(0xfb);
                out.extend(value.to_be_bytes());
            }
            Self::Bytes(bytes) => {
                head(out, 2, bytes.len() as u64);
                out.extend(bytes);
            }
            Self::Text(text) => {
                head(out, 3, text.len() as u64);
                out.extend(text.as_bytes());
            }
            Self::List(items) => {
                head(out, 4, items.len() as u64);
                for item in items {
                    item.write(out);
                }
            }
            Self::Map(entries) => {
                head(out, 5, entries.len() as u64);
                pairs(entries, out);
            }
            Self::Open(entries) => {
                out.push(0xbf);
                pairs(entries, out);
                out.push(0xff);
            }
            Self::Tag(tag, item) => {
                head(out, 6, *tag);
                item.write(out);
            }
            Self::Null => out.push(0xf6),
            Self::Raw(bytes) => out.extend(bytes),
        }
    }
}

fn pairs(entries: &[(Item, Item)], out: &mut Vec<u8>) {
    for (key, value) in entries {
        key.write(out);
        value.write(out);
    }
}

fn head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    match value {
        0..24 => out.push(major | value as u8),
        24..0x100 => out.extend([major | 24, value as u8]),
        0x100..0x1_0000 => {
            out.push(major | 25);
            out.extend((value as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 26);
            out.extend((value as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend(value.to_be_bytes());
        }
    }
}

/// Signs by hand.
pub enum Signer {
    P256(EcdsaKeyPair, SigningKey),
    Rsa(rsa::KeyPair),
}

impl Signer {
    /// The same key for the same name in every run.
    pub fn named(name: &str) -> Self {
        let der = sec1(name);
        let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap();
        Self::P256(pair, SigningKey::read(&der).unwrap())
    }

    pub fn rsa() -> Self {
        Self::Rsa(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap())
    }

    pub fn key(&self) -> &SigningKey {
        match self {
            Self::P256(_, key) => key,
            Self::Rsa(_) => panic!("RSA signs no pass of ours"),
        }
    }

    pub fn public(&self) -> PublicKey {
        match self {
            Self::P256(_, key) => key.public().clone(),
            Self::Rsa(pair) => {
                use aws_lc_rs::{encoding::AsDer, signature::KeyPair};
                PublicKey::read(pair.public_key().as_der().unwrap().as_ref()).unwrap()
            }
        }
    }

    pub fn kid(&self) -> Kid {
        self.public().kid()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::P256(pair, _) => pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PSS_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            }
        }
    }
}

/// A private key whose number is the hash of its name.
pub fn sec1(name: &str) -> Vec<u8> {
    let mut der = vec![0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20];
    der.extend(digest(&SHA256, name.as_bytes()).as_ref());
    der.extend([0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
    der
}

/// A COSE_Sign1 whose parts are chosen one by one.
pub struct Cose<'a> {
    pub signer: &'a Signer,
    pub protected: Vec<u8>,
    /// What is signed in place of `protected`.
    pub signed_as: Option<Vec<u8>>,
    pub unprotected: Item,
    pub payload: Vec<u8>,
    pub tags: &'static [u64],
}

impl<'a> Cose<'a> {
    pub fn new(signer: &'a Signer, payload: &Item) -> Self {
        let alg = if matches!(signer, Signer::Rsa(_)) { -37 } else { -7 };
        let kid = Item::Bytes(signer.kid().as_bytes().to_vec());
        Self {
            signer,
            protected: map([(1, int(alg)), (4, kid)]).bytes(),
            signed_as: None,
            unprotected: map([]),
            payload: payload.bytes(),
            tags: &[],
        }
    }

    pub fn protected(mut self, item: Item) -> Self {
        self.protected = item.bytes();
        self
    }

    pub fn unprotected(mut self, item: Item) -> Self {
        self.unprotected = item;
        self
    }

    pub fn tags(mut self, tags: &'static [u64]) -> Self {
        self.tags = tags;
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let protected = Item::Bytes(self.protected.clone());
        let signed_as = Item::Bytes(self.signed_as.clone().unwrap_or_else(|| self.protected.clone()));
        let payload = Item::Bytes(self.payload.clone());
        let signed =
            Item::List(vec![text("Signature1"), signed_as, Item::Bytes(Vec::new()), payload.clone()]);
        let signature = Item::Bytes(self.signer.sign(&signed.bytes()));
        let whole = Item::List(vec![protected, self.unprotected.clone(), payload, signature]);
        let tag = |item, tag: &u64| Item::Tag(*tag, Box::new(item));
        self.tags.iter().rev().fold(whole, tag).bytes()
    }

    /// As a pass of ours.
    pub fn vx1(&self) -> String {
        coded("VX1:", &self.bytes())
    }

    /// As a health certificate.
    pub fn hc1(&self) -> String {
        coded("HC1:", &zlib(&self.bytes()))
    }
}

pub fn coded(prefix: &str, bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut text = prefix.to_owned();
    for chunk in bytes.chunks(2) {
        let mut value = chunk.iter().fold(0, |value, byte| value << 8 | usize::from(*byte));
        for _ in 0..=chunk.len() {
            text.push(char::from(LETTERS[value % 45]));
            value /= 45;
        }
    }
    text
}

pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A certificate over a key with an extended key usage, its own signature left blank: nobody here
/// checks it. Valid through 2021.
pub fn certificate(key: &PublicKey, usage: &[&str]) -> Vec<u8> {
    let alg = der(0x30, &[der(6, &[vec![0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]])]);
    let common_name = der(0x30, &[der(6, &[vec![0x55, 0x04, 0x03]]), der(0x0c, &[b"Test".to_vec()])]);
    let name = der(0x30, &[der(0x31, &[common_name])]);
    let time = |text: &[u8]| der(0x17, &[text.to_vec()]);
    let mut parts = vec![
        der(0xa0, &[der(2, &[vec![2]])]),
        der(2, &[vec![1]]),
        alg.clone(),
        name.clone(),
        der(0x30, &[time(b"210101000000Z"), time(b"211231235959Z")]),
        name,
        key.der().to_vec(),
    ];
    if !usage.is_empty() {
        let oids: Vec<Vec<u8>> = usage.iter().map(|oid| identifier(oid)).collect();
        let value = der(4, &[der(0x30, &oids)]);
        parts.push(der(0xa3, &[der(0x30, &[der(0x30, &[der(6, &[vec![0x55, 0x1d, 0x25]]), value])])]));
    }
    der(0x30, &[der(0x30, &parts), alg, der(3, &[vec![0, 0]])])
}

fn der(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = vec![tag];
    match body.len() {
        length @ 0..128 => out.push(length as u8),
        length => {
            out.push(0x82);
            out.extend((length as u16).to_be_bytes());
        }
    }
    out.extend(body);
    out
}

fn identifier(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u32> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut body = vec![(arcs[0] * 40 + arcs[1]) as u8];
    for arc in &arcs[2..] {
        if *arc >= 128 {
            body.push(0x80 | (arc >> 7) as u8);
        }
        body.push((arc & 0x7f) as u8);
    }
    der(6, &[body])
}
