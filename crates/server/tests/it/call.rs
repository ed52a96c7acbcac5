//! `vungxanh call` against a network played by sipp.

use crate::house::{folder, program, run};
use serde_json::Value;
use sip::test_peers::{
    peer::{LOCALHOST, Sipp},
    phone::{FRAME, Phone, tone},
    scenario::Scenario,
};
use std::{net::SocketAddr, path::Path, time::Duration};
use tokio::net::UdpSocket;

/// One call straight to an address: how the command exits, and what it says.
async fn call(folder: &Path, at: SocketAddr, words: &[&str]) -> (i32, Value) {
    let to = format!("sip:0901234567@{at}");
    let words = [&["call", "--to", &to, "--json"][..], words].concat();
    let (code, out, told) = run(program(&words, &folder.join("data"))).await;
    let said = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{code}: {out}{told}"));
    assert!(!told.contains("SIP/2.0"), "the log tells no message: {told}");
    (code, said)
}

fn wav(samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    bytes.extend(8_000_u32.to_le_bytes());
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

#[tokio::test]
async fn a_call_plays_a_file_and_collects_keys() {
    let mut phone = Phone::new().await;
    let scenario = Scenario::new().recv("INVITE").ringing().pause(100).answer(phone.address()).hung_up();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let folder = folder();
    let file = folder.path().join("hello.wav");
    std::fs::write(&file, wav(&tone(440.0, Duration::from_millis(200)))).unwrap();
    let pressing = tokio::spawn(async move {
        // The file is heard before a key is pressed.
        let heard = phone.receive_many(12).await;
        for key in "19".chars() {
            phone.press(key).await;
        }
        heard
    });
    let words = ["--play", file.to_str().unwrap(), "--collect", "2"];
    let (code, said) = call(folder.path(), network.address, &words).await;
    assert_eq!((code, &said["outcome"], &said["sip_code"]), (0, &"answered".into(), &200.into()), "{said}");
    assert_eq!(said["digits"], "19");
    let ms = |key: &str| said[key].as_u64().unwrap_or_else(|| panic!("no {key} in {said}"));
    assert!(ms("answer_ms") >= ms("ring_ms") + 90 && ms("duration_ms") >= 200, "{said}");
    let heard = pressing.await.unwrap();
    assert!(heard.iter().all(|packet| packet.payload.len() == FRAME));
    let log = network.succeeded().await;
    assert!(log.contains("INVITE sip:0901234567@127.0.0.1:"), "{log}");
}

#[tokio::test]
async fn a_call_that_nobody_takes_says_why() {
    let folder = folder();
    let busy = Scenario::new().recv("INVITE").ringing().reply("486 Busy Here", "", "").recv("ACK");
    let Some(network) = Sipp::called(&busy).await else { return };
    let (code, said) = call(folder.path(), network.address, &[]).await;
    assert_eq!((code, &said["outcome"], &said["sip_code"]), (1, &"busy".into(), &486.into()), "{said}");
    assert!(said["ring_ms"].is_u64() && said["answer_ms"].is_null() && said["duration_ms"].is_null());
    network.succeeded().await;

    let rings = Scenario::new().recv("INVITE").ringing().cancelled();
    let network = Sipp::called(&rings).await.unwrap();
    let (code, said) = call(folder.path(), network.address, &["--ring", "1"]).await;
    assert_eq!((code, &said["outcome"]), (1, &"no_answer".into()), "{said}");
    // It left nothing ringing.
    network.succeeded().await;

    let silent = UdpSocket::bind((LOCALHOST, 0)).await.unwrap();
    let (code, said) = call(folder.path(), silent.local_addr().unwrap(), &["--ring", "1"]).await;
    assert_eq!((code, &said["outcome"], &said["sip_code"]), (3, &"unreachable".into(), &Value::Null));
}

#[tokio::test]
async fn the_trunks_of_the_file_are_used_by_name_and_bad_input_is_named() {
    let mut phone = Phone::new().await;
    let scenario = Scenario::new().challenge("INVITE", "center", "s3cret").answer(phone.address()).hung_up();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let folder = folder();
    let file = folder.path().join("trunks.toml");
    let text = format!(
        "[[trunk]]\nname = \"first\"\nserver = \"192.0.2.1\"\n\n\
         [[trunk]]\nname = \"second\"\nserver = \"{}\"\nuser = \"center\"\npassword = \"s3cret\"\n",
        network.address
    );
    std::fs::write(&file, text).unwrap();
    let through = |words: &[&str]| {
        let mut command = program(&[&["call", "--json"][..], words].concat(), &folder.path().join("data"));
        command.env("VX_SIP_TRUNKS", &file).env("VX_SIP_LISTEN", "127.0.0.1:0");
        command
    };
    let listening = tokio::spawn(async move { phone.receive().await });
    let (code, out, told) = run(through(&["--to", "0901234567", "--trunk", "second"])).await;
    assert_eq!(code, 0, "{out}{told}");
    listening.await.unwrap();
    let log = network.succeeded().await;
    assert!(log.contains("Digest username=\"center\"") && !told.contains("s3cret"), "{log}");

    for (words, named) in [
        (&["--to", "0901234567", "--trunk", "third"][..], "no such trunk"),
        (&["--to", "sip:0901234567@"], "no address"),
        (&["--to", "sip:09 01@127.0.0.1"], "no number"),
        (&["--to", "115", "--play", "nowhere.wav"], "nowhere.wav"),
        (&["--to", "115", "--collect", "many"], "many"),
    ] {
        let (code, out, told) = run(through(words)).await;
        assert_eq!((code, out.as_str()), (2, ""), "{told}");
        assert!(told.contains(named), "{told}");
    }
    let without = program(&["call", "--to", "115"], &folder.path().join("data"));
    let (code, _, told) = run(without).await;
    assert!(code == 2 && told.contains("sip_trunks"), "{told}");
}
