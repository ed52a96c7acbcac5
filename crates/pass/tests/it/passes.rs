//! Passes issued and read back.

use crate::{
    craft::Signer,
    make::{NOW, at},
};
use data_encoding::{BASE64, HEXLOWER};
use pass::{
    BirthYear, Claims, Day, Doses, Facts, Force, Health, Holder, Issuer, Keys, Pass, PassName, Place,
    PublicKey, SigningKey, Stage, StatusPlace, TrustedKey, Usage, Verifier, inspect, issue,
};
use proptest::{option, prelude::*};

fn day() -> impl Strategy<Value = Day> {
    (0..=u64::from(u16::MAX)).prop_map(|days| Day::counted(days).unwrap())
}

fn health() -> impl Strategy<Value = Health> {
    let doses = (0..=9u64).prop_map(|doses| Doses::new(doses).unwrap());
    (option::of(doses), option::of(day()), option::of(day()), option::of(day())).prop_map(
        |(doses, last_dose, last_negative, recovered)| Health { doses, last_dose, last_negative, recovered },
    )
}

fn holder() -> impl Strategy<Value = Holder> {
    let born = || (1_900..=2_100u64).prop_map(|year| BirthYear::new(year).unwrap());
    let place = || option::of("[0-9A-Z-]{1,12}".prop_map(|code| Place::parse(&code).unwrap()));
    let force = (1..=7u64).prop_map(|force| Force::of(force).unwrap());
    prop_oneof![
        (born(), health()).prop_map(|(born, health)| Holder::Person { born, health }),
        (place(), any::<Option<u32>>()).prop_map(|(place, people)| Holder::Household { place, people }),
        place().prop_map(|place| Holder::Neighbourhood { place }),
        (place(), any::<Option<u32>>()).prop_map(|(place, people)| Holder::Business { place, people }),
        (force, born(), health()).prop_map(|(force, born, health)| Holder::Force { force, born, health }),
    ]
}

fn pass() -> impl Strategy<Value = Pass> {
    let name =
        "[A-Z0-9.'&-]{1,20}( [A-Z0-9.'&-]{1,19}){0,3}".prop_map(|name| PassName::parse(&name).unwrap());
    let status = any::<Option<(u64, u64)>>()
        .prop_map(|status| status.map(|(list, index)| StatusPlace { list, index }));
    let facts = (name, holder(), status).prop_map(|(name, holder, status)| Facts { name, holder, status });
    (facts, any::<[u8; 8]>(), "[0-9-]{1,24}", 0..1_000_000i64, 1..10_000_000i64).prop_map(
        |(facts, number, issuer, since, life)| {
            let issued = at(NOW) - jiff::SignedDuration::from_secs(since);
            let until = at(NOW) + jiff::SignedDuration::from_secs(life);
            Pass::new(Issuer::parse(&issuer).unwrap(), number, issued, until, facts).unwrap()
        },
    )
}

fn keys(signer: &Signer) -> Keys {
    Keys::of_key(signer.public())
}

proptest! {
    #[test]
    fn what_is_issued_is_read_back(pass in pass()) {
        let signer = Signer::named("ward");
        let text = issue(&pass, signer.key()).unwrap();
        let verdict = Verifier::default().verify(&text, &keys(&signer), at(NOW));
        prop_assert_eq!(verdict.error, None);
        prop_assert_eq!(verdict.claims, Some(Claims::Pass(pass)));
        prop_assert_eq!((verdict.inflate, verdict.expired), (None, Some(false)));
    }

    #[test]
    fn a_pass_with_a_bit_turned_never_verifies(pass in pass(), at_byte: prop::sample::Index, bit in 0..8u8) {
        let signer = Signer::named("ward");
        let text = issue(&pass, signer.key()).unwrap();
        let mut bytes = decoded(&text);
        let at_byte = at_byte.index(bytes.len());
        bytes[at_byte] ^= 1 << bit;
        let verdict = Verifier::default().verify(&crate::craft::coded("VX1:", &bytes), &keys(&signer), at(NOW));
        prop_assert!(!verdict.is_good());
        prop_assert_eq!(verdict.claims, None);
    }
}

fn decoded(text: &str) -> Vec<u8> {
    let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let value = |letter: &u8| letters.iter().position(|known| known == letter).unwrap();
    let mut bytes = Vec::new();
    for chunk in text.as_bytes()[4..].chunks(3) {
        let sum = chunk.iter().rev().fold(0, |sum, letter| sum * 45 + value(letter));
        bytes.extend(&(sum as u16).to_be_bytes()[3 - chunk.len()..]);
    }
    bytes
}

