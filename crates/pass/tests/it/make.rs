//! Writes `vectors/*.json`, the texts that every verifier of ours has to agree on. Run by hand when the
//! format grows: `cargo test -p pass -- --ignored make_vectors`. Keys come from fixed names; ECDSA
//! signatures, and the one RSA key, differ from run to run.
//!
//! What is expected is said twice: here as the stage by hand, in the file as the whole record.

use crate::{
    craft::{Cose, Item, Signer, coded, int, map, text},
    make_hcert, make_lists,
    vectors::{Vector, folder},
};
use data_encoding::HEXLOWER;
use jiff::{Timestamp, ToSpan};
use pass::{Bits, Keys, Stage, Standing, StatusList, StatusToken, TrustList, TrustedKey, Usage, Verifier};
use serde_json::{Value, json};

pub const NOW: &str = "2021-09-20T08:00:00Z";
/// 2021-09-16T00:00:00Z and 2021-10-16T00:00:00Z.
pub const ISSUED: i64 = 1_631_750_400;
pub const UNTIL: i64 = 1_634_342_400;
pub const ISSUER: &str = "79-778";

/// Everybody who signs in the vectors.
pub struct Cast {
    pub root: Signer,
    /// Persons and status lists of 79-778.
    pub ward: Signer,
    pub business: Signer,
    /// Of another territory.
    pub neighbour: Signer,
    /// Its time is over.
    pub retired: Signer,
    /// Two that are listed under the kid of the first.
    pub twins: [Signer; 2],
    /// Foreign certificates, ES256 and PS256.
    pub foreign: Signer,
    pub foreign_rsa: Signer,
    /// Foreign certificates of AT only.
    pub austria: Signer,
    pub stranger: Signer,
}

impl Cast {
    pub fn new() -> Self {
        Self {
            root: Signer::named("root"),
            ward: Signer::named("ward"),
            business: Signer::named("business"),
            neighbour: Signer::named("neighbour"),
            retired: Signer::named("retired"),
            twins: [Signer::named("twin 1"), Signer::named("twin 2")],
            foreign: Signer::named("foreign"),
            foreign_rsa: Signer::rsa(),
            austria: Signer::named("austria"),
            stranger: Signer::named("stranger"),
        }
    }

    pub fn trust(&self) -> TrustList {
        let (from, until) = (at("2021-09-01T00:00:00Z"), at("2022-03-01T00:00:00Z"));
        let key = |signer: &Signer, usage, territory| {
            TrustedKey::new(signer.public(), from, until, usage, territory)
        };
        let mut second = key(&self.twins[1], Usage::PERSON, ISSUER);
        second.kid = self.twins[0].kid();
        let mut retired = key(&self.retired, Usage::PERSON, ISSUER);
        retired.until = at("2021-09-19T00:00:00Z");
        let keys = vec![
            key(&self.ward, Usage::PERSON.and(Usage::STATUS), ISSUER),
            key(&self.business, Usage::BUSINESS, ISSUER),
            key(&self.neighbour, Usage::PERSON.and(Usage::BUSINESS), "79-760"),
            retired,
            key(&self.twins[0], Usage::PERSON, ISSUER),
            second,
            key(&self.foreign, Usage::FOREIGN, ""),
            key(&self.foreign_rsa, Usage::FOREIGN, ""),
            key(&self.austria, Usage::FOREIGN, "AT"),
        ];
        TrustList {
            publisher: "79".into(),
            sequence: 7,
            issued: at("2021-09-15T00:00:00Z"),
            expires: at("2021-10-15T00:00:00Z"),
            keys: Keys::new(keys),
        }
    }

