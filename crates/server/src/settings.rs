//! Settings: flags, environment variables and one TOML file are the same list, in that order of
//! strength. A key that is not in the list is refused, because a misspelt setting is worse than none.

use clap::Args;
use gateways::email::Security;
use kernel::{Error, Result};
use serde::Deserialize;
use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
};

macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident: $kind:ty = $env:literal),+ $(,)?) => {
        /// Every setting, as given on the command line, in the environment, or in the file.
        #[derive(Args, Clone, Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Given {
            $($(#[$doc])* #[arg(long, env = $env, global = true, hide_env_values = true)] pub $name: Option<$kind>,)+
        }
        impl Given {
            /// The environment variables of the settings.
            const VARIABLES: &[&str] = &[$($env),+];

            /// What stands here, filled up from `other`.
            fn or(self, other: Self) -> Self {
                Self { $($name: self.$name.or(other.$name),)+ }
            }
        }
    };
}

settings! {
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:7700]
    listen: SocketAddr = "VX_LISTEN",
    /// Folder for the private database, keys and files [default: data]
    data: PathBuf = "VX_DATA",
    /// PostgreSQL address; without it a private PostgreSQL is started
    database_url: String = "DATABASE_URL",
    /// Connections to the database at most [default: 16]
    database_connections: u32 = "VX_DATABASE_CONNECTIONS",
    /// Folder of the tenants' key files [default: DATA/keys]
    keys: PathBuf = "VX_KEYS",
    /// The address at which people reach this centre, for links and passkeys [default: http://LISTEN]
    public_url: String = "VX_PUBLIC_URL",
    /// A proxy of ours stands in front and writes the sender's address into `X-Forwarded-For`
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    behind_proxy: bool = "VX_BEHIND_PROXY",
    /// Synthetic people, accounts by one click, simulated telephones; loopback only
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    demo: bool = "VX_DEMO",
    /// A demo in which nothing happens by itself
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    still: bool = "VX_STILL",
    /// How large the demo's district is: small or full [default: small]
    scale: String = "VX_SCALE",
    /// Mail server, host:port
    smtp: String = "VX_SMTP",
    smtp_user: String = "VX_SMTP_USER",
    smtp_password: String = "VX_SMTP_PASSWORD",
    /// The address mail comes from
    smtp_from: String = "VX_SMTP_FROM",
    /// How the way to the mail server is kept secret: starttls, tls (from the first byte, port 465), none
    /// [default: none to this machine itself, starttls to any other]
    smtp_security: String = "VX_SMTP_SECURITY",
    /// PEM file with the certificate of an own authority, trusted for the mail server beside the public ones
    smtp_authority: PathBuf = "VX_SMTP_AUTHORITY",
    /// Address our telephone listens at, over UDP and TCP; port 0 takes a free one [default: 127.0.0.1:5070]
    sip_listen: SocketAddr = "VX_SIP_LISTEN",
    /// The address at which trunks and phones reach our telephone, when it is not the one above
    sip_public: IpAddr = "VX_SIP_PUBLIC",
    /// TOML file of the trunks through which we telephone; without it no telephone network is connected
    sip_trunks: PathBuf = "VX_SIP_TRUNKS",
    /// Ports of the audio, as 10000-10499 [default: any free one]
    sip_rtp_ports: String = "VX_SIP_RTP_PORTS",
    /// Telephone calls at once, over all trunks [default: 240]
    sip_channels: usize = "VX_SIP_CHANNELS",
    /// Telephone calls begun in a second, over all trunks [default: 20]
    sip_calls_per_second: f64 = "VX_SIP_CALLS_PER_SECOND",
    /// Message centre of the network that carries texts (SMPP 3.4), host:port
    smpp: String = "VX_SMPP",
    smpp_system_id: String = "VX_SMPP_SYSTEM_ID",
    smpp_password: String = "VX_SMPP_PASSWORD",
    /// The number or name that texts come from
    smpp_source: String = "VX_SMPP_SOURCE",
    /// TLS to the message centre, from the first byte
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    smpp_tls: bool = "VX_SMPP_TLS",
    /// PEM file with the certificate of an own authority, trusted for the message centre beside the public ones
    smpp_authority: PathBuf = "VX_SMPP_AUTHORITY",
    /// The centre that takes in texts to this number, where several share the database [default: the first]
    smpp_tenant: String = "VX_SMPP_TENANT",
    /// An outside watch that is told every minute that this centre lives (http or https address)
    watch_url: String = "VX_WATCH_URL",
    /// A provider of telephone lines that speaks HTTP: the address at which calls are placed
    voice_http_url: String = "VX_VOICE_HTTP_URL",
    /// Our key at the provider: sent as it is, or, with an issuer, the secret that signs a JWT
    voice_http_key: String = "VX_VOICE_HTTP_KEY",
    /// The name of that key at the provider (`iss` of the JWT)
    voice_http_issuer: String = "VX_VOICE_HTTP_ISSUER",
    /// The secret in the addresses of our webhooks, 24 characters at least
    voice_http_token: String = "VX_VOICE_HTTP_TOKEN",
    /// The number that calls come from
    voice_http_from: String = "VX_VOICE_HTTP_FROM",
    /// Calls at once at most [default: 4]
    voice_http_channels: usize = "VX_VOICE_HTTP_CHANNELS",
    /// The host recordings are fetched from [default: that of voice_http_url]
    voice_http_recordings: String = "VX_VOICE_HTTP_RECORDINGS",
    /// How much the log says: error, warn, info, debug [default: info]
    log: String = "VX_LOG",
    /// Log lines as text or json [default: text]
    log_format: String = "VX_LOG_FORMAT",
    /// Handlers of timers side by side [default: 4]
    timer_runners: usize = "VX_TIMER_RUNNERS",
}

