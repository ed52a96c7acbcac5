//! The real program as a process.

use crate::http::Session;
use kernel::{Error, Result};
use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A running `vungxanh serve`. Dropping it kills it.
pub struct Server {
    child: Child,
    /// `127.0.0.1:port`.
    pub address: String,
}

/// The release binary, built beside this program.
pub fn binary() -> Result<PathBuf> {
    let here = std::env::current_exe().map_err(Error::internal)?;
    let path = here.with_file_name("vungxanh");
    if path.exists() {
        Ok(path)
    } else {
        Err(Error::internal(format!("{} is not built: start this through cargo xtask", path.display())))
    }
}

/// Processor time of a process (`self`, or its number) so far, in seconds; one that has ended counts as long
/// as nobody has waited for it.
pub fn cpu_s(process: &str) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).map_err(Error::internal)?;
    // After the name in brackets: state, then ten fields, then user and system time in ticks.
    let fields: Vec<&str> =
        stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    Ok((ticks(11) + ticks(12)) / 100.0)
}

/// Processor time of PostgreSQL so far, in seconds: its first process with all that it has waited for, and every
/// process that it has now.
pub fn postgres_cpu_s(postmaster: u32) -> Result<f64> {
    let first = std::fs::read_to_string(format!("/proc/{postmaster}/stat")).map_err(Error::internal)?;
    let fields: Vec<&str> =
        first.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    let ended: f64 =
        [13, 14].iter().filter_map(|at| fields.get(*at)).filter_map(|text| text.parse::<f64>().ok()).sum();
    let mut seconds = cpu_s(&postmaster.to_string())? + ended / 100.0;
    let children = std::fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children"));
    for child in children.map_err(Error::internal)?.split_whitespace() {
        // One that has just ended is counted with its parent the next time.
        seconds += cpu_s(child).unwrap_or_default();
    }
    Ok(seconds)
}

impl Server {
    /// Starts it and waits until it says where it listens. What it logs goes to `log`.
    pub async fn start(data: &Path, database: &str, more: &[&str], log: &Path) -> Result<Self> {
        Self::start_with(data, database, more, &[], log).await
    }

    /// The same with settings of its own.
    pub async fn start_with(
        data: &Path,
        database: &str,
        more: &[&str],
        settings: &[(&str, &str)],
        log: &Path,
    ) -> Result<Self> {
        let mut command = Command::new(binary()?);
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log).map_err(Error::internal)?;
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(more)
            .env("DATABASE_URL", database)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        tokio::task::spawn_blocking(move || Self::spawn(command)).await.map_err(Error::internal)?
    }

    fn spawn(mut command: Command) -> Result<Self> {
        let mut child = command.spawn().map_err(Error::internal)?;
        let stdout = child.stdout.take().ok_or_else(|| Error::internal("the server has no output"))?;
        let mut lines = BufReader::new(stdout);
        let mut first = String::new();
        let read = lines.read_line(&mut first).map_err(Error::internal);
        let url = read.and_then(|_| {
            let said: serde_json::Value = serde_json::from_str(&first)
                .map_err(|_| Error::Unavailable(format!("the server did not start: {first:?}")))?;
            said["url"]
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| Error::internal("the server names no address"))
        });
        let url = match url {
            Ok(url) => url,
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
        };
        // Whatever it still prints is read, or it would block on a full pipe.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Ok(Self { child, address: url.trim_start_matches("http://").to_owned() })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`, and the end awaited.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub async fn session(&self) -> Result<Session> {
        Session::open(&self.address).await
    }

    /// Processor time used so far, in seconds: what a busy machine cannot blur.
    pub fn cpu_s(&self) -> Result<f64> {
        cpu_s(&self.pid().to_string())
    }

    /// Resident memory in MB.
    pub fn memory_mb(&self) -> Result<f64> {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.pid())).map_err(Error::internal)?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kb = line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
        kb.map(|kb| kb / 1024.0).ok_or_else(|| Error::internal("the system does not tell a process's memory"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