    /// Bits 3 and 5 of list 1 are set.
    pub fn status(&self, issued: &str, expires: &str) -> StatusToken {
        let mut list = StatusList::new(Bits::One, 16);
        assert!(list.set(3, 1) && list.set(5, 1));
        let uri = "https://vx.example/79-778/status/1";
        StatusToken::new(uri, at(issued), at(expires), Some(jiff::SignedDuration::from_hours(1)), list)
    }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Claims around facts.
fn claims(facts: Item) -> Item {
    map([
        (1, text(ISSUER)),
        (4, int(UNTIL)),
        (6, int(ISSUED)),
        (7, Item::Bytes((1..=8).collect())),
        (-65_537, facts),
    ])
}

fn person<const N: usize>(more: [(i64, Item); N]) -> Item {
    let mut facts = vec![
        (int(0), int(0)),
        (int(1), text("NGUYEN VAN AN")),
        (int(2), int(1_990)),
        (int(3), int(2)),
        (int(4), int(580)),
    ];
    for (key, value) in more {
        match facts.iter_mut().find(|(known, _)| matches!(known, Item::Int(known) if *known == key)) {
            Some(known) => known.1 = value,
            None => facts.push((int(key), value)),
        }
    }
    Item::Map(facts)
}

/// Collects vectors, each tried at once.
pub struct Maker {
    root: String,
    trust: String,
    keys: Keys,
    now: Timestamp,
    made: Vec<Vector>,
}

impl Maker {
    pub fn new(cast: &Cast) -> Self {
        let list = cast.trust();
        Self {
            root: HEXLOWER.encode(cast.root.public().der()),
            trust: HEXLOWER.encode(&list.sign(cast.root.key()).unwrap()),
            keys: list.keys,
            now: at(NOW),
            made: Vec::new(),
        }
    }

    pub fn add(&mut self, name: &str, text: &str, stage: Option<Stage>) -> &mut Vector {
        self.add_at(self.now, name, text, stage)
    }

    pub fn add_at(&mut self, now: Timestamp, name: &str, text: &str, stage: Option<Stage>) -> &mut Vector {
        let verdict = Verifier::default().verify(text, &self.keys, now);
        assert_eq!(verdict.error.as_ref().map(|fault| fault.stage), stage, "{name}: {verdict:?}");
        self.made.push(Vector {
            name: name.to_owned(),
            text: text.to_owned(),
            now: now.to_string(),
            root: self.root.clone(),
            trust: self.trust.clone(),
            status: None,
            expect: serde_json::to_value(verdict).unwrap(),
            expect_status: None,
        });
        self.made.last_mut().unwrap()
    }

    pub fn write(self, file: &str) {
        write(file, &serde_json::to_value(self.made).unwrap());
    }
}

pub fn write(file: &str, value: &Value) {
    let text = serde_json::to_string_pretty(value).unwrap() + "\n";
    std::fs::write(folder().join(file), text).unwrap();
}

#[test]
#[ignore = "writes the vectors anew"]
fn make_vectors() {
    let cast = Cast::new();
    let mut maker = Maker::new(&cast);
    good(&cast, &mut maker);
    times(&cast, &mut maker);
    keys(&cast, &mut maker);
    damaged(&cast, &mut maker);
    shapes(&cast, &mut maker);
    said(&cast, &mut maker);
    taken_back(&cast, &mut maker);
    maker.write("pass.json");
    make_hcert::make(&cast);
    make_lists::make(&cast);
}

fn ward(cast: &Cast, facts: Item) -> Cose<'_> {
    Cose::new(&cast.ward, &claims(facts))
}

fn good(cast: &Cast, maker: &mut Maker) {
    maker.add("a person", &ward(cast, person([])).vx1(), None);
    let health = person([(5, int(625)), (6, int(600)), (7, int(4)), (8, int(1))]);
    maker.add("a person with all that can be known", &ward(cast, health).vx1(), None);
    let least = map([(0, int(0)), (1, text("A")), (2, int(1_900))]);
    maker.add("a person with nothing but a name and a year", &ward(cast, least).vx1(), None);
    let household = map([(0, int(1)), (1, text("HO NGUYEN VAN AN")), (10, text("27475")), (11, int(5))]);
    maker.add("a household", &ward(cast, household).vx1(), None);
    let neighbourhood = map([(0, int(2)), (1, text("KHU PHO 4 P. TAN THUAN")), (10, text("27475"))]);
    maker.add("a neighbourhood", &ward(cast, neighbourhood).vx1(), None);
    let business = map([(0, int(3)), (1, text("TAP HOA BA NAM & CON")), (10, text("27475")), (11, int(12))]);
    maker.add("a business", &Cose::new(&cast.business, &claims(business)).vx1(), None);
    maker.add("a shipper", &ward(cast, person([(0, int(4)), (9, int(5))])).vx1(), None);
    maker.add("a worker of the epidemic", &ward(cast, person([(0, int(4)), (9, int(1))])).vx1(), None);
    maker.add("tagged 18", &ward(cast, person([])).tags(&[18]).vx1(), None);
    maker.add("tagged 61 and 18", &ward(cast, person([])).tags(&[61, 18]).vx1(), None);
    let kid = Item::Bytes(cast.ward.kid().as_bytes().to_vec());
    let loose = ward(cast, person([])).unprotected(map([(4, kid.clone())])).protected(map([(1, int(-7))]));
    maker.add("kid outside what is protected", &loose.vx1(), None);
    let wins = ward(cast, person([])).unprotected(map([(1, int(-37)), (4, Item::Bytes(vec![0; 8]))]));
    maker.add("what is protected wins", &wins.vx1(), None);
    let empty = Cose { protected: Vec::new(), ..ward(cast, person([])) };
    let loose = map([(1, int(-7)), (4, kid)]);
    maker.add("nothing is protected", &empty.unprotected(loose).vx1(), None);
    let unknown = person([(99, text("later")), (-1, Item::List(vec![Item::Null])), (12, map([]))]);
    maker.add("unknown facts are left out", &ward(cast, unknown).vx1(), None);
    let Item::Map(entries) = person([]) else { unreachable!() };
    maker.add("a map with an open end", &ward(cast, Item::Open(entries.clone())).vx1(), None);
    let backwards = Item::Map(entries.into_iter().rev().collect());
    maker.add("keys in another order", &ward(cast, backwards).vx1(), None);
    let long = person([(2, Item::Raw(vec![0x1b, 0, 0, 0, 0, 0, 0, 0x07, 0xc6]))]);
    maker.add("a number longer than it needs to be", &ward(cast, long).vx1(), None);
}

