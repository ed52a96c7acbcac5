//! A passkey in software: what a phone does with WebAuthn options, in as few bytes as the standard
//! asks for (ES256, no attestation, user present and verified).

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

pub struct Authenticator {
    key: EcdsaKeyPair,
    id: [u8; 16],
    user: Vec<u8>,
    pub counter: u32,
    /// Whether the device asks its owner for finger, face or PIN.
    pub verifies: bool,
}

const ORIGIN: &str = "https://vungxanh.example";
const DOMAIN: &str = "vungxanh.example";

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// A CBOR head: major type and a length below 65,536.
fn head(major: u8, n: usize) -> Vec<u8> {
    match n {
        0..=23 => vec![major << 5 | n as u8],
        24..=255 => vec![major << 5 | 0x18, n as u8],
        _ => vec![major << 5 | 0x19, (n >> 8) as u8, n as u8],
    }
}

fn text(text: &str) -> Vec<u8> {
    [head(3, text.len()), text.as_bytes().to_vec()].concat()
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    [head(2, bytes.len()), bytes.to_vec()].concat()
}

impl Authenticator {
    /// A device that is asked to make a passkey, and its answer.
    pub fn create(options: &Value) -> (Self, String) {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let user =
            BASE64URL_NOPAD.decode(options["publicKey"]["user"]["id"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(options["publicKey"]["authenticatorSelection"]["residentKey"], "required");
        let mut id = [0; 16];
        aws_lc_rs::rand::fill(&mut id).unwrap();
        let device = Self { key, id, user, counter: 1, verifies: true };
        let point = device.key.public_key().as_ref();
        let public = [
            head(5, 5),
            vec![0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21], // EC2, ES256, P-256, x
            bytes(&point[1..33]),
            vec![0x22], // y
            bytes(&point[33..65]),
        ]
        .concat();
        let attested = [vec![0; 16], vec![0, 16], device.id.to_vec(), public].concat();
        let data = [device.data(0x40), attested].concat();
        let object = [
            head(5, 3),
            text("fmt"),
            text("none"),
            text("attStmt"),
            head(5, 0),
            text("authData"),
            bytes(&data),
        ]
        .concat();
        let answer = json!({
            "id": BASE64URL_NOPAD.encode(&device.id),
            "rawId": BASE64URL_NOPAD.encode(&device.id),
            "type": "public-key",
            "response": {
                "attestationObject": BASE64URL_NOPAD.encode(&object),
                "clientDataJSON": BASE64URL_NOPAD.encode(&client_data("webauthn.create", options)),
            },
        });
        (device, answer.to_string())
    }

    /// The answer to a sign-in.
    pub fn get(&mut self, options: &Value) -> String {
        self.counter += 1;
        self.get_again(options)
    }

    /// The same without counting on, as a copied key would.
    pub fn get_again(&self, options: &Value) -> String {
        assert_eq!(options["publicKey"]["allowCredentials"].as_array().map_or(0, Vec::len), 0);
        let (data, client) = (self.data(0), client_data("webauthn.get", options));
        let message = [data.clone(), sha256(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).unwrap();
        json!({
            "id": BASE64URL_NOPAD.encode(&self.id),
            "rawId": BASE64URL_NOPAD.encode(&self.id),
            "type": "public-key",
            "response": {
                "authenticatorData": BASE64URL_NOPAD.encode(&data),
                "clientDataJSON": BASE64URL_NOPAD.encode(&client),
                "signature": BASE64URL_NOPAD.encode(signature.as_ref()),
                "userHandle": BASE64URL_NOPAD.encode(&self.user),
            },
        })
        .to_string()
    }

    /// Relying party, flags (present, verified, and `more`), counter.
    fn data(&self, more: u8) -> Vec<u8> {
        let flags = 0x01 | if self.verifies { 0x04 } else { 0 } | more;
        [sha256(DOMAIN.as_bytes()), vec![flags], self.counter.to_be_bytes().to_vec()].concat()
    }
}

fn client_data(kind: &str, options: &Value) -> Vec<u8> {
    json!({ "type": kind, "challenge": options["publicKey"]["challenge"], "origin": ORIGIN, "crossOrigin": false })
        .to_string()
        .into_bytes()
}
