//! A whole phone: baresip takes calls by itself, sends back what it hears and keeps a recording of
//! it. Its keys are pressed over a socket.

use super::peer::{LOCALHOST, LONG, free_port, has};
use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

/// How the phone is spoken with.
#[derive(Clone, Copy)]
pub enum Kind<'a> {
    Udp,
    /// With a certificate and its key in one file.
    Tls(&'a Path),
    /// The same, and audio is encrypted or there is none.
    Srtp(&'a Path),
}

/// A running baresip.
pub struct Baresip {
    _child: Child,
    dir: TempDir,
    pub address: SocketAddr,
    control: SocketAddr,
}

impl Baresip {
    /// The phone of this number, which answers each call at once.
    pub async fn answering(number: &str) -> Option<Self> {
        Self::start(number, Kind::Udp).await
    }

    /// The same, spoken with as told.
    pub async fn start(number: &str, kind: Kind<'_>) -> Option<Self> {
        if !has("baresip") {
            return None;
        }
        let modules = ["/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"]
            .into_iter()
            .find(|path| Path::new(path).is_dir());
        let Some(modules) = modules else {
            println!("skipped: needs baresip (its modules)");
            return None;
        };
        let srtp = matches!(kind, Kind::Srtp(_));
        if srtp && !Path::new(modules).join("srtp.so").exists() {
            println!("skipped: needs baresip (its srtp module)");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let (address, control) = (free_pair(), free_tcp_port());
        let secure = SocketAddr::new(address.ip(), address.port() + 1);
        let folder = dir.path().display();
        let mut config = format!(
            "poll_method epoll\nsip_listen {address}\ncall_local_timeout 120\ncall_max_calls 4\n\
             audio_player aubridge,line\naudio_source aubridge,line\naudio_alert aubridge,bell\n\
             net_interface 127.0.0.1\n\
             module_path {modules}\nmodule g711.so\nmodule aubridge.so\nmodule sndfile.so\n\
             module_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n\
             ctrl_tcp_listen {control}\nsnd_path {folder}\n"
        );
        if let Kind::Tls(certificate) | Kind::Srtp(certificate) = kind {
            config.push_str(&format!("sip_certificate {}\n", certificate.display()));
        }
        if srtp {
            config.push_str("module srtp.so\n");
        }
        let encryption = if srtp { ";mediaenc=srtp-mand" } else { "" };
        let account = format!("<sip:{number}@{address}>;regint=0;answermode=auto{encryption}\n");
        for (file, text) in [("config", config.as_str()), ("accounts", &account), ("contacts", "")] {
            fs::write(dir.path().join(file), text).unwrap();
        }
        let child = Command::new("baresip")
            .args(["-f", &folder.to_string()])
            .stdin(Stdio::null())
            .stdout(File::create(dir.path().join("out.log")).unwrap())
            .stderr(File::create(dir.path().join("err.log")).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (table, address) = match kind {
            Kind::Udp => ("/proc/net/udp", address),
            Kind::Tls(_) | Kind::Srtp(_) => ("/proc/net/tcp", secure),
        };
        let phone = Self { _child: child, dir, address, control };
        let there = format!(":{:04X} ", address.port());
        let listening = async {
            while !fs::read_to_string(table).unwrap().contains(&there) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let listens = timeout(LONG, listening).await.is_ok();
        assert!(listens, "baresip does not listen: {}", phone.log());
        Some(phone)
    }

    /// What it says of itself.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("out.log")).unwrap_or_default()
    }

    /// Presses keys in the call that stands; waits until there is one.
    pub async fn press(&self, keys: &str) {
        self.order(&format!("{{\"command\":\"sndcode\",\"params\":\"{keys}\"}}")).await;
    }

    pub async fn hang_up(&self) {
        self.order("{\"command\":\"hangup\"}").await;
    }

    async fn order(&self, order: &str) {
        let order = format!("{}:{order},", order.len());
        let pressed = async {
            while !self.obeys(order.as_bytes()).await {
                sleep(Duration::from_millis(50)).await;
            }
        };
        let pressed = timeout(LONG, pressed).await.is_ok();
        assert!(pressed, "the phone does not obey: {}", self.log());
    }

    async fn obeys(&self, order: &[u8]) -> bool {
        let Ok(mut control) = TcpStream::connect(self.control).await else { return false };
        control.write_all(order).await.unwrap();
        let mut answer = Vec::new();
        // Events of the call come through the same socket, before or after.
        loop {
            let mut some = [0; 1_024];
            match timeout(Duration::from_secs(2), control.read(&mut some)).await {
                Ok(Ok(read)) if read > 0 => answer.extend_from_slice(&some[..read]),
                _ => return false,
            }
            let answer = String::from_utf8_lossy(&answer);
            if answer.contains("\"response\":true") {
                return answer.contains("\"ok\":true");
            }
        }
    }

    /// What it has heard and recorded: a WAV file, whole once the call is over.
    pub fn heard(&self) -> Option<PathBuf> {
        fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().path()).find(|path| {
            path.to_string_lossy().contains("dec") && path.extension().is_some_and(|ext| ext == "wav")
        })
    }
}

/// TLS is spoken at the next port.
fn free_pair() -> SocketAddr {
    loop {
        let address = free_port();
        if TcpListener::bind((LOCALHOST, address.port().saturating_add(1))).is_ok() {
            return address;
        }
    }
}

fn free_tcp_port() -> SocketAddr {
    TcpListener::bind((LOCALHOST, 0)).unwrap().local_addr().unwrap()
}
