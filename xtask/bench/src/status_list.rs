//! `status-list`: a district of 400,000 gets its passes, and one in a hundred is taken back. `ours` is
//! how many passes are issued a second on one core; the list's size stands in the details and is held
//! against its own goal.
//!
//! The limit: bare signatures of the same library over as many bytes, in turns in the same run.

use crate::{
    figure::{Figure, median, round, seconds_since},
    verify::pass,
};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use kernel::{Error, Result, Rng, clock::machine_now};
use pass::{Bits, SigningKey, StatusList, issue};
use serde_json::json;

const PASSES: usize = 400_000;
const REVOKED: usize = PASSES / 100;
/// Passes and bare signatures take turns, so that what else the machine does meets both.
const TURNS: usize = 8;
const GOAL: f64 = 0.7;
const BYTES_GOAL: usize = 8_000;

pub async fn run() -> Result<Figure> {
    tokio::task::spawn_blocking(measure).await.map_err(Error::internal)?
}

fn measure() -> Result<Figure> {
    let rng = Rng::seeded(16);
    let bytes = packed(&rng);
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(Error::internal)?;
    let pkcs8 = pair.to_pkcs8v1().map_err(Error::internal)?;
    let key = SigningKey::read(pkcs8.as_ref()).map_err(Error::internal)?;
    let now = machine_now();
    let (mut ours, mut limits, mut letters) = (Vec::new(), Vec::new(), 0);
    let each = PASSES / TURNS;
    for turn in 0..TURNS {
        let mut passes = Vec::with_capacity(each);
        for n in 0..each {
            passes.push(pass(&rng, turn * each + n, now)?);
        }
        let from = machine_now();
        for pass in &passes {
            letters += issue(pass, &key).map_err(Error::internal)?.len();
        }
        ours.push(each as f64 / seconds_since(from));
        let (random, message) = (SystemRandom::new(), [7; 120]);
        let from = machine_now();
        for _ in 0..each {
            pair.sign(&random, &message).map_err(Error::internal)?;
        }
        limits.push(each as f64 / seconds_since(from));
    }
    let (ours, limit) = (median(&ours), median(&limits));
    let ratio = round(ours / limit);
    Ok(Figure {
        name: "status-list",
        unit: "1/s",
        ours: ours.round(),
        limit: limit.round(),
        ratio,
        goal: GOAL,
        judged: "ratio",
        direction: "at_least",
        runs: TURNS,
        ok: ratio >= GOAL && bytes <= BYTES_GOAL,
        details: json!({
            "passes": PASSES, "revoked": REVOKED, "list_bytes": bytes, "list_bytes_goal": BYTES_GOAL,
            "letters": round(letters as f64 / PASSES as f64),
        }),
    })
}

/// How many bytes the list has when the passes that were taken back lie anywhere in it.
fn packed(rng: &Rng) -> usize {
    let mut list = StatusList::new(Bits::One, PASSES);
    let mut revoked = 0;
    while revoked < REVOKED {
        let index = rng.below(PASSES as u64);
        if list.get(index) == Some(0) && list.set(index, 1) {
            revoked += 1;
        }
    }
    list.packed().len()
}
