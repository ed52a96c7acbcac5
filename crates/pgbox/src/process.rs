//! Looking at processes and ending them.
//!
//! A server may be our child, an orphan of a killed parent, or a zombie that nobody reaps (process 1 of a
//! container often does not). PostgreSQL itself trusts `kill(pid, 0)` alone and so takes a zombie, or a
//! stranger who got the number after a reboot, for a living server. Here a postmaster counts as living only
//! while it also stands in the cluster's folder, which every PostgreSQL process does.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, test_kill_process, waitpid};

/// Whether the process exists and has not ended; reaps it if it is an ended child of ours.
pub(crate) fn alive(pid: u32) -> bool {
    let Some(number) = number(pid) else { return false };
    if let Ok(Some(_)) = waitpid(Some(number), WaitOptions::NOHANG) {
        return false;
    }
    match test_kill_process(number) {
        Err(rustix::io::Errno::SRCH) => false,
        _ => !is_zombie(pid),
    }
}

/// What PostgreSQL asks of the system about the owner of a lock file: whether the number is taken at all.
pub(crate) fn exists(pid: u32) -> bool {
    number(pid).is_some_and(|number| test_kill_process(number).is_ok())
}

/// Whether the living process `pid` works in `cluster`; without /proc, whether it lives at all.
pub(crate) fn holds(pid: u32, cluster: &Path) -> bool {
    alive(pid) && (!has_proc() || stands_in(pid, cluster))
}

/// Every living process that stands in `cluster`, or `None` where the system does not tell.
pub(crate) fn holders(cluster: &Path) -> Option<Vec<u32>> {
    if !has_proc() {
        return None;
    }
    let entries = fs::read_dir("/proc").ok()?;
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    Some(pids.filter(|&pid| stands_in(pid, cluster)).collect())
}

/// Sends a signal; a process that is already gone is no error.
pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(number) = number(pid)
        && let Err(error) = kill_process(number, signal)
    {
        tracing::debug!(pid, %error, "signal not delivered");
    }
}

/// Asks `done` every `pause` until it says yes or `limit` is used up; whether it said yes.
pub(crate) fn wait_until(limit: Duration, pause: Duration, mut done: impl FnMut() -> bool) -> bool {
    let mut waited = Duration::ZERO;
    loop {
        if done() {
            return true;
        }
        if waited >= limit {
            return false;
        }
        thread::sleep(pause);
        waited += pause;
    }
}

fn number(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

fn has_proc() -> bool {
    Path::new("/proc/self/stat").exists()
}

fn stands_in(pid: u32, cluster: &Path) -> bool {
    fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == cluster)
}

fn is_zombie(pid: u32) -> bool {
    // The state follows the command name, which is in parentheses and may itself hold any byte.
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X'])))
}