fn times(cast: &Cast, maker: &mut Maker) {
    let pass = ward(cast, person([])).vx1();
    let until = Timestamp::from_second(UNTIL).unwrap();
    let issued = Timestamp::from_second(ISSUED).unwrap();
    maker.add_at(until - 1.second(), "its last second", &pass, None);
    maker.add_at(until, "expired this second", &pass, Some(Stage::Time));
    maker.add_at(until + 1.hour(), "expired an hour ago", &pass, Some(Stage::Time));
    maker.add_at(issued, "its first second", &pass, None);
    maker.add_at(issued - 1.second(), "not yet valid", &pass, Some(Stage::Time));
    let Item::Map(mut entries) = claims(person([])) else { unreachable!() };
    entries.push((int(5), int(ISSUED + 86_400)));
    let later = Cose::new(&cast.ward, &Item::Map(entries)).vx1();
    maker.add_at(issued + 1.hour(), "good only from tomorrow", &later, Some(Stage::Time));
    maker.add("good since yesterday", &later, None);
}

fn keys(cast: &Cast, maker: &mut Maker) {
    let forged = |kid: &Signer, by: &'static str| {
        let signer = Signer::named(by);
        let kid = Item::Bytes(kid.kid().as_bytes().to_vec());
        Cose::new(&signer, &claims(person([]))).protected(map([(1, int(-7)), (4, kid)])).vx1()
    };
    let mut by = |name: &str, signer: &Signer, facts: Item, stage| {
        maker.add(name, &Cose::new(signer, &claims(facts)).vx1(), stage);
    };
    by("an unknown key", &cast.stranger, person([]), Some(Stage::Key));
    by("a key for businesses signs a person", &cast.business, person([]), Some(Stage::Key));
    let business = map([(0, int(3)), (1, text("QUAN CO BA"))]);
    by("a key for persons signs a business", &cast.ward, business, Some(Stage::Key));
    by("a key of another territory", &cast.neighbour, person([]), Some(Stage::Key));
    by("a key whose time is over", &cast.retired, person([]), Some(Stage::Key));
    by("a key for foreign certificates", &cast.foreign, person([]), Some(Stage::Key));
    by("the first of two keys of one kid", &cast.twins[0], person([]), None);
    maker.add("the second of two keys of one kid", &forged(&cast.twins[0], "twin 2"), None);
    maker.add("neither of two keys of one kid", &forged(&cast.twins[0], "stranger"), Some(Stage::Signature));
    maker.add("signed by another than it says", &forged(&cast.ward, "stranger"), Some(Stage::Signature));
    let alg = |alg: Item| {
        let kid = Item::Bytes(cast.ward.kid().as_bytes().to_vec());
        ward(cast, person([])).protected(map([(1, alg), (4, kid)])).vx1()
    };
    maker.add("an unknown algorithm", &alg(int(-35)), Some(Stage::Cose));
    maker.add("an algorithm by name", &alg(text("ES256")), Some(Stage::Cose));
    maker.add("the other algorithm than its key's", &alg(int(-37)), Some(Stage::Signature));
    let bare = |protected: Item| ward(cast, person([])).protected(protected).vx1();
    maker.add("no algorithm", &bare(map([(4, Item::Bytes(vec![1; 8]))])), Some(Stage::Cose));
    maker.add("no kid", &bare(map([(1, int(-7))])), Some(Stage::Key));
    let short = Item::Bytes(cast.ward.kid().as_bytes()[..7].to_vec());
    maker.add("a kid of seven bytes", &bare(map([(1, int(-7)), (4, short)])), Some(Stage::Key));
}

