//! `vungxanh call`: one call, to try a trunk. It needs no database and disturbs no centre that runs.

use crate::{
    command::{NEGATIVE, OK, UNAVAILABLE, print},
    settings::Settings,
    telephone,
};
use gateways::{SipSettings, TrunkSettings, sip_lines::Over};
use kernel::{Error, Result};
use serde::Serialize;
use sip::{Agent, Call, Dial, Events, Refused, StartError, What};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    net::UdpSocket,
    time::{Sleep, sleep},
};

/// How long a key is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(clap::Args)]
pub struct Asked {
    /// Whom to call: sip:user@host:port goes straight there, sip:number or a number over the trunks
    #[arg(long)]
    to: String,
    /// WAV file to be played after the answer: one channel, 16 bits, 8,000 Hz
    #[arg(long)]
    play: Option<PathBuf>,
    /// So many keys are waited for before we hang up
    #[arg(long, default_value_t = 0)]
    collect: usize,
    /// Only this trunk of the file
    #[arg(long)]
    trunk: Option<String>,
    /// How many seconds it may ring
    #[arg(long, default_value_t = 30)]
    ring: u64,
    #[arg(long)]
    json: bool,
}

/// What became of the call. Times count from the first INVITE, the length from the answer.
#[derive(Debug, Default, Serialize)]
struct Told {
    /// answered, `no_answer`, busy, rejected, unreachable, `given_up`
    outcome: &'static str,
    sip_code: Option<u16>,
    ring_ms: Option<u64>,
    answer_ms: Option<u64>,
    digits: String,
    duration_ms: Option<u64>,
}

pub async fn call(settings: &Settings, asked: &Asked) -> Result<u8> {
    let target = Target::parse(&asked.to)?;
    let sound = asked.play.as_deref().map(samples).transpose()?;
    let agent = agent(settings, asked, &target).await?;
    let dial = Dial {
        trunk: asked.trunk.clone(),
        ..Dial::new(target.user, "vungxanh-call", Duration::from_secs(asked.ring))
    };
    let (call, events) = match agent.call(dial) {
        Ok(placed) => placed,
        Err(refused) => {
            agent.stop().await;
            return Err(match refused {
                Refused::BadNumber | Refused::NoTrunk => bad(format!("{}: {refused}", asked.to)),
                other => Error::Unavailable(other.to_string()),
            });
        }
    };
    let interrupted = call.clone();
    let watch = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.hang_up();
        }
    });
    let told = follow(&call, events, sound, asked.collect).await;
    watch.abort();
    // With the last BYE or CANCEL: nothing is left ringing.
    agent.stop().await;
    print(asked.json, &told, || told.in_words())?;
    Ok(told.exit())
}

fn bad(what: impl std::fmt::Display) -> Error {
    Error::internal(what)
}

/// Whom to call, and where he is when the trunks need not know.
struct Target {
    user: String,
    server: Option<String>,
    over: Over,
}

impl Target {
    fn parse(to: &str) -> Result<Self> {
        let fault = || bad(format!("{to} is no address such as sip:0901234567@192.0.2.1:5060"));
        let (address, secure) = match to.strip_prefix("sips:") {
            Some(address) => (address, true),
            None => (to.strip_prefix("sip:").unwrap_or(to), false),
        };
        let (address, parameters) = address.split_once(';').unwrap_or((address, ""));
        let over = match parameters {
            "" | "transport=tls" if secure => Over::Tls,
            "transport=tls" => Over::Tls,
            "" | "transport=udp" if !secure => Over::Udp,
            "transport=tcp" if !secure => Over::Tcp,
            _ => return Err(fault()),
        };
        let (user, server) = match address.rsplit_once('@') {
            Some((user, server)) => (user, Some(server.to_owned())),
            None => (address, None),
        };
        if user.is_empty() || user.contains(':') || server.as_ref().is_some_and(String::is_empty) {
            return Err(fault());
        }
        Ok(Self { user: user.to_owned(), server, over })
    }
}