fn everything() -> Pass {
    let facts = Facts {
        name: PassName::fold("Nguyễn Thị Phương Thảo").unwrap(),
        holder: Holder::Person {
            born: BirthYear::new(1_990).unwrap(),
            health: Health {
                doses: Some(Doses::new(2).unwrap()),
                last_dose: Some(Day::counted(600).unwrap()),
                last_negative: Some(Day::counted(620).unwrap()),
                recovered: None,
            },
        },
        status: Some(StatusPlace { list: 1, index: 399_999 }),
    };
    let (issued, until) = (at("2021-09-16T00:00:00Z"), at("2021-10-16T00:00:00Z"));
    Pass::new(Issuer::parse("79-778").unwrap(), [0xab; 8], issued, until, facts).unwrap()
}

#[test]
fn the_bytes_of_a_pass_are_these_and_no_others() {
    let signer = Signer::named("ward");
    let layers = inspect(&issue(&everything(), signer.key()).unwrap());
    assert_eq!(layers["cose"]["tags"], serde_json::json!([]));
    assert_eq!(layers["cose"]["unprotected"], serde_json::json!({}));
    assert_eq!(layers["cose"]["kid"], signer.kid().to_string());
    let claims = "a5 01 66 37392d373738 04 1a 616a1600 06 1a 61428900 07 48 abababababababab \
                  3a 00010000 a8 00 00 01 76 4e475559454e205448492050 48554f4e47205448414f \
                  02 19 07c6 03 02 04 19 0258 05 19 026c 07 1a 00061a7f 08 01";
    let protected = format!("84 4d a2 01 26 04 48 {} a0 58 55", signer.kid());
    let expected = format!("{protected} {claims} 58 40").replace(' ', "");
    let bytes = decoded(&issue(&everything(), signer.key()).unwrap());
    assert_eq!(HEXLOWER.encode(&bytes[..bytes.len() - 64]), expected);
}

#[test]
fn a_pass_fits_a_code_of_53_modules() {
    let text = issue(&everything(), Signer::named("ward").key()).unwrap();
    // Version 9 at error correction M holds 262 letters of the alphanumeric mode.
    assert!(text.len() <= 262, "{} letters", text.len());
}

#[test]
fn keys_are_read_from_pkcs8_and_sec1_in_der_and_pem() {
    let der = crate::craft::sec1("ward");
    let key = SigningKey::read(&der).unwrap();
    let pair = aws_lc_rs::signature::EcdsaKeyPair::from_private_key_der(
        &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        &der,
    )
    .unwrap();
    let pkcs8 = pair.to_pkcs8v1().unwrap();
    let pem = |label: &str, der: &[u8]| {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64.encode(der))
    };
    // As `openssl ecparam -genkey` writes it, with the curve first.
    let sec1 = pem("EC PARAMETERS", &[6, 0]) + &pem("EC PRIVATE KEY", &der);
    for bytes in [pkcs8.as_ref(), pem("PRIVATE KEY", pkcs8.as_ref()).as_bytes(), sec1.as_bytes()] {
        assert_eq!(SigningKey::read(bytes).unwrap().kid(), key.kid());
    }
    assert!(SigningKey::read(b"-----BEGIN PRIVATE KEY-----\n").is_err());
    assert!(PublicKey::read(key.public().der()).is_ok());
    assert!(PublicKey::read(&der).is_err());
}

#[test]
fn a_key_is_rotated_by_standing_beside_the_next() {
    let (old, next) = (Signer::named("spring"), Signer::named("autumn"));
    let key = |signer: &Signer, from, until| {
        TrustedKey::new(signer.public(), at(from), at(until), Usage::PERSON, "79-778")
    };
    let keys = Keys::new(vec![
        key(&old, "2021-03-01T00:00:00Z", "2021-10-01T00:00:00Z"),
        key(&next, "2021-09-01T00:00:00Z", "2022-03-01T00:00:00Z"),
    ]);
    let stage = |signer: &Signer, now: &str| {
        let text = issue(&everything(), signer.key()).unwrap();
        Verifier::default().verify(&text, &keys, at(now)).error.map(|fault| fault.stage)
    };
    assert_eq!(stage(&old, NOW), None);
    assert_eq!(stage(&next, NOW), None);
    assert_eq!(stage(&old, "2021-10-02T00:00:00Z"), Some(Stage::Key), "good, but for its key");
    assert_eq!(stage(&next, "2021-10-02T00:00:00Z"), None);
}

#[test]
fn a_pass_that_cannot_be_is_not_built() {
    let Claims::Pass(pass) = Claims::Pass(everything()) else { unreachable!() };
    let facts = pass.facts().clone();
    let issuer = Issuer::parse("79-778").unwrap();
    assert!(Pass::new(issuer, [0; 8], at(NOW), at(NOW), facts).is_err());
    assert!(everything().from(at("2021-10-16T00:00:00Z")).is_err());
    assert_eq!(everything().from(at("2021-09-01T00:00:00Z")).unwrap(), everything());
    assert_eq!(everything().from(at(NOW)).unwrap().begins(), at(NOW).as_second());
}
