//! Vectors of trust lists, code tables and scans.

use crate::{
    craft::Signer,
    make::{Cast, NOW, at, write},
    vectors::{CodeVectors, DigitVector, ListVector, ScanVector, TableVector, scanned},
};
use data_encoding::HEXLOWER;
use pass::{BirthYear, Code, CodeTable, Day, Doses, Facts, Health, Holder, PassName, StatusPlace, TableKey};
use serde_json::{Value, json, to_value};

pub fn make(cast: &Cast) {
    write("trust.json", &to_value(trust(cast)).unwrap());
    write("codes.json", &to_value(codes(cast)).unwrap());
    write("scans.json", &to_value(scans()).unwrap());
}

fn trust(cast: &Cast) -> Vec<ListVector> {
    let bytes = cast.trust().sign(cast.root.key()).unwrap();
    let vector = |name: &str, list: &[u8], now: &str, expect| ListVector {
        name: name.into(),
        list: HEXLOWER.encode(list),
        root: HEXLOWER.encode(cast.root.public().der()),
        now: now.into(),
        expect,
    };
    let refused = |fault: &str| json!({ "keys": null, "fault": fault });
    let mut turned = bytes.clone();
    turned[60] ^= 4;
    let strange = cast.trust().sign(cast.stranger.key()).unwrap();
    vec![
        vector("a list", &bytes, NOW, json!({ "keys": 9, "fault": null })),
        vector("by a stranger", &strange, NOW, refused("signature")),
        vector("a bit turned", &turned, NOW, refused("signature")),
        vector("cut", &bytes[..bytes.len() - 1], NOW, refused("unreadable")),
        vector("no list", b"\x01", NOW, refused("unreadable")),
        vector("from the future", &bytes, "2021-09-14T23:59:59Z", refused("future")),
        vector("its time is over", &bytes, "2021-10-15T00:00:00Z", refused("expired")),
    ]
}

fn facts(name: &str, doses: u64) -> Facts {
    Facts {
        name: PassName::parse(name).unwrap(),
        holder: Holder::Person {
            born: BirthYear::new(1_955).unwrap(),
            health: Health {
                doses: Some(Doses::new(doses).unwrap()),
                last_dose: Some(Day::counted(600).unwrap()),
                ..Health::default()
            },
        },
        status: Some(StatusPlace { list: 1, index: doses }),
    }
}

fn codes(cast: &Cast) -> CodeVectors {
    let secret: [u8; 32] = std::array::from_fn(|at| at as u8);
    let key = TableKey::new(&secret);
    let held: Vec<(Code, Facts)> = (0..9)
        .zip(["TRAN THI BA", "LE VAN TU", "PHAM THI NAM", "HO VAN SAU", "VO THI BAY", "DO VAN TAM"])
        .map(|(n, name)| (Code::of(12_345_678_901 * (n + 1)), facts(name, n)))
        .collect();
    let (issued, expires) = (at("2021-09-20T00:00:00Z"), at("2021-09-21T00:00:00Z"));
    let table = CodeTable::new("79-778", issued, expires, &key, &held).unwrap();
    let trust = cast.trust().sign(cast.root.key()).unwrap();
    let vector = |name: &str, signer: &Signer, now: &str, code: Code, expect: Value| TableVector {
        name: name.into(),
        table: HEXLOWER.encode(&table.sign(signer.key()).unwrap()),
        root: HEXLOWER.encode(cast.root.public().der()),
        trust: HEXLOWER.encode(&trust),
        now: now.into(),
        secret: HEXLOWER.encode(&secret),
        code: code.to_string(),
        expect,
    };
    let found = |at: usize| json!({ "rows": [held[at].1], "fault": null });
    let refused = |fault: &str| json!({ "rows": null, "fault": fault });
    let (first, other) = (held[0].0, Code::of(1));
    let tables = vec![
        vector("the first code", &cast.ward, NOW, first, found(0)),
        vector("another code", &cast.ward, NOW, held[4].0, found(4)),
        vector("a code of nobody", &cast.ward, NOW, other, json!({ "rows": [], "fault": null })),
        vector("by a key that signs none", &cast.business, NOW, first, refused("signature")),
        vector("by a stranger", &cast.stranger, NOW, first, refused("signature")),
        vector("from the future", &cast.ward, "2021-09-19T23:59:59Z", first, refused("future")),
        vector("its time is over", &cast.ward, "2021-09-21T00:00:00Z", first, refused("expired")),
    ];
    let good = held.iter().map(|(code, _)| code.to_string());
    let spaced = first.to_string();
    let spaced = format!(" {} {}-{}", &spaced[..4], &spaced[4..8], &spaced[8..]);
    let mut digits: Vec<DigitVector> =
        good.chain([spaced]).map(|code| DigitVector { code, good: true }).collect();
    let right = first.to_string();
    let wrong_digit = format!("{}{}{}", &right[..3], (right.as_bytes()[3] - b'0' + 1) % 10, &right[4..]);
    let swapped = format!("{}{}{}{}", &right[..5], &right[6..7], &right[5..6], &right[7..]);
    let bad = [wrong_digit, swapped, right[..11].to_owned(), format!("{right}0"), "12345678901a".into()];
    digits.extend(bad.map(|code| DigitVector { code, good: false }));
    CodeVectors { digits, tables }
}

fn scans() -> Vec<ScanVector> {
    let code = Code::of(98_765_432_109).to_string();
    let mistyped = format!("{}{}", &code[..11], (code.as_bytes()[11] - b'0' + 1) % 10);
    let address = "Số 1 Đường Số 2, Phường Tân Thuận, Thành phố Hồ Chí Minh";
    let hex = |text: &str| HEXLOWER.encode(text.as_bytes());
    let insurance = format!(
        "DN4797912345678|{}|17/05/1990|1|{}|79 - 012|01/01/2021|31/12/2021|01/01/2021|7912345|4|-|x$",
        hex("Nguyễn Văn An"),
        hex(address)
    );
    let texts = [
        ("a pass", "VX1:6BF".to_owned()),
        ("a certificate", "HC1:6BF".to_owned()),
        ("a code", code),
        ("a mistyped code", mistyped),
        ("the national QR", "079090123456|NGUYEN VAN AN|1990-05-17|0|QID00001|x;1;;0900000001".to_owned()),
        ("the national QR on a screen", "******123456|NGUYEN VAN AN|1990-**-**|1|QID00001|".to_owned()),
        ("a citizen's card", format!("079090123456|024123456|Nguyễn Văn An|17051990|Nam|{address}|15042021")),
        ("without the old number", format!("079090123456||Trần Thị Bích|01021985|Nữ|{address}|15042021")),
        ("without its field", format!("079090123456|Trần Thị Bích|01021985|Nữ|{address}|15042021")),
        ("without a day of issue", format!("079090123456|024123456|Nguyễn Văn An|17051990|Nam|{address}")),
        (
            "the card of 2024",
            format!(
                "079090123456||Nguyễn Văn An|17051990|Nam|{address}|01072024||Nguyễn Văn Bình|Lê Thị Cúc|"
            ),
        ),
        ("a card of health insurance", insurance),
        ("a day that does not exist", format!("079090123456||Nguyễn Văn An|31021990|Nam|{address}|15042021")),
        ("a page's address", "https://vx.example/79-778/p/1".to_owned()),
        ("nothing", String::new()),
    ];
    let scan = |(name, text): (&str, String)| ScanVector { name: name.into(), expect: scanned(&text), text };
    texts.into_iter().map(scan).collect()
}
