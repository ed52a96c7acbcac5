//! Real clusters: made, stopped, killed, inherited, moved out of the way of other users.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use pgbox::{Error, Kind, Options, PgBox, Source};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sqlx::{Connection as _, PgConnection};

/// A folder for one cluster, whose server ends with it.
struct Yard {
    root: tempfile::TempDir,
    data: PathBuf,
}

impl Yard {
    /// `None`, after saying so, on a machine without PostgreSQL.
    fn new() -> Option<Yard> {
        // Open to the user that root drops to.
        let root = tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap();
        let data = root.path().join("data/pg");
        let yard = Yard { root, data };
        if let Err(error) = pgbox::find_binaries(&yard.options()) {
            println!("skipped: needs PostgreSQL ({error})");
            return None;
        }
        Some(yard)
    }

    fn options(&self) -> Options {
        Options { data: self.data.clone(), fast: true, node_modules: None }
    }

    fn start(&self) -> PgBox {
        PgBox::start(&self.options()).unwrap()
    }

    fn home(&self) -> PathBuf {
        fs::read_to_string(self.data.join("pgbox.location")).map_or_else(|_| self.data.clone(), PathBuf::from)
    }
}

impl Drop for Yard {
    fn drop(&mut self) {
        let home = self.home();
        if let Ok(text) = fs::read_to_string(home.join("cluster/postmaster.pid"))
            && let Some(pid) = text.lines().next().and_then(|line| line.parse().ok())
            && fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(&home))
        {
            send(pid, Signal::QUIT);
            until("the server has ended", || !lives(pid));
        }
        if home != self.data {
            fs::remove_dir_all(home).unwrap();
        }
    }
}

fn send(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}

/// A zombie, which is what becomes of a killed child of this very process, does not live.
fn lives(pid: u32) -> bool {
    test_kill_process(Pid::from_raw(pid.cast_signed()).unwrap()).is_ok()
        && fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if done() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("waited in vain until {what}");
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn ask(server: &PgBox, question: &'static str) -> String {
    run(async {
        let mut session = PgConnection::connect(&server.url("postgres")).await.unwrap();
        sqlx::query_scalar(question).fetch_one(&mut session).await.unwrap()
    })
}

fn tell(server: &PgBox, order: &'static str) {
    run(async {
        let mut session = PgConnection::connect(&server.url("postgres")).await.unwrap();
        sqlx::raw_sql(order).execute(&mut session).await.unwrap();
    });
}

#[test]
fn data_outlives_stop_and_start() {
    let Some(yard) = Yard::new() else { return };
    let server = yard.start();
    assert!(!server.adopted() && server.home() == yard.data);
    tell(&server, "CREATE TABLE note (text text); INSERT INTO note VALUES ('Phường Tân Phong')");
    let pid = server.pid();
    server.stop().unwrap();
    assert!(!lives(pid));

    let server = yard.start();
    assert_ne!(server.pid(), pid);
    assert_eq!(ask(&server, "SELECT text FROM note"), "Phường Tân Phong");
    assert_eq!(ask(&server, "SHOW server_version"), server.version());
    server.stop().unwrap();
}

#[test]
fn the_cluster_is_private_and_set_up_for_us() {
    let Some(yard) = Yard::new() else { return };
    let server = yard.start();
    for folder in [&yard.data, &yard.data.join("cluster"), server.socket_dir()] {
        assert_eq!(fs::metadata(folder).unwrap().mode() & 0o777, 0o700, "{}", folder.display());
    }
    let settings =
        ["SHOW listen_addresses", "SHOW jit", "SHOW fsync", "SHOW server_encoding", "SHOW timezone"];
    assert_eq!(settings.map(|setting| ask(&server, setting)), ["", "off", "off", "UTF8", "UTC"]);
    assert_eq!(ask(&server, "SELECT datcollate::text FROM pg_database WHERE datname = 'template1'"), "C");
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(yard.data.join("pgbox.json")).unwrap()).unwrap();
    assert!(server.version().starts_with(record["made_by"]["version"].as_str().unwrap()), "{record}");
    let owner = fs::metadata(yard.data.join("cluster")).unwrap().uid();
    assert_ne!(owner, 0);
    server.stop().unwrap();

    // For real data the same folder is started durably.
    let server = PgBox::start(&Options { fast: false, ..yard.options() }).unwrap();
    let settings = ["SHOW fsync", "SHOW synchronous_commit", "SHOW full_page_writes", "SHOW wal_level"];
    assert_eq!(settings.map(|setting| ask(&server, setting)), ["on", "on", "on", "replica"]);
}

