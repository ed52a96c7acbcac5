//! `verify`: from the text of a QR code to a verdict, on one core: passes of ours (`ours`) and health
//! certificates, as a gate or `verify-many` does it.
//!
//! The limit: what the same library needs for the bare signature over as many bytes, in the same run.

use crate::figure::{Figure, median, round, seconds_since};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
        Signature,
    },
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Error, Result, Rng, clock::machine_now};
use pass::{
    BirthYear, Day, Doses, Facts, Health, Holder, Issuer, Keys, Pass, PassName, PublicKey, SigningKey,
    StatusPlace, TrustList, Verifier, issue,
};
use serde_json::{Value, json};

const RUNS: usize = 7;
const EACH: usize = 3_000;
const GOAL: f64 = 0.90;
const HCERT_GOAL: f64 = 0.85;
/// The first one is a vaccination, signed with ES256.
const CERTIFICATES: &str = include_str!("../../../crates/pass/vectors/hcert.json");

pub async fn run() -> Result<Figure> {
    tokio::task::spawn_blocking(measure).await.map_err(Error::internal)?
}

fn measure() -> Result<Figure> {
    let rng = Rng::seeded(15);
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(Error::internal)?;
    let pkcs8 = pair.to_pkcs8v1().map_err(Error::internal)?;
    let key = SigningKey::read(pkcs8.as_ref()).map_err(Error::internal)?;
    let keys = Keys::of_key(key.public().clone());
    let now = machine_now();
    let mut passes = Vec::with_capacity(EACH);
    for n in 0..EACH {
        passes.push(issue(&pass(&rng, n, now)?, &key).map_err(Error::internal)?);
    }
    let foreign = Foreign::read()?;
    let bare = Bare::new(&rng, &pair)?;
    let (mut ours, mut hcerts, mut limits) = (Vec::new(), Vec::new(), Vec::new());
    for run in 1..=RUNS {
        let limit = bare.rate()?;
        let pass = rate(passes.iter().map(String::as_str), &keys, now)?;
        let hcert = rate(std::iter::repeat_n(&foreign.text[..], EACH), &foreign.keys, foreign.now)?;
        eprintln!(
            "  run {run}: {} passes, {} certificates, {} bare signatures a second",
            round(pass),
            round(hcert),
            round(limit)
        );
        ours.push(pass);
        hcerts.push(hcert);
        limits.push(limit);
    }
    let (ours, hcert, limit) = (median(&ours), median(&hcerts), median(&limits));
    let (ratio, hcert_ratio) = (round(ours / limit), round(hcert / limit));
    Ok(Figure {
        name: "verify",
        unit: "1/s",
        ours: ours.round(),
        limit: limit.round(),
        ratio,
        goal: GOAL,
        judged: "ratio",
        direction: "at_least",
        runs: RUNS,
        ok: ratio >= GOAL && hcert_ratio >= HCERT_GOAL,
        details: json!({ "hcert": hcert.round(), "hcert_ratio": hcert_ratio, "hcert_goal": HCERT_GOAL }),
    })
}

/// A person's pass with all that is mostly known.
pub fn pass(rng: &Rng, n: usize, now: Timestamp) -> Result<Pass> {
    let built = || -> Result<Pass, pass::ClaimFault> {
        let facts = Facts {
            name: PassName::fold(&crate::people::name(n))?,
            holder: Holder::Person {
                born: BirthYear::new(1_930 + rng.below(80))?,
                health: Health {
                    doses: Some(Doses::new(2)?),
                    last_dose: Some(Day::counted(500 + rng.below(100))?),
                    last_negative: Some(Day::counted(600 + rng.below(30))?),
                    recovered: None,
                },
            },
            status: Some(StatusPlace { list: 1, index: n as u64 }),
        };
        let issued = now - SignedDuration::from_hours(1);
        let until = now + SignedDuration::from_hours(7 * 24);
        Pass::new(Issuer::parse("79-778")?, rng.bytes(), issued, until, facts)
    };
    built().map_err(Error::internal)
}

/// Texts verified a second; a text that is not good is no measurement.
fn rate<'a>(texts: impl Iterator<Item = &'a str>, keys: &Keys, now: Timestamp) -> Result<f64> {
    let mut verifier = Verifier::default();
    let from = machine_now();
    for text in texts {
        let verdict = verifier.verify(text, keys, now);
        if let Some(fault) = verdict.error {
            return Err(Error::internal(fault.message));
        }
    }
    Ok(EACH as f64 / seconds_since(from))
}

/// A certificate of the vectors, and whom to believe about it.
struct Foreign {
    text: String,
    keys: Keys,
    now: Timestamp,
}

impl Foreign {
    fn read() -> Result<Self> {
        let vectors: Value = serde_json::from_str(CERTIFICATES).map_err(Error::internal)?;
        let field = |name: &str| vectors[0][name].as_str().unwrap_or_default().to_owned();
        let bytes =
            |name: &str| data_encoding::HEXLOWER.decode(field(name).as_bytes()).map_err(Error::internal);
        let now: Timestamp = field("now").parse().map_err(Error::internal)?;
        let root = PublicKey::read(&bytes("root")?).map_err(Error::internal)?;
        let keys = TrustList::read(&bytes("trust")?, &root, now).map_err(Error::internal)?.keys;
        Ok(Self { text: field("text"), keys, now })
    }
}

/// Signatures over as many bytes as a pass's, and nothing around them; as many different ones, for the
/// same one again and again would be learnt by the processor.
struct Bare {
    key: ParsedPublicKey,
    signed: Vec<([u8; 120], Signature)>,
}

impl Bare {
    fn new(rng: &Rng, pair: &EcdsaKeyPair) -> Result<Self> {
        let random = SystemRandom::new();
        let sign = |_| {
            let message = rng.bytes();
            pair.sign(&random, &message).map(|signature| (message, signature)).map_err(Error::internal)
        };
        let signed = (0..EACH).map(sign).collect::<Result<_>>()?;
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
        Ok(Self { key: key.map_err(Error::internal)?, signed })
    }

    fn rate(&self) -> Result<f64> {
        let from = machine_now();
        for (message, signature) in &self.signed {
            self.key.verify_sig(message, signature.as_ref()).map_err(Error::internal)?;
        }
        Ok(EACH as f64 / seconds_since(from))
    }
}