/// A user agent of its own: the centre's has the port of the settings while it runs.
async fn agent(settings: &Settings, asked: &Asked, target: &Target) -> Result<Agent> {
    let trunks = match &target.server {
        Some(server) if asked.trunk.is_none() => {
            vec![TrunkSettings { over: target.over, ..TrunkSettings::at("direct", server.as_str()) }]
        }
        _ => telephone::trunks(settings)?,
    };
    let Some(first) = trunks.first() else {
        return Err(bad("there are no trunks: set sip_trunks, or name the host: --to sip:user@host"));
    };
    let listen = match settings.sip_listen {
        Some(listen) => listen,
        None => SocketAddr::new(way_to(&first.server).await, 0),
    };
    let mut sip = SipSettings { public: settings.sip_public, ..SipSettings::new(listen, trunks) };
    for trunk in &mut sip.trunks {
        // A second registration of the same user could take its calls away from the centre.
        trunk.register = false;
    }
    sip.check()?;
    let started = match Agent::start(sip.config()).await {
        Err(StartError::Bind(..)) => {
            sip.listen.set_port(0);
            Agent::start(sip.config()).await
        }
        other => other,
    };
    match started {
        Ok((agent, _)) => Ok(agent),
        Err(error @ StartError::Bind(..)) => Err(Error::Unavailable(error.to_string())),
        Err(error) => Err(bad(error)),
    }
}

