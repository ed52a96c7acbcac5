//! Starting, recognising and stopping the server process of a cluster.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::binaries::Binaries;
use crate::error::{Doing as _, Error};
use crate::place::Place;
use crate::private::SOCKET;
use crate::probe::{self, Answer};
use crate::process::{alive, exists, holders, holds, signal, wait_until};
use crate::user;

const PAUSE: Duration = Duration::from_millis(20);
/// Replaying the log after a crash may take minutes; a server busy with it is not given up before.
const LONGEST_RECOVERY: Duration = Duration::from_mins(5);
/// So many unanswered requests in a row (two seconds each) mean a server that hangs.
const MOST_SILENCES: u32 = 15;
/// What PostgreSQL keeps of its pages in memory, in MB.
const LEAST_BUFFERS: u64 = 64;
const MOST_BUFFERS: u64 = 512;
/// How long processes of a dead server may go on holding the cluster.
const LONGEST_INHERITANCE: Duration = Duration::from_secs(30);

/// A server that takes sessions.
#[derive(Clone, Debug)]
pub(crate) struct Postmaster {
    pub pid: u32,
    pub socket_dir: PathBuf,
    /// As the server says it, if it did.
    pub version: Option<String>,
}

/// A living server process as its pid file describes it.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Running {
    pub pid: u32,
    pub socket_dir: PathBuf,
    stopping: bool,
}

/// How waiting for a server ended.
enum Outcome {
    Ready(Option<String>),
    Ended,
    Hangs,
}

impl Running {
    /// The living server of this cluster, whoever started it.
    pub(crate) fn of(cluster: &Path) -> Option<Running> {
        let running = Running::parse(&fs::read_to_string(cluster.join("postmaster.pid")).ok()?)?;
        holds(running.pid, cluster).then_some(running)
    }

    /// Lines: process, data folder, start time, port, socket folder, address, shared memory, status.
    fn parse(text: &str) -> Option<Running> {
        let lines: Vec<&str> = text.lines().collect();
        let pid = lines.first()?.trim().parse().ok()?;
        let socket_dir = PathBuf::from(lines.get(4).copied().unwrap_or_default());
        let stopping = lines.get(7).is_some_and(|status| status.trim() == "stopping");
        Some(Running { pid, socket_dir, stopping })
    }
}

/// Whether the server of this cluster was last started without durability.
pub(crate) fn runs_fast(cluster: &Path) -> bool {
    fs::read_to_string(cluster.join("postmaster.opts")).is_ok_and(|options| options.contains("fsync=off"))
}

/// Takes over the living server of this place, if there is one that will answer. `None`: there is none, it
/// ended meanwhile, or nobody can reach it because its socket was swept away (it is ended then, if
/// `unused`).
pub(crate) fn adopt(place: &Place, unused: bool) -> Result<Option<Postmaster>, Error> {
    let cluster = place.cluster();
    let Some(running) = Running::of(&cluster) else { return Ok(None) };
    let pid = running.pid;
    if running.stopping {
        wait_until(LONGEST_INHERITANCE, PAUSE, || !alive(pid));
        return Ok(None);
    }
    // The file is written line by line: one without a socket yet belongs to a server just beginning.
    let announced = wait_until(LONGEST_INHERITANCE, PAUSE, || {
        Running::of(&cluster).is_none_or(|running| !running.socket_dir.as_os_str().is_empty())
    });
    let Some(Running { pid, socket_dir, .. }) = Running::of(&cluster) else { return Ok(None) };
    if announced && unused && !socket_dir.join(SOCKET).exists() {
        tracing::warn!(pid, "the running PostgreSQL has lost its socket; starting it anew");
        stop(place, pid)?;
        return Ok(None);
    }
    match wait_ready(pid, &socket_dir) {
        Outcome::Ready(version) => Ok(Some(Postmaster { pid, socket_dir, version })),
        Outcome::Ended => Ok(None),
        Outcome::Hangs => Err(Error::Unresponsive { folder: cluster, pid, log: place.log() }),
    }
}

