//! The mail port's sides: a real mail server by SMTP, and a recorder for tests and the demo.

use async_trait::async_trait;
use duty::messages::{Mail, Mailer};
use kernel::{Error, Result};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error as SmtpError,
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};
use serde::Deserialize;
use std::{
    collections::VecDeque,
    error::Error as _,
    net::IpAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

/// How the way to the mail server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// Begins in clear and must change to TLS before anything is sent (usually port 587).
    StartTls,
    /// TLS from the first byte (usually port 465).
    Tls,
    /// In clear: only to this machine itself.
    None,
}

/// The mail server, as the operator sets it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    pub host: String,
    pub port: u16,
    /// Left out: none to this machine itself, STARTTLS to any other.
    pub security: Option<Security>,
    pub user: Option<String>,
    pub password: Option<String>,
    /// `Trung tâm điều hành <khong-tra-loi@example.vn>`
    pub from: String,
    /// A PEM file with the certificate of an office's own authority, trusted beside the public ones.
    pub authority: Option<PathBuf>,
}

impl SmtpSettings {
    /// The server at `host:port` (a mail server's own port 587 when none is named), from the given sender.
    pub fn at(address: &str, from: &str) -> Result<Self> {
        let url: reqwest::Url = format!("smtp://{address}")
            .parse()
            .map_err(|error| Error::internal(format!("mail settings: {address}: {error}")))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(Error::internal(format!("mail settings: {address}: no host")));
        }
        Ok(Self {
            host,
            port: url.port().unwrap_or(587),
            security: None,
            user: None,
            password: None,
            from: from.to_owned(),
            authority: None,
        })
    }
}

/// One answer of the server, and the whole of one letter.
const ANSWER: Duration = Duration::from_secs(20);
const LETTER: Duration = Duration::from_mins(1);

/// A mail server reached by SMTP.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// Checks the settings; connects only when there is something to send.
    pub fn new(settings: &SmtpSettings) -> Result<Self> {
        let bad = |why: String| Error::internal(format!("mail settings: {why}"));
        let from: Mailbox = settings.from.parse().map_err(|error| bad(format!("from: {error}")))?;
        let here = is_this_machine(&settings.host);
        let tls = match settings.security {
            Some(Security::None) | None if here => Tls::None,
            Some(Security::None) => {
                return Err(bad(format!(
                    "{} is another machine: mails need TLS on the way there",
                    settings.host
                )));
            }
            Some(Security::Tls) => Tls::Wrapper(trust(settings).map_err(bad)?),
            Some(Security::StartTls) | None => Tls::Required(trust(settings).map_err(bad)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(ANSWER));
        match (&settings.user, &settings.password) {
            (Some(user), Some(password)) => {
                builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
            }
            (None, None) => {}
            _ => return Err(bad("user and password go together".into())),
        }
        Ok(Self { transport: builder.build(), from })
    }

    fn message(&self, mail: &Mail) -> Result<Message> {
        let to: Address = mail.to.parse().map_err(|_| Error::invalid("email", "error-email-format"))?;
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        // Tells other programs not to answer (RFC 3834).
        let automatic =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject.clone())
            .date(SystemTime::from(mail.at))
            .message_id(Some(id))
            .raw_header(automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| Error::internal(format!("a letter could not be written: {error}")))
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, mail: &Mail) -> Result<()> {
        let message = self.message(mail)?;
        match tokio::time::timeout(LETTER, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(told(&error)),
            Err(_) => Err(Error::Unavailable("the mail server took too long".into())),
        }
    }
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn trust(settings: &SmtpSettings) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.authority {
        let pem = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let authority =
            Certificate::from_pem(&pem).map_err(|error| format!("{}: {error}", path.display()))?;
        builder = builder.add_root_certificate(authority);
    }
    builder.build().map_err(|error| error.to_string())
}

