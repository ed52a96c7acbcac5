//! The test data of the European certificate, where it is at hand: each file says what every step has
//! to give. The picture is the scanner's, and encoding an issuer's of such certificates, which we are
//! not.

use data_encoding::BASE64;
use jiff::Timestamp;
use pass::{Certificate, Keys, Stage, Verdict, Verifier};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Folder with real input (`VX_TEST_DATA`); `None` prints that the test is skipped.
fn test_data(needs: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("VX_TEST_DATA").map(PathBuf::from);
    let found = folder.map(|folder| folder.join(needs)).filter(|path| path.exists());
    if found.is_none() {
        println!("skipped: needs VX_TEST_DATA/{needs}");
    }
    found
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            found.push(path);
        }
    }
}

/// Offsets may lack their colon.
fn clock(text: &str) -> Timestamp {
    let (head, tail) = text.split_at(text.len().saturating_sub(2));
    let colon = !tail.contains('Z') && !head.ends_with(':');
    let text = if colon { format!("{head}:{tail}") } else { text.to_owned() };
    text.parse().unwrap()
}

/// Dates may be told in another zone than they were signed in.
fn without_dates(mut value: Value) -> Value {
    for entry in value["t"].as_array_mut().into_iter().flatten() {
        for date in ["sc", "dr"] {
            entry.as_object_mut().unwrap().remove(date);
        }
    }
    value
}

fn holds(verdict: &Verdict, file: &Value, step: &str, expected: bool) -> Option<bool> {
    let failed_at = |stage| verdict.error.as_ref().is_some_and(|fault| fault.stage == stage);
    let gave = match step {
        "EXPECTEDUNPREFIX" => verdict.prefix,
        "EXPECTEDB45DECODE" => verdict.base45,
        "EXPECTEDCOMPRESSION" => verdict.inflate,
        "EXPECTEDDECODE" => verdict.cbor,
        "EXPECTEDVERIFY" => verdict.signature,
        "EXPECTEDEXPIRATIONCHECK" => verdict.expired.map(|expired| !expired),
        "EXPECTEDKEYUSAGE" => Some(!failed_at(Stage::Key)),
        "EXPECTEDSCHEMAVALIDATION" => Some(!failed_at(Stage::Claims)),
        "EXPECTEDVALIDOBJECT" => Some(verdict.claims.is_some()),
        "EXPECTEDVALIDJSON" => {
            let claims = serde_json::to_value(&verdict.claims).unwrap();
            Some(without_dates(claims) == without_dates(file["JSON"].clone()))
        }
        "EXPECTEDPICTUREDECODE" | "EXPECTEDENCODE" => return None,
        other => panic!("{other} is not known"),
    };
    Some(gave == Some(expected))
}

#[test]
fn each_step_gives_what_its_file_expects() {
    let Some(folder) = test_data("dgc-testdata") else { return };
    let (mut found, mut wrong, mut held) = (Vec::new(), Vec::new(), 0);
    files(&folder, &mut found);
    let mut verifier = Verifier::default();
    for path in &found {
        let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let context = &file["TESTCTX"];
        let der = BASE64.decode(context["CERTIFICATE"].as_str().unwrap().as_bytes()).unwrap();
        let keys = Keys::of_certificate(Certificate::read(&der).unwrap());
        let now = clock(context["VALIDATIONCLOCK"].as_str().unwrap());
        let verdict = verifier.verify(file["PREFIX"].as_str().unwrap(), &keys, now);
        for (step, expected) in file["EXPECTEDRESULTS"].as_object().unwrap() {
            match holds(&verdict, &file, step, expected.as_bool().unwrap()) {
                Some(true) => held += 1,
                Some(false) => wrong.push(format!("{}: {step} {expected}: {verdict:?}", path.display())),
                None => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(held >= found.len(), "{held} steps of {} files", found.len());
}
