//! Vectors of health certificates: what the standard says, and what issuers really printed.

use crate::{
    craft::{Cose, Item, Signer, coded, int, map, named, text, zlib},
    make::{Cast, ISSUED, Maker, UNTIL},
};
use jiff::{Timestamp, ToSpan};
use pass::Stage;

fn claims(country: &'static str, certificate: Item) -> Item {
    map([(1, text(country)), (4, int(UNTIL)), (6, int(ISSUED)), (-260, map([(1, certificate)]))])
}

/// With one entry under each of these keys.
fn certificate<const N: usize>(entries: [(&'static str, Item); N]) -> Item {
    let names = named([
        ("fn", text("Nguyễn")),
        ("gn", text("Văn An")),
        ("fnt", text("NGUYEN")),
        ("gnt", text("VAN<AN")),
    ]);
    let mut whole =
        vec![(text("ver"), text("1.3.0")), (text("nam"), names), (text("dob"), text("1990-05-17"))];
    whole.extend(entries.map(|(key, entry)| (text(key), entry)));
    Item::Map(whole)
}

fn dose() -> Item {
    named([
        ("tg", text("840539006")),
        ("vp", text("1119349007")),
        ("mp", text("EU/1/20/1528")),
        ("ma", text("ORG-100030215")),
        ("dn", int(2)),
        ("sd", int(2)),
        ("dt", text("2021-08-02")),
        ("co", text("VN")),
        ("is", text("Ministry of Health")),
        ("ci", text("URN:UVCI:01:VN:TEST0001#4")),
    ])
}

fn test(sampled: Item) -> Item {
    named([
        ("tg", text("840539006")),
        ("tt", text("LP6464-4")),
        ("nm", text("RT-PCR")),
        ("sc", sampled),
        ("tr", text("260415000")),
        ("tc", text("Laboratory 1")),
        ("co", text("VN")),
        ("is", text("Ministry of Health")),
        ("ci", text("URN:UVCI:01:VN:TEST0002#5")),
    ])
}

fn recovery() -> Item {
    named([
        ("tg", text("840539006")),
        ("fr", text("2021-07-20")),
        ("co", text("VN")),
        ("is", text("Ministry of Health")),
        ("df", text("2021-08-04")),
        ("du", text("2022-01-20")),
        ("ci", text("URN:UVCI:01:VN:TEST0003#6")),
    ])
}

fn one(entry: Item) -> Item {
    Item::List(vec![entry])
}

fn vaccinated() -> Item {
    certificate([("v", one(dose()))])
}

pub fn make(cast: &Cast) {
    let mut maker = Maker::new(cast);
    good(cast, &mut maker);
    quirks(cast, &mut maker);
    keys(cast, &mut maker);
    refused(cast, &mut maker);
    maker.write("hcert.json");
}

fn good(cast: &Cast, maker: &mut Maker) {
    let mut add = |name: &str, signer: &Signer, certificate: Item| {
        maker.add(name, &Cose::new(signer, &claims("VN", certificate)).tags(&[18]).hc1(), None);
    };
    add("a vaccination", &cast.foreign, vaccinated());
    add("a test", &cast.foreign, certificate([("t", one(test(text("2021-09-19T07:30:00Z"))))]));
    add("a recovery", &cast.foreign, certificate([("r", one(recovery()))]));
    add("PS256 with RSA of 2048 bits", &cast.foreign_rsa, vaccinated());
}

fn quirks(cast: &Cast, maker: &mut Maker) {
    let cose = |certificate: Item| Cose::new(&cast.foreign, &claims("VN", certificate));
    let kid = || Item::Bytes(cast.foreign.kid().as_bytes().to_vec());
    let mut add = |name: &str, cose: Cose<'_>| {
        maker.add(name, &cose.hc1(), None);
    };
    add("no tag", cose(vaccinated()));
    add("two tags", cose(vaccinated()).tags(&[61, 18]));
    let floats = map([
        (1, text("VN")),
        (4, Item::Float(UNTIL as f64 + 0.5)),
        (6, Item::Float(ISSUED as f64 + 0.25)),
        (-260, map([(1, vaccinated())])),
    ]);
    add("times as floats", Cose::new(&cast.foreign, &floats));
    let loose = cose(vaccinated()).protected(map([(1, int(-7))])).unprotected(map([(4, kid())]));
    add("kid outside what is protected", loose);
    let loose = cose(vaccinated()).protected(map([(4, kid())])).unprotected(map([(1, int(-7))]));
    add("algorithm outside what is protected", loose);
    let loose = || map([(1, int(-7)), (4, kid())]);
    let none = Cose { protected: Vec::new(), ..cose(vaccinated()).unprotected(loose()) };
    add("nothing is protected", none);
    add("an empty map is protected", cose(vaccinated()).protected(map([])).unprotected(loose()));
    let by_the_book = Cose { signed_as: Some(Vec::new()), ..cose(vaccinated()) };
    add("an empty map, signed as nothing", by_the_book.protected(map([])).unprotected(loose()));
    let wrong = map([(1, int(-37)), (4, Item::Bytes(vec![0; 8]))]);
    add("what is protected wins", cose(vaccinated()).unprotected(wrong));
    let tagged = Item::Tag(0, Box::new(text("2021-09-19T07:30:00Z")));
    add("a tagged date", cose(certificate([("t", one(test(tagged)))])));
    let seconds = Item::Tag(1, Box::new(int(1_632_036_600)));
    add("a tagged number for a date", cose(certificate([("t", one(test(seconds)))])));
    let nulls = [("v", one(dose())), ("t", Item::Null), ("r", Item::Null)];
    add("null in place of what it does not attest", cose(certificate(nulls)));
    let empty = [("v", one(dose())), ("t", Item::List(vec![])), ("r", Item::List(vec![]))];
    add("empty lists of what it does not attest", cose(certificate(empty)));
    let plain = coded("HC1:", &cose(vaccinated()).tags(&[18]).bytes());
    maker.add("not packed", &plain, None);
    let mut behind = zlib(&cose(vaccinated()).bytes());
    behind.extend(b"\0\0");
    maker.add("bytes behind what is packed", &coded("HC1:", &behind), None);
}

fn keys(cast: &Cast, maker: &mut Maker) {
    let kid = |signer: &Signer| Item::Bytes(signer.kid().as_bytes().to_vec());
    let mut add = |name: &str, cose: Cose<'_>, stage| {
        maker.add(name, &cose.tags(&[18]).hc1(), stage);
    };
    let by = |signer, country| Cose::new(signer, &claims(country, vaccinated()));
    add("an unknown key", by(&cast.stranger, "VN"), Some(Stage::Key));
    add("a key for passes", by(&cast.ward, "79-778"), Some(Stage::Key));
    add("Austria's key for Austria", by(&cast.austria, "AT"), None);
    add("Austria's key for Viet Nam", by(&cast.austria, "VN"), Some(Stage::Key));
    let wrong = by(&cast.foreign, "VN").protected(map([(1, int(-7)), (4, kid(&cast.stranger))]));
    let wrong = wrong.unprotected(map([(4, kid(&cast.foreign))]));
    add("what is protected wins, wrong as it is", wrong, Some(Stage::Key));
    let forged = by(&cast.stranger, "VN").protected(map([(1, int(-7)), (4, kid(&cast.foreign))]));
    add("signed by another than it says", forged, Some(Stage::Signature));
    let other = by(&cast.foreign, "VN").protected(map([(1, int(-257)), (4, kid(&cast.foreign))]));
    add("an unknown algorithm", other, Some(Stage::Cose));
    let other = by(&cast.foreign, "VN").protected(map([(1, int(-37)), (4, kid(&cast.foreign))]));
    add("the other algorithm than its key's", other, Some(Stage::Signature));
    add("no kid", by(&cast.foreign, "VN").protected(map([(1, int(-7))])), Some(Stage::Key));
}