/// Variables of ours that are no settings: where the settings file is, and what tests and tools read.
const OTHER_VARIABLES: &[&str] = &["VX_SETTINGS", "VX_CHROMIUM", "VX_BINARY"];
const OTHER_PREFIXES: &[&str] = &["VX_TEST_", "VX_SQLX_"];

/// Refuses a variable that looks like a setting and is none.
fn check_environment(names: impl Iterator<Item = String>) -> Result<()> {
    let known = |name: &str| {
        Given::VARIABLES.contains(&name)
            || OTHER_VARIABLES.contains(&name)
            || OTHER_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    };
    match names.filter(|name| name.starts_with("VX_")).find(|name| !known(name)) {
        Some(name) => Err(Error::internal(format!("the environment variable {name} is no setting"))),
        None => Ok(()),
    }
}

/// A provider of telephone lines that speaks HTTP.
#[derive(Clone, Debug)]
pub struct VoiceHttp {
    pub url: String,
    pub key: String,
    pub issuer: Option<String>,
    pub token: String,
    pub from: String,
    pub channels: usize,
    pub recordings: Option<String>,
}

/// `None` where no provider is set; half of one is refused.
fn voice_http(all: &Given) -> Result<Option<VoiceHttp>> {
    let Some(url) = all.voice_http_url.clone() else { return Ok(None) };
    let needed = [&all.voice_http_key, &all.voice_http_token, &all.voice_http_from, &all.public_url];
    let [Some(key), Some(token), Some(from), Some(_)] = needed else {
        return Err(Error::internal(
            "voice_http_url needs voice_http_key, voice_http_token, voice_http_from and public_url",
        ));
    };
    Ok(Some(VoiceHttp {
        url,
        key: key.clone(),
        issuer: all.voice_http_issuer.clone(),
        token: token.clone(),
        from: from.clone(),
        channels: all.voice_http_channels.unwrap_or(4).clamp(1, 1000),
        recordings: all.voice_http_recordings.clone(),
    }))
}