/// Makes the cluster of a place.
pub(crate) fn create(place: &Place, binaries: &Binaries, fast: bool) -> Result<(), Error> {
    let unfinished = place.unfinished_cluster()?;
    let mut initdb = user::command(&binaries.initdb(), place.user.as_ref());
    initdb.current_dir(&place.home).arg("--pgdata").arg(&unfinished);
    initdb.args(["--username=postgres", "--encoding=UTF8", "--locale=C", "--no-instructions"]);
    // Who may reach the socket is settled by its folder, which only the owner and root may enter.
    initdb.args(["--auth-local=trust", "--auth-host=reject"]);
    initdb.arg(if fast { "--no-sync" } else { "--data-checksums" });
    let output = initdb.output().doing("run", &binaries.initdb())?;
    if output.status.success() {
        return place.finish_cluster(&unfinished);
    }
    let _ = fs::remove_dir_all(&unfinished);
    let said = [output.stdout, output.stderr].concat();
    Err(Error::InitFailed {
        folder: place.cluster(),
        output: String::from_utf8_lossy(&said).trim().to_owned(),
    })
}

/// Starts the server and waits until it takes sessions. While processes of an earlier server still hold the
/// cluster, tries again for half a minute.
pub(crate) fn launch(place: &Place, binaries: &Binaries, fast: bool) -> Result<Postmaster, Error> {
    let cluster = place.cluster();
    let socket_dir = place.socket_folder()?;
    let mut pause = Duration::from_millis(50);
    let mut waited = Duration::ZERO;
    loop {
        clear_leftovers(&cluster, &socket_dir);
        let (log, start) = place.open_log()?;
        let pid = spawn(place, binaries, &socket_dir, fast, log)?;
        match wait_ready(pid, &socket_dir) {
            Outcome::Ready(version) => return Ok(Postmaster { pid, socket_dir, version }),
            Outcome::Hangs => {
                signal(pid, Signal::QUIT);
                return Err(Error::Unresponsive { folder: cluster, pid, log: place.log() });
            }
            Outcome::Ended => {}
        }
        let said = read_from(&place.log(), start).doing("read", &place.log())?;
        if !says_in_use(&said) {
            return Err(Error::StartFailed { folder: cluster, tail: last_lines(&said), log: place.log() });
        }
        if waited >= LONGEST_INHERITANCE {
            let pids = holders(&cluster).unwrap_or_default();
            return Err(Error::StillInUse { folder: cluster, pids });
        }
        tracing::info!(cluster = %cluster.display(), "an earlier PostgreSQL still holds the database; trying again");
        thread::sleep(pause);
        waited += pause;
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

/// Ends the server in order: sessions are broken off, data is written, files are closed. One that has not
/// ended after a minute is told to quit at once, and recovers at the next start.
pub(crate) fn stop(place: &Place, pid: u32) -> Result<(), Error> {
    let cluster = place.cluster();
    let gone = || !holds(pid, &cluster);
    for (how, limit) in [(Signal::INT, Duration::from_mins(1)), (Signal::QUIT, Duration::from_secs(15))] {
        if gone() {
            return Ok(());
        }
        signal(pid, how);
        if wait_until(limit, PAUSE, gone) {
            return Ok(());
        }
        tracing::warn!(pid, ?how, "PostgreSQL did not end when told to");
    }
    Err(Error::StopFailed { folder: cluster, pid })
}

fn spawn(place: &Place, binaries: &Binaries, socket_dir: &Path, fast: bool, log: File) -> Result<u32, Error> {
    let program = binaries.postgres();
    let errors = log.try_clone().doing("open", &place.log())?;
    let mut postgres = user::command(&program, place.user.as_ref());
    postgres.current_dir(&place.home).arg("-D").arg(place.cluster()).arg("-k").arg(socket_dir);
    for setting in settings(fast) {
        postgres.args(["-c", setting]);
    }
    let buffers = if fast { LEAST_BUFFERS } else { buffers(total_memory()) };
    postgres.args(["-c", format!("shared_buffers={buffers}MB").as_str()]);
    // A group of its own: Ctrl-C at the terminal reaches our program only, which then stops the server last.
    postgres.stdout(log).stderr(errors).process_group(0);
    let child = postgres.spawn().doing("run", &program)?;
    Ok(child.id())
}

fn settings(fast: bool) -> Vec<&'static str> {
    let mut settings = vec![
        "listen_addresses=",
        "port=5432",
        "unix_socket_permissions=0700",
        "max_connections=200",
        "wal_level=replica",
        "jit=off",
        "timezone=UTC",
        "log_timezone=UTC",
        "log_line_prefix=%m [%p] %d ",
    ];
    if fast {
        settings.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"]);
    } else {
        // A list of 100,000 people is half a gigabyte of pages and log: what is written twice in five
        // minutes need not go to the disk twice.
        settings.extend(["max_wal_size=4GB", "checkpoint_timeout=15min"]);
        settings.extend(["fsync=on", "full_page_writes=on"]);
    }
    settings
}

/// An eighth of the machine's memory, in MB: a station's computer has other programs, too.
fn buffers(memory: Option<u64>) -> u64 {
    memory.map_or(LEAST_BUFFERS, |memory| (memory / 8).clamp(LEAST_BUFFERS, MOST_BUFFERS))
}

/// In MB, as the kernel says it.
fn total_memory() -> Option<u64> {
    let told = fs::read_to_string("/proc/meminfo").ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024)
}