fn refused(cast: &Cast, maker: &mut Maker) {
    let cose = Cose::new(&cast.foreign, &claims("VN", vaccinated())).tags(&[18]);
    let (bytes, whole) = (cose.bytes(), cose.hc1());
    let until = Timestamp::from_second(UNTIL).unwrap();
    maker.add_at(until, "expired this second", &whole, Some(Stage::Time));
    let issued = Timestamp::from_second(ISSUED).unwrap();
    maker.add_at(issued - 1.second(), "not yet valid", &whole, Some(Stage::Time));
    maker.add("another version", &whole.replacen("HC1:", "HC2:", 1), Some(Stage::Prefix));
    maker.add("no prefix", &whole[4..], Some(Stage::Prefix));
    maker.add("a small letter", &format!("{}x{}", &whole[..9], &whole[10..]), Some(Stage::Base45));
    let packed = zlib(&bytes);
    let cut = &packed[..packed.len() - 9];
    maker.add("cut within what is packed", &coded("HC1:", cut), Some(Stage::Inflate));
    maker.add("neither packed nor COSE", &coded("HC1:", b"\x42\x00\x00"), Some(Stage::Inflate));
    let bomb = zlib(&vec![0; 5_000_000]);
    maker.add("a bomb", &coded("HC1:", &bomb), Some(Stage::Inflate));
    let mut turned = bytes.clone();
    *turned.last_mut().unwrap() ^= 1;
    maker.add("a bit turned", &coded("HC1:", &zlib(&turned)), Some(Stage::Signature));
    maker.add("cut before it was packed", &coded("HC1:", &zlib(&bytes[..200])), Some(Stage::Cbor));
    let mut raw = |name: &str, payload: Item, stage| {
        maker.add(name, &Cose::new(&cast.foreign, &payload).hc1(), Some(stage));
    };
    raw("a certificate that is no map", claims("VN", Item::Bytes(vec![1])), Stage::Cbor);
    let none = map([(1, text("VN")), (4, int(UNTIL)), (6, int(ISSUED))]);
    raw("no certificate", none, Stage::Cbor);
    let endless = map([(1, text("VN")), (6, int(ISSUED)), (-260, map([(1, vaccinated())]))]);
    raw("no end", endless, Stage::Claims);
    let both = certificate([("v", one(dose())), ("r", one(recovery()))]);
    raw("two attestations", claims("VN", both), Stage::Claims);
    raw("no attestation", claims("VN", certificate([])), Stage::Claims);
    let nameless = named([("ver", text("1.3.0")), ("dob", text("1990")), ("v", one(dose()))]);
    raw("no name", claims("VN", nameless), Stage::Claims);
    let thin = named([("tg", text("840539006")), ("dt", text("2021-08-02"))]);
    raw("an entry that lacks nearly all", claims("VN", certificate([("v", one(thin))])), Stage::Claims);
    maker.add("no COSE within", &coded("HC1:", &zlib(&int(1).bytes())), Some(Stage::Cose));
    let over = Item::Bytes(vec![0; 17_000]).bytes();
    maker.add("more than it may unpack to", &coded("HC1:", &zlib(&over)), Some(Stage::Inflate));
}