/// The address of this machine from which a server is reached.
async fn way_to(server: &str) -> IpAddr {
    let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let named = match server.parse::<IpAddr>() {
        Ok(ip) => SocketAddr::new(ip, 5_060).to_string(),
        Err(_) if server.contains(':') => server.to_owned(),
        Err(_) => format!("{server}:5060"),
    };
    let looked_up = async {
        let there = tokio::net::lookup_host(named).await.ok()?.next()?;
        let any = match there {
            SocketAddr::V4(_) => "0.0.0.0:0",
            SocketAddr::V6(_) => "[::]:0",
        };
        let socket = UdpSocket::bind(any).await.ok()?;
        socket.connect(there).await.ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    looked_up.await.unwrap_or(nowhere)
}

/// Conducts the call to its end.
async fn follow(call: &Call, mut events: Events, sound: Option<Arc<[i16]>>, collect: usize) -> Told {
    let mut told = Told::default();
    let (mut began, mut answered): (Option<Instant>, Option<Instant>) = (None, None);
    let mut patience: Option<Pin<Box<Sleep>>> = None;
    let ms = |from: Option<Instant>, to: Instant| {
        let passed = to.saturating_duration_since(from?);
        u64::try_from(passed.as_millis()).ok()
    };
    loop {
        let event = tokio::select! {
            biased;
            event = events.next() => match event {
                Some(event) => event,
                None => break,
            },
            () = wait(&mut patience) => {
                patience = None;
                call.hang_up();
                continue;
            }
        };
        match event.what {
            What::InviteSent { .. } => began = began.or(Some(event.at)),
            What::Ringing(_) => told.ring_ms = told.ring_ms.or_else(|| ms(began, event.at)),
            What::Answered(code) => {
                (answered, told.sip_code, told.answer_ms) = (Some(event.at), Some(code), ms(began, event.at));
                let plays = sound.as_ref().is_some_and(|sound| call.play(Arc::clone(sound)).is_ok());
                if !plays {
                    patience = ready(call, told.digits.len(), collect);
                }
            }
            What::PlayEnded { .. } => patience = ready(call, told.digits.len(), collect),
            What::Key(key) if told.digits.len() < collect => {
                told.digits.push(key);
                if told.digits.len() == collect {
                    call.hang_up();
                } else {
                    patience = patience.map(|_| Box::pin(sleep(PATIENCE)));
                }
            }
            What::Busy(code) => (told.outcome, told.sip_code) = ("busy", Some(code)),
            What::Rejected(code) => (told.outcome, told.sip_code) = ("rejected", Some(code)),
            What::Unreachable(code) => (told.outcome, told.sip_code) = ("unreachable", code),
            What::NoAnswer => told.outcome = "no_answer",
            What::Ended { .. } => {
                told.outcome = if answered.is_some() { "answered" } else { "given_up" };
                told.duration_ms = ms(answered, event.at);
            }
            _ => {}
        }
        if !told.outcome.is_empty() {
            break;
        }
    }
    if told.outcome.is_empty() {
        told.outcome = "unreachable";
    }
    told
}

/// All has been said: waits for keys, or hangs up where none is wanted.
fn ready(call: &Call, keys: usize, collect: usize) -> Option<Pin<Box<Sleep>>> {
    if keys < collect {
        return Some(Box::pin(sleep(PATIENCE)));
    }
    call.hang_up();
    None
}

async fn wait(patience: &mut Option<Pin<Box<Sleep>>>) {
    match patience {
        Some(patience) => patience.as_mut().await,
        None => std::future::pending().await,
    }
}

impl Told {
    fn exit(&self) -> u8 {
        match (self.outcome, self.sip_code) {
            ("answered", _) => OK,
            // The network knows this number and says that it cannot be had; anything else is the trunk's fault.
            ("unreachable", Some(404 | 410 | 480 | 484 | 604)) => NEGATIVE,
            ("unreachable", _) => UNAVAILABLE,
            _ => NEGATIVE,
        }
    }

    fn in_words(&self) -> String {
        let code = self.sip_code.map(|code| format!(" ({code})")).unwrap_or_default();
        let mut words = vec![format!("{}{code}", self.outcome)];
        let times =
            [("rang after", self.ring_ms), ("answered after", self.answer_ms), ("lasted", self.duration_ms)];
        for (what, ms) in times {
            words.extend(ms.map(|ms| format!("{what} {ms} ms")));
        }
        if !self.digits.is_empty() {
            words.push(format!("keys {}", self.digits));
        }
        words.join(", ")
    }
}

/// The sound of a WAV file as a telephone can play it.
fn samples(path: &Path) -> Result<Arc<[i16]>> {
    let bytes = std::fs::read(path).map_err(|error| bad(format!("{}: {error}", path.display())))?;
    parse(&bytes).ok_or_else(|| {
        bad(format!(
            "{} is no WAV file of one channel, 16 bits, 8,000 Hz; sox makes one: sox in.wav -c 1 -b 16 -r 8000 out.wav",
            path.display()
        ))
    })
}

fn parse(bytes: &[u8]) -> Option<Arc<[i16]>> {
    const PCM: u16 = 1;
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let mut rest = bytes.get(12..)?;
    let mut fits = false;
    while let Some((head, body)) = rest.split_at_checked(8) {
        let (kind, length) = head.split_at(4);
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        // A file written as a stream does not know its length.
        let chunk = body.get(..length).unwrap_or(body);
        if kind == b"fmt " {
            let word = |at: usize| Some(u16::from_le_bytes(chunk.get(at..at + 2)?.try_into().ok()?));
            let rate = u32::from_le_bytes(chunk.get(4..8)?.try_into().ok()?);
            fits = (word(0)?, word(2)?, rate, word(14)?) == (PCM, 1, sip::RATE, 16);
        } else if kind == b"data" && fits {
            return Some(chunk.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect());
        }
        // Chunks begin at even places.
        rest = body.get(length.checked_next_multiple_of(2)?..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(channels: u16, rate: u32, extra: &[u8], data: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        bytes.extend(16_u32.to_le_bytes());
        for word in [1, channels] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(rate.to_le_bytes());
        bytes.extend((rate * 2).to_le_bytes());
        bytes.extend([2, 0, 16, 0]);
        bytes.extend(extra);
        bytes.extend(b"data");
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn a_wav_file_is_read_past_what_else_it_holds_and_others_are_refused() {
        let good = wav(1, 8_000, b"LIST\x03\0\0\0abc\0", &[1, 0, 255, 255]);
        assert_eq!(parse(&good).as_deref(), Some(&[1, -1][..]));
        for bad in [wav(2, 8_000, b"", &[0; 4]), wav(1, 44_100, b"", &[0; 4]), b"RIFF".to_vec(), Vec::new()] {
            assert!(parse(&bad).is_none());
        }
        for cut in 0..good.len() {
            let _ = parse(&good[..cut]);
        }
    }

    #[test]
    fn an_address_has_a_user_and_perhaps_a_host() {
        let parsed = |to| Target::parse(to).map(|target| (target.user, target.server, target.over)).ok();
        let direct = Some(("200".into(), Some("192.0.2.1:5070".into()), Over::Tcp));
        assert_eq!(parsed("sip:200@192.0.2.1:5070;transport=tcp"), direct);
        assert_eq!(parsed("0901234567"), Some(("0901234567".into(), None, Over::Udp)));
        let encrypted = Some(("200".into(), Some("host".into()), Over::Tls));
        assert_eq!(parsed("sips:200@host"), encrypted);
        assert_eq!(parsed("sip:200@host;transport=tls"), encrypted);
        for bad in
            ["", "sip:", "sip:@host", "sips:200@host;transport=tcp", "sip:200@", "sip:200@host;transport=ws"]
        {
            assert!(parsed(bad).is_none(), "{bad}");
        }
    }
}
