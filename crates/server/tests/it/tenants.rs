//! The commands of the person at the machine, run as the program he runs.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};
use testkit::TestDatabase;

struct Machine {
    database: TestDatabase,
    folder: tempfile::TempDir,
}

impl Machine {
    async fn new() -> Self {
        Self { database: TestDatabase::new().await, folder: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vungxanh"));
        command
            .args(arguments)
            .args(["--log", "error", "--data"])
            .arg(self.folder.path())
            .env("DATABASE_URL", self.database.url());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command prints with `--json`, and its exit code.
    fn told(&self, arguments: &[&str]) -> (Value, i32) {
        let output = self.run(&[arguments, &["--json"]].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        let told = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{errors}"));
        (told, output.status.code().unwrap())
    }

    fn code(&self, arguments: &[&str]) -> i32 {
        self.run(arguments).status.code().unwrap()
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// A running server; ends with the test.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(machine: &Machine) -> Self {
        let mut child =
            machine.command(&["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let first: Value = serde_json::from_str(&line).unwrap();
        Self { child, url: first["url"].as_str().unwrap().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pack() -> String {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/quan7");
    folder.to_str().unwrap().to_owned()
}

/// The path of a link that a command printed.
fn path(told: &Value) -> String {
    let link = told["link"].as_str().unwrap();
    link[link.find("/quan7/").expect("a link into the tenant")..].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_a_new_tenant_opens_and_the_newest_alone() {
    let machine = Machine::new().await;
    let (first, code) = machine.told(&["tenant", "create", &pack()]);
    assert_eq!((first["tenant"].as_str(), code), (Some("quan7"), 0));
    let (second, _) = machine.told(&["tenant", "create", &pack()]);
    let server = Server::start(&machine);
    let page = reqwest::get(format!("{}{}", server.url, path(&second))).await.unwrap();
    assert_eq!(page.status(), 200);
    let text = page.text().await.unwrap();
    assert!(text.contains("Mở tài khoản quản trị đầu tiên") && text.contains("admin"));
    let stale = reqwest::get(format!("{}{}", server.url, path(&first))).await.unwrap();
    assert_eq!(stale.status(), 404);
    // A sole administrator who never came in has nothing to recover; nobody else is known.
    assert_eq!(machine.code(&["account", "recover", "--tenant", "quan7", "--login", "admin"]), 2);
    assert_eq!(machine.code(&["account", "recover", "--tenant", "quan7", "--login", "ai-do"]), 2);
    assert_eq!(machine.code(&["account", "recover", "--tenant", "quan8", "--login", "admin"]), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn real_boundaries_come_from_a_file_and_what_does_not_fit_is_named() {
    let machine = Machine::new().await;
    machine.told(&["tenant", "create", &pack()]);
    let feature = |code: &str| {
        let ring = "[[106.70,10.73],[106.71,10.73],[106.71,10.74],[106.70,10.74],[106.70,10.73]]";
        format!(
            r#"{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}"#
        )
    };
    let collection = |features: &[String]| {
        format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
    };
    let good = machine.file("good.geojson", &collection(&[feature("TPHONG")]));
    let mixed = machine.file("mixed.geojson", &collection(&[feature("TQUY"), feature("99999")]));
    let broken = machine.file("broken.geojson", "{");
    let import = |file: &str| {
        machine.told(&["units", "import-geojson", file, "--tenant", "quan7", "--from", "2021-09-01"])
    };
    let (told, code) = import(&good);
    assert_eq!((&told["taken"], code), (&serde_json::json!(["TPHONG"]), 0));
    let (told, code) = import(&mixed);
    assert_eq!((&told["taken"], code), (&serde_json::json!(["TQUY"]), 1));
    assert_eq!(told["refused"][0]["why"], "unknown_code");
    assert_eq!(told["refused"][0]["code"], "99999");
    let people =
        machine.run(&["units", "import-geojson", &mixed, "--tenant", "quan7", "--from", "2021-09-01"]);
    assert!(
        String::from_utf8_lossy(&people.stdout).contains("refused: feature 2 (99999): no unit has this code")
    );
    for arguments in [
        ["units", "import-geojson", &*broken, "--tenant", "quan7"],
        ["units", "import-geojson", "/nowhere.geojson", "--tenant", "quan7"],
        ["units", "import-geojson", &*good, "--tenant", "quan8"],
    ] {
        assert_eq!(machine.code(&arguments), 2, "{arguments:?}");
    }
}
