use super::{model::*, shipped};
use jiff::{
    SignedDuration,
    civil::{Date, date},
};

const TWO: &str = r#"
[pack]
code = "test.rule"
title_vi = "Quy định thử"
title_en = "A rule to test"

[[version]]
version = 1
valid_from = "2021-01-01"
valid_to = "2021-08-31"
citation = "Văn bản 1"
verified = true
[version.values]
level = "PT60S"
days = 5
table = { low = 96, words = ["a", "b"] }

[[version]]
version = 2
valid_from = "2021-09-16"
citation = "Văn bản 2"
verified = false
[version.values]
level = "P1D"
"#;

#[test]
fn every_rule_of_the_repository_ships() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.split_once('.').is_some_and(|(_, kind)| kind == "toml"))
        .collect();
    files.sort();
    let shipped: Vec<&str> = shipped::FILES.iter().map(|(name, _)| *name).collect();
    assert_eq!(files, shipped);
    let packs = shipped::packs().unwrap();
    assert_eq!(packs.len(), files.len());
    for pack in packs.values() {
        assert_eq!(missing_days(&pack.versions), [], "{}", pack.head.code);
    }
}

#[test]
fn the_version_of_the_day_decides_and_a_gap_is_told() {
    let pack = RulePack::parse(TWO).unwrap();
    let number = |day: Date| in_force(&pack.versions, day).map(|version| version.version);
    assert_eq!(number(date(2021, 8, 31)), Some(1));
    assert_eq!(number(date(2021, 9, 1)), None);
    assert_eq!(number(date(2021, 9, 16)), Some(2));
    assert_eq!(number(date(2020, 12, 31)), None);
    assert_eq!(missing_days(&pack.versions), [(date(2021, 9, 1), date(2021, 9, 15))]);
}

#[test]
fn values_are_read_by_path_and_type() {
    let pack = RulePack::parse(TWO).unwrap();
    let rule = Rule::new("test.rule", &pack.versions[0]);
    assert_eq!(rule.duration("level").unwrap(), SignedDuration::from_secs(60));
    assert_eq!(rule.int("days").unwrap(), 5);
    assert_eq!(rule.read::<u32>("table.low").unwrap(), 96);
    assert_eq!(rule.int("table.low").unwrap(), 96);
    assert_eq!(rule.texts("table.words").unwrap(), ["a", "b"]);
    let said = |error: kernel::Error| error.to_string();
    assert_eq!(
        said(rule.duration("days").unwrap_err()),
        "internal: rule test.rule version 1: days is not a length of time such as PT48H"
    );
    assert_eq!(
        said(rule.flag("absent").unwrap_err()),
        "internal: rule test.rule version 1: absent is missing, should be true or false"
    );
    assert!(rule.int("table.words").is_err());
    assert!(Rule::new("test.rule", &pack.versions[1]).duration("level").is_err());
}

#[test]
fn a_rule_is_read_strictly() {
    let refused = |from: &str, to: &str| RulePack::parse(&TWO.replace(from, to)).unwrap_err();
    let typo = refused("title_en =", "titel_en =");
    assert!(matches!(&typo, RuleFault::Unreadable(why) if why.contains("titel_en")), "{typo}");
    assert!(matches!(refused("verified = true", "verifed = true"), RuleFault::Unreadable(_)));
    assert_eq!(
        refused("2021-08-31", "2021-09-16"),
        RuleFault::Overlap { code: "test.rule".into(), first: 1, second: 2 }
    );
    assert_eq!(
        refused("2021-08-31", "2020-08-31"),
        RuleFault::Backwards { code: "test.rule".into(), version: 1 }
    );
    assert_eq!(
        refused("version = 2", "version = 1"),
        RuleFault::Order { code: "test.rule".into(), version: 1 }
    );
    assert_eq!(refused("Văn bản 2", " "), RuleFault::NoCitation { code: "test.rule".into(), version: 2 });
}
