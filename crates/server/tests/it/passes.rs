//! Passes at the command line: signed, laid open, verified one by one and by the thousand.

use crate::house::{folder, program};
use pass::{SigningKey, TrustList};
use serde_json::{Value, json};
use std::{fs, io::Write, path::Path, process::Stdio};
use tempfile::TempDir;

const NOW: &str = "2021-09-20T08:00:00Z";

/// Runs `vungxanh pass` with this on its standard input: exit code, and what it printed.
fn pass(folder: &TempDir, words: &[&str], input: &str) -> (i32, String) {
    let mut command = program(&[&["pass"][..], words].concat(), &folder.path().join("data"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    // From beside, so that neither side waits for the other with full hands.
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stdout).unwrap())
}

fn object(out: &str) -> Value {
    serde_json::from_str(out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

/// A key in SEC 1, as short as it can be, and its public half beside it.
fn key(folder: &TempDir) -> (String, String) {
    let mut der = vec![0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20];
    der.extend([7; 32]);
    der.extend([0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
    let (private, public) = (folder.path().join("key.der"), folder.path().join("public.der"));
    fs::write(&private, &der).unwrap();
    fs::write(&public, SigningKey::read(&der).unwrap().public().der()).unwrap();
    (private.to_str().unwrap().to_owned(), public.to_str().unwrap().to_owned())
}

fn vectors(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pass/vectors").join(file);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A vector's bytes as a file.
fn written(folder: &TempDir, name: &str, hex: &Value) -> String {
    let hex = hex.as_str().unwrap().as_bytes();
    let digit = |letter: u8| char::from(letter).to_digit(16).unwrap() as u8;
    let bytes: Vec<u8> = hex.chunks(2).map(|two| digit(two[0]) << 4 | digit(two[1])).collect();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_pass_is_signed_laid_open_and_verified() {
    let folder = folder();
    let (private, public) = key(&folder);
    let words = [
        &["issue", "--key", &private, "--kind", "person", "--name", "Nguyễn Văn An", "--year", "1990"][..],
        &["--doses", "2", "--last-dose", "2021-08-15", "--iat", "2021-09-16T00:00:00Z"],
        &["--exp", "2021-10-16T00:00:00Z", "--issuer", "79-778"],
    ]
    .concat();
    let (code, text) = pass(&folder, &words, "");
    assert!(code == 0 && text.starts_with("VX1:"), "{text}");
    let (code, out) = pass(&folder, &["inspect", "--json"], &text);
    let layers = object(&out);
    assert_eq!((code, &layers["payload"]["1"]), (0, &"79-778".into()), "{layers}");
    let (code, out) = pass(&folder, &["verify", "--json", "--cert", &public, "--at", NOW], &text);
    let verdict = object(&out);
    assert_eq!((code, &verdict["error"], &verdict["signature"]), (0, &Value::Null, &true.into()));
    let claims = &verdict["claims"];
    assert_eq!((&claims["name"], &claims["last_dose"]), (&"NGUYEN VAN AN".into(), &"2021-08-15".into()));
    let late = ["verify", "--json", "--cert", &public, "--at", "2021-10-16T00:00:00Z"];
    let (code, out) = pass(&folder, &late, &text);
    let verdict = object(&out);
    assert_eq!((code, &verdict["expired"], &verdict["error"]["stage"]), (1, &true.into(), &"time".into()));
    let (code, out) = pass(&folder, &["verify", "--json", "--at", NOW], &text);
    assert_eq!((code, &object(&out)["error"]["stage"]), (1, &"key".into()));
}

#[test]
fn what_cannot_be_read_is_bad_input_and_what_is_no_pass_a_verdict() {
    let folder = folder();
    let (private, public) = key(&folder);
    let issue = ["issue", "--key", &private, "--exp", "2099-01-01T00:00:00Z", "--name", "An"];
    for wrong in [&["--kind", "person"][..], &["--kind", "business", "--year", "1990"], &["--kind", "king"]] {
        assert_eq!(pass(&folder, &[&issue[..], wrong].concat(), "").0, 2, "{wrong:?}");
    }
    for wrong in [
        &["verify", "--cert", "nowhere.der"][..],
        &["verify", "--cert", &private],
        &["verify", "--trust", &public],
        &["verify", "--cert", &public, "--at", "yesterday"],
    ] {
        assert_eq!(pass(&folder, wrong, "VX1:").0, 2, "{wrong:?}");
    }
    for text in ["", "hello", "VX1:", "HC1:%%%"] {
        let (code, out) = pass(&folder, &["verify", "--json", "--cert", &public], text);
        assert!(code == 1 && object(&out)["error"]["stage"].is_string(), "{out}");
    }
    assert_eq!(pass(&folder, &["inspect"], "hello").0, 1);
    assert_eq!(pass(&folder, &["inspect"], "079090123456||Trần Thị Bích|01021985|Nữ|Quận 7|15042021").0, 0);
}

#[test]
fn many_texts_are_answered_line_by_line_in_order() {
    let folder = folder();
    let vectors: Vec<Value> =
        vectors("pass.json").into_iter().filter(|vector| vector["now"] == NOW).collect();
    let trust = written(&folder, "trust", &vectors[0]["trust"]);
    let root = written(&folder, "root.der", &vectors[0]["root"]);
    // More than are read at once.
    let lines: Vec<&Value> = vectors.iter().cycle().take(5_000).collect();
    let input: String =
        lines.iter().map(|vector| format!("{}\n", vector["text"].as_str().unwrap())).collect();
    let words = ["verify-many", "--trust", &trust, "--root", &root, "--at", NOW];
    let (code, out) = pass(&folder, &words, &input);
    assert_eq!(code, 0);
    let told: Vec<Value> = out.lines().map(object).collect();
    assert_eq!(told.len(), lines.len());
    for (told, vector) in told.iter().zip(lines) {
        let name = &vector["name"];
        assert_eq!(told["error"]["stage"], vector["expect"]["error"]["stage"], "{name}");
        assert_eq!(told["claims"], vector["expect"]["claims"], "{name}");
    }
    let (code, out) = pass(&folder, &words, "one\n\ntwo\r\nthree");
    assert_eq!((code, out.lines().count()), (0, 4));
}

#[test]
fn a_trust_list_is_believed_by_its_root_and_a_status_list_by_the_trust_list() {
    let folder = folder();
    let all = vectors("pass.json");
    let vector = all.iter().find(|vector| vector["expect_status"] == "revoked").unwrap();
    let trust = written(&folder, "trust", &vector["trust"]);
    let root = written(&folder, "root.der", &vector["root"]);
    let status = written(&folder, "status", &vector["status"]);
    let text = vector["text"].as_str().unwrap();
    let words = ["verify", "--json", "--trust", &trust, "--root", &root, "--at", NOW];
    assert_eq!(pass(&folder, &words, text).0, 0);
    let (code, out) = pass(&folder, &[&words[..], &["--status", &status]].concat(), text);
    let verdict = object(&out);
    assert_eq!((code, &verdict["status"], &verdict["error"]), (1, &json!("revoked"), &Value::Null));
    // Of another day: not used, and nothing is said of the pass.
    let day_before =
        ["verify", "--json", "--trust", &trust, "--at", "2021-09-19T08:00:00Z", "--status", &status];
    let (code, out) = pass(&folder, &day_before, text);
    assert_eq!((code, &object(&out)["status"]), (0, &json!("unknown")));
    let (_, public) = key(&folder);
    let wrong_root = ["verify", "--trust", &trust, "--root", &public, "--at", NOW];
    assert_eq!(pass(&folder, &wrong_root, text).0, 2);
    let list = TrustList::read_unproven(&fs::read(&trust).unwrap(), NOW.parse().unwrap()).unwrap();
    assert_eq!(list.publisher, "79");
}
