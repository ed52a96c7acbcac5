//! Settings: flags, environment variables and one TOML file are the same list, in that order of
//! strength. A key that is not in the list is refused, because a misspelt setting is worse than none.

use clap::Args;
use gateways::email::Security;
use kernel::{Error, Result};
use serde::Deserialize;
use std::{net::SocketAddr, path::PathBuf};

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
    /// An outside watch that is told every minute that this centre lives (http or https address)
    watch_url: String = "VX_WATCH_URL",
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
    pub watch_url: Option<String>,
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
            watch_url: all.watch_url,
            log: all.log.unwrap_or_else(|| "info".into()),
            log_json,
            timer_runners: all.timer_runners.unwrap_or(4).clamp(1, 64),
        })
    }
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
    fn an_unknown_key_is_refused() {
        let (_folder, path) = file("listne = \"127.0.0.1:9000\"\n");
        let error = Settings::read(Given::default(), Some(&path)).unwrap_err().to_string();
        assert!(error.contains("listne"), "{error}");
    }
}
