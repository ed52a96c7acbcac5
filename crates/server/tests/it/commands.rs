use crate::house::{House, folder, program, run};
use serde_json::Value;
use std::{fs::Permissions, os::unix::fs::PermissionsExt};

fn finding<'a>(report: &'a Value, what: &str) -> Option<&'a Value> {
    report["findings"].as_array().unwrap().iter().find(|finding| finding["what"] == what)
}

#[tokio::test]
async fn doctor_finds_a_house_in_order_and_a_missing_key() {
    let house = House::new().await;
    let tenant = house.tenant("quan7").await;
    let (code, out, _) = run(house.command(&["doctor", "--json"])).await;
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["ok"], true);
    for what in ["database", "schema", "keys"] {
        assert_eq!(finding(&report, what).unwrap()["ok"], true, "{report}");
    }
    std::fs::remove_file(house.data().join(format!("keys/{}.toml", tenant.id))).unwrap();
    let (code, out, _) = run(house.command(&["doctor", "--json"])).await;
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["ok"]), (1, &false.into()));
    let remedy = finding(&report, "keys").unwrap()["remedy"].as_str().unwrap();
    assert!(remedy.contains(&tenant.id.to_string()), "{remedy}");
}

#[tokio::test]
async fn doctor_lets_the_voice_speak_and_names_one_that_does_not() {
    let folder = folder();
    let programs = folder.path().join("programs");
    std::fs::create_dir(&programs).unwrap();
    // It is there, it says its name, and it has lost its voice.
    let script = "#!/bin/sh\n[ \"$1\" = --version ] && { echo 'eSpeak NG: 1.52'; exit 0; }\nexit 1\n";
    std::fs::write(programs.join("espeak-ng"), script).unwrap();
    std::fs::set_permissions(programs.join("espeak-ng"), Permissions::from_mode(0o755)).unwrap();
    let mut command = program(&["doctor", "--json"], &folder.path().join("data"));
    command.env("PATH", format!("{}:{}", programs.display(), std::env::var("PATH").unwrap()));
    let (_, out, _) = run(command).await;
    let report: Value = serde_json::from_str(&out).unwrap();
    let speech = finding(&report, "speech").unwrap();
    assert_eq!(speech["ok"], false, "{report}");
    assert!(speech["remedy"].as_str().unwrap().contains("espeak-ng"), "{report}");
}

#[tokio::test]
async fn doctor_names_a_trunk_that_leads_to_no_centre() {
    let house = House::new().await;
    house.tenant("quan7").await;
    let file = house.folder.path().join("trunks.toml");
    let told = async |tenant: &str| {
        let trunk = format!("[[trunk]]\nname = \"pbx\"\nserver = \"127.0.0.1:5060\"\n{tenant}\n");
        std::fs::write(&file, trunk).unwrap();
        let mut command = house.command(&["doctor", "--json"]);
        command.env("VX_SIP_TRUNKS", &file);
        let (code, out, _) = run(command).await;
        (code, serde_json::from_str::<Value>(&out).unwrap())
    };
    let (code, report) = told("tenant = \"quan77\"").await;
    let trunks = finding(&report, "trunks").unwrap();
    assert!(code == 1 && trunks["found"].as_str().unwrap().contains("quan77"), "{report}");
    for right in ["tenant = \"quan7\"", ""] {
        let (code, report) = told(right).await;
        assert!(code == 0 && finding(&report, "trunks").is_none(), "{report}");
    }
}

#[tokio::test]
async fn doctor_names_the_database_when_it_is_not_reached_and_makes_nothing() {
    let folder = folder();
    let data = folder.path().join("data");
    let mut command = program(&["doctor", "--json"], &data);
    command.env("DATABASE_URL", format!("postgres://vx@localhost/vx?host={}", folder.path().display()));
    let (code, out, _) = run(command).await;
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 1);
    let database = finding(&report, "database").unwrap();
    assert_eq!(database["ok"], false);
    assert!(database["remedy"].as_str().unwrap().contains("DATABASE_URL"), "{report}");
    assert!(finding(&report, "schema").is_none() && !data.exists());

    // A machine on which nothing was ever started.
    let (_, out, _) = run(program(&["doctor", "--json"], &data)).await;
    let report: Value = serde_json::from_str(&out).unwrap();
    assert!(finding(&report, "database").unwrap()["found"].as_str().unwrap().starts_with("none yet"));
    assert!(!data.exists());
}

#[tokio::test]
async fn published_history_is_taken_in_from_a_file_and_its_wrong_rows_come_back() {
    let house = House::new().await;
    house.tenant("quan7").await;
    let (file, broken) = (house.folder.path().join("so-ca.csv"), house.folder.path().join("loi.csv"));
    let list = "date,ward,district,province,new_cases\n\
                2021-07-03,Tân Phong,Quận 7,TP. Hồ Chí Minh,2\n\
                2021-07-04,Phú Mỹ,Quận 7,Bình Dương,2\n\
                2021-07-05,Phú Mỹ,Quận 7,TP. Hồ Chí Minh,7\n";
    std::fs::write(&file, list).unwrap();
    let words = ["import", "history", file.to_str().unwrap(), "--tenant", "quan7", "--json"];
    let (code, out, _) = run(house.command(&[&words[..], &["--dry-run"]].concat())).await;
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &told["added"], &told["rows"]), (1, &2.into(), &3.into()), "{told}");
    assert_eq!(
        (&told["refused"][0]["line"], &told["refused"][0]["value"]),
        (&3.into(), &"Bình Dương".into())
    );
    let with_errors = [&words[..], &["--source", "HCDC", "--errors", broken.to_str().unwrap()]].concat();
    let (code, out, _) = run(house.command(&with_errors)).await;
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &told["added"]), (1, &2.into()), "nothing was written for trial: {told}");
    let broken = std::fs::read_to_string(&broken).unwrap();
    assert!(broken.contains("Bình Dương") && broken.contains("không phải của địa bàn"), "{broken}");
    let (code, out, _) = run(house.command(&with_errors)).await;
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &told["added"], &told["unchanged"]), (1, &0.into(), &2.into()), "{told}");
    let (code, _, _) = run(house.command(&["import", "history", "nowhere.csv", "--tenant", "quan7"])).await;
    assert_eq!(code, 2);
}