/// What went wrong, without the server's own words: they often repeat the address.
fn told(error: &SmtpError) -> Error {
    let Some(code) = error.status() else {
        let text = error.to_string();
        let words: Vec<_> = text.split_whitespace().filter(|word| !word.contains('@')).collect();
        return Error::Unavailable(words.join(" "));
    };
    let answer = error.source().map(ToString::to_string).unwrap_or_default();
    let detail = enhanced(&answer);
    if refuses_address(&code.to_string(), detail) {
        return Error::invalid("email", "error-email-refused");
    }
    let detail = detail.map(|detail| format!(" {detail}")).unwrap_or_default();
    Error::Unavailable(format!("the mail server answered {code}{detail}"))
}

/// The enhanced status code (RFC 3463) in an answer: "5.1.1".
fn enhanced(answer: &str) -> Option<&str> {
    answer.split_whitespace().find(|word| {
        let mut parts = word.split('.');
        let number = |part: Option<&str>| part.is_some_and(|part| part.parse::<u16>().is_ok());
        number(parts.next()) && number(parts.next()) && number(parts.next()) && parts.next().is_none()
    })
}

/// Whether an answer means that this address will never take a letter. Refusals of us (not signed
/// in, relaying denied, policy) are the operator's to mend and leave the letter waiting.
fn refuses_address(code: &str, detail: Option<&str>) -> bool {
    match detail {
        Some(detail) if detail.starts_with("5.7.") => false,
        Some(detail) if detail.starts_with("5.1.") || detail.starts_with("5.2.") => code.starts_with('5'),
        _ => matches!(code, "550" | "551" | "553" | "556"),
    }
}

/// Letters kept in memory: the simulated side.
#[derive(Clone, Default)]
pub struct MailRecorder(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    mails: VecDeque<Mail>,
    down: bool,
}

/// The demo runs for days: only the latest letters are kept.
const KEPT: usize = 500;

impl MailRecorder {
    /// What was sent, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.recorded().mails.iter().cloned().collect()
    }

    /// From now on the mail server is down (or up again).
    pub fn set_down(&self, down: bool) {
        self.recorded().down = down;
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Mailer for MailRecorder {
    async fn send(&self, mail: &Mail) -> Result<()> {
        let mut recorded = self.recorded();
        if recorded.down {
            return Err(Error::Unavailable("the mail server is down".into()));
        }
        if recorded.mails.len() == KEPT {
            recorded.mails.pop_front();
        }
        recorded.mails.push_back(mail.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_itself_is_given_up() {
        for (code, detail, gone) in [
            ("550", None, true),
            ("550", Some("5.1.1"), true),
            ("554", Some("5.1.2"), true),
            ("552", Some("5.2.2"), true),
            ("553", None, true),
            ("550", Some("5.7.1"), false),
            ("535", Some("5.7.8"), false),
            ("530", None, false),
            ("554", None, false),
            ("451", Some("4.7.1"), false),
        ] {
            assert_eq!(refuses_address(code, detail), gone, "{code} {detail:?}");
        }
        assert_eq!(enhanced("5.1.1 <a@b.example>: no such mailbox"), Some("5.1.1"));
        assert_eq!(enhanced("no such mailbox at 10.0.0.1"), None);
    }

    #[test]
    fn a_server_is_named_by_host_and_port() {
        let named = |address: &str| SmtpSettings::at(address, "a@example.vn").map(|s| (s.host, s.port)).ok();
        assert_eq!(named("mail.example.vn:25"), Some(("mail.example.vn".into(), 25)));
        assert_eq!(named("mail.example.vn"), Some(("mail.example.vn".into(), 587)));
        assert_eq!(named("[::1]:2525"), Some(("::1".into(), 2525)));
        assert_eq!(named("mail:port"), None);
        assert_eq!(named(""), None);
    }

    #[test]
    fn mails_never_leave_this_machine_in_clear() {
        let settings = |host: &str, security| SmtpSettings {
            host: host.into(),
            port: 25,
            security,
            user: None,
            password: None,
            from: "Trung tâm <a@example.vn>".into(),
            authority: None,
        };
        assert!(Smtp::new(&settings("mail.example.vn", Some(Security::None))).is_err());
        assert!(Smtp::new(&settings("192.0.2.1", Some(Security::None))).is_err());
        for host in ["localhost", "127.0.0.1", "::1"] {
            assert!(Smtp::new(&settings(host, None)).is_ok(), "{host}");
        }
    }
}
