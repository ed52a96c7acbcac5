//! A database and a data folder for one test, and the program started on them.

use duty::tenants::{self, Pack, Tenant};
use kernel::{Clock, Rng};
use reqwest::{Method, StatusCode, header::HeaderMap};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::Duration,
};
use store::{Keys, Options, Store};
use tempfile::TempDir;
use testkit::TestDatabase;

/// A failed wait says so after this.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(20);

pub struct House {
    pub database: TestDatabase,
    pub folder: TempDir,
}

impl House {
    pub async fn new() -> Self {
        Self { database: TestDatabase::new().await, folder: folder() }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program with nothing of the caller's settings, on this house's database and folder.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = program(words, &self.data());
        command.env("DATABASE_URL", self.database.url());
        command
    }

    pub fn serve(&self, words: &[&str]) -> Running {
        Running::start(self.command(&[&["serve", "--listen", "127.0.0.1:0"][..], words].concat()))
    }

    /// The same database and keys, in this process.
    pub async fn store(&self) -> Store {
        let rng = Rng::system();
        let keys = Keys::open(self.data().join("keys"), rng.clone()).unwrap();
        let options = Options { url: self.database.url().to_owned(), max_connections: 4 };
        let store = Store::open(&options, Clock::system(), rng, keys).unwrap();
        store.follow_database_clock().await.unwrap();
        store
    }

    /// A tenant as an operator makes one.
    pub async fn tenant(&self, pack: &str) -> Tenant {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(pack);
        tenants::create(&self.store().await, &Pack::read(&folder).unwrap(), false).await.unwrap()
    }

    /// A superuser's connection, bound by nothing.
    pub async fn admin(&self) -> PgConnection {
        PgConnection::connect(self.database.url()).await.unwrap()
    }
}

/// Open to the user that a private PostgreSQL drops to.
pub fn folder() -> TempDir {
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap()
}

pub fn program(words: &[&str], data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vungxanh"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VX_") {
            command.env_remove(name);
        }
    }
    command.args(words).env_remove("DATABASE_URL").env("VX_DATA", data).stdin(Stdio::null());
    command
}

/// Runs a command to its end: exit code, and what it printed.
pub async fn run(mut command: Command) -> (i32, String, String) {
    let ran = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let Output { status, stdout, stderr } = ran.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

/// A running program. Dropping it kills it.
pub struct Running {
    child: Child,
    /// The first line on standard output.
    pub said: Value,
    client: reqwest::Client,
}

/// An answer over HTTP.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        // Whatever it still prints is read, or it would block on a full pipe.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        let said = serde_json::from_str(&first).unwrap_or_else(|_| {
            let _ = child.kill();
            panic!("it did not start: {first:?}, {:?}", child.wait())
        });
        Self { child, said, client: reqwest::Client::new() }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.said["url"].as_str().unwrap())
    }

    pub async fn ask(&self, method: Method, path: &str, body: Option<&str>) -> Answer {
        let mut request = self.client.request(method, self.url(path)).header("accept-language", "vi");
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &str) -> Answer {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Waits until a path answers with a status.
    pub async fn until(&self, path: &str, status: u16) -> Answer {
        until(&format!("{path} answers {status}"), async || {
            Some(self.get(path).await).filter(|answer| answer.status == status)
        })
        .await
    }

    /// `kill -9`, and the end awaited.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to stop as an operator does, and waits for the end.
    pub async fn stop(mut self, how: Signal) -> ExitStatus {
        signal(self.pid(), how);
        until("the program has ended", async || self.child.try_wait().unwrap()).await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn signal(pid: u32, how: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), how).unwrap();
}

/// Asks again and again until there is an answer, for a minute at most.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let waited = tokio::time::timeout(LONGEST_WAIT, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("waited in vain until {what}"))
}

/// The keys of an object, in order of name.
pub fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
