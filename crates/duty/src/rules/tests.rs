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
        let last = &pack.versions[pack.versions.len() - 1].values;
        assert!(fits(last, last), "{}: a copy of the last version can be added", pack.head.code);
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

#[test]
fn a_version_that_ships_later_is_not_shut_out_by_a_tenant_s_own() {
    let shipped = RulePack::parse(TWO).unwrap().versions;
    let own = Version {
        version: TENANT_FROM + 1,
        valid_from: date(2021, 12, 1),
        origin: Origin::Tenant,
        ..shipped[1].clone()
    };
    let later = Version { version: 3, valid_from: date(2022, 3, 1), ..shipped[1].clone() };
    let all = merged(&[shipped.clone(), vec![later]].concat(), vec![own.clone()]);
    check_versions("test.rule", &all).unwrap();
    let number = |day: Date| in_force(&all, day).map(|version| version.version);
    assert_eq!(number(date(2021, 11, 30)), Some(2));
    assert_eq!(number(date(2022, 2, 28)), Some(TENANT_FROM + 1));
    assert_eq!(number(date(2022, 3, 1)), Some(3));
    // On one and the same day the tenant's holds.
    let same = Version { valid_from: shipped[1].valid_from, ..own };
    assert_eq!(in_force(&merged(&shipped, vec![same]), date(2022, 1, 1)).unwrap().version, TENANT_FROM + 1);
}

#[test]
fn a_new_version_has_the_values_of_the_old_and_of_their_kind() {
    let like = &RulePack::parse(TWO).unwrap().versions[0].values;
    let with = |key: &str, value: serde_json::Value| {
        let mut new = like.clone();
        new[key] = value;
        fits(like, &new)
    };
    assert!(with("level", "PT90S".into()) && with("more", 1.into()));
    assert!(with("table", serde_json::json!({ "low": 95, "words": [] })));
    assert!(!with("level", "a minute".into()) && !with("level", 90.into()));
    assert!(!with("table", serde_json::json!({ "low": 95 })));
    assert!(!with("table", serde_json::json!({ "low": 95, "words": [1] })));
    assert!(!fits(like, &serde_json::json!({})));
    let rows = serde_json::json!([{ "from": 65, "ill": true }, { "pregnant": true }]);
    assert!(fits(&rows, &serde_json::json!([{ "pregnant": false, "from": 18 }])));
    assert!(!fits(&rows, &serde_json::json!([{ "from": 65 }])));
}

#[test]
fn what_is_owed_by_a_rule_names_one_that_ships() {
    for kind in ["f0_news", "order", "red_flag", "report", "signal", "silence"] {
        assert!(shipped::packs().unwrap().contains_key(rule_of(kind).unwrap()));
    }
    assert_eq!(rule_of("directive"), None);
}
