//! Starting sipp and agents, and waiting for events.

use super::scenario::{PRESSED, Scenario};
use crate::{Agent, Config, Event, Events, Incoming, Trunk, What};
use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    path::Path,
    process::Stdio,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

pub const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Longer than anything a test waits for on a loaded machine.
pub const LONG: Duration = Duration::from_secs(20);

/// Whether a program is here; if not, the test says so and passes.
pub fn has(program: &str) -> bool {
    let found = std::process::Command::new(program)
        .arg("-h")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(|mut child| {
            let _ = child.kill();
            let _ = child.wait();
        })
        .is_ok();
    if !found {
        println!("skipped: needs {program}");
    }
    found
}

/// Whether sipp can press keys in the audio: that needs its recordings of keys and, to send them, raw sockets. What is
/// missing is told by its name.
pub fn presses_keys() -> bool {
    if !has("sipp") {
        return false;
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let missing = if !may_send_raw(&status) {
        "CAP_NET_RAW"
    } else if !Path::new(PRESSED).is_dir() {
        "the recordings of sipp's package"
    } else {
        return true;
    };
    println!("skipped: needs {missing}");
    false
}

/// Whether a process may open raw sockets, by its status as Linux tells it.
fn may_send_raw(status: &str) -> bool {
    const NET_RAW: u64 = 1 << 13;
    let mine = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    mine.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & NET_RAW != 0)
}

/// A running sipp.
pub struct Sipp {
    child: Child,
    dir: TempDir,
    pub address: SocketAddr,
}

pub fn free_port() -> SocketAddr {
    UdpSocket::bind((LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

impl Sipp {
    /// One call of the scenario, waiting to be called.
    pub async fn called(scenario: &Scenario) -> Option<Self> {
        Self::start(scenario, &["-m", "1"]).await
    }

    /// One call of the scenario to the agent.
    pub async fn calls(scenario: &Scenario, agent: SocketAddr) -> Option<Self> {
        Self::start(scenario, &["-m", "1", &agent.to_string()]).await
    }

    pub async fn start(scenario: &Scenario, arguments: &[&str]) -> Option<Self> {
        if !has("sipp") {
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("scenario.xml"), scenario.xml()).unwrap();
        let address = free_port();
        let mut command = Command::new("sipp");
        command
            .args(["-sf", "scenario.xml", "-i", "127.0.0.1", "-nostdin", "-nd"])
            .args(["-timeout", "60", "-timeout_error"])
            .args(["-trace_msg", "-message_file", "messages.log", "-trace_err", "-error_file", "errors.log"])
            .args(["-p", &address.port().to_string()]);
        if !arguments.contains(&"t1") {
            command.args(["-t", "u1"]);
        }
        let child = command
            .args(arguments)
            .current_dir(dir.path())
            .env("TERM", "dumb")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let sipp = Self { child, dir, address };
        let table = if arguments.contains(&"t1") { "/proc/net/tcp" } else { "/proc/net/udp" };
        let there = format!(":{:04X} ", address.port());
        let listening = async {
            while !fs::read_to_string(table).unwrap().contains(&there) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        // A sipp that only calls may be done before it was seen.
        let caller = arguments.last().is_some_and(|last| last.contains(':'));
        let listens = timeout(LONG, listening).await.is_ok();
        assert!(listens || caller, "sipp does not listen:\n{}", sipp.tail());
        Some(sipp)
    }

    /// The end of what it says, for a failure.
    fn tail(&self) -> String {
        let log = self.log();
        let from = log.char_indices().rev().nth(6_000).map_or(0, |(at, _)| at);
        log[from..].to_owned()
    }

    /// What it sent, received and complained about.
    pub fn log(&self) -> String {
        ["messages.log", "errors.log"]
            .map(|file| fs::read_to_string(self.dir.path().join(file)).unwrap_or_default())
            .concat()
    }

    /// The scenario ran to its end.
    pub async fn succeeded(mut self) -> String {
        let status = timeout(LONG, self.child.wait()).await.expect("sipp ends").unwrap();
        assert!(status.success(), "sipp failed");
        self.log()
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what sipp saw:\n{}", self.tail());
        }
    }
}

pub fn trunk(at: SocketAddr) -> Trunk {
    Trunk { from: "0281115".into(), ..Trunk::new(format!("carrier-{}", at.port()), at.to_string()) }
}

pub fn config(trunks: Vec<Trunk>) -> Config {
    Config { trunks, ..Config::new(SocketAddr::new(LOCALHOST, 0)) }
}

pub async fn agent(trunks: Vec<Trunk>) -> (Agent, Incoming) {
    Agent::start(config(trunks)).await.unwrap()
}

/// The next event, whatever it is.
pub async fn next(events: &mut Events) -> Event {
    timeout(LONG, events.next()).await.expect("an event in time").expect("an event")
}

/// Reads on to the event that is wanted; an end before it fails.
pub async fn until<T>(events: &mut Events, mut wanted: impl FnMut(&What) -> Option<T>) -> T {
    let mut seen = Vec::new();
    loop {
        let Ok(Some(event)) = timeout(LONG, events.next()).await else {
            panic!("after {seen:?} nothing came")
        };
        if let Some(found) = wanted(&event.what) {
            return found;
        }
        assert!(!event.what.is_final(), "after {seen:?} the call ended: {:?}", event.what);
        seen.push(event.what);
    }
}

pub async fn answered(events: &mut Events) {
    until(events, |what| matches!(what, What::Answered(200)).then_some(())).await;
}

/// All that is left.
pub async fn rest(events: &mut Events) -> Vec<What> {
    let mut rest = Vec::new();
    while let Some(event) = timeout(LONG, events.next()).await.expect("the events end") {
        rest.push(event.what);
    }
    rest
}

/// No dialog and no channel stays behind.
pub async fn forgotten(agent: &Agent) {
    let taken = || agent.trunks().iter().map(|trunk| trunk.channels).sum::<usize>();
    let gone = async {
        while agent.dialogs() > 0 || taken() > 0 || !agent.live().is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, gone).await.expect("each dialog leaves the table");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_sockets_are_known_by_the_capability_and_by_nothing_else() {
        for (mask, may) in
            [("000001ffffffffff", true), ("0000000000002000", true), ("0000000000001000", false), ("", false)]
        {
            assert_eq!(may_send_raw(&format!("Name:\tx\nCapPrm:\t0\nCapEff:\t{mask}\n")), may, "{mask}");
        }
        assert!(!may_send_raw(""));
    }
}
