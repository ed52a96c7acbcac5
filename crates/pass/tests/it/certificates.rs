//! A foreign certificate checked against the signer's own X.509 certificate.

use crate::{
    craft::{Cose, Item, Signer, certificate, int, map},
    make::{NOW, at},
    vectors::{Vector, load},
};
use pass::{Attests, Certificate, Keys, Stage, Verifier};

const TEST: &str = "1.3.6.1.4.1.1847.2021.1.1";
const VACCINATION: &str = "1.3.6.1.4.1.1847.2021.1.2";

/// A vector's claims, signed anew under the kid of a certificate.
fn signed(name: &str, der: &[u8], signer: &Signer) -> String {
    let vectors: Vec<Vector> = load("hcert.json");
    let vector = vectors.into_iter().find(|vector| vector.name == name).unwrap();
    let layers = pass::inspect(&vector.text);
    assert_eq!(layers["payload"]["1"], "VN");
    let kid = pass::Kid::over(der).as_bytes().to_vec();
    let mut cose = Cose::new(signer, &Item::Null).protected(map([(1, int(-7)), (4, Item::Bytes(kid))]));
    cose.payload = payload(&vector.text);
    cose.hc1()
}

/// The payload as it stands in a certificate's text.
fn payload(text: &str) -> Vec<u8> {
    use std::io::Read;
    let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let value = |letter: &u8| letters.iter().position(|known| known == letter).unwrap();
    let mut packed = Vec::new();
    for chunk in text.as_bytes()[4..].chunks(3) {
        let sum = chunk.iter().rev().fold(0, |sum, letter| sum * 45 + value(letter));
        packed.extend(&(sum as u16).to_be_bytes()[3 - chunk.len()..]);
    }
    let mut plain = Vec::new();
    flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut plain).unwrap();
    let mut d = minicbor::Decoder::new(&plain);
    assert_eq!(d.tag().unwrap().as_u64(), 18);
    d.array().unwrap();
    d.skip().unwrap();
    d.skip().unwrap();
    d.bytes().unwrap().to_vec()
}

fn stage(text: &str, der: &[u8], now: &str) -> Option<Stage> {
    let keys = Keys::of_certificate(Certificate::read(der).unwrap());
    Verifier::default().verify(text, &keys, at(now)).error.map(|fault| fault.stage)
}

#[test]
fn a_certificate_attests_what_its_usage_says() {
    let signer = Signer::named("signer");
    for (usage, of_dose, of_test) in [
        (&[][..], None, None),
        (&[VACCINATION][..], None, Some(Stage::Key)),
        (&[TEST][..], Some(Stage::Key), None),
        (&[TEST, VACCINATION][..], None, None),
        (&["1.3.6.1.5.5.7.3.1"][..], None, None),
    ] {
        let der = certificate(&signer.public(), usage);
        assert_eq!(stage(&signed("a vaccination", &der, &signer), &der, NOW), of_dose, "{usage:?}");
        assert_eq!(stage(&signed("a test", &der, &signer), &der, NOW), of_test, "{usage:?}");
    }
    let read = Certificate::read(&certificate(&signer.public(), &[TEST])).unwrap();
    assert!(read.attestations.includes(Attests::Test) && !read.attestations.includes(Attests::Recovery));
    assert_eq!(read.until, at("2021-12-31T23:59:59Z"));
}

#[test]
fn a_certificate_is_found_by_its_own_fingerprint_only() {
    let (signer, other) = (Signer::named("signer"), Signer::named("other"));
    let der = certificate(&signer.public(), &[]);
    let text = signed("a vaccination", &der, &signer);
    assert_eq!(stage(&text, &certificate(&signer.public(), &[TEST]), NOW), Some(Stage::Key));
    assert_eq!(stage(&text, &certificate(&other.public(), &[]), NOW), Some(Stage::Key));
    assert_eq!(stage(&signed("a vaccination", &der, &other), &der, NOW), Some(Stage::Signature));
}

#[test]
fn pem_reads_as_der_does() {
    let der = certificate(&Signer::named("signer").public(), &[]);
    let body = data_encoding::BASE64.encode(&der);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\r\n"));
    let (one, other) = (Certificate::read(&der).unwrap(), Certificate::read(pem.as_bytes()).unwrap());
    assert_eq!((one.kid, one.key.der()), (other.kid, other.key.der()));
}