/// Settings with every default filled in.
#[derive(Clone, Debug)]
pub struct Settings {
    pub listen: SocketAddr,
    pub data: PathBuf,
    pub database_url: Option<String>,
    pub database_connections: u32,
    pub keys: PathBuf,
    pub public_url: Option<String>,
    pub behind_proxy: bool,
    pub demo: bool,
    pub still: bool,
    pub full_scale: bool,
    pub smtp: Option<String>,
    pub smtp_user: Option<String>,
    pub smtp_password: Option<String>,
    pub smtp_from: Option<String>,
    pub smtp_security: Option<Security>,
    pub smtp_authority: Option<PathBuf>,
    pub sip_listen: Option<SocketAddr>,
    pub sip_public: Option<IpAddr>,
    pub sip_trunks: Option<PathBuf>,
    pub sip_rtp_ports: Option<RangeInclusive<u16>>,
    pub sip_channels: Option<usize>,
    pub sip_calls_per_second: Option<f64>,
    pub smpp: Option<String>,
    pub smpp_system_id: Option<String>,
    pub smpp_password: Option<String>,
    pub smpp_source: Option<String>,
    pub smpp_tls: bool,
    pub smpp_authority: Option<PathBuf>,
    pub smpp_tenant: Option<String>,
    pub watch_url: Option<String>,
    pub voice_http: Option<VoiceHttp>,
    pub log: String,
    pub log_json: bool,
    pub timer_runners: usize,
}

impl Settings {
    /// Command line and environment (`given`, already merged by the parser) over the file.
    pub fn read(given: Given, file: Option<&PathBuf>) -> Result<Self> {
        check_environment(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
        let from_file = match file {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| Error::internal(format!("settings file {}: {error}", path.display())))?;
                toml::from_str(&text)
                    .map_err(|error| Error::internal(format!("settings file {}: {error}", path.display())))?
            }
            None => Given::default(),
        };
        let all = given.or(from_file);
        let voice_http = voice_http(&all)?;
        let data = all.data.unwrap_or_else(|| PathBuf::from("data"));
        let full_scale = match all.scale.as_deref() {
            None | Some("small") => false,
            Some("full") => true,
            Some(other) => return Err(Error::internal(format!("scale is small or full, not {other}"))),
        };
        let log_json = match all.log_format.as_deref() {
            None | Some("text") => false,
            Some("json") => true,
            Some(other) => return Err(Error::internal(format!("log_format is text or json, not {other}"))),
        };
        let smtp_security = match all.smtp_security.as_deref() {
            None => None,
            Some("starttls") => Some(Security::StartTls),
            Some("tls") => Some(Security::Tls),
            Some("none") => Some(Security::None),
            Some(other) => {
                return Err(Error::internal(format!("smtp_security is starttls, tls or none, not {other}")));
            }
        };
        Ok(Self {
            listen: all.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7700))),
            keys: all.keys.unwrap_or_else(|| data.join("keys")),
            data,
            database_url: all.database_url,
            database_connections: all.database_connections.unwrap_or(16).clamp(2, 500),
            public_url: all.public_url.map(|url| url.trim_end_matches('/').to_owned()),
            behind_proxy: all.behind_proxy.unwrap_or(false),
            demo: all.demo.unwrap_or(false),
            still: all.still.unwrap_or(false),
            full_scale,
            smtp: all.smtp,
            smtp_user: all.smtp_user,
            smtp_password: all.smtp_password,
            smtp_from: all.smtp_from,
            smtp_security,
            smtp_authority: all.smtp_authority,
            sip_listen: all.sip_listen,
            sip_public: all.sip_public,
            sip_trunks: all.sip_trunks,
            sip_rtp_ports: all.sip_rtp_ports.as_deref().map(ports).transpose()?,
            sip_channels: all.sip_channels,
            sip_calls_per_second: all.sip_calls_per_second,
            smpp: all.smpp,
            smpp_system_id: all.smpp_system_id,
            smpp_password: all.smpp_password,
            smpp_source: all.smpp_source,
            smpp_tls: all.smpp_tls.unwrap_or(false),
            smpp_authority: all.smpp_authority,
            smpp_tenant: all.smpp_tenant,
            watch_url: all.watch_url,
            voice_http,
            log: all.log.unwrap_or_else(|| "info".into()),
            log_json,
            timer_runners: all.timer_runners.unwrap_or(4).clamp(1, 64),
        })
    }
}