#[test]
fn a_dropped_server_ends_and_one_left_running_does_not() {
    let Some(yard) = Yard::new() else { return };
    let server = yard.start();
    let pid = server.pid();
    server.leave_running();
    assert!(lives(pid));
    let adopted = yard.start();
    assert!(adopted.adopted() && adopted.pid() == pid);
    drop(adopted);
    assert!(lives(pid));
    yard.start().stop().unwrap();
    assert!(!lives(pid));

    let server = yard.start();
    let pid = server.pid();
    drop(server);
    assert!(!lives(pid));
}

/// Not a test of its own: the parent that [`a_server_left_by_a_killed_parent_is_adopted`] kills.
#[test]
#[ignore = "runs as a process of another test"]
fn parent() {
    let Some(data) = std::env::var_os("PGBOX_TEST_DATA") else { return };
    let server = PgBox::start(&Options { data: data.into(), fast: true, node_modules: None }).unwrap();
    println!("\nstarted {}", server.pid());
    // Ends only by being killed, or with the test that holds the other end.
    let _ = std::io::stdin().read_line(&mut String::new());
}

#[test]
fn a_server_left_by_a_killed_parent_is_adopted() {
    let Some(yard) = Yard::new() else { return };
    let mut parent = Command::new(std::env::current_exe().unwrap());
    parent.args(["--exact", "parent", "--ignored", "--nocapture"]).env("PGBOX_TEST_DATA", &yard.data);
    let mut parent = parent.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    let pid: u32 =
        lines.map(Result::unwrap).find_map(|line| line.strip_prefix("started ")?.parse().ok()).unwrap();

    // While the parent lives, the server is shared: to stop here only means to let go.
    yard.start().stop().unwrap();
    assert!(lives(pid));

    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(lives(pid));
    let server = yard.start();
    assert!(server.adopted());
    assert_eq!(server.pid(), pid);
    assert_eq!(ask(&server, "SELECT 'here'"), "here");
    server.stop().unwrap();
    assert!(!lives(pid));
}

#[test]
fn a_killed_postmaster_is_started_again_with_its_data() {
    let Some(yard) = Yard::new() else { return };
    // Durable: a fast server may lose what was committed in its last second.
    let options = Options { fast: false, ..yard.options() };
    let server = PgBox::start(&options).unwrap();
    tell(&server, "CREATE TABLE note (text text); INSERT INTO note VALUES ('kept')");
    send(server.pid(), Signal::KILL);
    // At once: the children of the dead server may still be there, and it is a zombie of ours.
    let again = PgBox::start(&options).unwrap();
    assert_ne!(again.pid(), server.pid());
    assert_eq!(ask(&again, "SELECT text FROM note"), "kept");
    again.stop().unwrap();
    server.stop().unwrap();
}

#[test]
fn a_session_that_outlives_its_server_is_waited_for() {
    let Some(yard) = Yard::new() else { return };
    let server = yard.start();
    run(async {
        let mut session = PgConnection::connect(&server.url("postgres")).await.unwrap();
        let question = sqlx::query_scalar::<_, i32>("SELECT pg_backend_pid()");
        let backend = question.fetch_one(&mut session).await.unwrap().cast_unsigned();
        send(backend, Signal::STOP);
        send(server.pid(), Signal::KILL);
        let options = yard.options();
        let start = thread::spawn(move || PgBox::start(&options));
        let log = yard.data.join("postgres.log");
        until("the server has complained", || {
            let log = fs::read_to_string(&log).unwrap();
            log.contains("is still in use") || log.contains("already exists")
        });
        assert!(!start.is_finished());
        send(backend, Signal::CONT);
        let again = start.join().unwrap().unwrap();
        assert_ne!(again.pid(), server.pid());
        again.stop().unwrap();
    });
}

#[test]
fn the_pid_of_a_stranger_does_not_keep_the_cluster_shut() {
    let Some(yard) = Yard::new() else { return };
    yard.start().stop().unwrap();
    // After a reboot the number in a forgotten file may be anybody's: here, this test's.
    let forgotten =
        format!("{}\n{}\n1\n5432\n/nowhere\n\n1 1\nready\n", std::process::id(), yard.data.display());
    fs::write(yard.data.join("cluster/postmaster.pid"), forgotten).unwrap();
    let server = yard.start();
    assert!(!server.adopted());
    server.stop().unwrap();
}

#[test]
fn a_server_without_its_socket_is_started_anew() {
    let Some(yard) = Yard::new() else { return };
    let server = yard.start();
    let (pid, socket) = (server.pid(), server.socket_dir().join(".s.PGSQL.5432"));
    server.leave_running();
    fs::remove_file(socket).unwrap();
    let server = yard.start();
    assert_ne!(server.pid(), pid);
    assert_eq!(ask(&server, "SELECT 'here'"), "here");
}

