use crate::house::{House, folder, program, run};
use std::process::Command;

#[tokio::test]
async fn what_is_no_setting_is_refused_wherever_it_stands() {
    let folder = folder();
    let file = folder.path().join("vungxanh.toml");
    std::fs::write(&file, "listne = \"127.0.0.1:0\"\n").unwrap();
    let doctor = || program(&["doctor"], &folder.path().join("data"));
    let refused = async |command: Command, word: &str| {
        let (code, out, told) = run(command).await;
        assert_eq!((code, out.as_str()), (2, ""), "{told}");
        assert!(told.contains(word), "{told}");
    };
    let mut in_file = doctor();
    in_file.env("VX_SETTINGS", &file);
    refused(in_file, "listne").await;
    let mut in_environment = doctor();
    in_environment.env("VX_LISTNE", "127.0.0.1:0");
    refused(in_environment, "VX_LISTNE").await;
    let mut flag = doctor();
    flag.args(["--listne", "127.0.0.1:0"]);
    refused(flag, "--listne").await;
    let mut no_value = doctor();
    no_value.args(["--keys", "--json"]);
    refused(no_value, "--keys").await;
    let mut no_file = doctor();
    no_file.env("VX_SETTINGS", folder.path().join("absent.toml"));
    refused(no_file, "absent.toml").await;
}

#[tokio::test]
async fn a_flag_is_stronger_than_the_environment_and_that_than_the_file() {
    let house = House::new().await;
    house.tenant("quan7").await;
    let file = house.folder.path().join("vungxanh.toml");
    std::fs::write(&file, "keys = \"from-the-file\"\n").unwrap();
    // What `doctor` looks for keys in.
    let looked = async |environment: Option<&str>, flag: &[&str]| {
        let mut command = house.command(&[&["doctor", "--json"][..], flag].concat());
        command.env("VX_SETTINGS", &file).envs(environment.map(|keys| ("VX_KEYS", keys)));
        run(command).await.1
    };
    assert!(looked(None, &[]).await.contains("from-the-file"));
    assert!(looked(Some("from-the-environment"), &[]).await.contains("from-the-environment"));
    let all = looked(Some("from-the-environment"), &["--keys", "from-the-flag"]).await;
    assert!(all.contains("from-the-flag"), "{all}");
}