fn damaged(cast: &Cast, maker: &mut Maker) {
    let cose = ward(cast, person([]));
    let (pass, bytes) = (cose.vx1(), cose.bytes());
    maker.add("no text", "", Some(Stage::Prefix));
    maker.add("another version", &pass.replacen("VX1:", "VX2:", 1), Some(Stage::Prefix));
    maker.add("small letters before it", &pass.replacen("VX1:", "vx1:", 1), Some(Stage::Prefix));
    maker.add("no prefix", &pass[4..], Some(Stage::Prefix));
    maker.add("a page's address", "https://vx.example/79-778/p/1", Some(Stage::Prefix));
    maker.add("ten thousand letters", &format!("VX1:{}", "0".repeat(10_000)), Some(Stage::Prefix));
    maker.add("nothing behind the prefix", "VX1:", Some(Stage::Cbor));
    maker.add("a small letter", &format!("{}x{}", &pass[..9], &pass[10..]), Some(Stage::Base45));
    maker.add("three letters beyond two bytes", &format!("VX1:GGW{}", &pass[7..]), Some(Stage::Base45));
    let one_over = (4..pass.len()).rev().find(|at| (at - 4) % 3 == 1).unwrap();
    maker.add("cut within a group of letters", &pass[..one_over], Some(Stage::Base45));
    maker.add("cut in the signature", &coded("VX1:", &bytes[..bytes.len() - 10]), Some(Stage::Cbor));
    maker.add("cut in half", &coded("VX1:", &bytes[..bytes.len() / 2]), Some(Stage::Cbor));
    let flip = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        coded("VX1:", &bytes)
    };
    maker.add("a bit of the signature turned", &flip(bytes.len() - 1), Some(Stage::Signature));
    let name = bytes.windows(3).position(|three| three == b"VAN").unwrap();
    maker.add("a letter of the name turned", &flip(name), Some(Stage::Signature));
    let mut longer = bytes.clone();
    longer.push(0);
    maker.add("a byte too many", &coded("VX1:", &longer), Some(Stage::Cbor));
}

fn shapes(cast: &Cast, maker: &mut Maker) {
    let mut raw = |name: &str, item: Item, stage| {
        maker.add(name, &coded("VX1:", &item.bytes()), Some(stage));
    };
    raw("a number", int(1), Stage::Cose);
    raw("three parts", Item::List(vec![Item::Bytes(vec![]), map([]), Item::Bytes(vec![0xa0])]), Stage::Cose);
    let four = |payload| Item::List(vec![Item::Bytes(vec![]), map([]), payload, Item::Bytes(vec![0; 64])]);
    raw("a payload that lies elsewhere", four(Item::Null), Stage::Cose);
    raw("another tag", Item::Tag(98, Box::new(four(Item::Bytes(vec![0xa0])))), Stage::Cose);
    let kid = || Item::Bytes(cast.ward.kid().as_bytes().to_vec());
    let critical = map([(1, int(-7)), (2, Item::List(vec![int(99)])), (4, kid())]);
    let mut header = |name: &str, protected: Item| {
        maker.add(name, &ward(cast, person([])).protected(protected).vx1(), Some(Stage::Cose));
    };
    header("a critical header", critical);
    header("a header twice", map([(1, int(-7)), (1, int(-7)), (4, kid())]));
    let list = Cose::new(&cast.ward, &Item::List(vec![])).vx1();
    maker.add("claims that are no map", &list, Some(Stage::Cbor));
    let mut behind = ward(cast, person([]));
    behind.payload.push(0);
    maker.add("a byte behind the claims", &behind.vx1(), Some(Stage::Cbor));
}