#[test]
fn who_asks_for_durability_gets_no_server_left_from_tests() {
    let Some(yard) = Yard::new() else { return };
    let durable = Options { fast: false, ..yard.options() };
    let fast = yard.start();
    let error = PgBox::start(&durable).unwrap_err();
    assert!(matches!(error, Error::NotDurable { .. }), "{error}");
    assert_eq!(error.kind(), Kind::InUse);
    let pid = fast.pid();
    fast.leave_running();
    let server = PgBox::start(&durable).unwrap();
    assert!(!server.adopted() && server.pid() != pid);
    assert_eq!(ask(&server, "SHOW fsync"), "on");
}

#[test]
fn of_two_that_start_at_once_one_adopts() {
    let Some(yard) = Yard::new() else { return };
    let starts =
        [yard.options(), yard.options()].map(|options| thread::spawn(move || PgBox::start(&options)));
    let [one, two] = starts.map(|start| start.join().unwrap().unwrap());
    assert_eq!(one.pid(), two.pid());
    assert_ne!(one.adopted(), two.adopted());
    let pid = one.pid();
    one.stop().unwrap();
    assert!(lives(pid), "the other still uses it");
    two.stop().unwrap();
    assert!(!lives(pid));
}

#[test]
fn a_cluster_of_another_major_version_is_refused() {
    let Some(yard) = Yard::new() else { return };
    yard.start().stop().unwrap();
    fs::write(yard.data.join("cluster/PG_VERSION"), "12\n").unwrap();
    let error = PgBox::start(&yard.options()).unwrap_err();
    assert_eq!(error.kind(), Kind::OtherVersion);
    let here = pgbox::survey(&yard.options()).usable.remove(0).version;
    let text = error.to_string();
    assert!(
        text.contains("PostgreSQL 12") && text.contains(&here) && text.contains("postgresql-12"),
        "{text}"
    );
}

#[test]
fn a_long_or_unusual_path_has_its_socket_elsewhere() {
    let Some(mut yard) = Yard::new() else { return };
    yard.data = yard.root.path().join("quận 7, thành phố").join("dài".repeat(30)).join("pg");
    let server = yard.start();
    assert!(!server.socket_dir().starts_with(&yard.data));
    assert_eq!(fs::metadata(server.socket_dir()).unwrap().mode() & 0o777, 0o700);
    assert_eq!(ask(&server, "SELECT 'here'"), "here");
    let socket_dir = server.socket_dir().to_owned();
    server.stop().unwrap();
    fs::remove_dir_all(socket_dir).unwrap();
}

#[test]
fn a_folder_closed_to_the_server_holds_a_pointer() {
    let Some(mut yard) = Yard::new() else { return };
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        println!("skipped: needs root");
        return;
    }
    let closed = yard.root.path().join("root's own");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    yard.data = closed.join("pg");
    let server = yard.start();
    let home = server.home().to_owned();
    assert_eq!(yard.home(), home);
    assert!(home != yard.data && home.join("pgbox.json").exists() && home.join("cluster").exists());
    tell(&server, "CREATE TABLE note (text text); INSERT INTO note VALUES ('kept')");
    server.stop().unwrap();
    let server = yard.start();
    assert_eq!(ask(&server, "SELECT text FROM note"), "kept");
    server.stop().unwrap();

    // A removed folder does not come back with its old data, nor does a lost database become an empty one.
    fs::remove_dir_all(&yard.data).unwrap();
    let server = yard.start();
    let second = server.home().to_owned();
    assert_ne!(second, home);
    server.stop().unwrap();
    fs::remove_dir_all(&second).unwrap();
    let error = PgBox::start(&yard.options()).unwrap_err();
    assert!(matches!(error, Error::ClusterMissing { .. }), "{error}");
    fs::write(yard.data.join("pgbox.location"), home.as_os_str().as_encoded_bytes()).unwrap();
}

#[test]
fn the_npm_package_serves_too() {
    let Some(mut yard) = Yard::new() else { return };
    let near = std::env::var_os("PGBOX_TEST_NODE_MODULES").map(PathBuf::from);
    let options = Options { node_modules: near, ..yard.options() };
    let Some(embedded) = pgbox::survey(&options).usable.into_iter().find(|it| it.source == Source::Npm)
    else {
        println!("skipped: needs @embedded-postgres");
        return;
    };
    // As on a fresh machine where everything, package and data, lies in root's own folder.
    let closed = yard.root.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    for data in [yard.data.clone(), closed.join("pg")] {
        yard.data = data;
        let server = PgBox::start_using(&yard.options(), embedded.clone()).unwrap();
        assert!(server.version().starts_with(&embedded.version), "{}", server.version());
        assert_eq!(ask(&server, "SELECT upper('here')"), "HERE");
        server.stop().unwrap();
    }
    assert!(Path::new(&yard.home()).join("cluster").exists());
}