fn wait_ready(pid: u32, socket_dir: &Path) -> Outcome {
    let socket = socket_dir.join(SOCKET);
    let mut waited = Duration::ZERO;
    let mut silences = 0;
    while waited < LONGEST_RECOVERY && silences < MOST_SILENCES {
        // Asked in this order: an answer counts only from a server that lived before it.
        if !alive(pid) {
            return Outcome::Ended;
        }
        match probe::ask(&socket) {
            Answer::Ready(version) => return Outcome::Ready(version),
            Answer::NotYet => silences = 0,
            Answer::Silent => silences += 1,
        }
        thread::sleep(PAUSE);
        waited += PAUSE;
    }
    Outcome::Hangs
}

/// Removes the lock files of a dead server if PostgreSQL would be misled by them: its number may be a zombie's
/// by now, or a stranger's. Only where the system shows that no process is left in the cluster.
fn clear_leftovers(cluster: &Path, socket_dir: &Path) {
    if holders(cluster).is_none_or(|pids| !pids.is_empty()) {
        return;
    }
    for file in [cluster.join("postmaster.pid"), socket_dir.join(format!("{SOCKET}.lock"))] {
        let text = fs::read_to_string(&file).unwrap_or_default();
        if let Some(pid) = text.lines().next().and_then(|line| line.trim().parse().ok())
            && exists(pid)
        {
            tracing::info!(file = %file.display(), "removing the lock file of a dead PostgreSQL");
            let _ = fs::remove_file(&file);
        }
    }
}

fn says_in_use(said: &str) -> bool {
    // The server speaks English to us: its language is set by the C locale.
    ["postmaster.pid\" already exists", "is still in use", "already in use", "lock\" already exists"]
        .iter()
        .any(|words| said.contains(words))
}

fn read_from(log: &Path, start: u64) -> io::Result<String> {
    let mut file = File::open(log)?;
    file.seek(SeekFrom::Start(start))?;
    let mut text = Vec::new();
    file.take(1024 * 1024).read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_machine_keeps_its_memory_for_itself() {
        for (memory, expected) in
            [(None, 64), (Some(256), 64), (Some(2_000), 250), (Some(4_096), 512), (Some(64_000), 512)]
        {
            assert_eq!(buffers(memory), expected, "{memory:?}");
        }
    }

    #[test]
    fn the_pid_file_tells_process_socket_and_status() {
        let whole = "4711\n/data/cluster\n1760000000\n5432\n/data/run\n\n  123  45\nready   \n";
        let expected = Running { pid: 4711, socket_dir: "/data/run".into(), stopping: false };
        assert_eq!(Running::parse(whole), Some(expected));
        assert!(Running::parse(&whole.replace("ready   ", "stopping")).unwrap().stopping);
        assert_eq!(Running::parse(""), None);
        assert_eq!(Running::parse("4711\n").unwrap().socket_dir, PathBuf::new());
    }

    #[test]
    fn only_a_cluster_still_in_use_is_worth_another_try() {
        assert!(says_in_use("FATAL:  lock file \"postmaster.pid\" already exists"));
        assert!(says_in_use("FATAL:  pre-existing shared memory block (key 7, ID 3) is still in use"));
        assert!(!says_in_use("FATAL:  could not create shared memory segment: No space left on device"));
    }
}