fn said(cast: &Cast, maker: &mut Maker) {
    let fault = Some(Stage::Claims);
    let mut facts = |name: &str, facts: Item| {
        maker.add(name, &ward(cast, facts).vx1(), fault);
    };
    facts("a name in small letters", person([(1, text("nguyen van an"))]));
    facts("a name with marks", person([(1, text("NGUYỄN VĂN AN"))]));
    facts("two spaces in a name", person([(1, text("NGUYEN  VAN AN"))]));
    facts("a name that is a number", person([(1, int(1))]));
    facts("an unknown kind", person([(0, int(5))]));
    facts("ten doses", person([(3, int(10))]));
    facts("doses as a text", person([(3, text("2"))]));
    facts("doses as a float", person([(3, Item::Float(2.0))]));
    facts("a birth year before 1900", person([(2, int(1_899))]));
    facts("a day before 2020", person([(4, int(-1))]));
    facts("a day beyond 65535", person([(4, int(65_536))]));
    facts("an unknown force", person([(0, int(4)), (9, int(8))]));
    facts("a force without its number", person([(0, int(4))]));
    facts("a person with a force's number", person([(9, int(5))]));
    facts("a person with a place", person([(10, text("27475"))]));
    facts("a person without a birth year", map([(0, int(0)), (1, text("AN"))]));
    facts("a person without a name", map([(0, int(0)), (2, int(1_990))]));
    facts("a household with a birth year", map([(0, int(1)), (1, text("HO AN")), (2, int(1_990))]));
    facts("a place of thirteen bytes", map([(0, int(2)), (1, text("KP 4")), (10, text("1234567890123"))]));
    facts("half a place in a status list", person([(7, int(3))]));
    facts("a fact twice", map([(0, int(0)), (1, text("AN")), (2, int(1_990)), (2, int(1_991))]));
    facts("facts that are no map", Item::List(vec![]));
    let mut whole = |name: &str, claims: Item| {
        maker.add(name, &Cose::new(&cast.ward, &claims).vx1(), fault);
    };
    let with = |key: i64, value: Option<Item>| {
        let Item::Map(mut entries) = claims(person([])) else { unreachable!() };
        entries.retain(|(known, _)| !matches!(known, Item::Int(known) if *known == key));
        entries.extend(value.map(|value| (int(key), value)));
        Item::Map(entries)
    };
    whole("no facts", with(-65_537, None));
    whole("no end", with(4, None));
    whole("no issuer", with(1, None));
    whole("no number", with(7, None));
    whole("no time of issue", with(6, None));
    whole("an end as a float", with(4, Some(Item::Float(1.7e9))));
    whole("a number of seven bytes", with(7, Some(Item::Bytes(vec![0; 7]))));
    whole("an issuer of 25 bytes", with(1, Some(text("1234567890123456789012345"))));
    let Item::Map(mut twice) = claims(person([])) else { unreachable!() };
    twice.push((int(4), int(UNTIL)));
    whole("a claim twice", Item::Map(twice));
}

fn taken_back(cast: &Cast, maker: &mut Maker) {
    let (issued, expires) = ("2021-09-20T00:00:00Z", "2021-09-21T00:00:00Z");
    let now = cast.status(issued, expires);
    let mut add = |name: &str, signer: &Signer, token: &StatusToken, place: [i64; 2], standing: Standing| {
        let [list, index] = place;
        let text = ward(cast, person([(7, int(index)), (8, int(list))])).vx1();
        let bytes = token.sign(signer.key()).unwrap();
        let vector = maker.add(name, &text, None);
        vector.status = Some(HEXLOWER.encode(&bytes));
        vector.expect_status = Some(json!(standing.name()));
    };
    add("its bit is set", &cast.ward, &now, [1, 3], Standing::Revoked);
    add("its bit is not set", &cast.ward, &now, [1, 4], Standing::Good);
    add("its bit is beyond the list", &cast.ward, &now, [1, 16], Standing::Unknown);
    add("its bit is of another list", &cast.ward, &now, [2, 3], Standing::Unknown);
    let future = cast.status("2021-09-21T00:00:00Z", "2021-09-22T00:00:00Z");
    add("a list from the future", &cast.ward, &future, [1, 3], Standing::Unknown);
    let over = cast.status("2021-09-18T00:00:00Z", "2021-09-19T00:00:00Z");
    add("a list whose time is over", &cast.ward, &over, [1, 3], Standing::Unknown);
    add("a list by a key that signs none", &cast.business, &now, [1, 3], Standing::Unknown);
    add("a list by a stranger", &cast.stranger, &now, [1, 3], Standing::Unknown);
    let text = ward(cast, person([])).vx1();
    let vector = maker.add("a pass that stands in no list", &text, None);
    vector.status = Some(HEXLOWER.encode(&now.sign(cast.ward.key()).unwrap()));
    vector.expect_status = Some(json!(Standing::Unknown.name()));
}
