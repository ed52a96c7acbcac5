use crate::house::{House, Running, folder, program, signal, until};
use reqwest::StatusCode;
use rustix::process::Signal;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::net::{UnixListener, UnixStream};

const SOCKET: &str = ".s.PGSQL.5432";

/// A way to the test's database that can be cut.
struct Wire {
    folder: PathBuf,
    to: PathBuf,
    carried: Option<tokio::task::JoinHandle<()>>,
}

impl Wire {
    /// Lays a wire in `folder` to the database at `url`; its end, and the address through it.
    fn lay(folder: &Path, url: &str) -> (Self, String) {
        let parsed = url::Url::parse(url).unwrap();
        let host = parsed.query_pairs().find(|(name, _)| name == "host").unwrap().1.into_owned();
        let mut through = parsed.clone();
        through.query_pairs_mut().clear().append_pair("host", folder.to_str().unwrap());
        through.query_pairs_mut().append_pair("sslmode", "disable");
        let mut wire = Self { folder: folder.to_owned(), to: Path::new(&host).join(SOCKET), carried: None };
        wire.mend();
        (wire, through.to_string())
    }

    fn mend(&mut self) {
        let listener = UnixListener::bind(self.folder.join(SOCKET)).unwrap();
        let to = Arc::new(self.to.clone());
        self.carried = Some(tokio::spawn(async move {
            // Ends with the task: what is carried is cut too.
            let mut carried = tokio::task::JoinSet::new();
            while let Ok((mut here, _)) = listener.accept().await {
                let to = to.clone();
                carried.spawn(async move {
                    let mut there = UnixStream::connect(to.as_path()).await?;
                    tokio::io::copy_bidirectional(&mut here, &mut there).await
                });
            }
        }));
    }

    async fn cut(&mut self) {
        fs::remove_file(self.folder.join(SOCKET)).unwrap();
        let carried = self.carried.take().unwrap();
        carried.abort();
        let _ = carried.await;
    }
}

#[tokio::test]
async fn without_its_database_it_says_so_in_words_and_recovers_by_itself() {
    let house = House::new().await;
    house.tenant("quan7").await;
    let (mut wire, url) = Wire::lay(house.folder.path(), house.database.url());
    let mut command = house.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("DATABASE_URL", url);
    let server = Running::start(command);
    server.until("/readyz", 200).await;
    server.until("/quan7", 200).await;

    wire.cut().await;
    let ready = server.until("/readyz", 503).await.json();
    assert_eq!(ready["db"], false);
    assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
    let page = server.until("/quan7/track/ABCD-EFGH", 503).await;
    assert!(page.text.contains("gián đoạn") && page.text.contains("115"), "{}", page.text);
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert_eq!(page.headers["retry-after"], "5");
    assert!(page.headers.contains_key("content-security-policy"));

    wire.mend();
    server.until("/readyz", 200).await;
    server.until("/quan7", 200).await;
}

/// Whether the program finds a PostgreSQL to run; the tests' own may be one that it would not look for.
fn finds_postgresql(data: &Path) -> bool {
    let options = pgbox::Options { data: data.join("pg"), fast: false, node_modules: None };
    let found = pgbox::find_binaries(&options);
    if let Err(error) = &found {
        println!("skipped: needs PostgreSQL ({error})");
    }
    found.is_ok()
}

/// The postmaster of the private PostgreSQL in a data folder.
fn postmaster(data: &Path) -> Option<u32> {
    let given = data.join("pg");
    let home = fs::read_to_string(given.join("pgbox.location")).map_or(given, PathBuf::from);
    let text = fs::read_to_string(home.join("cluster/postmaster.pid")).ok()?;
    text.lines().next()?.parse().ok()
}

/// Removes what a private PostgreSQL keeps outside its data folder, which root's does.
struct Swept(PathBuf);

impl Drop for Swept {
    fn drop(&mut self) {
        if let Some(pid) = postmaster(&self.0) {
            signal(pid, Signal::QUIT);
        }
        if let Ok(home) = fs::read_to_string(self.0.join("pg/pgbox.location")) {
            let _ = fs::remove_dir_all(home);
        }
    }
}

#[tokio::test]
async fn a_private_postgresql_that_is_killed_is_started_again_and_stopped_with_the_server() {
    let folder = folder();
    let data = folder.path().join("data");
    if !finds_postgresql(&data) {
        return;
    }
    let swept = Swept(data.clone());
    let command = || program(&["serve", "--listen", "127.0.0.1:0"], &data);
    let server = tokio::task::spawn_blocking({
        let command = command();
        move || Running::start(command)
    });
    let server = server.await.unwrap();
    server.until("/readyz", 200).await;
    let first = postmaster(&data).expect("a private PostgreSQL runs");
    signal(first, Signal::KILL);
    server.until("/readyz", 503).await;
    server.until("/readyz", 200).await;
    assert_ne!(postmaster(&data), Some(first));

    let status = server.stop(Signal::TERM).await;
    assert!(status.success(), "{status}");
    assert_eq!(postmaster(&data), None);
    drop(swept);
}

#[tokio::test]
async fn a_first_start_that_is_broken_off_leaves_no_postgresql_behind() {
    let folder = folder();
    let data = folder.path().join("data");
    if !finds_postgresql(&data) {
        return;
    }
    let swept = Swept(data.clone());
    let mut command = program(&["serve", "--demo", "--listen", "127.0.0.1:0"], &data);
    let mut child = command.spawn().unwrap();
    // The past of the district is lived for some seconds after this.
    until("PostgreSQL runs", async || postmaster(&data)).await;
    signal(child.id(), Signal::INT);
    let status = until("the program has ended", async || child.try_wait().unwrap()).await;
    assert!(status.success(), "{status}");
    assert_eq!(postmaster(&data), None);
    drop(swept);
}