/// A call takes one even port.
fn ports(text: &str) -> Result<RangeInclusive<u16>> {
    let parsed = text.split_once('-').and_then(|(first, last)| {
        let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (first >= 1_024 && first < last).then_some(first..=last)
    });
    parsed.ok_or_else(|| Error::internal(format!("sip_rtp_ports is a range such as 10000-10499, not {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vungxanh.toml");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn a_flag_is_stronger_than_the_file_and_the_rest_comes_from_it() {
        let (_folder, path) = file("listen = \"127.0.0.1:9000\"\nsmtp = \"mail:25\"\n");
        let given = Given { listen: Some("127.0.0.1:0".parse().unwrap()), ..Given::default() };
        let settings = Settings::read(given, Some(&path)).unwrap();
        assert_eq!(settings.listen.port(), 0);
        assert_eq!(settings.smtp.as_deref(), Some("mail:25"));
        assert_eq!(settings.keys, PathBuf::from("data/keys"));
    }

    #[test]
    fn a_misspelt_variable_is_refused_and_those_of_tests_are_not() {
        let check = |name: &str| check_environment([name.to_owned(), "PATH".into()].into_iter());
        for name in ["VX_LISTEN", "VX_SETTINGS", "VX_TEST_DATA", "VX_SQLX_DATABASE_URL", "LISTNE"] {
            check(name).unwrap();
        }
        let error = check("VX_LISTNE").unwrap_err().to_string();
        assert!(error.contains("VX_LISTNE"), "{error}");
    }

    #[test]
    fn only_a_yes_or_no_may_stand_without_a_value() {
        use clap::Parser;
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            given: Given,
        }
        let line =
            |words: &[&str]| Line::try_parse_from([&["vungxanh"][..], words].concat()).map(|l| l.given);
        assert!(line(&["--data", "--demo"]).is_err());
        assert_eq!(line(&["--demo"]).unwrap().demo, Some(true));
        assert_eq!(line(&["--demo=false", "--data", "here"]).unwrap().demo, Some(false));
    }

    #[test]
    fn a_mail_server_of_port_465_with_an_own_authority_can_be_set() {
        let (_folder, path) =
            file("smtp = \"mail:465\"\nsmtp_security = \"tls\"\nsmtp_authority = \"/etc/vungxanh/ca.pem\"\n");
        let settings = Settings::read(Given::default(), Some(&path)).unwrap();
        assert_eq!(settings.smtp_security, Some(Security::Tls));
        assert_eq!(settings.smtp_authority, Some(PathBuf::from("/etc/vungxanh/ca.pem")));
        let (_folder, path) = file("smtp_security = \"ssl\"\n");
        let error = Settings::read(Given::default(), Some(&path)).unwrap_err().to_string();
        assert!(error.contains("ssl"), "{error}");
    }

    #[test]
    fn a_range_of_ports_has_two_ends_and_room() {
        assert_eq!(ports("10000-10499").unwrap(), 10_000..=10_499);
        for bad in ["", "10000", "10499-10000", "80-90", "1-70000", "a-b"] {
            assert!(ports(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_provider_of_lines_is_set_whole_or_not_at_all() {
        let whole = "public_url = \"https://centre.example\"\nvoice_http_url = \"https://voice.example/v1/calls\"\n\
            voice_http_key = \"k\"\nvoice_http_token = \"t\"\nvoice_http_from = \"842873000000\"\n";
        let (_folder, path) = file(whole);
        let provider = Settings::read(Given::default(), Some(&path)).unwrap().voice_http.unwrap();
        assert_eq!((provider.from.as_str(), provider.channels), ("842873000000", 4));
        let (_folder, path) = file(&whole.replace("voice_http_token", "voice_http_issuer"));
        let error = Settings::read(Given::default(), Some(&path)).unwrap_err().to_string();
        assert!(error.contains("voice_http_token"), "{error}");
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let (_folder, path) = file("listne = \"127.0.0.1:9000\"\n");
        let error = Settings::read(Given::default(), Some(&path)).unwrap_err().to_string();
        assert!(error.contains("listne"), "{error}");
    }
}
