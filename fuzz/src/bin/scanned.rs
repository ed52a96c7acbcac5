//! A text before the camera: always a verdict, never a panic, and never a good one for anything but what the
//! vectors say is good.

#![no_main]

use fuzz::{Gate, seeds};
use libfuzzer_sys::fuzz_target;
use pass::{Verifier, inspect, read};
use std::{collections::BTreeSet, sync::LazyLock};

static GATE: LazyLock<Gate> = LazyLock::new(Gate::default);
static KNOWN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let judged = |text: &str| Verifier::default().verify(text, &GATE.keys, GATE.now);
    let texts = seeds("text").into_iter().filter_map(|text| String::from_utf8(text).ok());
    texts
        .map(|text| judged(&text))
        .filter(|verdict| verdict.is_good())
        .map(|verdict| format!("{:?}", verdict.claims))
        .collect()
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let verdict = Verifier::default().verify(text, &GATE.keys, GATE.now);
    let _ = (read(text), inspect(text));
    if verdict.is_good() {
        assert!(KNOWN.contains(&format!("{:?}", verdict.claims)), "a forged text is believed");
    }
});
